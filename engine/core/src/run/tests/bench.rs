//! Plays a flow on the machine alone: scripted outcomes, a clock that jumps, every record kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use connector_api::{ErrorClass, OperationCall, OperationError, OperationOutput, Value};
use jiff::Timestamp;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::flow::{Flow, Status};
use crate::journal::{FORMAT_VERSION, Record, RunEnded, RunStarted};
use crate::plan::{self, Plan};
use crate::run::machine::later;
use crate::run::{ChildCall, ChildEnd, Effect, Machine, Outcome, Place, Surroundings};
use crate::testing::{loaded, render};

/// What a scripted call does.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Ok(Value),
    Fail(OperationError),
    /// Never answers.
    Silence,
    Child(ChildEnd),
    /// Answers like the reply inside, after a time.
    After(Duration, Box<Reply>),
}

/// A flow with the replies of its actions.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) plan: Arc<Plan>,
    pub(super) surroundings: Arc<Surroundings>,
    replies: BTreeMap<String, VecDeque<Reply>>,
    pub(super) first: Record,
}

/// A flow that was played to its end.
pub(super) struct Played {
    pub(super) machine: Machine,
    pub(super) records: Vec<Record>,
    /// Calls as they went out, with the second since the start.
    pub(super) calls: Vec<(i64, OperationCall)>,
    pub(super) changesets: Vec<Vec<connector_api::ChangesetCall>>,
    pub(super) children: Vec<ChildCall>,
    pub(super) aborted: Vec<String>,
    /// What was asked of the link store.
    pub(super) links: Vec<Value>,
}

pub(super) fn start() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

pub(super) fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

pub(super) fn ok(text: &str) -> Reply {
    Reply::Ok(json(text))
}

pub(super) fn error(class: ErrorClass, code: &str) -> OperationError {
    OperationError::new(class, code, format!("the service says {code}"))
}

pub(super) fn fail(class: ErrorClass, code: &str) -> Reply {
    Reply::Fail(error(class, code))
}

pub(super) fn rejected() -> Reply {
    fail(ErrorClass::Rejected, "REFUSED")
}

pub(super) fn after(seconds: u64, reply: Reply) -> Reply {
    Reply::After(Duration::from_secs(seconds), Box::new(reply))
}

/// A flow of these actions; the text is the value of `actions:`, indented by two.
pub(super) fn bench(actions: &str) -> Bench {
    flow(&format!(
        "name: X\ntrigger: {{ type: manual }}\nactions:\n{actions}"
    ))
}

/// A flow from its whole text.
pub(super) fn flow(text: &str) -> Bench {
    solution(&[("x.yaml", text)])
}

/// The flow `x` of a solution of these files.
pub(super) fn solution(files: &[(&str, &str)]) -> Bench {
    let loaded = loaded(files);
    assert_eq!(
        render(&loaded.sources, &loaded.diagnostics),
        Vec::<String>::new(),
        "{files:?}"
    );
    let mut bench = of_flow(loaded.solution.flows.get("x").unwrap());
    bench.surroundings = Arc::new(Surroundings {
        mappings: Arc::new(loaded.solution.mappings),
        ..Surroundings::default()
    });
    bench
}

