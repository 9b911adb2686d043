//! The only loop that waits: it asks the machine what to record, makes that durable, and only then acts.
//!
//! A read may be asked for before its record is durable, because repeating it after a crash does no harm. Its records
//! go to disk with those of the next effect that must not be repeated, or after [`LINGER`], or at the end of the run.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::journal::Record;
use crate::run::flights::Flights;
use crate::run::machine::later;
use crate::run::{Carrier, Effect, IllegalRecord, Machine, Outcome, Performer, Place, RunContext, RunEvent};
use crate::store::{Batch, NewRun, RunStatus, StoreError};

/// Most records of one batch: a long loop shows its progress and holds little in memory.
const BATCH_MAX: usize = 256;
/// Longest time for which records that nothing depends on are kept back, so that those who look see a slow read.
const LINGER: Duration = Duration::from_millis(50);

/// Drives runs to their end.
#[derive(Clone)]
pub struct Driver {
    carrier: Arc<dyn Carrier>,
    performer: Arc<dyn Performer>,
    events: Option<broadcast::Sender<RunEvent>>,
    rest: CancellationToken,
    halt: CancellationToken,
}

/// Why a run could not be driven on. Its journal is as good as its last batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriveError {
    /// The journal could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine refused a record.
    #[error(transparent)]
    Illegal(#[from] IllegalRecord),
    /// The run can neither go on nor end: a fault of the engine.
    #[error(
        "run `{0}` waits for nothing and has not ended; this is a mistake of the engine, please report it"
    )]
    Stuck(Uuid),
    /// The driver was told to leave the run before it ended.
    #[error("run `{0}` was left where it is; it goes on when the engine starts again")]
    Halted(Uuid),
}

impl Driver {
    /// A driver that tells nobody.
    pub fn new(carrier: Arc<dyn Carrier>, performer: Arc<dyn Performer>) -> Self {
        Self {
            carrier,
            performer,
            events: None,
            rest: CancellationToken::new(),
            halt: CancellationToken::new(),
        }
    }

    /// A driver that tells what runs do. Those who listen too slowly miss events; no run waits for them.
    pub fn telling(mut self, events: broadcast::Sender<RunEvent>) -> Self {
        self.events = Some(events);
        self
    }

    /// A driver that can be told to leave runs unfinished. After `rest` a run goes on until it would only wait for a time;
    /// after `halt` nothing more begins, and only the calls that are under way are waited for and recorded.
    pub fn leaving(mut self, rest: CancellationToken, halt: CancellationToken) -> Self {
        self.rest = rest;
        self.halt = halt;
        self
    }

    /// Drives a run whose first `seq` batches are durable and taken in. Answers with the ended machine. Dropping the
    /// future stops the run where it is; its journal can be resumed.
    pub async fn run(
        &self,
        machine: Machine,
        seq: u64,
        cancel: CancellationToken,
    ) -> Result<Machine, DriveError> {
        Drive::new(self, machine, seq)?.finish(cancel).await
    }

    /// Drives a run from its very beginning: `opening` becomes durable together with the first records that have to be,
    /// so until then a crash leaves no trace of the run. For runs that what is durable already will start again.
    pub async fn start(
        &self,
        machine: Machine,
        opening: NewRun,
        cancel: CancellationToken,
    ) -> Result<Machine, DriveError> {
        let mut drive = Drive::new(self, machine, 0)?;
        drive.opening = Some(opening);
        drive.due = Some(later(self.carrier.now(), LINGER));
        drive.finish(cancel).await
    }

    /// Drives on a run that was interrupted: what was going on is asked for again by its effect class.
    pub async fn resume(
        &self,
        machine: Machine,
        seq: u64,
        cancel: CancellationToken,
    ) -> Result<Machine, DriveError> {
        let mut drive = Drive::new(self, machine, seq)?;
        if let Some(record) = drive.machine.resume(self.carrier.now()) {
            drive.take(record)?;
        }
        drive.finish(cancel).await
    }
}

/// One run being driven.
struct Drive<'a> {
    driver: &'a Driver,
    machine: Machine,
    run: Uuid,
    seq: u64,
    /// The run's row and first records, as long as they are not durable.
    opening: Option<NewRun>,
    /// Taken in, not yet durable.
    batch: Vec<Record>,
    /// To be performed once the batch is durable, or at once when they may be repeated.
    effects: Vec<Effect>,
    /// When what is not durable is made so at the latest; `None` while all is.
    due: Option<Timestamp>,
    flights: Flights,
}

impl<'a> Drive<'a> {
    fn new(driver: &'a Driver, machine: Machine, seq: u64) -> Result<Self, DriveError> {
        let state = machine.state();
        let run = state
            .start
            .as_ref()
            .map(|start| start.run)
            .ok_or_else(|| IllegalRecord {
                reason: "the run has no first record".into(),
            })?;
        let context = RunContext::new(run, &state.plan.flow, state.deal());
        Ok(Self {
            flights: Flights::new(Arc::clone(&driver.performer), context),
            driver,
            machine,
            run,
            seq,
            opening: None,
            batch: Vec::new(),
            effects: Vec::new(),
            due: None,
        })
    }

