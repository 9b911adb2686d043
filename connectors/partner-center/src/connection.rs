//! A configured connection: two services, their tokens, and one call after the other. Holds nothing of a run.

use std::sync::Arc;
use std::time::Duration;

use connector_api::connection::BoxFuture;
use connector_api::{
    CallContext, CheckItem, Connection, ErrorClass, OperationCall, OperationError, OperationOutput,
    RecordWrite, SettingsError, Value, WebhookError, WebhookRequest,
};
use connector_http::{
    AllowedHosts, ClientOptions, Limits, Method, Request, Response, TokenSource, Transport, Url, client,
    is_loopback,
};
use uuid::Uuid;

use crate::settings::Config;
use crate::sign_in::{Audience, SignIn};
use crate::webhook::Verifier;
use crate::{check, error, operations, webhook};

const REFERRALS_PATH: &str = "/v1.0/engagements/referrals";
const REGISTRATION_PATH: &str = "/webhooks/v1/registration";

/// One connection to Partner Center.
pub(crate) struct PartnerCenter {
    transport: Transport,
    referrals: Service,
    webhooks: Service,
    caller_id: Option<Uuid>,
    portal_link: Option<String>,
    list_delay: Duration,
    verifier: Verifier,
}

/// One of the two services.
pub(crate) struct Service {
    base: Url,
    pub(crate) tokens: TokenSource,
}

impl PartnerCenter {
    /// Makes a connection; uses no network.
    pub(crate) fn new(config: Config) -> Result<Self, Vec<SettingsError>> {
        let urls = [
            &config.referrals_url,
            &config.webhooks_url,
            &config.sign_in.login_url,
        ];
        let options = ClientOptions {
            no_proxy: urls.iter().all(|url| is_loopback(url)),
            ca_file: config.ca_file,
            ..ClientOptions::default()
        };
        let client = client(&options).map_err(|error| {
            vec![SettingsError {
                setting: "ca_file".into(),
                message: error.to_string(),
            }]
        })?;
        let hosts = urls
            .iter()
            .fold(AllowedHosts::new(), |hosts, url| hosts.with_url(url));
        let limits = Limits {
            concurrency: config.concurrency,
            requests_per_second: config.requests_per_second,
        };
        let transport = Transport::new(client.clone(), hosts, limits);
        let certificates = Transport::new(client, AllowedHosts::new(), webhook::limits());
        let sign_in = Arc::new(SignIn::new(transport.clone(), config.sign_in));
        let service = |base, audience, takes_application| Service {
            base,
            tokens: TokenSource::new(Audience {
                sign_in: Arc::clone(&sign_in),
                audience,
                takes_application,
            }),
        };
        Ok(Self {
            referrals: service(config.referrals_url, config.referrals_audience, false),
            webhooks: service(config.webhooks_url, config.webhooks_audience, true),
            verifier: Verifier::new(&certificates, config.webhook),
            caller_id: config.caller_id,
            portal_link: config.portal_link,
            list_delay: config.list_delay,
            transport,
        })
    }

    pub(crate) fn referrals(&self) -> &Service {
        &self.referrals
    }

