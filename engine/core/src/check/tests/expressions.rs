//! Names in expressions: roots, actions, variables, inputs, members.

use crate::check::tests::actions;
use crate::testing::{assert_table, checked};

#[test]
fn names_must_be_known() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: \"{{ triger.body }} {{ a }} {{ n }} {{ nobody.knows }}\" }\n",
                &[
                    "4:35 unknown-name: `triger` is not known here",
                    "4:53 unknown-name: `a` is not known here",
                    "4:61 unknown-name: `n` is not known here",
                    "4:69 unknown-name: `nobody` is not known here",
                ],
            ),
            (
                "  a: { type: compose, inputs: { x: \"{{ env.stge }}\", y: \"{{ variables.v }}\", z: \"{{ inputs.aa }}\" } }\n",
                &[
                    "4:40 unknown-environment-variable: the solution has no environment variable `stge`",
                    "4:61 unknown-variable: the flow has no variable `v`",
                    "4:85 unknown-flow-input: the flow has no input `aa`",
                ],
            ),
            (
                "  a: { type: compose, inputs: { \"{{ env.stge }}\": 1 } }\n",
                &["4:37 unknown-environment-variable: the solution has no environment variable `stge`"],
            ),
            (
                "  a: { type: compose, inputs: \"{{ [trigger.body, inputs.a, env.stage, run.id, null, none] }}\" }\n",
                &[],
            ),
        ],
        actions,
    );
}

#[test]
fn a_trigger_sees_no_actions() {
    assert_table(
        &[
            (
                "name: X\ntrigger: { type: http_request, when: \"{{ actions.a.body }}\", split_on: \"{{ inputs.x }}\" }\nactions:\n  a: { type: compose, inputs: true }\n",
                &[
                    "2:42 unfinished-action: `a` cannot be read here: the trigger comes before all actions",
                    "2:76 unknown-flow-input: only a flow with a manual trigger has `inputs`",
                ],
            ),
            (
                "name: X\ntrigger: { type: manual, inputs: { a: text }, concurrency: { key: \"{{ inputs.b }}\" } }\nactions: {}\n",
                &["2:71 unknown-flow-input: the flow has no input `b`"],
            ),
        ],
        |text| checked(&[("x.yaml", text)]),
    );
}

