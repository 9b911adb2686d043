//! Query text for lists. A filter is written by the author of a flow and takes no values; values come as `:name`
//! and are written as literals here, so that no value can change what the filter asks.

use connector_api::{Map, OperationError, Value};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const FILTER_CHARS_MAX: usize = 8 * 1024;
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Joins options to a query string.
pub(crate) fn query(options: &[(&str, &str)]) -> String {
    options
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ESCAPED)))
        .collect::<Vec<_>>()
        .join("&")
}

/// A text literal.
pub(crate) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A point in time as a literal: UTC, unquoted.
pub(crate) fn time_literal(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Puts the parameters into a filter. Inside quotes nothing is replaced; `t:t/email` of a lambda is no parameter.
/// A parameter compared with a `…DateTime` field must be a date and time and is written as one.
pub(crate) fn fill(filter: &str, parameters: &Map) -> Result<String, OperationError> {
    if filter.len() > FILTER_CHARS_MAX {
        return Err(OperationError::invalid_input(
            "filter",
            format!("`filter` is longer than {FILTER_CHARS_MAX} bytes"),
        ));
    }
    let mut filled = String::with_capacity(filter.len());
    let mut used = Vec::new();
    let mut rest = filter;
    while let Some(char) = rest.chars().next() {
        let length = match char {
            '\'' => quoted_length(rest)?,
            ':' if !filled.ends_with(is_name_char) => {
                let name_length = rest[1..]
                    .find(|char| !is_name_char(char))
                    .unwrap_or(rest.len() - 1);
                let name = &rest[1..1 + name_length];
                if name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_') {
                    let value = parameters.get(name).ok_or_else(|| missing(name))?;
                    filled.push_str(&literal(name, value, compares_with_time(&filled))?);
                    used.push(name);
                    rest = &rest[1 + name_length..];
                    continue;
                }
                1
            }
            _ => char.len_utf8(),
        };
        filled.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    match parameters.keys().find(|name| !used.contains(&name.as_str())) {
        None => Ok(filled),
        Some(unused) => Err(OperationError::invalid_input(
            format!("parameters.{unused}"),
            format!("the parameter `{unused}` is not used; write `:{unused}` where it belongs in `filter`"),
        )),
    }
}

fn missing(name: &str) -> OperationError {
    OperationError::invalid_input(
        format!("parameters.{name}"),
        format!("`filter` uses `:{name}`, but `parameters` has no `{name}`"),
    )
}

fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// The length of the literal that `rest` starts with, quotes included; a doubled quote stays inside.
fn quoted_length(rest: &str) -> Result<usize, OperationError> {
    let mut quotes = rest.match_indices('\'').map(|(at, _)| at).skip(1).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return Ok(at + 1);
        }
    }
    Err(OperationError::invalid_input(
        "filter",
        "`filter` has a quote that is not closed",
    ))
}

/// Whether the text so far ends with a date-time field and an operator.
fn compares_with_time(before: &str) -> bool {
    let mut words = before.split_whitespace().rev();
    let operator = words.next().unwrap_or_default();
    let field = words.next().unwrap_or_default();
    matches!(operator, "eq" | "ne" | "gt" | "ge" | "lt" | "le") && field.ends_with("DateTime")
}

fn literal(name: &str, value: &Value, time: bool) -> Result<String, OperationError> {
    let refused = |what: &str| {
        OperationError::invalid_input(
            format!("parameters.{name}"),
            format!("the parameter `{name}` is {what}"),
        )
    };
    match value {
        Value::Null => Ok("null".into()),
        Value::String(text) if time => text.parse().map(time_literal).map_err(|_| {
            refused("compared with a date and time, but is none; write it like `2026-07-05T08:00:00Z`")
        }),
        _ if time => Err(refused("compared with a date and time, but is none")),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) if text.contains(char::is_control) => {
            Err(refused("a text with control characters"))
        }
        Value::String(text) => Ok(text_literal(text)),
        Value::Array(_) | Value::Object(_) => {
            Err(refused("a list or an object; only single values can be compared"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(json: &str) -> Map {
        Value::from_json(json).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn values_become_literals_and_cannot_change_the_question() {
        for (filter, values, expected) in [
            ("status eq 'New'", "{}", "status eq 'New'"),
            ("status eq :s", r#"{"s":"New"}"#, "status eq 'New'"),
            (
                "customerProfile/name eq :n",
                r#"{"n":"O'Hara' or status eq 'New"}"#,
                "customerProfile/name eq 'O''Hara'' or status eq ''New'",
            ),
            ("(name eq :n)", r#"{"n":":m"}"#, "(name eq ':m')"),
            (
                "name eq ':n' and a eq :n",
                r#"{"n":"x"}"#,
                "name eq ':n' and a eq 'x'",
            ),
            (
                "name eq 'it''s :n' and a eq :n",
                r#"{"n":"x"}"#,
                "name eq 'it''s :n' and a eq 'x'",
            ),
            (
                "team/any(t:t/email eq :mail)",
                r#"{"mail":"a@b.example"}"#,
                "team/any(t:t/email eq 'a@b.example')",
            ),
            (
                "details/dealValue gt :v",
                r#"{"v":9999999999999999.99}"#,
                "details/dealValue gt 9999999999999999.99",
            ),
            (
                "favorite eq :f or isSpam ne :f",
                r#"{"f":true}"#,
                "favorite eq true or isSpam ne true",
            ),
            (
                "externalReferenceId eq :x",
                r#"{"x":null}"#,
                "externalReferenceId eq null",
            ),
            (
                "updatedDateTime ge :since",
                r#"{"since":"2026-07-05T10:00:00.5+02:00"}"#,
                "updatedDateTime ge 2026-07-05T08:00:00.500Z",
            ),
            (
                "updatedDateTime ge 2026-07-05T08:00:00Z",
                "{}",
                "updatedDateTime ge 2026-07-05T08:00:00Z",
            ),
            (
                "name eq :n",
                r#"{"n":"2026-07-05T08:00:00Z"}"#,
                "name eq '2026-07-05T08:00:00Z'",
            ),
            (
                "name eq 'Zürich' or name eq :n",
                r#"{"n":"Łódź ☃"}"#,
                "name eq 'Zürich' or name eq 'Łódź ☃'",
            ),
        ] {
            assert_eq!(fill(filter, &parameters(values)).unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_filled_is_named() {
        for (filter, values, field) in [
            ("status eq :s", "{}", "parameters.s"),
            ("status eq 'New'", r#"{"s":"New"}"#, "parameters.s"),
            ("status eq :s", r#"{"s":["New"]}"#, "parameters.s"),
            ("status eq :s", r#"{"s":{"a":1}}"#, "parameters.s"),
            ("status eq :s", r#"{"s":"a\u0000b"}"#, "parameters.s"),
            ("updatedDateTime ge :s", r#"{"s":"yesterday"}"#, "parameters.s"),
            ("updatedDateTime ge :s", r#"{"s":5}"#, "parameters.s"),
            ("status eq 'New", "{}", "filter"),
            ("status eq 'New''", "{}", "filter"),
        ] {
            let error = fill(filter, &parameters(values)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{filter} {values}");
        }
        assert!(fill(&"x".repeat(FILTER_CHARS_MAX + 1), &Map::new()).is_err());
    }

    #[test]
    fn queries_are_escaped() {
        assert_eq!(
            query(&[("$filter", "name eq 'A&B +1%'"), ("$top", "10")]),
            "$filter=name%20eq%20%27A%26B%20%2B1%25%27&$top=10"
        );
    }
}
