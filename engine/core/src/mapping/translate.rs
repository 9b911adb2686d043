//! Values rewritten between the sides: dates of points in time, and tables of words.

use connector_api::Value;

use crate::mapping::MapError;
use crate::mapping::column::{date, is_blank};
use crate::mapping::model::Translation;

/// Which way a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Towards {
    Referral,
    Side,
}

/// The value as the other end writes it. `None` translates to itself.
pub(crate) fn translate(
    translation: Option<&Translation>,
    value: &Value,
    towards: Towards,
) -> Result<Value, MapError> {
    match translation {
        None => Ok(value.clone()),
        Some(Translation::Date) => {
            if is_blank(Some(value)) {
                return Ok(Value::Null);
            }
            let date = date(value)
                .ok_or_else(|| MapError::new("invalid_value", format!("`{}` is no date", shown(value))))?;
            Ok(match towards {
                Towards::Side => date.to_string().into(),
                Towards::Referral => format!("{date}T00:00:00Z").into(),
            })
        }
        Some(Translation::Values(pairs)) => {
            let found = pairs.iter().find(|(referral, side)| {
                value
                    == match towards {
                        Towards::Side => &referral.value,
                        Towards::Referral => &side.value,
                    }
            });
            match (found, towards) {
                // Null is handed on as null; a table line that gives null is read from the referral only, so that
                // an empty field never turns into a word nobody chose.
                _ if is_blank(Some(value)) => Ok(Value::Null),
                (Some((_, side)), Towards::Side) => Ok(side.value.clone()),
                (Some((referral, _)), Towards::Referral) => Ok(referral.value.clone()),
                (None, _) => Err(MapError::new(
                    "unmapped_value",
                    format!(
                        "`{}` is not in the table of values; add it to `values`, or a `default`",
                        shown(value)
                    ),
                )),
            }
        }
    }
}

/// A value short enough for a message.
pub(crate) fn shown(value: &Value) -> String {
    const CHARS_MAX: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_json(),
    };
    if text.chars().count() <= CHARS_MAX {
        return text;
    }
    let start: String = text.chars().take(CHARS_MAX).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};

    #[test]
    fn values_are_read_both_ways() {
        let pair = |referral: Value, side: Value| {
            (
                Spanned::new(referral, Span::default()),
                Spanned::new(side, Span::default()),
            )
        };
        let table = Translation::Values(vec![
            pair("ProofOfConceptOrDemo".into(), "Proof of concept or demo".into()),
            pair("Unknown".into(), Value::Null),
            pair(true.into(), "Visible".into()),
        ]);
        let cases: [(Value, Towards, Option<Value>); 8] = [
            (
                "ProofOfConceptOrDemo".into(),
                Towards::Side,
                Some("Proof of concept or demo".into()),
            ),
            (
                "Proof of concept or demo".into(),
                Towards::Referral,
                Some("ProofOfConceptOrDemo".into()),
            ),
            ("Unknown".into(), Towards::Side, Some(Value::Null)),
            (Value::Null, Towards::Referral, Some(Value::Null)),
            (Value::Null, Towards::Side, Some(Value::Null)),
            (true.into(), Towards::Side, Some("Visible".into())),
            ("Visible".into(), Towards::Referral, Some(true.into())),
            ("proof of concept or demo".into(), Towards::Referral, None),
        ];
        for (value, towards, expected) in cases {
            let found = translate(Some(&table), &value, towards);
            match expected {
                Some(expected) => assert_eq!(found, Ok(expected), "{value} {towards:?}"),
                None => {
                    let error = found.unwrap_err();
                    assert_eq!(error.code, "unmapped_value");
                    assert!(error.message.contains("`proof of concept or demo`"), "{error}");
                }
            }
        }
    }

    #[test]
    fn dates_lose_their_time_and_get_midnight_back() {
        let cases = [
            ("2026-10-30T15:04:05.1234567Z", Towards::Side, Ok("2026-10-30")),
            ("2026-10-30T23:30:00-02:00", Towards::Side, Ok("2026-10-31")),
            ("2026-10-30", Towards::Side, Ok("2026-10-30")),
            ("2026-10-30", Towards::Referral, Ok("2026-10-30T00:00:00Z")),
            ("soon", Towards::Side, Err("invalid_value")),
            ("2026-02-30", Towards::Referral, Err("invalid_value")),
        ];
        for (value, towards, expected) in cases {
            let found = translate(Some(&Translation::Date), &value.into(), towards);
            assert_eq!(
                found.map_err(|error| error.code),
                expected.map(Value::from),
                "{value}"
            );
        }
        assert_eq!(
            translate(Some(&Translation::Date), &Value::Null, Towards::Side),
            Ok(Value::Null)
        );
        assert!(translate(Some(&Translation::Date), &Value::from(5), Towards::Side).is_err());
    }
}