    pub(crate) fn webhooks(&self) -> &Service {
        &self.webhooks
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn portal_link(&self) -> Option<&str> {
        self.portal_link.as_deref()
    }

    pub(crate) fn list_delay(&self) -> Duration {
        self.list_delay
    }

    /// The address of the list of referrals with that query.
    pub(crate) fn referrals_url(&self, query: &str) -> Url {
        let mut url = below(&self.referrals.base, REFERRALS_PATH);
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    /// The address of one referral.
    pub(crate) fn referral_url(&self, id: Uuid) -> Url {
        below(&self.referrals.base, &format!("{REFERRALS_PATH}/{id}"))
    }

    /// The address of the webhook registration, or of something below it.
    pub(crate) fn registration_url(&self, path: &str) -> Url {
        below(&self.webhooks.base, &format!("{REGISTRATION_PATH}{path}"))
    }

    /// Calls the Referrals API and hands back the answer, whatever its status.
    pub(crate) async fn ask_referrals(
        &self,
        request: Request,
        context: &CallContext,
    ) -> Result<Response, OperationError> {
        let mut request = request
            .header("accept", "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .header("ms-correlationid", context.run_id.to_string());
        if let Some(caller) = self.caller_id {
            request = request.header("x-caller-id", caller.to_string());
        }
        self.transport.send_as(&self.referrals.tokens, request).await
    }

    /// Calls the webhook API and hands back the answer, whatever its status.
    pub(crate) async fn ask_webhooks(
        &self,
        request: Request,
        context: &CallContext,
    ) -> Result<Response, OperationError> {
        let request = request
            .header("accept", "application/json")
            .header("ms-requestid", context.idempotency_key.to_string())
            .header("ms-correlationid", context.run_id.to_string())
            .header("ms-contract-version", "v1");
        self.transport.send_as(&self.webhooks.tokens, request).await
    }

    /// Reads one referral.
    pub(crate) async fn read_referral(
        &self,
        id: Uuid,
        context: &CallContext,
    ) -> Result<OperationOutput, OperationError> {
        let request = Request::get(self.referral_url(id));
        let response = succeeded(self.ask_referrals(request, context).await?)?;
        output_of(&response)
    }

    /// Creates a referral. Whenever it stays open whether the service did it, the error says so.
    pub(crate) async fn create(
        &self,
        referral: Value,
        context: &CallContext,
    ) -> Result<OperationOutput, OperationError> {
        let request = Request::post(self.referrals_url("")).json(referral.clone());
        let response = succeeded(self.ask_referrals(request, context).await?)?;
        let mut output = output_of(&response).map_err(|error| OperationError {
            class: ErrorClass::OutcomeUnknown,
            ..error
        })?;
        let id = id_of(&output.body).map_err(|error| OperationError {
            class: ErrorClass::OutcomeUnknown,
            ..error
        })?;
        output.writes = vec![written(id, referral)];
        Ok(output)
    }

    /// A request with the content type that the service asks for.
    pub(crate) fn patch(&self, id: Uuid) -> Request {
        Request::new(Method::PATCH, self.referral_url(id))
    }
}

/// The referral that was written, for those who watch for changes that are not our own.
pub(crate) fn written(id: String, fields: Value) -> RecordWrite {
    RecordWrite {
        object: "Referral".into(),
        id,
        fields,
    }
}

/// A referral's id.
pub(crate) fn id_of(referral: &Value) -> Result<String, OperationError> {
    referral
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| {
            OperationError::new(
                ErrorClass::UnexpectedResponse,
                "no_id",
                "the service answered with a referral that has no `id`",
            )
        })
}

/// The answer, or the error that it is.
pub(crate) fn succeeded(response: Response) -> Result<Response, OperationError> {
    if response.is_success() {
        Ok(response)
    } else {
        Err(error::from_response(&response))
    }
}

/// The output of an answer with a JSON body.
pub(crate) fn output_of(response: &Response) -> Result<OperationOutput, OperationError> {
    let body = response.json().map_err(|error| OperationError {
        request_id: error::request_id(response),
        ..error
    })?;
    Ok(output_with(response, body))
}

/// The output of an answer, with a body of our own making.
pub(crate) fn output_with(response: &Response, body: Value) -> OperationOutput {
    const KEPT: [&str; 3] = ["etag", "request-id", "ms-requestid"];
    let headers = KEPT
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), response.header(name)?.to_owned())))
        .collect();
    OperationOutput {
        status: Some(response.status),
        headers,
        body,
        writes: Vec::new(),
    }
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

impl Connection for PartnerCenter {
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>> {
        Box::pin(check::check(self))
    }

    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            let operation = operations::all()
                .iter()
                .find(|operation| operation.name == call.operation)
                .ok_or_else(|| {
                    OperationError::new(
                        ErrorClass::Rejected,
                        "unknown_operation",
                        format!("this connector has no operation `{}`", call.operation),
                    )
                })?;
            (operation.run)(self, &call).await
        })
    }

    fn verify<'a>(&'a self, request: &'a WebhookRequest) -> BoxFuture<'a, Result<(), WebhookError>> {
        Box::pin(self.verifier.verify(request))
    }
}
