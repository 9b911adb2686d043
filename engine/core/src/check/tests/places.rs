//! Actions that may not stand where they stand.

use crate::check::tests::actions;
use crate::testing::{assert_table, checked};

#[test]
fn responses_have_a_caller() {
    let row = |trigger: &str| format!("name: X\ntrigger: {trigger}\nactions:\n  r: {{ type: response }}\n");
    assert_table(
        &[
            (row("{ type: manual }"), &[][..]),
            (row("{ type: http_request }"), &[]),
            (
                row("{ type: recurrence, every: 1h }"),
                &[
                    "4:3 response-without-caller: nobody waits for a response of this flow | 2:10 started by this trigger",
                ],
            ),
            (
                row("{ type: http_request, split_on: \"{{ trigger.body }}\" }"),
                &[
                    "4:3 response-without-caller: a request that is split into several runs has no single response | 2:42 split here",
                ],
            ),
        ],
        |text| checked(&[("x.yaml", text)]),
    );
}

#[test]
fn loops_neither_answer_nor_terminate() {
    assert_table(
        &[
            (
                "  l: { type: for_each, items: [1], actions: { s: { type: scope, actions: { r: { type: response } } } } }\n",
                &[
                    "4:76 response-in-loop: a response cannot stand in a loop: a caller is answered once | 4:3 inside `l`",
                ],
            ),
            (
                "  u: { type: until, condition: true, actions: { t: { type: terminate, inputs: { status: succeeded } } } }\n",
                &["4:49 terminate-in-loop: `terminate` cannot stand in a loop | 4:3 inside `u`"],
            ),
            (
                "  s: { type: scope, actions: { t: { type: terminate, inputs: { status: succeeded } } } }\n",
                &[],
            ),
        ],
        actions,
    );
}

#[test]
fn a_changeset_is_one_call_of_writes() {
    let row = |inside: &str| format!("  c:\n    type: changeset\n    actions:\n{inside}");
    const CREATE: &str =
        "      n: { type: salesforce.create_record, inputs: { object: Lead, fields: {} } }\n";
    assert_table(
        &[
            (
                row(&format!(
                    "{CREATE}      i: {{ type: if, condition: \"{{{{ inputs.a == 'x' }}}}\", actions: {{ m: {{ type: salesforce.update_record, inputs: {{ object: Lead, fields: {{ Name: \"{{{{ actions.n.body.id }}}}\" }} }} }} }} }}\n"
                )),
                &[][..],
            ),
            (
                row(&format!(
                    "{CREATE}      q: {{ type: salesforce.query, inputs: {{ query: x }} }}\n      p: {{ type: partner_center.update_referral, inputs: {{ id: x }} }}\n      d: {{ type: compose, inputs: 1 }}\n"
                )),
                &[
                    "8:29 changeset-content: `query` only reads; a changeset holds writes",
                    "9:18 changeset-content: a changeset is one call of one connection, and this one is a call of `salesforce` | 7:18 the first call",
                    "10:7 changeset-content: `d` cannot stand in a changeset, which goes out as one call",
                ],
            ),
            (
                row(&format!(
                    "{CREATE}      i: {{ type: if, condition: \"{{{{ actions.n.status == 'succeeded' }}}}\", actions: {{ m: {{ type: salesforce.update_record, inputs: {{ object: Lead, fields: {{ Name: \"{{{{ actions.n.outputs.status }}}}\" }} }} }} }} }}\n"
                )),
                &[
                    "8:37 changeset-reference: `n` is part of the same changeset, so nothing is known of it here",
                    "8:166 changeset-reference: of `n` only `body.id` is known inside its changeset",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn switch_cases_can_be_met() {
    let row = |on: &str, cases: &str| {
        format!(
            "  r: {{ type: partner_center.get_referral, inputs: {{ id: x }} }}\n  s: {{ type: switch, on: \"{on}\", cases: {cases} }}\n"
        )
    };
    assert_table(
        &[
            (
                row("{{ actions.r.body.status }}", "{ New: {}, Closed: {} }"),
                &[][..],
            ),
            (
                row("{{ actions.r.body.status }}", "{ New: {}, Close: {} }"),
                &["5:75 switch-cases: the value is never `Close` | 5:26 decided on this"],
            ),
            (
                row("{{ inputs.a ~ 'x' }}", "{ a: {}, 1: {} }"),
                &[
                    "5:66 switch-cases: the cases of a switch are all text or all numbers | 5:59 of another type",
                ],
            ),
            (
                row("{{ inputs.n }}", "{ \"1\": {} }"),
                &["5:53 switch-cases: the value is a number, never the text `1` | 5:26 decided on this"],
            ),
            (
                row("{{ actions.r.body.details }}", "{ a: {} }"),
                &["5:26 switch-cases: a switch decides on text or a whole number, not on an object"],
            ),
        ],
        actions,
    );
}
