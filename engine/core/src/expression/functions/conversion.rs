//! From one kind of value to another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_api::{Number, Value};
use rust_decimal::Decimal;

use crate::expression::ExpressionError;
use crate::expression::functions::arguments::shown;
use crate::expression::functions::table::Function;
use crate::expression::functions::{Arguments, Outcome, number_format};
use crate::expression::limits::Budget;
use crate::expression::number::Numeric;
use crate::expression::text::text_form;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("int", 1, 1, int),
    Function::new("float", 1, 2, float),
    Function::new("decimal", 1, 1, decimal),
    Function::new("bool", 1, 1, bool),
    Function::new("string", 1, 1, |arguments| {
        Ok(Value::String(text_form(arguments.value(0))))
    }),
    Function::new("json", 1, 1, json),
    Function::new("base64", 1, 1, base64),
    Function::new("base64_to_string", 1, 1, base64_to_string),
    Function::new("decode_base64", 1, 1, base64_to_string),
    Function::new("is_int", 1, 1, |arguments| {
        Ok(Value::Bool(integer_text(arguments.text(0)?).is_some()))
    }),
    Function::new("is_float", 1, 2, |arguments| {
        let style = number_style(arguments, 1)?;
        Ok(Value::Bool(float_text(arguments.text(0)?, style).is_some()))
    }),
    Function::new("format_number", 2, 3, format_number),
];

/// The marks of a locale's numbers.
#[derive(Clone, Copy)]
struct Style {
    group: char,
    point: char,
}

fn not(arguments: &Arguments<'_>, what: &str) -> ExpressionError {
    match arguments.value(0) {
        Value::String(text) => arguments.fault(format!("`{}` is not {what}", shown(text))),
        _ => arguments.wrong(0, what),
    }
}

fn int(arguments: &Arguments<'_>) -> Outcome {
    let integer = match arguments.value(0) {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Number(number) => Numeric::of(number).and_then(Numeric::whole),
        Value::String(text) => integer_text(text),
        _ => return Err(arguments.wrong(0, "a number, text or true or false")),
    };
    integer
        .map(Value::from)
        .ok_or_else(|| not(arguments, "a 64-bit integer"))
}

/// Blanks around, a sign before, commas between, zeros after the point.
fn integer_text(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !fraction.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let integer = ungrouped(integer, ',')?;
    format!("{sign}{integer}").parse().ok()
}

/// Digits without the marks between groups; `None` when there is anything else or no digit at all.
fn ungrouped(text: &str, mark: char) -> Option<String> {
    let digits: String = text.chars().filter(|character| *character != mark).collect();
    let sound = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && text.starts_with(|character: char| character.is_ascii_digit());
    sound.then_some(digits)
}

fn number_style(arguments: &Arguments<'_>, index: usize) -> Result<Style, ExpressionError> {
    let locale = arguments.optional_text(index)?.unwrap_or("en-us");
    Ok(match locale.to_ascii_lowercase().as_str() {
        "" | "en" | "en-us" | "en-gb" => Style {
            group: ',',
            point: '.',
        },
        "de" | "de-de" => Style {
            group: '.',
            point: ',',
        },
        _ => {
            return Err(arguments.fault(format!(
                "the locale `{}` is not known; use en-us or de-de",
                shown(locale)
            )));
        }
    })
}

fn float(arguments: &Arguments<'_>) -> Outcome {
    let style = number_style(arguments, 1)?;
    match arguments.value(0) {
        number @ Value::Number(_) => Ok(number.clone()),
        Value::String(text) => float_text(text, style)
            .map(Value::Number)
            .ok_or_else(|| not(arguments, "a number")),
        _ => Err(arguments.wrong(0, "a number or text")),
    }
}

/// A decimal text with blanks around, a sign before or after, marks between groups and an exponent. What is infinite
/// or not a number is refused, because JSON cannot hold it.
fn float_text(text: &str, style: Style) -> Option<Number> {
    let text = text.trim();
    let (negative, text) = match (text.strip_prefix(['-', '+']), text.strip_suffix(['-', '+'])) {
        (Some(rest), _) => (text.starts_with('-'), rest),
        (None, Some(rest)) => (text.ends_with('-'), rest),
        (None, None) => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix('+').unwrap_or(exponent))),
        None => (text, None),
    };
    let (integer, fraction) = mantissa.split_once(style.point).unwrap_or((mantissa, ""));
    if integer.is_empty() && fraction.is_empty() {
        return None;
    }
    let integer = if integer.is_empty() {
        "0".into()
    } else {
        ungrouped(integer, style.group)?
    };
    let integer = match integer.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let sign = if negative { "-" } else { "" };
    let mut written = format!("{sign}{integer}");
    if !fraction.is_empty() {
        written.push('.');
        written.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        written.push('e');
        written.push_str(exponent);
    }
    Number::parse(&written).filter(|number| number.as_f64().is_finite())
}

/// At most 28 digits; the places after the point are kept.
fn decimal(arguments: &Arguments<'_>) -> Outcome {
    let decimal = match arguments.value(0) {
        Value::Number(number) => Numeric::of(number).and_then(Numeric::decimal),
        Value::String(text) => {
            let text = text.trim().replace(',', "");
            Decimal::from_str_exact(text.strip_prefix('+').unwrap_or(&text)).ok()
        }
        _ => return Err(arguments.wrong(0, "a number or text")),
    };
    decimal
        .and_then(|decimal| Number::parse(&decimal.to_string()))
        .map(Value::Number)
        .ok_or_else(|| not(arguments, "a decimal number of at most 28 digits"))
}

fn bool(arguments: &Arguments<'_>) -> Outcome {
    Ok(Value::Bool(match arguments.value(0) {
        Value::Bool(value) => *value,
        Value::Number(_) => !arguments.numeric(0)?.is_zero(),
        Value::String(text) if text.eq_ignore_ascii_case("true") => true,
        Value::String(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return Err(not(arguments, "`true`, `false` or a number")),
    }))
}

fn json(arguments: &Arguments<'_>) -> Outcome {
    match arguments.value(0) {
        Value::String(text) => {
            let value = Value::from_json(text).map_err(|error| arguments.fault(error))?;
            Budget::value().take_value(&value)?;
            Ok(value)
        }
        value @ (Value::Array(_) | Value::Object(_)) => Ok(value.clone()),
        _ => Err(arguments.wrong(0, "text, a list or an object")),
    }
}

fn base64(arguments: &Arguments<'_>) -> Outcome {
    let text = arguments.text(0)?;
    Budget::text().take(text.len() / 3 * 4)?;
    Ok(Value::String(STANDARD.encode(text)))
}

/// Blanks inside are tolerated; bytes that are not UTF-8 become U+FFFD.
fn base64_to_string(arguments: &Arguments<'_>) -> Outcome {
    let text: String = arguments
        .text(0)?
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let bytes = STANDARD.decode(text).map_err(|_| not(arguments, "base64"))?;
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

fn format_number(arguments: &Arguments<'_>) -> Outcome {
    if let Some(locale) = arguments.optional_text(2)?
        && !["", "en", "en-us"].contains(&locale.to_ascii_lowercase().as_str())
    {
        return Err(arguments.fault(format!(
            "the locale `{}` is not known; only en-us is",
            shown(locale)
        )));
    }
    number_format::write(arguments.numeric(0)?, arguments.text(1)?)
        .map(Value::String)
        .map_err(|message| arguments.fault(message))
}
