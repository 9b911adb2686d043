//! A store in memory, for tests and dry runs: nothing outlives the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use connector_api::{Map, Value};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::journal::Record;
use crate::store::{
    Acceptance, Answer, Batch, COMPACTED_MAX, EventRow, EventState, Identities, Link, LinkSave, NewEvent,
    NewRun, PollSave, RUNS_LISTED_MAX, Reader, RunFilter, RunRow, RunStatus, Store, StoreError,
};

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    events: Vec<(EventRow, Option<String>)>,
    runs: Vec<RunRow>,
    journals: BTreeMap<Uuid, Vec<Vec<Record>>>,
    cursors: BTreeMap<String, Value>,
    watched: BTreeMap<(String, String), Value>,
    links: Vec<Link>,
    versions: Vec<(String, Value)>,
    meta: BTreeMap<String, String>,
}

impl MemoryStore {
    fn with<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Held) -> Result<T, StoreError>,
    ) -> Answer<'_, T> {
        let mut held: MutexGuard<'_, Held> = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let result = what(&mut held);
        drop(held);
        Box::pin(async move { result })
    }
}

impl Held {
    fn accept(&mut self, events: Vec<NewEvent>) -> Result<Vec<Acceptance>, StoreError> {
        for (position, event) in events.iter().enumerate() {
            let is_known = self.events.iter().any(|(row, _)| row.id == event.id)
                || events[..position].iter().any(|earlier| earlier.id == event.id);
            if is_known {
                return Err(StoreError::Inconsistent(format!(
                    "event `{}` was accepted before",
                    event.id
                )));
            }
        }
        Ok(events.into_iter().map(|event| self.accept_one(event)).collect())
    }

    fn accept_one(&mut self, event: NewEvent) -> Acceptance {
        let mut row = EventRow {
            id: event.id,
            flow: event.flow,
            at: event.at,
            trigger: event.trigger,
            key: event.key,
            state: EventState::Waiting,
            reason: None,
            run: None,
        };
        let mut dedupe = None;
        if let Some((key, window)) = event.dedupe {
            let since = SignedDuration::try_from(window)
                .ok()
                .and_then(|window| event.at.checked_sub(window).ok())
                .unwrap_or(Timestamp::MIN);
            let earlier = self.events.iter().rev().find(|(known, seen)| {
                known.flow == row.flow && seen.as_ref() == Some(&key) && known.at >= since
            });
            if let Some((earlier, _)) = earlier {
                let of = earlier.id;
                row.state = EventState::Dropped;
                row.reason = Some(crate::store::event::repeats(of));
                self.events.push((row, None));
                return Acceptance::Duplicate { of };
            }
            dedupe = Some(key);
        }
        if event.coalesce {
            for (known, _) in &mut self.events {
                if known.state == EventState::Waiting && known.flow == row.flow && known.key == row.key {
                    known.state = EventState::Dropped;
                    known.reason = Some(crate::store::event::replaced(row.id));
                }
            }
        }
        self.events.push((row, dedupe));
        Acceptance::Accepted
    }

    fn run_mut(&mut self, id: Uuid) -> Result<&mut RunRow, StoreError> {
        self.runs
            .iter_mut()
            .find(|run| run.id == id)
            .ok_or_else(|| StoreError::Inconsistent(format!("there is no run `{id}`")))
    }

    fn merge_watched(&mut self, flow: String, record: String, values: Value) {
        let known = self
            .watched
            .entry((flow, record))
            .or_insert_with(|| Value::Object(Map::new()));
        merge(known, values);
    }
}

/// Members of `values` replace those of `known`; a value that is no object replaces it whole.
pub(crate) fn merge(known: &mut Value, values: Value) {
    match (known.as_object_mut(), values) {
        (Some(known), Value::Object(values)) => known.extend(values),
        (_, values) => *known = values,
    }
}

impl Reader for MemoryStore {
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunRow>> {
        self.with(move |held| {
            let limit = filter.limit.unwrap_or(RUNS_LISTED_MAX).min(RUNS_LISTED_MAX) as usize;
            let mut runs: Vec<(usize, &RunRow)> = held
                .runs
                .iter()
                .enumerate()
                .filter(|(_, run)| filter.flow.as_ref().is_none_or(|flow| *flow == run.flow))
                .filter(|(_, run)| filter.statuses.is_empty() || filter.statuses.contains(&run.status))
                .filter(|(_, run)| filter.since.is_none_or(|since| run.started >= since))
                .filter(|(_, run)| {
                    let parent = run.parent.as_ref().map(|parent| parent.run);
                    filter.parent.is_none_or(|wanted| parent == Some(wanted))
                })
                .collect();
            runs.sort_by_key(|(position, run)| std::cmp::Reverse((run.started, *position)));
            Ok(runs.into_iter().take(limit).map(|(_, run)| run.clone()).collect())
        })
    }

