//! Accepted events: what came in and has to become a run, on disk before it is acknowledged.

use std::time::Duration;

use connector_api::Value;
use jiff::Timestamp;
use uuid::Uuid;

/// An event to accept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Made by the caller, so that it can be named before it is stored.
    pub id: Uuid,
    /// The flow it starts.
    pub flow: String,
    /// When it came.
    pub at: Timestamp,
    /// What `trigger` will show.
    pub trigger: Value,
    /// The key under which its run waits for others; runs without one wait for nobody.
    pub key: Option<String>,
    /// What is equal for repeats, and for how long a repeat is dropped.
    pub dedupe: Option<(String, Duration)>,
    /// Whether waiting events of the same flow and key are dropped in its favour.
    pub coalesce: bool,
}

/// What became of an event that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It is on disk and will be run.
    Accepted,
    /// It repeats an earlier one within its window; kept as dropped, with that reason.
    Duplicate {
        /// The earlier one.
        of: Uuid,
    },
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// Its run has not begun.
    Waiting,
    /// Its run has begun.
    Started,
    /// It starts no run; the reason is recorded.
    Dropped,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its id.
    pub id: Uuid,
    /// The flow it starts.
    pub flow: String,
    /// When it came.
    pub at: Timestamp,
    /// What `trigger` will show.
    pub trigger: Value,
    /// Its key.
    pub key: Option<String>,
    /// Where it stands.
    pub state: EventState,
    /// Why it was dropped.
    pub reason: Option<String>,
    /// The run it started.
    pub run: Option<Uuid>,
}

/// What one poll brought, stored as one: the cursor never moves without the events.
#[derive(Clone, Debug, PartialEq)]
pub struct PollSave {
    /// Whose poll: the flow's id.
    pub flow: String,
    /// Where the next poll starts.
    pub cursor: Value,
    /// The events it brought.
    pub events: Vec<NewEvent>,
    /// Watched values now handed on, by record id: an object merged over what is known.
    pub watched: Vec<(String, Value)>,
}

impl EventState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Started, Self::Dropped]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// Why a repeat was dropped.
pub(crate) fn repeats(of: Uuid) -> String {
    format!("it repeats event `{of}`")
}

/// Why an event was dropped in favour of a later one.
pub(crate) fn replaced(by: Uuid) -> String {
    format!("the later event `{by}` of the same key took its place")
}
