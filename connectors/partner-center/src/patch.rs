//! Turns a partial referral into the patch the service takes, and tells whether a referral already holds it.

use connector_api::value::object;
use connector_api::{Map, Number, OperationError, Value};
use jiff::Timestamp;

/// What may be replaced, by path. `name` is not in the service's published list, but its own connector updates it.
const PATHS: &[(&[&str], Kind)] = &[
    (&["campaignId"], Kind::Single),
    (
        &["consent", "consentToShareReferralWithMicrosoftSellers"],
        Kind::Single,
    ),
    (&["customerProfile", "team"], Kind::List),
    (&["details", "closingDateTime"], Kind::Single),
    (&["details", "currency"], Kind::Single),
    (&["details", "dealValue"], Kind::Single),
    (&["details", "notes"], Kind::Single),
    (&["details", "requirements", "solutions"], Kind::List),
    (&["externalReferenceId"], Kind::Single),
    (&["name"], Kind::Single),
    (&["referralProgram"], Kind::Single),
    (&["salesStage"], Kind::Single),
    (&["status"], Kind::Single),
    (&["statusReason"], Kind::Single),
    (&["substatus"], Kind::Single),
    (&["team"], Kind::List),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Single,
    List,
}

/// One replaced value.
struct Change<'a> {
    path: &'static [&'static str],
    value: &'a Value,
}

/// The patch for `changes`, all of it in one list, so that status and substatus change together. Nothing to change
/// is an error: a call that does nothing hides a mistake in the flow.
pub(crate) fn operations(changes: &Map) -> Result<Value, OperationError> {
    let changes = leaves(changes)?;
    let operations = changes.iter().map(|change| {
        object([
            ("op", "replace".into()),
            ("path", format!("/{}", change.path.join("/")).into()),
            ("value", change.value.clone()),
        ])
    });
    Ok(Value::Array(operations.collect()))
}

/// Whether `referral` has every value of `changes`.
pub(crate) fn holds(referral: &Value, changes: &Map) -> bool {
    leaves(changes).is_ok_and(|changes| {
        changes.iter().all(|change| {
            let found = referral.at(change.path).unwrap_or(&Value::Null);
            is_same(found, change.value)
        })
    })
}

fn leaves(changes: &Map) -> Result<Vec<Change<'_>>, OperationError> {
    let mut found = Vec::new();
    let mut waiting: Vec<(Vec<&str>, &Map)> = vec![(Vec::new(), changes)];
    while let Some((prefix, map)) = waiting.pop() {
        for (name, value) in map {
            let path: Vec<&str> = prefix.iter().copied().chain([name.as_str()]).collect();
            if let Some((known, kind)) = PATHS.iter().find(|(known, _)| **known == path[..]) {
                check(&path, *kind, value)?;
                found.push(Change { path: known, value });
            } else if PATHS.iter().any(|(known, _)| known.starts_with(&path)) {
                let members = value.as_object().ok_or_else(|| {
                    refused(
                        &path,
                        format!("must be an object with what changes in it, not {}", value.kind()),
                    )
                })?;
                waiting.push((path, members));
            } else {
                return Err(refused(
                    &path,
                    "cannot be changed once the referral exists".into(),
                ));
            }
        }
    }
    if found.is_empty() {
        return Err(OperationError::invalid_input(
            "changes",
            "`changes` changes nothing; guard the action with a condition",
        ));
    }
    found.sort_by_key(|change| PATHS.iter().position(|(path, _)| *path == change.path));
    Ok(found)
}

fn check(path: &[&str], kind: Kind, value: &Value) -> Result<(), OperationError> {
    match (kind, value) {
        (Kind::List, Value::Array(_)) => Ok(()),
        (Kind::List, _) => Err(refused(
            path,
            format!("must be the whole list, not {}", value.kind()),
        )),
        (Kind::Single, Value::Array(_) | Value::Object(_)) => Err(refused(
            path,
            format!("must be a single value, not {}", value.kind()),
        )),
        (Kind::Single, _) => Ok(()),
    }
}

fn refused(path: &[&str], message: String) -> OperationError {
    let path = path.join(".");
    OperationError::invalid_input(format!("changes.{path}"), format!("`changes.{path}` {message}"))
}

