//! Values as text, the way expressions write them out.

use connector_api::Value;

/// Null is empty, truth is `True` and `False`, numbers keep their text, lists and objects are compact JSON.
pub(crate) fn text_form(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_json(),
    }
}
