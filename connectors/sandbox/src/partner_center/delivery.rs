//! Delivering events: up to ten attempts each, then a dead letter that only the admin API can see.
//!
//! The courier calls nobody but this machine, whatever address was registered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use connector_api::{Map, Value, value::object};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::moment;
use super::registration::Registration;
use super::signature::{ALGORITHM, CERTIFICATE_PATH, sign};
use crate::shared::Shared;

/// After so many attempts an event is never sent again.
pub(crate) const ATTEMPTS_MAX: usize = 10;
/// Pause before the second attempt, unless the options say otherwise.
const RETRY: Duration = Duration::from_millis(100);
/// A pause grows to this many times the first.
const RETRY_GROWTH_MAX: u32 = 10;
/// How long a receiver may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How many deliveries are sent at once.
const CONCURRENT_MAX: usize = 8;
/// How many deliveries are remembered.
const DELIVERIES_MAX: usize = 10_000;
/// How much of a receiver's answer is kept.
const ANSWER_BYTES_MAX: usize = 1_024;
/// How long a reordered event waits for the one that is to overtake it.
const OVERTAKE_MAX: Duration = Duration::from_secs(2);
/// The longest delay that can be asked for.
const DELAY_MS_MAX: u64 = 600_000;

/// What goes wrong with coming events; each number counts down with the events it touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mishaps {
    /// Events that are never sent.
    pub(crate) drop: u32,
    /// Events that are sent twice.
    pub(crate) duplicate: u32,
    /// Events that arrive in the opposite order.
    pub(crate) reorder: u32,
    /// Events that are sent late.
    pub(crate) delay: u32,
    /// How late.
    pub(crate) delay_ms: u64,
    /// Events whose signature is wrong.
    pub(crate) corrupt_signature: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// Under way, or waiting for another attempt.
    Pending,
    Delivered,
    /// All attempts failed.
    Dead,
    /// Never sent, because a mishap said so.
    Dropped,
}

#[derive(Debug)]
struct Attempt {
    at: Timestamp,
    answer: Result<StatusCode, String>,
}

#[derive(Debug)]
struct Delivery {
    id: u64,
    event: &'static str,
    url: String,
    body: String,
    attempts: Vec<Attempt>,
    outcome: Outcome,
}

/// What is sent.
#[derive(Debug)]
struct Parcel {
    id: u64,
    url: String,
    body: String,
    own_header: bool,
    corrupt: bool,
    delay: Duration,
    /// Of the validation event this is.
    correlation: Option<String>,
    /// Ends when the event that is to overtake this one has been carried.
    overtaken: Option<oneshot::Receiver<()>>,
    /// Dropped with this parcel, which lets the event it overtook go.
    overtakes: Option<oneshot::Sender<()>>,
}

/// All deliveries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    log: VecDeque<Delivery>,
    /// Not yet taken by the courier.
    waiting: VecDeque<Parcel>,
    /// For the event that is to overtake the last one.
    overtakes: Option<oneshot::Sender<()>>,
    pub(crate) mishaps: Mishaps,
}

impl Deliveries {
    /// Puts an event in the queue, as often and as late as the mishaps say.
    pub(crate) fn queue(
        &mut self,
        shared: &Shared,
        registration: &Registration,
        event: &'static str,
        body: String,
        correlation: Option<String>,
    ) {
        let dropped = count_down(&mut self.mishaps.drop);
        let copies = if count_down(&mut self.mishaps.duplicate) {
            2
        } else {
            1
        };
        let mut overtakes = self.overtakes.take();
        let mut overtaken = None;
        if count_down(&mut self.mishaps.reorder) && self.mishaps.reorder > 0 {
            let (sender, receiver) = oneshot::channel();
            self.overtakes = Some(sender);
            overtaken = Some(receiver);
        }
        let mut delay = Duration::ZERO;
        if count_down(&mut self.mishaps.delay) {
            delay += Duration::from_millis(self.mishaps.delay_ms);
        }
        let corrupt = count_down(&mut self.mishaps.corrupt_signature);
        for _ in 0..copies {
            let id = shared.ids.number();
            self.forget_oldest();
            if self.log.len() >= DELIVERIES_MAX {
                tracing::warn!(
                    event,
                    "the sandbox lost an event: too many wait for their receiver"
                );
                return;
            }
            let outcome = if dropped {
                Outcome::Dropped
            } else {
                Outcome::Pending
            };
            if !dropped {
                self.waiting.push_back(Parcel {
                    id,
                    url: registration.url.clone(),
                    body: body.clone(),
                    own_header: registration.own_header,
                    corrupt,
                    delay,
                    correlation: correlation.clone(),
                    overtaken: overtaken.take(),
                    overtakes: overtakes.take(),
                });
            }
            self.log.push_back(Delivery {
                id,
                event,
                url: registration.url.clone(),
                body: body.clone(),
                attempts: Vec::new(),
                outcome,
            });
        }
    }

    /// Takes over new mishaps; the error says why they cannot be.
    pub(crate) fn set_mishaps(&mut self, mishaps: Mishaps) -> Result<(), String> {
        if mishaps.delay_ms > DELAY_MS_MAX {
            return Err(format!("`delay_ms` may be at most {DELAY_MS_MAX}"));
        }
        self.mishaps = mishaps;
        Ok(())
    }

    pub(crate) fn idle(&self) -> bool {
        self.log
            .iter()
            .all(|delivery| delivery.outcome != Outcome::Pending)
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Array(self.log.iter().map(Delivery::to_value).collect())
    }

