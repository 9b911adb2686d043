//! The part of JSON Patch that the Referrals API takes: `replace` and `add` on the paths it lists.

use connector_api::{Map, Value};

use super::error::ApiError;
use super::schema::{self, Kind};

/// The most operations one patch may hold.
const OPERATIONS_MAX: usize = 500;

/// Properties that can be replaced (or added, which is the same for a property).
const PROPERTIES: &[&[&str]] = &[
    &["campaignId"],
    &["consent", "consentToShareReferralWithMicrosoftSellers"],
    &["customerProfile", "team"],
    &["details", "closingDateTime"],
    &["details", "currency"],
    &["details", "dealValue"],
    &["details", "notes"],
    &["details", "requirements", "solutions"],
    &["externalReferenceId"],
    &["name"],
    &["referralProgram"],
    &["salesStage"],
    &["status"],
    &["substatus"],
    &["statusReason"],
    &["team"],
];

/// Lists that can be added to at their end.
const LISTS: &[&[&str]] = &[
    &["customerProfile", "team"],
    &["details", "requirements", "solutions"],
    &["team"],
];

/// Properties that cannot be emptied with `null`.
const NOT_NULL: &[&[&str]] = &[
    &["consent", "consentToShareReferralWithMicrosoftSellers"],
    &["details", "closingDateTime"],
    &["details", "currency"],
    &["details", "dealValue"],
    &["name"],
    &["status"],
    &["substatus"],
];

/// Properties of the first registration that can be changed while the registration asks for action.
const REGISTRATION: &[&[&str]] = &[
    &["contract", "startDateTime"],
    &["contract", "endDateTime"],
    &["contract", "signDateTime"],
    &["contract", "term"],
    &["contract", "value"],
    &["solutionDetails", "0", "value"],
    &["solutionDetails", "0", "currency"],
    &["solutionDetails", "0", "isDeployedOnAzure"],
    &["solutionDetails", "0", "primaryDeploymentOn"],
    &["solutionDetails", "0", "pricingModel"],
    &[
        "solutionDetails",
        "0",
        "marketplaceTransactionDetails",
        "isMarketplaceTransacted",
    ],
    &[
        "solutionDetails",
        "0",
        "marketplaceTransactionDetails",
        "marketplaceTransactionDateTime",
    ],
];

/// One operation, ready to be applied.
#[derive(Debug, PartialEq)]
pub(crate) enum Patch {
    /// Gives a property a value.
    Set(&'static [&'static str], Value),
    /// Adds to the end of a list.
    Append(&'static [&'static str], Value),
    /// Adds a deal registration.
    Register(Value),
    /// Changes the first deal registration.
    EditRegistration,
}

/// Reads a patch; the first operation that cannot be is the error.
pub(crate) fn read(body: &Value) -> Result<Vec<Patch>, ApiError> {
    let operations = body
        .as_array()
        .ok_or_else(|| ApiError::invalid("patch", "The body must be a list of operations."))?;
    if operations.is_empty() || operations.len() > OPERATIONS_MAX {
        let message = format!("A patch holds 1 to {OPERATIONS_MAX} operations.");
        return Err(ApiError::invalid("patch", message));
    }
    operations
        .iter()
        .enumerate()
        .map(|(index, operation)| operation_at(index, operation))
        .collect()
}

fn operation_at(index: usize, operation: &Value) -> Result<Patch, ApiError> {
    let text = |name| operation.get(name).and_then(Value::as_str);
    let place = format!("[{index}]");
    let (Some(op), Some(path)) = (text("op"), text("path")) else {
        return Err(ApiError::invalid(place, "An operation has op, path and value."));
    };
    if !matches!(op, "replace" | "add") {
        let message = format!("Operation {op} is not supported.");
        return Err(ApiError::invalid(place, message).with_inner("invalidOperation", op));
    }
    let Some(value) = operation.get("value") else {
        return Err(ApiError::invalid(place, "An operation has op, path and value."));
    };
    let unknown = || {
        let message = format!("Path {path} cannot be patched with {op}.");
        ApiError::invalid(path, message).with_inner("invalidPath", path)
    };
    let steps: Vec<&str> = path.strip_prefix('/').ok_or_else(unknown)?.split('/').collect();
    if let Some(known) = PROPERTIES.iter().find(|known| **known == steps) {
        if value.is_null() && NOT_NULL.contains(known) {
            let name = steps.join(".");
            return Err(ApiError::invalid(name.clone(), format!("{name} cannot be null.")));
        }
        let kind = schema::kind_at(known.iter().copied()).ok_or_else(unknown)?;
        let value = schema::fit(kind, value, &steps.join("."))?;
        return Ok(Patch::Set(known, value));
    }
    if op == "add"
        && let [list @ .., "-"] = steps.as_slice()
    {
        if list == ["registrations"] {
            return registration(value).map(Patch::Register);
        }
        if let Some(known) = LISTS.iter().find(|known| **known == list)
            && let Some(Kind::List(kind)) = schema::kind_at(known.iter().copied())
        {
            if !matches!(value, Value::Object(_)) {
                return Err(ApiError::invalid(
                    path,
                    format!("The value at {path} must be an object."),
                ));
            }
            return Ok(Patch::Append(known, schema::fit(kind, value, &list.join("."))?));
        }
    }
    if let ["registrations", "0", rest @ ..] = steps.as_slice()
        && REGISTRATION.contains(&rest)
    {
        return Ok(Patch::EditRegistration);
    }
    Err(unknown())
}

