//! Sends requests within limits and only to allowed hosts, and says for every failure whether anything was sent.

use std::num::NonZeroU32;
use std::sync::Arc;

use connector_api::{ErrorClass, OperationError};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{Client, Method};
use tokio::sync::Semaphore;

use crate::auth::TokenSource;
use crate::client::innermost;
use crate::hosts::{AllowedHosts, is_private};
use crate::request::{Body, Request};
use crate::response::Response;

/// Largest answer read, after decompression.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How hard a service may be pressed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls in flight at once.
    pub concurrency: usize,
    /// Calls started within a second.
    pub requests_per_second: NonZeroU32,
}

/// A client with manners, shared by all calls of one connection. Cloning shares the limits.
#[derive(Clone)]
pub struct Transport {
    client: Client,
    hosts: AllowedHosts,
    slots: Arc<Semaphore>,
    rate: Arc<DefaultDirectRateLimiter>,
    answer_bytes_max: usize,
}

impl Transport {
    /// A transport that calls `hosts` only.
    pub fn new(client: Client, hosts: AllowedHosts, limits: Limits) -> Self {
        Self {
            client,
            hosts,
            slots: Arc::new(Semaphore::new(
                limits.concurrency.clamp(1, Semaphore::MAX_PERMITS),
            )),
            rate: Arc::new(RateLimiter::direct(Quota::per_second(limits.requests_per_second))),
            answer_bytes_max: ANSWER_BYTES_MAX,
        }
    }

    /// The same transport, sharing its limits, for other hosts and with another cap on the size of an answer.
    pub fn narrowed(&self, hosts: AllowedHosts, answer_bytes_max: usize) -> Self {
        Self {
            hosts,
            answer_bytes_max: answer_bytes_max.min(ANSWER_BYTES_MAX),
            ..self.clone()
        }
    }

    /// Sends one request and reads the answer to its end, whatever its status.
    ///
    /// Errors: `Rejected` when the host is not allowed or the request cannot be built; `Transient` when nothing was
    /// sent; once something was sent, `Transient` for a harmless request and `OutcomeUnknown` for any other;
    /// `UnexpectedResponse` for an answer larger than [`ANSWER_BYTES_MAX`].
    pub async fn send(&self, request: Request) -> Result<Response, OperationError> {
        self.admit(&request)?;
        let _slot =
            self.slots.acquire().await.map_err(|_| {
                OperationError::new(ErrorClass::Transient, "closed", "the connection is closed")
            })?;
        self.pace().await;
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let (harmless, confidential) = (request.harmless, request.confidential);
        tracing::debug!(?request, "sending");
        let answer = self
            .build(request)
            .send()
            .await
            .map_err(|error| failure(&error, &host, harmless))?;
        let response = self.read(answer, &host, harmless).await?;
        tracing::debug!(host, status = response.status, "answered");
        Ok(response.answering(harmless, confidential))
    }

    /// Sends one request signed in with a bearer token. When the service answers 401, it is sent once more with a
    /// fresh token; a second 401 is handed back as it is, and its class is `Unauthorized`.
    pub async fn send_as(&self, tokens: &TokenSource, request: Request) -> Result<Response, OperationError> {
        self.admit(&request)?;
        tokens
            .with_token(|token| {
                let request = request.clone().bearer(&token);
                self.send(request)
            })
            .await
    }

    fn admit(&self, request: &Request) -> Result<(), OperationError> {
        let host = request.url.host_str().unwrap_or_default();
        if !self.hosts.allows(&request.url) {
            return Err(OperationError::new(
                ErrorClass::Rejected,
                "host_not_allowed",
                format!("`{host}` is not a host of this connection; nothing was sent"),
            ));
        }
        if !is_private(&request.url) {
            return Err(OperationError::new(
                ErrorClass::Rejected,
                "plain_http",
                format!("`{host}` would be called without encryption; use an https address"),
            ));
        }
        Ok(())
    }

