//! How each type of action begins: its inputs are evaluated, and what takes no time ends at once.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use connector_api::{Map, Value};
use jiff::Timestamp;

use crate::expression::{Context, ExpressionError, Template};
use crate::flow::{ActionKind, Status, Variable};
use crate::journal::{ActionError, Began, Cause, Ended, Record, Responded, Start, Terminated, codes};
use crate::plan::PlanAction;
use crate::run::machine::{Machine, later};
use crate::run::names::Sight;
use crate::run::{Place, changeset, data, link, parse_json, sides, variables};

/// Most items a `for_each` goes through.
pub const ITERATIONS_MAX: usize = 100_000;
/// The longest delay.
pub const DELAY_MAX: Duration = Duration::from_secs(366 * 24 * 3_600);
/// How many callers may stand above a child flow.
pub const CHILD_DEPTH_MAX: u32 = 8;

/// What an action did when it began.
pub(crate) enum Beginning {
    /// It takes time.
    Goes(Start),
    /// It is done, with this result.
    Done(Value),
    /// It is done without a result, and did something of its own.
    Recorded(Record),
}

type Begun = Result<Beginning, ActionError>;

/// The record an action begins with. An action that cannot even begin ends as failed.
pub(crate) fn begin(machine: &Machine, place: &Place, now: Timestamp, seed: u64) -> Record {
    let action = machine.state.plan.action(place.action);
    let beginner = Beginner {
        machine,
        place,
        action,
        sight: Sight::of_action(&machine.state, place),
        now,
        seed,
    };
    match beginner.begin() {
        Ok(Beginning::Goes(start)) => Record::Began(Began {
            action: machine.state.address(place),
            at: now,
            start,
            secure: action.secure_inputs,
        }),
        Ok(Beginning::Done(body)) => Record::Ended(Box::new(Ended {
            action: machine.state.address(place),
            at: now,
            status: Status::Succeeded,
            body: Some(Arc::new(body)),
            answer: None,
            error: None,
            children: Vec::new(),
            secure: hides_result(action),
        })),
        Ok(Beginning::Recorded(record)) => record,
        Err(error) => machine.end_as(place, now, Status::Failed, Some(hidden(action, error))),
    }
}

/// An error of an action that cannot begin. Such messages quote what was evaluated; where that is secure they must not.
pub(crate) fn hidden(action: &PlanAction, error: ActionError) -> ActionError {
    if !action.secure_inputs || error.code == codes::LIMIT_EXCEEDED || error.code == codes::RESPONSE_SKIPPED {
        return error;
    }
    let message = "the inputs cannot be evaluated; what is wrong is not shown because they are secure";
    ActionError::new(error.code, message)
}

/// Whether views hide an action's result. Where the result is made of the inputs at once, hiding one hides the other.
pub(crate) fn hides_result(action: &PlanAction) -> bool {
    let is_pure = !crate::run::machine::has_effect(&action.kind);
    action.secure_outputs || (is_pure && action.secure_inputs)
}

struct Beginner<'a> {
    machine: &'a Machine,
    place: &'a Place,
    action: &'a PlanAction,
    sight: Sight,
    now: Timestamp,
    seed: u64,
}

