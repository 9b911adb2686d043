//! What a client must be told to use the sandbox: the same things it would be told for the real services.

/// Everything a client needs for both services. Valid for one sandbox only, worth nothing elsewhere.
#[derive(Clone)]
pub struct Credentials {
    /// For Partner Center.
    pub partner_center: PartnerCenterCredentials,
    /// For Salesforce.
    pub salesforce: SalesforceCredentials,
}

/// What a client of Partner Center is told.
#[derive(Clone)]
pub struct PartnerCenterCredentials {
    /// Stands for the identity platform's address: `{login_url}/{tenant}/oauth2/token`.
    pub login_url: String,
    /// Stands for the referrals host: `{referrals_url}/v1.0/engagements/referrals`. Tokens for it carry the real
    /// service's audience, `https://api.partner.microsoft.com`.
    pub referrals_url: String,
    /// Stands for the webhook host: `{webhooks_url}/webhooks/v1/registration`. Tokens for it carry the real
    /// service's audience, `https://api.partnercenter.microsoft.com`.
    pub webhooks_url: String,
    /// The partner's directory id.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: String,
    /// A refresh token of a referrals administrator; rotated with each use.
    pub refresh_token: String,
    /// The root certificate (PEM) that webhook signatures chain to.
    pub root_certificate: String,
    /// Host of the certificate addresses in webhook deliveries, with its port if it has one.
    pub certificate_host: String,
}

/// What a client of Salesforce is told.
#[derive(Clone)]
pub struct SalesforceCredentials {
    /// The org's login address: `{login_url}/services/oauth2/token`.
    pub login_url: String,
    /// Consumer key of the connected app.
    pub client_id: String,
    /// Consumer secret of the connected app, for the client-credentials flow as the integration user.
    pub client_secret: String,
    /// The integration user's name, subject of the JWT bearer flow.
    pub username: String,
    /// RSA key (PEM) whose public half the connected app knows. For tests only.
    pub private_key: String,
    /// A person who edits deals, so that her edits are not taken for the integration user's.
    pub seller: SalesforceUserCredentials,
}

/// A second connected app that signs in as another user.
#[derive(Clone)]
pub struct SalesforceUserCredentials {
    /// The user's name.
    pub username: String,
    /// Consumer key of this user's connected app.
    pub client_id: String,
    /// Its consumer secret, for the client-credentials flow.
    pub client_secret: String,
}
