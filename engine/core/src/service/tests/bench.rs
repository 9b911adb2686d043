//! A host on a stub service, and what the tests ask of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_api::{
    BoxFuture, CheckItem, Connection, Descriptor, Effect, ErrorClass, Field, Identity, ObjectDescriptor,
    OperationCall, OperationDescriptor, OperationError, OperationOutput, PollCall, PollOutput, PolledRecord,
    RecordWrite, Shape, TriggerDescriptor, Value, WebhookDescriptor, WebhookError, WebhookRequest,
};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::catalog::Catalog;
use crate::run::{Clock, StoreCarrier, VirtualClock};
use crate::service::tests::probe::Probe;
use crate::service::{Host, HostOptions, HttpAnswer, HttpCall, Timing};
use crate::solution::load;
use crate::store::{Reader, RunFilter, RunRow, RunStatus, Store};
use crate::testing::{files, render};

/// Most turns of the runtime that a test waits for something.
const TURNS_MAX: usize = 20_000;

pub(super) fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

/// A service that answers as it is told.
#[derive(Default)]
pub(super) struct Stub {
    /// `action operation` of each call, in order.
    pub(super) calls: Mutex<Vec<OperationCall>>,
    /// How many calls of `hold` may be answered.
    pub(super) gate: Gate,
    /// What polls answer, in order; after that nothing new.
    pub(super) polls: Mutex<VecDeque<Result<PollOutput, OperationError>>>,
    pub(super) asked: Mutex<Vec<PollCall>>,
}

pub(super) struct Gate(pub(super) Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Connection for Stub {
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>> {
        Box::pin(async { Vec::new() })
    }

    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            self.calls.lock().unwrap().push(call.clone());
            let mut output = OperationOutput {
                body: call.inputs.clone(),
                ..OperationOutput::default()
            };
            match call.operation.as_str() {
                "hold" => self.gate.0.acquire().await.unwrap().forget(),
                "fail" => {
                    return Err(OperationError::new(
                        ErrorClass::Rejected,
                        "NO",
                        "the service refuses",
                    ));
                }
                "create" | "update" => output.writes.push(RecordWrite {
                    object: "Opportunity".into(),
                    id: call.inputs.get("id").and_then(Value::as_str).unwrap().into(),
                    fields: call.inputs.get("fields").unwrap().clone(),
                }),
                _ => {}
            }
            Ok(output)
        })
    }

    fn poll(&self, call: PollCall) -> BoxFuture<'_, Result<PollOutput, OperationError>> {
        Box::pin(async move {
            let nothing_new = PollOutput {
                records: Vec::new(),
                cursor: call.cursor.clone().unwrap_or_else(|| "start".into()),
                more: false,
            };
            self.asked.lock().unwrap().push(call);
            self.polls.lock().unwrap().pop_front().unwrap_or(Ok(nothing_new))
        })
    }

    fn verify<'a>(&'a self, request: &'a WebhookRequest) -> BoxFuture<'a, Result<(), WebhookError>> {
        Box::pin(async move {
            match request.header("x-verdict") {
                None => Ok(()),
                Some("malformed") => Err(WebhookError::Malformed("no signature".into())),
                Some("unavailable") => Err(WebhookError::Unavailable("no certificate".into())),
                Some(_) => Err(WebhookError::Unverified("wrong signature".into())),
            }
        })
    }
}

/// One polled record.
pub(super) fn record(id: &str, version: &str, body: &str, ours: bool) -> PolledRecord {
    PolledRecord {
        id: id.into(),
        version: version.into(),
        body: json(body),
        ours,
    }
}

/// A poll's answer.
pub(super) fn found(cursor: &str, records: Vec<PolledRecord>) -> Result<PollOutput, OperationError> {
    Ok(PollOutput {
        records,
        cursor: cursor.into(),
        more: false,
    })
}

fn catalog() -> Catalog {
    let operation = |name, effect| OperationDescriptor {
        name,
        doc: "",
        effect,
        inputs: Shape::open_object([]),
        output: Shape::Any,
    };
    let identity = |kind, path| Identity {
        kind,
        path,
        last_segment: kind == "referral",
    };
    let object = |name| ObjectDescriptor {
        name,
        shape: Shape::open_object([]),
    };
    let descriptor = Descriptor {
        name: "svc",
        doc: "",
        settings: Vec::new(),
        operations: vec![
            operation("create", Effect::Create),
            operation("fail", Effect::Read),
            operation("get", Effect::Read),
            operation("hold", Effect::Idempotent),
            operation("update", Effect::Idempotent),
        ],
        triggers: vec![TriggerDescriptor {
            name: "changed",
            doc: "",
            inputs: Shape::object([("object", Field::required(Shape::text(), ""))]),
            output: Shape::open_object([]),
            watch: true,
            identities: vec![identity("opportunity", &["Id"])],
        }],
        webhook: Some(WebhookDescriptor {
            body: Shape::open_object([]),
            identities: vec![identity("referral", &["uri"])],
            same_event: &["kind", "uri"],
        }),
        objects: vec![object("Opportunity"), object("Referral")],
    };
    let mut catalog = Catalog::new([Arc::new(descriptor)]);
    catalog.connect("svc", "svc");
    catalog
}

