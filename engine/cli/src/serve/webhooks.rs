//! Receives requests to flows' addresses and hands them to the host.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use connector_api::WebhookRequest;
use engine_core::service::{Host, HttpAnswer, HttpCall};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::SetupError;

/// Largest body that is read.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A bound address, not yet answering.
pub(crate) struct Door {
    listener: TcpListener,
    /// Where it is.
    pub(crate) address: SocketAddr,
}

/// Takes the address, so that flows can be told it before anything runs.
pub(crate) async fn bind(address: SocketAddr) -> Result<Door, SetupError> {
    let unusable = |error: std::io::Error| {
        SetupError::new(
            format!("webhooks cannot be received at {address}: {error}"),
            "stop what listens there, or set `listen` in the connections file",
        )
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok(Door { listener, address })
}

impl Door {
    /// Answers until stopped.
    pub(crate) fn open(self, host: Host, stop: CancellationToken) -> JoinHandle<()> {
        let router = Router::new()
            .route("/health", get(|| async { "ok" }))
            .route("/hooks/{flow}/{secret}", any(receive))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(host);
        tokio::spawn(async move {
            let served = axum::serve(self.listener, router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the webhook listener broke off");
            }
        })
    }
}

async fn receive(
    State(host): State<Host>,
    Path((flow, secret)): Path<(String, String)>,
    Query(queries): Query<Vec<(String, String)>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let request = WebhookRequest {
        headers,
        body: body.to_vec(),
    };
    let call = HttpCall {
        flow,
        secret,
        method: method.as_str().to_owned(),
        queries,
        request,
    };
    // The event must be kept even when the caller hangs up meanwhile.
    let accepted = tokio::spawn(async move { host.accept_http(call).await }).await;
    match accepted {
        Ok(answer) => answered(answer),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn answered(answer: HttpAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body.to_json()).into_response();
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}
