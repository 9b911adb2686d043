//! Flows that call flows, and mappings that flows use.

use crate::testing::{assert_table, checked};

const CALLED: &str = "name: Y\ntrigger: { type: manual, inputs: { what: { type: text, one_of: [get, put] }, id: { type: integer, required: false } } }\nactions:\n  answer: { type: response, inputs: { body: { found: \"{{ inputs.id }}\" } } }\n";

#[test]
fn calls_fit_the_called_flow() {
    let row = |call: &str| {
        format!(
            "name: X\ntrigger: {{ type: http_request }}\nactions:\n  a: {{ type: run_flow, {call} }}\n  b: {{ type: compose, inputs: \"{{{{ actions.a.body.found }}}}\" }}\n"
        )
    };
    assert_table(
        &[
            (row("flow: y, inputs: { what: get }"), &[][..]),
            (
                row("flow: yy, inputs: {}"),
                &["4:30 unknown-flow: the solution has no flow `yy`"],
            ),
            (
                row("flow: x, inputs: {}"),
                &[
                    "4:30 flow-cycle: flow `x` calls itself",
                    "4:30 flow-not-callable: flow `x` cannot be called: its trigger is not `manual` | 2:10 its trigger",
                ],
            ),
            (
                row("flow: y"),
                &["4:30 missing-input: flow `y` needs the input `what`"],
            ),
            (
                row("flow: y, inputs: { what: gte, id: x, more: 1 }"),
                &[
                    "4:49 wrong-input: `what` cannot be `gte`",
                    "4:58 wrong-input: `id` must be a whole number, not `x`",
                    "4:61 unknown-input: flow `y` has no input `more`",
                ],
            ),
        ],
        |text| checked(&[("x.yaml", text), ("y.yaml", CALLED)]),
    );
    let reader = "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: run_flow, flow: y, inputs: { what: get } }\n  b: { type: compose, inputs: \"{{ actions.a.body.fuond }}\" }\n";
    assert_eq!(
        checked(&[("x.yaml", reader), ("y.yaml", CALLED)]),
        ["5:35 unknown-member: `actions.a.body` has no member `fuond`"]
    );
}

#[test]
fn flows_that_call_each_other_are_shown_as_a_path() {
    let calls = |flow: &str| {
        format!("name: F\ntrigger: {{ type: manual }}\nactions:\n  c: {{ type: run_flow, flow: {flow} }}\n")
    };
    assert_eq!(
        checked(&[
            ("x.yaml", &calls("y")),
            ("y.yaml", &calls("z")),
            ("z.yaml", &calls("x"))
        ]),
        [
            "4:30 flow-cycle: these flows call each other without end: `x` -> `y` -> `z` -> `x` | 4:30 `y` calls `z` | 4:30 `z` calls `x`"
        ]
    );
}

#[test]
fn an_unreadable_flow_is_not_unknown() {
    let text = "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: run_flow, flow: y }\n";
    assert_eq!(
        checked(&[("x.yaml", text), ("y.yaml", "just text\n")]),
        ["y.yaml:1:1 wrong-kind: a flow must be a map, not `just text`"]
    );
}

#[test]
fn addresses_and_failure_flows_are_flows() {
    let text = "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: compose, inputs: \"{{ flow_url('x') }} {{ flow_url('nowhere') }}\" }\n";
    let manifest = "name: S\nversion: 1.0.0\non_failure: tell\n";
    assert_eq!(
        checked(&[("x.yaml", text), ("solution.yaml", manifest)]),
        [
            "4:35 flow-not-callable: flow `x` has no address: its trigger is not `http_request` | 2:10 its trigger",
            "4:55 unknown-flow: the solution has no flow `nowhere`",
            "solution.yaml:3:13 unknown-flow: the solution has no flow `tell`",
        ]
    );
}

#[test]
fn a_flow_without_response_has_no_body() {
    let silent = "name: Y\ntrigger: { type: manual }\nactions: {}\n";
    let text = "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: run_flow, flow: y }\n  b: { type: compose, inputs: \"{{ actions.a.body.x | default('') }} {{ actions.a.body.x }} {{ actions.a.status }}\" }\n";
    assert_eq!(
        checked(&[("x.yaml", text), ("y.yaml", silent)]),
        [
            "5:72 unknown-member: `actions.a.body` is never there: flow `y` has no response | 1:7 the flow that is called"
        ]
    );
}

#[test]
fn plain_requests_need_the_connection_they_go_out_through() {
    const FLOW: &str = "name: X\ntrigger: { type: manual }\nactions:\n  all:\n    type: scope\n    actions:\n      ask: { type: http, inputs: { method: GET, url: \"https://api.example.com/\" } }\n";
    for (connections, expected) in [
        (
            "connections: { salesforce: salesforce }",
            &[
                "7:7 no-http-connection: `ask` makes a plain request, and the solution has no connection `http`",
            ][..],
        ),
        (
            "connections: { http: salesforce }",
            &[
                "7:7 no-http-connection: `ask` makes a plain request, and connection `http` uses connector `salesforce` | 3:22 declared here",
            ],
        ),
        // The catalog of these tests has no such connector, which is said where it is declared.
        (
            "connections: { http: http }",
            &[
                "solution.yaml:3:22 unknown-connector: connection `http` uses connector `http`, which does not exist",
            ],
        ),
    ] {
        let manifest = format!("name: T\nversion: 1.0.0\n{connections}\n");
        assert_eq!(
            checked(&[("x.yaml", FLOW), ("solution.yaml", &manifest)]),
            expected,
            "{connections}"
        );
    }
}
