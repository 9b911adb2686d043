//! The door for tests and stories, under `/sandbox/`: reset, state, clock, faults. No sign-in: loopback only.
//!
//! It must not be used by anything that would not know it from the real services.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use connector_api::value::object;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::body::{empty, json};
use crate::faults::Rule;
use crate::shared::Shared;
use crate::{partner_center, salesforce};

/// The admin routes both services share, and each service's own.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let own = Router::new()
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/state", get(state))
        .route("/sandbox/clock", post(advance_clock))
        .route(
            "/sandbox/faults",
            get(list_faults).post(add_fault).delete(clear_faults),
        )
        .with_state(shared.clone());
    own.merge(partner_center::admin_router(shared))
}

/// An answer of the admin API to a request it cannot carry out.
pub(crate) fn refuse(status: StatusCode, message: impl Into<String>) -> Response {
    json(status, &object([("error", message.into().into())]))
}

/// Reads a small admin body; an empty one counts as `{}`.
pub(crate) fn read<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, String> {
    let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

async fn reset(State(shared): State<Arc<Shared>>) -> Response {
    shared.reset();
    empty(StatusCode::NO_CONTENT)
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let partner_center = partner_center::snapshot(&shared.partner_center());
    let salesforce = salesforce::snapshot(&shared.salesforce());
    json(
        StatusCode::OK,
        &object([
            ("now", shared.clock.now().to_string().into()),
            ("partner_center", partner_center),
            ("salesforce", salesforce),
        ]),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

async fn advance_clock(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Response {
    match read::<Advance>(&bytes) {
        Ok(advance) => {
            shared.clock.advance(advance.advance_seconds);
            partner_center::clock_advanced(&shared);
            json(
                StatusCode::OK,
                &object([("now", shared.clock.now().to_string().into())]),
            )
        }
        Err(message) => refuse(StatusCode::BAD_REQUEST, message),
    }
}

async fn list_faults(State(shared): State<Arc<Shared>>) -> Response {
    json(StatusCode::OK, &shared.faults.list())
}

async fn add_fault(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Response {
    match read::<Rule>(&bytes).and_then(|rule| shared.faults.add(rule)) {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(message) => refuse(StatusCode::BAD_REQUEST, message),
    }
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response {
    shared.faults.clear();
    empty(StatusCode::NO_CONTENT)
}
