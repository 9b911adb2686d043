//! Reading inputs. The engine checks their shape before a run; here a wrong one is an error that names it.

use connector_api::{Map, OperationCall, OperationError, Value};
use uuid::Uuid;

use crate::guid;

/// The input of that name; absent and `null` are alike.
pub(super) fn optional<'a>(call: &'a OperationCall, name: &str) -> Option<&'a Value> {
    call.inputs.get(name).filter(|value| !value.is_null())
}

fn wrong(name: &str, wanted: &str, value: &Value) -> OperationError {
    OperationError::invalid_input(name, format!("`{name}` must be {wanted}, not {}", value.kind()))
}

fn missing(name: &str) -> OperationError {
    OperationError::invalid_input(name, format!("`{name}` is missing"))
}

/// A text that may be left out.
pub(super) fn optional_text<'a>(
    call: &'a OperationCall,
    name: &str,
) -> Result<Option<&'a str>, OperationError> {
    optional(call, name)
        .map(|value| value.as_str().ok_or_else(|| wrong(name, "text", value)))
        .transpose()
}

/// A text that must be there.
pub(super) fn text<'a>(call: &'a OperationCall, name: &str) -> Result<&'a str, OperationError> {
    optional_text(call, name)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| missing(name))
}

/// A guid, bare or at the end of an address.
pub(super) fn guid(call: &OperationCall, name: &str) -> Result<Uuid, OperationError> {
    guid::from_input(name, text(call, name)?)
}

/// An object that must be there.
pub(super) fn object<'a>(call: &'a OperationCall, name: &str) -> Result<&'a Map, OperationError> {
    let value = optional(call, name).ok_or_else(|| missing(name))?;
    value.as_object().ok_or_else(|| wrong(name, "an object", value))
}

/// An object that may be left out.
pub(super) fn optional_object<'a>(
    call: &'a OperationCall,
    name: &str,
) -> Result<Option<&'a Map>, OperationError> {
    optional(call, name)
        .map(|value| value.as_object().ok_or_else(|| wrong(name, "an object", value)))
        .transpose()
}

/// `true` or `false`, or its default.
pub(super) fn boolean(call: &OperationCall, name: &str, default: bool) -> Result<bool, OperationError> {
    optional(call, name).map_or(Ok(default), |value| {
        value
            .as_bool()
            .ok_or_else(|| wrong(name, "`true` or `false`", value))
    })
}

/// A whole number above zero that may be left out.
pub(super) fn optional_count(call: &OperationCall, name: &str) -> Result<Option<usize>, OperationError> {
    optional(call, name)
        .map(|value| {
            value
                .as_i64()
                .and_then(|count| usize::try_from(count).ok())
                .filter(|count| *count > 0)
                .ok_or_else(|| wrong(name, "a whole number above zero", value))
        })
        .transpose()
}

/// A list of texts, not empty.
pub(super) fn texts(call: &OperationCall, name: &str) -> Result<Vec<String>, OperationError> {
    let value = optional(call, name).ok_or_else(|| missing(name))?;
    let items = value.as_array().ok_or_else(|| wrong(name, "a list", value))?;
    if items.is_empty() {
        return Err(missing(name));
    }
    items
        .iter()
        .map(|item| {
            item.as_str()
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
                .ok_or_else(|| wrong(name, "a list of texts", item))
        })
        .collect()
}
