//! Events: what is told to the partner's webhook when a referral changes, whoever changed it.

use connector_api::{Value, value::object};
use jiff::Timestamp;

use super::moment;
use super::state::State;
use crate::shared::Shared;

/// Events about referrals and the check of a registration.
pub(crate) const TEST_CREATED: &str = "test-created";

/// Every event a webhook can be registered for. Those of other parts of Partner Center are never raised here.
pub(crate) const EVENTS: &[&str] = &[
    "referral-created",
    "referral-updated",
    "related-referral-created",
    "related-referral-updated",
    TEST_CREATED,
    "subscription-updated",
    "invoice-ready",
    "usagerecords-thresholdExceeded",
    "azure-fraud-event-detected",
];

/// The event for a write: on one's own referral, or on another party's copy of the same deal.
pub(crate) fn name(related: bool, created: bool) -> &'static str {
    match (related, created) {
        (false, true) => "referral-created",
        (false, false) => "referral-updated",
        (true, true) => "related-referral-created",
        (true, false) => "related-referral-updated",
    }
}

/// Raises an event about the referral `id`. Nobody hears it unless the webhook is registered for it.
///
/// Which id a related event carries is not documented; it is the id of the copy that changed, unless the options say
/// that it is the partner's own.
pub(crate) fn raise(state: &mut State, shared: &Shared, name: &'static str, id: &str, at: Timestamp) {
    let own = || {
        let engagement = state.referrals.get(id)?.text("engagementId");
        let own = state.engagement(engagement).find(|copy| !copy.is_microsofts())?;
        Some(own.text("id"))
    };
    let named = if shared.options.related_events_name_own {
        own().unwrap_or(id)
    } else {
        id
    };
    let uri = format!("{}/engagements/v1/referrals/{named}", shared.base_url);
    let body = body(name, &uri, "referral", at);
    send(state, shared, name, body, None);
}

/// Raises the event that checks a registration.
pub(crate) fn raise_test(state: &mut State, shared: &Shared, correlation: &str, at: Timestamp) {
    let uri = format!("{}/webhooks/v1/registration/test", shared.base_url);
    let body = body(TEST_CREATED, &uri, "test", at);
    send(state, shared, TEST_CREATED, body, Some(correlation.to_owned()));
}

fn send(state: &mut State, shared: &Shared, name: &'static str, body: Value, correlation: Option<String>) {
    let Some(registration) = &state.registration else {
        return;
    };
    if !registration.events.iter().any(|event| event == name) {
        return;
    }
    state
        .deliveries
        .queue(shared, registration, name, body.to_json(), correlation);
    shared.deliveries.notify_one();
}

fn body(name: &str, uri: &str, resource: &str, at: Timestamp) -> Value {
    object([
        ("EventName", name.into()),
        ("ResourceUri", uri.into()),
        ("ResourceName", resource.into()),
        ("AuditUri", Value::Null),
        ("ResourceChangeUtcDate", moment::offset_text(at).into()),
    ])
}
