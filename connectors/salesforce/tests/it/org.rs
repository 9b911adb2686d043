//! An org for tests: a stub server and a connection to it.

use std::sync::Arc;
use std::time::Duration;

use connector_api::{
    CallContext, Connection, OperationCall, OperationError, OperationOutput, PollCall, PollOutput, Secret,
    Setting, Settings, Value,
};
use connector_http::stub::{Exchange, Recorded, Stub};
use connector_salesforce::connector;
use uuid::Uuid;

pub(crate) const ME: &str = "005000000000001AAA";
pub(crate) const DATA: &str = "/services/data/v68.0";
pub(crate) const TOKEN: &str = "/services/oauth2/token";

pub(crate) struct Org {
    pub(crate) stub: Stub,
    pub(crate) connection: Arc<dyn Connection>,
}

impl Org {
    /// An org that takes one sign-in and then answers in order.
    pub(crate) async fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        let stub = Stub::start([]).await;
        stub.push([token(&stub, "00D!first")]);
        stub.push(exchanges);
        let connection = connector().connect(settings(&stub)).unwrap();
        Self { stub, connection }
    }

    pub(crate) async fn call(
        &self,
        operation: &str,
        inputs: &str,
    ) -> Result<OperationOutput, OperationError> {
        self.call_in(operation, inputs, context()).await
    }

    pub(crate) async fn call_in(
        &self,
        operation: &str,
        inputs: &str,
        context: CallContext,
    ) -> Result<OperationOutput, OperationError> {
        let call = OperationCall {
            operation: operation.into(),
            inputs: json(inputs),
            context,
        };
        self.connection.call(call).await
    }

    pub(crate) async fn poll(
        &self,
        trigger: &str,
        inputs: &str,
        cursor: Option<&Value>,
        watch: Option<&str>,
    ) -> Result<PollOutput, OperationError> {
        let call = PollCall {
            trigger: trigger.into(),
            inputs: json(inputs),
            cursor: cursor.cloned(),
            watch: watch.map(json),
        };
        self.connection.poll(call).await
    }

    /// Lets the connection see what time it is at the service.
    pub(crate) async fn clock(&self, date: &str) {
        self.stub
            .push([found("[]").header("date", date).at(&format!("{DATA}/query"))]);
        self.call("query", r#"{"query":"SELECT Id FROM User"}"#)
            .await
            .unwrap();
    }

    /// What was asked besides sign-ins.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        let mut requests = self.stub.requests();
        requests.retain(|request| request.target != TOKEN);
        requests
    }

    pub(crate) fn last(&self) -> Recorded {
        self.requests().pop().expect("something was asked")
    }

    pub(crate) fn logins(&self) -> usize {
        self.stub.requests().len() - self.requests().len()
    }
}

pub(crate) fn settings(stub: &Stub) -> Settings {
    let values = [
        ("login_url", Setting::Text(stub.base())),
        ("grant", Setting::Text("client_credentials".into())),
        ("client_id", Setting::Text("consumer".into())),
        (
            "client_secret",
            Setting::Secret(Secret::new("env:SF_SECRET", "hunter2")),
        ),
        ("requests_per_second", Setting::Integer(1000)),
        ("concurrency", Setting::Integer(8)),
        ("poll_overlap", Setting::Duration(Duration::from_secs(300))),
    ];
    Settings {
        name: "salesforce".into(),
        values: values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

pub(crate) fn token(stub: &Stub, token: &str) -> Exchange {
    let body = format!(
        r#"{{"access_token":"{token}","scope":"api","instance_url":"{}","id":"https://login.salesforce.com/id/00D000000000001EAA/{ME}","token_type":"Bearer"}}"#,
        stub.base()
    );
    Exchange::json(200, &body).at(TOKEN)
}

/// A query answer that is whole.
pub(crate) fn found(records: &str) -> Exchange {
    let count = json(records).as_array().unwrap().len();
    Exchange::json(
        200,
        &format!(r#"{{"totalSize":{count},"done":true,"records":{records}}}"#),
    )
}

pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Exchange {
    Exchange::json(
        status,
        &format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#),
    )
}

pub(crate) fn context() -> CallContext {
    CallContext {
        run_id: Uuid::from_u128(1),
        action: "test".into(),
        attempt: 1,
        idempotency_key: Uuid::from_u128(0x0123_4567_89ab_cdef),
        look_since: None,
    }
}

/// A later try of a call first tried at 10:00.
pub(crate) fn second_try() -> CallContext {
    CallContext {
        attempt: 2,
        look_since: Some("2026-11-20T10:00:00Z".parse().unwrap()),
        ..context()
    }
}

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

/// The query text of a request.
pub(crate) fn soql(request: &Recorded) -> String {
    let query = request.query();
    query
        .into_iter()
        .find(|(name, _)| name == "q")
        .map(|(_, text)| text)
        .unwrap_or_default()
}
