//! What can go wrong with a call, as data: it is journaled and read back by a process that never raised it.

use serde::{Deserialize, Serialize};

use crate::value::Value;

/// An operation that did not succeed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// Decides what happens next.
    pub class: ErrorClass,
    /// The vendor's code, or ours in snake_case when there was no answer (`connection_refused`, `timed_out`).
    pub code: String,
    /// The vendor's message, safe to show; never contains a secret.
    pub message: String,
    /// The field the service complains of, by the service's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's body, if there was one (bounded).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The service's id of the call, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How long the service asked us to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// In a changeset: the index of the call that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_call: Option<usize>,
}

/// What an error means for the next try.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Passing trouble; try again later.
    Transient,
    /// Too many calls; try again when the service says.
    RateLimited,
    /// Not signed in, or no longer; the connection has already tried a fresh token once.
    Unauthorized,
    /// The service understood and refused; trying again changes nothing.
    Rejected,
    /// Somebody else changed the record first (409, 412); read again.
    Conflict,
    /// The answer is not what the service documents.
    UnexpectedResponse,
    /// The request may have been carried out; look before trying again.
    OutcomeUnknown,
}

impl ErrorClass {
    /// Whether trying again may help, without any change of inputs.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Transient | Self::RateLimited | Self::OutcomeUnknown)
    }
}

impl OperationError {
    /// An error with class, code and message only.
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            field: None,
            status: None,
            body: None,
            request_id: None,
            retry_after_ms: None,
            failed_call: None,
        }
    }

    /// A call refused before it was sent because its inputs cannot be right.
    pub fn invalid_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(ErrorClass::Rejected, "invalid_input", message)
        }
    }
}

/// Why a webhook delivery is refused. Nothing starts from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header is missing or malformed: answered 400.
    #[error("{0}")]
    Malformed(String),
    /// The signature or the certificate does not hold: answered 401.
    #[error("{0}")]
    Unverified(String),
    /// The certificate could not be fetched for a passing reason: answered 503, so that the sender tries again.
    #[error("{0}")]
    Unavailable(String),
}
