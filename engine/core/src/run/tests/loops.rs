//! `for_each` and `until`: order, concurrency, failures, limits, and what is seen of the iterations.

use connector_api::Value;

use crate::journal::Record;
use crate::run::tests::bench::{after, assert_statuses, bench, flow, json, ok, rejected};

#[test]
fn a_for_each_goes_through_all_items() {
    assert_statuses(&[
        (
            "  l:\n    type: for_each\n    items: \"{{ inputs.list }}\"\n    actions: { a: { type: salesforce.x } }\n",
            &[],
            "l: succeeded, a[0]: succeeded, a[1]: succeeded, a[2]: succeeded, run: succeeded",
        ),
        (
            "  l:\n    type: for_each\n    items: []\n    actions: { a: { type: salesforce.x } }\n",
            &[],
            "l: succeeded, run: succeeded",
        ),
        (
            "  l: { type: for_each, items: [1, 2], actions: {} }\n",
            &[],
            "l: succeeded, run: succeeded",
        ),
        (
            "  l:\n    type: for_each\n    items: [1, 2]\n    actions: { a: { type: salesforce.x }, b: { type: compose, inputs: 1 } }\n",
            &[("a", rejected())],
            "l: failed, a[0]: failed, a[1]: failed, b[0]: skipped, b[1]: skipped, run: failed",
        ),
    ]);
    for items in ["\"{{ null }}\"", "{ a: 1 }", "text"] {
        let played = bench(&format!(
            "  l:\n    type: for_each\n    items: {items}\n    actions: {{ a: {{ type: salesforce.x }} }}\n"
        ))
        .play();
        assert!(
            played
                .error("l")
                .starts_with("ExpressionEvaluationFailed: `items` must give a list"),
            "{items}"
        );
    }
}

#[test]
fn one_failed_iteration_stops_no_other_and_the_first_by_index_is_the_cause() {
    let played = bench(
        "  l:\n    type: for_each\n    items: [1, 2, 3]\n    concurrency: 3\n    actions: { a: { type: salesforce.x, inputs: { n: \"{{ item }}\" } } }\n",
    )
    .replies(
        "a",
        [
            after(3, ok("1")),
            after(2, super::bench::fail(connector_api::ErrorClass::Rejected, "SECOND")),
            after(1, super::bench::fail(connector_api::ErrorClass::Rejected, "THIRD")),
        ],
    )
    .play();
    assert_eq!(
        played.statuses(),
        "l: failed, a[0]: succeeded, a[1]: failed, a[2]: failed, run: failed"
    );
    assert_eq!(played.cause(), "x/a SECOND");
}

