//! Accepted events become runs: one task each, in the order of their keys.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use connector_api::Value;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::Flow;
use crate::journal::Parent;
use crate::run::Response;
use crate::service::Host;
use crate::store::{Acceptance, EventRow, EventState, NewEvent, StoreError};

/// Most waiting events taken up at a start in one go.
const WAITING_PAGE: u32 = 10_000;

/// A run to start.
#[derive(Default)]
pub(super) struct Started {
    pub(super) id: Uuid,
    pub(super) flow: String,
    pub(super) trigger: Value,
    pub(super) inputs: Value,
    /// The key it waits under, and how many may hold it.
    pub(super) key: Option<String>,
    pub(super) limit: u32,
    /// What started it, in one line.
    pub(super) summary: String,
    /// The event it comes from.
    pub(super) event: Option<Uuid>,
    /// Whether of several waiting events of this key only the latest runs.
    pub(super) coalesce: bool,
    pub(super) parent: Option<Parent>,
    pub(super) cancel: CancellationToken,
}

impl Host {
    /// Puts events on disk and starts their runs.
    pub(super) async fn accept(
        &self,
        flow: &Flow,
        events: Vec<NewEvent>,
    ) -> Result<Vec<Acceptance>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let accepted = self.inner.store.accept(events.clone()).await?;
        self.dispatch(flow, events, &accepted);
        Ok(accepted)
    }

    /// Starts the runs of events that are on disk.
    pub(super) fn dispatch(&self, flow: &Flow, events: Vec<NewEvent>, accepted: &[Acceptance]) {
        let limit = flow
            .trigger
            .concurrency
            .as_ref()
            .map_or(1, |concurrency| concurrency.limit);
        for (event, acceptance) in events.into_iter().zip(accepted) {
            if matches!(acceptance, Acceptance::Accepted) {
                self.spawn_event(limit, event);
            }
        }
    }

    fn spawn_event(&self, limit: u32, event: NewEvent) {
        if event.coalesce
            && let Some(key) = &event.key
        {
            let mut latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.insert((event.flow.clone(), key.clone()), event.id);
        }
        let (host, open) = (self.clone(), self.inner.idle.open());
        self.inner.tasks.spawn(async move {
            let started = Started {
                // A run bears its event's id, so that a caller can be told it before the run begins.
                id: event.id,
                summary: summary(&event.trigger),
                flow: event.flow,
                trigger: event.trigger,
                key: event.key,
                limit,
                event: Some(event.id),
                coalesce: event.coalesce,
                ..Started::default()
            };
            let (id, flow) = (started.id, started.flow.clone());
            if let Err(error) = host.run(started).await {
                tracing::error!(run = %id, flow, %error, "a run could not be carried on");
            }
            host.callers().remove(&id);
            drop(open);
        });
    }

    /// Takes up what an earlier process left: unfinished runs first, then events that wait.
    pub(super) async fn recover(&self) -> Result<(), crate::service::ServiceError> {
        for row in self.inner.store.unfinished().await? {
            // A child goes on when its caller asks for it again.
            if row.parent.is_some() {
                continue;
            }
            let (host, open) = (self.clone(), self.inner.idle.open());
            self.inner.tasks.spawn(async move {
                let (id, flow) = (row.id, row.flow.clone());
                if let Err(error) = host.resume(row).await {
                    tracing::error!(run = %id, flow, %error, "a run could not be taken up again");
                }
                drop(open);
            });
        }
        for event in self.inner.store.events(EventState::Waiting, WAITING_PAGE).await? {
            self.take_up(event);
        }
        Ok(())
    }

    fn take_up(&self, event: EventRow) {
        let Ok(flow) = self.flow(&event.flow) else {
            tracing::error!(event = %event.id, flow = event.flow, "an accepted event waits for a flow that is gone");
            return;
        };
        let concurrency = flow.trigger.concurrency.as_ref();
        let limit = concurrency.map_or(1, |concurrency| concurrency.limit);
        self.spawn_event(
            limit,
            NewEvent {
                id: event.id,
                flow: event.flow,
                at: event.at,
                trigger: event.trigger,
                key: event.key,
                dedupe: None,
                coalesce: concurrency.is_some_and(|concurrency| concurrency.coalesce_latest),
            },
        );
    }

    /// Whether a newer event of the same key has taken this one's place.
    pub(super) fn is_superseded(&self, started: &Started) -> bool {
        let (true, Some(key)) = (started.coalesce, &started.key) else {
            return false;
        };
        let latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest
            .get(&(started.flow.clone(), key.clone()))
            .is_some_and(|latest| *latest != started.id)
    }

    pub(super) fn callers(&self) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<Response>>> {
        self.inner.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What started a run, in one line for people.
pub(super) fn summary(trigger: &Value) -> String {
    let body = trigger.get("body");
    let member = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    let first = |names: &[&str]| names.iter().find_map(|name| member(name));
    let what = first(&["EventName", "Name", "name"]).unwrap_or("event");
    match first(&["ResourceUri", "Id", "id"]) {
        Some(which) => format!("{what} {}", which.rsplit('/').next().unwrap_or(which)),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_and_which() {
        for (body, expected) in [
            (
                r#"{"EventName":"referral-updated","ResourceUri":"https://x/referrals/abc"}"#,
                "referral-updated abc",
            ),
            (r#"{"Id":"006A","Name":"Clinic"}"#, "Clinic 006A"),
            (r#"{"other":1}"#, "event"),
            ("null", "event"),
        ] {
            let trigger = Value::from_json(&format!(r#"{{"body":{body}}}"#)).unwrap();
            assert_eq!(summary(&trigger), expected);
        }
    }
}
