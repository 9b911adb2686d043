//! The run machine: records make state, and the state says what to record next.
//!
//! Pure: no clock, no randomness, no input or output. [`Machine::apply`] is the only way the state changes, live and
//! when a journal is read back, so a journal that could not have been lived is refused instead of believed.
//! [`Machine::decide`] and [`Machine::settle`] only make records; they change nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Status;
use crate::journal::{ActionError, Record, RunEnded};
use crate::plan::{BlockIndex, Plan};
use crate::run::state::RunState;
use crate::run::{Effect, Path, Place, Response, Surroundings};

/// One run.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) state: Arc<RunState>,
    /// What can be decided, in order.
    pub(crate) ready: VecDeque<Work>,
    /// Blocks that go on, with how many of their actions have not ended.
    pub(crate) open: BTreeMap<(BlockIndex, Path), u32>,
    /// Places whose effect goes on.
    pub(crate) in_flight: BTreeSet<Place>,
    /// Times at which something is due.
    pub(crate) timers: BTreeSet<(Timestamp, Timer, Place)>,
    /// How the run shall end, after a terminate or a cancellation.
    pub(crate) ending: Option<(Status, Option<ActionError>)>,
    pub(crate) ended: Option<RunEnded>,
}

/// Something that can be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// All predecessors of an action have ended.
    Start(Place),
    /// All that is inside a container has ended.
    Finish(Place),
    /// A call was interrupted and must not be repeated.
    Lost(Place),
    /// All actions of the run have ended.
    EndRun,
}

/// What is due at a time. Ordered: a deadline comes before a wait of the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Deadline,
    Wait,
}

/// A record that does not fit the state: a bug when live, a damaged journal when read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be followed: {reason}")]
pub struct IllegalRecord {
    /// What does not fit.
    pub reason: String,
}

impl Machine {
    /// A run before its first record.
    pub fn new(plan: Arc<Plan>, surroundings: Arc<Surroundings>) -> Self {
        Self {
            state: Arc::new(RunState::new(plan, surroundings)),
            ready: VecDeque::new(),
            open: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            timers: BTreeSet::new(),
            ending: None,
            ended: None,
        }
    }

    /// A run with its first record taken in; that record must be durable before the run goes on.
    pub fn begin(
        plan: Arc<Plan>,
        surroundings: Arc<Surroundings>,
        first: &Record,
    ) -> Result<Self, IllegalRecord> {
        Self::fold(plan, surroundings, std::slice::from_ref(first))
    }

    /// A run as its journal left it. The effects of the journal's records are not asked for again; what was going on
    /// is found by [`Machine::resume`].
    pub fn fold(
        plan: Arc<Plan>,
        surroundings: Arc<Surroundings>,
        records: &[Record],
    ) -> Result<Self, IllegalRecord> {
        let mut machine = Self::new(plan, surroundings);
        for record in records {
            machine.apply(record)?;
        }
        Ok(machine)
    }

    /// What the run knows.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// How it ended; `None` while it goes on.
    pub fn end(&self) -> Option<&RunEnded> {
        self.ended.as_ref()
    }

    /// What it answered its caller.
    pub fn response(&self) -> Option<&Response> {
        self.state.response.as_ref()
    }

    /// When something is due without anybody's doing.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _, _)| *at)
    }

    /// Whether the run does nothing but wait for a time.
    pub fn is_waiting(&self) -> bool {
        self.ended.is_none() && self.ready.is_empty() && !self.timers.is_empty() && self.in_flight.is_empty()
    }

    /// A person stops the run: the record to apply, or `None` when it has ended.
    pub fn cancel(&self, now: Timestamp) -> Option<Record> {
        (self.state.start.is_some() && self.ended.is_none() && self.ending.is_none())
            .then(|| Record::CancelRequested { at: millis(now) })
    }

    /// After an interruption: the record that asks again for what was going on; `None` when nothing was.
    pub fn resume(&self, now: Timestamp) -> Option<Record> {
        let actions: Vec<_> = self
            .in_flight
            .iter()
            .map(|place| self.state.address(place))
            .collect();
        (self.ended.is_none() && !actions.is_empty()).then(|| {
            Record::Resumed(crate::journal::Resumed {
                at: millis(now),
                actions,
            })
        })
    }

    /// What a caller that finds the run ended would have been told.
    pub fn child_end(&self) -> Option<crate::run::ChildEnd> {
        self.ended.as_ref().map(|end| crate::run::ChildEnd {
            status: end.status,
            response: self.state.response.clone(),
            error: end.error.clone(),
        })
    }

    /// Takes a record in: the state follows, and the effects to perform once the record is durable come out. The state
    /// is unusable after an error.
    pub fn apply(&mut self, record: &Record) -> Result<Vec<Effect>, IllegalRecord> {
        let mut effects = Vec::new();
        self.evolve(record, &mut effects)?;
        Ok(effects)
    }
}

/// A time as journals hold it.
pub(crate) fn millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// A time later by a duration, or the end of time.
pub(crate) fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Whether an action acts outside the machine.
pub(crate) fn has_effect(kind: &crate::flow::ActionKind) -> bool {
    use crate::flow::ActionKind::{Changeset, Http, LinksGet, LinksSave, Operation, RunFlow};
    matches!(
        kind,
        Operation { .. }
            | Http { .. }
            | RunFlow { .. }
            | Changeset { .. }
            | LinksGet { .. }
            | LinksSave { .. }
    )
}
