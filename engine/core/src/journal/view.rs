//! What may be shown of a run's journal: secure inputs and outputs are replaced before anything leaves the store.

use connector_api::Value;
use jiff::Timestamp;

use crate::flow::Status;
use crate::journal::{ActionError, Address, Record, Start};

/// What stands in place of a hidden value.
pub const HIDDEN: &str = "(hidden: secure)";

/// A run as its journal tells it, safe to show.
#[derive(Clone, Debug, Default)]
pub struct RunView {
    /// What started it.
    pub trigger: Option<Value>,
    /// Its inputs.
    pub inputs: Option<Value>,
    /// Its actions in the order they began or were skipped. Branches not taken are left out.
    pub actions: Vec<ActionLine>,
    /// The answer it gave its caller: status and body.
    pub response: Option<(u16, Option<Value>)>,
    /// How it ended; `None` while it goes on.
    pub status: Option<Status>,
    /// Why it did not succeed.
    pub error: Option<ActionError>,
}

/// One action of one iteration.
#[derive(Clone, Debug)]
pub struct ActionLine {
    /// Which.
    pub action: Address,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// How it ended; `None` while it goes on.
    pub status: Option<Status>,
    /// Tries after the first.
    pub retries: u32,
    /// With what it began, where that was recorded.
    pub inputs: Option<Value>,
    /// Its result.
    pub body: Option<Value>,
    /// The HTTP status of its answer.
    pub answered: Option<u16>,
    /// Why it did not succeed, or why it was skipped.
    pub error: Option<ActionError>,
}

/// The same record with hidden values replaced.
pub fn redact(record: &Record) -> Record {
    let mut record = record.clone();
    let hide = |value: &mut Option<Value>| {
        if let Some(value) = value {
            *value = HIDDEN.into();
        }
    };
    match &mut record {
        Record::Began(began) => {
            if let Start::Calls(calls) = &mut began.start {
                for call in calls.iter_mut().filter(|call| call.secure || began.secure) {
                    call.inputs = HIDDEN.into();
                }
            } else if began.secure {
                match &mut began.start {
                    Start::Call(inputs) => *inputs = HIDDEN.into(),
                    Start::Items(items) => items.iter_mut().for_each(|item| *item = HIDDEN.into()),
                    Start::Block(_) | Start::Until | Start::Calls(_) | Start::Delay(_) => {}
                }
            }
        }
        Record::Ended(ended) => {
            if ended.secure {
                hide(&mut ended.body);
            }
            let all = ended.secure;
            for child in ended.children.iter_mut().filter(|child| child.secure || all) {
                hide(&mut child.body);
            }
        }
        Record::Responded(responded) if responded.secure => hide(&mut responded.body),
        _ => {}
    }
    record
}
