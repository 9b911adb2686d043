//! The webhook registration API: one registration for the partner, and the events that check it.

use std::collections::VecDeque;

use axum::http::StatusCode;
use connector_api::{Value, value::object};
use jiff::{SignedDuration, Timestamp};

use super::error::HookError;
use super::event::{self, EVENTS, TEST_CREATED};
use super::identity::PARTNER_ID;
use super::moment;
use super::state::State;
use crate::shared::Shared;

const URL_BYTES_MAX: usize = 2_048;
/// How many validation events may be sent in [`VALIDATION_WINDOW`].
const VALIDATIONS_PER_WINDOW: usize = 2;
const VALIDATION_WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// How long the result of a validation event can be asked for.
const VALIDATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many results are kept.
const VALIDATIONS_MAX: usize = 1_000;

/// Where events go and which.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) subscriber: String,
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    /// Send the signature in `x-ms-signature` instead of `Authorization`.
    pub(crate) own_header: bool,
}

/// A validation event that was asked for.
#[derive(Debug)]
struct Validation {
    correlation: String,
    url: String,
    at: Timestamp,
    /// Each attempt, and whether there will be none after it.
    attempts: Vec<Value>,
    completed: bool,
}

/// The validation events that were asked for, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Validations(VecDeque<Validation>);

impl Registration {
    /// As POST and PUT answer.
    pub(crate) fn to_value(&self) -> Value {
        object([
            ("SubscriberId", self.subscriber.as_str().into()),
            ("WebhookUrl", self.url.as_str().into()),
            ("WebhookEvents", self.events_value()),
        ])
    }

    fn events_value(&self) -> Value {
        Value::Array(self.events.iter().map(|event| event.as_str().into()).collect())
    }
}

/// The events that can be registered for.
pub(crate) fn events() -> Value {
    Value::Array(EVENTS.iter().map(|event| Value::from(*event)).collect())
}

/// GET
pub(crate) fn view(state: &State) -> Result<Value, HookError> {
    let registration = state.registration.as_ref().ok_or_else(none_yet)?;
    Ok(object([
        ("WebhookUrl", registration.url.as_str().into()),
        ("WebhookEvents", registration.events_value()),
    ]))
}

/// POST: a second registration is refused, it takes PUT to change the first.
pub(crate) fn register(state: &mut State, shared: &Shared, body: &Value) -> Result<Value, HookError> {
    if state.registration.is_some() {
        return Err(HookError::new(
            StatusCode::CONFLICT,
            "registrationExists",
            "A webhook is registered already; update the registration instead.",
        ));
    }
    let registration = read(body, shared.ids.guid().to_string())?;
    Ok(state.registration.insert(registration).to_value())
}

/// PUT
pub(crate) fn update(state: &mut State, body: &Value) -> Result<Value, HookError> {
    let before = state.registration.as_ref().ok_or_else(none_yet)?;
    let registration = read(body, before.subscriber.clone())?;
    Ok(state.registration.insert(registration).to_value())
}

fn none_yet() -> HookError {
    HookError::new(
        StatusCode::NOT_FOUND,
        "registrationNotFound",
        "No webhook is registered.",
    )
}

fn read(body: &Value, subscriber: String) -> Result<Registration, HookError> {
    let members = body
        .as_object()
        .ok_or_else(|| HookError::malformed("The body must be an object."))?;
    let member = |wanted: &str| {
        members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    };
    let url = member("WebhookUrl")
        .and_then(Value::as_str)
        .ok_or_else(|| HookError::malformed("WebhookUrl is required."))?;
    let parsed = url::Url::parse(url).ok().filter(|parsed| {
        matches!(parsed.scheme(), "http" | "https") && parsed.has_host() && url.len() <= URL_BYTES_MAX
    });
    if parsed.is_none() {
        return Err(HookError::malformed(
            "WebhookUrl must be an absolute http or https address.",
        ));
    }
    let names = member("WebhookEvents")
        .and_then(Value::as_array)
        .ok_or_else(|| HookError::malformed("WebhookEvents is required."))?;
    let mut events: Vec<String> = Vec::new();
    for name in names {
        let known = name
            .as_str()
            .and_then(|name| EVENTS.iter().find(|event| **event == name));
        match known {
            Some(event) if !events.iter().any(|seen| seen == event) => events.push((*event).to_owned()),
            Some(_) => {}
            None => {
                let code = "900126";
                let description = format!("{name} is not an event.");
                return Err(HookError::new(StatusCode::BAD_REQUEST, code, description));
            }
        }
    }
    if events.is_empty() {
        return Err(HookError::malformed(
            "WebhookEvents must hold at least one event.",
        ));
    }
    let own_header = match member("SignatureTokenToMsSignatureHeader") {
        None => false,
        Some(flag) => flag.as_bool().ok_or_else(|| {
            HookError::malformed("SignatureTokenToMsSignatureHeader must be true or false.")
        })?,
    };
    Ok(Registration {
        subscriber,
        url: url.to_owned(),
        events,
        own_header,
    })
}

