//! Flow texts in, faults or the flow out.

use std::time::Duration;

use crate::flow::{ActionKind, Flow, RetryKind, Status, TriggerKind, ValueType};
use crate::testing::{assert_table, loaded, render};

fn flow(text: &str) -> Flow {
    let loaded = loaded(&[("x.yaml", text)]);
    assert_eq!(render(&loaded.sources, &loaded.diagnostics), Vec::<String>::new());
    loaded.solution.flows.get("x").unwrap().clone()
}

fn with_actions(actions: &str) -> String {
    format!("name: X\ntrigger: {{ type: manual }}\nactions:\n{actions}")
}

fn with_trigger(trigger: &str) -> String {
    format!("name: X\ntrigger: {trigger}\nactions: {{}}\n")
}

fn faults(text: &str) -> Vec<String> {
    let loaded = loaded(&[("x.yaml", text)]);
    render(&loaded.sources, &loaded.diagnostics)
}

#[test]
fn every_action_type_is_read() {
    let flow = flow(&with_actions(
        r#"  a1: { type: salesforce.query, inputs: { query: SELECT Id FROM Account } }
  a2: { type: http, inputs: { method: GET, url: "https://example.test/", headers: { a: b }, query: { c: d }, body: 1 } }
  a3: { type: scope, actions: { a3_1: { type: compose, inputs: 1 } } }
  a4:
    type: if
    condition: true
    actions: { a4_1: { type: compose, inputs: 1 } }
    else: { a4_2: { type: compose, inputs: 2 } }
  a5:
    type: switch
    on: x
    cases:
      open: { a5_1: { type: compose, inputs: 1 } }
      "2": {}
      3: {}
    default: { a5_2: { type: compose, inputs: 1 } }
  a6: { type: for_each, items: [1, 2], concurrency: 4, actions: { a6_1: { type: compose, inputs: 1 } } }
  a7: { type: until, condition: true, limit: { count: 3, timeout: PT10M, fail: true }, actions: {} }
  a8:
    type: map
    mapping: deal
    to: referral
    from: { opportunity: { Id: 1 } }
    mode: update
    list: solutions
    fields: { name: x }
  a9: { type: diff, mapping: deal, from: { referral: {} }, link: {} }
  b1: { type: changeset, actions: { b1_1: { type: salesforce.create_record, inputs: {} } } }
  b2: { type: compose, inputs: [1] }
  b3: { type: select, inputs: { from: [1], select: 2 } }
  b4: { type: filter, inputs: { from: [1], where: true } }
  b5: { type: join, inputs: { from: [1], separator: "," } }
  b6: { type: parse_json, inputs: { content: "{}", schema: { type: object } } }
  b7: { type: set_variable, inputs: { name: v, value: 1 } }
  b8: { type: append_to_variable, inputs: { name: v, value: 1 } }
  b9: { type: increment_variable, inputs: { name: v, by: 2 } }
  c1: { type: run_flow, flow: y, inputs: { a: 1 } }
  c2: { type: response, inputs: { status: 201, headers: { a: b }, body: x } }
  c3: { type: delay, inputs: { for: 30s } }
  c4: { type: delay_until, inputs: { timestamp: "2030-01-01T00:00:00Z" } }
  c5: { type: links.get }
  c6: { type: links.save, inputs: { referral_id: x } }
  c7: { type: terminate, inputs: { status: failed, error: { code: a, message: b } } }
"#,
    ));
    let names: Vec<_> = flow
        .actions
        .actions
        .iter()
        .map(|action| action.name.value.as_str())
        .collect();
    assert_eq!(names.len(), 25);
    let kind = |name: &str| {
        let action = flow
            .actions
            .actions
            .iter()
            .find(|action| action.name.value == name);
        &action.unwrap().kind
    };
    let ActionKind::Operation {
        connection,
        operation,
        ..
    } = kind("a1")
    else {
        panic!()
    };
    assert_eq!(
        (connection.value.as_str(), operation.value.as_str()),
        ("salesforce", "query")
    );
    let ActionKind::Switch { cases, default, .. } = kind("a5") else {
        panic!()
    };
    let values: Vec<_> = cases.iter().map(|case| case.value.value.to_json()).collect();
    assert_eq!(
        values,
        [r#""open""#, r#""2""#, "3"],
        "quotes decide between text and number"
    );
    assert_eq!(default.actions.len(), 1);
    let ActionKind::ForEach { concurrency: 4, .. } = kind("a6") else {
        panic!()
    };
    let ActionKind::Until { limit, .. } = kind("a7") else {
        panic!()
    };
    assert_eq!(
        (limit.count, limit.timeout, limit.fail),
        (3, Duration::from_secs(600), true)
    );
    let ActionKind::Map {
        creating: false,
        list: Some(list),
        ..
    } = kind("a8")
    else {
        panic!()
    };
    assert_eq!(list.value, "solutions");
    let ActionKind::Terminate {
        status: Status::Failed,
        error: Some(_),
    } = kind("c7")
    else {
        panic!()
    };
}

#[test]
fn common_keys_are_read() {
    let flow = flow(&with_actions(
        r#"  a:
    type: compose
    description: What it is for.
    inputs: 1
    run_after: {}
    retry: { type: fixed, count: 2, interval: 10s }
    timeout: 2h
    secure: [outputs]
  b:
    type: compose
    inputs: 1
    run_after: { a: [failed, timed_out] }
    retry: none
"#,
    ));
    let [a, b] = &flow.actions.actions[..] else {
        panic!()
    };
    assert_eq!(a.description.as_deref(), Some("What it is for."));
    assert!(a.run_after.as_ref().unwrap().predecessors.is_empty());
    let retry = a.retry.as_ref().unwrap();
    assert_eq!(
        (retry.kind, retry.count, retry.interval),
        (RetryKind::Fixed, 2, Duration::from_secs(10))
    );
    assert_eq!(a.timeout, Some(Duration::from_secs(7_200)));
    assert_eq!((a.secure_inputs, a.secure_outputs), (false, true));
    let after = &b.run_after.as_ref().unwrap().predecessors[0];
    assert_eq!(after.name.value, "a");
    assert_eq!(after.statuses, [Status::Failed, Status::TimedOut]);
    assert_eq!(b.retry.as_ref().unwrap().kind, RetryKind::None);
}

#[test]
fn every_trigger_type_is_read() {
    let trigger = flow(&with_trigger(
        "{ type: manual, inputs: { a: text, b: { type: integer, default: 3 }, c: { type: text, required: false, one_of: [x, y] } } }",
    ))
    .trigger;
    let TriggerKind::Manual { inputs } = trigger.kind else {
        panic!()
    };
    let shown: Vec<_> = inputs
        .iter()
        .map(|input| {
            (
                input.name.value.as_str(),
                input.value_type,
                input.required,
                input.one_of.len(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("a", ValueType::Text, true, 0),
            ("b", ValueType::Integer, false, 0),
            ("c", ValueType::Text, false, 2)
        ]
    );
    let trigger = flow(&with_trigger(
        r#"{ type: http_request, method: PUT, schema: { type: object }, signature: partner_center, when: "x", split_on: [1],
  concurrency: { key: k, limit: 2, coalesce: latest }, dedupe: { key: k, window: 1d } }"#,
    ))
    .trigger;
    let TriggerKind::HttpRequest {
        method,
        schema: Some(_),
        signature: Some(_),
    } = &trigger.kind
    else {
        panic!()
    };
    assert_eq!(method, "PUT");
    let concurrency = trigger.concurrency.unwrap();
    assert_eq!((concurrency.limit, concurrency.coalesce_latest), (2, true));
    assert_eq!(trigger.dedupe.unwrap().window, Duration::from_secs(86_400));
    let trigger = flow(&with_trigger(
        "{ type: recurrence, cron: '0 6 * * 1-5', time_zone: Europe/Berlin }",
    ))
    .trigger;
    assert!(matches!(
        trigger.kind,
        TriggerKind::Recurrence {
            every: None,
            cron: Some(_),
            time_zone: Some(_)
        }
    ));
    let trigger = flow(&with_trigger(
        "{ type: salesforce.record_modified, inputs: { object: Lead }, watch: deal, every: 30s }",
    ))
    .trigger;
    let TriggerKind::Poll {
        trigger,
        watch: Some(watch),
        every: Some(every),
        ..
    } = trigger.kind
    else {
        panic!()
    };
    assert_eq!(
        (trigger.value.as_str(), watch.value.as_str(), every.as_secs()),
        ("record_modified", "deal", 30)
    );
}

#[test]
fn faults_of_the_top_level() {
    let rows: &[(&str, &[&str])] = &[
        ("- a\n", &["1:1 wrong-kind: a flow must be a map, not a list"]),
        (
            "just text\n",
            &["1:1 wrong-kind: a flow must be a map, not `just text`"],
        ),
        (
            "nmae: X\ntrigger: { type: manual }\nactions: {}\n",
            &[
                "1:1 missing-key: a flow has no `name`",
                "1:1 unknown-key: a flow has no key `nmae`",
            ],
        ),
        (
            "name: X\n",
            &[
                "1:1 missing-key: a flow has no `actions`",
                "1:1 missing-key: a flow has no `trigger`",
            ],
        ),
        (
            "name: X\ntrigger: { type: manual }\nvariables: { Bad: text, n: { type: integer, default: 1.5 }, k: nmber }\nactions: []\n",
            &[
                "3:14 bad-name: `Bad` cannot be the name of a variable",
                "3:54 wrong-default-type: `default` must be of type `integer`, not number `1.5`",
                "3:64 unknown-word: variable `k` cannot be `nmber`; it is one of `any`, `boolean`, `field`, `integer`, `list`, `number`, `object` and `text`",
                "4:10 wrong-kind: `actions` must be a map of actions, not a list",
            ],
        ),
    ];
    assert_table(rows, faults);
}

#[test]
fn faults_of_triggers() {
    let rows: &[(&str, &[&str])] = &[
        (
            "{ type: manul }",
            &["2:18 unknown-trigger-type: there is no trigger type `manul`"][..],
        ),
        ("{ inputs: {} }", &["2:10 missing-key: `trigger` has no `type`"]),
        (
            "{ type: recurrence }",
            &["2:18 bad-recurrence: a recurrence needs `every` or `cron`"],
        ),
        (
            "{ type: recurrence, every: 5x, time_zone: Mars }",
            &[
                "2:18 bad-recurrence: `time_zone` has a meaning only with `cron`",
                "2:37 wrong-kind: `every` must be a duration, not `5x`",
                "2:52 unknown-time-zone: there is no time zone `Mars`",
            ],
        ),
        (
            "{ type: http_request, method: PSOT, schema: x }",
            &[
                "2:40 unknown-word: `method` cannot be `PSOT`; it is one of `DELETE`, `GET`, `PATCH`, `POST` and `PUT`",
                "2:54 wrong-kind: `schema` must be a map, a JSON Schema, not `x`",
            ],
        ),
        (
            "{ type: manual, concurrency: { limit: 0, coalesce: latest }, dedupe: { key: a } }",
            &[
                "2:48 wrong-kind: `limit` must be a whole number from 1 to 100, not `0`",
                "2:61 missing-key: `coalesce` needs a `key` that says which events belong together",
                "2:79 missing-key: `dedupe` has no `window`",
            ],
        ),
        (
            "{ type: http_request, sweep: 15m }",
            &["2:32 warning not-yet-supported: `sweep` is understood but not carried out yet"],
        ),
        (
            "{ type: manual, inputs: { a: { type: text, default: 5 }, b: { type: text, one_of: [x], default: y } } }",
            &[
                "2:62 wrong-default-type: `default` must be of type `text`, not number `5`",
                "2:106 wrong-default-type: the default is not one of the values listed in `one_of`",
            ],
        ),
    ];
    assert_table(rows, |trigger| faults(&with_trigger(trigger)));
}

#[test]
fn faults_of_actions() {
    let rows: &[(&str, &[&str])] = &[
        (
            "  a: { inputs: 1 }\n",
            &["4:3 missing-key: action `a` has no `type`"][..],
        ),
        (
            "  a: { type: scpoe, actions: { b: { type: compose, inputs: 1 }, b: 2 } }\n",
            &[
                "4:14 unknown-action-type: there is no action type `scpoe`",
                "4:65 duplicate-key: the key `b` is written twice | 4:32 first here",
            ],
        ),
        (
            "  a: { type: links.set }\n",
            &["4:14 unknown-action-type: there is no action type `links.set`"],
        ),
        (
            "  a: { type: compose, inputs: 1 }\n  b: { type: scope, actions: { a: { type: compose, inputs: 2 } } }\n",
            &["5:32 duplicate-action: the flow has a second action `a` | 4:3 the first one"],
        ),
        (
            "  a: { type: compose, input: 1 }\n",
            &[
                "4:3 missing-key: action `a` has no `inputs`",
                "4:23 unknown-key: action `a` has no key `input`",
            ],
        ),
        (
            "  A-1: { type: compose, inputs: 1 }\n",
            &["4:3 bad-name: `A-1` cannot be the name of an action"],
        ),
        (
            "  a: { type: compose, inputs: 1, run_after: [b], retry: never, timeout: soon, secure: [all] }\n",
            &[
                "4:45 wrong-kind: `run_after` must be a map, not a list",
                "4:57 unknown-word: `retry` cannot be `never`; it is one of `none`",
                "4:73 wrong-kind: `timeout` must be a duration, not `soon`",
                "4:88 unknown-word: `secure` cannot be `all`; it is one of `inputs` and `outputs`",
            ],
        ),
        (
            "  a: { type: compose, inputs: 1, run_after: { b: [], c: [cancelled], d: failed } }\n",
            &[
                "4:50 wrong-kind: `run_after` of `b` must be a list of statuses, not a list",
                "4:58 unknown-word: `run_after` of `c` cannot be `cancelled`; it is one of `failed`, `skipped`, `succeeded` and `timed_out`",
                "4:73 wrong-kind: `run_after` of `d` must be a list of statuses, not `failed`",
            ],
        ),
        (
            "  a: { type: if, condition: true, actions: {}, esle: {} }\n",
            &["4:48 unknown-key: action `a` has no key `esle`"],
        ),
        (
            "  a: { type: switch, on: x, cases: { 1.5: {}, \"{{ y }}\": {} } }\n",
            &[
                "4:38 bad-case: a case is text or a whole number, not `1.5`",
                "4:47 constant-expected: a case is written out; it cannot be an expression",
            ],
        ),
        (
            "  a: { type: terminate, inputs: { status: skipped } }\n  b: { type: terminate, inputs: { status: succeeded, error: x } }\n",
            &[
                "4:43 unknown-word: `status` cannot be `skipped`; it is one of `cancelled`, `failed` and `succeeded`",
                "5:61 unused-error: a run that ends `succeeded` has no error",
            ],
        ),
        (
            "  a: { type: run_flow, flow: \"{{ x }}\", inputs: [1] }\n",
            &[
                "4:30 constant-expected: `flow` cannot hold an expression",
                "4:49 wrong-kind: `inputs` must be a map, not a list",
            ],
        ),
        (
            "  a: { type: delay, inputs: { for: soon } }\n  b: { type: delay_until, inputs: { timestamp: 5 } }\n",
            &[
                "4:36 wrong-kind: `\"soon\"` is not a duration: `30s`, `15m`, `PT15M`, or seconds",
                "5:48 wrong-kind: `5` is not a point in time such as `2030-01-31T08:00:00Z`",
            ],
        ),
        (
            "  a: { type: http, inputs: { method: FETCH, headers: [1] } }\n",
            &[
                "4:20 missing-key: `inputs` has no `url`",
                "4:38 unknown-word: `method` cannot be `FETCH`; it is one of `DELETE`, `GET`, `HEAD`, `PATCH`, `POST` and `PUT`",
                "4:54 wrong-kind: `headers` must be a map, not a list",
            ],
        ),
        (
            "  a: { type: compose, inputs: 1, retry: { type: exponential, count: 91, minimum: 10s, maximum: 5s } }\n",
            &[
                "4:41 bad-retry: `minimum` is longer than `maximum`",
                "4:69 wrong-kind: `count` must be a whole number from 1 to 90, not `91`",
            ],
        ),
    ];
    assert_table(rows, |actions| faults(&with_actions(actions)));
}
