//! Records as flows see them: the service's shape without its wrapping.
//!
//! `attributes` members are dropped, and the wrapped result of a child query becomes the list of its rows (an empty
//! list where the service writes null). Everything else, numbers included, stays as it came.

use connector_api::{Map, Value};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::soql::parse_datetime;

/// A record without wrapping. `children` names the child queries, so that their null can be told from a parent's.
pub(crate) fn clean(record: Value, children: &[String]) -> Value {
    match record {
        Value::Object(mut members) => {
            if is_child_result(&members) {
                let rows = members.swap_remove("records").unwrap_or_default();
                return clean(rows, children);
            }
            members
                .into_iter()
                .filter(|(name, _)| name != "attributes")
                .map(|(name, value)| {
                    let is_child = children.iter().any(|child| child.eq_ignore_ascii_case(&name));
                    let value = if is_child && value.is_null() {
                        Value::Array(Vec::new())
                    } else {
                        clean(value, children)
                    };
                    (name, value)
                })
                .collect()
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| clean(item, children))
            .collect::<Vec<_>>()
            .into(),
        other => other,
    }
}

/// Whether an object is the wrapped result of a child query.
pub(crate) fn is_child_result(members: &Map) -> bool {
    members.contains_key("totalSize")
        && members
            .get("records")
            .is_some_and(|rows| rows.as_array().is_some())
}

/// The 18-character form of a record id; anything else comes back as it is.
pub(crate) fn long_id(id: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if id.len() != 15 || !id.is_ascii() {
        return id.to_owned();
    }
    let mut long = id.to_owned();
    for group in id.as_bytes().chunks(5) {
        let index = group
            .iter()
            .enumerate()
            .filter(|(_, byte)| byte.is_ascii_uppercase())
            .fold(0_usize, |index, (bit, _)| index | 1 << bit);
        long.push(char::from(LETTERS[index]));
    }
    long
}

/// Whether a record holds what was written to it, as the service stores it: text trimmed, empty text as null, a
/// time cut to a date, times with another offset. Values reached through a relationship are not compared.
pub(crate) fn holds(record: &Value, written: &Map) -> bool {
    written.iter().all(|(name, value)| match value {
        Value::Object(_) | Value::Array(_) => true,
        _ => {
            let stored = record
                .as_object()
                .and_then(|members| {
                    members
                        .iter()
                        .find(|(member, _)| member.eq_ignore_ascii_case(name))
                })
                .map(|(_, value)| value);
            stored.is_some_and(|stored| same(stored, value))
        }
    })
}

fn same(stored: &Value, written: &Value) -> bool {
    match (stored, written) {
        (Value::Null, Value::String(text)) => text.trim().is_empty(),
        (Value::String(stored), Value::String(written)) => {
            let written = written.trim();
            stored.trim() == written
                || (stored.len() == 18 && long_id(written) == *stored)
                || same_time(stored, written)
                || stored.replace("\r\n", "\n") == written.replace("\r\n", "\n")
        }
        (stored, written) => stored == written,
    }
}

fn same_time(stored: &str, written: &str) -> bool {
    if stored.parse::<Date>().is_ok() && stored.len() == 10 {
        return parse_datetime(written).is_some() && written.starts_with(stored);
    }
    let seconds = |text: &str| parse_datetime(text).map(Timestamp::as_second);
    matches!((seconds(stored), seconds(written)), (Some(left), Some(right)) if left == right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn wrapping_is_dropped_and_numbers_stay() {
        let record = value(
            r#"{"attributes":{"type":"Opportunity"},"Id":"006","Amount":9999999999999999.99,
                "Account":{"attributes":{"type":"Account"},"Name":"Acme"},"Owner":null,
                "OpportunityContactRoles":{"totalSize":1,"done":true,"records":[{"attributes":{},"Id":"00K","Contact":null}]},
                "Solutions__r":null}"#,
        );
        let children = vec!["OpportunityContactRoles".to_owned(), "Solutions__r".to_owned()];
        assert_eq!(
            clean(record, &children).to_json(),
            r#"{"Id":"006","Amount":9999999999999999.99,"Account":{"Name":"Acme"},"Owner":null,"OpportunityContactRoles":[{"Id":"00K","Contact":null}],"Solutions__r":[]}"#
        );
    }

    #[test]
    fn ids_get_their_checksum() {
        for (short, suffix) in [
            ("0015f00002J9YYE", "AA3"),
            ("001D000000K0fXO", "IAZ"),
            ("003D000000QV9n2", "IAD"),
            ("0018a00001rBqb8", "AAC"),
            ("a00R0000000iN4g", "IAE"),
            ("00D000000000001", "EAA"),
        ] {
            assert_eq!(long_id(short), format!("{short}{suffix}"));
        }
        assert_eq!(long_id("00D000000000001EAA"), "00D000000000001EAA");
    }

    #[test]
    fn written_values_are_found_as_stored() {
        let record = value(
            r#"{"Name":"Acme","Amount":48000.0,"CloseDate":"2026-12-31","AccountId":"0015f00002J9YYEAA3",
                "Description":null,"At__c":"2026-11-20T21:10:42.000+0000","Flag__c":false}"#,
        );
        for (written, expected) in [
            (r#"{"name":" Acme "}"#, true),
            (r#"{"Name":"Acme","Amount":48000}"#, true),
            (r#"{"CloseDate":"2026-12-31T10:00:00Z"}"#, true),
            (r#"{"AccountId":"0015f00002J9YYE"}"#, true),
            (r#"{"Description":""}"#, true),
            (r#"{"Description":null}"#, true),
            (r#"{"At__c":"2026-11-20T22:10:42+01:00"}"#, true),
            (r#"{"Owner":{"Ext__c":"x"}}"#, true),
            (r#"{"Name":"Other"}"#, false),
            (r#"{"Amount":48000.01}"#, false),
            (r#"{"Flag__c":true}"#, false),
            (r#"{"Description":"text"}"#, false),
            (r#"{"Missing":1}"#, false),
        ] {
            let written = value(written);
            assert_eq!(
                holds(&record, written.as_object().unwrap()),
                expected,
                "{written}"
            );
        }
    }
}
