//! What a run knows: its start, its variables and every action instance. Expressions read it; only records change it.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::{Map, Value, value::object};
use jiff::Timestamp;
use uuid::Uuid;

use crate::expression::Outputs;
use crate::flow::Status;
use crate::journal::{ActionError, Address, Answer, Parent, RunStarted, Start};
use crate::plan::{ActionIndex, Plan};
use crate::run::{Path, Place, Response, Surroundings};

/// The state of a run.
#[derive(Clone, Debug)]
pub struct RunState {
    /// The plan it follows.
    pub plan: Arc<Plan>,
    /// What it sees besides its own records.
    pub surroundings: Arc<Surroundings>,
    /// What it started from; `None` before its first record.
    pub start: Option<RunStart>,
    /// Its variables, an object.
    pub variables: Arc<Value>,
    /// Every action that began, ended or was skipped, by place.
    pub instances: BTreeMap<Place, Instance>,
    /// What it answered its caller.
    pub response: Option<Response>,
}

/// What a run started from.
#[derive(Clone, Debug)]
pub struct RunStart {
    /// The run.
    pub run: Uuid,
    /// The solution version it keeps to.
    pub version: String,
    /// When.
    pub at: Timestamp,
    /// Who called it.
    pub parent: Option<Parent>,
    /// The key it runs under.
    pub key: Option<String>,
    /// `trigger`.
    pub trigger: Arc<Value>,
    /// `inputs`.
    pub inputs: Arc<Value>,
    /// `env`.
    pub environment: Arc<Value>,
    /// `run`.
    pub shown: Arc<Value>,
}

/// One action in one iteration.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What it is doing.
    pub phase: Phase,
    /// How it ended; `None` while it goes on.
    pub status: Option<Status>,
    /// When it began.
    pub started: Timestamp,
    /// Tries so far, those repeated after an interruption included.
    pub attempts: u32,
    /// Tries that followed a failed one.
    pub retries: u32,
    /// Whether an earlier try may have been carried out.
    pub uncertain: bool,
    /// With what it began; dropped when it ends.
    pub start: Option<Arc<Start>>,
    /// A loop's rounds.
    pub rounds: Option<Rounds>,
    /// Its result.
    pub body: Option<Arc<Value>>,
    /// The head of the answer, `{status, headers}`.
    pub answer: Option<Arc<Value>>,
    /// Why it did not succeed, or was skipped.
    pub error: Option<ActionError>,
}

/// What an action is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its effect, or what is inside it, goes on.
    Running,
    /// It waits for a time: a delay, or the next try.
    Waiting(Timestamp),
    /// It has ended or was skipped.
    Ended,
}

/// How far a loop is.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    /// A `for_each`'s items.
    pub items: Vec<Arc<Value>>,
    /// Iterations begun.
    pub begun: u32,
    /// Iterations ended.
    pub ended: u32,
}

impl RunState {
    /// A run before its first record.
    pub fn new(plan: Arc<Plan>, surroundings: Arc<Surroundings>) -> Self {
        let variables = plan
            .variables
            .iter()
            .map(|variable| {
                let value = variable.default.clone();
                (
                    variable.name.value.clone(),
                    value.unwrap_or_else(|| variable.value_type.empty()),
                )
            })
            .collect::<Map>();
        Self {
            plan,
            surroundings,
            start: None,
            variables: Arc::new(Value::Object(variables)),
            instances: BTreeMap::new(),
            response: None,
        }
    }

    /// An instance.
    pub fn instance(&self, place: &Place) -> Option<&Instance> {
        self.instances.get(place)
    }

    /// How an action ended in the iteration at `path`; `None` while it has not.
    pub fn status(&self, action: ActionIndex, path: &Path) -> Option<Status> {
        self.instance(&Place {
            action,
            path: Arc::clone(path),
        })?
        .status
    }

    /// All instances of an action whose iterations begin with `prefix`, in order.
    pub fn iterations<'a>(
        &'a self,
        action: ActionIndex,
        prefix: &'a [u32],
    ) -> impl Iterator<Item = (&'a Place, &'a Instance)> {
        let first = Place {
            action,
            path: prefix.into(),
        };
        self.instances
            .range(first..)
            .take_while(move |(place, _)| place.action == action && place.path.starts_with(prefix))
    }

    /// The address people and journals know a place by.
    pub fn address(&self, place: &Place) -> Address {
        Address {
            action: self.plan.action(place.action).name.clone(),
            iterations: place.path.to_vec(),
        }
    }

    /// The place of an address; `None` when the plan has no such action, or it stands in other loops.
    pub fn place(&self, address: &Address) -> Option<Place> {
        let action = self.plan.find(&address.action)?;
        (self.plan.action(action).loops.len() == address.iterations.len()).then(|| Place {
            action,
            path: address.iterations.as_slice().into(),
        })
    }

    /// What `trigger.deal` shows.
    pub fn deal(&self) -> Option<&Value> {
        self.start.as_ref()?.trigger.get("deal")
    }
}

impl RunStart {
    /// Reads a first record.
    pub fn of_record(record: &RunStarted) -> Self {
        Self {
            run: record.run,
            version: record.version.clone(),
            at: record.at,
            parent: record.parent.clone(),
            key: record.key.clone(),
            trigger: Arc::new(record.trigger.clone()),
            inputs: Arc::new(record.inputs.clone()),
            environment: Arc::new(record.environment.clone()),
            shown: Arc::new(object([
                ("id", record.run.to_string().into()),
                ("flow", record.flow.as_str().into()),
                ("started_at", record.at.to_string().into()),
            ])),
        }
    }
}

impl Instance {
    /// An instance that begins.
    pub fn begun(at: Timestamp, start: Start) -> Self {
        Self {
            phase: Phase::Running,
            status: None,
            started: at,
            attempts: 1,
            retries: 0,
            uncertain: false,
            start: Some(Arc::new(start)),
            rounds: None,
            body: None,
            answer: None,
            error: None,
        }
    }

    /// An instance that ended without having begun.
    pub fn ended(at: Timestamp, status: Status, error: Option<ActionError>) -> Self {
        Self {
            phase: Phase::Ended,
            status: Some(status),
            started: at,
            attempts: 0,
            retries: 0,
            uncertain: false,
            start: None,
            rounds: None,
            body: None,
            answer: None,
            error,
        }
    }

    /// Ends it.
    pub fn end(&mut self, status: Status, error: Option<ActionError>) {
        self.phase = Phase::Ended;
        self.status = Some(status);
        self.error = error;
        self.start = None;
        if let Some(rounds) = &mut self.rounds {
            rounds.items = Vec::new();
        }
    }

    /// Takes in what came back.
    pub(crate) fn answered(&mut self, body: Option<Arc<Value>>, answer: Option<&Answer>) {
        self.body = body;
        self.answer = answer.map(|answer| {
            let headers = answer.headers.iter();
            let headers = headers.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            let status = answer
                .status
                .map(|status| ("status".to_owned(), i64::from(status).into()));
            let headers = ("headers".to_owned(), headers.collect());
            Arc::new(status.into_iter().chain([headers]).collect())
        });
    }

    /// `outputs`: `{status, headers, body}` where there was an answer, otherwise the result itself.
    pub fn outputs(&self) -> Option<Outputs> {
        match &self.answer {
            Some(head) => Some(Outputs::Answer {
                head: Arc::clone(head),
                body: self.body.clone(),
            }),
            None => self.body.clone().map(Outputs::Result),
        }
    }
}
