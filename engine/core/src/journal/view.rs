//! What may be shown of a run's journal: secure inputs and outputs are replaced before anything leaves the store.

use std::collections::HashMap;
use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

use crate::flow::Status;
use crate::journal::{ActionError, Address, Record, Start, codes};

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

impl RunView {
    /// What a run's records tell.
    pub fn of(records: &[Record]) -> Self {
        let mut view = Self::default();
        let mut lines = HashMap::new();
        for record in records {
            view.take_in(redact(record), &mut lines);
        }
        view
    }

    fn take_in(&mut self, record: Record, lines: &mut HashMap<Address, usize>) {
        match record {
            Record::RunStarted(started) => {
                self.trigger = Some(started.trigger);
                self.inputs = Some(started.inputs);
            }
            Record::Began(began) => {
                let line = self.line(began.action, began.at, lines);
                line.inputs = match began.start {
                    Start::Call(inputs) => Some(inputs),
                    Start::Items(items) => Some(Value::Array(items)),
                    Start::Calls(calls) => {
                        Some(calls.into_iter().map(|call| (call.action, call.inputs)).collect())
                    }
                    Start::Block(_) | Start::Until | Start::Delay(_) => None,
                };
            }
            Record::Ended(ended) => {
                let ended = *ended;
                let iterations = ended.action.iterations.clone();
                let line = self.line(ended.action, ended.at, lines);
                line.end(ended.at, ended.status, ended.error);
                line.body = ended.body.map(Arc::unwrap_or_clone);
                line.answered = ended.answer.and_then(|answer| answer.status);
                for child in ended.children {
                    let address = Address {
                        action: child.action,
                        iterations: iterations.clone(),
                    };
                    let line = self.line(address, ended.at, lines);
                    line.end(ended.at, child.status, child.error);
                    line.body = child.body;
                    line.answered = child.answer.and_then(|answer| answer.status);
                }
            }
            Record::Skipped(skipped) => {
                let why = ActionError::new(codes::CONDITION_FAILED, skipped.message);
                self.line(skipped.action, skipped.at, lines)
                    .end(skipped.at, Status::Skipped, Some(why));
            }
            Record::Retrying(retrying) => {
                let line = self.line(retrying.action, retrying.at, lines);
                line.retries += 1;
                line.error = Some(retrying.error);
            }
            Record::Responded(responded) => {
                self.response = Some((responded.status, responded.body));
                self.line(responded.action, responded.at, lines)
                    .end(responded.at, Status::Succeeded, None);
            }
            Record::Terminated(terminated) => {
                self.line(terminated.action, terminated.at, lines).end(
                    terminated.at,
                    Status::Succeeded,
                    None,
                );
            }
            Record::RunEnded(ended) => {
                for line in self.actions.iter_mut().filter(|line| line.status.is_none()) {
                    line.end(ended.at, Status::Cancelled, None);
                }
                self.status = Some(ended.status);
                self.error = ended.error;
            }
            Record::TriedAgain(_)
            | Record::Iterated(_)
            | Record::CancelRequested { .. }
            | Record::Resumed(_) => {}
        }
    }

    fn line(
        &mut self,
        action: Address,
        at: Timestamp,
        lines: &mut HashMap<Address, usize>,
    ) -> &mut ActionLine {
        let position = *lines.entry(action.clone()).or_insert_with(|| {
            self.actions.push(ActionLine {
                action,
                started: at,
                ended: None,
                status: None,
                retries: 0,
                inputs: None,
                body: None,
                answered: None,
                error: None,
            });
            self.actions.len() - 1
        });
        &mut self.actions[position]
    }
}

impl ActionLine {
    fn end(&mut self, at: Timestamp, status: Status, error: Option<ActionError>) {
        self.ended = Some(at);
        self.status = Some(status);
        self.error = error;
    }
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
            if ended.secure && ended.body.is_some() {
                ended.body = Some(Arc::new(HIDDEN.into()));
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