    fn run(&self, id: Uuid) -> Answer<'_, Option<RunRow>> {
        self.with(|held| Ok(held.runs.iter().find(|run| run.id == id).cloned()))
    }

    fn journal(&self, id: Uuid) -> Answer<'_, Vec<Record>> {
        self.with(|held| {
            Ok(held
                .journals
                .get(&id)
                .map(|batches| batches.concat())
                .unwrap_or_default())
        })
    }

    fn version(&self, digest: String) -> Answer<'_, Option<Value>> {
        self.with(|held| {
            let found = held.versions.iter().find(|(known, _)| *known == digest);
            Ok(found.map(|(_, files)| files.clone()))
        })
    }

    fn events(&self, state: EventState, limit: u32) -> Answer<'_, Vec<EventRow>> {
        self.with(|held| {
            let events = held
                .events
                .iter()
                .map(|(row, _)| row)
                .filter(|row| row.state == state);
            Ok(events.take(limit as usize).cloned().collect())
        })
    }

    fn links(&self, limit: u32) -> Answer<'_, Vec<Link>> {
        self.with(|held| Ok(held.links.iter().take(limit as usize).cloned().collect()))
    }

    fn link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.with(|held| Ok(held.links.iter().find(|link| link.id == id).cloned()))
    }

    fn find_links(&self, identities: Identities) -> Answer<'_, Vec<Link>> {
        self.with(|held| {
            let links = held
                .links
                .iter()
                .filter(|link| link.identities.meets(&identities));
            Ok(links.cloned().collect())
        })
    }

    fn meta(&self, name: String) -> Answer<'_, Option<String>> {
        self.with(|held| Ok(held.meta.get(&name).cloned()))
    }
}

