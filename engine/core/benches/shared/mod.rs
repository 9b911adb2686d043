//! What the benches share: what the process has used so far, and a run to write about.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement runs at the time of the machine"
)]
#![allow(dead_code, reason = "each bench uses its part of it")]

use std::time::Duration;

use connector_api::{Value, value::object};
use engine_core::journal::{FORMAT_VERSION, Record, RunStarted};
use engine_core::store::{NewRun, RunRow, RunStatus};
use jiff::Timestamp;
use uuid::Uuid;

/// Clock ticks of `/proc` in a second; the same on every Linux.
const TICKS: u64 = 100;

/// Whether `cargo bench` asks, not `cargo test --all-targets`.
pub(crate) fn is_asked() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Processor time of this process, to 10 ms.
pub(crate) fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}

/// Bytes this process has sent towards the disk.
pub(crate) fn written() -> u64 {
    field("/proc/self/io", "write_bytes:")
}

/// The most memory this process has held, in kB.
pub(crate) fn memory_peak() -> u64 {
    field("/proc/self/status", "VmHWM:")
}

fn field(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

/// A run that begins now.
pub(crate) fn new_run(id: Uuid, trigger: Value) -> NewRun {
    let now = Timestamp::now();
    let row = RunRow {
        id,
        flow: "referral-event-to-opportunity".into(),
        version: "bench".into(),
        status: RunStatus::Running,
        key: None,
        trigger: "referral-created".into(),
        parent: None,
        started: now,
        ended: None,
        error: None,
    };
    let first = Record::RunStarted(Box::new(RunStarted {
        format: FORMAT_VERSION,
        run: id,
        flow: row.flow.clone(),
        version: row.version.clone(),
        at: now,
        trigger,
        inputs: Value::Null,
        environment: object([]),
        parent: None,
        key: None,
    }));
    NewRun {
        row,
        event: None,
        records: vec![first],
    }
}
