//! Polling triggers: ask, compare with what was handed on, put events and cursor on disk as one, dispatch.

use std::sync::Arc;
use std::time::Duration;

use connector_api::{Connection, Map, PollCall, PolledRecord, Value, value::object};
use jiff::Timestamp;

use crate::flow::{Flow, TriggerKind};
use crate::mapping::{self, Mapping};
use crate::service::{Host, Progress, ServiceError};
use crate::store::PollSave;

/// The member of a record's watched values that says we made the record ourselves: what was never seen of it is no
/// change.
const MADE_BY_US: &str = "$made_by_us";
/// The member that says the last run about the record failed: any edit by somebody else counts.
const FAILED: &str = "$failed";

/// The member that holds the version last handed on: a second sighting of it is no change.
const VERSION: &str = "$version";
/// The member of `trigger` that holds the polled record's id.
pub(super) const RECORD_ID: &str = "record_id";
/// The shortest time between two polls.
const EVERY_MIN: Duration = Duration::from_millis(10);

/// What a poll of one flow needs.
struct Poll<'a> {
    flow: &'a Flow,
    connection: Arc<dyn Connection>,
    trigger: &'a str,
    inputs: Value,
    mapping: Option<&'a Mapping>,
}

impl Host {
    /// Polls until the host stops. A failed poll is reported and tried again at the next turn.
    pub(super) async fn poll_loop(&self, flow: &Flow) {
        let TriggerKind::Poll { every, .. } = &flow.trigger.kind else {
            return;
        };
        let every = every.unwrap_or(self.inner.timing.poll_every).max(EVERY_MIN);
        loop {
            while !self.inner.stop.is_cancelled() {
                let asked = self.inner.idle.poll_asks();
                match self.poll_once(flow).await {
                    Ok(found) => {
                        self.inner
                            .idle
                            .poll_answered(&flow.id, asked, found.events == 0 && !found.more);
                        if !found.more {
                            break;
                        }
                    }
                    Err(message) => {
                        self.inner.idle.poll_answered(&flow.id, asked, false);
                        tracing::warn!(flow = flow.id, message, "a poll failed");
                        let _ = self.inner.progress.send(Progress::PollFailed {
                            flow: flow.id.clone(),
                            message,
                        });
                        break;
                    }
                }
            }
            let next = self
                .inner
                .carrier
                .now()
                .checked_add(every)
                .unwrap_or(Timestamp::MAX);
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = self.inner.carrier.wake_at(next) => {}
            }
        }
    }

    async fn poll_once(&self, flow: &Flow) -> Result<Found, String> {
        let poll = self.poll_of(flow)?;
        let store = &self.inner.store;
        let cursor = store
            .cursor(flow.id.clone())
            .await
            .map_err(|error| error.to_string())?;
        let watch = match poll.mapping {
            Some(mapping) => Some(
                mapping::watch_request(mapping, &self.inner.environment)
                    .map_err(|error| error.to_string())?,
            ),
            None => None,
        };
        let call = PollCall {
            trigger: poll.trigger.to_owned(),
            inputs: poll.inputs.clone(),
            cursor,
            watch,
        };
        let is_first = call.cursor.is_none();
        let output = poll
            .connection
            .poll(call)
            .await
            .map_err(|error| error.to_string())?;
        let mut events = Vec::new();
        let mut watched = Vec::new();
        // The very first poll only says where to start.
        let records = if is_first { Vec::new() } else { output.records };
        let changed = self
            .changed_records(&poll, records)
            .await
            .map_err(|error| error.to_string())?;
        for (record, handed_on) in changed {
            let extra = vec![(RECORD_ID.to_owned(), Value::from(record.id.as_str()))];
            match self.events(flow, record.body, extra).await {
                Ok(made) => {
                    // A record that starts nothing is not handed on: what its condition waits for may come later.
                    if !made.is_empty() {
                        watched.push((record.id, handed_on));
                    }
                    events.extend(made);
                }
                // The cursor must not pass a record that could not even be looked at.
                Err(refusal) if refusal.status == 503 => return Err(refusal.message),
                Err(refusal) => {
                    let message = format!("record `{}`: {}", record.id, refusal.message);
                    tracing::warn!(flow = flow.id, message, "a record starts nothing");
                    let _ = self.inner.progress.send(Progress::PollFailed {
                        flow: flow.id.clone(),
                        message,
                    });
                }
            }
        }
        let found = Found {
            events: events.len(),
            more: output.more,
        };
        let save = PollSave {
            flow: flow.id.clone(),
            cursor: output.cursor,
            events: events.clone(),
            watched,
        };
        let accepted = store.save_poll(save).await.map_err(|error| error.to_string())?;
        self.dispatch(flow, events, &accepted);
        Ok(found)
    }

    fn poll_of<'a>(&'a self, flow: &'a Flow) -> Result<Poll<'a>, String> {
        let TriggerKind::Poll {
            connection,
            trigger,
            inputs,
            watch,
            ..
        } = &flow.trigger.kind
        else {
            return Err("this flow does not poll".into());
        };
        let found = self.inner.connections.get(&connection.value);
        let found = found.ok_or_else(|| format!("connection `{}` is not configured", connection.value))?;
        let context = self
            .trigger_names(&Value::Null, &Value::Null)
            .context(self.inner.carrier.now(), 0);
        let inputs = inputs.evaluate(&context).map_err(|error| error.message)?;
        let mapping = match watch {
            None => None,
            Some(name) => Some(
                self.inner
                    .edition
                    .solution
                    .mappings
                    .get(&name.value)
                    .ok_or_else(|| format!("there is no mapping `{}`", name.value))?,
            ),
        };
        Ok(Poll {
            flow,
            connection: found.clone(),
            trigger: &trigger.value,
            inputs,
            mapping,
        })
    }

    /// The records that changed since they were handed on, with what to remember of each once it is.
    async fn changed_records(
        &self,
        poll: &Poll<'_>,
        records: Vec<PolledRecord>,
    ) -> Result<Vec<(PolledRecord, Value)>, ServiceError> {
        let ids = records.iter().map(|record| record.id.clone()).collect();
        let known = self.inner.store.watched(poll.flow.id.clone(), ids).await?;
        let mut changed = Vec::new();
        for (record, known) in records.into_iter().zip(known) {
            let version = Value::from(record.version.as_str());
            if known.as_ref().and_then(|known| known.get(VERSION)) == Some(&version) {
                continue;
            }
            let Some(mapping) = poll.mapping else {
                changed.push((record, object([(VERSION, version)])));
                continue;
            };
            let values = mapping::watched(mapping, poll.object(), &record.body, &self.inner.environment)
                .map_err(|error| ServiceError::Flow(error.to_string()))?;
            let values = Value::Object(flat(&values));
            match compare(known.as_ref(), &values, record.ours) {
                Change::Yes => {
                    let mut handed_on = values;
                    if let Some(map) = handed_on.as_object_mut() {
                        map.insert(FAILED.to_owned(), Value::Null);
                        map.insert(MADE_BY_US.to_owned(), Value::Null);
                        map.insert(VERSION.to_owned(), version);
                    }
                    changed.push((record, handed_on));
                }
                Change::AdoptQuietly => {
                    self.inner
                        .store
                        .merge_watched(poll.flow.id.clone(), record.id, values)
                        .await?;
                }
                Change::No => {}
            }
        }
        Ok(changed)
    }

    /// Our own writes are no changes: what we wrote counts as handed on.
    pub(super) async fn remember_write(
        &self,
        object: &str,
        id: &str,
        fields: &Value,
        created: bool,
    ) -> Result<(), ServiceError> {
        for flow in self.inner.edition.solution.flows.values() {
            let Ok(Poll {
                mapping: Some(mapping),
                inputs,
                ..
            }) = self.poll_of(flow)
            else {
                continue;
            };
            if inputs.get("object").and_then(Value::as_str) != Some(object) {
                continue;
            }
            let values = mapping::watched(mapping, object, fields, &self.inner.environment)
                .map_err(|error| ServiceError::Flow(error.to_string()))?;
            let mut values = flat(&values);
            // Only what was written is known; the rest of the record was not looked at.
            values.retain(|name, _| {
                name.rsplit('.')
                    .next()
                    .is_some_and(|field| fields.get(field).is_some())
            });
            if created {
                values.insert(MADE_BY_US.to_owned(), true.into());
            }
            if !values.is_empty() {
                self.inner
                    .store
                    .merge_watched(flow.id.clone(), id.to_owned(), Value::Object(values))
                    .await?;
            }
        }
        Ok(())
    }

    /// The last run about a record failed: from now on any edit by somebody else starts another.
    pub(super) async fn remember_failure(&self, flow: &str, trigger: &Value) -> Result<(), ServiceError> {
        let Some(id) = trigger.get(RECORD_ID).and_then(Value::as_str) else {
            return Ok(());
        };
        let failed: Map = [(FAILED.to_owned(), Value::Bool(true))].into_iter().collect();
        self.inner
            .store
            .merge_watched(flow.to_owned(), id.to_owned(), Value::Object(failed))
            .await?;
        Ok(())
    }
}

