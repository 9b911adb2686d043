//! Where events, runs, cursors and links live.
//!
//! [`Reader`] is what may be read while an engine runs and after it ended; [`Store`] is what the engine itself does.
//! [`MemoryStore`] serves tests, [`DiskStore`] is the durable one; both pass the same tests.

mod disk;
mod error;
mod event;
mod link;
mod memory;
mod runs;
#[cfg(test)]
mod tests;

use connector_api::{BoxFuture, Value};
use jiff::Timestamp;
use uuid::Uuid;

pub use disk::{DiskReader, DiskStore};
pub use error::StoreError;
pub use event::{Acceptance, EventRow, EventState, NewEvent, PollSave};
pub use link::{BASE_LENGTH_MAX, IDENTITY_LENGTH_MAX, IDENTITY_NAMES, Identities, Link, LinkSave};
pub use memory::MemoryStore;
pub use runs::{Batch, NewRun, RUNS_LISTED_MAX, RunFilter, RunRow, RunStatus};

use crate::journal::Record;

/// A future of a store's answer.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The named fact that says whom a store belongs to.
pub const BINDING: &str = "binding";
/// Most runs one [`Store::compact`] removes.
pub const COMPACTED_MAX: u32 = 1_000;

/// What may be read of a store by anybody.
pub trait Reader: Send + Sync {
    /// Runs, newest first.
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunRow>>;

    /// One run's row.
    fn run(&self, id: Uuid) -> Answer<'_, Option<RunRow>>;

    /// One run's records in order. Hidden values are still in them: show them only through
    /// [`crate::journal::redact`] or [`crate::journal::RunView`].
    fn journal(&self, id: Uuid) -> Answer<'_, Vec<Record>>;

    /// The files of a solution version, by digest.
    fn version(&self, digest: String) -> Answer<'_, Option<Value>>;

    /// Events in a state, oldest first, at most `limit`.
    fn events(&self, state: EventState, limit: u32) -> Answer<'_, Vec<EventRow>>;

    /// Every link, oldest first, at most `limit`.
    fn links(&self, limit: u32) -> Answer<'_, Vec<Link>>;

    /// A link by its own id. One that became part of another is no longer found.
    fn link(&self, id: Uuid) -> Answer<'_, Option<Link>>;

    /// The links that share an identity, oldest first.
    fn find_links(&self, identities: Identities) -> Answer<'_, Vec<Link>>;

    /// A named fact about the store.
    fn meta(&self, name: String) -> Answer<'_, Option<String>>;
}

/// What the engine does with its store. Every method that changes something answers after the change is durable.
pub trait Store: Reader {
    /// Accepts events, all or none; answers in their order.
    fn accept(&self, events: Vec<NewEvent>) -> Answer<'_, Vec<Acceptance>>;

    /// Says that a waiting event starts no run, and why. Does nothing to an event that no longer waits.
    fn drop_event(&self, id: Uuid, reason: String) -> Answer<'_, ()>;

    /// Begins a run: row, first records and the event's state in one.
    fn begin_run(&self, run: NewRun) -> Answer<'_, ()>;

    /// Appends records to a run's journal. Refuses a position that is taken or leaves a gap.
    fn append(&self, batch: Batch) -> Answer<'_, ()>;

    /// Runs that have not ended, oldest first.
    fn unfinished(&self) -> Answer<'_, Vec<RunRow>>;

    /// The position after a run's last batch, and its records: what resuming starts from.
    fn resume_from(&self, id: Uuid) -> Answer<'_, (u64, Vec<Record>)>;

    /// The cursor of a flow's poll.
    fn cursor(&self, flow: String) -> Answer<'_, Option<Value>>;

    /// Saves what a poll brought, as one.
    fn save_poll(&self, poll: PollSave) -> Answer<'_, Vec<Acceptance>>;

    /// The watched values last handed on, for each record asked for; `None` for a record never seen.
    fn watched(&self, flow: String, records: Vec<String>) -> Answer<'_, Vec<Option<Value>>>;

    /// Merges watched values of one record: members of the object replace those of the same name.
    fn merge_watched(&self, flow: String, record: String, values: Value) -> Answer<'_, ()>;

    /// Saves what is known of a deal, joining what was known of it before: identities are added, values of the base
    /// merged, the rest replaced where it is given. `new_id` is used when nothing was known.
    fn save_link(&self, save: LinkSave, new_id: Uuid) -> Answer<'_, Link>;

    /// Gives a link these identities in place of its own; `None` when there is no such link. An identity another link
    /// has is refused.
    fn set_identities(&self, id: Uuid, identities: Identities) -> Answer<'_, Option<Link>>;

    /// Forgets a deal; answers what was forgotten.
    fn remove_link(&self, id: Uuid) -> Answer<'_, Option<Link>>;

    /// Keeps the files of a solution version.
    fn save_version(&self, digest: String, files: Value) -> Answer<'_, ()>;

    /// Sets a named fact about the store.
    fn set_meta(&self, name: String, value: String) -> Answer<'_, ()>;

    /// Binds the store to an organisation and tenant, or refuses when it is bound to another.
    fn bind(&self, binding: String) -> Answer<'_, ()>;

    /// Removes succeeded and cancelled runs and settled events that ended before a time, and versions nobody uses.
    /// Failed runs stay. Answers how many runs went, [`COMPACTED_MAX`] at most: call again until none does.
    fn compact(&self, before: Timestamp) -> Answer<'_, u64>;
}
