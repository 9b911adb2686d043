//! Scopes, ifs and switches: what runs inside, and what they end as.

use crate::run::tests::bench::{assert_statuses, bench, ok, rejected};

#[test]
fn containers_take_the_status_of_what_is_inside() {
    assert_statuses(&[
        (
            "  s:\n    type: scope\n    actions:\n      a: { type: salesforce.x }\n      b: { type: compose, inputs: 1 }\n  after: { type: compose, inputs: 1 }\n",
            &[("a", rejected())],
            "s: failed, a: failed, b: skipped, after: skipped, run: failed",
        ),
        (
            "  s:\n    type: scope\n    actions:\n      a: { type: salesforce.x }\n      b: { type: compose, inputs: 1, run_after: { a: [failed] } }\n",
            &[("a", rejected())],
            "s: succeeded, a: failed, b: succeeded, run: succeeded",
        ),
        (
            "  s: { type: scope, actions: {} }\n",
            &[],
            "s: succeeded, run: succeeded",
        ),
        (
            "  a: { type: salesforce.x }\n  s:\n    type: scope\n    actions:\n      i:\n        type: if\n        condition: true\n        actions: { b: { type: compose, inputs: 1 } }\n",
            &[("a", rejected())],
            "a: failed, s: skipped, i: skipped, b: skipped, run: failed",
        ),
        (
            "  i:\n    type: if\n    condition: \"{{ inputs.list | length > 2 }}\"\n    actions: { a: { type: compose, inputs: 1 } }\n    else: { b: { type: compose, inputs: 1 } }\n",
            &[],
            "i: succeeded, a: succeeded, b: skipped, run: succeeded",
        ),
        (
            "  i:\n    type: if\n    condition: \"{{ inputs.list | length > 3 }}\"\n    actions: { a: { type: compose, inputs: 1 } }\n    else: { b: { type: salesforce.x } }\n",
            &[("b", rejected())],
            "i: failed, a: skipped, b: failed, run: failed",
        ),
        (
            "  i:\n    type: if\n    condition: false\n    actions: { a: { type: compose, inputs: 1 } }\n",
            &[],
            "i: succeeded, a: skipped, run: succeeded",
        ),
        (
            "  w:\n    type: switch\n    on: \"{{ env.stage }}\"\n    cases:\n      open: { a: { type: compose, inputs: 1 } }\n      Open: { b: { type: compose, inputs: 1 } }\n    default: { c: { type: compose, inputs: 1 } }\n",
            &[],
            "w: succeeded, a: skipped, b: succeeded, c: skipped, run: succeeded",
        ),
        (
            "  w:\n    type: switch\n    on: \"{{ 2 }}\"\n    cases:\n      2: { a: { type: compose, inputs: 1 } }\n    default: { b: { type: compose, inputs: 1 } }\n",
            &[],
            "w: succeeded, a: succeeded, b: skipped, run: succeeded",
        ),
        (
            "  w:\n    type: switch\n    on: \"{{ '2' }}\"\n    cases:\n      2: { a: { type: compose, inputs: 1 } }\n    default: { b: { type: compose, inputs: 1 } }\n",
            &[],
            "w: succeeded, a: skipped, b: succeeded, run: succeeded",
        ),
        (
            "  w:\n    type: switch\n    on: \"{{ 'other' }}\"\n    cases:\n      x: { a: { type: compose, inputs: 1 } }\n",
            &[],
            "w: succeeded, a: skipped, run: succeeded",
        ),
    ]);
}

#[test]
fn a_container_whose_expression_has_the_wrong_type_fails_before_its_body() {
    for (actions, error) in [
        (
            "  x:\n    type: if\n    condition: \"{{ 'yes' }}\"\n    actions: { a: { type: compose, inputs: 1 } }\n",
            "ExpressionEvaluationFailed: the condition must give true or false, not string",
        ),
        (
            "  x:\n    type: switch\n    on: \"{{ null }}\"\n    cases: { k: { a: { type: compose, inputs: 1 } } }\n",
            "ExpressionEvaluationFailed: `on` must give text or a whole number, not null",
        ),
        (
            "  x:\n    type: switch\n    on: \"{{ 1.5 }}\"\n    cases: { k: { a: { type: compose, inputs: 1 } } }\n",
            "ExpressionEvaluationFailed: `on` must give text or a whole number, not number",
        ),
    ] {
        let played = bench(actions).play();
        assert_eq!(
            played.statuses(),
            "x: failed, a: skipped, run: failed",
            "{actions}"
        );
        assert_eq!(played.error("x"), error, "{actions}");
        assert_eq!(
            played.error("a").split(':').next(),
            Some("ActionDependencyFailed"),
            "{actions}"
        );
    }
}

#[test]
fn the_innermost_failure_is_the_cause() {
    let played = bench(
        "  outer:\n    type: scope\n    actions:\n      inner:\n        type: scope\n        actions: { call: { type: salesforce.x } }\n  \
         told: { type: compose, inputs: \"{{ actions.outer.error.cause }}\", run_after: { outer: [failed] } }\n  \
         listed: { type: compose, inputs: \"{{ result('outer') }}\" }\n",
    )
    .replies("call", [rejected()])
    .play();
    assert_eq!(
        played.body("told"),
        r#"{"flow":"x","action":"call","code":"REFUSED","message":"the service says REFUSED"}"#
    );
    assert_eq!(
        played.error("outer"),
        "ActionFailed: `call` failed: the service says REFUSED"
    );
    assert!(
        played
            .body("listed")
            .starts_with(r#"[{"name":"inner","status":"failed","error":{"code":"ActionFailed""#)
    );
}

#[test]
fn results_list_the_direct_children_with_the_branch_not_taken() {
    let played = bench(
        "  i:\n    type: if\n    condition: true\n    actions: { a: { type: salesforce.x } }\n    else: { b: { type: compose, inputs: 1 } }\n  \
         r: { type: compose, inputs: \"{{ result('i') }}\" }\n",
    )
    .replies("a", [ok(r#"{"n":1.50}"#)])
    .play();
    assert_eq!(
        played.body("r"),
        r#"[{"name":"a","status":"succeeded","outputs":{"status":200,"headers":{"etag":"1"},"body":{"n":1.50}},"body":{"n":1.50}},{"name":"b","status":"skipped"}]"#
    );
    assert_eq!(
        played.error("b"),
        "ActionBranchingConditionNotSatisfied: it stands in the branch not taken"
    );
}

#[test]
fn a_container_out_of_time_stops_what_is_inside() {
    let played = bench(
        "  s:\n    type: scope\n    timeout: 10s\n    actions:\n      a: { type: salesforce.x }\n      b: { type: compose, inputs: 1 }\n  \
         h: { type: compose, inputs: 1, run_after: { s: [timed_out] } }\n",
    )
    .replies("a", [super::bench::Reply::Silence])
    .play();
    assert_eq!(
        played.statuses(),
        "s: timed_out, a: cancelled, b: skipped, h: succeeded, run: succeeded"
    );
    assert_eq!(played.aborted, ["a"]);
    assert_eq!(
        played.error("s"),
        "ActionTimedOut: `s` took longer than its timeout of 10s"
    );
}
