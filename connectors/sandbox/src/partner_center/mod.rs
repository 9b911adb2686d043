//! Partner Center: the Referrals API, the webhook API and the identity platform in front of them.

mod state;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use connector_api::Value;
use tokio_util::sync::CancellationToken;

use crate::body::empty;
use crate::credentials::PartnerCenterCredentials;
use crate::shared::Shared;

pub(crate) use state::State;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().with_state(shared)
}

pub(crate) fn admin_router(shared: Arc<Shared>) -> Router {
    Router::new().with_state(shared)
}

pub(crate) async fn unknown_path() -> Response {
    empty(StatusCode::NOT_FOUND)
}

pub(crate) fn snapshot(_state: &State) -> Value {
    Value::Object(connector_api::Map::new())
}

pub(crate) fn clock_advanced(_shared: &Shared) {}

pub(crate) fn idle(_state: &State) -> bool {
    true
}

pub(crate) fn courier_client() -> Result<reqwest::Client, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build()
}

pub(crate) async fn deliver(_shared: Arc<Shared>, _client: reqwest::Client, stop: CancellationToken) {
    stop.cancelled().await;
}

pub(crate) fn credentials(shared: &Shared) -> PartnerCenterCredentials {
    PartnerCenterCredentials {
        login_url: shared.base_url.clone(),
        referrals_url: shared.base_url.clone(),
        webhooks_url: shared.base_url.clone(),
        tenant: String::new(),
        client_id: String::new(),
        client_secret: String::new(),
        refresh_token: String::new(),
        root_certificate: String::new(),
        certificate_host: String::new(),
    }
}
