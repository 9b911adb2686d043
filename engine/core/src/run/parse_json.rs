//! `parse_json`: text as a value, checked by the part of JSON Schema that such flows use.
//!
//! The reader is strict where Power Automate's is lenient: what is not JSON is an error that names the place. Keywords
//! outside [`KEYWORDS`] are not checked here; the checks of a flow report them.

use connector_api::{Number, Value};
use rust_decimal::Decimal;

use crate::journal::{ActionError, codes};

/// The schema keywords that are checked, sorted.
pub const KEYWORDS: [&str; 15] = [
    "additionalProperties",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "properties",
    "required",
    "type",
];

/// Longest text read, in bytes.
pub(crate) const CONTENT_MAX: usize = 16 * 1024 * 1024;
/// Most faults named in one message.
const FAULTS_MAX: usize = 5;

/// Reads text, takes any other value as it is, and checks it.
pub(crate) fn parse(content: Value, schema: Option<&Value>) -> Result<Value, ActionError> {
    let value = match content {
        Value::Null => {
            return Err(ActionError::new(
                codes::INVALID_DATA,
                "`content` is null, there is nothing to read",
            ));
        }
        Value::String(text) if text.len() > CONTENT_MAX => {
            let message = format!("`content` is longer than {CONTENT_MAX} bytes");
            return Err(ActionError::new(codes::LIMIT_EXCEEDED, message));
        }
        Value::String(text) => Value::from_json(&text).map_err(|error| {
            ActionError::new(codes::INVALID_DATA, format!("`content` cannot be read: {error}"))
        })?,
        other => other,
    };
    let faults = schema.map_or_else(Vec::new, |schema| faults(&value, schema));
    if faults.is_empty() {
        return Ok(value);
    }
    let more = match faults.len().saturating_sub(FAULTS_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let shown: Vec<String> = faults.into_iter().take(FAULTS_MAX).collect();
    Err(ActionError::new(
        codes::INVALID_DATA,
        format!("the data does not fit its schema: {}{more}", shown.join("; ")),
    ))
}

/// Everything about a value that does not fit a schema, each with its place. Also what checks a webhook's body.
pub fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, "$", &mut faults);
    faults
}

fn check(value: &Value, schema: &Value, place: &str, faults: &mut Vec<String>) {
    if schema.as_bool() == Some(false) {
        faults.push(format!("{place} is not allowed"));
        return;
    }
    let Some(schema) = schema.as_object() else {
        return;
    };
    if let Some(wanted) = schema.get("type")
        && !has_type(value, wanted)
    {
        faults.push(format!("{place} is {}, not {}", value.kind(), type_names(wanted)));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed: Vec<String> = allowed.iter().map(Value::to_json).collect();
        faults.push(format!("{place} is none of {}", allowed.join(", ")));
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        faults.push(format!("{place} is not {constant}"));
    }
    let limit = |name: &str| schema.get(name);
    match value {
        Value::Number(number) => check_number(number, limit, place, faults),
        Value::String(text) => {
            check_count(
                text.chars().count(),
                "characters",
                ["minLength", "maxLength"],
                limit,
                place,
                faults,
            );
        }
        Value::Array(items) => {
            check_count(
                items.len(),
                "items",
                ["minItems", "maxItems"],
                limit,
                place,
                faults,
            );
            for (index, item) in items.iter().enumerate() {
                let item_schema = match schema.get("items") {
                    Some(Value::Array(tuple)) => tuple.get(index),
                    other => other,
                };
                if let Some(item_schema) = item_schema {
                    check(item, item_schema, &format!("{place}[{index}]"), faults);
                }
            }
        }
        Value::Object(members) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, member) in members {
                let known = properties.and_then(|properties| properties.get(name));
                let inner = format!("{place}.{name}");
                match (known, schema.get("additionalProperties")) {
                    (Some(known), _) => check(member, known, &inner, faults),
                    (None, Some(others)) => check(member, others, &inner, faults),
                    (None, None) => {}
                }
            }
            let required = schema
                .get("required")
                .and_then(Value::as_array)
                .unwrap_or_default();
            for name in required.iter().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    faults.push(format!("{place} has no `{name}`"));
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn has_type(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|wanted| has_type(value, wanted)),
        Value::String(name) => match (name.as_str(), value) {
            ("integer", Value::Number(number)) => is_whole(number),
            (name, value) => name == value.kind(),
        },
        _ => true,
    }
}

/// `1.0` is whole, `1.5` is not.
fn is_whole(number: &Number) -> bool {
    number.as_i64().is_some() || decimal(number).is_some_and(|number| number.fract().is_zero())
}