impl Beginner<'_> {
    fn begin(&self) -> Begun {
        use Beginning::{Done, Goes, Recorded};
        let context = || self.context();
        Ok(match &self.action.kind {
            ActionKind::Operation { inputs, .. } | ActionKind::Http { inputs } => {
                Goes(Start::Call(value(inputs, &context())?))
            }
            ActionKind::LinksGet { inputs } => Goes(Start::Call(match value(inputs, &context())? {
                // Without inputs it asks for the run's own deal; identities that are all unknown ask for nothing.
                Value::Object(map) if map.is_empty() => Value::Null,
                identities => identities,
            })),
            ActionKind::LinksSave { inputs } => Goes(Start::Call(link::to_save(
                value(inputs, &context())?,
                &self.machine.state.surroundings,
                &context(),
                self.now,
            )?)),
            ActionKind::RunFlow { flow, inputs } => {
                self.check_depth(&flow.value)?;
                Goes(Start::Call(value(inputs, &context())?))
            }
            ActionKind::Scope { .. } => Goes(Start::Block(0)),
            ActionKind::If { condition, .. } => {
                let holds = truth(condition, &context(), "the condition")?;
                Goes(Start::Block(u32::from(!holds)))
            }
            ActionKind::Switch { on, cases, .. } => {
                let on = value(on, &context())?;
                if !matches!(on, Value::String(_)) && on.as_i64().is_none() {
                    return Err(wrong_type("`on`", "text or a whole number", &on));
                }
                let case = cases.iter().position(|case| case.value.value == on);
                Goes(Start::Block(case.unwrap_or(cases.len()) as u32))
            }
            ActionKind::ForEach { items, .. } => {
                let items = list(items, &context(), "`items`")?;
                if items.len() > ITERATIONS_MAX {
                    let message = format!(
                        "there are {} items; at most {ITERATIONS_MAX} are gone through",
                        items.len()
                    );
                    return Err(ActionError::new(codes::LIMIT_EXCEEDED, message));
                }
                Goes(Start::Items(items))
            }
            ActionKind::Until { .. } => Goes(Start::Until),
            ActionKind::Changeset { .. } => {
                let calls = changeset::calls(self.machine, self.place, &self.sight, self.now, self.seed)?;
                if calls.is_empty() {
                    return Ok(Done(Value::Object(Map::new())));
                }
                Goes(Start::Calls(calls))
            }
            ActionKind::Delay { duration } => {
                let wait = duration_of(&value(duration, &context())?)?;
                Goes(Start::Delay(later(self.now, wait)))
            }
            ActionKind::DelayUntil { timestamp } => {
                let until = timestamp_of(&value(timestamp, &context())?)?;
                if until > later(self.now, DELAY_MAX) {
                    return Err(too_long());
                }
                Goes(Start::Delay(until))
            }
            ActionKind::Map { .. } | ActionKind::Diff { .. } => Done(sides::evaluate(
                self.machine,
                &self.action.kind,
                &self.sight,
                self.now,
                self.seed,
            )?),
            ActionKind::Compose { inputs } => Done(value(inputs, &context())?),
            ActionKind::Select { from, select } => {
                Done(data::select(list(from, &context(), "`from`")?, select, |item| {
                    self.context_of(item)
                })?)
            }
            ActionKind::Filter { from, condition } => Done(data::filter(
                list(from, &context(), "`from`")?,
                condition,
                |item| self.context_of(item),
            )?),
            ActionKind::Join { from, separator } => Done(data::join(
                &list(from, &context(), "`from`")?,
                &value(separator, &context())?,
            )?),
            ActionKind::ParseJson { content, schema } => Done(parse_json::parse(
                value(content, &context())?,
                schema.as_ref().map(|schema| &schema.value),
            )?),
            ActionKind::SetVariable { name, value: to } => {
                let to = value(to, &context())?;
                let (variable, _) = self.variable(&name.value)?;
                Done(self.changed(&name.value, variables::to_set(variable, to))?)
            }
            ActionKind::AppendToVariable { name, value: piece } => {
                let piece = value(piece, &context())?;
                let (variable, current) = self.variable(&name.value)?;
                Done(self.changed(&name.value, variables::to_append(variable, current, piece))?)
            }
            ActionKind::IncrementVariable { name, by } => {
                let by = by
                    .as_ref()
                    .map_or(Ok(Value::from(1)), |by| value(by, &context()))?;
                let (variable, current) = self.variable(&name.value)?;
                Done(self.changed(&name.value, variables::incremented(variable, current, &by))?)
            }
            ActionKind::Response {
                status,
                headers,
                body,
            } => Recorded(self.respond(status.as_ref(), headers.as_ref(), body.as_ref())?),
            ActionKind::Terminate { status, error } => {
                let error = match error {
                    Some(error) => Some(self.run_error(value(error, &context())?)),
                    None if *status == Status::Failed => Some(self.run_error(Value::Null)),
                    None => None,
                };
                Recorded(Record::Terminated(Box::new(Terminated {
                    action: self.machine.state.address(self.place),
                    at: self.now,
                    status: *status,
                    error,
                })))
            }
        })
    }

    fn context(&self) -> Context {
        self.sight.clone().context(self.now, self.seed)
    }

    fn context_of(&self, item: &Value) -> Context {
        self.sight
            .with_item(Arc::new(item.clone()))
            .context(self.now, self.seed)
    }

    fn variable(&self, name: &str) -> Result<(&Variable, &Value), ActionError> {
        let state = &self.machine.state;
        let declared = state
            .plan
            .variables
            .iter()
            .find(|variable| variable.name.value == name);
        declared.zip(state.variables.get(name)).ok_or_else(|| {
            let message = format!("the flow declares no variable `{name}`");
            ActionError::new(codes::INVALID_TEMPLATE, message)
        })
    }

    fn changed(&self, name: &str, value: Result<Value, String>) -> Result<Value, ActionError> {
        match value {
            Ok(value) => Ok(variables::record(name, value)),
            Err(message) => Err(ActionError::new(codes::INVALID_DATA, message)),
        }
    }

    fn check_depth(&self, flow: &str) -> Result<(), ActionError> {
        let start = self.machine.state.start.as_ref();
        let depth = start
            .and_then(|start| start.parent.as_ref())
            .map_or(0, |parent| parent.depth);
        if depth < CHILD_DEPTH_MAX {
            return Ok(());
        }
        Err(ActionError::new(
            codes::LIMIT_EXCEEDED,
            format!(
                "`{flow}` would be called through more than {CHILD_DEPTH_MAX} flows; do flows call each other in a \
                 circle?"
            ),
        ))
    }

    fn respond(
        &self,
        status: Option<&Template>,
        headers: Option<&Template>,
        body: Option<&Template>,
    ) -> Result<Record, ActionError> {
        if self.machine.state.response.is_some() {
            let message = "the caller has already been answered";
            return Err(ActionError::new(codes::RESPONSE_SKIPPED, message));
        }
        let context = self.context();
        let status = match status.map(|status| value(status, &context)).transpose()? {
            None => 200,
            Some(status) => status_code(&status)?,
        };
        let headers = match headers.map(|headers| value(headers, &context)).transpose()? {
            None => Vec::new(),
            Some(headers) => header_list(&headers)?,
        };
        Ok(Record::Responded(Box::new(Responded {
            action: self.machine.state.address(self.place),
            at: self.now,
            status,
            headers,
            body: body.map(|body| value(body, &context)).transpose()?,
            secure: hides_result(self.action),
        })))
    }

    /// The error a run is terminated with. An action's error or its cause may be handed on whole; what is missing says
    /// which action terminated the run.
    fn run_error(&self, given: Value) -> ActionError {
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
        let code = text("code").unwrap_or_else(|| codes::TERMINATED.to_owned());
        let message = text("message")
            .or_else(|| given.as_str().map(str::to_owned))
            .unwrap_or_else(|| format!("`{}` ended the run", self.action.name));
        let mut error = ActionError::new(code, message);
        error.field = text("field");
        let cause = given
            .get("cause")
            .and_then(Cause::from_value)
            .or_else(|| Cause::from_value(&given))
            .unwrap_or_else(|| error.innermost(&self.machine.state.plan.flow, &self.action.name));
        error.caused_by(Some(cause))
    }
}