/// Equality as the service sees it: numbers may be written as text, times in any zone, and the service may have
/// added members.
fn is_same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len()
                && found
                    .iter()
                    .zip(wanted)
                    .all(|(found, wanted)| is_same(found, wanted))
        }
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| is_same(found.get(name).unwrap_or(&Value::Null), wanted)),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            Number::parse(text).as_ref() == Some(number)
        }
        (Value::String(found), Value::String(wanted)) => {
            found == wanted
                || matches!(
                    (found.parse::<Timestamp>(), wanted.parse::<Timestamp>()),
                    (Ok(found), Ok(wanted)) if found == wanted
                )
        }
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(json: &str) -> Map {
        Value::from_json(json).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn every_documented_path_is_replaced() {
        for (changes, path) in [
            (r#"{"campaignId":"c"}"#, "/campaignId"),
            (
                r#"{"consent":{"consentToShareReferralWithMicrosoftSellers":true}}"#,
                "/consent/consentToShareReferralWithMicrosoftSellers",
            ),
            (r#"{"customerProfile":{"team":[]}}"#, "/customerProfile/team"),
            (
                r#"{"details":{"closingDateTime":"2026-10-30T00:00:00Z"}}"#,
                "/details/closingDateTime",
            ),
            (r#"{"details":{"currency":"EUR"}}"#, "/details/currency"),
            (r#"{"details":{"dealValue":48000.00}}"#, "/details/dealValue"),
            (r#"{"details":{"notes":null}}"#, "/details/notes"),
            (
                r#"{"details":{"requirements":{"solutions":[{"id":"S"}]}}}"#,
                "/details/requirements/solutions",
            ),
            (r#"{"externalReferenceId":"006"}"#, "/externalReferenceId"),
            (r#"{"name":"n"}"#, "/name"),
            (r#"{"referralProgram":"p"}"#, "/referralProgram"),
            (r#"{"salesStage":"40"}"#, "/salesStage"),
            (r#"{"status":"Active"}"#, "/status"),
            (r#"{"statusReason":"why"}"#, "/statusReason"),
            (r#"{"substatus":"Accepted"}"#, "/substatus"),
            (r#"{"team":[{"firstName":"Lena"}]}"#, "/team"),
        ] {
            let patch = operations(&map(changes)).unwrap();
            let [operation] = patch.as_array().unwrap() else {
                panic!("one operation for {changes}")
            };
            assert_eq!(operation.get("op").unwrap().as_str(), Some("replace"));
            assert_eq!(operation.get("path").unwrap().as_str(), Some(path));
        }
    }

    #[test]
    fn a_patch_holds_all_changes_with_exact_numbers() {
        let changes = map(
            r#"{"substatus":"Won","details":{"dealValue":68500.50,"requirements":{"solutions":[{"id":"S"}]}},"status":"Closed"}"#,
        );
        assert_eq!(
            operations(&changes).unwrap().to_json(),
            r#"[{"op":"replace","path":"/details/dealValue","value":68500.50},{"op":"replace","path":"/details/requirements/solutions","value":[{"id":"S"}]},{"op":"replace","path":"/status","value":"Closed"},{"op":"replace","path":"/substatus","value":"Won"}]"#
        );
    }

    #[test]
    fn what_cannot_be_changed_is_named() {
        for (changes, field) in [
            (
                r#"{"customerProfile":{"name":"x"}}"#,
                "changes.customerProfile.name",
            ),
            (
                r#"{"customerProfile":{"address":{"country":"DE"}}}"#,
                "changes.customerProfile.address",
            ),
            (r#"{"inviteContext":{"notes":"x"}}"#, "changes.inviteContext"),
            (r#"{"id":"x"}"#, "changes.id"),
            (r#"{"eTag":"x"}"#, "changes.eTag"),
            (r#"{"registrations":[]}"#, "changes.registrations"),
            (r#"{"details":{"dealvalue":1}}"#, "changes.details.dealvalue"),
            (r#"{"details":5}"#, "changes.details"),
            (r#"{"details":null}"#, "changes.details"),
            (r#"{"status":{"a":1}}"#, "changes.status"),
            (r#"{"team":{"firstName":"x"}}"#, "changes.team"),
            (r#"{"team":null}"#, "changes.team"),
            (r#"{"a/b~c":1}"#, "changes.a/b~c"),
            ("{}", "changes"),
            (r#"{"details":{}}"#, "changes"),
        ] {
            let error = operations(&map(changes)).unwrap_err();
            assert_eq!(error.code, "invalid_input");
            assert_eq!(error.field.as_deref(), Some(field), "{changes}");
        }
    }

    #[test]
    fn a_referral_holds_what_it_means_not_how_it_is_written() {
        let referral = Value::from_json(
            r#"{"status":"Active","externalReferenceId":null,"details":{"dealValue":10000.0,"closingDateTime":"2026-10-30T00:00:00Z",
                "requirements":{"solutions":[{"id":"S","name":"N","type":"Name"}]}}}"#,
        )
        .unwrap();
        for (changes, expected) in [
            (r#"{"status":"Active"}"#, true),
            (r#"{"status":"Closed"}"#, false),
            (r#"{"details":{"dealValue":"10000"}}"#, true),
            (r#"{"details":{"dealValue":10000}}"#, true),
            (r#"{"details":{"dealValue":10000.01}}"#, false),
            (
                r#"{"details":{"closingDateTime":"2026-10-30T02:00:00+02:00"}}"#,
                true,
            ),
            (r#"{"details":{"closingDateTime":"2026-10-31T00:00:00Z"}}"#, false),
            (r#"{"details":{"requirements":{"solutions":[{"id":"S"}]}}}"#, true),
            (r#"{"details":{"requirements":{"solutions":[]}}}"#, false),
            (r#"{"externalReferenceId":null,"statusReason":null}"#, true),
            (r#"{"status":"Active","name":"x"}"#, false),
        ] {
            assert_eq!(holds(&referral, &map(changes)), expected, "{changes}");
        }
    }
}
