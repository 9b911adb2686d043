//! What runs beside what.

use crate::check::tests::actions;
use crate::testing::assert_table;

#[test]
fn two_responses_do_not_race() {
    let pair = |first: &str, second: &str| {
        format!(
            "  c: {{ type: compose, inputs: 1 }}\n  a: {{ type: response, run_after: {first} }}\n  b: {{ type: response, run_after: {second} }}\n"
        )
    };
    assert_table(
        &[
            (
                pair("{}", "{}"),
                &["6:3 warning second-response: nothing decides whether this or `a` answers the caller | 5:3 runs beside it"][..],
            ),
            (
                pair("{ c: [succeeded] }", "{ c: [succeeded, failed] }"),
                &["6:3 warning second-response: nothing decides whether this or `a` answers the caller | 5:3 runs beside it"],
            ),
            (pair("{ c: [succeeded] }", "{ c: [failed, timed_out] }"), &[]),
            (pair("{ c: [succeeded] }", "{ a: [failed] }"), &[]),
            (
                "  i: { type: if, condition: \"{{ inputs.n > 1 }}\", actions: { a: { type: response } }, else: { b: { type: response } } }\n".to_owned(),
                &[],
            ),
        ],
        |text| {
            let found = actions(text).into_iter();
            found.filter(|line| line.contains("second-response")).collect()
        },
    );
}

#[test]
fn iterations_that_run_at_once_set_no_variable() {
    let row = |concurrency: u32| {
        format!(
            "  e:\n    type: for_each\n    items: [1, 2]\n    concurrency: {concurrency}\n    actions:\n      s: {{ type: set_variable, inputs: {{ name: v, value: x }} }}\nvariables: {{ v: {{ type: text, default: '' }} }}\n"
        )
    };
    let warned = |text: &str| -> Vec<String> {
        let found = actions(text).into_iter();
        found.filter(|line| !line.contains("unused")).collect()
    };
    assert_table(
        &[
            (row(1), &[][..]),
            (
                row(4),
                &[
                    "9:48 warning variable-in-parallel-loop: `v` is set by several iterations at once | 4:3 `e` runs several at once",
                ],
            ),
        ],
        warned,
    );
}

#[test]
fn a_cycle_hides_what_only_follows_from_it() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1, run_after: { c: [succeeded] } }\n  c: { type: compose, inputs: \"{{ actions.a.body }}\" }\n",
                &[
                    "5:47 run-after-cycle: these actions wait for each other: `b` -> `c` -> `b` | 6:3 `c` runs after `b`, written above it",
                ],
            ),
            (
                "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: \"{{ actions.a.body }}\", run_after: {} }\n  c: { type: compose, inputs: 1, run_after: { c: [succeeded] } }\n",
                &[
                    "5:35 unfinished-action: `a` may not have ended when this is read | 4:3 it stands here",
                    "6:47 run-after-cycle: `c` waits for itself",
                ],
            ),
        ],
        actions,
    );
}
