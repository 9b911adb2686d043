//! Threads that own a connection: one that writes and commits in groups, one that reads.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::fault::Fault;
use crate::store::{Answer, StoreError};

/// Most jobs that share one commit.
const GROUP_MAX: usize = 512;
/// Jobs that may wait before askers do.
const QUEUE: usize = 1_024;

const BEGIN: &str = "BEGIN IMMEDIATE";
const ROLLBACK: &str = "ROLLBACK";
const RELEASE: &str = "RELEASE job";

/// What a job leaves to be said once its commit is known to have succeeded or failed.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Work on the connection, or the reason why there is none. Says whether what it did shall stay.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> (bool, Reply) + Send>;

/// A thread with a connection of its own.
pub(super) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Worker {
    /// A thread that writes. What is queued when it looks shares one commit. `kept` lives as long as the thread.
    pub(super) fn writer<K: Send + 'static>(
        path: PathBuf,
        connection: Connection,
        kept: K,
    ) -> std::io::Result<Self> {
        Self::spawn("store-writer", path, move |path, mut jobs| {
            let mut group = Vec::with_capacity(GROUP_MAX);
            while jobs.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
                commit(&connection, path, &mut group);
            }
            drop(connection);
            drop(kept);
        })
    }

    /// A thread that reads.
    pub(super) fn reader(path: PathBuf, connection: Connection) -> std::io::Result<Self> {
        Self::spawn("store-reader", path, move |_, mut jobs| {
            while let Some(job) = jobs.blocking_recv() {
                let (_, reply) = job(Ok(&connection));
                reply(Ok(()));
            }
        })
    }

    fn spawn(
        name: &str,
        path: PathBuf,
        work: impl FnOnce(&Path, mpsc::Receiver<Job>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let shown = path.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&path, receiver))?;
        Ok(Self {
            jobs: Some(sender),
            thread: Some(thread),
            path: shown,
        })
    }

    /// Does something on the connection and answers once it is committed. What fails leaves nothing behind.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            let (sender, receiver) = oneshot::channel();
            let path = self.path.clone();
            let job: Job = Box::new(move |connection| {
                let result =
                    connection.and_then(|connection| work(connection).map_err(|fault| fault.at(&path)));
                let stays = result.is_ok();
                let reply: Reply = Box::new(move |committed| {
                    // An asker that went away does not need the answer.
                    drop(sender.send(match committed {
                        Ok(()) => result,
                        Err(error) => result.and(Err(error)),
                    }));
                });
                (stays, reply)
            });
            let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
            jobs.send(job).await.map_err(|_| StoreError::Closed)?;
            receiver.await.map_err(|_| StoreError::Closed)?
        })
    }
}

impl Drop for Worker {
    /// Waits until what was asked is done and the file is closed.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(path = %self.path.display(), "the thread of the store ended with a panic");
        }
    }
}

/// Carries out one statement, which is compiled once.
fn say(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Carries out a group of jobs in one transaction and tells each what became of it.
fn commit(connection: &Connection, path: &Path, group: &mut Vec<Job>) {
    let refuse = |error: rusqlite::Error| Fault::from(error).at(path);
    if let Err(error) = say(connection, BEGIN) {
        let error = refuse(error);
        for job in group.drain(..) {
            let (_, reply) = job(Err(error.clone()));
            reply(Ok(()));
        }
        return;
    }
    let alone = group.len() == 1;
    let mut replies = Vec::with_capacity(group.len());
    let mut failed = None;
    for job in group.drain(..) {
        if !alone && let Err(error) = say(connection, "SAVEPOINT job") {
            failed.get_or_insert_with(|| refuse(error));
        }
        let (stays, reply) = job(Ok(connection));
        let end = match (alone, stays) {
            (true, true) => Ok(()),
            (true, false) => say(connection, ROLLBACK).and_then(|()| say(connection, BEGIN)),
            (false, true) => say(connection, RELEASE),
            (false, false) => say(connection, "ROLLBACK TO job").and_then(|()| say(connection, RELEASE)),
        };
        if let Err(error) = end {
            failed.get_or_insert_with(|| refuse(error));
        }
        replies.push(reply);
    }
    let committed = match failed {
        None => say(connection, "COMMIT").map_err(refuse),
        Some(error) => Err(error),
    };
    if committed.is_err()
        && let Err(error) = say(connection, ROLLBACK)
    {
        tracing::warn!(path = %path.display(), %error, "the store could not roll back");
    }
    for reply in replies {
        reply(committed.clone());
    }
}
