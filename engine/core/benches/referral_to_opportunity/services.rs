//! The four calls over HTTP, used by both programs: one client, exact numbers, nothing else.

use connector_api::Value;
use reqwest::{Client, RequestBuilder};

/// The services at one address.
#[derive(Clone)]
pub(crate) struct Services {
    client: Client,
    base: String,
}

impl Services {
    pub(crate) fn at(base: &str) -> Self {
        let options = connector_http::ClientOptions {
            no_proxy: true,
            ..connector_http::ClientOptions::default()
        };
        Self {
            client: connector_http::client(&options).unwrap(),
            base: base.to_owned(),
        }
    }

    pub(crate) async fn get_referral(&self, id: &str) -> Result<Value, String> {
        ask(self.client.get(format!("{}/referrals/{id}", self.base))).await
    }

    pub(crate) async fn find_account(&self, name: &str) -> Result<Value, String> {
        ask(self
            .client
            .get(format!("{}/accounts", self.base))
            .query(&[("name", name)]))
        .await
    }

    pub(crate) async fn create_account(&self, fields: &Value) -> Result<Value, String> {
        ask(json(self.client.post(format!("{}/accounts", self.base)), fields)).await
    }

    pub(crate) async fn upsert_opportunity(&self, id: &str, fields: &Value) -> Result<Value, String> {
        ask(json(
            self.client.patch(format!("{}/opportunities/{id}", self.base)),
            fields,
        ))
        .await
    }
}

fn json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(body.to_json())
}

async fn ask(request: RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.map_err(|error| error.to_string())?;
    let text = response
        .error_for_status()
        .map_err(|error| error.to_string())?
        .text()
        .await
        .map_err(|error| error.to_string())?;
    Value::from_json(&text).map_err(|error| error.to_string())
}
