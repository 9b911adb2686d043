//! The JSON value that travels through the engine.
//!
//! It differs from `serde_json::Value` in one thing: a number keeps the text it was written with, so that an
//! amount copied from one service to the other arrives equal to its last digit. Never enable
//! `serde_json/arbitrary_precision` for that: it turns numbers into maps for every other reader of the build.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// An object; members keep their order.
pub type Map = IndexMap<String, Value>;

/// How deep a value may nest. Deeper input is refused, so that no walk over a value can exhaust the stack.
pub const DEPTH_MAX: usize = 96;

/// A JSON value with exact numbers.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, by its text
    Number(Number),
    /// Text
    String(String),
    /// A list
    Array(Vec<Value>),
    /// A map with text keys
    Object(Map),
}

/// A JSON number, kept as the text it was written with (`1.10` stays `1.10`).
///
/// Equality is by value as far as a number can be normalised without a decimal library: `1.10` equals `1.1`,
/// `1e2` equals `100`.
#[derive(Clone)]
pub struct Number(Box<str>);

/// Why a text is not a value.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ValueError {
    /// Not JSON.
    #[error("not valid JSON: {message} (line {line}, column {column})")]
    Syntax {
        /// What the parser says.
        message: String,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
}

impl Number {
    /// Reads a JSON number text; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = text.as_bytes();
        let digits = |bytes: &mut &[u8]| {
            let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            *bytes = &bytes[count..];
            count
        };
        if let [b'-', rest @ ..] = bytes {
            bytes = rest;
        }
        let leading_zero = bytes.first() == Some(&b'0');
        let integer = digits(&mut bytes);
        if integer == 0 || (leading_zero && integer > 1) {
            return None;
        }
        if let [b'.', rest @ ..] = bytes {
            bytes = rest;
            if digits(&mut bytes) == 0 {
                return None;
            }
        }
        if let [b'e' | b'E', rest @ ..] = bytes {
            bytes = rest;
            if let [b'+' | b'-', rest @ ..] = bytes {
                bytes = rest;
            }
            if digits(&mut bytes) == 0 {
                return None;
            }
        }
        bytes.is_empty().then(|| Self(text.into()))
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as a 64-bit integer, when it is written as one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest double. For calculation in expressions only; never for money on its way through.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// Sign, significant digits without leading and trailing zeros, and exponent: equal numbers have equal forms.
    fn normal(&self) -> (bool, String, i64) {
        let text = self.0.as_ref();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().unwrap_or(i64::MAX / 2);
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{integer}{fraction}");
        let trimmed = digits.trim_start_matches('0');
        let significant = trimmed.trim_end_matches('0');
        if significant.is_empty() {
            return (false, String::new(), 0);
        }
        let dropped = (trimmed.len() - significant.len()) as i64;
        (
            negative,
            significant.to_owned(),
            exponent
                .saturating_sub(fraction.len() as i64)
                .saturating_add(dropped),
        )
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.normal() == other.normal()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value {
    /// Parses one JSON value. Numbers keep their text; the last of two equal keys wins.
    pub fn from_json(text: &str) -> Result<Self, ValueError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| ValueError::Syntax {
            message: without_place(&error),
            line: error.line(),
            column: error.column(),
        })?;
        from_raw(raw, 0)
    }

    /// Compact JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Indented JSON text.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The member of an object; `None` for a missing member and for anything that is not an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// Walks object members by name and list items by index: `value.at(&["details", "dealValue"])`.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, step| match value {
            Value::Object(map) => map.get(*step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The truth value, when this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The integer, when this is a number written as one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Number(number) = self {
            number.as_i64()
        } else {
            None
        }
    }

    /// The number, when this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Value::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }

    /// The items, when this is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Value::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The members, when this is an object.
    pub fn as_object(&self) -> Option<&Map> {
        if let Value::Object(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// The members for change, when this is an object.
    pub fn as_object_mut(&mut self) -> Option<&mut Map> {
        if let Value::Object(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`: for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn from_raw(raw: &RawValue, depth: usize) -> Result<Value, ValueError> {
    if depth > DEPTH_MAX {
        return Err(ValueError::TooDeep);
    }
    let text = raw.get();
    let syntax = |error: serde_json::Error| ValueError::Syntax {
        message: without_place(&error),
        line: error.line(),
        column: error.column(),
    };
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let members: IndexMap<String, &RawValue> = serde_json::from_str(text).map_err(syntax)?;
            let members = members
                .into_iter()
                .map(|(key, raw)| Ok((key, from_raw(raw, depth + 1)?)));
            Value::Object(members.collect::<Result<_, _>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(syntax)?;
            Value::Array(
                items
                    .into_iter()
                    .map(|raw| from_raw(raw, depth + 1))
                    .collect::<Result<_, _>>()?,
            )
        }
        Some(b'"') => Value::String(serde_json::from_str(text).map_err(syntax)?),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => Value::Number(Number(text.into())),
    })
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) if integer.to_string() == number.as_str() => serializer.serialize_i64(integer),
                _ => RawValue::from_string(number.0.to_string())
                    .map_err(serde::ser::Error::custom)?
                    .serialize(serializer),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items),
            Value::Object(map) => serializer.collect_map(map),
        }
    }
}

/// Reads from serde_json text only (never inside `flatten`, `untagged` or internally tagged types, which buffer
/// and lose the text of numbers).
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        from_raw(&raw, 0).map_err(serde::de::Error::custom)
    }
}

/// Shown as JSON: values appear in test output and nowhere else through `Debug`.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Number(Number(value.to_string().into()))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::Array(items)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Value::Object(map)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl FromIterator<(String, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        Value::Object(members.into_iter().collect())
    }
}

/// An object from literal keys: `object([("Id", id.into())])`.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text() {
        for text in [
            "9999999999999999.99",
            "48000.00",
            "-0.10",
            "1e400",
            "0",
            "123456789012345678901234567890",
        ] {
            assert_eq!(Value::from_json(text).unwrap().to_json(), text);
        }
        let nested = r#"{"a":[1.10,{"b":100000000000000000.01}]}"#;
        assert_eq!(Value::from_json(nested).unwrap().to_json(), nested);
    }

    #[test]
    fn equal_numbers_are_equal_however_written() {
        let number = |text| Value::from_json(text).unwrap();
        for (left, right) in [("1.10", "1.1"), ("1e2", "100"), ("-0", "0.0"), ("0.5e1", "5")] {
            assert_eq!(number(left), number(right), "{left} and {right}");
        }
        for (left, right) in [
            ("1.1", "1.11"),
            ("1", "-1"),
            ("10", "1"),
            ("9999999999999999.99", "10000000000000000"),
        ] {
            assert_ne!(number(left), number(right), "{left} and {right}");
        }
    }

    #[test]
    fn number_texts_follow_the_json_grammar() {
        for text in ["0", "-1", "10.5", "1E+3", "0.0"] {
            assert!(Number::parse(text).is_some(), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "+1", "1e", "NaN", "1 ", "0x1"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Value::from_json(&deep).is_err());
        let allowed = format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
        assert!(Value::from_json(&allowed).is_ok());
    }

    #[test]
    fn syntax_errors_name_the_place() {
        let error = Value::from_json("{\n  \"a\": nope }").unwrap_err();
        assert!(matches!(error, ValueError::Syntax { line: 2, .. }), "{error}");
    }

    #[test]
    fn values_travel_through_serde() {
        #[derive(Serialize, Deserialize)]
        struct Holder {
            body: Value,
        }
        let text = r#"{"body":{"amount":12345678901234567.89}}"#;
        let holder: Holder = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&holder).unwrap(), text);
    }
}
