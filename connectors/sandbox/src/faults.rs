//! Faults on demand: rules set through the admin API that make a service slow, failing or forgetful.
//!
//! Both services run behind one middleware, [`inject`]. It knows nothing of either but the shape of its errors.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use connector_api::{Value, value::object};
use serde::{Deserialize, Serialize};

use crate::body::json;
use crate::listener::Cut;
use crate::shared::Shared;

/// How many rules may be set at once.
const RULES_MAX: usize = 1_000;
/// The longest delay a rule may ask for.
const LATENCY_MS_MAX: u64 = 600_000;

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Service {
    PartnerCenter,
    Salesforce,
}

/// What goes wrong, for which requests, and how often.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Any service when absent.
    #[serde(default)]
    pub(crate) service: Option<Service>,
    /// Any method when absent.
    #[serde(default)]
    pub(crate) method: Option<String>,
    /// Part of the path and query; every path when empty.
    #[serde(default)]
    pub(crate) path: String,
    /// For how many more requests the rule holds.
    #[serde(default = "once")]
    pub(crate) remaining: u32,
    /// How many matching requests pass untouched before the rule begins.
    #[serde(default)]
    pub(crate) after: u32,
    /// Wait before doing anything.
    #[serde(default)]
    pub(crate) latency_ms: u64,
    /// Answer with this status and the service's own error body instead of doing anything.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// `Retry-After` beside that status, in seconds.
    #[serde(default)]
    pub(crate) retry_after: Option<u32>,
    /// Answer with an HTML page (status 503 unless `status` says otherwise), as a proxy in between would.
    #[serde(default)]
    pub(crate) html: bool,
    /// Do what is asked, then cut the connection instead of answering.
    #[serde(default)]
    pub(crate) lost_response: bool,
    /// Answer a read from before the last write.
    #[serde(default)]
    pub(crate) stale_read: bool,
}

fn once() -> u32 {
    1
}

/// Marks a request whose reads are to be answered from before the last write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StaleRead;

/// The rules in force, oldest first.
#[derive(Default)]
pub(crate) struct Faults {
    rules: Mutex<VecDeque<Rule>>,
}

impl Faults {
    /// Adds a rule; the error says why it cannot hold.
    pub(crate) fn add(&self, rule: Rule) -> Result<(), String> {
        if rule.latency_ms > LATENCY_MS_MAX {
            return Err(format!("`latency_ms` may be at most {LATENCY_MS_MAX}"));
        }
        if let Some(status) = rule.status
            && !(200..=599).contains(&status)
        {
            return Err("`status` must be between 200 and 599".to_owned());
        }
        let mut rules = self.lock();
        if rules.len() >= RULES_MAX {
            return Err(format!(
                "at most {RULES_MAX} faults can be set; delete some first"
            ));
        }
        rules.push_back(rule);
        Ok(())
    }

    pub(crate) fn list(&self) -> Vec<Rule> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The first rule that fits the request, counted down.
    fn take(&self, service: Service, method: &str, path: &str) -> Option<Rule> {
        let mut rules = self.lock();
        for index in 0..rules.len() {
            let rule = &mut rules[index];
            let fits = rule.service.is_none_or(|wanted| wanted == service)
                && rule
                    .method
                    .as_deref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && path.contains(rule.path.as_str());
            if !fits {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            let taken = rule.clone();
            rule.remaining = rule.remaining.saturating_sub(1);
            if rule.remaining == 0 {
                rules.remove(index);
            }
            return Some(taken);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Middleware: applies the first fitting rule to a request of `service`.
pub(crate) async fn inject(
    State((shared, service)): State<(Arc<Shared>, Service)>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().to_string();
    let Some(rule) = shared.faults.take(service, request.method().as_str(), &path) else {
        return next.run(request).await;
    };
    if rule.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
    }
    if rule.html || rule.status.is_some() {
        return refusal(&rule, service);
    }
    if rule.stale_read {
        request.extensions_mut().insert(StaleRead);
    }
    let cut = request.extensions().get::<ConnectInfo<Cut>>().cloned();
    let response = next.run(request).await;
    match cut {
        Some(ConnectInfo(cut)) if rule.lost_response => {
            cut.cut();
            response
        }
        _ => response,
    }
}

fn refusal(rule: &Rule, service: Service) -> Response {
    let status = rule
        .status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = if rule.html {
        let page = "<!DOCTYPE html><html><head><title>Service Unavailable</title></head>\
                    <body><h2>Service Unavailable</h2><p>HTTP Error 503. The service is unavailable.</p></body></html>";
        let mut response = Response::new(Body::from(page));
        *response.status_mut() = status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=us-ascii"),
        );
        response
    } else {
        json(status, &error_body(service, status, rule.retry_after))
    };
    if let Some(seconds) = rule.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn error_body(service: Service, status: StatusCode, retry_after: Option<u32>) -> Value {
    match service {
        Service::PartnerCenter if status == StatusCode::TOO_MANY_REQUESTS => {
            let seconds = retry_after.unwrap_or(1);
            object([
                ("statusCode", Value::from(429)),
                (
                    "message",
                    format!("Rate limit is exceeded. Try again in {seconds} seconds.").into(),
                ),
            ])
        }
        Service::PartnerCenter => {
            let code = match status.as_u16() {
                401 => "unauthenticated",
                403 => "accessDenied",
                404 => "itemNotFound",
                409 => "resourceModified",
                412 => "preconditionFailed",
                503 => "serviceNotAvailable",
                400..=499 => "invalidRequest",
                _ => "generalException",
            };
            object([(
                "error",
                object([
                    ("code", code.into()),
                    (
                        "message",
                        "A fault set on the sandbox answered this request.".into(),
                    ),
                ]),
            )])
        }
        Service::Salesforce => {
            let code = match status.as_u16() {
                401 => "INVALID_SESSION_ID",
                403 | 429 => "REQUEST_LIMIT_EXCEEDED",
                404 => "NOT_FOUND",
                409 => "UNABLE_TO_LOCK_ROW",
                503 => "SERVER_UNAVAILABLE",
                400..=499 => "UNKNOWN_EXCEPTION",
                _ => "UNKNOWN_EXCEPTION",
            };
            Value::Array(vec![object([
                (
                    "message",
                    "A fault set on the sandbox answered this request.".into(),
                ),
                ("errorCode", code.into()),
            ])])
        }
    }
}
