//! What a run tells those who watch: one type for the terminal, the console and tests.

use jiff::Timestamp;
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, Address, Record};

/// Something a run did, told after it is durable.
#[derive(Clone, Debug)]
pub struct RunEvent {
    /// The run.
    pub run: Uuid,
    /// The flow's id.
    pub flow: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: RunEventKind,
}

/// What a run did.
#[derive(Clone, Debug)]
pub enum RunEventKind {
    /// It started; with the run that called it and its key.
    Started {
        /// The calling run.
        parent: Option<Uuid>,
        /// Its key.
        key: Option<String>,
    },
    /// An action that takes time began.
    ActionStarted {
        /// Which.
        action: Address,
    },
    /// An action ended.
    ActionEnded {
        /// Which.
        action: Address,
        /// How.
        status: Status,
        /// Why it did not succeed.
        error: Option<ActionError>,
    },
    /// A try failed and another follows.
    Retrying {
        /// Which.
        action: Address,
        /// When the next begins.
        until: Timestamp,
        /// Why it failed.
        error: ActionError,
    },
    /// It goes on after an interruption.
    Resumed,
    /// It ended.
    Ended {
        /// How.
        status: Status,
        /// Why it did not succeed.
        error: Option<ActionError>,
    },
}

impl RunEvent {
    /// What a record tells; `None` when it says nothing to people.
    pub fn of_record(run: Uuid, flow: &str, record: &Record) -> Option<Self> {
        let ended = |action: &Address, status, error: Option<ActionError>| RunEventKind::ActionEnded {
            action: action.clone(),
            status,
            error,
        };
        let kind = match record {
            Record::RunStarted(started) => RunEventKind::Started {
                parent: started.parent.as_ref().map(|parent| parent.run),
                key: started.key.clone(),
            },
            Record::Began(began) => RunEventKind::ActionStarted {
                action: began.action.clone(),
            },
            Record::Ended(end) => ended(&end.action, end.status, end.error.clone()),
            Record::Skipped(skipped) => ended(&skipped.action, Status::Skipped, None),
            Record::Responded(responded) => ended(&responded.action, Status::Succeeded, None),
            Record::Terminated(terminated) => ended(&terminated.action, Status::Succeeded, None),
            Record::Retrying(retrying) => RunEventKind::Retrying {
                action: retrying.action.clone(),
                until: retrying.until,
                error: retrying.error.clone(),
            },
            Record::Resumed(_) => RunEventKind::Resumed,
            Record::RunEnded(end) => RunEventKind::Ended {
                status: end.status,
                error: end.error.clone(),
            },
            Record::TriedAgain(_) | Record::Iterated(_) | Record::CancelRequested { .. } => return None,
        };
        Some(Self {
            run,
            flow: flow.to_owned(),
            at: record.at(),
            kind,
        })
    }
}
