//! The door: who is let in, what is on disk before the answer, and what the answer says.

use std::sync::Arc;

use connector_api::Value;

use crate::run::RunEventKind;
use crate::service::Progress;
use crate::service::tests::bench::{Bench, Parts, bench, bench_with, holding, settle, until};
use crate::store::{EventState, Identities, Reader, RunStatus, Store};

const DOOR: &str = "name: Door
trigger:
  type: http_request
  signature: svc
  schema: { type: object, required: [kind], properties: { kind: { type: string } } }
  when: \"{{ trigger.body.kind != 'noise' }}\"
actions:
  keep: { type: svc.get, inputs: { kind: \"{{ trigger.body.kind }}\", headers: \"{{ trigger.headers }}\" } }
";

async fn door() -> Bench {
    bench(&[("door.yaml", DOOR), ("hand.yaml", &holding("{ type: manual }"))]).await
}

fn code(body: &Value) -> &str {
    body.at(&["error", "code"]).and_then(Value::as_str).unwrap_or("")
}

#[tokio::test]
async fn whoever_may_not_come_in_starts_nothing() {
    let bench = door().await;
    for (what, change, status, expected, says) in [
        (
            "unknown flow",
            &["flow=other"][..],
            404,
            "not_found",
            "no flow at this address",
        ),
        (
            "a flow without a door",
            &["flow=hand"],
            404,
            "not_found",
            "no flow at this address",
        ),
        (
            "wrong secret",
            &["secret=x"],
            404,
            "not_found",
            "no flow at this address",
        ),
        // A wrong secret is not told what else is wrong.
        (
            "wrong secret and method",
            &["secret=x", "method=GET"],
            404,
            "not_found",
            "",
        ),
        ("method", &["method=GET"], 405, "method_not_allowed", "POST"),
        (
            "unsigned",
            &["verdict=wrong"],
            401,
            "unverified",
            "wrong signature",
        ),
        (
            "half signed",
            &["verdict=malformed"],
            400,
            "malformed",
            "no signature",
        ),
        (
            "no certificate",
            &["verdict=unavailable"],
            503,
            "unavailable",
            "no certificate",
        ),
        // The signature comes first: nobody unknown learns what the body should be.
        (
            "unsigned nonsense",
            &["verdict=wrong", "body=<html>"],
            401,
            "unverified",
            "",
        ),
        (
            "not JSON",
            &["body={\"kind\": \n  <html>"],
            400,
            "not_json",
            "line 2, column 3",
        ),
        ("not UTF-8", &["bytes"], 400, "not_json", "byte 0"),
        ("schema", &["body={\"kind\":5}"], 400, "schema", "kind"),
        ("missing member", &["body={}"], 400, "schema", "kind"),
        ("empty", &["body="], 400, "schema", "object"),
    ] {
        let mut call = bench.call("door", r#"{"kind":"k"}"#);
        for change in change {
            let (name, value) = change.split_once('=').unwrap_or((change, ""));
            match name {
                "flow" => call.flow = value.into(),
                "secret" => call.secret = value.into(),
                "method" => call.method = value.into(),
                "verdict" => call.request.headers.push(("x-verdict".into(), value.into())),
                "body" => call.request.body = value.into(),
                _ => call.request.body = vec![0xff, 0xfe],
            }
        }
        let answer = bench.host.accept_http(call).await;
        assert_eq!((answer.status, code(&answer.body)), (status, expected), "{what}");
        let message = answer
            .body
            .at(&["error", "message"])
            .and_then(Value::as_str)
            .unwrap();
        assert!(message.contains(says), "{what}: {message}");
    }
    settle().await;
    assert_eq!(bench.runs().await, []);
    assert_eq!(
        bench.store.kept.events(EventState::Waiting, 10).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn an_event_is_on_disk_before_it_is_acknowledged() {
    let bench = door().await;
    bench.store.changes.lock().unwrap().clear();
    let answer = bench.post("door", r#"{"kind":"k"}"#).await;
    assert_eq!(answer.status, 202);
    assert_eq!(bench.store.changes.lock().unwrap().first(), Some(&"accept"));
    let waiting = bench.store.kept.events(EventState::Waiting, 10).await.unwrap();
    let started = bench.store.kept.events(EventState::Started, 10).await.unwrap();
    let [event] = [waiting, started].concat().try_into().unwrap();
    let (name, id) = &answer.headers[0];
    assert_eq!(
        (name.as_str(), id.clone()),
        ("x-ms-workflow-run-id", event.id.to_string())
    );
    until("the run ends", || bench.host.is_idle()).await;
    let run = bench.store.run(event.id).await.unwrap().unwrap();
    assert_eq!((run.status, run.trigger.as_str()), (RunStatus::Succeeded, "k"));
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_acknowledged() {
    for method in ["accept", "find_links"] {
        let bench = door().await;
        bench.store.refuse(&[method]);
        let answer = bench
            .post("door", r#"{"kind":"k","uri":"https://x/y/r-1"}"#)
            .await;
        assert_eq!((answer.status, code(&answer.body)), (503, "store"), "{method}");
        assert!(
            !answer.body.to_json().contains("/secret/place"),
            "{:?}",
            answer.body
        );
        settle().await;
        assert_eq!(
            (bench.calls(), bench.host.is_idle()),
            (Vec::new(), true),
            "{method}"
        );
        bench.store.refuse(&[]);
        assert_eq!(
            bench
                .post("door", r#"{"kind":"k","uri":"https://x/y/r-1"}"#)
                .await
                .status,
            202
        );
        until("it runs now", || bench.calls_of("get") == 1).await;
    }
}

#[tokio::test]
async fn an_event_the_condition_rejects_is_taken_and_starts_nothing() {
    let bench = door().await;
    let answer = bench.post("door", r#"{"kind":"noise"}"#).await;
    assert_eq!(
        (answer.status, answer.headers, answer.body.to_json().as_str()),
        (202, Vec::new(), r#"{"events":[]}"#)
    );
    settle().await;
    assert_eq!(bench.runs().await, []);
}

#[tokio::test]
async fn credentials_of_the_sender_reach_no_flow() {
    let bench = door().await;
    let mut call = bench.call("door", r#"{"kind":"k"}"#);
    for name in ["authorization", "cookie", "x-ms-signature", "x-request"] {
        call.request.headers.push((name.into(), "v".into()));
    }
    assert_eq!(bench.host.accept_http(call).await.status, 202);
    until("the call", || bench.calls_of("get") == 1).await;
    let inputs = bench.stub.calls.lock().unwrap()[0].inputs.clone();
    assert_eq!(inputs.get("headers").unwrap().to_json(), r#"{"x-request":"v"}"#);
}

#[tokio::test]
async fn flows_that_are_off_and_hosts_that_stop_send_the_sender_away() {
    let parts = Parts {
        off: &["door"],
        ..Parts::default()
    };
    let off = bench_with(&[("door.yaml", DOOR)], parts).await;
    assert_eq!(code(&off.post("door", r#"{"kind":"k"}"#).await.body), "off");
    let stopped = door().await;
    stopped.host.stop().await;
    let answer = stopped.post("door", r#"{"kind":"k"}"#).await;
    assert_eq!((answer.status, code(&answer.body)), (503, "stopping"));
}

#[tokio::test]
async fn a_list_is_split_into_runs() {
    let flow = "name: S\ntrigger:\n  type: http_request\n  split_on: \"{{ trigger.body.list }}\"\n  when: \"{{ trigger.body > 1 }}\"\nactions:\n  keep: { type: svc.get, inputs: { n: \"{{ trigger.body }}\" } }\n";
    let bench = bench(&[("split.yaml", flow)]).await;
    let long = format!("{{\"list\":[{}0]}}", "0,".repeat(1_000));
    for (body, status, runs) in [
        (r#"{"list":[1,2,3]}"#, 202, 2),
        (r#"{"list":[]}"#, 202, 0),
        (r#"{"list":null}"#, 202, 0),
        (r#"{"list":5}"#, 400, 0),
        (r#"{}"#, 400, 0),
        (long.as_str(), 413, 0),
        // One element that the condition cannot judge refuses the whole request: all or none.
        (r#"{"list":[5,"x"]}"#, 400, 0),
    ] {
        let before = bench.calls_of("get");
        let answer = bench.post("split", body).await;
        assert_eq!(answer.status, status, "{:.60} {:?}", body, answer.body);
        until("all runs", || bench.host.is_idle()).await;
        assert_eq!(bench.calls_of("get") - before, runs, "{body:.60}");
    }
    let calls = bench.stub.calls.lock().unwrap();
    let numbers: Vec<String> = calls.iter().map(|call| call.inputs.to_json()).collect();
    assert_eq!(numbers, [r#"{"n":2}"#, r#"{"n":3}"#]);
}

#[tokio::test]
async fn repeats_within_the_window_are_dropped_and_accounted_for() {
    let flow = "name: D\ntrigger:\n  type: http_request\n  dedupe: { key: \"{{ trigger.body.id }}\", window: 1h }\nactions:\n  keep: { type: svc.get, inputs: {} }\n";
    let bench = bench(&[("dedupe.yaml", flow)]).await;
    let first = bench.post("dedupe", r#"{"id":"a"}"#).await;
    assert_eq!(bench.post("dedupe", r#"{"id":"a"}"#).await.headers, []);
    bench.clock.advance(std::time::Duration::from_secs(3_601));
    assert_eq!(bench.post("dedupe", r#"{"id":"a"}"#).await.headers.len(), 1);
    // What has no key repeats nothing.
    for body in [r#"{"id":null}"#, r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":""}"#] {
        assert_eq!(bench.post("dedupe", body).await.headers.len(), 1, "{body}");
    }
    until("all runs", || bench.host.is_idle()).await;
    assert_eq!(bench.runs().await.len(), 6);
    let dropped = bench.store.kept.events(EventState::Dropped, 10).await.unwrap();
    assert_eq!(dropped.len(), 1);
    let reason = dropped[0].reason.clone().unwrap();
    assert!(reason.contains(&first.headers[0].1), "{reason}");
}

#[tokio::test]
async fn a_flow_with_a_response_answers_the_caller() {
    let answering = "name: A\ntrigger: { type: http_request }\nactions:\n  decide:\n    type: if\n    condition: \"{{ trigger.body.answer }}\"\n    actions:\n      tell: { type: response, inputs: { status: 201, headers: { x-told: yes }, body: { got: \"{{ trigger.body }}\" } } }\n";
    let bench = bench(&[("answering.yaml", &answering.replace("yes", "\"yes\""))]).await;
    let answer = bench.post("answering", r#"{"answer":true}"#).await;
    assert_eq!(
        (answer.status, answer.headers, answer.body.to_json().as_str()),
        (
            201,
            vec![("x-told".to_owned(), "yes".to_owned())],
            r#"{"got":{"answer":true}}"#
        )
    );
    let silent = bench.post("answering", r#"{"answer":false}"#).await;
    assert_eq!((silent.status, code(&silent.body)), (502, "NoResponse"));
}

#[tokio::test]
async fn a_caller_is_told_when_the_engine_stops_before_the_answer() {
    let flow = "name: A\ntrigger: { type: http_request }\nactions:\n  work: { type: svc.hold, inputs: {} }\n  tell: { type: response, inputs: { status: 200 } }\n";
    let bench = Arc::new(bench(&[("slow.yaml", flow)]).await);
    let caller = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post("slow", "{}").await }
    });
    until("the call", || bench.calls_of("hold") == 1).await;
    let stopping = tokio::spawn({
        let host = bench.host.clone();
        async move { host.halt().await }
    });
    settle().await;
    bench.let_go(1);
    stopping.await.unwrap();
    let answer = caller.await.unwrap();
    assert_eq!((answer.status, code(&answer.body)), (504, "stopping"));
}

#[tokio::test]
async fn a_deal_has_one_key_from_whichever_copy_the_news_comes() {
    let flow = "name: K\ntrigger: { type: http_request, signature: svc }\nactions:\n  keep: { type: svc.get, inputs: { deal: \"{{ trigger.deal }}\" } }\n";
    let bench = bench(&[("deal.yaml", flow)]).await;
    let mut progress = bench.host.progress();
    bench
        .post("deal", r#"{"kind":"news","uri":"https://x/v1/own"}"#)
        .await;
    until("one run", || bench.host.is_idle()).await;
    let identities = Identities {
        referral_id: Some("own".into()),
        microsoft_referral_id: Some("copy".into()),
        ..Identities::default()
    };
    let link = bench
        .store
        .save_link(
            crate::store::LinkSave {
                identities,
                ..crate::store::LinkSave::default()
            },
            uuid::Uuid::from_u128(5),
        )
        .await
        .unwrap();
    for uri in ["own", "copy", "https://x/v1/copy/", "stranger"] {
        bench
            .post("deal", &format!(r#"{{"kind":"news","uri":"{uri}"}}"#))
            .await;
    }
    until("all runs", || bench.host.is_idle()).await;
    let calls = bench.stub.calls.lock().unwrap();
    let deals: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.inputs.get("deal").and_then(Value::as_str))
        .collect();
    let id = link.id.to_string();
    assert_eq!(deals, ["own", &id, &id, &id, "stranger"]);
    let mut begun = 0;
    while let Ok(told) = progress.try_recv() {
        begun += usize::from(
            matches!(told, Progress::Run(event) if matches!(event.kind, RunEventKind::Started { .. })),
        );
    }
    assert_eq!(begun, 5, "those who watch are told of each run");
}
