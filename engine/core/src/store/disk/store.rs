//! The durable store of an engine.

use std::fs::File;
use std::path::{Path, PathBuf};

use connector_api::Value;
use jiff::Timestamp;
use uuid::Uuid;

use super::reader::DiskReader;
use super::worker::Worker;
use super::{rows, schema, statements};
use crate::journal::Record;
use crate::store::{
    Acceptance, Answer, Batch, EventRow, EventState, Identities, Link, LinkSave, NewEvent, NewRun, PollSave,
    Reader, RunFilter, RunRow, Store, StoreError,
};

/// A store in a folder. While it is open nobody else can open it to write; dropping it waits until all that was asked
/// is durable.
pub struct DiskStore {
    // Closed before the writer, whose connection then is the last and folds the write-ahead log into the file.
    reader: DiskReader,
    writer: Worker,
    path: PathBuf,
}

impl DiskStore {
    /// Opens the store in a folder, making both where they are missing, readable by their owner alone.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::with_lock(folder, schema::lock(folder)?)
    }

    /// Like [`open`](Self::open), but what the store held is forgotten. A store that another engine uses is left
    /// alone, as ever.
    pub fn open_emptied(folder: &Path) -> Result<Self, StoreError> {
        let lock = schema::lock(folder)?;
        schema::remove(folder)?;
        Self::with_lock(folder, lock)
    }

    fn with_lock(folder: &Path, lock: File) -> Result<Self, StoreError> {
        let connection = schema::open_to_write(folder)?;
        let path = folder.join(schema::FILE);
        let reader = DiskReader::open(folder)?;
        let writer = Worker::writer(path.clone(), connection, lock).map_err(|error| StoreError::Refused {
            path: path.clone(),
            message: error.to_string(),
        })?;
        Ok(Self { reader, writer, path })
    }
}

impl Reader for DiskStore {
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunRow>> {
        self.reader.runs(filter)
    }

    fn run(&self, id: Uuid) -> Answer<'_, Option<RunRow>> {
        self.reader.run(id)
    }

    fn journal(&self, id: Uuid) -> Answer<'_, Vec<Record>> {
        self.reader.journal(id)
    }

    fn version(&self, digest: String) -> Answer<'_, Option<Value>> {
        self.reader.version(digest)
    }

    fn events(&self, state: EventState, limit: u32) -> Answer<'_, Vec<EventRow>> {
        self.reader.events(state, limit)
    }

    fn links(&self, limit: u32) -> Answer<'_, Vec<Link>> {
        self.reader.links(limit)
    }

    fn link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.reader.link(id)
    }

    fn find_links(&self, identities: Identities) -> Answer<'_, Vec<Link>> {
        self.reader.find_links(identities)
    }

    fn meta(&self, name: String) -> Answer<'_, Option<String>> {
        self.reader.meta(name)
    }
}

impl Store for DiskStore {
    fn accept(&self, events: Vec<NewEvent>) -> Answer<'_, Vec<Acceptance>> {
        self.writer
            .ask(move |connection| statements::accept(connection, &events))
    }

    fn drop_event(&self, id: Uuid, reason: String) -> Answer<'_, ()> {
        self.writer
            .ask(move |connection| statements::drop_event(connection, id, &reason))
    }

    fn begin_run(&self, run: NewRun) -> Answer<'_, ()> {
        let records = rows::json(&run.records);
        self.writer
            .ask(move |connection| statements::begin_run(connection, &run, &records?))
    }

    fn append(&self, batch: Batch) -> Answer<'_, ()> {
        let records = rows::json(&batch.records);
        self.writer
            .ask(move |connection| statements::append(connection, &batch, &records?))
    }

    fn unfinished(&self) -> Answer<'_, Vec<RunRow>> {
        self.writer.ask(statements::unfinished)
    }

    fn resume_from(&self, id: Uuid) -> Answer<'_, (u64, Vec<Record>)> {
        self.writer
            .ask(move |connection| statements::journal(connection, id))
    }

    fn cursor(&self, flow: String) -> Answer<'_, Option<Value>> {
        self.writer
            .ask(move |connection| statements::cursor(connection, &flow))
    }

    fn save_poll(&self, poll: PollSave) -> Answer<'_, Vec<Acceptance>> {
        self.writer.ask(move |connection| {
            let acceptances = statements::accept(connection, &poll.events)?;
            for (record, values) in poll.watched {
                statements::merge_watched(connection, &poll.flow, &record, values)?;
            }
            statements::set_cursor(connection, &poll.flow, &poll.cursor)?;
            Ok(acceptances)
        })
    }

    fn watched(&self, flow: String, records: Vec<String>) -> Answer<'_, Vec<Option<Value>>> {
        self.writer.ask(move |connection| {
            records
                .iter()
                .map(|record| statements::watched(connection, &flow, record))
                .collect()
        })
    }

    fn merge_watched(&self, flow: String, record: String, values: Value) -> Answer<'_, ()> {
        self.writer
            .ask(move |connection| statements::merge_watched(connection, &flow, &record, values))
    }

    fn save_link(&self, save: LinkSave, new_id: Uuid) -> Answer<'_, Link> {
        self.writer
            .ask(move |connection| statements::save_link(connection, &save, new_id))
    }

    fn set_identities(&self, id: Uuid, identities: Identities) -> Answer<'_, Option<Link>> {
        self.writer
            .ask(move |connection| statements::set_identities(connection, id, identities))
    }

    fn remove_link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.writer
            .ask(move |connection| statements::remove_link(connection, id))
    }

    fn save_version(&self, digest: String, files: Value) -> Answer<'_, ()> {
        self.writer
            .ask(move |connection| statements::save_version(connection, &digest, &files))
    }

    fn set_meta(&self, name: String, value: String) -> Answer<'_, ()> {
        self.writer
            .ask(move |connection| statements::set_meta(connection, &name, &value))
    }

    fn bind(&self, binding: String) -> Answer<'_, ()> {
        let path = self.path.clone();
        self.writer
            .ask(move |connection| statements::bind(connection, &binding, &path))
    }

    fn compact(&self, before: Timestamp) -> Answer<'_, u64> {
        self.writer
            .ask(move |connection| statements::compact(connection, before))
    }
}
