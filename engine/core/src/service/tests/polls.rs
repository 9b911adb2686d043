//! Polls: the cursor, what counts as a change, and what a failure leaves behind. Clocks: when flows are due.

use std::time::Duration;

use connector_api::{ErrorClass, OperationError};

use crate::service::Progress;
use crate::service::tests::bench::{
    Bench, MAPPING, Parts, bench, bench_with, found, json, record, settle, until,
};
use crate::store::Store;

const POLL: &str = "name: P\ntrigger: { type: svc.changed, inputs: { object: Opportunity } }\nactions:\n  keep: { type: svc.get, inputs: { id: \"{{ trigger.body.Id }}\" } }\n";
const WATCH: &str = "name: W\ntrigger: { type: svc.changed, inputs: { object: Opportunity }, watch: deal, when: \"{{ trigger.body.Shared }}\" }\nactions:\n  keep:\n    type: if\n    condition: \"{{ trigger.body.Bad | default(false) }}\"\n    actions:\n      refuse: { type: svc.fail, inputs: {} }\n    else:\n      read: { type: svc.get, inputs: { id: \"{{ trigger.body.Id }}\" } }\n";

fn opportunity(version: &str, rest: &str, ours: bool) -> connector_api::PolledRecord {
    record(
        "006",
        version,
        &format!("{{\"Id\":\"006\",\"Shared\":true,{rest}}}"),
        ours,
    )
}

async fn watching() -> Bench {
    let bench = bench(&[("watch.yaml", WATCH), MAPPING]).await;
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    bench
}

impl Bench {
    /// How many runs the next poll starts when it finds these.
    async fn finding(&self, cursor: &str, records: Vec<connector_api::PolledRecord>) -> usize {
        let before = self.runs().await.len();
        self.stub.polls.lock().unwrap().push_back(found(cursor, records));
        self.poll_again().await;
        self.runs().await.len() - before
    }
}

