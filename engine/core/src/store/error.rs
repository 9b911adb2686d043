//! What can go wrong with a store, in words that say what is still safe to do.

use std::path::PathBuf;

/// A store that cannot do what was asked.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// The event of a run to begin has started one already, or was dropped in favour of a newer one.
    #[error("event `{0}` no longer waits")]
    NotWaiting(uuid::Uuid),
    /// There is no store.
    #[error("there is no store at `{path}`; `engine run` makes one")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another engine owns it.
    #[error("the store `{path}` is in use by another engine; stop that one or name another store")]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// A newer engine wrote it.
    #[error(
        "the store `{path}` has format {found}, this engine knows {known}; nothing was changed: use the newer engine, \
         or name another store"
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this build knows.
        known: i64,
    },
    /// It cannot be read.
    #[error(
        "the store `{path}` is damaged: {message}; it was left as it is: keep a copy, then name another store or \
         restore a backup"
    )]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// The disk or the database refused.
    #[error("the store `{path}` refused: {message}")]
    Refused {
        /// The store.
        path: PathBuf,
        /// What it said.
        message: String,
    },
    /// It belongs to another organisation or tenant.
    #[error(
        "the store `{path}` belongs to `{bound}`, not to `{wanted}`; name another store for the other one"
    )]
    OtherBinding {
        /// The store.
        path: PathBuf,
        /// Whose it is.
        bound: String,
        /// Who asked.
        wanted: String,
    },
    /// Two deals would become one, or one deal would have two of something.
    #[error("{0}")]
    LinkConflict(String),
    /// A record does not fit what the store holds.
    #[error("{0}")]
    Inconsistent(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}
