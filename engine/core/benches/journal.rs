//! Journal appends per second: the store's group commit against one commit per record, on the same SQLite file.
//!
//! Wanted: at 64 runs at once at least 8 times as many, with one run at most a tenth fewer.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement runs at the time of the machine"
)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

mod shared;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connector_api::{Value, value::object};
use engine_core::flow::Status;
use engine_core::journal::{Address, Ended, Record};
use engine_core::store::{Batch, DiskStore, RunStatus, Store};
use jiff::Timestamp;
use rusqlite::Connection;
use uuid::Uuid;

/// How long each side writes in one round.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds of each side, in turn; the best counts, because the disk is not ours alone.
const ROUNDS: usize = 3;

/// What one round came to.
#[derive(Clone, Copy, Default)]
struct Rate {
    per_second: f64,
    bytes_per_record: f64,
}

fn main() {
    if !shared::is_asked() {
        return;
    }
    println!(
        "journal appends per second; {} bytes of JSON each, synchronous=FULL",
        text().len()
    );
    println!(
        "{:>5} {:>14} {:>14} {:>7} {:>18} {:>18}",
        "runs", "one by one", "group commit", "ratio", "bytes one by one", "bytes grouped"
    );
    for runs in [1, 16, 64] {
        let (mut single, mut grouped) = (Rate::default(), Rate::default());
        for _ in 0..ROUNDS {
            single = better(single, one_commit_each(runs));
            grouped = better(grouped, group_commit(runs));
        }
        println!(
            "{runs:>5} {:>14.0} {:>14.0} {:>7.2} {:>18.0} {:>18.0}",
            single.per_second,
            grouped.per_second,
            grouped.per_second / single.per_second,
            single.bytes_per_record,
            grouped.bytes_per_record
        );
    }
}

fn better(left: Rate, right: Rate) -> Rate {
    if right.per_second > left.per_second {
        right
    } else {
        left
    }
}

/// The end of a call with a small answer: the usual record.
fn record() -> Record {
    let body = object([
        ("id", "0061x00000AbCdEAAV".into()),
        ("success", true.into()),
        ("created", true.into()),
        ("Name", "Contoso cloud migration, second phase".into()),
        ("StageName", "Qualification".into()),
        ("LastModifiedDate", "2026-11-20T08:15:42.000+0000".into()),
    ]);
    Record::Ended(Box::new(Ended {
        action: Address::of("upsert_the_opportunity"),
        at: Timestamp::now(),
        status: Status::Succeeded,
        body: Some(Arc::new(body)),
        answer: None,
        error: None,
        children: Vec::new(),
        secure: false,
    }))
}

fn text() -> String {
    serde_json::to_string(&[record()]).unwrap()
}

/// Begins the runs and gives their ids.
async fn begin(store: &DiskStore, runs: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for _ in 0..runs {
        let id = Uuid::now_v7();
        store.begin_run(shared::new_run(id, Value::Null)).await.unwrap();
        ids.push(id);
    }
    ids
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn group_commit(runs: usize) -> Rate {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Arc::new(DiskStore::open(folder.path()).unwrap());
        let ids = begin(&store, runs).await;
        let (start, before) = (Instant::now(), shared::written());
        let tasks: Vec<_> = ids
            .into_iter()
            .map(|run| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut seq: u64 = 1;
                    while start.elapsed() < ROUND {
                        let batch = Batch {
                            run,
                            seq,
                            records: vec![record()],
                            status: RunStatus::Running,
                        };
                        store.append(batch).await.unwrap();
                        seq += 1;
                    }
                    i64::try_from(seq - 1).unwrap()
                })
            })
            .collect();
        let mut records = 0;
        for task in tasks {
            records += task.await.unwrap();
        }
        rate(records, start.elapsed(), shared::written() - before)
    })
}

/// As many threads take turns on one connection; each record is a transaction of its own, with the store's statements.
fn one_commit_each(runs: usize) -> Rate {
    let folder = tempfile::tempdir().unwrap();
    let ids = runtime().block_on(async { begin(&DiskStore::open(folder.path()).unwrap(), runs).await });
    let connection = Mutex::new(open(&folder.path().join("store.db")));
    let (start, before) = (Instant::now(), shared::written());
    let records = std::thread::scope(|scope| {
        let threads: Vec<_> = ids
            .iter()
            .map(|run| {
                let connection = &connection;
                scope.spawn(move || {
                    let mut records = 0;
                    while start.elapsed() < ROUND {
                        let text = text();
                        append(&connection.lock().unwrap(), run, records + 1, &text);
                        records += 1;
                    }
                    records
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    rate(records, start.elapsed(), shared::written() - before)
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .pragma_update(None, "wal_autocheckpoint", 8_000)
        .unwrap();
    connection
}

fn append(connection: &Connection, run: &Uuid, seq: i64, text: &str) {
    say(connection, "BEGIN IMMEDIATE");
    let (no, next): (i64, i64) = connection
        .prepare_cached(
            "SELECT no, (SELECT coalesce(max(seq) + 1, 0) FROM journal WHERE run = runs.no) FROM runs WHERE id = ?",
        )
        .unwrap()
        .query_row([run.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(next, seq, "the journal has no gaps");
    connection
        .prepare_cached("INSERT INTO journal (run, seq, records) VALUES (?, ?, ?)")
        .unwrap()
        .execute((no, seq, text))
        .unwrap();
    say(connection, "COMMIT");
}

fn say(connection: &Connection, sql: &str) {
    connection.prepare_cached(sql).unwrap().execute([]).unwrap();
}

fn rate(records: i64, time: Duration, bytes: u64) -> Rate {
    Rate {
        per_second: records as f64 / time.as_secs_f64(),
        bytes_per_record: bytes as f64 / records as f64,
    }
}
