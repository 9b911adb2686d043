//! An org on loopback and a client that adds nothing of its own.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;
use reqwest::{Client, Method};
use sandbox::{Clock, Credentials, Sandbox, SandboxOptions};

/// Where the clock of every org stands at first.
pub(crate) const NOW: &str = "2026-11-20T21:10:42.500Z";
pub(crate) const DATA: &str = "/services/data/v68.0";

struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A sandbox, and a token for it.
pub(crate) struct Org {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Org {
    /// An org, signed in as the integration user.
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = SandboxOptions {
            clock: Some(Arc::new(Standing(NOW.parse().unwrap()))),
            seed: Some(7),
            ..SandboxOptions::default()
        };
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut org = Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            client,
            token: String::new(),
        };
        let Credentials { salesforce, .. } = org.sandbox.credentials();
        org.token = org
            .sign_in(&salesforce.client_id, &salesforce.client_secret)
            .await;
        org
    }

    /// A token of the app's own user.
    pub(crate) async fn sign_in(&self, key: &str, secret: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", key),
            ("client_secret", secret),
        ];
        let reply = self.token_request(&form).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.text(&["access_token"]).to_owned()
    }

    /// A token of the seller.
    pub(crate) async fn seller(&self) -> String {
        let seller = self.sandbox.credentials().salesforce.seller;
        self.sign_in(&seller.client_id, &seller.client_secret).await
    }

    pub(crate) async fn token_request(&self, form: &[(&str, &str)]) -> Reply {
        let url = format!("{}/services/oauth2/token", self.sandbox.base_url());
        reply(self.client.post(url).form(form).send().await.unwrap()).await
    }

    /// A request with the org's token; the path is taken from the root, with more headers.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.sandbox.base_url()));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        reply(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", &format!("{DATA}{path}"), &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        self.send("POST", &format!("{DATA}{path}"), &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &str) -> Reply {
        self.send("PATCH", &format!("{DATA}{path}"), &[], Some(body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", &format!("{DATA}{path}"), &[], None).await
    }

    /// Tells the org something over the admin API.
    pub(crate) async fn admin(&self, name: &str, body: &str) {
        let reply = self
            .send("POST", &format!("/sandbox/salesforce/{name}"), &[], Some(body))
            .await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        let body = format!(r#"{{"advance_seconds":{seconds}}}"#);
        let reply = self.send("POST", "/sandbox/clock", &[], Some(&body)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// Creates a row and returns its id.
    pub(crate) async fn create(&self, object: &str, body: &str) -> String {
        let reply = self.post(&format!("/sobjects/{object}"), body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text(&["id"]).to_owned()
    }

    /// An opportunity with the least it needs.
    pub(crate) async fn deal(&self, name: &str) -> String {
        let body = format!(r#"{{"Name":"{name}","StageName":"Prospecting","CloseDate":"2026-12-31"}}"#);
        self.create("Opportunity", &body).await
    }

    /// A row with the given fields.
    pub(crate) async fn row(&self, object: &str, id: &str) -> Reply {
        let reply = self.get(&format!("/sobjects/{object}/{id}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    }

    pub(crate) async fn query(&self, soql: &str) -> Reply {
        self.get(&format!("/query?q={}", encode(soql))).await
    }

    /// The values of one column of a query's records, as JSON.
    pub(crate) async fn column(&self, soql: &str, column: &str) -> Vec<String> {
        let reply = self.query(soql).await;
        assert_eq!(reply.status, 200, "{soql}: {reply:?}");
        let records = reply.body.get("records").and_then(Value::as_array).unwrap();
        records
            .iter()
            .map(|record| match record.get(column).unwrap() {
                Value::String(text) => text.clone(),
                other => other.to_json(),
            })
            .collect()
    }
}

impl Reply {
    /// The text at a path of the body.
    pub(crate) fn text(&self, path: &[&str]) -> &str {
        self.body
            .at(path)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {path:?} in {self:?}"))
    }

    /// The JSON at a path of the body.
    pub(crate) fn json(&self, path: &[&str]) -> String {
        self.body
            .at(path)
            .unwrap_or_else(|| panic!("no {path:?} in {self:?}"))
            .to_json()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Status and code of the first error.
    pub(crate) fn error(&self) -> (u16, &str) {
        (self.status, self.text(&["0", "errorCode"]))
    }
}

/// Percent-encodes a value for a path or query.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub(crate) async fn reply(response: reqwest::Response) -> Reply {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    let text = response.text().await.unwrap();
    let body = match text.as_str() {
        "" => Value::Null,
        text => Value::from_json(text).unwrap_or_else(|_| text.into()),
    };
    Reply {
        status,
        headers,
        body,
    }
}
