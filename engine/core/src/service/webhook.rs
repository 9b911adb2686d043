//! The door for HTTP requests: verified, checked and on disk before they are acknowledged.

use std::time::Duration;

use connector_api::{Value, WebhookError, WebhookRequest, value::object};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::flow::{ActionKind, Block, Flow, TriggerKind};
use crate::service::names::{key, truth};
use crate::service::{Host, Progress, ServiceError, identity};
use crate::store::{Acceptance, NewEvent, StoreError};

/// Longest wait for a flow's `response`.
const RESPONSE_WAIT: Duration = Duration::from_secs(120);
/// Most events one request may carry through `split_on`.
const SPLIT_MAX: usize = 1_000;
/// Headers that are never handed to flows: they carry credentials. Signatures are left out too.
const HIDDEN_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A request to a flow's address.
#[derive(Debug)]
pub struct HttpCall {
    /// The flow's id.
    pub flow: String,
    /// The secret part of the address.
    pub secret: String,
    /// The method, upper case.
    pub method: String,
    /// The query, decoded.
    pub queries: Vec<(String, String)>,
    /// Headers and body.
    pub request: WebhookRequest,
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body; `{error: {code, message}}` for refusals.
    pub body: Value,
}

impl Host {
    /// Takes a request. Nothing starts from one that is not verified; an accepted one is on disk when this returns.
    pub async fn accept_http(&self, call: HttpCall) -> HttpAnswer {
        let flow_id = call.flow.clone();
        match self.try_accept_http(call).await {
            Ok(answer) => answer,
            // Who tries addresses gets no place in the log of what happened, nor does the name it made up.
            Err(refusal) if refusal.status == 404 => refusal.answer(),
            Err(refusal) => {
                let _ = self.inner.progress.send(Progress::Refused {
                    flow: flow_id,
                    status: refusal.status,
                    message: refusal.message.clone(),
                });
                refusal.answer()
            }
        }
    }

    async fn try_accept_http(&self, call: HttpCall) -> Result<HttpAnswer, Refusal> {
        let not_found = || Refusal::new(404, "not_found", "there is no flow at this address");
        let flow = self
            .inner
            .edition
            .solution
            .flows
            .get(&call.flow)
            .ok_or_else(not_found)?;
        let TriggerKind::HttpRequest {
            method,
            schema,
            signature,
        } = &flow.trigger.kind
        else {
            return Err(not_found());
        };
        let secret = self.inner.secrets.get(&flow.id).ok_or_else(not_found)?;
        if !equal_in_constant_time(secret.as_bytes(), call.secret.as_bytes()) {
            return Err(not_found());
        }
        if self.inner.stop.is_cancelled() {
            return Err(Refusal::new(503, "stopping", "the engine is stopping"));
        }
        if self.inner.off.contains(&flow.id) {
            return Err(Refusal::new(503, "off", "this flow is off"));
        }
        if &call.method != method {
            return Err(Refusal::new(
                405,
                "method_not_allowed",
                format!("this flow takes {method}"),
            ));
        }
        if let Some(signature) = signature {
            let connection = self.inner.connections.get(&signature.value);
            let connection = connection
                .ok_or_else(|| Refusal::new(503, "no_connection", "the verifying connection is missing"))?;
            connection
                .verify(&call.request)
                .await
                .map_err(|error| match error {
                    WebhookError::Malformed(message) => Refusal::new(400, "malformed", message),
                    WebhookError::Unverified(message) => Refusal::new(401, "unverified", message),
                    WebhookError::Unavailable(message) => Refusal::new(503, "unavailable", message),
                })?;
        }
        let body = body(&call.request.body)?;
        if let Some(schema) = schema {
            let faults = crate::run::faults(&body, &schema.value);
            if !faults.is_empty() {
                return Err(Refusal::new(400, "schema", faults.join("; ")));
            }
        }
        let headers = call
            .request
            .headers
            .iter()
            .filter(|(name, _)| !HIDDEN_HEADERS.contains(&name.as_str()) && !name.contains("signature"));
        let extra = vec![
            (
                "headers".to_owned(),
                headers
                    .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                    .collect(),
            ),
            (
                "queries".to_owned(),
                call.queries
                    .into_iter()
                    .map(|(name, value)| (name, Value::from(value)))
                    .collect(),
            ),
        ];
        let events = self.events(flow, body, extra).await?;
        self.accept_and_answer(flow, events).await
    }

