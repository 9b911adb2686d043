//! From a JSON value of a request to what a field stores, or the error the service has for it.

use std::str::FromStr;

use connector_api::{Number, Value};
use rust_decimal::{Decimal, RoundingStrategy};

use super::error::ApiError;
use super::moment;
use super::schema::{Field, Kind};

/// How much of a value an error repeats.
const ECHO_CHARS_MAX: usize = 255;

/// Reads a value for a field. References are only checked for type here: whether the row exists is for the writer.
pub(crate) fn read(field: &Field, value: &Value) -> Result<Value, ApiError> {
    if value.is_null() {
        return if field.kind == Kind::Boolean {
            Err(ApiError::row(
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
                format!("{}: value not of required type: null", field.label),
                [&field.name],
            ))
        } else {
            Ok(Value::Null)
        };
    }
    match field.kind {
        _ if field.is_text() => text(field, value),
        Kind::Boolean => value
            .as_bool()
            .map(Value::Bool)
            .ok_or_else(|| wrong_type(field, value)),
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => number(field, value),
        Kind::Date => date(field, value),
        Kind::DateTime => {
            let moment = value.as_str().and_then(moment::read_datetime);
            let text = moment.map(|moment| moment::second_text(moment).into());
            text.ok_or_else(|| wrong_type(field, value))
        }
        Kind::Id | Kind::Reference => match value.as_str() {
            Some("") => Ok(Value::Null),
            Some(_) => Ok(value.clone()),
            None => Err(wrong_type(field, value)),
        },
        _ => Err(wrong_type(field, value)),
    }
}

/// The text of a number as the service writes it: no needless zeros, but a point for what is not an integer field.
pub(crate) fn number_text(kind: Kind, number: Decimal) -> String {
    let text = number.normalize().to_string();
    if kind == Kind::Int || text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A decimal as a field's value.
pub(crate) fn number_value(kind: Kind, number: Decimal) -> Value {
    Number::parse(&number_text(kind, number)).map_or(Value::Null, Value::Number)
}

/// The decimal of a stored number.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number().and_then(|number| read_decimal(number.as_str()))
}

/// Reads a decimal in plain or scientific notation; `None` for what has more digits than any field.
pub(crate) fn read_decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str(text).ok()
    }
}

fn text(field: &Field, value: &Value) -> Result<Value, ApiError> {
    let text = value.as_str().ok_or_else(|| wrong_type(field, value))?.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if field.restricted && !field.values.iter().any(|known| known == text) {
        return Err(bad_choice(field, text));
    }
    if text.chars().count() > field.length as usize {
        return Err(ApiError::row(
            "STRING_TOO_LONG",
            format!(
                "{}: data value too large: {} (max length={})",
                field.label,
                echo(text),
                field.length
            ),
            [&field.name],
        ));
    }
    if field.kind == Kind::Email && !is_email(text) {
        return Err(ApiError::row(
            "INVALID_EMAIL_ADDRESS",
            format!("{}: invalid email address: {}", field.label, echo(text)),
            [&field.name],
        ));
    }
    Ok(text.into())
}

fn bad_choice(field: &Field, text: &str) -> ApiError {
    if field.name == "CurrencyIsoCode" {
        return ApiError::row(
            "INVALID_CURRENCY_ISO",
            format!("{}: invalid currency code: {}", field.label, echo(text)),
            [&field.name],
        );
    }
    if field.name.ends_with("CountryCode") {
        return ApiError::row(
            "FIELD_INTEGRITY_EXCEPTION",
            format!("There's a problem with this country code: {}", echo(text)),
            [&field.name],
        );
    }
    ApiError::row(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        format!(
            "{}: bad value for restricted picklist field: {}",
            field.label,
            echo(text)
        ),
        [&field.name],
    )
}

fn number(field: &Field, value: &Value) -> Result<Value, ApiError> {
    let number = value.as_number().ok_or_else(|| wrong_type(field, value))?;
    let outside = || {
        ApiError::row(
            "NUMBER_OUTSIDE_VALID_RANGE",
            format!(
                "{}: value outside of valid range on numeric field: {}",
                field.label,
                echo(number.as_str())
            ),
            [&field.name],
        )
    };
    let decimal = read_decimal(number.as_str()).ok_or_else(outside)?;
    if field.kind == Kind::Int && decimal.fract() != Decimal::ZERO {
        return Err(wrong_type(field, value));
    }
    let rounded = decimal.round_dp_with_strategy(field.scale, RoundingStrategy::MidpointAwayFromZero);
    let limit = Decimal::from(10_u128.pow(field.precision.saturating_sub(field.scale).min(28)));
    if rounded.abs() >= limit {
        return Err(outside());
    }
    Ok(number_value(field.kind, rounded))
}

