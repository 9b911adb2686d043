//! The only file that names connectors. A new connector is a new crate and one line here.

use std::sync::Arc;

use connector_api::Connector;

/// Every connector of this build.
pub(crate) fn all() -> Vec<Arc<dyn Connector>> {
    vec![
        connector_http::connector(),
        connector_partner_center::connector(),
        connector_salesforce::connector(),
    ]
}

/// The connector of that name.
pub(crate) fn named(name: &str) -> Option<Arc<dyn Connector>> {
    all()
        .into_iter()
        .find(|connector| connector.descriptor().name == name)
}

/// Signs a user in for a connector that works in a user's name.
pub(crate) async fn login(
    connector: &str,
    settings: &connector_api::Settings,
    show: impl Fn(&str, &str),
) -> Result<(), String> {
    if connector != "partner_center" {
        return Err(format!("a {connector} connection needs no sign-in by hand"));
    }
    connector_partner_center::device_code_login(settings, |prompt| {
        show(&prompt.verification_uri, &prompt.user_code)
    })
    .await
    .map_err(|error| error.to_string())
}
