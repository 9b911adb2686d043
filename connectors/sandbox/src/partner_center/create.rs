//! POST of a referral: the partner's own, or Microsoft's copy of a deal that already has one.

use connector_api::{Map, Value, value::object};

use super::error::ApiError;
use super::identity::{MICROSOFT_ID, MICROSOFT_NAME, PARTNER_ID, PARTNER_NAME};
use super::state::State;
use super::{lifecycle, moment, schema, validate};
use crate::shared::Shared;

/// Creates a referral from a request body and returns its id.
pub(crate) fn create(state: &mut State, shared: &Shared, body: &Value) -> Result<String, ApiError> {
    let body = body
        .as_object()
        .ok_or_else(|| ApiError::invalid("referral", "The body must be an object."))?;
    let given = Value::Object(schema::settable(body)?);
    validate::required(&given)?;
    if !shared.options.lenient {
        validate::strict_create(&given)?;
    }
    let engagement = given.get("engagementId").and_then(Value::as_str);
    if let Some(engagement) = engagement
        && state.engagement(engagement).next().is_none()
    {
        let message = format!("engagementId {engagement} names no engagement.");
        return Err(
            ApiError::invalid("engagementId", message).with_inner("engagementNotFound", "engagementId")
        );
    }
    let for_microsoft = validate::addresses_microsoft(&given);
    if for_microsoft && engagement.is_none() {
        let message = "A referral to Microsoft needs the engagementId of the partner's own referral.";
        return Err(ApiError::invalid("engagementId", message).with_inner("missingProperty", "engagementId"));
    }
    let Value::Object(given) = given else {
        return Err(ApiError::invalid("referral", "The body must be an object."));
    };
    let id = shared.ids.referral().to_string();
    let entity = if for_microsoft {
        microsofts_copy(state, shared, &id, given)
    } else {
        partners_own(state, shared, &id, given)
    };
    state.commit(shared, vec![entity])?;
    Ok(id)
}

/// A partner's own deal starts accepted, whatever status was sent.
fn partners_own(state: &mut State, shared: &Shared, id: &str, given: Map) -> Value {
    let now = moment::text(state.stamp(shared));
    let server = object([
        ("organizationId", PARTNER_ID.into()),
        ("organizationName", PARTNER_NAME.into()),
        ("createdDateTime", now.as_str().into()),
        ("acceptedDateTime", now.as_str().into()),
        ("expirationDateTime", Value::Null),
        ("status", "Active".into()),
        ("substatus", "Accepted".into()),
        ("direction", "Outgoing".into()),
    ]);
    complete(shared, id, given, server)
}

/// Microsoft's copy waits for an answer. What it looks like to a partner is not documented beyond its states;
/// it is shown here as sent, owned by Microsoft.
fn microsofts_copy(state: &mut State, shared: &Shared, id: &str, mut given: Map) -> Value {
    let now = state.stamp(shared);
    let expiration = now.checked_add(lifecycle::ANSWER_WINDOW).unwrap_or(now);
    if let Some(invite) = given.get_mut("inviteContext").and_then(Value::as_object_mut) {
        invite.insert(
            "invitedBy".to_owned(),
            object([
                ("organizationId", PARTNER_ID.into()),
                ("organizationName", PARTNER_NAME.into()),
            ]),
        );
    }
    let server = object([
        ("organizationId", MICROSOFT_ID.into()),
        ("organizationName", MICROSOFT_NAME.into()),
        ("createdDateTime", moment::text(now).into()),
        ("acceptedDateTime", Value::Null),
        ("expirationDateTime", moment::text(expiration).into()),
        ("status", "New".into()),
        ("substatus", "Pending".into()),
        ("direction", "Incoming".into()),
    ]);
    complete(shared, id, given, server)
}

/// The properties every referral has, then what was given, then what the service decides.
pub(crate) fn complete(shared: &Shared, id: &str, given: Map, server: Value) -> Value {
    let engagement = shared.ids.guid().to_string();
    let Value::Object(mut entity) = skeleton() else {
        return Value::Null;
    };
    entity.insert("id".to_owned(), id.into());
    entity.insert("engagementId".to_owned(), engagement.into());
    entity.extend(given);
    if let Value::Object(server) = server {
        entity.extend(server);
    }
    Value::Object(entity)
}

/// A referral of which nothing is known yet.
fn skeleton() -> Value {
    let none = || Value::Array(Vec::new());
    object([
        ("id", Value::Null),
        ("engagementId", Value::Null),
        ("organizationId", Value::Null),
        ("organizationName", Value::Null),
        ("name", Value::Null),
        ("externalReferenceId", Value::Null),
        ("createdDateTime", Value::Null),
        ("updatedDateTime", Value::Null),
        ("acceptedDateTime", Value::Null),
        ("expirationDateTime", Value::Null),
        ("closedDateTime", Value::Null),
        ("status", Value::Null),
        ("substatus", Value::Null),
        ("statusReason", Value::Null),
        ("qualification", "None".into()),
        ("type", Value::Null),
        ("direction", Value::Null),
        ("favorite", false.into()),
        ("campaignId", Value::Null),
        ("salesStage", Value::Null),
        ("referralProgram", Value::Null),
        ("quality", "Unknown".into()),
        ("isSpam", false.into()),
        ("tags", none()),
        ("registrationStatus", "None".into()),
        ("registrations", none()),
        ("target", none()),
        ("customerProfile", Value::Null),
        ("consent", Value::Null),
        ("details", Value::Null),
        ("team", none()),
        ("inviteContext", Value::Null),
        ("trackingInfo", object([("microsoftMsxId", Value::Null)])),
    ])
}