pub(super) fn of_flow(flow: &Flow) -> Bench {
    Bench {
        plan: Arc::new(plan::build(flow, &Catalog::default()).unwrap()),
        surroundings: Arc::new(Surroundings::default()),
        replies: BTreeMap::new(),
        first: Record::RunStarted(Box::new(RunStarted {
            format: FORMAT_VERSION,
            run: Uuid::from_u128(7),
            flow: flow.id.clone(),
            version: "v".into(),
            at: start(),
            trigger: json(r#"{"body":{"amount":100.10,"name":"deal"},"deal":"d1"}"#),
            inputs: json(r#"{"list":[1,2,3]}"#),
            environment: json(r#"{"stage":"Open"}"#),
            parent: None,
            key: Some("d1".into()),
        })),
    }
}

impl Bench {
    /// What the calls of an action answer, one after the other; the last again and again.
    pub(super) fn replies(mut self, action: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.replies
            .insert(action.to_owned(), replies.into_iter().collect());
        self
    }

    pub(super) fn begun(&self) -> Machine {
        Machine::begin(
            Arc::clone(&self.plan),
            Arc::clone(&self.surroundings),
            &self.first,
        )
        .unwrap()
    }

    /// Plays from the beginning.
    pub(super) fn play(&self) -> Played {
        let mut playing = Playing::new(self, self.begun(), vec![self.first.clone()]);
        playing.go_on();
        playing.played()
    }

    /// Plays on from a journal that was cut.
    pub(super) fn play_on(&self, records: &[Record]) -> Played {
        let machine = Machine::fold(Arc::clone(&self.plan), Arc::clone(&self.surroundings), records).unwrap();
        let mut playing = Playing::new(self, machine, records.to_vec());
        playing.now = records.last().unwrap().at();
        if let Some(record) = playing.machine.resume(playing.now) {
            playing.take(record);
        }
        playing.go_on();
        playing.played()
    }

    fn reply(&self, action: &str, asked: usize) -> Option<Reply> {
        let replies = self.replies.get(action)?;
        replies.get(asked).or(replies.back()).cloned()
    }
}

struct Playing<'a> {
    bench: &'a Bench,
    machine: Machine,
    records: Vec<Record>,
    now: Timestamp,
    asked: BTreeMap<String, usize>,
    /// Outcomes on their way, by the time they arrive and the order they were asked for.
    coming: BTreeMap<(Timestamp, usize), (Place, Outcome)>,
    sent: usize,
    calls: Vec<(i64, OperationCall)>,
    changesets: Vec<Vec<connector_api::ChangesetCall>>,
    children: Vec<ChildCall>,
    aborted: Vec<String>,
    links: Vec<Value>,
}

impl<'a> Playing<'a> {
    fn new(bench: &'a Bench, machine: Machine, records: Vec<Record>) -> Self {
        Self {
            bench,
            machine,
            records,
            now: start(),
            asked: BTreeMap::new(),
            coming: BTreeMap::new(),
            sent: 0,
            calls: Vec::new(),
            changesets: Vec::new(),
            children: Vec::new(),
            aborted: Vec::new(),
            links: Vec::new(),
        }
    }

    fn go_on(&mut self) {
        let mut steps = 0;
        while self.machine.end().is_none() {
            steps += 1;
            assert!(steps < 10_000, "the run does not end: {:#?}", self.records);
            if let Some(record) = self.machine.decide(self.now, steps) {
                assert_eq!(
                    Arc::strong_count(&self.machine.state),
                    1,
                    "an evaluation keeps the state, which would be copied"
                );
                self.take(record);
                continue;
            }
            let arrives = self.coming.keys().next().map(|(at, _)| *at);
            let wakes = self.machine.next_wake();
            match (arrives, wakes) {
                (Some(arrives), wakes) if wakes.is_none_or(|wakes| arrives <= wakes) => {
                    self.now = self.now.max(arrives);
                    let (_, (place, outcome)) = self.coming.pop_first().unwrap();
                    if let Some(record) = self.machine.settle(&place, outcome, self.now, steps) {
                        self.take(record);
                    }
                }
                (_, Some(wakes)) => self.now = self.now.max(wakes),
                _ => panic!("the run waits for nothing: {:#?}", self.records),
            }
        }
    }

    fn take(&mut self, record: Record) {
        let effects = self.machine.apply(&record).unwrap();
        self.records.push(record);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Call { place, call, .. } => {
                self.calls
                    .push(((self.now.as_second() - start().as_second()), call.clone()));
                let reply = self.reply(&call.context.action);
                self.expect(place, reply.unwrap_or(Reply::Ok(call.inputs)));
            }
            Effect::Changeset {
                place,
                calls,
                context,
                ..
            } => {
                let bodies = calls.iter().map(|call| OperationOutput {
                    status: Some(201),
                    body: connector_api::value::object([("id", format!("id of {}", call.action).into())]),
                    ..OperationOutput::default()
                });
                let outcome = match self.reply(&context.action) {
                    Some(Reply::Fail(error)) => Outcome::Changeset(Err(error)),
                    _ => Outcome::Changeset(Ok(bodies.collect())),
                };
                self.changesets.push(calls);
                self.sent += 1;
                self.coming.insert((self.now, self.sent), (place, outcome));
            }
            Effect::Child { place, child } => {
                let reply = self.reply(&child.parent.action.action);
                self.children.push(child);
                self.expect(
                    place,
                    reply.unwrap_or(Reply::Child(ChildEnd {
                        status: Status::Succeeded,
                        response: None,
                        error: None,
                    })),
                );
            }
            Effect::LinksGet { place, inputs } | Effect::LinksSave { place, inputs } => {
                let name = self.machine.state().address(&place).action;
                self.links.push(inputs.clone());
                let reply = self.reply(&name);
                self.expect(place, reply.unwrap_or(Reply::Ok(inputs)));
            }
            Effect::Respond(_) => {}
            Effect::Abort(place) => {
                self.aborted
                    .push(self.machine.state().address(&place).to_string());
                self.coming.retain(|_, (coming, _)| *coming != place);
            }
        }
    }

    fn reply(&mut self, action: &str) -> Option<Reply> {
        let asked = self.asked.entry(action.to_owned()).or_default();
        *asked += 1;
        self.bench.reply(action, *asked - 1)
    }

    fn expect(&mut self, place: Place, reply: Reply) {
        let (wait, reply) = match reply {
            Reply::After(wait, reply) => (wait, *reply),
            reply => (Duration::ZERO, reply),
        };
        let outcome = match reply {
            Reply::Ok(body) => Outcome::Call(Ok(OperationOutput {
                status: Some(200),
                headers: vec![("etag".into(), "1".into())],
                body,
                ..OperationOutput::default()
            })),
            Reply::Fail(error) => Outcome::Call(Err(error)),
            Reply::Child(end) => Outcome::Child(end),
            Reply::Silence => return,
            Reply::After(..) => unreachable!("one wait is enough"),
        };
        self.sent += 1;
        self.coming
            .insert((later(self.now, wait), self.sent), (place, outcome));
    }

    fn played(self) -> Played {
        Played {
            machine: self.machine,
            records: self.records,
            calls: self.calls,
            changesets: self.changesets,
            children: self.children,
            aborted: self.aborted,
            links: self.links,
        }
    }
}

impl Played {
    pub(super) fn end(&self) -> &RunEnded {
        self.machine.end().unwrap()
    }

    /// `name: status` of every action and iteration, then `run: status`, joined by commas.
    pub(super) fn statuses(&self) -> String {
        let state = self.machine.state();
        let mut lines: Vec<String> = state
            .instances
            .iter()
            .map(|(place, instance)| {
                let status = instance.status.map_or("none", Status::name);
                format!("{}: {status}", state.address(place))
            })
            .collect();
        lines.push(format!("run: {}", self.end().status.name()));
        lines.join(", ")
    }

    /// The body of an action by address, as JSON; empty when it has none.
    pub(super) fn body(&self, address: &str) -> String {
        let state = self.machine.state();
        let place = state.place(&address.parse().unwrap()).unwrap();
        state
            .instance(&place)
            .and_then(|instance| instance.body.as_ref())
            .map(|body| body.to_json())
            .unwrap_or_default()
    }

    /// `code: message` of an action's error; empty when it has none.
    pub(super) fn error(&self, address: &str) -> String {
        let state = self.machine.state();
        state
            .place(&address.parse().unwrap())
            .and_then(|place| state.instance(&place))
            .and_then(|instance| instance.error.as_ref())
            .map(|error| format!("{}: {}", error.code, error.message))
            .unwrap_or_default()
    }

    /// `flow/action code` of the run's cause.
    pub(super) fn cause(&self) -> String {
        let cause = self.end().error.as_ref().and_then(|error| error.cause.as_deref());
        cause
            .map(|cause| format!("{}/{} {}", cause.flow, cause.action, cause.code))
            .unwrap_or_default()
    }
}

/// Actions, replies by action, and what `statuses()` must say.
pub(super) type Row<'a> = (&'a str, &'a [(&'a str, Reply)], &'a str);

/// Plays each row's flow and compares `statuses()`.
#[track_caller]
pub(super) fn assert_statuses(rows: &[Row<'_>]) {
    for (actions, replies, expected) in rows {
        let mut bench = bench(actions);
        for (action, reply) in *replies {
            bench = bench.replies(action, [reply.clone()]);
        }
        assert_eq!(bench.play().statuses(), *expected, "{actions}");
    }
}