#[test]
fn concurrency_bounds_how_many_iterations_go_on_at_once() {
    for (concurrency, expected) in [(1, [0, 1, 2, 3]), (2, [0, 0, 1, 1]), (4, [0, 0, 0, 0])] {
        let played = bench(&format!(
            "  l:\n    type: for_each\n    items: [1, 2, 3, 4]\n    concurrency: {concurrency}\n    actions: {{ a: {{ type: salesforce.x, inputs: {{ n: \"{{{{ item }}}}\" }} }} }}\n"
        ))
        .replies("a", [after(1, ok("1"))])
        .play();
        let begun: Vec<i64> = played.calls.iter().map(|(second, _)| *second).collect();
        assert_eq!(begun, expected, "{concurrency}");
        let order: Vec<String> = played
            .calls
            .iter()
            .map(|(_, call)| call.inputs.to_json())
            .collect();
        assert_eq!(order, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#, r#"{"n":4}"#]);
    }
}

#[test]
fn iterations_see_their_own_items_and_actions_and_outside_sees_lists() {
    let played = bench(
        "  before: { type: compose, inputs: 5 }\n  \
         outer:\n    type: for_each\n    items: [[1, 2], [3]]\n    concurrency: 2\n    actions:\n      \
         sum: { type: compose, inputs: \"{{ item | length }}\" }\n      \
         inner:\n        type: for_each\n        items: \"{{ item }}\"\n        actions:\n          \
         one: { type: compose, inputs: \"{{ item * 10 + actions.sum.body + actions.before.body }}\" }\n          \
         up: { type: compose, inputs: \"{{ items('outer') | length }}\" }\n      \
         seen: { type: compose, inputs: \"{{ actions.one.body }}\" }\n  \
         all: { type: compose, inputs: \"{{ actions.one.body }}\" }\n  \
         children: { type: compose, inputs: \"{{ result('outer') | length }}\" }\n",
    )
    .play();
    for (address, body) in [
        ("one[0,0]", "17"),
        ("one[0,1]", "27"),
        ("one[1,0]", "36"),
        ("up[0,1]", "2"),
        ("seen[0]", "[17,27]"),
        ("seen[1]", "[36]"),
        ("all", "[17,27,36]"),
        ("children", "3"),
    ] {
        assert_eq!(played.body(address), body, "{address}");
    }
}

#[test]
fn a_skipped_loop_leaves_its_actions_undefined() {
    let played = bench(
        "  a: { type: salesforce.x }\n  \
         l:\n    type: for_each\n    items: [1]\n    actions: { b: { type: compose, inputs: 1 } }\n  \
         c: { type: compose, inputs: \"{{ actions.b.body | default('none') }}\", run_after: { l: [skipped] } }\n",
    )
    .replies("a", [rejected()])
    .play();
    assert_eq!(played.body("c"), r#""none""#);
}

const COUNTING: &str = "name: X\ntrigger: { type: manual }\nvariables: { n: { type: integer } }\nactions:\n";

#[test]
fn an_until_goes_round_until_its_condition_holds() {
    let played = flow(&format!(
        "{COUNTING}  u:\n    type: until\n    condition: \"{{{{ actions.i.body.value >= 3 }}}}\"\n    actions: {{ i: {{ type: increment_variable, inputs: {{ name: n }} }} }}\n"
    ))
    .play();
    assert_eq!(
        played.statuses(),
        "u: succeeded, i[0]: succeeded, i[1]: succeeded, i[2]: succeeded, run: succeeded"
    );
}

#[test]
fn an_until_gives_up_at_its_limits() {
    for (limit, status, rounds) in [
        ("{ count: 2 }", "succeeded", 2),
        ("{ count: 2, fail: true }", "timed_out", 2),
        ("{ timeout: 25s }", "succeeded", 3),
        ("{ timeout: 25s, fail: true }", "timed_out", 3),
    ] {
        let played = bench(&format!(
            "  u:\n    type: until\n    condition: false\n    limit: {limit}\n    actions: {{ d: {{ type: delay, inputs: {{ for: 10s }} }} }}\n"
        ))
        .play();
        assert!(
            played.statuses().starts_with(&format!("u: {status}, ")),
            "{limit}: {}",
            played.statuses()
        );
        let delays = played
            .records
            .iter()
            .filter(|record| matches!(record, Record::Ended(end) if end.action.action == "d"));
        assert_eq!(delays.count(), rounds, "{limit}");
    }
}

#[test]
fn the_last_iteration_decides_about_an_until() {
    for (replies, status, listed) in [
        (vec![rejected(), ok(r#"{"done":true}"#)], "succeeded", "succeeded"),
        (vec![ok(r#"{"done":false}"#), rejected()], "failed", "failed"),
    ] {
        let played = bench(
            "  u:\n    type: until\n    condition: \"{{ actions.a.status == 'failed' and actions.a.error.code == 'never' or actions.a.body.done | default(false) }}\"\n    \
             limit: { count: 2 }\n    actions: { a: { type: salesforce.x } }\n  \
             r: { type: compose, inputs: \"{{ result('u')[0].status }}\", run_after: { u: [succeeded, failed] } }\n",
        )
        .replies("a", replies)
        .play();
        assert!(
            played.statuses().starts_with(&format!("u: {status}, a[0]:")),
            "{}",
            played.statuses()
        );
        assert_eq!(played.body("r"), format!("\"{listed}\""));
    }
}

#[test]
fn too_many_items_are_an_error() {
    let mut bench = bench("  l: { type: for_each, items: \"{{ inputs.many }}\", actions: {} }\n");
    if let Record::RunStarted(first) = &mut bench.first {
        let many = Value::Array(vec![json("1"); crate::run::ITERATIONS_MAX + 1]);
        first.inputs = connector_api::value::object([("many", many)]);
    }
    let played = bench.play();
    assert!(
        played
            .error("l")
            .starts_with("LimitExceeded: there are 100001 items"),
        "{}",
        played.error("l")
    );
}
