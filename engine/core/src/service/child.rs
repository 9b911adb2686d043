//! One run from its first record to its end: by itself, as a child, or taken up again.

use std::sync::{Arc, PoisonError};

use connector_api::value::object;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::{Status, TriggerKind};
use crate::journal::{ActionError, FORMAT_VERSION, Record, RunStarted};
use crate::run::{ChildCall, ChildEnd, DriveError, Driver, Machine, Performer, RunEvent};
use crate::service::host::{Edition, Live};
use crate::service::inputs;
use crate::service::queue::Started;
use crate::service::turn::Turn;
use crate::service::{Host, ServiceError};
use crate::store::{NewRun, RunRow, RunStatus, StoreError};

/// A run with its first records.
struct Begun {
    id: Uuid,
    flow: String,
    key: Option<String>,
    edition: Arc<Edition>,
    records: Vec<Record>,
    /// What is still to be made durable of its beginning.
    opening: Option<NewRun>,
    /// The position of the next batch.
    next: u64,
}

impl Host {
    /// Waits for the run's turn, begins it and carries it to its end.
    pub(super) async fn run(&self, started: Started, turn: Turn) -> Result<ChildEnd, ServiceError> {
        let guard = self.turn(turn, started.parent.is_some()).await?;
        let edition = self.edition_of_caller(started.parent.as_ref().map(|parent| parent.run));
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
            trigger: started.trigger,
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
        // A durable event, or the calling run, starts this run again should it be lost before it has done anything.
        let opening = if new.event.is_some() || new.row.parent.is_some() {
            Some(new)
        } else {
            self.inner.store.begin_run(new).await?;
            None
        };
        let begun = Begun {
            id: started.id,
            flow: started.flow,
            key: started.key,
            edition,
            records: vec![record],
            opening,
            next: 1,
        };
        let end = self.drive(begun, started.cancel).await;
        drop(guard);
        match end {
            // A later event of the key took its place before it had done anything; the store says which.
            Err(ServiceError::Drive(DriveError::Store(StoreError::NotWaiting(_)))) => Ok(ChildEnd {
                status: Status::Skipped,
                response: None,
                error: None,
            }),
            end => end,
        }
    }

    /// Takes up a run that an earlier process left, or tells how it ended.
    pub(super) async fn resume(
        &self,
        row: RunRow,
        turn: Turn,
        cancel: CancellationToken,
    ) -> Result<ChildEnd, ServiceError> {
        let guard = self.turn(turn, row.parent.is_some()).await?;
        let (next, records) = self.inner.store.resume_from(row.id).await?;
        let begun = Begun {
            id: row.id,
            flow: row.flow,
            key: row.key,
            edition: self.edition(&row.version).await?,
            records,
            opening: None,
            next,
        };
        let end = self.drive(begun, cancel).await;
        drop(guard);
        end
    }

    /// A child run: started, found again, or joined where it had ended. `None` when the engine stops first.
    pub(super) async fn child(&self, child: ChildCall, cancel: CancellationToken) -> Option<ChildEnd> {
        match self.try_child(child, cancel).await {
            Ok(end) => Some(end),
            Err(error) if error.is_stopping() => None,
            Err(error) => Some(ChildEnd {
                status: Status::Failed,
                response: None,
                error: Some(ActionError::new("ChildFlow", error.to_string())),
            }),
        }
    }

    async fn try_child(&self, child: ChildCall, cancel: CancellationToken) -> Result<ChildEnd, ServiceError> {
        // The caller's own text is what was checked together with this call.
        let edition = self.edition_of_caller(Some(child.parent.run));
        let flow = edition.solution.flows.get(&child.flow);
        let flow = flow.ok_or_else(|| ServiceError::Flow(format!("there is no flow `{}`", child.flow)))?;
        if let Some(row) = self.inner.store.run(child.run).await? {
            let turn = self.line_up_again(&row, flow.trigger.limit());
            return self.resume(row, turn, cancel).await;
        }
        if self.inner.off.contains(&flow.id) {
            return Err(ServiceError::Flow(format!("flow `{}` is off", flow.id)));
        }
        let TriggerKind::Manual { inputs: declared } = &flow.trigger.kind else {
            return Err(ServiceError::Flow(format!(
                "flow `{}` cannot be called: its trigger is not manual",
                flow.id
            )));
        };
        let inputs = inputs::complete(declared, &child.inputs)?;
        let mut trigger = object([("start_time", self.inner.carrier.now().to_string().into())]);
        if let (Some(map), Some(deal)) = (trigger.as_object_mut(), child.deal) {
            map.insert("deal".to_owned(), deal);
        }
        // A child without a key of its own runs under its parent's, which the parent holds already.
        let key = self.key(flow, &trigger, &inputs)?.or(child.key);
        let started = Started {
            id: child.run,
            flow: child.flow,
            trigger,
            inputs,
            key,
            summary: format!("called by {}", child.parent.flow),
            event: None,
            parent: Some(child.parent),
            cancel,
        };
        let turn = self.line_up(&started, flow.trigger.limit());
        self.run(started, turn).await
    }

