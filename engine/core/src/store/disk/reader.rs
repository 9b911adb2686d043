//! A store opened for reading only: beside a running engine, or after it ended.

use std::path::Path;

use connector_api::Value;
use uuid::Uuid;

use super::worker::Worker;
use super::{schema, statements};
use crate::journal::Record;
use crate::store::{Answer, EventRow, EventState, Identities, Link, Reader, RunFilter, RunRow, StoreError};

/// A store that can only be read.
pub struct DiskReader {
    worker: Worker,
}

impl DiskReader {
    /// Whether a folder holds a store.
    pub fn exists(folder: &Path) -> bool {
        folder.join(schema::FILE).is_file()
    }

    /// Opens the store in a folder. Makes nothing: a missing store is an error.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_to_read(folder)?;
        let path = folder.join(schema::FILE);
        let worker = Worker::reader(path.clone(), connection).map_err(|error| StoreError::Refused {
            path,
            message: error.to_string(),
        })?;
        Ok(Self { worker })
    }
}

impl Reader for DiskReader {
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunRow>> {
        self.worker
            .ask(move |connection| statements::runs(connection, &filter))
    }

    fn run(&self, id: Uuid) -> Answer<'_, Option<RunRow>> {
        self.worker.ask(move |connection| statements::run(connection, id))
    }

    fn journal(&self, id: Uuid) -> Answer<'_, Vec<Record>> {
        self.worker
            .ask(move |connection| statements::journal(connection, id).map(|(_, records)| records))
    }

    fn version(&self, digest: String) -> Answer<'_, Option<Value>> {
        self.worker
            .ask(move |connection| statements::version(connection, &digest))
    }

    fn events(&self, state: EventState, limit: u32) -> Answer<'_, Vec<EventRow>> {
        self.worker
            .ask(move |connection| statements::events(connection, state, limit))
    }

    fn links(&self, limit: u32) -> Answer<'_, Vec<Link>> {
        self.worker
            .ask(move |connection| statements::links(connection, limit))
    }

    fn link(&self, id: Uuid) -> Answer<'_, Option<Link>> {
        self.worker
            .ask(move |connection| statements::link(connection, id))
    }

    fn find_links(&self, identities: Identities) -> Answer<'_, Vec<Link>> {
        self.worker
            .ask(move |connection| statements::find_links(connection, &identities))
    }

    fn meta(&self, name: String) -> Answer<'_, Option<String>> {
        self.worker
            .ask(move |connection| statements::meta(connection, &name))
    }
}
