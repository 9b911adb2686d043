//! `run_after`, handlers and failures.

use crate::check::tests::actions;
use crate::testing::assert_table;

#[test]
fn run_after_names_siblings() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1, run_after: { c: [succeeded] } }\n",
                &["5:47 run-after-target: `c` does not stand beside `b`"],
            ),
            (
                "  a: { type: scope, actions: { a1: { type: compose, inputs: 1 } } }\n  b: { type: compose, inputs: 1, run_after: { a1: [succeeded] } }\n",
                &["5:47 run-after-target: `a1` does not stand beside `b` | 4:32 it stands here"],
            ),
            (
                "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1, run_after: { a: [succeeded] } }\n",
                &[],
            ),
        ],
        actions,
    );
}

#[test]
fn cycles_show_the_whole_path() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: 1, run_after: { a: [succeeded] } }\n",
                &["4:47 run-after-cycle: `a` waits for itself"],
            ),
            (
                "  a: { type: compose, inputs: 1, run_after: { b: [succeeded] } }\n  b: { type: compose, inputs: 1 }\n",
                &[
                    "4:47 run-after-cycle: these actions wait for each other: `a` -> `b` -> `a` | 5:3 `b` runs after `a`, written above it",
                ],
            ),
            (
                "  start: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1, run_after: { start: [succeeded], d: [succeeded] } }\n  c: { type: compose, inputs: 1, run_after: { b: [succeeded] } }\n  d: { type: compose, inputs: 1, run_after: { c: [failed] } }\n  e: { type: compose, inputs: 1, run_after: { d: [succeeded] } }\n",
                &[
                    "6:47 run-after-cycle: these actions wait for each other: `b` -> `c` -> `d` -> `b` | 7:47 `d` runs after `c` | 5:67 `b` runs after `d`",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn what_stands_below_a_handler_says_where_it_belongs() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: 1, run_after: { a: [failed] } }\n  b: { type: compose, inputs: 1 }\n",
                &[
                    "6:3 handler-order: `b` is written below the handler `h` and does not say what it runs after | 5:3 runs only when `a` does not succeed",
                ],
            ),
            (
                "  a: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: 1, run_after: { a: [failed] } }\n  b: { type: compose, inputs: 1, run_after: { h: [succeeded] } }\n",
                &[],
            ),
            (
                "  a: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: 1, run_after: { a: [succeeded, failed] } }\n  b: { type: compose, inputs: 1 }\n",
                &[],
            ),
        ],
        actions,
    );
}

#[test]
fn a_failure_counts_while_a_success_branch_stands_beside_its_handler() {
    const BESIDE: &str = "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: 1, run_after: { a: [failed] } }\n";
    assert_table(
        &[
            (
                BESIDE.to_owned(),
                &["6:3 warning failure-not-handled: `h` runs when `a` fails, but the failure still counts | 5:3 `b` stands beside the handler and is skipped then"],
            ),
            (
                format!("{BESIDE}  d: {{ type: compose, inputs: 1, run_after: {{ b: [succeeded, skipped], h: [succeeded, skipped] }} }}\n"),
                &[],
            ),
            (
                format!("{BESIDE}  t: {{ type: terminate, inputs: {{ status: failed }}, run_after: {{ h: [succeeded] }} }}\n"),
                &[],
            ),
            (
                "  a: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: 1, run_after: { a: [failed, timed_out] } }\n".to_owned(),
                &[],
            ),
        ],
        actions,
    );
}