fn decimal(number: &Number) -> Option<Decimal> {
    let text = number.as_str();
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

fn type_names(wanted: &Value) -> String {
    match wanted {
        Value::Array(any) => any.iter().map(type_names).collect::<Vec<_>>().join(" or "),
        other => other.as_str().unwrap_or("any").to_owned(),
    }
}

fn check_number<'a>(
    number: &Number,
    limit: impl Fn(&str) -> Option<&'a Value>,
    place: &str,
    faults: &mut Vec<String>,
) {
    let below = |left: &Number, right: &Number| match (decimal(left), decimal(right)) {
        (Some(left), Some(right)) => left < right,
        _ => left.as_f64() < right.as_f64(),
    };
    // Draft 4 writes exclusive bounds as `true` beside the bound, later drafts as a bound of their own.
    for (bound, exclusive, word, is_upper) in [
        ("minimum", "exclusiveMinimum", "less", false),
        ("maximum", "exclusiveMaximum", "more", true),
    ] {
        let is_outside = |limit: &Number| {
            if is_upper {
                below(limit, number)
            } else {
                below(number, limit)
            }
        };
        let excludes = limit(exclusive).and_then(Value::as_bool) == Some(true);
        if let Some(limit) = limit(bound).and_then(Value::as_number)
            && (is_outside(limit) || (excludes && limit == number))
        {
            faults.push(format!("{place} is {word} than {limit} allows"));
        }
        if let Some(limit) = limit(exclusive).and_then(Value::as_number)
            && (is_outside(limit) || limit == number)
        {
            faults.push(format!("{place} is {word} than {limit} allows"));
        }
    }
}

fn check_count<'a>(
    count: usize,
    what: &str,
    [least, most]: [&str; 2],
    limit: impl Fn(&str) -> Option<&'a Value>,
    place: &str,
    faults: &mut Vec<String>,
) {
    let bound = |name: &str| {
        limit(name)
            .and_then(Value::as_i64)
            .and_then(|bound| usize::try_from(bound).ok())
    };
    if let Some(least) = bound(least)
        && count < least
    {
        faults.push(format!("{place} has {count} {what}, fewer than {least}"));
    }
    if let Some(most) = bound(most)
        && count > most
    {
        faults.push(format!("{place} has {count} {what}, more than {most}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_checked_against_its_schema() {
        for (schema, data, fault) in [
            (r#"{"type":"string"}"#, "null", "$ is null, not string"),
            (r#"{"type":["string","null"]}"#, "null", ""),
            (r#"{"type":"integer"}"#, "1.0", ""),
            (r#"{"type":"integer"}"#, "1.5", "$ is number, not integer"),
            (r#"{"enum":[1,2]}"#, "1.0", ""),
            (r#"{"enum":["a"]}"#, r#""b""#, "$ is none of \"a\""),
            (r#"{"const":3}"#, "4", "$ is not 3"),
            (r#"{"required":["id"]}"#, "{}", "$ has no `id`"),
            (
                r#"{"properties":{"a":{"type":"number"}},"additionalProperties":false}"#,
                r#"{"a":1,"b":2}"#,
                "$.b is not allowed",
            ),
            (
                r#"{"items":{"type":"object","properties":{"n":{"maxLength":2}}}}"#,
                r#"[{"n":"ab"},{"n":"abc"}]"#,
                "$[1].n has 3 characters, more than 2",
            ),
            (
                r#"{"minimum":1,"exclusiveMinimum":true}"#,
                "1",
                "$ is less than 1 allows",
            ),
            (r#"{"exclusiveMaximum":5}"#, "4.9", ""),
            (
                r#"{"maximum":9999999999999999.98}"#,
                "9999999999999999.99",
                "$ is more than 9999999999999999.98 allows",
            ),
            (r#"{"minItems":1}"#, "[]", "$ has 0 items, fewer than 1"),
        ] {
            let found = faults(
                &Value::from_json(data).unwrap(),
                &Value::from_json(schema).unwrap(),
            );
            assert_eq!(found.join("; "), fault, "{schema} on {data}");
        }
    }

    #[test]
    fn text_is_read_strictly_and_other_values_are_taken_as_they_are() {
        assert_eq!(
            parse(r#"{"a":1.10}"#.into(), None).unwrap().to_json(),
            r#"{"a":1.10}"#
        );
        assert_eq!(parse(Value::from(5), None).unwrap(), Value::from(5));
        for text in ["", "{'a':1}", "[1,]", "{\"a\":1} x"] {
            assert_eq!(
                parse(text.into(), None).unwrap_err().code,
                codes::INVALID_DATA,
                "{text}"
            );
        }
        assert!(parse(Value::Null, None).is_err());
    }
}