/// What of a deal registration the service keeps.
fn registration(value: &Value) -> Result<Value, ApiError> {
    if value.get("type").and_then(Value::as_str) != Some("AzureIPCoSell") {
        let message = "registrations.type must be AzureIPCoSell.";
        return Err(ApiError::invalid("registrations.type", message));
    }
    let mut kept = Map::new();
    for name in ["type", "solutionDetails", "contract"] {
        let Some(part) = value.get(name) else {
            let path = format!("registrations.{name}");
            return Err(ApiError::invalid(path.clone(), format!("{path} is required.")));
        };
        kept.insert(name.to_owned(), part.clone());
    }
    Ok(Value::Object(kept))
}

impl Patch {
    /// Whether this concerns a deal registration only.
    pub(crate) fn is_registration(&self) -> bool {
        matches!(self, Patch::Register(_) | Patch::EditRegistration)
    }

    /// Changes the entity.
    pub(crate) fn apply(&self, entity: &mut Value) -> Result<(), ApiError> {
        match self {
            Patch::Set(path, value) => {
                if let Some(slot) = slot(entity, path) {
                    *slot = value.clone();
                }
            }
            Patch::Append(path, value) => {
                if let Some(slot) = slot(entity, path) {
                    push(slot, value.clone());
                }
            }
            Patch::Register(value) => {
                if let Some(slot) = slot(entity, &["registrations"]) {
                    push(slot, value.clone());
                }
            }
            Patch::EditRegistration => {
                return Err(ApiError::invalid(
                    "registrations",
                    "A registration can be edited only while action is required.",
                ));
            }
        }
        Ok(())
    }
}

fn push(slot: &mut Value, value: Value) {
    match slot {
        Value::Array(items) => items.push(value),
        other => *other = Value::Array(vec![value]),
    }
}

/// The place of a property; objects on the way that are missing or `null` are made.
fn slot<'a>(entity: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    let mut place = entity;
    for step in path {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = place.as_object_mut()?.entry((*step).to_owned()).or_default();
    }
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn operations_on_listed_paths_are_applied() {
        for (before, patch, after) in [
            (
                r#"{"details":{"dealValue":1}}"#,
                r#"[{"op":"replace","path":"/details/dealValue","value":"10000"}]"#,
                r#"{"details":{"dealValue":10000}}"#,
            ),
            (
                r#"{}"#,
                r#"[{"op":"add","path":"/team/-","value":{"email":"a@b.example"}}]"#,
                r#"{"team":[{"email":"a@b.example"}]}"#,
            ),
            (
                r#"{"team":[{"email":"x"}],"details":null}"#,
                r#"[{"op":"replace","path":"/team","value":[]},{"op":"add","path":"/details/notes","value":"n"}]"#,
                r#"{"team":[],"details":{"notes":"n"}}"#,
            ),
            (
                r#"{"externalReferenceId":"1"}"#,
                r#"[{"op":"replace","path":"/externalReferenceId","value":null}]"#,
                r#"{"externalReferenceId":null}"#,
            ),
        ] {
            let mut entity = json(before);
            for patch in read(&json(patch)).unwrap() {
                patch.apply(&mut entity).unwrap();
            }
            assert_eq!(entity.to_json(), after);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for patch in [
            r#"{}"#,
            r#"[]"#,
            r#"[7]"#,
            r#"[{"op":"remove","path":"/name"}]"#,
            r#"[{"op":"test","path":"/name","value":"x"}]"#,
            r#"[{"op":"replace","path":"/name"}]"#,
            r#"[{"op":"replace","path":"name","value":"x"}]"#,
            r#"[{"op":"replace","path":"/Name","value":"x"}]"#,
            r#"[{"op":"replace","path":"/id","value":"x"}]"#,
            r#"[{"op":"replace","path":"/customerProfile/name","value":"x"}]"#,
            r#"[{"op":"replace","path":"/inviteContext/notes","value":"x"}]"#,
            r#"[{"op":"replace","path":"/team/-","value":{}}]"#,
            r#"[{"op":"add","path":"/team/-","value":"x"}]"#,
            r#"[{"op":"add","path":"/team/0","value":{}}]"#,
            r#"[{"op":"replace","path":"/details/dealValue","value":"lots"}]"#,
            r#"[{"op":"replace","path":"/details/dealValue","value":null}]"#,
            r#"[{"op":"replace","path":"/details/closingDateTime","value":"soon"}]"#,
            r#"[{"op":"add","path":"/registrations/-","value":{"type":"Other"}}]"#,
        ] {
            let error = read(&json(patch)).unwrap_err();
            assert_eq!(error.code, "invalidRequest", "{patch}");
            assert_eq!(error.status.as_u16(), 400, "{patch}");
        }
    }
}