/// A date, or the day of a date and time.
fn date(field: &Field, value: &Value) -> Result<Value, ApiError> {
    let text = value.as_str().ok_or_else(|| wrong_type(field, value))?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let day = if moment::read_datetime(text).is_some() {
        text.get(..10)
    } else {
        Some(text)
    };
    let date = day.and_then(moment::read_date);
    date.map(|date| date.to_string().into())
        .ok_or_else(|| wrong_type(field, value))
}

fn wrong_type(field: &Field, value: &Value) -> ApiError {
    let token = match value {
        Value::Null => "VALUE_NULL",
        Value::Bool(true) => "VALUE_TRUE",
        Value::Bool(false) => "VALUE_FALSE",
        Value::Number(number) if number.as_i64().is_some() => "VALUE_NUMBER_INT",
        Value::Number(_) => "VALUE_NUMBER_FLOAT",
        Value::String(_) => "VALUE_STRING",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    let shown = match value {
        Value::String(text) => echo(text),
        Value::Number(number) => echo(number.as_str()),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    };
    ApiError::parser(format!(
        "Cannot deserialize instance of {} from {token} value {shown} for field {}",
        type_name(field.kind),
        field.name
    ))
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Double => "double",
        Kind::Currency => "currency",
        Kind::Percent => "percent",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        Kind::Id | Kind::Reference => "reference",
        Kind::Address => "address",
        _ => "string",
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.chars().any(char::is_whitespace)
}

/// As much of a value as an error repeats.
pub(crate) fn echo(text: &str) -> String {
    text.chars().take(ECHO_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn values_are_stored_as_the_service_would_return_them() {
        let amount = Field::number("Amount", Kind::Currency, 18, 2);
        let name = Field::text("Name", 10);
        let closes = Field::new("CloseDate", Kind::Date);
        for (field, given, stored) in [
            (&amount, "9999999999999999.99", "9999999999999999.99"),
            (&amount, "10.005", "10.01"),
            (&amount, "-10.005", "-10.01"),
            (&amount, "48000", "48000.0"),
            (&amount, "4.8e4", "48000.0"),
            (&amount, "0.00000000000000000000000000000000000001", "0.0"),
            (&amount, "null", "null"),
            (&name, r#""  a b ""#, r#""a b""#),
            (&name, r#""""#, "null"),
            (&name, r#""   ""#, "null"),
            (&closes, r#""2026-12-31""#, r#""2026-12-31""#),
            (&closes, r#""2026-12-31T23:30:00Z""#, r#""2026-12-31""#),
            (&closes, r#""2026-12-31T23:30:00-05:00""#, r#""2026-12-31""#),
        ] {
            assert_eq!(read(field, &json(given)).unwrap().to_json(), stored, "{given}");
        }
    }

    #[test]
    fn values_that_do_not_fit_have_the_services_codes() {
        let amount = Field::number("Amount", Kind::Currency, 18, 2);
        let employees = Field::number("NumberOfEmployees", Kind::Int, 8, 0);
        let name = Field::text("Name", 3);
        let flag = Field::boolean("Flag__c");
        let email = Field::sized("Email", Kind::Email, 80);
        let closes = Field::new("CloseDate", Kind::Date);
        let stage = Field::picklist("StageName", &["Prospecting"]).restricted();
        for (field, given, code) in [
            (&amount, "10000000000000000", "NUMBER_OUTSIDE_VALID_RANGE"),
            (&amount, "1e400", "NUMBER_OUTSIDE_VALID_RANGE"),
            (&amount, "1e99999999999999999999", "NUMBER_OUTSIDE_VALID_RANGE"),
            (&amount, r#""12""#, "JSON_PARSER_ERROR"),
            (&employees, "100000000", "NUMBER_OUTSIDE_VALID_RANGE"),
            (&employees, "1.5", "JSON_PARSER_ERROR"),
            (&name, r#""abcd""#, "STRING_TOO_LONG"),
            (&name, "5", "JSON_PARSER_ERROR"),
            (&flag, "null", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
            (&flag, r#""true""#, "JSON_PARSER_ERROR"),
            (&email, r#""nobody""#, "INVALID_EMAIL_ADDRESS"),
            (&closes, r#""31.12.2026""#, "JSON_PARSER_ERROR"),
            (&stage, r#""Nowhere""#, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ] {
            assert_eq!(read(field, &json(given)).unwrap_err().code, code, "{given}");
        }
        let error = read(&name, &json(r#""abcd""#)).unwrap_err();
        assert_eq!(error.message, "Name: data value too large: abcd (max length=3)");
        assert_eq!(error.fields.unwrap(), ["Name"]);
    }
}