/// Evaluates a template to a value.
pub(crate) fn value(template: &Template, context: &Context) -> Result<Value, ActionError> {
    template.evaluate(context).map_err(|error| of_expression(&error))
}

/// Evaluates a template to true or false.
pub(crate) fn truth(template: &Template, context: &Context, what: &str) -> Result<bool, ActionError> {
    let value = value(template, context)?;
    value
        .as_bool()
        .ok_or_else(|| wrong_type(what, "true or false", &value))
}

/// Evaluates a template to a list.
fn list(template: &Template, context: &Context, what: &str) -> Result<Vec<Value>, ActionError> {
    match value(template, context)? {
        Value::Array(items) => Ok(items),
        other => Err(wrong_type(what, "a list", &other)),
    }
}

/// An expression's error as an action's.
pub(crate) fn of_expression(error: &ExpressionError) -> ActionError {
    ActionError::new(codes::INVALID_TEMPLATE, error.message.clone())
}

pub(crate) fn wrong_type(what: &str, wanted: &str, value: &Value) -> ActionError {
    let message = format!("{what} must give {wanted}, not {}", value.kind());
    ActionError::new(codes::EXPRESSION_FAILED, message)
}

fn status_code(value: &Value) -> Result<u16, ActionError> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|status| (200..600).contains(status))
        .ok_or_else(|| {
            let message = format!("`status` must be an HTTP status from 200 to 599, not {value}");
            ActionError::new(codes::INVALID_DATA, message)
        })
}

fn header_list(value: &Value) -> Result<Vec<(String, String)>, ActionError> {
    let map = value
        .as_object()
        .ok_or_else(|| wrong_type("`headers`", "an object", value))?;
    map.iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), text.clone())),
            Value::Number(number) => Ok((name.clone(), number.to_string())),
            other => Err(wrong_type(&format!("header `{name}`"), "text", other)),
        })
        .collect()
}

/// A duration: text as in a flow, or a number of seconds.
fn duration_of(value: &Value) -> Result<Duration, ActionError> {
    let wait = match value {
        Value::String(text) => crate::flow::duration(text.trim()),
        Value::Number(number) => Duration::try_from_secs_f64(number.as_f64()).ok(),
        _ => None,
    };
    let wait = wait.ok_or_else(|| {
        let message = format!("`duration` must read like `30s`, `15m` or `PT15M`, not {value}");
        ActionError::new(codes::INVALID_DATA, message)
    })?;
    if wait > DELAY_MAX {
        Err(too_long())
    } else {
        Ok(wait)
    }
}

fn too_long() -> ActionError {
    let days = DELAY_MAX.as_secs() / 86_400;
    ActionError::new(
        codes::LIMIT_EXCEEDED,
        format!("a delay may last {days} days at most"),
    )
}

/// A point in time; without an offset it is UTC.
fn timestamp_of(value: &Value) -> Result<Timestamp, ActionError> {
    let text = value.as_str().unwrap_or_default().trim();
    let utc = |time: jiff::civil::DateTime| {
        time.to_zoned(jiff::tz::TimeZone::UTC)
            .map(|time| time.timestamp())
    };
    Timestamp::from_str(text)
        .or_else(|_| jiff::civil::DateTime::from_str(text).and_then(utc))
        .map_err(|_| {
            let message = format!("`timestamp` must read like `2026-11-20T08:00:00Z`, not {value}");
            ActionError::new(codes::INVALID_DATA, message)
        })
}
