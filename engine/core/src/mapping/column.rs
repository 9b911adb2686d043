//! The form in which a column keeps a value: two values are the same when the column cannot tell them apart.
//!
//! Only comparisons use these forms; what is written is always the value as it came.

use connector_api::{Number, Shape, Value};
use jiff::civil;
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::{Decimal, RoundingStrategy};

/// Whether a column of this shape cannot tell the two values apart. Absent, null and blank are one.
pub(crate) fn same(left: Option<&Value>, right: Option<&Value>, shape: &Shape) -> bool {
    kept(left, shape) == kept(right, shape)
}

/// Whether there is nothing to write: absent, null, or text of blanks.
pub(crate) fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

/// The value as a column of this shape keeps it.
pub(crate) fn kept(value: Option<&Value>, shape: &Shape) -> Value {
    let Some(value) = value.filter(|value| !is_blank(Some(value))) else {
        // A checkbox has no third state.
        return if matches!(shape, Shape::Boolean) {
            Value::Bool(false)
        } else {
            Value::Null
        };
    };
    match shape {
        Shape::Integer => rounded(value, Some(0)),
        Shape::Number { scale, .. } => rounded(value, *scale),
        Shape::Text { length_max, .. } => Value::String(kept_text(value, *length_max)),
        Shape::Date => date(value).map_or_else(|| value.clone(), |date| date.to_string().into()),
        Shape::DateTime => instant(value).map_or_else(|| value.clone(), |time| Value::from(time.as_second())),
        Shape::Any
        | Shape::Boolean
        | Shape::List(_)
        | Shape::Object(_)
        | Shape::ObjectName
        | Shape::FieldName(_)
        | Shape::FieldsOf(_) => match value {
            Value::String(text) => Value::from(trimmed(text)),
            other => other.clone(),
        },
    }
}

fn kept_text(value: &Value, length_max: Option<u32>) -> String {
    let text = match value {
        Value::String(text) => trimmed(text),
        other => other.to_json(),
    };
    match length_max {
        Some(length_max) if text.chars().count() > length_max as usize => {
            let cut: String = text.chars().take(length_max as usize).collect();
            cut.trim_end().to_owned()
        }
        _ => text,
    }
}

/// Services trim text and end lines in their own way when they save.
fn trimmed(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

fn rounded(value: &Value, scale: Option<u32>) -> Value {
    let text = match value {
        Value::Number(number) => number.as_str(),
        Value::String(text) => text.trim(),
        other => return other.clone(),
    };
    let Some(number) = Number::parse(text) else {
        return value.clone();
    };
    let exact = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    // A number beyond 28 digits fits no column; it is compared as it stands.
    let (Ok(exact), Some(scale)) = (exact, scale) else {
        return Value::Number(number);
    };
    let rounded = exact.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    Number::parse(&rounded.to_string()).map_or(Value::Number(number), Value::Number)
}

/// The date of a text: a date as it stands, a point in time by its date in UTC.
pub(crate) fn date(value: &Value) -> Option<civil::Date> {
    let text = value.as_str()?.trim();
    if text.contains(['T', 't', ' ']) {
        return Some(instant(value)?.to_zoned(TimeZone::UTC).date());
    }
    text.parse().ok()
}

/// The point in time of a text; without an offset it is UTC, without a time midnight.
pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let local: civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_in(left: &str, right: &str, shape: &Shape) -> bool {
        let parse = |text: &str| (text != "absent").then(|| Value::from_json(text).unwrap());
        same(parse(left).as_ref(), parse(right).as_ref(), shape)
    }

    #[test]
    fn columns_cannot_tell_these_apart() {
        let money = Shape::Number {
            precision: Some(18),
            scale: Some(2),
        };
        let name = Shape::text_max(5);
        let cases = [
            ("65000", "65000.00", &money),
            ("65000.005", "65000.01", &money),
            ("-0.005", "-0.01", &money),
            ("\"68500.50\"", "68500.5", &money),
            ("6.5e4", "65000", &money),
            ("9999999999999999.99", "9999999999999999.990", &money),
            ("12.5", "13", &Shape::Integer),
            ("null", "\"\"", &name),
            ("absent", "null", &name),
            ("\"  \"", "absent", &name),
            ("\" deal \"", "\"deal\"", &name),
            ("\"abcde\"", "\"abcdefgh\"", &name),
            ("\"abcd \"", "\"abcd  fgh\"", &name),
            ("\"äöüßé\"", "\"äöüßéx\"", &name),
            ("\"a\\r\\nb\"", "\"a\\nb\"", &Shape::text()),
            ("\"2026-10-30\"", "\"2026-10-30T23:59:59.9999999Z\"", &Shape::Date),
            ("\"2026-10-31\"", "\"2026-10-30T23:00:00-02:00\"", &Shape::Date),
            (
                "\"2026-10-30T00:00:00Z\"",
                "\"2026-10-30T00:00:00.000+0000\"",
                &Shape::DateTime,
            ),
            ("\"2026-10-30\"", "\"2026-10-30T00:00:00Z\"", &Shape::DateTime),
            (
                "\"2026-10-30T10:00:00\"",
                "\"2026-10-30T10:00:00.123Z\"",
                &Shape::DateTime,
            ),
            ("null", "false", &Shape::Boolean),
            ("absent", "null", &Shape::Any),
            ("1.10", "1.1", &Shape::Any),
        ];
        for (left, right, shape) in cases {
            assert!(same_in(left, right, shape), "{left} and {right} in {shape:?}");
            assert!(same_in(right, left, shape), "{right} and {left} in {shape:?}");
        }
    }

    #[test]
    fn columns_tell_these_apart() {
        let money = Shape::Number {
            precision: Some(18),
            scale: Some(2),
        };
        let cases = [
            ("65000.01", "65000.02", &money),
            ("9999999999999999.99", "10000000000000000", &money),
            ("0", "null", &money),
            ("\"abc\"", "\"abd\"", &Shape::text_max(5)),
            ("\"Abc\"", "\"abc\"", &Shape::text()),
            ("\"2026-10-30\"", "\"2026-10-31\"", &Shape::Date),
            (
                "\"2026-10-30T10:00:00Z\"",
                "\"2026-10-30T10:00:01Z\"",
                &Shape::DateTime,
            ),
            ("true", "false", &Shape::Boolean),
            ("null", "true", &Shape::Boolean),
            ("false", "null", &Shape::Any),
            ("\"1\"", "1", &Shape::Any),
        ];
        for (left, right, shape) in cases {
            assert!(!same_in(left, right, shape), "{left} and {right} in {shape:?}");
        }
    }
}
