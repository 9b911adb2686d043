//! The yardstick of speed: one flow run by the engine and by a program written by hand, side by side.
//!
//! This process plays both services and sends the events; each program is a process of its own, so that its processor
//! time, memory and disk writes are its own. They take turns, several rounds each, and the median round is shown.
//! Both hold the same store; nothing is called before what came before it is on disk, except that the engine does not
//! wait after reads, because repeating them does no harm.
//!
//! Wanted: with 16 events at once at least 0.8 of the throughput of the program written by hand and at most 1.5 times
//! its processor time; with one at a time at most 0.3 ms more.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement runs at the time of the machine"
)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

mod by_engine;
mod by_hand;
mod services;
#[path = "../shared/mod.rs"]
mod shared;
mod upstream;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use connector_api::{Value, value::object};

use crate::by_engine::ByEngine;
use crate::by_hand::ByHand;
pub(crate) use crate::services::Services;

const PROGRAMS: [&str; 2] = ["by hand", "engine"];
/// Events at once, and how many in one round.
const LOADS: [(usize, u64); 2] = [(1, 400), (16, 4_000)];
const WARM_UP: u64 = 100;
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    match arguments.get(1..4) {
        Some([word, program, upstream]) if word == "play" => runtime.block_on(play(program, upstream)),
        _ if shared::is_asked() => runtime.block_on(compare()),
        _ => {}
    }
}

/// Either program.
enum Program {
    ByHand(ByHand),
    Engine(ByEngine),
}

impl Program {
    async fn run(&self, body: &[u8]) -> Result<Value, String> {
        match self {
            Self::ByHand(program) => program.run(body).await,
            Self::Engine(program) => program.run(body).await,
        }
    }
}

/// Serves one program's webhook until the other end of its input is closed.
async fn play(program: &str, upstream: &str) {
    let folder = tempfile::tempdir().unwrap();
    let services = Services::at(upstream);
    let program = Arc::new(match program {
        "engine" => Program::Engine(ByEngine::new(folder.path(), services).await),
        _ => Program::ByHand(ByHand::new(folder.path(), services)),
    });
    let hook = move |body: Bytes| {
        let program = Arc::clone(&program);
        async move {
            match program.run(&body).await {
                Ok(answer) => (StatusCode::OK, answer.to_json()),
                Err(message) => (StatusCode::INTERNAL_SERVER_ERROR, message),
            }
        }
    };
    let router = Router::new().route("/hook", post(hook)).route("/used", get(used));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    closed.await.unwrap().unwrap();
}

async fn used() -> String {
    let number = |number: u64| Value::from(i64::try_from(number).unwrap());
    object([
        (
            "cpu_ms",
            number(u64::try_from(shared::cpu().as_millis()).unwrap()),
        ),
        ("written", number(shared::written())),
        ("peak_kb", number(shared::memory_peak())),
    ])
    .to_json()
}

/// What one round came to.
#[derive(Clone, Debug)]
struct Figures {
    runs_per_second: f64,
    cpu_per_thousand: f64,
    p50: Duration,
    p99: Duration,
    peak_mb: f64,
    kb_per_run: f64,
}

