//! Calls: retries in virtual time, timeouts, what is looked up before it is repeated, changesets and child flows.

use std::sync::Arc;
use std::time::Duration;

use connector_api::call::as_reference;
use connector_api::{ErrorClass, OperationError};

use crate::flow::{RetryPolicy, Status};
use crate::journal::{ActionError, Cause, Parent, Record};
use crate::run::tests::bench::{Reply, bench, error, fail, json, ok, rejected};
use crate::run::{CHILD_DEPTH_MAX, ChildEnd, Response, Surroundings};

const ONE: &str = "  a: { type: salesforce.x, inputs: { n: 1 } }\n";

fn tries(actions: &str, replies: Vec<Reply>) -> (Vec<i64>, String) {
    let played = bench(actions).replies("a", replies).play();
    let seconds = played.calls.iter().map(|(second, _)| *second).collect();
    (seconds, played.statuses())
}

#[test]
fn passing_trouble_is_tried_again_and_other_errors_are_not() {
    use ErrorClass::{
        Conflict, OutcomeUnknown, RateLimited, Rejected, Transient, Unauthorized, UnexpectedResponse,
    };
    for (class, count) in [
        (Transient, 5),
        (RateLimited, 5),
        (OutcomeUnknown, 5),
        (Rejected, 1),
        (Unauthorized, 1),
        (Conflict, 1),
        (UnexpectedResponse, 1),
    ] {
        let (seconds, statuses) = tries(ONE, vec![fail(class, "E")]);
        assert_eq!(seconds.len(), count, "{class:?}");
        assert_eq!(statuses, "a: failed, run: failed");
    }
    let (seconds, statuses) = tries(ONE, vec![fail(Transient, "E"), fail(Transient, "E"), ok("1")]);
    assert_eq!(
        (seconds.len(), statuses.as_str()),
        (3, "a: succeeded, run: succeeded")
    );
}

#[test]
fn waits_follow_the_policy_and_the_service() {
    let (seconds, _) = tries(ONE, vec![fail(ErrorClass::Transient, "E")]);
    let waits: Vec<i64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, (least, most)) in waits.iter().zip([(5, 8), (7, 15), (15, 30), (30, 45)]) {
        assert!((least..=most).contains(wait), "{waits:?}");
    }
    let asked = |milliseconds| {
        Reply::Fail(OperationError {
            retry_after_ms: Some(milliseconds),
            ..error(ErrorClass::RateLimited, "LIMIT")
        })
    };
    assert_eq!(
        tries(ONE, vec![asked(120_000), asked(1_000), ok("1")]).0,
        [0, 120, 121]
    );
    // No service can make us wait for ever.
    assert_eq!(tries(ONE, vec![asked(u64::MAX), ok("1")]).0, [0, 86_400]);
}

#[test]
fn an_action_may_state_its_own_policy() {
    for (policy, expected) in [
        ("{ type: none }", vec![0]),
        ("{ type: fixed, count: 2, interval: 10s }", vec![0, 10, 20]),
    ] {
        let actions = format!("  a: {{ type: salesforce.x, retry: {policy} }}\n");
        assert_eq!(
            tries(&actions, vec![fail(ErrorClass::Transient, "E")]).0,
            expected,
            "{policy}"
        );
    }
    let mut quick = bench(ONE).replies("a", [fail(ErrorClass::Transient, "E")]);
    quick.surroundings = Arc::new(Surroundings {
        default_retry: RetryPolicy {
            count: 1,
            interval: Duration::from_millis(10),
            minimum: Duration::ZERO,
            maximum: Duration::from_millis(10),
            ..RetryPolicy::default()
        },
        ..Surroundings::default()
    });
    assert_eq!(quick.play().calls.len(), 2);
}

