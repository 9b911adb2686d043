//! The carrier of one process: a store, a clock and turns under keys.
//!
//! With [`DiskStore`](crate::store::DiskStore) it is the durable one, with
//! [`MemoryStore`](crate::store::MemoryStore) the one of tests and simulations; both pass the same tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use connector_api::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use crate::run::retry::scattered;
use crate::run::{Carrier, Clock, KeyGuard, Keys};
use crate::store::{Batch, MemoryStore, NewRun, Store, StoreError};

/// A carrier over a store.
pub struct StoreCarrier {
    store: Arc<dyn Store>,
    clock: Clock,
    keys: Keys,
    /// Where numbers and ids come from when they shall be the same each time.
    fixed: Option<AtomicU64>,
}

impl StoreCarrier {
    /// A carrier whose ids and seeds nobody can foresee.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self {
            store,
            clock,
            keys: Keys::default(),
            fixed: None,
        }
    }

    /// A carrier in memory whose ids and seeds follow from one number.
    pub fn in_memory(clock: Clock, seed: u64) -> Self {
        Self {
            fixed: Some(AtomicU64::new(seed)),
            ..Self::new(Arc::new(MemoryStore::default()), clock)
        }
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}

impl Carrier for StoreCarrier {
    fn begin(&self, run: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.begin_run(run)
    }

    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.append(batch)
    }

    fn own<'a>(&'a self, key: &'a str, limit: u32) -> BoxFuture<'a, KeyGuard> {
        Box::pin(self.keys.own(key, limit))
    }

    fn wake_at(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(self.clock.wait_until(at))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn new_id(&self) -> Uuid {
        let Some(next) = &self.fixed else {
            return Uuid::now_v7();
        };
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    fn seed(&self) -> u64 {
        match &self.fixed {
            Some(next) => scattered(next.fetch_add(1, Ordering::Relaxed)),
            None => {
                let (high, low) = Uuid::new_v4().as_u64_pair();
                // Some bits of each half are fixed; together none is.
                high ^ low.rotate_left(32)
            }
        }
    }
}
