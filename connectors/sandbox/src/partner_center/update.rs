//! PATCH and PUT of a referral: build the state after, check it as a whole, store it at once.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use connector_api::{Map, Value, value::object};

use super::error::ApiError;
use super::patch::{self, Patch};
use super::state::{Referral, State};
use super::{lifecycle, moment, schema, validate};
use crate::shared::Shared;

/// Applies a JSON Patch to a referral, all of it or nothing.
pub(crate) fn patch(
    state: &mut State,
    shared: &Shared,
    id: &str,
    headers: &HeaderMap,
    body: &Value,
) -> Result<(), ApiError> {
    let before = own(state, id)?.clone();
    check_tag(&before, headers, false)?;
    let patches = patch::read(body)?;
    let registers = patches.iter().all(Patch::is_registration);
    if lifecycle::is_terminal(&before.entity) && !registers {
        return Err(terminal());
    }
    let mut after = before.entity.clone();
    for patch in &patches {
        patch.apply(&mut after)?;
    }
    register_new(shared, &before.entity, &mut after)?;
    store(state, shared, &before, after)
}

/// Replaces everything a caller may set.
pub(crate) fn put(
    state: &mut State,
    shared: &Shared,
    id: &str,
    headers: &HeaderMap,
    body: &Value,
) -> Result<(), ApiError> {
    let before = own(state, id)?.clone();
    check_tag(&before, headers, true)?;
    let body = body
        .as_object()
        .ok_or_else(|| ApiError::invalid("referral", "The body must be an object."))?;
    if body.contains_key("links") {
        return Err(ApiError::invalid("links", "links must be left out."));
    }
    if lifecycle::is_terminal(&before.entity) {
        return Err(terminal());
    }
    let mut given = schema::settable(body)?;
    let mut after = before.entity.as_object().cloned().unwrap_or_default();
    for property in schema::REFERRAL.iter().filter(|property| property.settable) {
        let value = given.shift_remove(property.name).unwrap_or_default();
        // A missing engagement is not a wish to leave it.
        if property.name != "engagementId" || !value.is_null() {
            let merged = keep_server_members(after.get(property.name), value);
            after.insert(property.name.to_owned(), merged);
        }
    }
    let after = Value::Object(after);
    validate::required(&after)?;
    store(state, shared, &before, after)
}

fn store(state: &mut State, shared: &Shared, before: &Referral, mut after: Value) -> Result<(), ApiError> {
    lifecycle::may_become(lifecycle::state(&before.entity), lifecycle::state(&after))?;
    let shared_with_microsoft = state
        .engagement(before.text("engagementId"))
        .any(Referral::is_microsofts);
    lifecycle::check_frozen(&before.entity, &after, shared_with_microsoft)?;
    if !shared.options.lenient {
        validate::strict_content(&before.entity, &after)?;
    }
    let now = shared.clock.now();
    lifecycle::stamp(&before.entity, &mut after, now);
    state.commit(shared, vec![after])?;
    Ok(())
}

/// A partner's own referral; Microsoft's copy can be read but not written.
fn own<'a>(state: &'a State, id: &str) -> Result<&'a Referral, ApiError> {
    let referral = state
        .referrals
        .get(id)
        .ok_or_else(|| ApiError::not_found(format!("There is no referral {id}.")))?;
    if referral.is_microsofts() {
        return Err(ApiError::denied("This referral belongs to another organization."));
    }
    Ok(referral)
}

fn terminal() -> ApiError {
    ApiError::invalid("referral", "A closed referral cannot be changed.")
        .with_inner("invalidStatusTransition", "status")
}

fn check_tag(referral: &Referral, headers: &HeaderMap, required: bool) -> Result<(), ApiError> {
    match headers
        .get(IF_MATCH)
        .map(|tag| tag.to_str().unwrap_or_default().trim())
    {
        None if required => Err(ApiError::invalid("If-Match", "The If-Match header is required.")),
        None | Some("*") => Ok(()),
        Some(tag) if tag == referral.etag => Ok(()),
        Some(_) => Err(ApiError::stale()),
    }
}

/// Members of an object that only the service sets survive its replacement by a caller.
fn keep_server_members(before: Option<&Value>, given: Value) -> Value {
    match (before, given) {
        (Some(Value::Object(before)), Value::Object(given)) => {
            let mut merged = given;
            for name in ["isMatchingComplete", "incentiveLevel"] {
                if let Some(value) = before.get(name) {
                    merged.insert(name.to_owned(), value.clone());
                }
            }
            Value::Object(merged)
        }
        (_, given) => given,
    }
}

/// Gives a newly added deal registration what the service adds to it. Only a won deal can be registered.
fn register_new(shared: &Shared, before: &Value, after: &mut Value) -> Result<(), ApiError> {
    let count = |entity: &Value| {
        entity
            .get("registrations")
            .and_then(Value::as_array)
            .map_or(0, <[Value]>::len)
    };
    let known = count(before);
    if count(after) == known {
        return Ok(());
    }
    if lifecycle::state(before) != ("Closed", "Won") {
        return Err(ApiError::invalid(
            "registrations",
            "Only a won deal can be registered.",
        ));
    }
    let now = moment::text(shared.clock.now());
    let Some(entity) = after.as_object_mut() else {
        return Ok(());
    };
    entity.insert("registrationStatus".to_owned(), "ReviewPending".into());
    if let Some(Value::Array(registrations)) = entity.get_mut("registrations") {
        for registration in registrations.iter_mut().skip(known) {
            let mut members: Map = registration.as_object().cloned().unwrap_or_default();
            members.insert("id".to_owned(), shared.ids.guid().to_string().into());
            members.insert("registrationDateTime".to_owned(), now.as_str().into());
            members.insert("status".to_owned(), "ReviewPending".into());
            members.insert("statusReason".to_owned(), Value::Null);
            members.insert(
                "statusHistory".to_owned(),
                object([("reviewPendingDateTime", now.as_str().into())]),
            );
            *registration = Value::Object(members);
        }
    }
    Ok(())
}
