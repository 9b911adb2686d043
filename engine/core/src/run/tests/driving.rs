//! The driver: durable first, then the effect; events to those who watch; cancellation; panics of others.

use std::sync::{Arc, Mutex};

use connector_api::{
    BoxFuture, CallContext, ChangesetCall, ErrorClass, OperationCall, OperationError, OperationOutput, Value,
};
use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::Record;
use crate::run::tests::bench::{Bench, bench, json, start};
use crate::run::{
    Carrier, ChildCall, ChildEnd, Clock, DriveError, Driver, KeyGuard, Machine, Performer, Response,
    RunContext, RunEvent, RunEventKind, StoreCarrier, VirtualClock,
};
use crate::store::{Batch, NewRun, RunRow, RunStatus, Store, StoreError};

/// Answers by the operation's name, and looks into the journal when a call comes.
struct Fake {
    store: Arc<dyn Store>,
    seen: Mutex<Vec<String>>,
    answers: Mutex<Vec<Response>>,
}

impl Fake {
    fn said(&self, text: impl Into<String>) {
        self.seen.lock().unwrap().push(text.into());
    }
}

impl Performer for Fake {
    fn call<'a>(
        &'a self,
        connection: &'a str,
        call: OperationCall,
    ) -> BoxFuture<'a, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            let journal = self.store.journal(call.context.run_id).await.unwrap();
            let begun = journal.iter().any(
                |record| matches!(record, Record::Began(began) if began.action.action == call.context.action),
            );
            assert!(
                begun || call.operation == "request",
                "`{}` was called before it was written down",
                call.context.action
            );
            let written = if begun { "" } else { " before it was written down" };
            self.said(format!(
                "{connection}.{} {}{written}",
                call.operation, call.context.attempt
            ));
            match call.operation.as_str() {
                "request" if call.inputs.get("url") == Some(&"https://slow.test/".into()) => {
                    std::future::pending().await
                }
                "panic" => panic!("a fault of the connector"),
                "hang" => std::future::pending().await,
                "busy" if call.context.attempt < 3 => {
                    Err(OperationError::new(ErrorClass::Transient, "BUSY", "try later"))
                }
                _ => Ok(OperationOutput {
                    body: call.inputs,
                    ..OperationOutput::default()
                }),
            }
        })
    }

    fn changeset<'a>(
        &'a self,
        _: &'a str,
        _: Vec<ChangesetCall>,
        _: CallContext,
    ) -> BoxFuture<'a, Result<Vec<OperationOutput>, OperationError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn run_child(&self, child: ChildCall, cancel: CancellationToken) -> BoxFuture<'_, Option<ChildEnd>> {
        Box::pin(async move {
            self.said(format!("child {}", child.flow));
            cancel.cancelled().await;
            self.said("child stopped");
            Some(ChildEnd {
                status: Status::Cancelled,
                response: None,
                error: None,
            })
        })
    }

    fn links_get(&self, run: RunContext, _: Value) -> BoxFuture<'_, Result<Value, OperationError>> {
        Box::pin(async move { Ok(run.deal.unwrap_or_default()) })
    }

    fn links_save(&self, _: RunContext, inputs: Value) -> BoxFuture<'_, Result<Value, OperationError>> {
        Box::pin(async move { Ok(inputs) })
    }

    fn respond(&self, _: Uuid, response: Response) {
        self.answers.lock().unwrap().push(response);
    }
}

struct Stage {
    driver: Driver,
    fake: Arc<Fake>,
    events: broadcast::Receiver<RunEvent>,
    carrier: Arc<StoreCarrier>,
}

fn stage() -> Stage {
    let clock = Clock::Virtual(VirtualClock::jumping(start()));
    let carrier = Arc::new(StoreCarrier::in_memory(clock, 3));
    let fake = Arc::new(Fake {
        store: Arc::clone(carrier.store()),
        seen: Mutex::default(),
        answers: Mutex::default(),
    });
    let (sender, events) = broadcast::channel(1_000);
    let driver = Driver::new(carrier.clone(), fake.clone()).telling(sender);
    Stage {
        driver,
        fake,
        events,
        carrier,
    }
}

/// The row and first record of a run.
fn opening(bench: &Bench) -> NewRun {
    let Record::RunStarted(first) = &bench.first else {
        panic!("a run starts")
    };
    let row = RunRow {
        id: first.run,
        flow: "x".into(),
        version: "v".into(),
        status: RunStatus::Running,
        key: None,
        trigger: String::new(),
        parent: None,
        started: first.at,
        ended: None,
        error: None,
    };
    NewRun {
        row,
        event: None,
        records: vec![bench.first.clone()],
    }
}

impl Stage {
    async fn begin(&self, bench: &Bench) -> Machine {
        self.carrier.store().begin_run(opening(bench)).await.unwrap();
        bench.begun()
    }

    fn seen(&self) -> Vec<String> {
        self.fake.seen.lock().unwrap().clone()
    }

    async fn row(&self) -> RunRow {
        self.carrier
            .store()
            .run(Uuid::from_u128(7))
            .await
            .unwrap()
            .unwrap()
    }
}

