//! What is known of expressions that read nothing, and of what is written out.

use crate::check::tests::actions;
use crate::testing::assert_table;

#[test]
fn constant_expressions_are_evaluated() {
    let row = |text: &str| format!("  a: {{ type: compose, inputs: \"{{{{ {text} }}}}\" }}\n");
    let found = |text: String| {
        actions(&text)
            .into_iter()
            .map(|line| line.split(": ").next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_table(
        &[
            (row("add(1, 2) ~ int('5')"), &[][..]),
            (row("guid() ~ rand(1, 2) ~ utc_now()"), &[]),
            (row("first([])"), &[]),
            (row("coalesce(inputs.a, int('5'))"), &[]),
            (row("add(inputs.n, 'x')"), &[]),
            (row("add(1, 'x')"), &["4:35 failing-expression"]),
            (row("int('abc')"), &["4:35 failing-expression"]),
            (
                row("coalesce(inputs.a, int('abc'))"),
                &["4:54 failing-expression"],
            ),
        ],
        |text| found(text.to_owned()),
    );
}

#[test]
fn what_is_written_out_must_be_of_the_type_wanted() {
    const INNER: &str = "actions: { b: { type: compose, inputs: 1 } }";
    assert_table(
        &[
            (
                format!("  a: {{ type: if, condition: 'yes', {INNER} }}\n"),
                &["4:29 wrong-type: the condition must give true or false, not text"][..],
            ),
            (
                format!("  a: {{ type: if, condition: \"{{{{ 'yes' }}}}\", {INNER} }}\n"),
                &["4:29 wrong-type: the condition must give true or false, not text"],
            ),
            (
                format!("  a: {{ type: if, condition: \"{{{{ 1 < 2 }}}}\", {INNER} }}\n"),
                &[],
            ),
            (
                format!("  a: {{ type: for_each, items: abc, {INNER} }}\n"),
                &["4:31 wrong-type: `items` must give a list, not text"],
            ),
            (
                format!("  a: {{ type: for_each, items: \"{{{{ 5 }}}}\", {INNER} }}\n"),
                &["4:31 wrong-type: `items` must give a list, not a number"],
            ),
            (
                format!("  a: {{ type: for_each, items: \"{{{{ [1] }}}}\", {INNER} }}\n"),
                &[],
            ),
        ],
        actions,
    );
}

#[test]
fn a_response_has_a_status_that_can_be_sent() {
    let row = |status: &str| format!("  a: {{ type: response, inputs: {{ status: {status} }} }}\n");
    const WRONG: &[&str] = &["4:42 wrong-input: a response has an HTTP status from 200 to 599"];
    assert_table(
        &[
            (row("204"), &[][..]),
            (row("'404'"), &[]),
            (row("\"{{ inputs.n }}\""), &[]),
            (row("9999"), WRONG),
            (row("99"), WRONG),
            (row("fine"), WRONG),
            (row("\"{{ 100 + 1 }}\""), WRONG),
        ],
        actions,
    );
}
