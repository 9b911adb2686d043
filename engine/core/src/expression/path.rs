//! A path from a root name, followed on our own values so that what it finds arrives untouched.

use std::sync::Arc;

use connector_api::{Map, Value};

use crate::expression::operand::{Held, Operand};
use crate::expression::{Context, ExpressionError, PathStep};

/// A path written in constants.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// Where it starts.
    pub(crate) root: Root,
    /// What follows.
    pub(crate) steps: Vec<PathStep>,
    /// The path as it was written.
    pub(crate) text: Arc<str>,
}

/// Where a path starts.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    /// A name in sight.
    Name(String),
    /// `actions.<name>`.
    Action(String),
    /// `items('<loop>')`.
    Items(String),
    /// `result('<scope>')`.
    Scope(String),
}

impl Path {
    /// Follows the path. Absence on the way is [`Operand::Missing`]; a step into text or a number is an error.
    pub(crate) fn resolve(&self, context: &Context) -> Result<Operand, ExpressionError> {
        let names = &context.names;
        let (start, steps) = match &self.root {
            Root::Name(name) => (names.name(name), self.steps.as_slice()),
            Root::Items(for_each) => (names.items(for_each), self.steps.as_slice()),
            Root::Scope(scope) => (names.result(scope), self.steps.as_slice()),
            Root::Action(name) => match (names.action(name), self.steps.split_first()) {
                (Some(view), Some((PathStep::Member(part), steps))) => {
                    let start = match part.as_str() {
                        "status" => view.status.map(|status| Arc::new(Value::from(status))),
                        "outputs" => view.outputs.map(|outputs| outputs.to_value()),
                        "body" => view.body,
                        "error" => view.error,
                        _ => None,
                    };
                    (start, steps)
                }
                (Some(_), None) => (action(context, name), &[][..]),
                _ => (None, &[][..]),
            },
        };
        let Some(start) = start else {
            return Ok(Operand::Missing(self.text.clone()));
        };
        steps
            .iter()
            .try_fold(Operand::Held(Held::new(start)), |value, step| {
                value.step(step, &self.text)
            })
    }
}

/// All that is known of an action, as an object.
pub(crate) fn action(context: &Context, name: &str) -> Option<Arc<Value>> {
    let view = context.names.action(name)?;
    let mut members = Map::new();
    let status = view.status.map(|status| Arc::new(Value::from(status)));
    for (part, value) in [
        ("status", status),
        ("outputs", view.outputs.map(|outputs| outputs.to_value())),
        ("body", view.body),
        ("error", view.error),
    ] {
        if let Some(value) = value {
            members.insert(part.to_owned(), Value::clone(&value));
        }
    }
    Some(Arc::new(Value::Object(members)))
}
