//! The two error bodies: the Referrals API's nested one and the webhook API's flat one.
//!
//! Inner codes and the `source` text are the sandbox's own wording; a client must not depend on them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_api::{Map, Value, value::object};

use super::schema::Misfit;
use crate::body::json;

/// Longest message the service hands out.
const MESSAGE_CHARS_MAX: usize = 1024;

/// An error of the Referrals API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) target: Option<String>,
    pub(crate) inner: Option<(&'static str, String)>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: None,
            inner: None,
        }
    }

    /// 400
    pub(crate) fn invalid(target: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            target: Some(target.into()),
            ..Self::new(StatusCode::BAD_REQUEST, "invalidRequest", message)
        }
    }

    /// 401
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", message)
    }

    /// 403
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "accessDenied", message)
    }

    /// 404
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "itemNotFound", message)
    }

    /// 405
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalidRequest",
            "The resource does not support this method.",
        )
    }

    /// 412
    pub(crate) fn stale() -> Self {
        Self {
            target: Some("referral".to_owned()),
            ..Self::new(
                StatusCode::PRECONDITION_FAILED,
                "preconditionFailed",
                "The supplied If-Match value does not match the current version.",
            )
        }
        .with_inner("resourceModified", "Current eTag differs.")
    }

    /// 503
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", message)
    }

    pub(crate) fn with_inner(mut self, code: &'static str, message: impl Into<String>) -> Self {
        self.inner = Some((code, message.into()));
        self
    }
}

impl From<Misfit> for ApiError {
    fn from(misfit: Misfit) -> Self {
        let message = format!("{} must be {}.", misfit.path, misfit.expected);
        ApiError::invalid(misfit.path, message).with_inner("invalidValue", misfit.expected)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = Map::new();
        error.insert("code".to_owned(), self.code.into());
        error.insert("message".to_owned(), clip(self.message).into());
        if let Some(target) = self.target {
            error.insert("target".to_owned(), clip(target).into());
        }
        if let Some((code, message)) = self.inner {
            let inner = object([("code", code.into()), ("message", clip(message).into())]);
            error.insert("innerError".to_owned(), inner);
        }
        json(self.status, &object([("error", Value::Object(error))]))
    }
}

/// An error of the webhook API. Codes the service is not known to have are words here, its own are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HookError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) description: String,
}

impl HookError {
    pub(crate) fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
        }
    }

    /// 400
    pub(crate) fn malformed(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformedRequest", description)
    }

    /// 401
    pub(crate) fn unauthorized(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "400", description)
    }
}

impl IntoResponse for HookError {
    fn into_response(self) -> Response {
        let body = object([
            ("code", self.code.into()),
            ("description", clip(self.description).into()),
            ("data", Value::Array(Vec::new())),
            ("source", "PartnerCenter".into()),
        ]);
        let mut response = json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("OAuth realm=\"PartnerCenter\""),
            );
        }
        response
    }
}

fn clip(text: String) -> String {
    if text.chars().count() <= MESSAGE_CHARS_MAX {
        text
    } else {
        text.chars().take(MESSAGE_CHARS_MAX).collect()
    }
}
