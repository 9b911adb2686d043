//! JSON in and out of both services, with numbers kept as they were written.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use connector_api::{Value, ValueError};
use serde::Serialize;

/// The largest request body that is read.
pub(crate) const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A JSON response.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Reads a request body as exact JSON; the error says what is wrong with it.
pub(crate) fn read_json(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the body is not UTF-8".to_owned())?;
    Value::from_json(text).map_err(|error: ValueError| error.to_string())
}
