//! A connection to a stub that stands for both services and the identity platform, for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use connector_api::{
    CallContext, Connection, OperationCall, OperationError, OperationOutput, Secret, Setting, Settings, Value,
};
use connector_http::stub::{Exchange, Recorded, Stub};
use uuid::Uuid;

pub(crate) const REFERRAL_ID: &str = "d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355";
pub(crate) const ENGAGEMENT_ID: &str = "e7725c0b-8e41-4b93-a6f1-0c9d5be2f6a4";
/// A second token, as the identity platform's first address answers: numbers are texts.
pub(crate) const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":"3599","access_token":"access-2"}"#;
const FIRST_TOKEN: &str = r#"{"token_type":"Bearer","expires_in":"3599","access_token":"access-1"}"#;
const TOKEN_PATH: &str = "/tenant/oauth2/token";

/// The stub and a connection to it.
pub(crate) struct Service {
    pub(crate) stub: Stub,
    pub(crate) connection: Arc<dyn Connection>,
}

/// The settings of a connection to `base`.
pub(crate) fn settings(base: &str) -> Settings {
    let text = |value: &str| Setting::Text(value.to_owned());
    let values = [
        ("tenant", text("tenant")),
        ("client_id", text("app")),
        (
            "client_secret",
            Setting::Secret(Secret::new("env:SECRET", "app-secret")),
        ),
        (
            "refresh_token",
            Setting::Secret(Secret::new("env:REFRESH", "refresh-0")),
        ),
        ("referrals_url", text(base)),
        ("webhooks_url", text(base)),
        ("login_url", text(base)),
        ("list_delay", Setting::Duration(Duration::ZERO)),
        ("requests_per_second", Setting::Integer(100)),
    ];
    Settings {
        name: "partner_center".into(),
        values: values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

impl Service {
    /// A first token, then these answers.
    pub(crate) async fn start(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        Self::with(exchanges, []).await
    }

    /// The same with settings added or replaced.
    pub(crate) async fn with(
        exchanges: impl IntoIterator<Item = Exchange>,
        more: impl IntoIterator<Item = (&'static str, Setting)>,
    ) -> Self {
        let first = Exchange::json(200, FIRST_TOKEN).at(TOKEN_PATH);
        let stub = Stub::start([first].into_iter().chain(exchanges)).await;
        let connection = connect(&stub, more);
        Self { stub, connection }
    }

    /// Calls an operation for the first time.
    pub(crate) async fn call(
        &self,
        operation: &str,
        inputs: &str,
    ) -> Result<OperationOutput, OperationError> {
        self.connection.call(call(operation, inputs, None)).await
    }

    /// Calls an operation of which an earlier try may have been carried out.
    pub(crate) async fn call_again(
        &self,
        operation: &str,
        inputs: &str,
        since: &str,
    ) -> Result<OperationOutput, OperationError> {
        self.connection.call(call(operation, inputs, Some(since))).await
    }

    /// Calls an operation that takes a referral's id.
    pub(crate) async fn call_referral(&self, operation: &str) -> Result<OperationOutput, OperationError> {
        self.call(operation, &format!(r#"{{"id":"{REFERRAL_ID}"}}"#))
            .await
    }

    /// What was asked, but for the first sign-in.
    pub(crate) fn calls(&self) -> Vec<Recorded> {
        let requests = self.stub.requests();
        let signed_in = requests.first().is_some_and(|first| first.target == TOKEN_PATH);
        requests[usize::from(signed_in)..].to_vec()
    }

    /// The requests for tokens.
    pub(crate) fn sign_ins(&self) -> Vec<Recorded> {
        let requests = self.stub.requests();
        requests
            .into_iter()
            .filter(|request| request.target.contains("/oauth2/"))
            .collect()
    }
}

/// A connection to a stub.
pub(crate) fn connect(
    stub: &Stub,
    more: impl IntoIterator<Item = (&'static str, Setting)>,
) -> Arc<dyn Connection> {
    let mut settings = settings(&stub.base());
    for (name, value) in more {
        settings.values.insert(name.into(), value);
    }
    crate::connector()
        .connect(settings)
        .map_err(|errors| format!("{errors:?}"))
        .unwrap()
}

fn call(operation: &str, inputs: &str, since: Option<&str>) -> OperationCall {
    OperationCall {
        operation: operation.into(),
        inputs: Value::from_json(inputs).unwrap(),
        context: CallContext {
            run_id: Uuid::from_u128(1),
            action: "test".into(),
            attempt: 1,
            idempotency_key: Uuid::from_u128(2),
            look_since: since.map(|since| since.parse().unwrap()),
        },
    }
}
