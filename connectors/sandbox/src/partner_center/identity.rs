//! Who there is: the partner, its application and user, and Microsoft.

use crate::credentials::PartnerCenterCredentials;
use crate::shared::Shared;

/// The partner's directory.
pub(crate) const TENANT: &str = "7d3c9e52-8a14-4b6f-9f0d-2c5e6a7b8191";
/// The partner's organisation, owner of its copies.
pub(crate) const PARTNER_ID: &str = "5f7e1a90-0d2b-4f41-8c55-b1f2a0c4d301";
pub(crate) const PARTNER_NAME: &str = "Quantdock GmbH";
/// The owner of Microsoft's copies.
pub(crate) const MICROSOFT_ID: &str = "msft";
pub(crate) const MICROSOFT_NAME: &str = "Microsoft";
/// The application the partner registered.
pub(crate) const CLIENT_ID: &str = "3f0c6d18-55a2-4f0e-9b61-d0a8c1e2f374";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret-of-the-partner-application";
/// The refresh token a referrals administrator left behind when she consented.
pub(crate) const REFRESH_TOKEN: &str = "0.AQ-sandbox-refresh-token";

/// The root that webhook signatures chain to, and the certificate and key they are made with.
pub(crate) const ROOT_CERTIFICATE: &str = include_str!("../../keys/root.pem");
pub(crate) const DISPATCH_CERTIFICATE: &str = include_str!("../../keys/dispatch.pem");
pub(crate) const DISPATCH_KEY: &str = include_str!("../../keys/dispatch.key.pem");

/// What a client must be told.
pub(crate) fn credentials(shared: &Shared) -> PartnerCenterCredentials {
    let certificate_host = shared
        .base_url
        .split_once("://")
        .map_or(shared.base_url.as_str(), |(_, rest)| rest)
        .split('/')
        .next()
        .unwrap_or_default();
    PartnerCenterCredentials {
        login_url: shared.base_url.clone(),
        referrals_url: shared.base_url.clone(),
        webhooks_url: shared.base_url.clone(),
        tenant: TENANT.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        refresh_token: REFRESH_TOKEN.to_owned(),
        root_certificate: ROOT_CERTIFICATE.to_owned(),
        certificate_host: certificate_host.to_owned(),
    }
}
