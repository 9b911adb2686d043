//! How long an engine takes from opening its store to being ready, with much and with no history, after a crash.
//!
//! Wanted: the same, because only what has not ended is looked at.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement runs at the time of the machine"
)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_api::{Value, value::object};
use engine_core::catalog::Catalog;
use engine_core::flow::Status;
use engine_core::journal::{Record, RunEnded};
use engine_core::run::{Clock, StoreCarrier};
use engine_core::service::{Host, HostOptions, Timing};
use engine_core::solution::{SolutionFile, load};
use engine_core::store::{Batch, DiskStore, RunStatus, Store};
use jiff::Timestamp;
use uuid::Uuid;

/// Runs begun at once while a store is filled.
const AT_ONCE: usize = 200;
const ROUNDS: usize = 5;

fn main() {
    if !shared::is_asked() {
        return;
    }
    println!("{:>14} {:>10} {:>12}", "finished runs", "store MB", "ready in ms");
    for finished in [0, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        runtime().block_on(fill(folder.path(), finished));
        let size = std::fs::metadata(folder.path().join("store.db")).unwrap().len();
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| ready(folder.path())).collect();
        times.sort();
        let median = times[ROUNDS / 2].as_secs_f64() * 1_000.0;
        println!("{finished:>14} {:>10.1} {median:>12.2}", size as f64 / 1e6);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn fill(folder: &Path, runs: usize) {
    let store = Arc::new(DiskStore::open(folder).unwrap());
    for _ in 0..runs / AT_ONCE {
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| tokio::spawn(finished_run(Arc::clone(&store))))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

async fn finished_run(store: Arc<DiskStore>) {
    let id = Uuid::now_v7();
    let event = object([(
        "body",
        object([("ResourceUri", format!("https://api.example/{id}").into())]),
    )]);
    store.begin_run(shared::new_run(id, event)).await.unwrap();
    let end = Record::RunEnded(Box::new(RunEnded {
        at: Timestamp::now(),
        status: Status::Succeeded,
        error: None,
    }));
    let batch = Batch {
        run: id,
        seq: 1,
        records: vec![end],
        status: RunStatus::Succeeded,
    };
    store.append(batch).await.unwrap();
}

/// From opening the store to a host that has taken up all there was.
fn ready(folder: &Path) -> Duration {
    let files = [
        ("solution.yaml", "name: Ready\nversion: 1.0.0\n"),
        (
            "flow.yaml",
            "name: Flow\ntrigger: { type: http_request }\nactions:\n  one: { type: compose, inputs: 1 }\n",
        ),
    ]
    .map(|(path, text)| SolutionFile {
        path: path.to_owned(),
        shown: path.to_owned(),
        text: text.to_owned(),
    });
    runtime().block_on(async {
        let start = Instant::now();
        let (checked, found) = engine_core::check::check(&load(&files), &Catalog::default());
        let checked = checked.unwrap_or_else(|| panic!("the flow of the bench is wrong: {found:#?}"));
        let store = Arc::new(DiskStore::open(folder).unwrap());
        let host = Host::new(HostOptions {
            solution: checked.solution().clone(),
            files: files.to_vec(),
            catalog: (**checked.catalog()).clone(),
            connections: BTreeMap::new(),
            environment: Value::Null,
            store: store.clone(),
            carrier: Arc::new(StoreCarrier::new(store, Clock::System)),
            timing: Timing::default(),
            public_url: None,
            off: BTreeSet::new(),
        })
        .await
        .unwrap();
        host.start().await.unwrap();
        let ready = start.elapsed();
        host.stop().await;
        ready
    })
}
