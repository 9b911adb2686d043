//! What carries a run: everything the run machine needs from outside, and nothing more.

use connector_api::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use crate::run::KeyGuard;
use crate::store::{Batch, NewRun, StoreError};

/// The only door between a run and its surroundings. Nothing above it knows disks, files or processes.
pub trait Carrier: Send + Sync + 'static {
    /// Begins a run: makes its first records durable together with its row. Answers after they are.
    fn begin(&self, run: NewRun) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Makes records durable. Answers after they are.
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Waits for a turn under a key, in the order of asking; at most `limit` hold it at once. The turn ends when the
    /// guard is dropped.
    fn own<'a>(&'a self, key: &'a str, limit: u32) -> BoxFuture<'a, KeyGuard>;

    /// Returns at a time; at once when it is past.
    fn wake_at(&self, at: Timestamp) -> BoxFuture<'_, ()>;

    /// The time, to the millisecond.
    fn now(&self) -> Timestamp;

    /// A new id, later ones sorting after earlier ones.
    fn new_id(&self) -> Uuid;

    /// A number nobody can foresee: where `guid()` and `rand()` start.
    fn seed(&self) -> u64;
}
