//! The host of a solution's runs: what it needs, how it starts and stops, and how one run is started by hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use connector_api::{Connection, Value, value::object};
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::flow::{Flow, TriggerKind};
use crate::plan::{self, Plan, PlanError};
use crate::run::{Carrier, ChildEnd, DriveError, IllegalRecord, Response, RunEvent, Surroundings};
use crate::service::idle::Idle;
use crate::service::inputs::{self, InputError};
use crate::service::names::TriggerNames;
use crate::service::queue::Started;
use crate::service::{Progress, Timing, digest, version};
use crate::solution::{Solution, SolutionFile, load};
use crate::store::{Store, StoreError};

/// How many progress reports a slow watcher may fall behind before it misses some.
const PROGRESS_BACKLOG: usize = 4_096;

/// What a host is made of.
pub struct HostOptions {
    /// The checked solution.
    pub solution: Arc<Solution>,
    /// Its files, kept so that a run can go on with the text it started with.
    pub files: Vec<SolutionFile>,
    /// What the connections can do.
    pub catalog: Catalog,
    /// The connections by name.
    pub connections: BTreeMap<String, Arc<dyn Connection>>,
    /// The object `env`.
    pub environment: Value,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What runs need from outside.
    pub carrier: Arc<dyn Carrier>,
    /// How patient to be.
    pub timing: Timing,
    /// How the senders of webhooks reach us: scheme, host and port. Without one `flow_url` has no value.
    pub public_url: Option<String>,
    /// Flows that are off: no event and no other flow starts them. A person may.
    pub off: BTreeSet<String>,
}

/// The host of a solution's runs. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) edition: Arc<Edition>,
    pub(super) older: Mutex<HashMap<String, Arc<Edition>>>,
    pub(super) catalog: Catalog,
    pub(super) connections: BTreeMap<String, Arc<dyn Connection>>,
    pub(super) environment: Arc<Value>,
    pub(super) store: Arc<dyn Store>,
    pub(super) carrier: Arc<dyn Carrier>,
    pub(super) timing: Timing,
    pub(super) off: BTreeSet<String>,
    pub(super) flow_urls: Arc<BTreeMap<String, String>>,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) idle: Idle,
    /// Nothing new is accepted, asked for or begun.
    pub(super) stop: CancellationToken,
    /// Runs are left where they are.
    pub(super) halt: CancellationToken,
    pub(super) tasks: TaskTracker,
    pub(super) progress: broadcast::Sender<Progress>,
    pub(super) run_events: broadcast::Sender<RunEvent>,
    /// Callers waiting for a `response`.
    pub(super) callers: Mutex<HashMap<Uuid, oneshot::Sender<Response>>>,
    /// The runs that are being carried on.
    pub(super) live: Mutex<HashMap<Uuid, Live>>,
}

/// What a run that is being carried on means to the flows it calls.
#[derive(Clone)]
pub(super) struct Live {
    /// The keys it holds, its callers' included, so that a child does not wait for its own caller.
    pub(super) keys: Vec<String>,
    /// The edition it keeps to, and its children with it.
    pub(super) edition: Arc<Edition>,
}

/// One version of the solution, planned.
pub(super) struct Edition {
    pub(super) digest: String,
    pub(super) solution: Arc<Solution>,
    pub(super) plans: BTreeMap<String, Arc<Plan>>,
    pub(super) surroundings: Arc<Surroundings>,
}

