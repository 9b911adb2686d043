//! Terminate, cancellation, responses and delays.

use crate::flow::Status;
use crate::journal::Record;
use crate::run::tests::bench::{Reply, bench, ok, rejected, start};

#[test]
fn terminate_ends_everything_at_once() {
    let played = bench(
        "  slow: { type: salesforce.x, run_after: {} }\n  \
         s:\n    type: scope\n    run_after: {}\n    actions:\n      \
         t: { type: terminate, inputs: { status: failed, error: { code: Mine, message: stop here } } }\n      \
         never: { type: compose, inputs: 1 }\n  \
         later: { type: scope, actions: { inside: { type: compose, inputs: 1 } } }\n",
    )
    .replies("slow", [Reply::Silence])
    .play();
    assert_eq!(
        played.statuses(),
        "slow: cancelled, s: cancelled, t: succeeded, never: skipped, later: skipped, inside: skipped, run: failed"
    );
    assert_eq!(played.aborted, ["slow"]);
    assert_eq!(played.error("never").split(':').next(), Some("Terminated"));
    let error = played.end().error.clone().unwrap();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("Mine", "stop here")
    );
    assert_eq!(played.cause(), "x/t Mine");
}

#[test]
fn terminate_states_the_status_and_hands_a_failure_on() {
    for status in [Status::Succeeded, Status::Cancelled] {
        let played = bench(&format!(
            "  t: {{ type: terminate, inputs: {{ status: {} }} }}\n",
            status.name()
        ))
        .play();
        assert_eq!((played.end().status, &played.end().error), (status, &None));
    }
    for handed in ["actions.s.error.cause", "actions.s.error"] {
        let played = bench(&format!(
            "  s: {{ type: scope, actions: {{ a: {{ type: salesforce.x }} }} }}\n  \
             t: {{ type: terminate, inputs: {{ status: failed, error: \"{{{{ {handed} }}}}\" }}, run_after: {{ s: [failed] }} }}\n"
        ))
        .replies("a", [rejected()])
        .play();
        assert_eq!(played.cause(), "x/a REFUSED", "{handed}");
    }
}

#[test]
fn a_cancelled_run_stops_what_goes_on() {
    let bench = bench("  a: { type: salesforce.x }\n  b: { type: compose, inputs: 1 }\n");
    let mut machine = bench.begun();
    let began = machine.decide(start(), 1).unwrap();
    machine.apply(&began).unwrap();
    let cancel = machine.cancel(start()).unwrap();
    let effects = machine.apply(&cancel).unwrap();
    assert_eq!(effects.len(), 1, "the call is given up");
    assert_eq!(machine.cancel(start()), None, "once is enough");
    let end = machine.decide(start(), 2).unwrap();
    machine.apply(&end).unwrap();
    assert_eq!(machine.end().unwrap().status, Status::Cancelled);
    let statuses: Vec<_> = machine
        .state()
        .instances
        .values()
        .map(|instance| instance.status.unwrap())
        .collect();
    assert_eq!(statuses, [Status::Cancelled, Status::Skipped]);
}

#[test]
fn a_response_answers_once_and_the_run_goes_on() {
    let played = bench(
        "  a: { type: response, inputs: { status: \"201\", headers: { x-a: 5 }, body: { n: 1.10 } } }\n  \
         b: { type: compose, inputs: 1 }\n  \
         c: { type: response, inputs: { body: again } }\n",
    )
    .play();
    let response = played.machine.response().unwrap();
    assert_eq!(
        (response.status, response.headers.as_slice()),
        (201, &[("x-a".to_owned(), "5".to_owned())][..])
    );
    assert_eq!(response.body.as_ref().unwrap().to_json(), r#"{"n":1.10}"#);
    assert_eq!(
        played.statuses(),
        "a: succeeded, b: succeeded, c: failed, run: failed"
    );
    assert_eq!(
        played.error("c"),
        "ActionResponseSkipped: the caller has already been answered"
    );
    for status in ["99", "600", "x", "true"] {
        let played = bench(&format!(
            "  a: {{ type: response, inputs: {{ status: \"{{{{ '{status}' }}}}\" }} }}\n"
        ))
        .play();
        assert!(
            played
                .error("a")
                .starts_with("InvalidData: `status` must be an HTTP status"),
            "{status}"
        );
    }
    assert_eq!(
        bench("  a: { type: response }\n")
            .play()
            .machine
            .response()
            .unwrap()
            .status,
        200
    );
}

#[test]
fn delays_end_at_their_time() {
    for (action, seconds) in [
        ("type: delay, inputs: { for: 30s }", 30),
        ("type: delay, inputs: { for: PT1M }", 60),
        ("type: delay, inputs: { for: \"{{ 90 }}\" }", 90),
        (
            "type: delay_until, inputs: { timestamp: \"2026-11-20T08:02:00Z\" }",
            120,
        ),
        (
            "type: delay_until, inputs: { timestamp: \"2026-11-20T09:02:00+01:00\" }",
            120,
        ),
        (
            "type: delay_until, inputs: { timestamp: \"{{ '2026-11-20T08:02:00' }}\" }",
            120,
        ),
        (
            "type: delay_until, inputs: { timestamp: \"2020-01-01T00:00:00Z\" }",
            0,
        ),
    ] {
        let played = bench(&format!("  d: {{ {action} }}\n")).play();
        let took = played.end().at.duration_since(start()).as_secs();
        assert_eq!(
            (played.statuses().as_str(), took),
            ("d: succeeded, run: succeeded", seconds),
            "{action}"
        );
    }
    for (action, code) in [
        ("type: delay, inputs: { for: \"{{ 'soon' }}\" }", "InvalidData"),
        ("type: delay, inputs: { for: \"{{ -5 }}\" }", "InvalidData"),
        ("type: delay, inputs: { for: \"{{ '3000d' }}\" }", "LimitExceeded"),
        (
            "type: delay_until, inputs: { timestamp: \"{{ 'tomorrow' }}\" }",
            "InvalidData",
        ),
        (
            "type: delay_until, inputs: { timestamp: \"9000-01-01T00:00:00Z\" }",
            "LimitExceeded",
        ),
    ] {
        let played = bench(&format!("  d: {{ {action} }}\n")).play();
        assert_eq!(
            played.error("d").split(':').next(),
            Some(code),
            "{action}: {}",
            played.error("d")
        );
    }
}

#[test]
fn a_run_that_only_waits_says_so() {
    let bench = bench("  d: { type: delay, inputs: { for: 1h } }\n").replies("d", [ok("1")]);
    let mut machine = bench.begun();
    assert!(!machine.is_waiting());
    let began = machine.decide(start(), 1).unwrap();
    assert!(matches!(began, Record::Began(_)));
    machine.apply(&began).unwrap();
    assert!(machine.is_waiting());
    assert_eq!(machine.decide(start(), 2), None);
    assert_eq!(machine.next_wake().unwrap().duration_since(start()).as_hours(), 1);
}