    async fn accept_and_answer(&self, flow: &Flow, events: Vec<NewEvent>) -> Result<HttpAnswer, Refusal> {
        let answers = events.len() == 1 && flow.trigger.split_on.is_none() && has_response(&flow.actions);
        let mut waiting = None;
        if answers {
            let (sender, receiver) = oneshot::channel();
            self.callers().insert(events[0].id, sender);
            waiting = Some(receiver);
        }
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        let accepted = match self.accept(flow, events).await {
            Ok(accepted) => accepted,
            Err(error) => {
                ids.iter().for_each(|id| drop(self.callers().remove(id)));
                return Err(error.into());
            }
        };
        let started: Vec<String> = ids
            .iter()
            .zip(&accepted)
            .filter(|(_, acceptance)| matches!(acceptance, Acceptance::Accepted))
            .map(|(id, _)| id.to_string())
            .collect();
        if started.is_empty() {
            ids.iter().for_each(|id| drop(self.callers().remove(id)));
        } else if let Some(receiver) = waiting {
            // A caller who waits is told what the flow answers; the run goes on either way.
            return Ok(match tokio::time::timeout(RESPONSE_WAIT, receiver).await {
                Ok(Ok(response)) => HttpAnswer {
                    status: response.status,
                    headers: response.headers,
                    body: response.body.unwrap_or(Value::Null),
                },
                Ok(Err(_)) if self.inner.stop.is_cancelled() => Refusal::new(
                    504,
                    "stopping",
                    "the engine is stopping; the run goes on when it starts again",
                )
                .answer(),
                Ok(Err(_)) => Refusal::new(502, "NoResponse", "the run ended without an answer").answer(),
                Err(_) => Refusal::new(504, "timed_out", "the run has not answered yet and goes on").answer(),
            });
        }
        Ok(HttpAnswer {
            status: 202,
            headers: started
                .first()
                .map(|id| ("x-ms-workflow-run-id".to_owned(), id.clone()))
                .into_iter()
                .collect(),
            body: object([(
                "events",
                Value::Array(started.into_iter().map(Value::from).collect()),
            )]),
        })
    }

    /// The events a body stands for: split, filtered, keyed. A fault in the trigger's expressions refuses the body.
    pub(super) async fn events(
        &self,
        flow: &Flow,
        body: Value,
        extra: Vec<(String, Value)>,
    ) -> Result<Vec<NewEvent>, Refusal> {
        let trigger = &flow.trigger;
        let whole = self.trigger_value(flow, body, extra.clone()).await?;
        let parts = match &trigger.split_on {
            None => vec![whole],
            Some(template) => {
                let context = self
                    .trigger_names(&whole, &Value::Null)
                    .context(self.inner.carrier.now(), 0);
                match template
                    .evaluate(&context)
                    .map_err(|error| Refusal::new(400, "split_on", error.message))?
                {
                    Value::Null => Vec::new(),
                    Value::Array(items) if items.len() <= SPLIT_MAX => {
                        let mut parts = Vec::with_capacity(items.len());
                        for item in items {
                            parts.push(self.trigger_value(flow, item, extra.clone()).await?);
                        }
                        parts
                    }
                    Value::Array(_) => {
                        return Err(Refusal::new(
                            413,
                            "split_on",
                            format!("more than {SPLIT_MAX} elements in one request"),
                        ));
                    }
                    other => {
                        return Err(Refusal::new(
                            400,
                            "split_on",
                            format!("`split_on` must give a list, not {}", other.kind()),
                        ));
                    }
                }
            }
        };
        let mut events = Vec::with_capacity(parts.len());
        for part in parts {
            let now = self.inner.carrier.now();
            let context = self
                .trigger_names(&part, &Value::Null)
                .context(now, self.inner.carrier.seed());
            if let Some(when) = &trigger.when
                && !truth(when, &context).map_err(|error| Refusal::new(400, "when", error.message))?
            {
                continue;
            }
            let dedupe = match &trigger.dedupe {
                None => None,
                Some(dedupe) => key(&dedupe.key, &context)
                    .map_err(|error| Refusal::new(400, "dedupe", error.message))?
                    .map(|key| (key, dedupe.window)),
            };
            let key = self.key(flow, &part, &Value::Null)?;
            events.push(NewEvent {
                id: self.inner.carrier.new_id(),
                flow: flow.id.clone(),
                at: now,
                trigger: part,
                key,
                dedupe,
                coalesce: trigger
                    .concurrency
                    .as_ref()
                    .is_some_and(|concurrency| concurrency.coalesce_latest),
            });
        }
        Ok(events)
    }

