//! Salesforce: declarations only.

mod state;

use std::sync::Arc;

use axum::Router;
use connector_api::Value;

use crate::credentials::{SalesforceCredentials, SalesforceUserCredentials};
use crate::shared::Shared;

pub(crate) use state::State;

/// The service's routes, all under `/services/`; an unknown path there gets Salesforce's own error.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().with_state(shared)
}

/// All data, for the admin API.
pub(crate) fn snapshot(_state: &State) -> Value {
    Value::Object(connector_api::Map::new())
}

/// What a client must be told.
pub(crate) fn credentials(shared: &Shared) -> SalesforceCredentials {
    SalesforceCredentials {
        login_url: shared.base_url.clone(),
        client_id: String::new(),
        client_secret: String::new(),
        username: String::new(),
        private_key: String::new(),
        seller: SalesforceUserCredentials {
            username: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
        },
    }
}