/// Why a host cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A flow cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The inputs do not fit.
    #[error(transparent)]
    Inputs(#[from] InputError),
    /// A run cannot be driven on.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// A journal cannot be followed.
    #[error(transparent)]
    Journal(#[from] IllegalRecord),
    /// The engine stops before the run has ended.
    #[error("the engine is stopping; the run goes on when it starts again")]
    Stopping,
    /// There is no such flow, or it cannot be started this way.
    #[error("{0}")]
    Flow(String),
}

/// One run that was asked for by hand.
#[derive(Debug)]
pub struct OneRun {
    /// Its id.
    pub id: Uuid,
    /// How it ended.
    pub end: ChildEnd,
}

impl Host {
    /// Makes a host and binds it to its store. Nothing starts yet.
    pub async fn new(options: HostOptions) -> Result<Self, ServiceError> {
        let mut secrets = BTreeMap::new();
        let mut flow_urls = BTreeMap::new();
        for flow in options.solution.flows.values() {
            if !matches!(flow.trigger.kind, TriggerKind::HttpRequest { .. }) {
                continue;
            }
            // The address of a flow is its secret: made once, kept with the store.
            let name = format!("address:{}", flow.id);
            let secret = match options.store.meta(name.clone()).await? {
                Some(secret) => secret,
                None => {
                    let secret = Uuid::new_v4().simple().to_string();
                    options.store.set_meta(name, secret.clone()).await?;
                    secret
                }
            };
            if let Some(base) = &options.public_url {
                flow_urls.insert(
                    flow.id.clone(),
                    format!("{}/hooks/{}/{secret}", base.trim_end_matches('/'), flow.id),
                );
            }
            secrets.insert(flow.id.clone(), secret);
        }
        let flow_urls = Arc::new(flow_urls);
        let progress = broadcast::Sender::new(PROGRESS_BACKLOG);
        let run_events = broadcast::Sender::new(PROGRESS_BACKLOG);
        tokio::spawn(forward(run_events.subscribe(), progress.clone()));
        let edition = Edition::new(
            digest(&options.files),
            options.solution,
            &options.catalog,
            (*flow_urls).clone(),
            &options.timing,
        )?;
        options
            .store
            .save_version(edition.digest.clone(), version::to_value(&options.files))
            .await?;
        Ok(Self {
            inner: Arc::new(Inner {
                edition: Arc::new(edition),
                older: Mutex::default(),
                catalog: options.catalog,
                connections: options.connections,
                environment: Arc::new(options.environment),
                store: options.store,
                carrier: options.carrier,
                timing: options.timing,
                off: options.off,
                flow_urls,
                secrets,
                idle: Idle::default(),
                stop: CancellationToken::new(),
                halt: CancellationToken::new(),
                tasks: TaskTracker::new(),
                progress,
                run_events,
                callers: Mutex::default(),
                live: Mutex::default(),
            }),
        })
    }

    /// Starts everything: unfinished runs and waiting events first, then polls and clocks.
    pub async fn start(&self) -> Result<(), ServiceError> {
        self.recover().await?;
        for flow in self.inner.edition.solution.flows.values() {
            if self.inner.off.contains(&flow.id) {
                continue;
            }
            match &flow.trigger.kind {
                TriggerKind::Poll { .. } => {
                    self.inner.idle.poll_exists(&flow.id);
                    let (host, flow) = (self.clone(), flow.clone());
                    self.inner.tasks.spawn(async move { host.poll_loop(&flow).await });
                }
                TriggerKind::Recurrence { .. } => {
                    let (host, flow) = (self.clone(), flow.clone());
                    self.inner
                        .tasks
                        .spawn(async move { host.clock_loop(&flow).await });
                }
                TriggerKind::Manual { .. } | TriggerKind::HttpRequest { .. } => {}
            }
        }
        Ok(())
    }

    /// Runs a manual flow once and waits for its end.
    pub async fn run_manual(&self, flow: &str, given: &Value) -> Result<OneRun, ServiceError> {
        let flow = self.flow(flow)?;
        let TriggerKind::Manual { inputs: declared } = &flow.trigger.kind else {
            return Err(ServiceError::Flow(format!(
                "flow `{}` is not started by hand; give it an event with --event",
                flow.id
            )));
        };
        let inputs = inputs::complete(declared, given)?;
        let trigger = object([("start_time", self.inner.carrier.now().to_string().into())]);
        let key = self.key(flow, &trigger, &inputs)?;
        let id = self.inner.carrier.new_id();
        let started = Started {
            id,
            flow: flow.id.clone(),
            trigger,
            inputs,
            key,
            summary: "by hand".into(),
            ..Started::default()
        };
        let turn = self.line_up(&started, flow.trigger.limit());
        let end = self.run(started, turn).await?;
        Ok(OneRun { id, end })
    }

    /// Runs a flow once on a saved event and waits for its end. The event is the body of the trigger.
    pub async fn run_event(&self, flow: &str, body: Value) -> Result<OneRun, ServiceError> {
        let flow = self.flow(flow)?;
        if matches!(flow.trigger.kind, TriggerKind::Manual { .. }) {
            return self.run_manual(&flow.id, &body).await;
        }
        let trigger = self.trigger_value(flow, body, Vec::new()).await?;
        let key = self.key(flow, &trigger, &Value::Null)?;
        let id = self.inner.carrier.new_id();
        let started = Started {
            id,
            flow: flow.id.clone(),
            summary: self.summary(flow, &trigger),
            trigger,
            key,
            ..Started::default()
        };
        let turn = self.line_up(&started, flow.trigger.limit());
        let end = self.run(started, turn).await?;
        Ok(OneRun { id, end })
    }

    /// Whether nothing is left to do here (undelivered webhooks are the sender's knowledge).
    pub fn is_idle(&self) -> bool {
        self.inner.idle.is_idle()
    }

    /// Returns when something changed that may have made it idle.
    pub async fn changed(&self) {
        self.inner.idle.changed().await;
    }

    /// Says that something outside changed, so that each poll has to come back empty once more.
    pub fn stir(&self) {
        self.inner.idle.stir();
    }

    /// Progress from now on.
    pub fn progress(&self) -> broadcast::Receiver<Progress> {
        self.inner.progress.subscribe()
    }

    /// The address of a flow's HTTP trigger, secret included.
    pub fn flow_url(&self, flow: &str) -> Option<&str> {
        self.inner.flow_urls.get(flow).map(String::as_str)
    }

    /// The connections by name.
    pub fn connections(&self) -> &BTreeMap<String, Arc<dyn Connection>> {
        &self.inner.connections
    }

    /// Stops accepting, polling and beginning runs, and waits until those that have something to do have ended. Runs
    /// that wait for a time or for their turn stay in the store and go on at the next start.
    pub async fn stop(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Stops without waiting for runs to end: only the calls that are under way are waited for and recorded.
    pub async fn halt(&self) {
        self.inner.halt.cancel();
        self.stop().await;
    }

    pub(super) fn flow(&self, id: &str) -> Result<&Flow, ServiceError> {
        let flows = &self.inner.edition.solution.flows;
        flows
            .get(id)
            .ok_or_else(|| ServiceError::Flow(format!("there is no flow `{id}`")))
    }

    /// The key of a run, if its flow has one. Flows that make equal keys wait for each other; a limit without a key is
    /// about the flow alone.
    pub(super) fn key(
        &self,
        flow: &Flow,
        trigger: &Value,
        inputs: &Value,
    ) -> Result<Option<String>, ServiceError> {
        let Some(concurrency) = &flow.trigger.concurrency else {
            return Ok(None);
        };
        let Some(template) = &concurrency.key else {
            return Ok(Some(format!("flow {}", flow.id)));
        };
        let context = self
            .trigger_names(trigger, inputs)
            .context(self.inner.carrier.now(), self.inner.carrier.seed());
        super::names::key(template, &context).map_err(|error| {
            ServiceError::Flow(format!("the concurrency key cannot be made: {}", error.message))
        })
    }

    pub(super) fn trigger_names(&self, trigger: &Value, inputs: &Value) -> TriggerNames {
        TriggerNames {
            trigger: Arc::new(trigger.clone()),
            inputs: Arc::new(inputs.clone()),
            environment: self.inner.environment.clone(),
            flow_urls: self.inner.flow_urls.clone(),
        }
    }

    /// The edition a run keeps to.
    pub(super) async fn edition(&self, digest: &str) -> Result<Arc<Edition>, ServiceError> {
        if self.inner.edition.digest == digest {
            return Ok(self.inner.edition.clone());
        }
        if let Some(edition) = self
            .inner
            .older
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(digest)
        {
            return Ok(edition.clone());
        }
        let files = self
            .inner
            .store
            .version(digest.to_owned())
            .await?
            .ok_or_else(|| {
                ServiceError::Flow(format!(
                    "the store no longer has the flows of version {digest}; its runs cannot go on"
                ))
            })?;
        let solution = Arc::new(load(&version::from_value(&files)).solution);
        let edition = Arc::new(Edition::new(
            digest.to_owned(),
            solution,
            &self.inner.catalog,
            (*self.inner.flow_urls).clone(),
            &self.inner.timing,
        )?);
        self.inner
            .older
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(digest.to_owned(), edition.clone());
        Ok(edition)
    }
}

impl Edition {
    fn new(
        digest: String,
        solution: Arc<Solution>,
        catalog: &Catalog,
        flow_urls: BTreeMap<String, String>,
        timing: &Timing,
    ) -> Result<Self, PlanError> {
        let plans = solution
            .flows
            .values()
            .map(|flow| Ok((flow.id.clone(), Arc::new(plan::build(flow, catalog)?))))
            .collect::<Result<_, PlanError>>()?;
        let surroundings = Arc::new(Surroundings {
            mappings: Arc::new(solution.mappings.clone()),
            catalog: Arc::new(catalog.clone()),
            flow_urls,
            default_retry: timing.default_retry(),
        });
        Ok(Self {
            digest,
            solution,
            plans,
            surroundings,
        })
    }
}

/// Tells what runs do to those who watch the host.
async fn forward(mut events: broadcast::Receiver<RunEvent>, progress: broadcast::Sender<Progress>) {
    loop {
        match events.recv().await {
            Ok(event) => drop(progress.send(Progress::Run(event))),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
