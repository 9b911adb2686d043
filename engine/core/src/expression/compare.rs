//! Equality and order of values.

use std::cmp::Ordering;
use std::fmt::Write as _;

use connector_api::Value;

use crate::expression::number::Numeric;
use crate::expression::text::significant;

/// Deep and strict between kinds; numbers by value, members in any order.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    left == right
}

/// The order of two numbers by value, or of two texts ignoring case; `None` for anything else.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            if left == right {
                return Some(Ordering::Equal);
            }
            match (Numeric::of(left), Numeric::of(right)) {
                (Some(left), Some(right)) => left.compare(right),
                _ => left.as_f64().partial_cmp(&right.as_f64()),
            }
        }
        (Value::String(left), Value::String(right)) => Some(folded(left).cmp(folded(right))),
        _ => None,
    }
}

/// A text in upper case, character by character, so that lengths stay and no language's rules apply.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(upper)
}

/// The upper case of a character where that is one character; otherwise the character.
pub(crate) fn upper(character: char) -> char {
    // The dotless i stands for itself: its upper case would be the ordinary I.
    if character == 'ı' {
        return character;
    }
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => character,
    }
}

/// The lower case of a character where that is one character; otherwise the character.
pub(crate) fn lower(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => character,
    }
}

/// A text that equal values share and different values do not: for sets of values.
pub(crate) fn identity(value: &Value) -> String {
    let mut text = String::new();
    write_identity(value, &mut text);
    text
}

fn write_identity(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => {
            let (negative, digits, exponent) = significant(number);
            let sign = if negative && !digits.is_empty() { "-" } else { "" };
            // Writing to a text cannot fail.
            let _ = if digits.is_empty() {
                text.write_str("0")
            } else {
                write!(text, "{sign}{digits}e{exponent}")
            };
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_identity(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in members {
                text.push_str(&Value::from(key.as_str()).to_json());
                text.push(':');
                write_identity(value, text);
                text.push(',');
            }
            text.push('}');
        }
        simple => text.push_str(&simple.to_json()),
    }
}
