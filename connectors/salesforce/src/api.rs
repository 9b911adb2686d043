//! The REST interface of one org: paths, headers, sign-in and the service's clock.
//!
//! Every request of this crate but the sign-in itself passes through [`Api::send`], which knows where the org is,
//! signs in once however many ask, and renews the sign-in once when it is no longer taken.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use connector_api::{ErrorClass, OperationError, OperationOutput, RecordWrite, Value};
use connector_http::transport::ANSWER_BYTES_MAX;
use connector_http::{AllowedHosts, Method, Request, Response, TokenSource, Transport};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::auth::SignIn;
use crate::clock::ServiceClock;
use crate::describe::CachedDescribe;
use crate::error;

/// The service refuses addresses longer than 16,384 bytes; some are left for the host.
const ADDRESS_BYTES_MAX: usize = 16_000;
/// Everything that could mean something in a path or a query is escaped.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Answer headers worth keeping in the journal.
const KEPT_HEADERS: [&str; 3] = ["etag", "last-modified", "sforce-limit-info"];

/// The interface of one org.
pub(crate) struct Api {
    transport: Transport,
    sign_in: SignIn,
    tokens: TokenSource,
    version: String,
    client_name: String,
    clock: ServiceClock,
    pub(crate) describes: Mutex<HashMap<String, CachedDescribe>>,
}

/// One call of the interface.
#[derive(Clone)]
pub(crate) struct ApiCall {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    writes: bool,
}

impl ApiCall {
    /// Reads.
    pub(crate) fn get(target: String) -> Self {
        Self {
            method: Method::GET,
            target,
            headers: Vec::new(),
            body: None,
            writes: false,
        }
    }

    /// Reads by a call that is too large for an address.
    pub(crate) fn read_by_post(target: String) -> Self {
        Self {
            method: Method::POST,
            ..Self::get(target)
        }
    }

    /// Writes, with the headers that keep a write from reassigning owners and from looking like a person's.
    pub(crate) fn write(method: Method, target: String) -> Self {
        Self {
            method,
            target,
            headers: vec![
                ("Sforce-Auto-Assign".into(), "FALSE".into()),
                ("Sforce-Mru".into(), "updateMru=false".into()),
            ],
            body: None,
            writes: true,
        }
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }
}

impl Api {
    /// An interface that nobody has signed in to yet.
    pub(crate) fn new(transport: Transport, sign_in: SignIn, version: String, client_name: String) -> Self {
        Self {
            tokens: TokenSource::new(sign_in.clone()),
            transport,
            sign_in,
            version,
            client_name,
            clock: ServiceClock::default(),
            describes: Mutex::default(),
        }
    }

    /// The version all calls use.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// What time it is at the service.
    pub(crate) fn clock(&self) -> &ServiceClock {
        &self.clock
    }

    /// The path of a resource; each segment is escaped.
    pub(crate) fn path(&self, segments: &[&str]) -> String {
        let mut path = format!("/services/data/v{}", self.version);
        for segment in segments {
            path.push('/');
            path.push_str(&escaped(segment));
        }
        path
    }

    /// Signs in if nobody has, and says where the org is.
    pub(crate) async fn instance_host(&self) -> Result<String, OperationError> {
        self.tokens.token().await?;
        let session = self.sign_in.session()?;
        Ok(session.instance.host_str().unwrap_or_default().to_owned())
    }

    /// The id of the user all calls act for.
    pub(crate) async fn user_id(&self) -> Result<String, OperationError> {
        self.tokens.token().await?;
        self.sign_in.session()?.user_id.ok_or_else(|| {
            OperationError::new(
                ErrorClass::UnexpectedResponse,
                "incomplete_sign_in",
                "the sign-in succeeded but its answer has no `id`, which names the user",
            )
        })
    }

    /// Sends one call and hands back any answer.
    pub(crate) async fn send(&self, call: ApiCall) -> Result<Response, OperationError> {
        if call.target.len() > ADDRESS_BYTES_MAX {
            return Err(OperationError::new(
                ErrorClass::Rejected,
                "address_too_long",
                format!(
                    "the query or the list of fields makes an address of {} bytes; the service takes {ADDRESS_BYTES_MAX}: \
                     name fewer fields or ask in parts",
                    call.target.len()
                ),
            ));
        }
        self.tokens
            .with_token(|token| {
                let call = call.clone();
                async move {
                    let instance = self.sign_in.session()?.instance;
                    let url = instance
                        .join(&call.target)
                        .ok()
                        .filter(|url| url.origin() == instance.origin())
                        .ok_or_else(|| {
                            OperationError::new(
                                ErrorClass::UnexpectedResponse,
                                "address_elsewhere",
                                "the service pointed to an address that is not its own",
                            )
                        })?;
                    let transport = self
                        .transport
                        .narrowed(AllowedHosts::new().with_url(&instance), ANSWER_BYTES_MAX);
                    let mut request = Request::new(call.method, url).bearer(&token);
                    request.headers.extend(call.headers);
                    if !call.writes {
                        request = request.harmless();
                    } else {
                        request =
                            request.header("Sforce-Call-Options", format!("client={}", self.client_name));
                    }
                    if let Some(body) = call.body {
                        request = request.json(body);
                    }
                    let sent = Instant::now();
                    let response = transport.send(request).await?;
                    self.clock.observe(&response, sent, Instant::now());
                    Ok(response)
                }
            })
            .await
    }

    /// Sends one call; an answer that is no success is an error.
    pub(crate) async fn succeed(&self, call: ApiCall) -> Result<Response, OperationError> {
        let response = self.send(call).await?;
        if response.is_success() {
            Ok(response)
        } else {
            Err(error::of_response(&response))
        }
    }
}

/// Text as one segment of a path or one value of a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

/// What an operation hands back for an answer.
pub(crate) fn output(response: &Response, body: Value, writes: Vec<RecordWrite>) -> OperationOutput {
    OperationOutput {
        status: Some(response.status),
        headers: KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), response.header(name)?.to_owned())))
            .collect(),
        body,
        writes,
    }
}

/// The error for an answer of success that lacks what it must have.
pub(crate) fn incomplete(response: &Response, missing: &str) -> OperationError {
    OperationError {
        status: Some(response.status),
        body: response.json().ok(),
        ..OperationError::new(
            ErrorClass::UnexpectedResponse,
            "incomplete_answer",
            format!("the service answered {} without `{missing}`", response.status),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segments_cannot_leave_their_place() {
        for (segment, expected) in [
            ("a/b", "a%2Fb"),
            ("a b+c", "a%20b%2Bc"),
            ("../x?y#z", "..%2Fx%3Fy%23z"),
            ("grün", "gr%C3%BCn"),
            ("A-1_b.c~", "A-1_b.c~"),
        ] {
            assert_eq!(escaped(segment), expected);
        }
    }
}
