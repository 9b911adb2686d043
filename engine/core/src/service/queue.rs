//! Accepted events become runs: one task each, in the order of their keys.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use connector_api::Value;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::{Flow, TriggerKind};
use crate::journal::Parent;
use crate::run::Response;
use crate::service::{Host, ServiceError, identity};
use crate::store::{Acceptance, EventRow, EventState, NewEvent, StoreError};

/// A run to start.
#[derive(Default)]
pub(super) struct Started {
    pub(super) id: Uuid,
    pub(super) flow: String,
    pub(super) trigger: Value,
    pub(super) inputs: Value,
    /// The key it waits under.
    pub(super) key: Option<String>,
    /// What started it, in one line.
    pub(super) summary: String,
    /// The event it comes from.
    pub(super) event: Option<Uuid>,
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
        for (event, acceptance) in events.into_iter().zip(accepted) {
            if matches!(acceptance, Acceptance::Accepted) {
                self.spawn_event(flow, event.id, event.trigger, event.key);
            }
        }
    }

    fn spawn_event(&self, flow: &Flow, event: Uuid, trigger: Value, key: Option<String>) {
        let started = Started {
            // A run bears its event's id, so that a caller can be told it before the run begins.
            id: event,
            flow: flow.id.clone(),
            summary: self.summary(flow, &trigger),
            trigger,
            key,
            event: Some(event),
            ..Started::default()
        };
        let (host, open) = (self.clone(), self.inner.idle.open());
        // The place in the line is taken here: tasks do not begin in the order they are made.
        let turn = self.line_up(&started, flow.trigger.limit());
        self.inner.tasks.spawn(async move {
            let (id, flow) = (started.id, started.flow.clone());
            if let Err(error) = host.run(started, turn).await
                && !error.is_stopping()
            {
                tracing::error!(run = %id, flow, %error, "a run could not be carried on");
            }
            host.callers().remove(&id);
            drop(open);
        });
    }

    /// Takes up what an earlier process left: unfinished runs first, then events that wait.
    pub(super) async fn recover(&self) -> Result<(), ServiceError> {
        let unfinished = self.inner.store.unfinished().await?;
        for row in &unfinished {
            let cancel = CancellationToken::new();
            if let Some(parent) = &row.parent {
                if unfinished.iter().any(|other| other.id == parent.run) {
                    // A child goes on when its caller asks for it again.
                    continue;
                }
                // Its caller gave it up and ended; it was told to stop and had not come to that.
                cancel.cancel();
            }
            let limit = self.flow(&row.flow).map_or(1, |flow| flow.trigger.limit());
            let turn = self.line_up_again(row, limit);
            let (host, open, row) = (self.clone(), self.inner.idle.open(), row.clone());
            self.inner.tasks.spawn(async move {
                let (id, flow) = (row.id, row.flow.clone());
                if let Err(error) = host.resume(row, turn, cancel).await
                    && !error.is_stopping()
                {
                    tracing::error!(run = %id, flow, %error, "a run could not be taken up again");
                }
                drop(open);
            });
        }
        for event in self.inner.store.events(EventState::Waiting, u32::MAX).await? {
            self.take_up(event);
        }
        Ok(())
    }

    fn take_up(&self, event: EventRow) {
        let Ok(flow) = self.flow(&event.flow) else {
            tracing::error!(event = %event.id, flow = event.flow, "an accepted event waits for a flow that is gone");
            return;
        };
        if self.inner.off.contains(&flow.id) {
            tracing::warn!(event = %event.id, flow = flow.id, "an accepted event waits for a flow that is off");
            return;
        }
        self.spawn_event(flow, event.id, event.trigger, event.key);
    }

    /// What started a run, in one line for people: what its descriptor calls an event, and which record it is about.
    pub(super) fn summary(&self, flow: &Flow, trigger: &Value) -> String {
        let body = trigger.get("body").unwrap_or(&Value::Null);
        let (what, found) = match &flow.trigger.kind {
            TriggerKind::HttpRequest {
                signature: Some(connection),
                ..
            } => {
                let descriptor = self.inner.catalog.of_connection(&connection.value);
                let Some(webhook) = descriptor.and_then(|descriptor| descriptor.webhook.as_ref()) else {
                    return "request".into();
                };
                let name = webhook.same_event.first().and_then(|name| body.get(name));
                (
                    name.and_then(Value::as_str),
                    identity::first(body, &webhook.identities),
                )
            }
            TriggerKind::HttpRequest { .. } => (Some("request"), None),
            TriggerKind::Recurrence { .. } => {
                (Some("due"), body.get("scheduled_time").and_then(Value::as_str))
            }
            TriggerKind::Poll { .. } => (
                Some("record"),
                trigger.get(super::poll::RECORD_ID).and_then(Value::as_str),
            ),
            TriggerKind::Manual { .. } => (Some("by hand"), None),
        };
        let words: Vec<&str> = [what.or(Some("event")), found].into_iter().flatten().collect();
        words.join(" ")
    }

    pub(super) fn callers(&self) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<Response>>> {
        self.inner.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
