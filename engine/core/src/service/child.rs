//! One run from its first record to its end: by itself, as a child, or taken up again.

use std::sync::{Arc, PoisonError};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::{Status, TriggerKind};
use crate::journal::{ActionError, FORMAT_VERSION, Record, RunStarted};
use crate::run::{ChildCall, ChildEnd, Driver, Machine, Performer, RunEvent};
use crate::service::inputs;
use crate::service::queue::Started;
use crate::service::{Host, ServiceError};
use crate::store::{NewRun, RunRow, RunStatus, StoreError};

/// Deepest nesting of flows that call flows.
const DEPTH_MAX: u32 = 16;

impl Host {
    /// Waits for the run's turn, begins it and carries it to its end.
    pub(super) async fn run(&self, started: Started) -> Result<ChildEnd, ServiceError> {
        let caller = started.parent.as_ref().map(|parent| parent.run);
        let guard = self.turn(started.key.as_deref(), started.limit, caller).await;
        if self.is_superseded(&started) {
            return Ok(ChildEnd {
                status: Status::Skipped,
                response: None,
                error: None,
            });
        }
        let edition = self.inner.edition.clone();
        let now = self.inner.carrier.now();
        let row = RunRow {
            id: started.id,
            flow: started.flow.clone(),
            version: edition.digest.clone(),
            status: RunStatus::Running,
            key: started.key.clone(),
            trigger: started.summary,
            parent: started.parent.clone(),
            started: now,
            ended: None,
            error: None,
        };
        let record = Record::RunStarted(Box::new(RunStarted {
            format: FORMAT_VERSION,
            run: started.id,
            flow: started.flow.clone(),
            version: edition.digest.clone(),
            at: now,
            trigger: started.trigger.clone(),
            inputs: started.inputs,
            environment: (*self.inner.environment).clone(),
            parent: started.parent,
            key: started.key.clone(),
        }));
        let new = NewRun {
            row,
            event: started.event,
            records: vec![record.clone()],
        };
        match self.inner.store.begin_run(new).await {
            Ok(()) => {}
            // A newer event of the key took its place while it waited for its turn.
            Err(StoreError::NotWaiting(_)) => {
                return Ok(ChildEnd {
                    status: Status::Skipped,
                    response: None,
                    error: None,
                });
            }
            Err(error) => return Err(error.into()),
        }
        let end = self
            .drive(
                &edition.digest,
                &started.flow,
                started.id,
                started.key,
                vec![record],
                1,
                started.cancel,
            )
            .await;
        drop(guard);
        let end = end?;
        if end.status != Status::Succeeded
            && let Ok(flow) = self.flow(&started.flow)
        {
            self.remember_failure(flow, &started.trigger).await?;
        }
        Ok(end)
    }

    /// Takes up a run that an earlier process left.
    pub(super) async fn resume(&self, row: RunRow) -> Result<ChildEnd, ServiceError> {
        let limit = match self.flow(&row.flow) {
            Ok(flow) => flow
                .trigger
                .concurrency
                .as_ref()
                .map_or(1, |concurrency| concurrency.limit),
            Err(_) => 1,
        };
        let caller = row.parent.as_ref().map(|parent| parent.run);
        let guard = self.turn(row.key.as_deref(), limit, caller).await;
        let (next, records) = self.inner.store.resume_from(row.id).await?;
        let cancel = CancellationToken::new();
        let end = self
            .drive(&row.version, &row.flow, row.id, row.key, records, next, cancel)
            .await;
        drop(guard);
        end
    }

    /// A child run: started, found again, or joined where it had ended.
    pub(super) async fn child(&self, child: ChildCall, cancel: CancellationToken) -> ChildEnd {
        match self.try_child(child, cancel).await {
            Ok(end) => end,
            Err(error) => ChildEnd {
                status: Status::Failed,
                response: None,
                error: Some(ActionError::new("ChildFlow", error.to_string())),
            },
        }
    }