async fn compare() {
    let (upstream, told) = upstream::serve().await;
    println!(
        "{:<9} {:>4} {:>8} {:>13} {:>9} {:>9} {:>9} {:>11}",
        "program", "at", "runs/s", "CPU s/1000", "p50 ms", "p99 ms", "peak MB", "kB disk/run"
    );
    for (at_once, events) in LOADS {
        let mut rounds: [Vec<Figures>; 2] = Default::default();
        let mut written = Vec::new();
        for _ in 0..ROUNDS {
            for (program, rounds) in PROGRAMS.into_iter().zip(&mut rounds) {
                rounds.push(round(program, &upstream, at_once, events).await);
                written.push(Value::from_json(&told.lock().unwrap().last).unwrap());
            }
        }
        assert!(
            written.windows(2).all(|pair| pair[0] == pair[1]),
            "both programs must write the same opportunity: {written:?}"
        );
        let [by_hand, engine] = rounds.map(|mut rounds| {
            rounds.sort_by(|left, right| left.runs_per_second.total_cmp(&right.runs_per_second));
            rounds.swap_remove(ROUNDS / 2)
        });
        for (program, figures) in PROGRAMS.into_iter().zip([&by_hand, &engine]) {
            println!(
                "{program:<9} {at_once:>4} {:>8.0} {:>13.3} {:>9.2} {:>9.2} {:>9.1} {:>11.1}",
                figures.runs_per_second,
                figures.cpu_per_thousand,
                millis(figures.p50),
                millis(figures.p99),
                figures.peak_mb,
                figures.kb_per_run
            );
        }
        println!(
            "          {at_once:>4} engine/by hand: throughput {:.2}, CPU {:.2}; p50 {:+.2} ms",
            engine.runs_per_second / by_hand.runs_per_second,
            engine.cpu_per_thousand / by_hand.cpu_per_thousand,
            millis(engine.p50) - millis(by_hand.p50)
        );
    }
    let told = told.lock().unwrap();
    assert_eq!(
        told.accounts, told.opportunities,
        "each run made one account and one opportunity"
    );
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// A program as a process; closed when dropped.
struct Playing {
    child: Child,
    address: String,
}

impl Playing {
    fn start(program: &str, upstream: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["play", program, upstream])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            child,
            address: address.trim().to_owned(),
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

async fn round(program: &str, upstream: &str, at_once: usize, events: u64) -> Figures {
    let playing = Playing::start(program, upstream);
    let options = connector_http::ClientOptions {
        no_proxy: true,
        ..connector_http::ClientOptions::default()
    };
    let client = connector_http::client(&options).unwrap();
    load(&client, &playing.address, at_once, WARM_UP).await;
    let before = usage(&client, &playing.address).await;
    let start = Instant::now();
    let mut latencies = load(&client, &playing.address, at_once, events).await;
    let time = start.elapsed();
    let after = usage(&client, &playing.address).await;
    latencies.sort();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    let used = |name: &str| {
        let number = |value: &Value| value.get(name).and_then(Value::as_i64).unwrap();
        (number(&after) - number(&before)) as f64
    };
    Figures {
        runs_per_second: events as f64 / time.as_secs_f64(),
        cpu_per_thousand: used("cpu_ms") / events as f64,
        p50: at(50),
        p99: at(99),
        peak_mb: after.get("peak_kb").and_then(Value::as_i64).unwrap() as f64 / 1_024.0,
        kb_per_run: used("written") / events as f64 / 1_000.0,
    }
}

/// Sends events, so many at once, and gives how long each took to be answered.
async fn load(client: &reqwest::Client, address: &str, at_once: usize, events: u64) -> Vec<Duration> {
    let next = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..at_once)
        .map(|_| {
            let (client, next, hook) = (client.clone(), Arc::clone(&next), format!("{address}/hook"));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while next.fetch_add(1, Ordering::Relaxed) < events {
                    let event = event();
                    let start = Instant::now();
                    let response = client.post(&hook).body(event).send().await.unwrap();
                    let (status, text) = (response.status(), response.text().await.unwrap());
                    latencies.push(start.elapsed());
                    assert_eq!(status, 200, "{text}");
                    assert_eq!(text, r#"{"opportunity_id":"0061x00000AbCdEAAV"}"#);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await.unwrap());
    }
    latencies
}

fn event() -> String {
    let id = uuid::Uuid::now_v7();
    format!(
        r#"{{"EventName":"referral-created","ResourceUri":"https://api.example/engagements/v1/referrals/{id}","ResourceName":"referral","AuditUri":null,"ResourceChangeUtcDate":"2026-11-20T08:15:42.1234567Z"}}"#
    )
}

async fn usage(client: &reqwest::Client, address: &str) -> Value {
    let text = client
        .get(format!("{address}/used"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    Value::from_json(&text).unwrap()
}
