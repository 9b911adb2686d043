//! Variables: what may be put into one, and how a recorded change takes effect.

use std::str::FromStr;

use connector_api::{Number, Value, value::object};
use rust_decimal::Decimal;

use crate::expression::text_form;
use crate::flow::{ActionKind, ValueType, Variable};

/// Longest text in a variable, in bytes.
pub(crate) const TEXT_MAX: usize = 16 * 1024 * 1024;
/// Most items in a list variable.
pub(crate) const ITEMS_MAX: usize = 100_000;

/// The value to set: of the variable's type, or null for a type that has an empty value of its own.
pub(crate) fn to_set(variable: &Variable, value: Value) -> Result<Value, String> {
    let wanted = variable.value_type;
    match (&value, wanted) {
        (Value::Null, ValueType::Text | ValueType::List | ValueType::Object | ValueType::Any) => {
            Ok(wanted.empty())
        }
        _ if wanted.admits(&value) => Ok(value),
        _ => Err(format!(
            "variable `{}` holds {}, it cannot be set to {}",
            variable.name.value,
            wanted.name(),
            value.kind()
        )),
    }
}

/// The piece to append: text to text, one item to a list.
pub(crate) fn to_append(variable: &Variable, current: &Value, value: Value) -> Result<Value, String> {
    let name = &variable.name.value;
    match (current, value) {
        (Value::String(text), value) => {
            let piece = text_form(&value);
            if text.len() + piece.len() > TEXT_MAX {
                return Err(format!("variable `{name}` would be longer than {TEXT_MAX} bytes"));
            }
            Ok(piece.into())
        }
        (Value::Array(_), value @ (Value::Null | Value::Array(_))) => Err(format!(
            "variable `{name}` takes one item at a time, not {}; join lists with union()",
            value.kind()
        )),
        (Value::Array(items), value) => {
            if items.len() >= ITEMS_MAX {
                return Err(format!("variable `{name}` already holds {ITEMS_MAX} items"));
            }
            Ok(value)
        }
        (current, _) => Err(format!(
            "variable `{name}` holds {}; only text and lists can be appended to",
            current.kind()
        )),
    }
}

/// The sum, exact.
pub(crate) fn incremented(variable: &Variable, current: &Value, by: &Value) -> Result<Value, String> {
    let name = &variable.name.value;
    if !matches!(
        variable.value_type,
        ValueType::Number | ValueType::Integer | ValueType::Any
    ) {
        return Err(format!(
            "variable `{name}` holds {}; only numbers can be incremented",
            variable.value_type.name()
        ));
    }
    let number = |value: &Value, what: &str| {
        let text = value
            .as_number()
            .ok_or_else(|| format!("{what} must be a number, not {}", value.kind()))?
            .as_str()
            .to_owned();
        Decimal::from_str(&text)
            .or_else(|_| Decimal::from_scientific(&text))
            .map_err(|_| format!("{what} is {text}, which is too large to calculate with"))
    };
    let sum = number(current, &format!("variable `{name}`"))?
        .checked_add(number(by, "the increment")?)
        .ok_or_else(|| format!("variable `{name}` would become too large"))?;
    let sum = Number::parse(&sum.to_string())
        .map(Value::Number)
        .ok_or_else(|| format!("variable `{name}` would become no number"))?;
    if variable.value_type == ValueType::Integer && !ValueType::Integer.admits(&sum) {
        return Err(format!(
            "variable `{name}` holds whole numbers, it cannot become {sum}"
        ));
    }
    Ok(sum)
}

/// What a variable action records: the name and the new value, or the appended piece.
pub(crate) fn record(name: &str, value: Value) -> Value {
    object([("name", name.into()), ("value", value)])
}

/// Carries out a recorded change. Other actions change nothing.
pub(crate) fn take_in(kind: &ActionKind, body: Option<&Value>, variables: &mut Value) -> Result<(), String> {
    let (name, appends) = match kind {
        ActionKind::SetVariable { name, .. } | ActionKind::IncrementVariable { name, .. } => {
            (&name.value, false)
        }
        ActionKind::AppendToVariable { name, .. } => (&name.value, true),
        _ => return Ok(()),
    };
    let value = body
        .and_then(|body| body.get("value"))
        .ok_or_else(|| format!("the change of variable `{name}` says no value"))?;
    let variable = variables
        .as_object_mut()
        .and_then(|map| map.get_mut(name))
        .ok_or_else(|| format!("the flow declares no variable `{name}`"))?;
    match (appends, &mut *variable, value) {
        (false, _, value) => *variable = value.clone(),
        (true, Value::String(text), Value::String(piece)) => text.push_str(piece),
        (true, Value::Array(items), value) => items.push(value.clone()),
        _ => return Err(format!("variable `{name}` cannot be appended to")),
    }
    Ok(())
}
