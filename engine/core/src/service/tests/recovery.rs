//! A host that ends, and another one on the same store.

use std::sync::Arc;

use connector_api::Value;

use crate::service::tests::bench::{Bench, Parts, bench, bench_with, json, settle, until};
use crate::store::{EventState, Reader, RunStatus};

const TWO_STEPS: &str = "name: F
trigger: { type: http_request, concurrency: { key: k, limit: 1 } }
actions:
  first: { type: svc.get, inputs: { n: \"{{ trigger.body.n }}\" } }
  second: { type: svc.hold, inputs: { n: \"{{ trigger.body.n }}\" } }
  third: { type: svc.get, inputs: { text: old } }
";

/// Another host on what the first one left, with files of its own.
async fn again(first: &Bench, files: &[(&str, &str)]) -> Bench {
    bench_with(
        files,
        Parts {
            store: first.store.clone(),
            ..Parts::default()
        },
    )
    .await
}

fn numbers(bench: &Bench, action: &str) -> Vec<String> {
    let calls = bench.stub.calls.lock().unwrap();
    let of = calls.iter().filter(|call| call.context.action == action);
    of.filter_map(|call| call.inputs.get("n").map(Value::to_json))
        .collect()
}

#[tokio::test]
async fn what_an_earlier_process_left_is_taken_up_in_order_and_nothing_is_repeated() {
    let first = bench(&[("flow.yaml", TWO_STEPS)]).await;
    for n in 1..=4 {
        first.post("flow", &format!("{{\"n\":{n}}}")).await;
    }
    until("the first run is half done", || first.calls_of("hold") == 1).await;
    // As if killed: from here on nothing reaches the disk, and the host is never stopped.
    first.store.refuse(&["append", "begin_run"]);
    first.let_go(9);
    settle().await;
    first.store.refuse(&[]);
    let second = again(&first, &[("flow.yaml", TWO_STEPS)]).await;
    second.let_go(9);
    second.host.start().await.unwrap();
    until("all done", || second.host.is_idle()).await;
    assert_eq!(
        numbers(&second, "first"),
        ["2", "3", "4"],
        "a finished action is not carried out again"
    );
    assert_eq!(
        numbers(&second, "second"),
        ["1", "2", "3", "4"],
        "an unfinished one is, and before later events"
    );
    let runs = second.runs().await;
    assert!(
        runs.iter().all(|run| run.status == RunStatus::Succeeded),
        "{runs:?}"
    );
    assert_eq!(
        second.store.kept.events(EventState::Waiting, 10).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn a_stop_lets_runs_end_a_halt_only_calls_and_both_leave_the_rest_in_the_store() {
    use RunStatus::{Running, Succeeded, Waiting};
    let waiting =
        "name: W\ntrigger: { type: http_request }\nactions:\n  ask: { type: run_flow, flow: delay }\n";
    let delay =
        "name: W\ntrigger: { type: manual }\nactions:\n  wait: { type: delay, inputs: { for: 30d } }\n";
    let parent =
        "name: P\ntrigger: { type: http_request }\nactions:\n  ask: { type: run_flow, flow: child }\n";
    let child = "name: C\ntrigger: { type: manual }\nactions:\n  work: { type: svc.hold, inputs: {} }\n  more: { type: run_flow, flow: grandchild }\n";
    let grandchild = "name: G\ntrigger: { type: manual, concurrency: { limit: 1 } }\nactions:\n  most: { type: svc.get, inputs: {} }\n";
    let files = [
        ("flow.yaml", TWO_STEPS),
        ("waiting.yaml", waiting),
        ("delay.yaml", delay),
        ("parent.yaml", parent),
        ("child.yaml", child),
        ("grandchild.yaml", grandchild),
    ];
    let statuses = async |bench: &Bench| {
        let mut statuses = bench.statuses().await;
        // It begins after the stop, if at all.
        statuses.retain(|(flow, _)| flow != "grandchild");
        statuses.sort();
        statuses.into_iter().map(|(_, status)| status).collect::<Vec<_>>()
    };
    // In the order of names: child, delay, the first event, parent, and the caller of the delay.
    for (halts, left, calls_again) in [
        (false, [Succeeded, Waiting, Succeeded, Succeeded, Running], 2),
        (true, [Running, Waiting, Running, Running, Running], 4),
    ] {
        let first = bench(&files).await;
        for (flow, body) in [
            ("flow", r#"{"n":1}"#),
            ("flow", r#"{"n":2}"#),
            ("waiting", "{}"),
            ("parent", "{}"),
        ] {
            assert_eq!(first.post(flow, body).await.status, 202);
        }
        until("both calls", || first.calls_of("hold") == 2).await;
        let stopping = tokio::spawn({
            let host = first.host.clone();
            async move {
                match halts {
                    true => host.halt().await,
                    false => host.stop().await,
                }
            }
        });
        settle().await;
        assert!(!stopping.is_finished(), "calls are under way");
        first.let_go(2);
        stopping.await.unwrap();
        assert_eq!(statuses(&first).await, left);
        let second = again(&first, &files).await;
        second.let_go(1);
        second.host.start().await.unwrap();
        until("the rest", || second.calls_of("get") == calls_again).await;
        settle().await;
        // The answers that were waited for are on disk: only the second event calls `hold`.
        assert_eq!(second.calls_of("hold"), 1);
        let all = [Succeeded, Waiting, Succeeded, Succeeded, Succeeded, Running];
        assert_eq!(statuses(&second).await, all);
    }
}

#[tokio::test]
async fn a_run_keeps_the_text_it_started_with_and_so_do_the_flows_it_calls() {
    let parent = "name: P\ntrigger: { type: http_request }\nactions:\n  work: { type: svc.hold, inputs: {} }\n  ask: { type: run_flow, flow: child, inputs: { a: 1 } }\n";
    let child = |input: &str, text: &str| {
        format!(
            "name: C\ntrigger: {{ type: manual, inputs: {{ {input}: {{ type: integer }} }} }}\nactions:\n  tell: {{ type: svc.get, inputs: {{ n: {text} }} }}\n"
        )
    };
    let first = bench(&[("parent.yaml", parent), ("child.yaml", &child("a", "old"))]).await;
    first.post("parent", "{}").await;
    until("half done", || first.calls_of("hold") == 1).await;
    first.store.refuse(&["append"]);
    first.let_go(1);
    settle().await;
    first.store.refuse(&[]);
    let newer = parent.replace("a: 1", "b: 1");
    let second = again(
        &first,
        &[("parent.yaml", &newer), ("child.yaml", &child("b", "new"))],
    )
    .await;
    second.let_go(2);
    second.host.start().await.unwrap();
    until("the old run", || second.calls_of("get") == 1).await;
    second.post("parent", "{}").await;
    until("a new run", || second.calls_of("get") == 2).await;
    settle().await;
    assert_eq!(numbers(&second, "tell"), [r#""old""#, r#""new""#]);
    let runs = second.runs().await;
    assert!(
        runs.iter().all(|run| run.status == RunStatus::Succeeded),
        "{runs:?}"
    );
    let versions: std::collections::BTreeSet<_> = runs.into_iter().map(|run| run.version).collect();
    assert_eq!(versions.len(), 2);
}

#[tokio::test]
async fn events_of_flows_that_are_off_or_gone_keep_waiting() {
    let flow = super::bench::holding("{ type: http_request, concurrency: { limit: 1 } }");
    let first = bench(&[("off.yaml", &flow), ("gone.yaml", &flow)]).await;
    for name in ["off", "off", "gone", "gone"] {
        first.post(name, "{}").await;
    }
    until("both work", || first.calls_of("hold") == 2).await;
    let parts = Parts {
        store: first.store.clone(),
        off: &["off"],
    };
    let second = bench_with(&[("off.yaml", &flow)], parts).await;
    second.let_go(9);
    second.host.start().await.unwrap();
    until("what began goes on", || second.calls_of("hold") == 2).await;
    settle().await;
    let waiting = second.store.kept.events(EventState::Waiting, 10).await.unwrap();
    let flows: Vec<_> = waiting.into_iter().map(|event| event.flow).collect();
    assert_eq!(flows, ["off", "gone"]);
    assert_eq!(second.calls_of("hold"), 2);
}

#[tokio::test]
async fn the_address_of_a_flow_outlives_the_process() {
    let flow = super::bench::holding("{ type: http_request }");
    let first = bench(&[("door.yaml", &flow), ("other.yaml", &flow)]).await;
    let second = again(&first, &[("door.yaml", &flow), ("other.yaml", &flow)]).await;
    let url = first.host.flow_url("door").unwrap();
    assert!(url.starts_with("http://here/hooks/door/"), "{url}");
    assert_eq!(second.host.flow_url("door"), Some(url));
    assert_ne!(
        first.host.flow_url("other").unwrap().rsplit('/').next(),
        url.rsplit('/').next(),
        "each flow has a secret of its own"
    );
}

#[tokio::test]
async fn a_run_by_hand_that_the_stop_interrupts_says_so() {
    let bench = Arc::new(
        bench(&[(
            "hand.yaml",
            &super::bench::holding("{ type: manual, concurrency: { limit: 1 } }"),
        )])
        .await,
    );
    let run = |bench: &Arc<Bench>| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.host.run_manual("hand", &json("{}")).await })
    };
    let working = run(&bench);
    until("the call", || bench.calls_of("hold") == 1).await;
    let lined_up = run(&bench);
    settle().await;
    let halting = tokio::spawn({
        let host = bench.host.clone();
        async move { host.halt().await }
    });
    settle().await;
    bench.let_go(1);
    halting.await.unwrap();
    for (task, begun) in [(working, 1), (lined_up, 1)] {
        let error = task.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("starts again"), "{error}");
        assert_eq!(bench.runs().await.len(), begun);
    }
    assert_eq!(bench.statuses().await[0].1, RunStatus::Running);
}