    async fn drive(&self, mut begun: Begun, cancel: CancellationToken) -> Result<ChildEnd, ServiceError> {
        let _open = self.inner.idle.open();
        let plan = begun.edition.plans.get(&begun.flow).cloned();
        let plan = plan.ok_or_else(|| {
            let version = &begun.edition.digest;
            ServiceError::Flow(format!("version {version} has no flow `{}`", begun.flow))
        })?;
        let Some(Record::RunStarted(first)) = begun.records.first() else {
            return Err(ServiceError::Flow(format!(
                "the journal of run `{}` has no beginning",
                begun.id
            )));
        };
        let _living = self.live(&begun, first.parent.as_ref().map(|parent| parent.run));
        let machine = Machine::fold(plan, begun.edition.surroundings.clone(), &begun.records)?;
        let performer: Arc<dyn Performer> = Arc::new(self.clone());
        let driver = Driver::new(self.inner.carrier.clone(), performer)
            .telling(self.inner.run_events.clone())
            .leaving(self.inner.stop.clone(), self.inner.halt.clone());
        // The first record alone means that nothing has been done yet; anything more was left by an earlier process.
        let driven = if let Some(opening) = begun.opening.take() {
            driver.start(machine, opening, cancel).await
        } else if begun.records.len() == 1 {
            // The driver tells what it records; the first record is not of its making.
            if let Some(event) = RunEvent::of_record(begun.id, &begun.flow, &begun.records[0]) {
                let _ = self.inner.run_events.send(event);
            }
            driver.run(machine, begun.next, cancel).await
        } else {
            driver.resume(machine, begun.next, cancel).await
        };
        let end = driven?
            .child_end()
            .ok_or_else(|| ServiceError::Flow(format!("run `{}` has not ended", begun.id)))?;
        if matches!(end.status, Status::Failed | Status::TimedOut) {
            self.remember_failure(&begun.flow, &first.trigger).await?;
        }
        Ok(end)
    }

    /// The edition of a run that calls another; the newest for runs that nobody calls.
    fn edition_of_caller(&self, caller: Option<Uuid>) -> Arc<Edition> {
        let live = self.inner.live.lock().unwrap_or_else(PoisonError::into_inner);
        caller
            .and_then(|caller| live.get(&caller))
            .map_or_else(|| self.inner.edition.clone(), |caller| caller.edition.clone())
    }

    /// Makes a run known to the flows it will call, until the answer is dropped.
    fn live(&self, begun: &Begun, caller: Option<Uuid>) -> Living {
        let mut live = self.inner.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = caller
            .and_then(|caller| live.get(&caller))
            .map(|caller| caller.keys.clone())
            .unwrap_or_default();
        keys.extend(begun.key.clone());
        let edition = begun.edition.clone();
        live.insert(begun.id, Live { keys, edition });
        Living {
            host: self.clone(),
            id: begun.id,
        }
    }
}

/// A run is being carried on until this is dropped.
struct Living {
    host: Host,
    id: Uuid,
}

impl Drop for Living {
    fn drop(&mut self) {
        let mut live = self
            .host
            .inner
            .live
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        live.remove(&self.id);
    }
}

impl ServiceError {
    /// Whether it only says that the engine stops: the run goes on at the next start.
    pub(super) fn is_stopping(&self) -> bool {
        matches!(self, Self::Stopping | Self::Drive(DriveError::Halted(_)))
    }
}
