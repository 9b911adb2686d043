//! Makes the story's calls over HTTP, with credentials of their own: never the engine's.

use std::collections::BTreeMap;

use connector_api::Value;
use connector_http::{ClientOptions, client};
use reqwest::Method;
use sandbox::Credentials;

use super::script::{Call, Script, Step, Who, filled, found, is_expected};

/// Makes calls as the people of the story.
pub(crate) struct Player {
    http: reqwest::Client,
    base: String,
    seller: String,
    saved: BTreeMap<String, String>,
}

impl Player {
    /// Signs the seller in.
    pub(crate) async fn new(base: &str, credentials: &Credentials) -> Result<Self, String> {
        let http = client(&ClientOptions {
            no_proxy: true,
            ..ClientOptions::default()
        })
        .map_err(|error| error.to_string())?;
        let seller = &credentials.salesforce.seller;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &seller.client_id),
            ("client_secret", &seller.client_secret),
        ];
        let request = http
            .post(format!(
                "{}/services/oauth2/token",
                credentials.salesforce.login_url
            ))
            .form(&form);
        let answer = answer_of(request).await?;
        let token = answer
            .get("access_token")
            .and_then(Value::as_str)
            .ok_or("the seller could not sign in")?;
        Ok(Self {
            seller: token.to_owned(),
            base: base.to_owned(),
            http,
            saved: BTreeMap::new(),
        })
    }

    /// Makes the calls that come before the engine starts.
    pub(crate) async fn prepare(&mut self, script: &Script) -> Result<(), String> {
        for call in &script.before {
            self.call(call, &mut Vec::new())
                .await
                .map_err(|error| format!("before the story: {}: {error}", call.call))?;
        }
        Ok(())
    }

    /// Makes the calls of a step; answers what is to be shown.
    pub(crate) async fn play(&mut self, step: &Step) -> Result<Vec<(String, String)>, String> {
        let mut shown = Vec::new();
        for call in &step.calls {
            self.call(call, &mut shown)
                .await
                .map_err(|error| format!("\"{}\": {}: {error}", step.title, call.call))?;
        }
        Ok(shown)
    }

    async fn call(&mut self, call: &Call, shown: &mut Vec<(String, String)>) -> Result<(), String> {
        let fill =
            |text: &str| filled(text, &self.saved).map_err(|name| format!("`{name}` is not known yet"));
        let line = fill(&call.call)?;
        let (method, path) = line.split_once(' ').ok_or("a call is a method and a path")?;
        let method: Method = method.parse().map_err(|_| format!("`{method}` is no method"))?;
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if call.who == Who::Seller {
            request = request.bearer_auth(&self.seller);
        }
        for (name, value) in &call.query {
            request = request.query(&[(name, fill(value)?)]);
        }
        if let Some(body) = &call.body {
            let text = serde_json::to_string(body).map_err(|error| error.to_string())?;
            request = request
                .header("content-type", "application/json")
                .body(fill(&text)?);
        }
        let answer = answer_of(request).await?;
        for (name, path) in &call.save {
            let path = filled(path, &self.saved).map_err(|name| format!("`{name}` is not known yet"))?;
            let value = found(&path, &answer).and_then(Value::as_str);
            let value = value.ok_or_else(|| format!("the answer has no text at `{path}`: {answer}"))?;
            self.saved.insert(name.clone(), value.to_owned());
        }
        for (path, expected) in &call.expect {
            let text = filled(&expected.to_string(), &self.saved)
                .map_err(|name| format!("`{name}` is not known yet"))?;
            let expected = Value::from_json(&text).map_err(|error| error.to_string())?;
            let path = filled(path, &self.saved).map_err(|name| format!("`{name}` is not known yet"))?;
            if !path.starts_with("$.") {
                return Err(format!("`{path}` is no path; it begins with `$.`"));
            }
            let part = found(&path, &answer);
            if !is_expected(&expected, part) {
                return Err(format!(
                    "`{path}` is {} and should be {expected}",
                    part.unwrap_or(&Value::Null)
                ));
            }
        }
        for (name, path) in &call.show {
            if let Some(value) = found(path, &answer) {
                shown.push((
                    name.clone(),
                    value.as_str().map_or_else(|| value.to_json(), str::to_owned),
                ));
            }
        }
        Ok(())
    }
}

async fn answer_of(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    let status = response.status();
    let text = response
        .text()
        .await
        .map_err(|error| error.without_url().to_string())?;
    if !status.is_success() {
        return Err(format!("{status}: {text}"));
    }
    if text.is_empty() {
        Ok(Value::Null)
    } else {
        Value::from_json(&text).map_err(|error| error.to_string())
    }
}
