//! The text form of a value: what interpolation, `string`, `concat` and `join` write.

use connector_api::{Number, Value};

/// Null is empty, truth values are `True` and `False`, numbers are short, lists and objects are compact JSON.
pub(crate) fn text_form(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number_text(number),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_json(),
    }
}

/// All significant digits and no others: plain up to seventeen places before the point and four zeros after it,
/// otherwise with an exponent of at least two digits.
pub(crate) fn number_text(number: &Number) -> String {
    const PLAIN: std::ops::RangeInclusive<i64> = -4..=16;
    if let Some(integer) = number.as_i64() {
        return integer.to_string();
    }
    let (negative, digits, exponent) = significant(number);
    if digits.is_empty() {
        return "0".into();
    }
    let sign = if negative { "-" } else { "" };
    // The exponent of the first digit, as scientific notation counts it.
    let leading = exponent.saturating_add(digits.len() as i64 - 1);
    if PLAIN.contains(&leading) {
        let body = if exponent >= 0 {
            format!("{digits}{}", "0".repeat(exponent as usize))
        } else if leading < 0 {
            format!("0.{}{digits}", "0".repeat((-leading - 1) as usize))
        } else {
            let (integer, fraction) = digits.split_at(leading as usize + 1);
            format!("{integer}.{fraction}")
        };
        return format!("{sign}{body}");
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let (mark, size) = if leading < 0 {
        ('-', leading.unsigned_abs())
    } else {
        ('+', leading as u64)
    };
    format!("{sign}{first}{point}{rest}E{mark}{size:02}")
}

/// Sign, digits without zeros at either end, and the exponent of the last digit.
pub(crate) fn significant(number: &Number) -> (bool, String, i64) {
    let text = number.as_str();
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let limit = if exponent.starts_with('-') {
        i64::MIN / 4
    } else {
        i64::MAX / 4
    };
    let exponent: i64 = exponent
        .parse()
        .unwrap_or(limit)
        .clamp(i64::MIN / 4, i64::MAX / 4);
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{integer}{fraction}");
    let trimmed = all.trim_start_matches('0');
    let digits = trimmed.trim_end_matches('0');
    let dropped = (trimmed.len() - digits.len()) as i64;
    (
        negative,
        digits.to_owned(),
        exponent - fraction.len() as i64 + dropped,
    )
}