    fn next(&mut self) -> Option<Parcel> {
        self.waiting.pop_front()
    }

    /// Notes an attempt; whether there is to be another one.
    fn attempted(&mut self, id: u64, at: Timestamp, answer: Result<StatusCode, String>) -> bool {
        let Some(delivery) = self.log.iter_mut().find(|delivery| delivery.id == id) else {
            return false;
        };
        let received = answer.as_ref().is_ok_and(StatusCode::is_success);
        delivery.attempts.push(Attempt { at, answer });
        if received {
            delivery.outcome = Outcome::Delivered;
        } else if delivery.attempts.len() >= ATTEMPTS_MAX {
            delivery.outcome = Outcome::Dead;
        }
        delivery.outcome == Outcome::Pending
    }

    fn forget_oldest(&mut self) {
        if self.log.len() >= DELIVERIES_MAX
            && let Some(index) = self
                .log
                .iter()
                .position(|delivery| delivery.outcome != Outcome::Pending)
        {
            self.log.remove(index);
        }
    }
}

impl Delivery {
    fn to_value(&self) -> Value {
        let attempts = self.attempts.iter().map(|attempt| {
            let (status, error) = match &attempt.answer {
                Ok(status) => (Value::from(i64::from(status.as_u16())), Value::Null),
                Err(error) => (Value::Null, error.as_str().into()),
            };
            object([
                ("at", moment::text(attempt.at).into()),
                ("status", status),
                ("error", error),
            ])
        });
        let outcome = match self.outcome {
            Outcome::Pending => "pending",
            Outcome::Delivered => "delivered",
            Outcome::Dead => "dead",
            Outcome::Dropped => "dropped",
        };
        let mut members = Map::new();
        members.insert("event".to_owned(), self.event.into());
        members.insert("url".to_owned(), self.url.as_str().into());
        members.insert(
            "body".to_owned(),
            Value::from_json(&self.body).unwrap_or_default(),
        );
        members.insert("outcome".to_owned(), outcome.into());
        members.insert("attempts".to_owned(), Value::Array(attempts.collect()));
        Value::Object(members)
    }
}

fn count_down(count: &mut u32) -> bool {
    let touched = *count > 0;
    *count = count.saturating_sub(1);
    touched
}

/// The client deliveries go out with: no proxy, no redirects.
pub(crate) fn courier_client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have installed a provider; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_MAX)
        .build()
}

/// Delivers until told to stop.
pub(crate) async fn deliver(shared: Arc<Shared>, client: reqwest::Client, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(CONCURRENT_MAX));
    let mut journeys = JoinSet::new();
    loop {
        loop {
            let next = shared.partner_center().deliveries.next();
            let Some(parcel) = next else { break };
            journeys.spawn(carry(shared.clone(), client.clone(), permits.clone(), parcel));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.deliveries.notified() => {}
            Some(_) = journeys.join_next(), if !journeys.is_empty() => {}
        }
    }
}

async fn carry(shared: Arc<Shared>, client: reqwest::Client, permits: Arc<Semaphore>, mut parcel: Parcel) {
    let first = shared.options.webhook_retry.unwrap_or(RETRY);
    let longest = first.saturating_mul(RETRY_GROWTH_MAX);
    let mut pause = first;
    let _let_go_at_the_end = parcel.overtakes.take();
    if let Some(overtaken) = parcel.overtaken.take() {
        // Either way the event goes now: it was overtaken, or nothing came to overtake it.
        let _ = tokio::time::timeout(OVERTAKE_MAX, overtaken).await;
    }
    if !parcel.delay.is_zero() {
        tokio::time::sleep(parcel.delay).await;
    }
    loop {
        let answer = {
            let Ok(_permit) = permits.acquire().await else {
                return;
            };
            send(&shared, &client, &parcel).await
        };
        if !note(&shared, &parcel, answer) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(longest);
    }
}

/// Notes an attempt; whether there is to be another one.
fn note(shared: &Shared, parcel: &Parcel, answer: Result<(StatusCode, String), String>) -> bool {
    let at = shared.clock.now();
    let mut state = shared.partner_center();
    let status = answer.clone().map(|(status, _)| status);
    let again = state.deliveries.attempted(parcel.id, at, status);
    if let Some(correlation) = &parcel.correlation {
        state.validations.attempted(correlation, at, answer, !again);
    }
    again
}

/// One attempt: the receiver's status and the beginning of its answer.
async fn send(
    shared: &Shared,
    client: &reqwest::Client,
    parcel: &Parcel,
) -> Result<(StatusCode, String), String> {
    let url = url::Url::parse(&parcel.url).map_err(|error| error.to_string())?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !local {
        return Err("the sandbox delivers to this machine only".to_owned());
    }
    let signature =
        sign(parcel.body.as_bytes(), parcel.corrupt).ok_or("the sandbox's signing key is not usable")?;
    let header = if parcel.own_header {
        "x-ms-signature"
    } else {
        AUTHORIZATION.as_str()
    };
    let mut response = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(header, format!("Signature {signature}"))
        .header(
            "X-MS-Certificate-Url",
            format!("{}{CERTIFICATE_PATH}", shared.base_url),
        )
        .header("X-MS-Signature-Algorithm", ALGORITHM)
        .body(parcel.body.clone())
        .send()
        .await
        .map_err(|error| format!("the receiver could not be reached: {error}"))?;
    let status = response.status();
    let mut text = Vec::new();
    while text.len() < ANSWER_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    text.truncate(ANSWER_BYTES_MAX);
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}
