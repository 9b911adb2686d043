//! A store in memory that notes what was asked of it, in order, and refuses what it is told to refuse.

use std::sync::Mutex;

use connector_api::Value;
use jiff::Timestamp;
use uuid::Uuid;

use crate::journal::Record;
use crate::store::{
    Acceptance, Answer, Batch, EventRow, EventState, Identities, Link, LinkSave, MemoryStore, NewEvent,
    NewRun, PollSave, Reader, RunFilter, RunRow, Store, StoreError,
};

#[derive(Default)]
pub(super) struct Probe {
    pub(super) kept: MemoryStore,
    /// The names of methods that refuse.
    pub(super) refuses: Mutex<Vec<&'static str>>,
    /// What was changed, in order.
    pub(super) changes: Mutex<Vec<&'static str>>,
}

impl Probe {
    pub(super) fn refuse(&self, methods: &[&'static str]) {
        *self.refuses.lock().unwrap() = methods.to_vec();
    }

    fn gate<'a, T: Send + 'a>(
        &'a self,
        method: &'static str,
        answer: impl FnOnce() -> Answer<'a, T>,
    ) -> Answer<'a, T> {
        if self.refuses.lock().unwrap().contains(&method) {
            let error = StoreError::Refused {
                path: "/secret/place/store.db".into(),
                message: "the disk is full".into(),
            };
            return Box::pin(async move { Err(error) });
        }
        self.changes.lock().unwrap().push(method);
        answer()
    }
}

impl Reader for Probe {
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunRow>> {
        self.kept.runs(filter)
    }
    fn run(&self, id: Uuid) -> Answer<'_, Option<RunRow>> {
        self.kept.run(id)
    }
    fn journal(&self, id: Uuid) -> Answer<'_, Vec<Record>> {
        self.kept.journal(id)
    }
    fn version(&self, digest: String) -> Answer<'_, Option<Value>> {
        self.kept.version(digest)
    }
    fn events(&self, state: EventState, limit: u32) -> Answer<'_, Vec<EventRow>> {
        self.kept.events(state, limit)
    }
    fn links(&self, limit: u32) -> Answer<'_, Vec<Link>> {
        self.kept.links(limit)
    }
    fn link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.kept.link(id)
    }
    fn find_links(&self, identities: Identities) -> Answer<'_, Vec<Link>> {
        self.gate("find_links", || self.kept.find_links(identities))
    }
    fn meta(&self, name: String) -> Answer<'_, Option<String>> {
        self.kept.meta(name)
    }
}

impl Store for Probe {
    fn accept(&self, events: Vec<NewEvent>) -> Answer<'_, Vec<Acceptance>> {
        self.gate("accept", || self.kept.accept(events))
    }
    fn drop_event(&self, id: Uuid, reason: String) -> Answer<'_, ()> {
        self.gate("drop_event", || self.kept.drop_event(id, reason))
    }
    fn begin_run(&self, run: NewRun) -> Answer<'_, ()> {
        self.gate("begin_run", || self.kept.begin_run(run))
    }
    fn append(&self, batch: Batch) -> Answer<'_, ()> {
        self.gate("append", || self.kept.append(batch))
    }
    fn unfinished(&self) -> Answer<'_, Vec<RunRow>> {
        self.kept.unfinished()
    }
    fn resume_from(&self, id: Uuid) -> Answer<'_, (u64, Vec<Record>)> {
        self.kept.resume_from(id)
    }
    fn cursor(&self, flow: String) -> Answer<'_, Option<Value>> {
        self.kept.cursor(flow)
    }
    fn save_poll(&self, poll: PollSave) -> Answer<'_, Vec<Acceptance>> {
        self.gate("save_poll", || self.kept.save_poll(poll))
    }
    fn watched(&self, flow: String, records: Vec<String>) -> Answer<'_, Vec<Option<Value>>> {
        self.kept.watched(flow, records)
    }
    fn merge_watched(&self, flow: String, record: String, values: Value) -> Answer<'_, ()> {
        self.gate("merge_watched", || self.kept.merge_watched(flow, record, values))
    }
    fn save_link(&self, save: LinkSave, new_id: Uuid) -> Answer<'_, Link> {
        self.kept.save_link(save, new_id)
    }
    fn set_identities(&self, id: Uuid, identities: Identities) -> Answer<'_, Option<Link>> {
        self.kept.set_identities(id, identities)
    }
    fn remove_link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.kept.remove_link(id)
    }
    fn save_version(&self, digest: String, files: Value) -> Answer<'_, ()> {
        self.kept.save_version(digest, files)
    }
    fn set_meta(&self, name: String, value: String) -> Answer<'_, ()> {
        self.kept.set_meta(name, value)
    }
    fn bind(&self, binding: String) -> Answer<'_, ()> {
        self.kept.bind(binding)
    }
    fn compact(&self, before: Timestamp) -> Answer<'_, u64> {
        self.kept.compact(before)
    }
}
