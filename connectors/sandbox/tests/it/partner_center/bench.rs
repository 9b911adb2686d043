//! A running sandbox, a client signed in to it, and a receiver of webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use connector_api::Value;
use reqwest::{Client, Method};
use sandbox::{Credentials, Sandbox, SandboxOptions};
use tokio::sync::mpsc;

pub(crate) const REFERRALS: &str = "https://api.partner.microsoft.com";
pub(crate) const WEBHOOKS: &str = "https://api.partnercenter.microsoft.com";
pub(crate) const COLLECTION: &str = "/v1.0/engagements/referrals";

/// An answer with its body read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        Value::from_json(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn at(&self, path: &[&str]) -> Value {
        self.json().at(path).cloned().unwrap_or_default()
    }

    /// The text at a path; fails the test if there is none.
    pub(crate) fn string(&self, path: &[&str]) -> String {
        let value = self.at(path);
        value
            .as_str()
            .unwrap_or_else(|| panic!("no text at {path:?} of {}", self.text))
            .to_owned()
    }

    /// Status and error code of a Referrals API error.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status, self.string(&["error", "code"]))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
    pub(crate) credentials: Credentials,
    pub(crate) token: String,
    pub(crate) hook_token: String,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(SandboxOptions::default()).await
    }

    pub(crate) async fn with(options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(SandboxOptions {
            webhook_retry: Some(Duration::from_millis(1)),
            ..options
        })
        .await
        .unwrap();
        let credentials = sandbox.credentials();
        let mut bench = Self {
            sandbox,
            http: Client::builder().no_proxy().build().unwrap(),
            credentials,
            token: String::new(),
            hook_token: String::new(),
        };
        bench.sign_in().await;
        bench
    }

    /// Gets new tokens for both audiences.
    pub(crate) async fn sign_in(&mut self) {
        self.token = self.user_token(REFERRALS).await;
        self.hook_token = self.user_token(WEBHOOKS).await;
    }

    async fn user_token(&self, resource: &str) -> String {
        let refresh = self.credentials.partner_center.refresh_token.clone();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("resource", resource),
        ];
        self.login("oauth2/token", &form).await.string(&["access_token"])
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url())
    }

    /// A form to the identity platform, with client id and secret unless the form says otherwise.
    pub(crate) async fn login(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        let told = &self.credentials.partner_center;
        let mut all: Vec<(&str, &str)> = form.to_vec();
        for (name, value) in [
            ("client_id", &told.client_id),
            ("client_secret", &told.client_secret),
        ] {
            if !form.iter().any(|(given, _)| *given == name) {
                all.push((name, value));
            }
        }
        all.retain(|(_, value)| *value != "-");
        let url = format!("{}/{}/{endpoint}", told.login_url, told.tenant);
        answer(self.http.post(url).form(&all)).await
    }

    /// Any request, with the headers given and no others.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(body.to_owned())).await
    }

    /// A signed-in request to the Referrals API.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        all.extend_from_slice(headers);
        self.raw(method, path, &all, body).await
    }

    /// A signed-in request to the webhook API.
    pub(crate) async fn hooks(&self, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.hook_token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        self.raw(
            method,
            &format!("/webhooks/v1/registration{path}"),
            &headers,
            body,
        )
        .await
    }

    pub(crate) async fn admin(&self, path: &str, body: &str) -> Answer {
        self.raw("POST", &format!("/sandbox/{path}"), &[], body).await
    }

    pub(crate) async fn get(&self, id: &str) -> Answer {
        self.call("GET", &format!("{COLLECTION}/{id}"), &[], "").await
    }

    pub(crate) async fn patch(&self, id: &str, body: &str) -> Answer {
        self.call("PATCH", &format!("{COLLECTION}/{id}"), &[], body).await
    }

    /// Moves a referral to a status and substatus.
    pub(crate) async fn transition(&self, id: &str, status: &str, substatus: &str) -> Answer {
        let body = format!(
            r#"[{{"op":"replace","path":"/status","value":"{status}"}},{{"op":"replace","path":"/substatus","value":"{substatus}"}}]"#
        );
        self.patch(id, &body).await
    }

    /// Creates the partner's own deal and returns the answer.
    pub(crate) async fn create(&self, body: &str) -> Answer {
        let answer = self.call("POST", COLLECTION, &[], body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    /// Creates the two referrals of a co-sell deal; their ids and the engagement's.
    pub(crate) async fn co_sell(&self) -> (String, String, String) {
        let own = self.create(OWN_CO_SELL).await;
        let engagement = own.string(&["engagementId"]);
        let copy = self.create(&microsofts_copy(&engagement)).await;
        (own.string(&["id"]), copy.string(&["id"]), engagement)
    }

    /// Microsoft shares a deal or lead; the answer is the partner's copy.
    pub(crate) async fn inbound(&self, body: &str) -> Answer {
        let answer = self.admin("microsoft/referrals", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer
    }

    pub(crate) async fn list(&self, query: &str) -> Answer {
        self.call("GET", &format!("{COLLECTION}?{query}"), &[], "").await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// A request as it came in.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        Value::from_json(std::str::from_utf8(&self.body).unwrap()).unwrap()
    }

    pub(crate) fn string(&self, name: &str) -> String {
        self.json().get(name).and_then(Value::as_str).unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Takes webhooks and answers them with the statuses it was given, then with 200.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: mpsc::UnboundedReceiver<Received>,
}

type Answers = Arc<Mutex<Vec<u16>>>;

impl Receiver {
    pub(crate) async fn start(mut answers: Vec<u16>) -> Self {
        answers.reverse();
        let (sender, received) = mpsc::unbounded_channel();
        let router = axum::Router::new()
            .route("/hook", axum::routing::post(take))
            .with_state((sender, Arc::new(Mutex::new(answers))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) -> Received {
        let wait = Duration::from_secs(30);
        tokio::time::timeout(wait, self.received.recv())
            .await
            .expect("no webhook came")
            .unwrap()
    }

    /// Whether nothing more has come.
    pub(crate) fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

async fn take(
    State((sender, answers)): State<(mpsc::UnboundedSender<Received>, Answers)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    sender.send(Received { headers, body }).unwrap();
    match answers.lock().unwrap().pop() {
        Some(status) => (StatusCode::from_u16(status).unwrap(), "boom"),
        None => (StatusCode::OK, ""),
    }
}

/// A private deal, as a partner posts it.
pub(crate) const PRIVATE: &str = r#"{
  "name": "Harbour crane telemetry [Private]",
  "externalReferenceId": "006Hn00001QxYzAIAV",
  "type": "Independent",
  "qualification": "SalesQualified",
  "status": "New",
  "substatus": "Pending",
  "target": [{"type": "SolutionProfile", "id": "SOL-70211-QNT"}],
  "customerProfile": {
    "name": "Nordkai Logistik AG",
    "size": "251to1000employees",
    "address": {"addressLine1": "Kaistrasse 8", "addressLine2": "", "city": "Hamburg", "state": "HH", "postalCode": "20457", "country": "DE"},
    "team": [],
    "ids": []
  },
  "consent": {"consentToToShareInfoWithOthers": true, "consentToContact": true, "consentToShareReferralWithMicrosoftSellers": false},
  "details": {
    "notes": "Pilot on two cranes, decision in autumn.",
    "dealValue": 48000.00,
    "currency": "EUR",
    "closingDateTime": "2026-10-30T00:00:00Z",
    "requirements": {
      "industries": [{"id": "Travel & Transportation"}],
      "products": [{"id": "Azure"}],
      "services": [{"id": "Integration"}],
      "solutions": [{"id": "SOL-70211-QNT", "name": "Crane Insight", "type": "Name"}]
    }
  },
  "team": [{"firstName": "Mira", "lastName": "Voss", "phoneNumber": "+49401234567", "email": "mira.voss@quantdock.example", "contactPreference": {"locale": "de-de", "disableNotifications": false}}]
}"#;

/// The partner's own referral of a co-sell deal.
pub(crate) const OWN_CO_SELL: &str = r#"{
  "name": "Clinic scheduling rollout",
  "externalReferenceId": "006Hn00001Rk2PQIAZ",
  "type": "Shared",
  "qualification": "SalesQualified",
  "target": [{"type": "SolutionProfile", "id": "SOL-70455-SCH"}],
  "customerProfile": {
    "name": "Aldermoor Health Trust",
    "address": {"addressLine1": "1 Mill Lane", "city": "Leeds", "state": "West Yorkshire", "postalCode": "LS1 4AP", "country": "GB"},
    "size": "1001to5000employees",
    "team": [{"firstName": "Priya", "lastName": "Nair", "phoneNumber": "+441132223344", "email": "priya.nair@aldermoor.example"}],
    "ids": []
  },
  "consent": {"consentToToShareInfoWithOthers": true, "consentToContact": true, "consentToShareReferralWithMicrosoftSellers": true},
  "details": {
    "notes": "Needs reference architecture for two regions.",
    "dealValue": 210000,
    "currency": "GBP",
    "closingDateTime": "2026-12-18T00:00:00Z",
    "requirements": {"industries": [{"id": "Healthcare"}], "products": [{"id": "Azure"}], "services": [], "solutions": [{"id": "SOL-70455-SCH", "name": "Rota Planner", "type": "Name"}]}
  },
  "team": [{"firstName": "Owen", "lastName": "Hale", "phoneNumber": "+442071112222", "email": "owen.hale@quantdock.example"}]
}"#;

/// The invitation to Microsoft for an engagement.
pub(crate) fn microsofts_copy(engagement: &str) -> String {
    format!(
        r#"{{
  "engagementId": "{engagement}",
  "name": "Clinic scheduling rollout",
  "type": "Shared",
  "qualification": "SalesQualified",
  "target": [{{"type": "BusinessProfileLocation", "id": "msft"}}],
  "customerProfile": {{
    "name": "Aldermoor Health Trust",
    "address": {{"addressLine1": "1 Mill Lane", "city": "Leeds", "state": "West Yorkshire", "postalCode": "LS1 4AP", "country": "GB"}},
    "team": [{{"firstName": "Priya", "lastName": "Nair", "phoneNumber": "+441132223344", "email": "priya.nair@aldermoor.example"}}],
    "ids": []
  }},
  "consent": {{"consentToToShareInfoWithOthers": true, "consentToContact": true, "consentToShareReferralWithMicrosoftSellers": true}},
  "details": {{
    "notes": "Needs reference architecture for two regions.",
    "dealValue": 210000,
    "currency": "GBP",
    "closingDateTime": "2026-12-18T00:00:00Z",
    "requirements": {{"solutions": [{{"id": "SOL-70455-SCH", "name": "Rota Planner", "type": "Name"}}]}}
  }},
  "inviteContext": {{"assistanceRequestCode": "CustomerTechnicalArchitecture", "notes": "Architecture review in September."}}
}}"#
    )
}
