//! The typed inputs of a manual trigger: what was given, checked and completed.

use connector_api::{Map, Value};

use crate::diagnostic::nearest;
use crate::flow::Input;

/// Inputs that do not fit what the flow declares.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct InputError(pub Vec<String>);

/// Checks given inputs against the declared ones and fills in defaults. Names every fault.
pub(super) fn complete(declared: &[Input], given: &Value) -> Result<Value, InputError> {
    let empty = Map::new();
    let given = match given {
        Value::Object(map) => map,
        Value::Null => &empty,
        other => {
            return Err(InputError(vec![format!(
                "inputs must be an object, not {}",
                other.kind()
            )]));
        }
    };
    let mut faults = Vec::new();
    for name in given.keys() {
        if !declared.iter().any(|input| &input.name.value == name) {
            let near = nearest(name, declared.iter().map(|input| input.name.value.as_str()));
            faults.push(match near {
                Some(near) => format!("there is no input `{name}`; did you mean `{near}`?"),
                None => format!("there is no input `{name}`"),
            });
        }
    }
    let mut complete = Map::new();
    for input in declared {
        let name = &input.name.value;
        let value = given
            .get(name)
            .filter(|value| !value.is_null() || input.required)
            .cloned();
        let Some(value) = value.or_else(|| input.default.clone()) else {
            if input.required {
                faults.push(format!("input `{name}` is missing"));
            }
            continue;
        };
        if !input.value_type.admits(&value) {
            faults.push(format!(
                "input `{name}` must be of type {}, not {}",
                input.value_type.name(),
                value.kind()
            ));
        } else if !input.one_of.is_empty() && !input.one_of.contains(&value) {
            let allowed: Vec<String> = input.one_of.iter().map(Value::to_json).collect();
            faults.push(format!("input `{name}` must be one of {}", allowed.join(", ")));
        } else {
            complete.insert(name.clone(), value);
        }
    }
    if faults.is_empty() {
        Ok(Value::Object(complete))
    } else {
        Err(InputError(faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ValueType;
    use crate::source::{Span, Spanned};
    use connector_api::value::object;

    fn input(name: &str, value_type: ValueType, required: bool, default: Option<Value>) -> Input {
        let name = Spanned::new(name.to_owned(), Span::default());
        Input {
            name,
            value_type,
            required,
            default,
            one_of: Vec::new(),
            description: None,
        }
    }

    #[test]
    fn inputs_are_checked_and_completed() {
        let declared = [
            input("id", ValueType::Text, true, None),
            input("count", ValueType::Integer, false, Some(3.into())),
            input("note", ValueType::Text, false, None),
        ];
        let complete_text = |value| {
            complete(&declared, &value)
                .map(|value| value.to_json())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            complete_text(object([("id", "x".into())])),
            Ok(r#"{"id":"x","count":3}"#.into())
        );
        assert_eq!(complete_text(Value::Null), Err("input `id` is missing".into()));
        assert_eq!(
            complete_text(object([("id", 1.into()), ("cuont", 1.into())])),
            Err("there is no input `cuont`; did you mean `count`?; input `id` must be of type text, not number".into())
        );
        assert_eq!(
            complete_text(object([("id", "x".into()), ("note", Value::Null)])),
            Ok(r#"{"id":"x","count":3}"#.into())
        );
    }
}
