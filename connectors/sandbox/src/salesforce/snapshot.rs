//! What the org shows to the admin API and tells its clients.

use connector_api::{Map, Value, value::object};

use super::session::{APPS, JWT_PRIVATE_KEY};
use super::state::{State, USERS};
use crate::credentials::{SalesforceCredentials, SalesforceUserCredentials};
use crate::shared::Shared;

/// Objects that are configuration, not data.
const CONFIGURATION: [&str; 4] = ["CurrencyType", "OpportunityStage", "Organization", "User"];

/// All data, for the admin API: rows by object, each with the client that wrote it last. Tokens are not shown.
pub(crate) fn snapshot(state: &State) -> Value {
    let mut objects = Map::new();
    for (name, rows) in state.store.all() {
        if CONFIGURATION.contains(&name.as_str()) {
            continue;
        }
        let rows: Vec<Value> = rows
            .values()
            .filter(|row| !row.purged)
            .map(|row| {
                let mut values = row.values.clone();
                values.retain(|_, value| !value.is_null());
                values.insert("client".to_owned(), row.client.clone().into());
                Value::Object(values)
            })
            .collect();
        objects.insert(name.clone(), rows.into());
    }
    object([
        (
            "api_calls",
            i64::try_from(state.calls()).unwrap_or(i64::MAX).into(),
        ),
        ("objects", objects.into()),
    ])
}

/// What a client must be told.
pub(crate) fn credentials(shared: &Shared) -> SalesforceCredentials {
    let [integration, seller, ..] = &APPS;
    SalesforceCredentials {
        login_url: shared.base_url.clone(),
        client_id: integration.key.to_owned(),
        client_secret: integration.secret.to_owned(),
        username: USERS[0].username.to_owned(),
        private_key: JWT_PRIVATE_KEY.to_owned(),
        seller: SalesforceUserCredentials {
            username: USERS[1].username.to_owned(),
            client_id: seller.key.to_owned(),
            client_secret: seller.secret.to_owned(),
        },
    }
}