#[test]
fn only_ended_actions_may_be_read() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: \"{{ actions.b.body }}\" }\n  b: { type: compose, inputs: 1 }\n",
                &["4:35 unfinished-action: `b` may not have ended when this is read | 5:3 it stands here"],
            ),
            (
                "  a: { type: compose, inputs: \"{{ actions.a.body }} {{ actions.c.body }}\" }\n",
                &[
                    "4:35 unfinished-action: `a` reads itself",
                    "4:56 unknown-action: the flow has no action `c`",
                ],
            ),
            // Beside each other.
            (
                "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 1, run_after: {} }\n  c: { type: compose, inputs: \"{{ actions.a.body }} {{ actions.b.body }}\" }\n",
                &["6:35 unfinished-action: `a` may not have ended when this is read | 4:3 it stands here"],
            ),
            // Through a handler, whatever its statuses, and through skipping.
            (
                "  a: { type: compose, inputs: 1 }\n  h: { type: compose, inputs: \"{{ actions.a.error.message }}\", run_after: { a: [failed] } }\n  c: { type: compose, inputs: \"{{ actions.a.status }}\", run_after: { h: [skipped] } }\n",
                &[],
            ),
            // Nested in an ancestor; from inside an ancestor's sibling.
            (
                "  s: { type: scope, actions: { s1: { type: compose, inputs: \"{{ actions.s.status }}\" } } }\n  t: { type: scope, actions: { t1: { type: compose, inputs: \"{{ actions.s1.body }} {{ actions.s.status }}\" } } }\n",
                &[
                    "4:65 unfinished-action: `s` has not ended while the actions inside it run | 4:3 it stands around this action",
                ],
            ),
            // The other branch.
            (
                "  i:\n    type: if\n    condition: true\n    actions: { x: { type: compose, inputs: 1 } }\n    else: { y: { type: compose, inputs: \"{{ actions.x.body }}\" } }\n",
                &["8:45 unfinished-action: `x` may not have ended when this is read | 7:16 it stands here"],
            ),
            // An until sees its own body in its condition, a condition of an if does not.
            (
                "  u: { type: until, condition: \"{{ actions.u1.body == 1 }}\", actions: { u1: { type: compose, inputs: 1 } } }\n  i: { type: if, condition: \"{{ actions.i1.body == 1 }}\", actions: { i1: { type: compose, inputs: 1 } } }\n",
                &[
                    "5:33 unfinished-action: `i1` runs inside `i` and has not ended when this is read | 5:70 it stands here",
                ],
            ),
            (
                "  s: { type: scope, actions: {} }\n  r: { type: compose, inputs: \"{{ result('s') }} {{ result('t') }} {{ result('r') }}\" }\n  t: { type: scope, actions: {} }\n",
                &[
                    "5:53 unfinished-action: `t` may not have ended when this is read | 6:3 it stands here",
                    "5:71 no-result: `r` holds no actions, so it has no `result`",
                    "5:71 unfinished-action: `r` reads itself",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn items_belong_to_loops() {
    assert_table(
        &[
            (
                "  a: { type: compose, inputs: \"{{ item.x }}\" }\n",
                &["4:35 no-item: `item` has no meaning here: no `for_each` stands around it"],
            ),
            (
                "  l:\n    type: for_each\n    items: \"{{ item }}\"\n    actions:\n      a: { type: compose, inputs: \"{{ item }} {{ items('l') }} {{ items('m') }}\" }\n",
                &[
                    "6:16 no-item: `item` has no meaning here: no `for_each` stands around it",
                    "8:67 no-item: no `for_each` named `m` stands around this",
                ],
            ),
            (
                "  s: { type: select, inputs: { from: [1], select: \"{{ item }}\" } }\n  f: { type: filter, inputs: { from: \"{{ item }}\", where: \"{{ item == 1 }}\" } }\n",
                &["5:42 no-item: `item` has no meaning here: no `for_each` stands around it"],
            ),
        ],
        actions,
    );
}

#[test]
fn paths_lead_to_what_is_there() {
    const REFERRAL: &str = "  r: { type: partner_center.get_referral, inputs: { id: x } }\n";
    let row = |text: &str| format!("{REFERRAL}  a: {{ type: compose, inputs: \"{{{{ {text} }}}}\" }}\n");
    assert_table(
        &[
            (row("actions.r.body.details.dealValue"), &[][..]),
            (row("actions.r.body.team[0].email"), &[]),
            (row("actions.r.body.team[0].email | default('')"), &[]),
            (
                row("actions.r.body.detials.dealValue"),
                &["5:35 unknown-member: `actions.r.body` has no member `detials`"],
            ),
            (
                row("actions.r.body.details.dealvalue"),
                &["5:35 unknown-member: `actions.r.body.details` has no member `dealvalue`"],
            ),
            (
                row("actions.r.body.team.email"),
                &["5:35 unknown-member: `actions.r.body.team` is a list and has no member `email`"],
            ),
            (
                row("actions.r.body.id.x"),
                &["5:35 unknown-member: `actions.r.body.id` is text and has no member `x`"],
            ),
            (
                row("actions.r.body[0]"),
                &["5:35 unknown-member: `actions.r.body` is an object and has no item `[0]`"],
            ),
            (row("actions.r.bdoy"), &["5:35 unknown-member: an action has no `bdoy`"]),
            (row("inputs.o.anything.goes"), &[]),
            (
                row("inputs.a.x"),
                &["5:35 unknown-member: `inputs.a` is text and has no member `x`"],
            ),
            // Through what other actions make of it.
            (
                format!("{REFERRAL}  c: {{ type: compose, inputs: {{ deal: \"{{{{ actions.r.body.details }}}}\" }} }}\n  d: {{ type: compose, inputs: \"{{{{ actions.c.body.deal.dealValu }}}}\" }}\n"),
                &["6:35 unknown-member: `actions.c.body.deal` has no member `dealValu`"],
            ),
            // From outside a loop, the list of its iterations.
            (
                "  l: { type: for_each, items: [1], actions: { r: { type: partner_center.get_referral, inputs: { id: x } }, i: { type: compose, inputs: \"{{ actions.r.body.id }}\" } } }\n  a: { type: compose, inputs: \"{{ actions.r.body[0].id }} {{ actions.r.body.id }}\" }\n".to_owned(),
                &["5:62 unknown-member: `actions.r.body` is a list and has no member `id`"],
            ),
        ],
        actions,
    );
}

#[test]
fn variables_keep_their_type() {
    let row = |actions: &str| {
        format!(
            "name: X\ntrigger: {{ type: manual }}\nvariables: {{ t: text, n: {{ type: integer }}, l: list }}\nactions:\n{actions}"
        )
    };
    assert_table(
        &[
            (
                row(
                    "  a: { type: set_variable, inputs: { name: n, value: 1.5 } }\n  b: { type: set_variable, inputs: { name: n, value: \"{{ 1 }} x\" } }\n  c: { type: set_variable, inputs: { name: t, value: null } }\n",
                ),
                &[
                    "5:54 variable-type: variable `n` is of type `integer`, not number `1.5` | 3:23 declared here",
                    "6:54 variable-type: variable `n` is of type `integer`, not text | 3:23 declared here",
                ][..],
            ),
            (
                row(
                    "  a: { type: append_to_variable, inputs: { name: n, value: 1 } }\n  b: { type: increment_variable, inputs: { name: t } }\n  c: { type: increment_variable, inputs: { name: n, by: x } }\n  d: { type: append_to_variable, inputs: { name: l, value: [1] } }\n",
                ),
                &[
                    "5:50 variable-type: variable `n` is of type `integer` and cannot be appended to | 3:23 declared here",
                    "6:50 variable-type: variable `t` is of type `text` and cannot be incremented | 3:14 declared here",
                    "7:57 variable-type: variable `n` is of type `integer`, not text | 3:23 declared here",
                ],
            ),
            (
                row(
                    "  a: { type: set_variable, inputs: { name: n, value: \"{{ variables.n + 1 }}\" } }\n  b: { type: set_variable, inputs: { name: m, value: 1 } }\n",
                ),
                &[
                    "5:58 variable-set-from-itself: variable `n` is set from itself | 3:23 the variable",
                    "6:44 unknown-variable: the flow has no variable `m`",
                ],
            ),
        ],
        |text| checked(&[("x.yaml", text)]),
    );
}

#[test]
fn conditions_decide_and_loops_go_through_lists() {
    assert_table(
        &[
            (
                "  a: { type: if, condition: \"{{ inputs.a == 'x' }}\", actions: {} }\n  b: { type: for_each, items: \"{{ inputs.o.items }}\", actions: {} }\n",
                &[][..],
            ),
            (
                "  a: { type: if, condition: \"{{ inputs.n }} and {{ inputs.a }}\", actions: {} }\n",
                &["4:29 wrong-type: the condition must give true or false, not text"],
            ),
            (
                "  a: { type: until, condition: \"{{ inputs.n }}\", actions: {} }\n  b: { type: if, condition: yes, actions: {} }\n",
                &[
                    "4:32 wrong-type: the condition must give true or false, not a number",
                    "5:29 wrong-type: the condition must give true or false, not text",
                ],
            ),
            (
                "  a: { type: for_each, items: 5, actions: {} }\n  b: { type: filter, inputs: { from: \"{{ inputs.o }}\", where: \"{{ inputs.a }}\" } }\n",
                &[
                    "4:31 wrong-type: `items` must give a list, not a number",
                    "5:38 wrong-type: `from` must give a list, not an object",
                    "5:63 wrong-type: `where` must give true or false, not text",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn folded_text_is_pointed_at_where_it_stands() {
    let flow = "  a:\n    type: compose\n    inputs: >-\n      {{ [inputs.a,\n          inputs.bb,\n          env.stge] }}\n";
    assert_eq!(
        actions(flow),
        [
            "8:11 unknown-flow-input: the flow has no input `bb`",
            "9:11 unknown-environment-variable: the solution has no environment variable `stge`",
        ]
    );
}