/// A mapping that reads two fields of an opportunity.
pub(super) const MAPPING: (&str, &str) = (
    "mappings/deal.yaml",
    "mapping: deal\nsides: { referral: svc.Referral, opportunity: svc.Opportunity }\nfields:\n  name: { referral: \"$.name\", opportunity: Name }\n  value: { referral: \"$.value\", opportunity: Amount }\n",
);

/// A flow that keeps a call open until the test lets it go; the text is the trigger, as one line.
pub(super) fn holding(trigger: &str) -> String {
    format!(
        "name: F\ntrigger: {trigger}\nactions:\n  work: {{ type: svc.hold, inputs: {{ from: \"{{{{ run.flow }}}}\" }} }}\n"
    )
}

pub(super) struct Bench {
    pub(super) host: Host,
    pub(super) store: Arc<Probe>,
    pub(super) stub: Arc<Stub>,
    pub(super) clock: VirtualClock,
}

/// What a bench is made of besides its files.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) store: Arc<Probe>,
    pub(super) off: &'static [&'static str],
}

/// A host of these files on a fresh store.
pub(super) async fn bench(texts: &[(&str, &str)]) -> Bench {
    bench_with(texts, Parts::default()).await
}

/// A host of these files on a store.
pub(super) async fn bench_with(texts: &[(&str, &str)], parts: Parts) -> Bench {
    let mut files = files(texts);
    files.extend(crate::testing::files(&[(
        "solution.yaml",
        "name: T\nversion: 1.0.0\nconnections: { svc: svc }\n",
    )]));
    let loaded = load(&files);
    assert_eq!(render(&loaded.sources, &loaded.diagnostics), Vec::<String>::new());
    let stub = Arc::new(Stub::default());
    let connection: Arc<dyn Connection> = stub.clone();
    let clock = VirtualClock::new("2026-01-05T08:00:00Z".parse().unwrap());
    let store: Arc<dyn Store> = parts.store.clone();
    let host = Host::new(HostOptions {
        solution: Arc::new(loaded.solution),
        files,
        catalog: catalog(),
        connections: BTreeMap::from([("svc".to_owned(), connection)]),
        environment: json("{}"),
        store: store.clone(),
        carrier: Arc::new(StoreCarrier::new(store, Clock::Virtual(clock.clone()))),
        timing: Timing::default(),
        public_url: Some("http://here".into()),
        off: parts
            .off
            .iter()
            .map(|flow| (*flow).to_owned())
            .collect::<BTreeSet<_>>(),
    })
    .await
    .unwrap();
    Bench {
        host,
        store: parts.store,
        stub,
        clock,
    }
}

impl Bench {
    /// A call to a flow's own address.
    pub(super) fn call(&self, flow: &str, body: &str) -> HttpCall {
        let secret = self
            .host
            .flow_url(flow)
            .and_then(|url| url.rsplit('/').next())
            .unwrap_or("none");
        HttpCall {
            flow: flow.into(),
            secret: secret.into(),
            method: "POST".into(),
            queries: Vec::new(),
            request: WebhookRequest {
                headers: Vec::new(),
                body: body.into(),
            },
        }
    }

    pub(super) async fn post(&self, flow: &str, body: &str) -> HttpAnswer {
        self.host.accept_http(self.call(flow, body)).await
    }

    /// Lets one call of `hold` be answered.
    pub(super) fn let_go(&self, calls: usize) {
        self.stub.gate.0.add_permits(calls);
    }

    pub(super) fn calls(&self) -> Vec<String> {
        let calls = self.stub.calls.lock().unwrap();
        calls.iter().map(|call| call.context.action.clone()).collect()
    }

    pub(super) fn calls_of(&self, operation: &str) -> usize {
        let calls = self.stub.calls.lock().unwrap();
        calls.iter().filter(|call| call.operation == operation).count()
    }

    pub(super) async fn runs(&self) -> Vec<RunRow> {
        let mut runs = self.store.runs(RunFilter::default()).await.unwrap();
        runs.sort_by_key(|run| (run.started, run.id));
        runs
    }

    /// `flow status` of each run.
    pub(super) async fn statuses(&self) -> Vec<(String, RunStatus)> {
        let runs = self.runs().await;
        runs.into_iter().map(|run| (run.flow, run.status)).collect()
    }

    pub(super) fn polled(&self) -> usize {
        self.stub.asked.lock().unwrap().len()
    }

    /// Moves the clock on to the next poll, and lets what it starts go on.
    pub(super) async fn poll_again(&self) {
        // The loop looks at the clock once it is through with the poll before.
        settle().await;
        let before = self.polled();
        self.clock.advance(Duration::from_secs(60));
        until("a poll", || self.polled() > before).await;
        settle().await;
    }

    pub(super) fn at(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Lets everything that is ready go on until something holds.
pub(super) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..TURNS_MAX {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("waited in vain: {what}");
}

/// Lets everything that is ready go on, so that what must not happen has had its chance.
pub(super) async fn settle() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}