#[tokio::test]
async fn a_run_is_driven_to_its_end_and_written_down() {
    let mut stage = stage();
    let bench = bench(
        "  a: { type: salesforce.busy, inputs: { n: 1.10 } }\n  \
         b: { type: links.get }\n  \
         c: { type: response, inputs: { body: [\"{{ actions.a.body.n }}\", \"{{ actions.b.body }}\"] } }\n",
    );
    let machine = stage.begin(&bench).await;
    let ended = stage
        .driver
        .run(machine, 1, CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(ended.end().unwrap().status, Status::Succeeded);
    assert_eq!(
        stage.seen(),
        ["salesforce.busy 1", "salesforce.busy 2", "salesforce.busy 3"]
    );
    let answers = stage.fake.answers.lock().unwrap().clone();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].body, Some(json(r#"[1.10,"d1"]"#)));
    let row = stage.row().await;
    assert_eq!(
        (row.status, row.ended),
        (RunStatus::Succeeded, Some(ended.end().unwrap().at))
    );
    assert!(
        row.ended.unwrap().duration_since(start()).as_secs() >= 12,
        "two waits of the default policy"
    );
    // The journal alone gives the same run.
    let (_, records) = stage.carrier.store().resume_from(row.id).await.unwrap();
    let folded = Machine::fold(bench.plan.clone(), bench.surroundings.clone(), &records).unwrap();
    assert_eq!(folded.child_end(), ended.child_end());
    let mut told = Vec::new();
    while let Ok(event) = stage.events.try_recv() {
        told.push(match event.kind {
            RunEventKind::Started { .. } => "run".to_owned(),
            RunEventKind::ActionStarted { action } => format!("{action} starts"),
            RunEventKind::ActionEnded { action, status, .. } => format!("{action} {}", status.name()),
            RunEventKind::Retrying { action, .. } => format!("{action} again"),
            RunEventKind::Resumed => "resumed".into(),
            RunEventKind::Ended { status, .. } => format!("run {}", status.name()),
        });
    }
    assert_eq!(
        told,
        [
            "a starts",
            "a again",
            "a again",
            "a succeeded",
            "b starts",
            "b succeeded",
            "c succeeded",
            "run succeeded"
        ]
    );
}

#[tokio::test]
async fn a_read_does_not_wait_for_the_journal_and_a_write_waits_for_all_of_it() {
    let stage = stage();
    let bench = bench(
        "  a: { type: http, inputs: { method: GET, url: \"https://example.test/\" } }\n  \
         b: { type: compose, inputs: \"{{ actions.a.body.url }}\" }\n  \
         c: { type: http, inputs: { method: GET, url: \"https://example.test/\" } }\n  \
         d: { type: salesforce.create_record, inputs: {} }\n",
    );
    let machine = stage.begin(&bench).await;
    stage
        .driver
        .run(machine, 1, CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(
        stage.seen(),
        [
            "http.request 1 before it was written down",
            "http.request 1 before it was written down",
            "salesforce.create_record 1",
        ]
    );
    let records = stage.carrier.store().journal(Uuid::from_u128(7)).await.unwrap();
    let folded = Machine::fold(bench.plan.clone(), bench.surroundings.clone(), &records).unwrap();
    assert_eq!(folded.end().unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn a_run_begins_on_disk_with_the_first_record_that_must_be_there() {
    let read = "  a: { type: http, inputs: { method: GET, url: \"https://example.test/\" } }\n";
    let write = format!("{read}  b: {{ type: salesforce.create_record }}\n");
    for (actions, calls) in [("  a: { type: compose, inputs: 1 }\n", 0), (read, 1), (&write, 2)] {
        let stage = stage();
        let bench = bench(actions);
        let cancel = CancellationToken::new;
        let full = Driver::new(Arc::new(Full(stage.carrier.clone())), stage.fake.clone());
        let driven = full.start(bench.begun(), opening(&bench), cancel()).await;
        assert_eq!(
            driven.unwrap_err(),
            DriveError::Store(StoreError::Closed),
            "{actions}"
        );
        assert_eq!(stage.seen().len(), calls.min(1), "{actions}");
        stage.fake.seen.lock().unwrap().clear();
        // Nothing is left of it, so it can begin again.
        let driven = stage.driver.start(bench.begun(), opening(&bench), cancel()).await;
        assert_eq!(
            driven.unwrap().end().unwrap().status,
            Status::Succeeded,
            "{actions}"
        );
        assert_eq!(stage.seen().len(), calls, "{actions}");
        let row = stage.row().await;
        assert_eq!(
            (row.status, row.ended.is_some()),
            (RunStatus::Succeeded, true),
            "{actions}"
        );
        let records = stage.carrier.store().journal(row.id).await.unwrap();
        assert_eq!(records.first(), Some(&bench.first), "{actions}");
        let folded = Machine::fold(bench.plan.clone(), bench.surroundings.clone(), &records).unwrap();
        assert_eq!(folded.end().unwrap().status, Status::Succeeded, "{actions}");
    }
}

#[tokio::test]
async fn a_slow_read_is_written_down_while_it_goes_on() {
    let stage = stage();
    let bench = bench("  a: { type: http, inputs: { method: GET, url: \"https://slow.test/\" } }\n");
    let machine = stage.begin(&bench).await;
    let cancel = CancellationToken::new();
    let driving = stage.driver.run(machine, 1, cancel.clone());
    let watching = async {
        let run = Uuid::from_u128(7);
        while stage.carrier.store().journal(run).await.unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(driving, watching);
    assert_eq!(ended.unwrap().end().unwrap().status, Status::Cancelled);
}

/// A carrier whose disk is full.
struct Full(Arc<StoreCarrier>);

impl Carrier for Full {
    fn begin(&self, _: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Err(StoreError::Closed) })
    }

    fn append(&self, _: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Err(StoreError::Closed) })
    }

    fn own<'a>(&'a self, key: &'a str, limit: u32) -> BoxFuture<'a, KeyGuard> {
        self.0.own(key, limit)
    }

    fn wake_at(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        self.0.wake_at(at)
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn new_id(&self) -> Uuid {
        self.0.new_id()
    }

    fn seed(&self) -> u64 {
        self.0.seed()
    }
}

#[tokio::test]
async fn a_run_whose_journal_cannot_be_written_stops_before_the_next_write() {
    for (actions, calls) in [
        (
            "  a: { type: http, inputs: { method: GET, url: \"https://example.test/\" } }\n  b: { type: salesforce.create_record }\n",
            1,
        ),
        ("  a: { type: salesforce.create_record }\n", 0),
        (
            "  a: { type: http, inputs: { method: GET, url: \"https://example.test/\" } }\n",
            1,
        ),
        (
            "  a: { type: http, inputs: { method: GET, url: \"https://slow.test/\" } }\n",
            1,
        ),
        ("  a: { type: response }\n", 0),
    ] {
        let stage = stage();
        let bench = bench(actions);
        let machine = stage.begin(&bench).await;
        let driver = Driver::new(Arc::new(Full(stage.carrier.clone())), stage.fake.clone());
        let driven = driver.run(machine, 1, CancellationToken::new()).await;
        assert_eq!(
            driven.unwrap_err(),
            DriveError::Store(StoreError::Closed),
            "{actions}"
        );
        assert_eq!(stage.seen().len(), calls, "{actions}");
        assert!(stage.fake.answers.lock().unwrap().is_empty(), "{actions}");
    }
}

#[tokio::test]
async fn a_panic_in_a_call_fails_the_action_and_nothing_else() {
    let stage = stage();
    let bench = bench(
        "  a: { type: salesforce.panic }\n  b: { type: compose, inputs: \"{{ actions.a.error.code }}\", run_after: { a: [failed] } }\n",
    );
    let machine = stage.begin(&bench).await;
    let ended = stage
        .driver
        .run(machine, 1, CancellationToken::new())
        .await
        .unwrap();
    let place = ended.state().place(&"b".parse().unwrap()).unwrap();
    let body = ended.state().instance(&place).unwrap().body.clone().unwrap();
    assert_eq!(*body, "internal_error".into());
    assert_eq!(ended.end().unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn cancelling_gives_calls_up_and_waits_for_children() {
    let stage = stage();
    let bench = bench(
        "  a: { type: salesforce.hang }\n  r: { type: run_flow, flow: y, run_after: {} }\n  c: { type: compose, inputs: 1 }\n",
    );
    let machine = stage.begin(&bench).await;
    let cancel = CancellationToken::new();
    let driving = stage.driver.run(machine, 1, cancel.clone());
    let cancelling = async {
        while stage.seen().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(driving, cancelling);
    assert_eq!(ended.unwrap().end().unwrap().status, Status::Cancelled);
    assert_eq!(stage.row().await.status, RunStatus::Cancelled);
    assert_eq!(stage.seen().last().unwrap(), "child stopped");
}

#[tokio::test]
async fn an_interrupted_run_is_driven_on_from_its_journal() {
    let stage = stage();
    let bench = bench("  a: { type: salesforce.hang }\n");
    let machine = stage.begin(&bench).await;
    {
        let driving = stage.driver.run(machine, 1, CancellationToken::new());
        let interrupted = async {
            while stage.seen().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = driving => panic!("the call never ends"),
            () = interrupted => {}
        }
    }
    let (seq, records) = stage
        .carrier
        .store()
        .resume_from(Uuid::from_u128(7))
        .await
        .unwrap();
    let machine = Machine::fold(bench.plan.clone(), bench.surroundings.clone(), &records).unwrap();
    let cancel = CancellationToken::new();
    let driving = stage.driver.resume(machine, seq, cancel.clone());
    let watching = async {
        while stage.seen().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(driving, watching);
    assert_eq!(ended.unwrap().end().unwrap().status, Status::Cancelled);
    assert_eq!(stage.seen(), ["salesforce.hang 1", "salesforce.hang 2"]);
    let records = stage.carrier.store().journal(Uuid::from_u128(7)).await.unwrap();
    assert!(records.iter().any(|record| matches!(record, Record::Resumed(_))));
}
