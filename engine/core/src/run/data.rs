//! Data operations: lists made of lists, and lists as text.

use connector_api::Value;

use crate::expression::text_form;
use crate::expression::{Context, Template};
use crate::journal::{ActionError, codes};
use crate::run::begin::{truth, value, wrong_type};

/// Longest text a join makes, in bytes.
pub(crate) const JOINED_MAX: usize = 16 * 1024 * 1024;

/// One result for each item.
pub(crate) fn select(
    from: Vec<Value>,
    select: &Template,
    context: impl Fn(&Value) -> Context,
) -> Result<Value, ActionError> {
    from.iter()
        .map(|item| value(select, &context(item)))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

/// The items for which a condition holds.
pub(crate) fn filter(
    from: Vec<Value>,
    condition: &Template,
    context: impl Fn(&Value) -> Context,
) -> Result<Value, ActionError> {
    let mut kept = Vec::new();
    for item in from {
        if truth(condition, &context(&item), "the condition")? {
            kept.push(item);
        }
    }
    Ok(Value::Array(kept))
}

/// The items as text with a separator between them.
pub(crate) fn join(from: &[Value], separator: &Value) -> Result<Value, ActionError> {
    let separator = separator
        .as_str()
        .ok_or_else(|| wrong_type("`separator`", "text", separator))?;
    let mut joined = String::new();
    for (position, item) in from.iter().enumerate() {
        if position > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&text_form(item));
        if joined.len() > JOINED_MAX {
            let message = format!("the joined text would be longer than {JOINED_MAX} bytes");
            return Err(ActionError::new(codes::LIMIT_EXCEEDED, message));
        }
    }
    Ok(joined.into())
}