/// Why no validation event was sent.
pub(crate) enum ValidationError {
    /// An error of the API.
    Api(HookError),
    /// Too many in the last minute; how many seconds to wait.
    TooMany(i64),
}

/// Sends a validation event and returns what it is known by.
pub(crate) fn validate(state: &mut State, shared: &Shared) -> Result<Value, ValidationError> {
    let registration = state
        .registration
        .clone()
        .ok_or_else(|| ValidationError::Api(none_yet()))?;
    if !registration.events.iter().any(|event| event == TEST_CREATED) {
        let description = "The webhook is not registered for test-created.";
        return Err(ValidationError::Api(HookError::malformed(description)));
    }
    let now = shared.clock.now();
    state.validations.purge(now);
    let recent: Vec<Timestamp> = state
        .validations
        .0
        .iter()
        .map(|validation| validation.at)
        .filter(|at| now.duration_since(*at) < VALIDATION_WINDOW)
        .collect();
    if let (true, Some(first)) = (recent.len() >= VALIDATIONS_PER_WINDOW, recent.first()) {
        let wait = VALIDATION_WINDOW - now.duration_since(*first);
        return Err(ValidationError::TooMany(wait.as_secs().max(1)));
    }
    let correlation = shared.ids.guid().to_string();
    state.validations.0.push_back(Validation {
        correlation: correlation.clone(),
        url: registration.url,
        at: now,
        attempts: Vec::new(),
        completed: false,
    });
    let at = state.stamp(shared);
    event::raise_test(state, shared, &correlation, at);
    Ok(object([("correlationId", correlation.into())]))
}

/// What came of a validation event.
pub(crate) fn validation(state: &mut State, shared: &Shared, correlation: &str) -> Result<Value, HookError> {
    state.validations.purge(shared.clock.now());
    let validation = state
        .validations
        .0
        .iter()
        .find(|validation| validation.correlation == correlation)
        .ok_or_else(|| {
            HookError::new(
                StatusCode::NOT_FOUND,
                "validationNotFound",
                "There is no such validation event.",
            )
        })?;
    let status = if validation.completed {
        "completed"
    } else {
        "pending"
    };
    Ok(object([
        ("correlationId", validation.correlation.as_str().into()),
        ("partnerId", PARTNER_ID.into()),
        ("status", status.into()),
        ("callbackUrl", validation.url.as_str().into()),
        ("results", Value::Array(validation.attempts.clone())),
    ]))
}

impl Validations {
    /// Notes one attempt to deliver a validation event.
    pub(crate) fn attempted(
        &mut self,
        correlation: &str,
        at: Timestamp,
        answer: Result<(StatusCode, String), String>,
        completed: bool,
    ) {
        let Some(validation) = self
            .0
            .iter_mut()
            .find(|validation| validation.correlation == correlation)
        else {
            return;
        };
        let (code, message, system_error) = match answer {
            Ok((status, text)) => (status_word(status), text, false),
            Err(text) => (String::new(), text, true),
        };
        validation.attempts.push(object([
            ("responseCode", code.into()),
            ("responseMessage", message.into()),
            ("systemError", system_error.into()),
            ("dateTimeUtc", moment::bare_text(at).into()),
        ]));
        validation.completed |= completed;
    }

    fn purge(&mut self, now: Timestamp) {
        self.0
            .retain(|validation| now.duration_since(validation.at) < VALIDATION_LIFE);
        while self.0.len() >= VALIDATIONS_MAX {
            self.0.pop_front();
        }
    }
}

/// `OK`, `InternalServerError`: a status by its name without blanks.
fn status_word(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => reason.chars().filter(char::is_ascii_alphanumeric).collect(),
        None => status.as_u16().to_string(),
    }
}
