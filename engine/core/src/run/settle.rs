//! What is recorded of an effect's outcome: an end, or another try.

use std::sync::Arc;

use connector_api::{OperationError, OperationOutput, Value};
use jiff::Timestamp;

use crate::flow::{ActionKind, Status};
use crate::journal::{ActionError, Answer, Cause, ChildRecord, Ended, Record, Retrying, Start, codes};
use crate::plan::PlanAction;
use crate::run::begin::hides_result;
use crate::run::machine::{Machine, later, millis};
use crate::run::{ChildEnd, Outcome, Place, retry};

impl Machine {
    /// The record of an outcome; `None` when it is no longer wanted.
    pub fn settle(&self, place: &Place, outcome: Outcome, now: Timestamp, seed: u64) -> Option<Record> {
        if !self.in_flight.contains(place) {
            return None;
        }
        let now = millis(now);
        let instance = self.state.instance(place)?;
        let start = instance.start.as_deref()?;
        let settling = Settling {
            machine: self,
            place,
            action: self.state.plan.action(place.action),
            start,
            retries: instance.retries,
            now,
            seed,
        };
        Some(match outcome {
            Outcome::Call(Ok(output)) => settling.succeeded(output),
            Outcome::Call(Err(error)) => settling.failed(&error),
            Outcome::Changeset(result) => settling.changeset(result),
            Outcome::Child(end) => settling.child(end),
        })
    }
}

struct Settling<'a> {
    machine: &'a Machine,
    place: &'a Place,
    action: &'a PlanAction,
    start: &'a Start,
    retries: u32,
    now: Timestamp,
    seed: u64,
}