    async fn finish(mut self, cancel: CancellationToken) -> Result<Machine, DriveError> {
        loop {
            let halted = self.driver.halt.is_cancelled();
            if !halted {
                self.decide()?;
            }
            if self.must_commit() || (halted && !self.batch.is_empty()) {
                self.commit().await?;
                continue;
            }
            self.perform();
            if self.machine.end().is_some() {
                // Children that were told to stop end by themselves, before their parent is gone.
                while self.flights.next().await.is_some() {}
                return Ok(self.machine);
            }
            let leaving = halted || self.driver.rest.is_cancelled();
            if leaving && self.flights.is_empty() {
                return Err(DriveError::Halted(self.run));
            }
            if !halted {
                self.wait(&cancel, leaving).await?;
            } else if let Some((place, outcome)) = self.flights.next().await {
                self.settle(&place, outcome)?;
            }
        }
    }

    /// Takes in everything that can be decided without waiting.
    fn decide(&mut self) -> Result<(), DriveError> {
        while self.batch.len() < BATCH_MAX {
            let carrier = &self.driver.carrier;
            let Some(record) = self.machine.decide(carrier.now(), carrier.seed()) else {
                break;
            };
            self.take(record)?;
        }
        Ok(())
    }

    fn take(&mut self, record: Record) -> Result<(), DriveError> {
        self.effects.extend(self.machine.apply(&record)?);
        self.batch.push(record);
        Ok(())
    }

    /// Whether the run may not go on before its records are durable.
    fn must_commit(&self) -> bool {
        if self.batch.is_empty() {
            return false;
        }
        let all_repeatable = self.effects.iter().all(|effect| self.machine.is_read(effect));
        let waits_for_time = self.flights.is_empty() && self.effects.is_empty();
        !all_repeatable || waits_for_time || self.machine.end().is_some() || self.batch.len() >= BATCH_MAX
    }

    /// Performs what was asked for.
    fn perform(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            self.flights.perform(effect);
        }
    }

    fn settle(&mut self, place: &Place, outcome: Outcome) -> Result<(), DriveError> {
        let carrier = &self.driver.carrier;
        match self.machine.settle(place, outcome, carrier.now(), carrier.seed()) {
            Some(record) => self.take(record),
            None => Ok(()),
        }
    }

    async fn commit(&mut self) -> Result<(), DriveError> {
        self.due = None;
        let records = std::mem::take(&mut self.batch);
        let opening = self.opening.take();
        let told: Vec<RunEvent> = match &self.driver.events {
            None => Vec::new(),
            Some(_) => opening
                .iter()
                .flat_map(|opening| &opening.records)
                .chain(&records)
                .filter_map(|record| RunEvent::of_record(self.run, &self.machine.state().plan.flow, record))
                .collect(),
        };
        let status = if self.machine.is_waiting() {
            RunStatus::Waiting
        } else {
            RunStatus::Running
        };
        let mut batch = Batch {
            run: self.run,
            seq: self.seq,
            records,
            status,
        };
        match opening {
            None => self.driver.carrier.append(batch).await?,
            Some(mut opening) => {
                opening.row.take_in(&batch);
                opening.records.append(&mut batch.records);
                self.driver.carrier.begin(opening).await?;
            }
        }
        self.seq += 1;
        if let Some(events) = &self.driver.events {
            for event in told {
                // An error only says that nobody listens.
                drop(events.send(event));
            }
        }
        self.perform();
        Ok(())
    }

    /// Waits for an outcome, a time or a person, and takes it in.
    async fn wait(&mut self, cancel: &CancellationToken, leaving: bool) -> Result<(), DriveError> {
        let wake = self.machine.next_wake();
        let flying = !self.flights.is_empty();
        if !flying && wake.is_none() {
            return Err(DriveError::Stuck(self.run));
        }
        let carrier = &self.driver.carrier;
        if !self.batch.is_empty() && self.due.is_none() {
            self.due = Some(later(carrier.now(), LINGER));
        }
        let kept_until = self.due;
        let lingering = async {
            match kept_until {
                Some(at) => carrier.wake_at(at).await,
                None => std::future::pending().await,
            }
        };
        let due = async {
            match wake {
                Some(at) => carrier.wake_at(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.driver.halt.cancelled() => {}
            () = self.driver.rest.cancelled(), if !leaving => {}
            () = cancel.cancelled() => {
                if let Some(record) = self.machine.cancel(carrier.now()) {
                    self.take(record)?;
                }
            }
            mut next = self.flights.next(), if flying => {
                while let Some((place, outcome)) = next {
                    self.settle(&place, outcome)?;
                    next = self.flights.try_next();
                }
            }
            () = due => {}
            () = lingering => self.commit().await?,
        }
        Ok(())
    }
}