    /// Waits for the turn given by the rate limit.
    async fn pace(&self) {
        let clock = DefaultClock::default();
        while let Err(not_yet) = self.rate.check() {
            tokio::time::sleep(not_yet.wait_time_from(clock.now())).await;
        }
    }

    fn build(&self, request: Request) -> reqwest::RequestBuilder {
        let is_post = request.method == Method::POST;
        let mut builder = self.client.request(request.method, request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        match request.body {
            // Some services turn down a POST that does not say that it is empty.
            Body::None if is_post => builder.header("content-length", "0"),
            Body::None => builder,
            Body::Json(value) => {
                if !request
                    .headers
                    .iter()
                    .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                {
                    builder = builder.header("content-type", "application/json");
                }
                builder.body(value.to_json())
            }
            Body::Form(fields) => builder.form(&fields),
            Body::Bytes { content_type, bytes } => builder.header("content-type", content_type).body(bytes),
        }
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        host: &str,
        harmless: bool,
    ) -> Result<Response, OperationError> {
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| OperationError {
            status: Some(status),
            ..failure(&error, host, harmless)
        })? {
            if body.len() + piece.len() > self.answer_bytes_max {
                return Err(OperationError {
                    status: Some(status),
                    ..OperationError::new(
                        ErrorClass::UnexpectedResponse,
                        "answer_too_large",
                        format!("`{host}` sent more than {} bytes", self.answer_bytes_max),
                    )
                });
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response::new(status, headers, body))
    }
}

fn failure(error: &reqwest::Error, host: &str, harmless: bool) -> OperationError {
    let cause = innermost(error);
    if error.is_builder() {
        let message = format!("the request to `{host}` cannot be built: {cause}");
        return OperationError::new(ErrorClass::Rejected, "invalid_request", message);
    }
    if error.is_connect() {
        let (code, message) = if error.is_dns() {
            (
                "dns_failed",
                format!("the name `{host}` could not be looked up: {cause}"),
            )
        } else if error.is_timeout() {
            (
                "connect_timed_out",
                format!("`{host}` could not be reached in time"),
            )
        } else if is_refused(error) {
            ("connection_refused", format!("`{host}` refused the connection"))
        } else {
            ("connection_failed", format!("no connection to `{host}`: {cause}"))
        };
        return OperationError::new(ErrorClass::Transient, code, message);
    }
    let class = if harmless {
        ErrorClass::Transient
    } else {
        ErrorClass::OutcomeUnknown
    };
    let (code, message) = if error.is_timeout() {
        ("timed_out", format!("`{host}` did not answer in time"))
    } else {
        (
            "connection_lost",
            format!("the connection to `{host}` broke off: {cause}"),
        )
    };
    OperationError::new(class, code, message)
}

fn is_refused(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(io) = current.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return true;
        }
        next = current.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use connector_api::{Value, value::object};
    use url::Url;

    use super::*;
    use crate::client::{ClientOptions, client};
    use crate::stub::{Exchange, Stub, closed_address};

    fn transport_to(url: &Url) -> Transport {
        let options = ClientOptions {
            no_proxy: true,
            ..ClientOptions::default()
        };
        let limits = Limits {
            concurrency: 4,
            requests_per_second: NonZeroU32::new(100).unwrap(),
        };
        let hosts = AllowedHosts::new().with_url(url);
        Transport::new(client(&options).unwrap(), hosts, limits)
    }