impl Store for MemoryStore {
    fn accept(&self, events: Vec<NewEvent>) -> Answer<'_, Vec<Acceptance>> {
        self.with(|held| held.accept(events))
    }

    fn drop_event(&self, id: Uuid, reason: String) -> Answer<'_, ()> {
        self.with(|held| {
            let waiting = |row: &EventRow| row.id == id && row.state == EventState::Waiting;
            if let Some((row, _)) = held.events.iter_mut().find(|(row, _)| waiting(row)) {
                row.state = EventState::Dropped;
                row.reason = Some(reason);
            }
            Ok(())
        })
    }

    fn begin_run(&self, run: NewRun) -> Answer<'_, ()> {
        self.with(|held| {
            if held.runs.iter().any(|known| known.id == run.row.id) {
                return Err(StoreError::Inconsistent(format!(
                    "run `{}` began before",
                    run.row.id
                )));
            }
            if let Some(event) = run.event {
                let waiting = |row: &EventRow| row.id == event && row.state == EventState::Waiting;
                let (row, _) = held
                    .events
                    .iter_mut()
                    .find(|(row, _)| waiting(row))
                    .ok_or(StoreError::NotWaiting(event))?;
                row.state = EventState::Started;
                row.run = Some(run.row.id);
            }
            held.journals.insert(run.row.id, vec![run.records]);
            held.runs.push(run.row);
            Ok(())
        })
    }

    fn append(&self, batch: Batch) -> Answer<'_, ()> {
        self.with(|held| {
            let run = held.run_mut(batch.run)?;
            let mut changed = run.clone();
            changed.take_in(&batch);
            let batches = held.journals.entry(batch.run).or_default();
            if batches.len() as u64 != batch.seq {
                return Err(crate::store::runs::out_of_order(&batch, batches.len() as u64));
            }
            batches.push(batch.records);
            *held.run_mut(batch.run)? = changed;
            Ok(())
        })
    }

    fn unfinished(&self) -> Answer<'_, Vec<RunRow>> {
        self.with(|held| {
            Ok(held
                .runs
                .iter()
                .filter(|run| run.status.is_unfinished())
                .cloned()
                .collect())
        })
    }

    fn resume_from(&self, id: Uuid) -> Answer<'_, (u64, Vec<Record>)> {
        self.with(|held| {
            let batches = held.journals.get(&id).cloned().unwrap_or_default();
            Ok((batches.len() as u64, batches.concat()))
        })
    }

    fn cursor(&self, flow: String) -> Answer<'_, Option<Value>> {
        self.with(|held| Ok(held.cursors.get(&flow).cloned()))
    }

    fn save_poll(&self, poll: PollSave) -> Answer<'_, Vec<Acceptance>> {
        self.with(|held| {
            let acceptances = held.accept(poll.events)?;
            for (record, values) in poll.watched {
                held.merge_watched(poll.flow.clone(), record, values);
            }
            held.cursors.insert(poll.flow, poll.cursor);
            Ok(acceptances)
        })
    }

    fn watched(&self, flow: String, records: Vec<String>) -> Answer<'_, Vec<Option<Value>>> {
        self.with(|held| {
            let values = records
                .into_iter()
                .map(|record| held.watched.get(&(flow.clone(), record)).cloned());
            Ok(values.collect())
        })
    }

    fn merge_watched(&self, flow: String, record: String, values: Value) -> Answer<'_, ()> {
        self.with(|held| {
            held.merge_watched(flow, record, values);
            Ok(())
        })
    }

    fn save_link(&self, save: LinkSave, new_id: Uuid) -> Answer<'_, Link> {
        self.with(|held| {
            let found: Vec<Link> = held
                .links
                .iter()
                .filter(|link| link.identities.meets(&save.identities))
                .cloned()
                .collect();
            let merged = Link::merged(&found, &save, new_id)?;
            let joined = |link: &Link| found.iter().skip(1).any(|other| other.id == link.id);
            held.links.retain(|link| !joined(link));
            match held.links.iter_mut().find(|link| link.id == merged.id) {
                Some(link) => *link = merged.clone(),
                None => held.links.push(merged.clone()),
            }
            Ok(merged)
        })
    }

    fn set_identities(&self, id: Uuid, identities: Identities) -> Answer<'_, Option<Link>> {
        self.with(|held| {
            let others: Vec<Link> = held
                .links
                .iter()
                .filter(|link| link.identities.meets(&identities))
                .cloned()
                .collect();
            let Some(link) = held.links.iter_mut().find(|link| link.id == id) else {
                return Ok(None);
            };
            *link = link.with_identities(identities, &others)?;
            Ok(Some(link.clone()))
        })
    }

    fn remove_link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.with(|held| {
            let position = held.links.iter().position(|link| link.id == id);
            Ok(position.map(|position| held.links.remove(position)))
        })
    }

    fn save_version(&self, digest: String, files: Value) -> Answer<'_, ()> {
        self.with(|held| {
            held.versions.retain(|(known, _)| *known != digest);
            held.versions.push((digest, files));
            Ok(())
        })
    }

    fn set_meta(&self, name: String, value: String) -> Answer<'_, ()> {
        self.with(|held| {
            held.meta.insert(name, value);
            Ok(())
        })
    }

    fn bind(&self, binding: String) -> Answer<'_, ()> {
        self.with(|held| match held.meta.get(crate::store::BINDING) {
            Some(bound) if *bound != binding => Err(StoreError::OtherBinding {
                path: "memory".into(),
                bound: bound.clone(),
                wanted: binding,
            }),
            _ => {
                held.meta.insert(crate::store::BINDING.to_owned(), binding);
                Ok(())
            }
        })
    }

    fn compact(&self, before: Timestamp) -> Answer<'_, u64> {
        self.with(|held| {
            let goes = |run: &RunRow| {
                run.ended.is_some_and(|ended| ended < before)
                    && matches!(run.status, RunStatus::Succeeded | RunStatus::Cancelled)
            };
            let gone: Vec<Uuid> = held
                .runs
                .iter()
                .filter(|run| goes(run))
                .take(COMPACTED_MAX as usize)
                .map(|run| run.id)
                .collect();
            held.runs.retain(|run| !gone.contains(&run.id));
            held.journals.retain(|id, _| !gone.contains(id));
            held.events.retain(|(row, _)| {
                let settled = match row.state {
                    EventState::Waiting => false,
                    EventState::Dropped => true,
                    EventState::Started => row
                        .run
                        .is_none_or(|run| !held.runs.iter().any(|known| known.id == run)),
                };
                !(settled && row.at < before)
            });
            let newest = held.versions.last().map(|(digest, _)| digest.clone());
            held.versions.retain(|(digest, _)| {
                Some(digest) == newest.as_ref() || held.runs.iter().any(|run| run.version == *digest)
            });
            Ok(gone.len() as u64)
        })
    }
}
