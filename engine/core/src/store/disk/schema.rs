//! The file: its tables, its format version, and how it is opened.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::fault::Fault;
use crate::store::StoreError;

/// The database inside a store's folder.
pub(super) const FILE: &str = "store.db";
/// Held by the engine that owns the store.
const LOCK: &str = "store.lock";
/// Marks a SQLite file as ours.
const APPLICATION: i32 = 0x656e_676e;
/// The format of the tables. A change that an older engine would misread raises it.
pub(super) const FORMAT: i64 = 1;
/// Statements kept compiled.
const STATEMENTS_CACHED: usize = 64;

const TABLES: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE events (
  no INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, flow TEXT NOT NULL, at INTEGER NOT NULL,
  trigger TEXT NOT NULL, key TEXT, state TEXT NOT NULL, reason TEXT, run BLOB, dedupe TEXT);
CREATE INDEX events_waiting ON events (no) WHERE state = 'waiting';
CREATE INDEX events_dedupe ON events (flow, dedupe, at) WHERE dedupe IS NOT NULL;
CREATE TABLE runs (
  no INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, flow TEXT NOT NULL, version TEXT NOT NULL,
  status TEXT NOT NULL, key TEXT, trigger TEXT NOT NULL, parent TEXT, parent_run BLOB, started INTEGER NOT NULL,
  ended INTEGER, error TEXT);
CREATE INDEX runs_unfinished ON runs (no) WHERE ended IS NULL;
CREATE INDEX runs_started ON runs (started, no);
CREATE INDEX runs_parent ON runs (parent_run) WHERE parent_run IS NOT NULL;
CREATE TABLE journal (run INTEGER NOT NULL, seq INTEGER NOT NULL, records TEXT NOT NULL, UNIQUE (run, seq));
CREATE TABLE cursors (flow TEXT PRIMARY KEY, cursor TEXT NOT NULL);
CREATE TABLE watched (flow TEXT NOT NULL, record TEXT NOT NULL, fields TEXT NOT NULL, UNIQUE (flow, record));
CREATE TABLE links (
  no INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, referral_id TEXT UNIQUE, engagement_id TEXT UNIQUE,
  microsoft_referral_id TEXT UNIQUE, opportunity_id TEXT UNIQUE, lead_id TEXT UNIQUE,
  base TEXT NOT NULL, etag TEXT, agreed INTEGER);
CREATE TABLE versions (no INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, files TEXT NOT NULL);
";

/// What keeps other engines from writing to the store in a folder, for as long as the file is open. Makes the folder.
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    make_folder(folder).map_err(|error| refused(folder, &error))?;
    let lock = owner_only(&folder.join(LOCK)).map_err(|error| refused(folder, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(refused(folder, &error)),
    }
}

/// Removes the database and its side files. Only for the holder of the lock.
pub(super) fn remove(folder: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = folder.join(format!("{FILE}{suffix}"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(&path, &error)),
            _ => {}
        }
    }
    Ok(())
}

/// The connection that writes. Only for the holder of the lock.
pub(super) fn open_to_write(folder: &Path) -> Result<Connection, StoreError> {
    let path = folder.join(FILE);
    // SQLite gives its side files the mode of the database, so making it first keeps all of them private.
    owner_only(&path).map_err(|error| refused(folder, &error))?;
    prepare_to_write(&path).map_err(|fault| fault.at(&path))
}

fn prepare_to_write(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = format == 0 && tables == 0;
    if !is_new {
        recognise(&connection, path)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    if is_new {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
        ))?;
    }
    Ok(connection)
}

/// A connection that can only read, beside an engine or without one.
pub(super) fn open_to_read(folder: &Path) -> Result<Connection, StoreError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(StoreError::Missing {
            path: folder.to_owned(),
        });
    }
    let open = || -> Result<Connection, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        recognise(&connection, &path)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        Ok(connection)
    };
    open().map_err(|fault| fault.at(&path))
}

fn recognise(connection: &Connection, path: &Path) -> Result<(), Fault> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if application != APPLICATION {
        return Err(Fault::Damaged("it is a database of another program".into()));
    }
    if format > FORMAT {
        return Err(Fault::Store(StoreError::Newer {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
        }));
    }
    Ok(())
}

fn refused(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Refused {
        path: path.to_owned(),
        message: error.to_string(),
    }
}

/// Makes the folder, private to its owner; one that is there keeps its mode.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn owner_only(path: &PathBuf) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