#[tokio::test]
async fn the_cursor_is_saved_with_the_events_and_never_before() {
    let bench = bench(&[("poll.yaml", POLL)]).await;
    let records = || {
        vec![
            record("1", "a", r#"{"Id":"1"}"#, false),
            record("2", "a", r#"{"Id":"2"}"#, false),
        ]
    };
    // The first poll only says where to start, whatever the service hands out.
    bench
        .stub
        .polls
        .lock()
        .unwrap()
        .extend([found("c1", records()), found("c2", records())]);
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    settle().await;
    assert_eq!(bench.calls_of("get"), 0);
    assert_eq!(
        bench.store.cursor("poll".into()).await.unwrap(),
        Some("c1".into())
    );
    bench.store.refuse(&["save_poll"]);
    bench.poll_again().await;
    settle().await;
    assert_eq!(bench.calls_of("get"), 0, "what is not on disk does not run");
    assert_eq!(
        bench.store.cursor("poll".into()).await.unwrap(),
        Some("c1".into())
    );
    bench.store.refuse(&[]);
    bench.stub.polls.lock().unwrap().push_back(found("c2", records()));
    bench.poll_again().await;
    until("both runs", || bench.calls_of("get") == 2).await;
    assert_eq!(
        bench.store.cursor("poll".into()).await.unwrap(),
        Some("c2".into())
    );
    let cursors: Vec<_> = bench
        .stub
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|call| call.cursor.clone())
        .collect();
    assert_eq!(cursors, [None, Some("c1".into()), Some("c1".into())]);
}

#[tokio::test]
async fn a_second_sighting_of_the_same_version_starts_nothing() {
    let bench = bench(&[("poll.yaml", POLL)]).await;
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    let seen = |version| vec![record("1", version, r#"{"Id":"1"}"#, false)];
    for (version, runs) in [("a", 1), ("a", 0), ("b", 1), ("b", 0)] {
        assert_eq!(bench.finding("c", seen(version)).await, runs, "{version}");
    }
}

#[tokio::test]
async fn more_is_asked_for_at_once() {
    let bench = bench(&[("poll.yaml", POLL)]).await;
    for (cursor, more) in [("c1", true), ("c2", true), ("c3", false)] {
        let mut answer = found(cursor, vec![record(cursor, "a", r#"{"Id":"1"}"#, false)]).unwrap();
        answer.more = more;
        bench.stub.polls.lock().unwrap().push_back(Ok(answer));
    }
    bench.host.start().await.unwrap();
    until("three polls, though the clock stands", || bench.polled() == 3).await;
    until("two runs", || bench.calls_of("get") == 2).await;
}

#[tokio::test]
async fn only_watched_values_that_somebody_else_changed_start_a_run() {
    let bench = watching().await;
    for (what, version, rest, ours, runs) in [
        (
            "never seen",
            "1",
            r#""Name":"n","Amount":5,"Audit":"x""#,
            false,
            1,
        ),
        (
            "nothing watched differs",
            "2",
            r#""Name":"n","Amount":5.0,"Audit":"y""#,
            false,
            0,
        ),
        (
            "a watched value",
            "3",
            r#""Name":"n","Amount":6,"Audit":"y""#,
            false,
            1,
        ),
        (
            "back again",
            "4",
            r#""Name":"n","Amount":5,"Audit":"y""#,
            false,
            1,
        ),
        ("fails", "5", r#""Name":"m","Amount":5,"Bad":true"#, false, 1),
        (
            "our mark on the failed record",
            "6",
            r#""Name":"m","Amount":5,"Bad":true,"Audit":"z""#,
            true,
            0,
        ),
        (
            "somebody's edit of the failed record",
            "7",
            r#""Name":"m","Amount":5,"Bad":true,"Audit":"w""#,
            false,
            1,
        ),
        ("mended", "8", r#""Name":"m","Amount":5,"Audit":"v""#, false, 1),
        (
            "an edit of the mended record",
            "9",
            r#""Name":"m","Amount":5,"Audit":"u""#,
            false,
            0,
        ),
    ] {
        assert_eq!(
            bench.finding("c", vec![opportunity(version, rest, ours)]).await,
            runs,
            "{what}"
        );
    }
}

#[tokio::test]
async fn our_own_writes_start_nothing() {
    let writer = "name: O\ntrigger: { type: manual, inputs: { operation: { type: text }, fields: { type: object } } }\nactions:\n  which:\n    type: switch\n    on: \"{{ inputs.operation }}\"\n    cases:\n      create:\n        make: { type: svc.create, inputs: { id: \"006\", fields: \"{{ inputs.fields }}\" } }\n      update:\n        change: { type: svc.update, inputs: { id: \"006\", fields: \"{{ inputs.fields }}\" } }\n";
    let bench = bench(&[("watch.yaml", WATCH), ("writer.yaml", writer), MAPPING]).await;
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    let write = async |operation: &str, fields: &str| {
        let inputs = json(&format!(r#"{{"operation":"{operation}","fields":{fields}}}"#));
        let one = bench.host.run_manual("writer", &inputs).await.unwrap();
        assert_eq!(one.end.error, None);
    };
    write("create", r#"{"Name":"n"}"#).await;
    // The service filled in what we did not write.
    assert_eq!(
        bench
            .finding("c", vec![opportunity("1", r#""Name":"n","Amount":0"#, true)])
            .await,
        0
    );
    write("update", r#"{"Amount":7}"#).await;
    assert_eq!(
        bench
            .finding("c", vec![opportunity("2", r#""Name":"n","Amount":7"#, true)])
            .await,
        0
    );
    assert_eq!(
        bench
            .finding("c", vec![opportunity("3", r#""Name":"n","Amount":8"#, false)])
            .await,
        1
    );
    // Our write and somebody's edit between two polls: the edit is not lost.
    write("update", r#"{"Amount":9}"#).await;
    assert_eq!(
        bench
            .finding("c", vec![opportunity("4", r#""Name":"edited","Amount":9"#, true)])
            .await,
        1
    );
}

#[tokio::test]
async fn what_somebody_filled_in_on_a_record_we_made_is_a_change() {
    let writer = "name: O\ntrigger: { type: manual }\nactions:\n  make: { type: svc.create, inputs: { id: \"006\", fields: { Name: n } } }\n";
    let bench = bench(&[("watch.yaml", WATCH), ("writer.yaml", writer), MAPPING]).await;
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    bench.host.run_manual("writer", &json("{}")).await.unwrap();
    assert_eq!(
        bench
            .finding("c", vec![opportunity("1", r#""Name":"n","Amount":3"#, false)])
            .await,
        1
    );
}

#[tokio::test]
async fn a_write_that_cannot_be_remembered_does_not_fail_the_run() {
    let writer = "name: O\ntrigger: { type: manual }\nactions:\n  make: { type: svc.create, inputs: { id: \"006\", fields: { Name: n } } }\n";
    let bench = bench(&[("watch.yaml", WATCH), ("writer.yaml", writer), MAPPING]).await;
    bench.store.refuse(&["merge_watched"]);
    let mut progress = bench.host.progress();
    let one = bench.host.run_manual("writer", &json("{}")).await.unwrap();
    assert_eq!(one.end.error, None);
    let mut wrote = false;
    while let Ok(told) = progress.try_recv() {
        wrote |= matches!(told, Progress::Wrote { id, .. } if id == "006");
    }
    assert!(wrote, "those who watch are told all the same");
}

#[tokio::test]
async fn a_record_its_condition_rejects_is_not_handed_on() {
    let bench = watching().await;
    let private = record(
        "006",
        "1",
        r#"{"Id":"006","Shared":false,"Name":"n","Amount":1}"#,
        false,
    );
    assert_eq!(bench.finding("c", vec![private]).await, 0);
    // Shared later, with nothing watched changed since.
    assert_eq!(
        bench
            .finding("c", vec![opportunity("2", r#""Name":"n","Amount":1"#, false)])
            .await,
        1
    );
}

#[tokio::test]
async fn a_failing_poll_is_told_and_tried_again() {
    let bench = bench(&[("poll.yaml", POLL)]).await;
    let mut progress = bench.host.progress();
    let refusal = OperationError::new(ErrorClass::Transient, "BUSY", "the service is busy");
    bench.stub.polls.lock().unwrap().extend([
        found("c1", vec![]),
        Err(refusal),
        found("c2", vec![record("1", "a", r#"{"Id":"1"}"#, false)]),
    ]);
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    bench.poll_again().await;
    settle().await;
    assert!(!bench.host.is_idle(), "what a poll would find is not known");
    let told = progress.try_recv().unwrap();
    assert!(
        matches!(&told, Progress::PollFailed { flow, message } if flow == "poll" && message.contains("busy")),
        "{told:?}"
    );
    bench.poll_again().await;
    until("the run", || bench.calls_of("get") == 1).await;
    assert_eq!(bench.stub.asked.lock().unwrap()[2].cursor, Some("c1".into()));
}

#[tokio::test]
async fn a_store_that_cannot_name_the_deal_holds_the_cursor_back() {
    let bench = bench(&[("poll.yaml", POLL)]).await;
    bench.host.start().await.unwrap();
    until("the first poll", || bench.polled() == 1).await;
    let seen = || vec![record("1", "a", r#"{"Id":"1"}"#, false)];
    bench.store.refuse(&["find_links"]);
    assert_eq!(bench.finding("c2", seen()).await, 0);
    assert_eq!(
        bench.store.cursor("poll".into()).await.unwrap(),
        Some("start".into())
    );
    bench.store.refuse(&[]);
    assert_eq!(bench.finding("c2", seen()).await, 1);
}

#[tokio::test]
async fn a_record_whose_condition_cannot_be_judged_is_told() {
    let bench = watching().await;
    let mut progress = bench.host.progress();
    let odd = record("006", "1", r#"{"Id":"006","Name":"n","Amount":1}"#, false);
    assert_eq!(
        bench
            .finding(
                "c",
                vec![
                    odd,
                    record(
                        "007",
                        "1",
                        r#"{"Id":"007","Shared":true,"Name":"n","Amount":1}"#,
                        false
                    )
                ]
            )
            .await,
        1
    );
    let mut messages = Vec::new();
    while let Ok(told) = progress.try_recv() {
        if let Progress::PollFailed { message, .. } = told {
            messages.push(message);
        }
    }
    assert!(
        matches!(messages.as_slice(), [one] if one.contains("record `006`")),
        "{messages:?}"
    );
}

#[tokio::test]
async fn a_recurrence_is_due_by_the_clock_and_keeps_its_rhythm_over_a_restart() {
    let flow = "name: R\ntrigger: { type: recurrence, every: 1h }\nactions:\n  keep: { type: svc.get, inputs: { at: \"{{ trigger.body.scheduled_time }}\" } }\n";
    let first = bench(&[("hourly.yaml", flow)]).await;
    first.host.start().await.unwrap();
    settle().await;
    assert_eq!(first.calls_of("get"), 0);
    for (minutes, runs) in [(59, 0), (1, 1), (60, 2)] {
        first.clock.advance(Duration::from_secs(minutes * 60));
        settle().await;
        assert_eq!(first.calls_of("get"), runs);
    }
    first.host.stop().await;
    let second = bench_with(
        &[("hourly.yaml", flow)],
        Parts {
            store: first.store.clone(),
            ..Parts::default()
        },
    )
    .await;
    // Two and a half hours later: what passed is not made up for, and the next full hour counts.
    second.clock.advance(Duration::from_secs(270 * 60));
    second.host.start().await.unwrap();
    settle().await;
    assert_eq!(second.calls_of("get"), 0);
    second.clock.advance(Duration::from_secs(30 * 60));
    until("the next hour", || second.calls_of("get") == 1).await;
    let inputs = second.stub.calls.lock().unwrap()[0].inputs.to_json();
    assert_eq!(inputs, r#"{"at":"2026-01-05T13:00:00Z"}"#);
    assert_eq!(second.at(), "2026-01-05T13:00:00Z".parse().unwrap());
}

#[tokio::test]
async fn idle_is_when_nothing_runs_and_every_poll_came_back_empty_since() {
    let bench = bench(&[
        ("poll.yaml", POLL),
        ("hand.yaml", &super::bench::holding("{ type: http_request }")),
    ])
    .await;
    bench.host.start().await.unwrap();
    until("an empty poll", || bench.host.is_idle()).await;
    bench.post("hand", "{}").await;
    assert!(!bench.host.is_idle(), "an event was accepted");
    until("the call", || bench.calls_of("hold") == 1).await;
    bench.poll_again().await;
    assert!(!bench.host.is_idle(), "a run goes on");
    bench.let_go(1);
    settle().await;
    assert!(
        !bench.host.is_idle(),
        "what the run did may be found by the next poll"
    );
    bench.clock.advance(Duration::from_secs(60));
    until("an empty poll afterwards", || bench.host.is_idle()).await;
    bench.host.stir();
    assert!(!bench.host.is_idle(), "somebody outside did something");
}