    #[tokio::test]
    async fn sends_exact_numbers_and_reads_them_back() {
        let stub = Stub::start([Exchange::json(201, r#"{"amount":9999999999999999.99}"#)]).await;
        let url = stub.url("/things?x=1");
        let amount = Value::from_json("48000.00").unwrap();
        let request = Request::post(url)
            .header("x-test", "yes")
            .json(object([("amount", amount)]));
        let response = transport_to(&stub.url("/")).send(request).await.unwrap();
        assert_eq!(response.status, 201);
        assert_eq!(
            response.json().unwrap().to_json(),
            r#"{"amount":9999999999999999.99}"#
        );
        let [seen] = &stub.requests()[..] else {
            panic!("one request")
        };
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            ("POST", "/things?x=1")
        );
        assert_eq!(seen.header("x-test"), Some("yes"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert!(seen.header("user-agent").unwrap().starts_with("engine/"));
        assert_eq!(seen.text(), r#"{"amount":48000.00}"#);
    }

    #[tokio::test]
    async fn forms_are_encoded() {
        let stub = Stub::start([Exchange::json(200, "{}")]).await;
        let request = Request::post(stub.url("/token")).form(vec![("a".into(), "x y&z".into())]);
        transport_to(&stub.url("/")).send(request).await.unwrap();
        assert_eq!(stub.requests()[0].text(), "a=x+y%26z");
    }

    #[tokio::test]
    async fn an_empty_post_says_so() {
        let stub = Stub::start([Exchange::json(200, "{}")]).await;
        let request = Request::post(stub.url("/"));
        transport_to(&stub.url("/")).send(request).await.unwrap();
        assert_eq!(stub.requests()[0].header("content-length"), Some("0"));
    }

    #[tokio::test]
    async fn other_hosts_are_refused_before_anything_is_sent() {
        let stub = Stub::start([]).await;
        let transport = transport_to(&Url::parse("https://api.example.com").unwrap());
        let error = transport.send(Request::get(stub.url("/"))).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "host_not_allowed")
        );
        assert!(stub.requests().is_empty());
        let plain = Url::parse("http://api.example.com:443/").unwrap();
        let error = transport.send(Request::get(plain)).await.unwrap_err();
        assert_eq!(error.code, "plain_http");
    }

    #[tokio::test]
    async fn failures_say_whether_anything_was_sent() {
        let closed = closed_address().await;
        for request in [Request::get(closed.clone()), Request::post(closed.clone())] {
            let error = transport_to(&closed).send(request).await.unwrap_err();
            assert_eq!(
                (error.class, error.code.as_str()),
                (ErrorClass::Transient, "connection_refused")
            );
        }
        for (exchange, harmless, class) in [
            (Exchange::drop_connection(), true, ErrorClass::Transient),
            (Exchange::drop_connection(), false, ErrorClass::OutcomeUnknown),
            (
                Exchange::json(200, "{\"a\":1}").cut_short(),
                true,
                ErrorClass::Transient,
            ),
            (
                Exchange::json(200, "{\"a\":1}").cut_short(),
                false,
                ErrorClass::OutcomeUnknown,
            ),
        ] {
            let stub = Stub::start([exchange]).await;
            let mut request = Request::post(stub.url("/"));
            request.harmless = harmless;
            let error = transport_to(&stub.url("/")).send(request).await.unwrap_err();
            assert_eq!((error.class, error.code.as_str()), (class, "connection_lost"));
        }
    }

    #[tokio::test]
    async fn large_answers_are_cut_off() {
        let stub = Stub::start([Exchange::text(200, "text/plain", &"x".repeat(2000))]).await;
        let transport = transport_to(&stub.url("/"));
        let narrow = transport.narrowed(AllowedHosts::new().with_url(&stub.url("/")), 1000);
        let error = narrow.send(Request::get(stub.url("/"))).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::UnexpectedResponse, "answer_too_large")
        );
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let target = Stub::start([]).await;
        let away = Exchange::text(302, "text/plain", "").header("location", target.url("/").as_str());
        let stub = Stub::start([away]).await;
        let response = transport_to(&stub.url("/"))
            .send(Request::get(stub.url("/")))
            .await
            .unwrap();
        assert_eq!(response.status, 302);
        assert_eq!(response.class(), ErrorClass::UnexpectedResponse);
        assert!(target.requests().is_empty());
    }

    #[tokio::test]
    async fn header_values_that_cannot_be_sent_are_refused() {
        let stub = Stub::start([]).await;
        let request = Request::get(stub.url("/")).header("x-test", "two\r\nlines");
        let error = transport_to(&stub.url("/")).send(request).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "invalid_request")
        );
        assert!(stub.requests().is_empty());
    }
}