impl Settling<'_> {
    fn ended(&self, status: Status) -> Ended {
        Ended {
            action: self.machine.state.address(self.place),
            at: self.now,
            status,
            body: None,
            answer: None,
            error: None,
            children: Vec::new(),
            secure: hides_result(self.action),
        }
    }

    fn succeeded(&self, output: OperationOutput) -> Record {
        Record::Ended(Box::new(Ended {
            answer: answer_of(&output),
            body: Some(Arc::new(output.body)),
            ..self.ended(Status::Succeeded)
        }))
    }

    /// Another try, when the policy allows one.
    fn again(&self, error: &OperationError) -> Option<Record> {
        let default = &self.machine.state.surroundings.default_retry;
        let wait = retry::wait(self.action, self.start, default, self.retries, error, self.seed)?;
        Some(Record::Retrying(Box::new(Retrying {
            action: self.machine.state.address(self.place),
            at: self.now,
            until: later(self.now, wait),
            error: ActionError::of_operation(error),
        })))
    }

    fn failed(&self, error: &OperationError) -> Record {
        self.again(error).unwrap_or_else(|| {
            Record::Ended(Box::new(Ended {
                body: error.body.clone().map(Arc::new),
                answer: error.status.map(|status| Answer {
                    status: Some(status),
                    headers: Vec::new(),
                }),
                error: Some(ActionError::of_operation(error)),
                ..self.ended(Status::Failed)
            }))
        })
    }

    fn changeset(&self, result: Result<Vec<OperationOutput>, OperationError>) -> Record {
        let Start::Calls(calls) = self.start else {
            return Record::Ended(Box::new(self.ended(Status::Failed)));
        };
        let secure = |name: &str| {
            let plan = &self.machine.state.plan;
            plan.find(name)
                .is_some_and(|action| plan.action(action).secure_outputs)
        };
        let child = |name: &str, status| ChildRecord {
            action: name.to_owned(),
            status,
            body: None,
            answer: None,
            error: None,
            secure: secure(name),
        };
        let error = match result {
            Ok(outputs) if outputs.len() == calls.len() => {
                let children = calls.iter().zip(outputs).map(|(call, output)| ChildRecord {
                    answer: answer_of(&output),
                    body: Some(output.body),
                    ..child(&call.action, Status::Succeeded)
                });
                let children: Vec<ChildRecord> = children.collect();
                let body = children
                    .iter()
                    .filter(|child| !child.secure)
                    .map(|child| (child.action.clone(), child.body.clone().unwrap_or_default()))
                    .collect();
                return Record::Ended(Box::new(Ended {
                    body: Some(Arc::new(body)),
                    children,
                    ..self.ended(Status::Succeeded)
                }));
            }
            Ok(outputs) => OperationError::new(
                connector_api::ErrorClass::UnexpectedResponse,
                "changeset_answers",
                format!(
                    "{} calls went out and {} answers came back",
                    calls.len(),
                    outputs.len()
                ),
            ),
            Err(error) => {
                if let Some(again) = self.again(&error) {
                    return again;
                }
                error
            }
        };
        let failed = error.failed_call.and_then(|index| calls.get(index));
        let own = ActionError::of_operation(&error);
        let children = calls
            .iter()
            .map(|call| {
                if failed.is_some_and(|failed| failed.action == call.action) {
                    ChildRecord {
                        body: error.body.clone(),
                        answer: error.status.map(|status| Answer {
                            status: Some(status),
                            headers: Vec::new(),
                        }),
                        error: Some(own.clone()),
                        ..child(&call.action, Status::Failed)
                    }
                } else {
                    ChildRecord {
                        error: Some(ActionError::new(
                            codes::DEPENDENCY_FAILED,
                            "nothing of the changeset was carried out, because the whole failed",
                        )),
                        ..child(&call.action, Status::Skipped)
                    }
                }
            })
            .collect();
        let cause = failed.map(|call| own.innermost(&self.machine.state.plan.flow, &call.action));
        let error = match cause {
            Some(cause) => {
                let message = format!("`{}` failed: {}", cause.action, cause.message);
                ActionError::new(codes::ACTION_FAILED, message).caused_by(Some(cause))
            }
            None => own,
        };
        Record::Ended(Box::new(Ended {
            error: Some(error),
            children,
            ..self.ended(Status::Failed)
        }))
    }

    /// A child's end. A child without a `response` gives null; one that answered with an error status failed.
    fn child(&self, end: ChildEnd) -> Record {
        let flow = match &self.action.kind {
            ActionKind::RunFlow { flow, .. } => flow.value.as_str(),
            _ => "",
        };
        let refused = end.response.as_ref().filter(|response| response.status >= 400);
        let error = match (end.status, &end.error, refused) {
            (Status::Succeeded, _, None) => None,
            (Status::Succeeded, _, Some(response)) => {
                let message = format!("flow `{flow}` answered with status {}", response.status);
                let code = response.status.to_string();
                let cause = Cause {
                    flow: flow.to_owned(),
                    action: "response".to_owned(),
                    code: code.clone(),
                    message: message.clone(),
                    field: None,
                };
                Some(ActionError::new(code, message).caused_by(Some(cause)))
            }
            (status, error, _) => {
                let code = error
                    .as_ref()
                    .map_or(codes::ACTION_FAILED, |error| error.code.as_str());
                let cause = error.as_ref().and_then(|error| error.cause.as_deref().cloned());
                let why = match (&cause, error) {
                    (Some(cause), _) => cause.message.clone(),
                    (None, Some(error)) => error.message.clone(),
                    (None, None) => format!("it was {}", status.name()),
                };
                let cause = cause.unwrap_or_else(|| Cause {
                    flow: flow.to_owned(),
                    action: String::new(),
                    code: code.to_owned(),
                    message: why.clone(),
                    field: None,
                });
                let message = format!("flow `{flow}` {}: {why}", status.name());
                Some(ActionError::new(code, message).caused_by(Some(cause)))
            }
        };
        let status = if error.is_none() {
            Status::Succeeded
        } else {
            Status::Failed
        };
        let answer = end.response.as_ref().map(|response| Answer {
            status: Some(response.status),
            headers: response.headers.clone(),
        });
        let body = end.response.and_then(|response| response.body);
        Record::Ended(Box::new(Ended {
            body: Some(Arc::new(body.unwrap_or(Value::Null))),
            answer,
            error,
            ..self.ended(status)
        }))
    }
}

fn answer_of(output: &OperationOutput) -> Option<Answer> {
    output.status.map(|status| Answer {
        status: Some(status),
        headers: output.headers.clone(),
    })
}