    /// What `trigger` shows for a body: `{body, deal, start_time, ...}`.
    pub(super) async fn trigger_value(
        &self,
        flow: &Flow,
        body: Value,
        extra: Vec<(String, Value)>,
    ) -> Result<Value, ServiceError> {
        let identities = match &flow.trigger.kind {
            TriggerKind::HttpRequest {
                signature: Some(connection),
                ..
            } => self
                .inner
                .catalog
                .of_connection(&connection.value)
                .and_then(|descriptor| descriptor.webhook.as_ref())
                .map(|webhook| identity::found(&body, &webhook.identities)),
            TriggerKind::Poll {
                connection, trigger, ..
            } => self
                .inner
                .catalog
                .trigger(&connection.value, &trigger.value)
                .map(|described| identity::found(&body, &described.identities)),
            _ => None,
        };
        let deal = match identities {
            Some(identities) => identity::deal(&*self.inner.store, &identities).await?,
            None => None,
        };
        let now: Timestamp = self.inner.carrier.now();
        let mut value = object([("body", body), ("start_time", now.to_string().into())]);
        if let Some(map) = value.as_object_mut() {
            map.extend(extra);
            if let Some(deal) = deal {
                map.insert("deal".to_owned(), deal.into());
            }
        }
        Ok(value)
    }
}

/// The one parser of bodies: strict JSON in UTF-8, or nothing at all.
fn body(bytes: &[u8]) -> Result<Value, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Refusal::new(
            400,
            "not_json",
            format!("the body is not UTF-8 text (byte {})", error.valid_up_to()),
        )
    })?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    Value::from_json(text).map_err(|error| Refusal::new(400, "not_json", format!("the body is {error}")))
}

fn has_response(block: &Block) -> bool {
    block.actions.iter().any(|action| {
        matches!(action.kind, ActionKind::Response { .. }) || action.blocks().into_iter().any(has_response)
    })
}

/// Says nothing about where two texts differ through the time it takes.
fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |difference, (left, right)| difference | (left ^ right))
            == 0
}

/// A request that starts nothing.
pub(super) struct Refusal {
    pub(super) status: u16,
    code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    fn answer(&self) -> HttpAnswer {
        let error = object([
            ("code", self.code.into()),
            ("message", self.message.as_str().into()),
        ]);
        HttpAnswer {
            status: self.status,
            headers: Vec::new(),
            body: object([("error", error)]),
        }
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Store(error) => error.into(),
            other => Self::new(400, "not_accepted", other.to_string()),
        }
    }
}

impl From<StoreError> for Refusal {
    /// Where the store is and what ails it is for our own log, not for the sender.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "an event could not be kept");
        Self::new(503, "store", "the event could not be kept; send it again later")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_strict_json() {
        for (bytes, fault) in [
            (&b"<html>"[..], "not valid JSON"),
            (&b"{\"a\":1}x"[..], "not valid JSON"),
            (&[0xff, 0xfe][..], "not UTF-8"),
        ] {
            let refusal = body(bytes).err().unwrap();
            assert_eq!(refusal.status, 400);
            assert!(refusal.message.contains(fault), "{}", refusal.message);
        }
        assert_eq!(body(b"{\"a\":1.10}").ok().unwrap().to_json(), r#"{"a":1.10}"#);
        assert_eq!(body(b"").ok(), Some(Value::Null));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(equal_in_constant_time(b"abc", b"abc"));
        assert!(!equal_in_constant_time(b"abc", b"abd"));
        assert!(!equal_in_constant_time(b"abc", b"ab"));
    }
}