    async fn try_child(&self, child: ChildCall, cancel: CancellationToken) -> Result<ChildEnd, ServiceError> {
        if let Some(row) = self.inner.store.run(child.run).await? {
            return self.resume(row).await;
        }
        if child.parent.depth > DEPTH_MAX {
            return Err(ServiceError::Flow(format!(
                "flows call flows more than {DEPTH_MAX} deep"
            )));
        }
        let flow = self.flow(&child.flow)?;
        let TriggerKind::Manual { inputs: declared } = &flow.trigger.kind else {
            return Err(ServiceError::Flow(format!(
                "flow `{}` cannot be called: its trigger is not manual",
                flow.id
            )));
        };
        let inputs = inputs::complete(declared, &child.inputs)?;
        let mut trigger =
            connector_api::value::object([("start_time", self.inner.carrier.now().to_string().into())]);
        if let (Some(map), Some(deal)) = (trigger.as_object_mut(), child.deal) {
            map.insert("deal".to_owned(), deal);
        }
        let key = self.key(&flow.trigger, &trigger, &inputs)?;
        let limit = flow
            .trigger
            .concurrency
            .as_ref()
            .map_or(1, |concurrency| concurrency.limit);
        // A child without a key of its own runs under its parent's, which the parent holds already.
        self.run(Started {
            id: child.run,
            flow: child.flow,
            trigger,
            inputs,
            key: key.or(child.key),
            limit,
            summary: format!("called by {}", child.parent.flow),
            parent: Some(child.parent),
            cancel,
            ..Started::default()
        })
        .await
    }

    /// A turn under a key, unless a caller up the chain holds it already.
    async fn turn(
        &self,
        key: Option<&str>,
        limit: u32,
        caller: Option<Uuid>,
    ) -> Option<crate::run::KeyGuard> {
        let key = key?;
        let held_above = caller.is_some_and(|caller| {
            let held = self.inner.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.get(&caller)
                .is_some_and(|keys| keys.iter().any(|held| held == key))
        });
        if held_above {
            None
        } else {
            Some(self.inner.carrier.own(key, limit).await)
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "each is a separate fact about the run; they meet only here"
    )]
    async fn drive(
        &self,
        version: &str,
        flow: &str,
        id: Uuid,
        key: Option<String>,
        records: Vec<Record>,
        next: u64,
        cancel: CancellationToken,
    ) -> Result<ChildEnd, ServiceError> {
        let _open = self.inner.idle.open();
        let edition = self.edition(version).await?;
        let plan = edition.plans.get(flow).cloned();
        let plan =
            plan.ok_or_else(|| ServiceError::Flow(format!("version {version} has no flow `{flow}`")))?;
        self.hold(id, key, &records);
        let machine = Machine::fold(plan, edition.surroundings.clone(), &records)?;
        let performer: Arc<dyn Performer> = Arc::new(self.clone());
        let driver =
            Driver::new(self.inner.carrier.clone(), performer).telling(self.inner.run_events.clone());
        // The driver tells what it records; the first record is not of its making.
        for event in records
            .iter()
            .take(1)
            .filter_map(|record| RunEvent::of_record(id, flow, record))
        {
            let _ = self.inner.run_events.send(event);
        }
        // The first record alone means that nothing has been done yet; anything more was left by an earlier process.
        let driven = match records.len() {
            1 => driver.run(machine, next, cancel).await,
            _ => driver.resume(machine, next, cancel).await,
        };
        self.inner
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        driven?
            .child_end()
            .ok_or_else(|| ServiceError::Flow(format!("run `{id}` has not ended")))
    }

    /// Remembers which keys a run holds: its own and its callers'.
    fn hold(&self, id: Uuid, key: Option<String>, records: &[Record]) {
        let parent = match records.first() {
            Some(Record::RunStarted(started)) => started.parent.as_ref().map(|parent| parent.run),
            _ => None,
        };
        let mut held = self.inner.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = parent
            .and_then(|parent| held.get(&parent).cloned())
            .unwrap_or_default();
        keys.extend(key);
        held.insert(id, keys);
    }
}