#[test]
fn what_may_have_been_carried_out_is_looked_for_from_the_first_try_on() {
    let played = bench(ONE)
        .replies(
            "a",
            [
                fail(ErrorClass::Transient, "BUSY"),
                fail(ErrorClass::OutcomeUnknown, "LOST"),
                fail(ErrorClass::Transient, "BUSY"),
                ok("1"),
            ],
        )
        .play();
    let looks: Vec<bool> = played
        .calls
        .iter()
        .map(|(_, call)| call.context.look_since.is_some())
        .collect();
    assert_eq!(looks, [false, false, true, true]);
    assert_eq!(played.calls[3].1.context.look_since, Some(super::bench::start()));
    let keys: Vec<_> = played
        .calls
        .iter()
        .map(|(_, call)| call.context.idempotency_key)
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "one action, one key");
    let attempts: Vec<u32> = played
        .calls
        .iter()
        .map(|(_, call)| call.context.attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[test]
fn a_plain_request_that_changes_something_is_not_repeated_unless_asked() {
    for (method, retry, count) in [
        ("GET", "", 5),
        ("PUT", "", 5),
        ("POST", "", 1),
        ("PATCH", "", 1),
        ("POST", ", retry: { type: fixed, count: 1, interval: 1s }", 2),
    ] {
        let actions = format!(
            "  a: {{ type: http, inputs: {{ method: {method}, url: \"https://example.test/\" }}{retry} }}\n"
        );
        assert_eq!(
            tries(&actions, vec![fail(ErrorClass::Transient, "E")]).0.len(),
            count,
            "{method} {retry}"
        );
    }
}

#[test]
fn a_plain_request_asked_to_repeat_tells_its_connector_that_an_earlier_one_may_have_arrived() {
    let actions = "  a: { type: http, inputs: { method: POST, url: \"https://example.test/\" }, retry: { type: fixed, count: 1, interval: 1s } }\n";
    for (class, looks) in [(ErrorClass::OutcomeUnknown, true), (ErrorClass::Transient, false)] {
        let played = bench(actions).replies("a", [fail(class, "E"), ok("1")]).play();
        assert_eq!(played.calls.len(), 2);
        let since = played.calls[1].1.context.look_since;
        assert_eq!(since, looks.then(super::bench::start), "{class:?}");
    }
}

#[test]
fn a_timeout_covers_all_tries() {
    let actions = "  a: { type: salesforce.x, timeout: 30s, retry: { type: fixed, count: 9, interval: 20s } }\n  \
                   b: { type: compose, inputs: \"{{ actions.a.error.code }}\", run_after: { a: [timed_out] } }\n";
    let played = bench(actions)
        .replies("a", [fail(ErrorClass::Transient, "E")])
        .play();
    assert_eq!(played.statuses(), "a: timed_out, b: succeeded, run: succeeded");
    assert_eq!(played.body("b"), r#""ActionTimedOut""#);
    assert_eq!(played.calls.len(), 2);
    assert!(played.aborted.is_empty(), "nothing went on when the time was up");
    let silent = bench(actions).replies("a", [Reply::Silence]).play();
    assert_eq!(silent.aborted, ["a"]);
}

#[test]
fn a_failed_call_keeps_its_answer() {
    let played = bench(&format!(
        "{ONE}  b: {{ type: compose, inputs: [\"{{{{ actions.a.outputs.status }}}}\", \"{{{{ actions.a.body.why }}}}\", \"{{{{ actions.a.error.field }}}}\"], run_after: {{ a: [failed] }} }}\n"
    ))
    .replies(
        "a",
        [Reply::Fail(OperationError {
            status: Some(422),
            body: Some(json(r#"{"why":"no"}"#)),
            field: Some("Amount".into()),
            ..error(ErrorClass::Rejected, "INVALID")
        })],
    )
    .play();
    assert_eq!(played.body("b"), r#"[422,"no","Amount"]"#);
}

const CHANGESET: &str = "  c:\n    type: changeset\n    actions:\n      \
    account: { type: salesforce.create_record, inputs: { object: Account } }\n      \
    maybe:\n        type: if\n        condition: \"{{ inputs.list | length > 5 }}\"\n        \
    actions: { extra: { type: salesforce.create_record, inputs: { object: Extra } } }\n        \
    else: { other: { type: salesforce.create_record, inputs: { object: Other } } }\n      \
    contact: { type: salesforce.create_record, inputs: { object: Contact, AccountId: \"{{ actions.account.body.id }}\" } }\n  \
    after: { type: compose, inputs: [\"{{ actions.account.body.id }}\", \"{{ actions.extra.status }}\", \"{{ actions.contact.outputs.status }}\"], run_after: { c: [succeeded, failed] } }\n";

#[test]
fn a_changeset_goes_out_as_one() {
    let played = bench(CHANGESET).play();
    assert_eq!(played.changesets.len(), 1);
    let names: Vec<&str> = played.changesets[0]
        .iter()
        .map(|call| call.action.as_str())
        .collect();
    assert_eq!(names, ["account", "other", "contact"]);
    let stand_in = played.changesets[0][2].inputs.get("AccountId").unwrap();
    assert_eq!(as_reference(stand_in), Some("account"));
    assert_eq!(
        played.statuses(),
        "c: succeeded, account: succeeded, maybe: succeeded, extra: skipped, other: succeeded, contact: succeeded, after: succeeded, run: succeeded"
    );
    assert_eq!(played.body("after"), r#"["id of account","skipped",201]"#);
}

#[test]
fn a_changeset_that_fails_says_which_call_it_was() {
    let refused = OperationError {
        failed_call: Some(2),
        ..error(ErrorClass::Rejected, "REQUIRED")
    };
    let actions = CHANGESET.split("  after:").next().unwrap();
    let played = bench(actions).replies("c", [Reply::Fail(refused)]).play();
    assert_eq!(
        played.statuses(),
        "c: failed, account: skipped, maybe: failed, extra: skipped, other: skipped, contact: failed, run: failed"
    );
    assert_eq!(played.cause(), "x/contact REQUIRED");
    assert_eq!(played.error("contact"), "REQUIRED: the service says REQUIRED");
}

#[test]
fn a_changeset_is_repeated_whole_and_may_be_empty() {
    let played = bench(CHANGESET)
        .replies("c", [fail(ErrorClass::Transient, "BUSY"), ok("1")])
        .play();
    assert_eq!(played.changesets.len(), 2);
    assert_eq!(played.end().status, Status::Succeeded);
    let empty = bench(
        "  c:\n    type: changeset\n    actions:\n      maybe:\n        type: if\n        condition: false\n        actions: { x: { type: salesforce.create_record, inputs: {} } }\n",
    )
    .play();
    assert_eq!(
        empty.statuses(),
        "c: succeeded, maybe: skipped, x: skipped, run: succeeded"
    );
    assert!(empty.changesets.is_empty(), "nothing goes out");
}

fn child(status: Status, response: Option<u16>, error: Option<ActionError>) -> Reply {
    Reply::Child(ChildEnd {
        status,
        response: response.map(|status| Response {
            status,
            headers: Vec::new(),
            body: Some(json(r#"{"answer":1.10}"#)),
        }),
        error,
    })
}

#[test]
fn a_child_flow_gives_its_response_or_fails_with_its_cause() {
    let cause = Cause {
        flow: "child".into(),
        action: "inner".into(),
        code: "REQUIRED".into(),
        message: "a value is missing".into(),
        field: Some("Country".into()),
    };
    let failure = ActionError::new("ActionFailed", "`inner` failed").caused_by(Some(cause));
    for (reply, statuses, body, cause) in [
        (
            child(Status::Succeeded, Some(200), None),
            "r: succeeded, run: succeeded",
            r#"{"answer":1.10}"#,
            "",
        ),
        (
            child(Status::Succeeded, None, None),
            "r: succeeded, run: succeeded",
            "null",
            "",
        ),
        (
            child(Status::Succeeded, Some(404), None),
            "r: failed, run: failed",
            r#"{"answer":1.10}"#,
            "child/response 404",
        ),
        (
            child(Status::Failed, None, Some(failure)),
            "r: failed, run: failed",
            "null",
            "child/inner REQUIRED",
        ),
        (
            child(Status::Cancelled, None, None),
            "r: failed, run: failed",
            "null",
            "child/ ActionFailed",
        ),
    ] {
        let played = bench("  r: { type: run_flow, flow: child, inputs: { a: 1 } }\n")
            .replies("r", [reply])
            .play();
        assert_eq!(played.statuses(), statuses);
        assert_eq!(played.body("r"), body);
        assert_eq!(played.cause(), cause);
        let call = &played.children[0];
        assert_eq!(
            (call.flow.as_str(), call.key.as_deref(), call.parent.depth),
            ("child", Some("d1"), 1)
        );
        assert_eq!(call.deal, Some("d1".into()));
    }
}

#[test]
fn flows_that_call_each_other_in_a_circle_are_stopped() {
    let mut bench = bench("  r: { type: run_flow, flow: child }\n");
    if let Record::RunStarted(first) = &mut bench.first {
        first.parent = Some(Parent {
            run: uuid::Uuid::from_u128(1),
            flow: "y".into(),
            action: "r".parse().unwrap(),
            depth: CHILD_DEPTH_MAX,
        });
    }
    let played = bench.play();
    assert!(
        played
            .error("r")
            .starts_with("LimitExceeded: `child` would be called through more than 8 flows")
    );
    assert!(played.children.is_empty());
}

#[test]
fn links_are_read_and_saved() {
    let played = bench(
        "  g: { type: links.get }\n  s: { type: links.save, inputs: { opportunity_id: \"{{ actions.g.body.opportunity_id }}\" } }\n",
    )
    .replies("g", [ok(r#"{"opportunity_id":"006"}"#)])
    .replies("s", [rejected()])
    .play();
    assert_eq!(played.statuses(), "g: succeeded, s: failed, run: failed");
    assert_eq!(played.body("g"), r#"{"opportunity_id":"006"}"#);
    // Without inputs the run's own deal is meant.
    assert_eq!(played.links, [json("null"), json(r#"{"opportunity_id":"006"}"#)]);
}
