//! Turns under keys: across every way a run starts, in order, and without waiting for oneself.

use std::sync::Arc;

use connector_api::Value;

use crate::flow::Status;
use crate::service::tests::bench::{Bench, bench, found, holding, json, record, settle, until};
use crate::store::{EventState, Reader, RunStatus};

const CALLED: &str =
    "name: C\ntrigger: { type: manual }\nactions:\n  work: { type: svc.hold, inputs: { from: called } }\n";

/// Starts a manual flow beside the test.
fn by_hand(bench: &Arc<Bench>, flow: &'static str) -> tokio::task::JoinHandle<Status> {
    let bench = bench.clone();
    tokio::spawn(async move {
        bench
            .host
            .run_manual(flow, &Value::Null)
            .await
            .unwrap()
            .end
            .status
    })
}

#[tokio::test]
async fn one_key_is_one_line_for_events_polls_people_and_called_flows() {
    let keyed = |trigger: &str| {
        holding(&format!(
            "{{ {trigger}, concurrency: {{ key: \"deal 1\", limit: 1 }} }}"
        ))
    };
    let caller = "name: P\ntrigger: { type: manual }\nactions:\n  ask: { type: run_flow, flow: child }\n";
    let bench = bench(&[
        ("child.yaml", &keyed("type: manual")),
        ("event.yaml", &keyed("type: http_request")),
        ("hand.yaml", &keyed("type: manual")),
        (
            "poll.yaml",
            &keyed("type: svc.changed, inputs: { object: Opportunity }"),
        ),
        ("caller.yaml", caller),
    ])
    .await;
    let bench = Arc::new(bench);
    bench.stub.polls.lock().unwrap().extend([
        found("1", vec![]),
        found("2", vec![record("006", "1", r#"{"Id":"006"}"#, false)]),
    ]);
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    let mut expected = Vec::new();
    let hand = by_hand(&bench, "hand");
    until("the first call", || bench.calls_of("hold") == 1).await;
    expected.push("hand");
    assert_eq!(bench.post("event", "{}").await.status, 202);
    expected.push("event");
    bench.clock.advance(std::time::Duration::from_secs(60));
    until("the second poll", || bench.polled() == 2).await;
    settle().await;
    expected.push("poll");
    let calling = by_hand(&bench, "caller");
    settle().await;
    expected.push("child");
    for turn in 1..=4 {
        settle().await;
        assert_eq!(bench.calls_of("hold"), turn, "one at a time");
        bench.let_go(1);
    }
    assert_eq!(
        (hand.await.unwrap(), calling.await.unwrap()),
        (Status::Succeeded, Status::Succeeded)
    );
    until("all done", || bench.calls_of("hold") == 4).await;
    let calls = bench.stub.calls.lock().unwrap();
    let order: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.inputs.get("from")?.as_str())
        .collect();
    assert_eq!(order, expected, "in the order of asking");
}

#[tokio::test]
async fn a_limit_lets_so_many_in_and_a_limit_without_a_key_is_the_flows_own() {
    let flow = |limit| {
        holding(&format!(
            "{{ type: http_request, concurrency: {{ limit: {limit} }} }}"
        ))
    };
    let bench = bench(&[("two.yaml", &flow(2)), ("one.yaml", &flow(1))]).await;
    for _ in 0..3 {
        bench.post("two", "{}").await;
        bench.post("one", "{}").await;
    }
    settle().await;
    assert_eq!(bench.calls_of("hold"), 3, "two of one flow and one of the other");
    bench.let_go(6);
    until("all done", || bench.host.is_idle()).await;
    assert_eq!(bench.calls_of("hold"), 6);
}

#[tokio::test]
async fn runs_without_a_key_wait_for_nobody() {
    let bench = bench(&[(
        "free.yaml",
        &holding("{ type: http_request, concurrency: { key: \"{{ trigger.body.k }}\", limit: 1 } }"),
    )])
    .await;
    for body in [r#"{"k":null}"#, r#"{"k":""}"#, r#"{"k":"a"}"#, r#"{"k":"a"}"#] {
        assert_eq!(bench.post("free", body).await.status, 202);
    }
    settle().await;
    assert_eq!(bench.calls_of("hold"), 3);
    bench.let_go(4);
    until("all done", || bench.host.is_idle()).await;
}

#[tokio::test]
async fn of_waiting_events_of_a_key_only_the_latest_runs_and_the_store_says_why() {
    let trigger =
        "{ type: http_request, concurrency: { key: \"{{ trigger.body.k }}\", limit: 1, coalesce: latest } }";
    let flow = format!(
        "name: F\ntrigger: {trigger}\nactions:\n  work: {{ type: svc.hold, inputs: \"{{{{ trigger.body }}}}\" }}\n"
    );
    let bench = bench(&[("latest.yaml", &flow)]).await;
    let mut ids = Vec::new();
    for body in [
        r#"{"k":"a","n":1}"#,
        r#"{"k":"a","n":2}"#,
        r#"{"k":"b","n":3}"#,
        r#"{"k":"a","n":4}"#,
    ] {
        ids.push(bench.post("latest", body).await.headers[0].1.clone());
        settle().await;
    }
    bench.let_go(4);
    until("all done", || bench.host.is_idle()).await;
    let calls = bench.stub.calls.lock().unwrap().clone();
    let numbers: Vec<_> = calls
        .iter()
        .map(|call| call.inputs.get("n").unwrap().to_json())
        .collect();
    assert_eq!(numbers, ["1", "3", "4"]);
    let dropped = bench.store.kept.events(EventState::Dropped, 10).await.unwrap();
    let [row] = dropped.try_into().unwrap();
    assert_eq!(row.id.to_string(), ids[1]);
    assert!(row.reason.clone().unwrap().contains(&ids[3]), "{row:?}");
}

#[tokio::test]
async fn a_called_flow_runs_under_the_key_its_caller_holds() {
    let keyed = |key: &str, actions: &str| {
        format!("name: P\ntrigger: {{ type: manual{key} }}\nactions:\n  {actions}\n")
    };
    let key = ", concurrency: { key: same, limit: 1 }";
    let other = ", concurrency: { key: other, limit: 1 }";
    let call = |flow: &str| format!("ask: {{ type: run_flow, flow: {flow} }}");
    let bench = bench(&[
        ("top.yaml", &keyed(key, &call("middle"))),
        // Of its own, and below it once more the key that is held at the top.
        ("middle.yaml", &keyed(other, &call("bottom"))),
        ("bottom.yaml", &keyed(key, &call("called"))),
        ("called.yaml", CALLED),
        ("rival.yaml", &keyed(other, "work: { type: svc.get, inputs: {} }")),
    ])
    .await;
    let bench = Arc::new(bench);
    let top = by_hand(&bench, "top");
    until("the innermost call", || bench.calls_of("hold") == 1).await;
    let rival = by_hand(&bench, "rival");
    settle().await;
    assert_eq!(
        bench.calls_of("get"),
        0,
        "a called flow's own key is held like any other"
    );
    bench.let_go(1);
    assert_eq!(
        (top.await.unwrap(), rival.await.unwrap()),
        (Status::Succeeded, Status::Succeeded)
    );
    let keys: Vec<_> = bench
        .runs()
        .await
        .into_iter()
        .map(|run| (run.flow, run.key.unwrap()))
        .collect();
    let expected = [
        ("top", "same"),
        ("middle", "other"),
        ("bottom", "same"),
        ("called", "same"),
        ("rival", "other"),
    ];
    for (flow, key) in expected {
        assert!(
            keys.contains(&(flow.to_owned(), key.to_owned())),
            "{flow} {key}: {keys:?}"
        );
    }
}

#[tokio::test]
async fn flows_that_are_off_are_not_called() {
    let caller = "name: P\ntrigger: { type: manual }\nactions:\n  ask: { type: run_flow, flow: called }\n";
    let parts = crate::service::tests::bench::Parts {
        off: &["called"],
        ..Default::default()
    };
    let bench =
        crate::service::tests::bench::bench_with(&[("caller.yaml", caller), ("called.yaml", CALLED)], parts)
            .await;
    let one = bench.host.run_manual("caller", &json("{}")).await.unwrap();
    assert_eq!(one.end.status, Status::Failed);
    let cause = one.end.error.unwrap().cause.unwrap();
    assert!(cause.message.contains("`called` is off"), "{cause:?}");
    assert_eq!(bench.statuses().await, [("caller".to_owned(), RunStatus::Failed)]);
}