impl Poll<'_> {
    /// The object the trigger asks for.
    fn object(&self) -> &str {
        self.inputs
            .get("object")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Watched values with one member for each side and field, so that one field can be remembered by itself.
fn flat(values: &Value) -> Map {
    let mut flat = Map::new();
    for (side, fields) in values.as_object().into_iter().flatten() {
        match fields {
            Value::Object(fields) => {
                flat.extend(
                    fields
                        .iter()
                        .map(|(field, value)| (format!("{side}.{field}"), value.clone())),
                );
            }
            other => {
                flat.insert(side.clone(), other.clone());
            }
        }
    }
    flat
}

struct Found {
    events: usize,
    more: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    Yes,
    No,
    /// Not a change, and worth remembering.
    AdoptQuietly,
}

/// Whether a record's watched values say that somebody else changed something.
fn compare(known: Option<&Value>, values: &Value, ours: bool) -> Change {
    let Some(known) = known else { return Change::Yes };
    let flag = |name: &str| known.get(name).and_then(Value::as_bool) == Some(true);
    if flag(FAILED) && !ours {
        return Change::Yes;
    }
    let mut adopted = false;
    for (name, value) in values.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(handed_on) if handed_on == value => {}
            None if flag(MADE_BY_US) && ours => adopted = true,
            _ => return Change::Yes,
        }
    }
    if adopted { Change::AdoptQuietly } else { Change::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_watched_value_somebody_else_changed() {
        let value = |text: &str| Value::from_json(text).unwrap();
        for (known, values, ours, expected) in [
            (None, r#"{"a":1}"#, false, Change::Yes),
            (Some(r#"{"a":1}"#), r#"{"a":1.0}"#, false, Change::No),
            (Some(r#"{"a":1}"#), r#"{"a":2}"#, false, Change::Yes),
            (Some(r#"{"a":1}"#), r#"{"a":1,"b":2}"#, false, Change::Yes),
            (
                Some(r#"{"a":1,"$made_by_us":true}"#),
                r#"{"a":1,"b":2}"#,
                true,
                Change::AdoptQuietly,
            ),
            (
                Some(r#"{"a":1,"$made_by_us":true}"#),
                r#"{"a":1,"b":2}"#,
                false,
                Change::Yes,
            ),
            (
                Some(r#"{"a":1,"$made_by_us":true}"#),
                r#"{"a":2,"b":2}"#,
                false,
                Change::Yes,
            ),
            (
                Some(r#"{"a":1,"$failed":true}"#),
                r#"{"a":1}"#,
                false,
                Change::Yes,
            ),
            (Some(r#"{"a":1,"$failed":true}"#), r#"{"a":1}"#, true, Change::No),
            (Some(r#"{"a":1,"$failed":true}"#), r#"{"a":2}"#, true, Change::Yes),
        ] {
            assert_eq!(
                compare(known.map(value).as_ref(), &value(values), ours),
                expected,
                "{known:?} {values} {ours}"
            );
        }
    }
}
