//! Actions that only calculate: compose, select, filter, join, parse_json, and what expressions may read.

use crate::journal::Record;
use crate::run::tests::bench::{bench, json, ok, rejected, solution};

#[test]
fn data_operations_give_their_bodies() {
    for (action, body) in [
        (
            "type: compose, inputs: { a: [1, \"{{ trigger.body.amount }}\"] }",
            r#"{"a":[1,100.10]}"#,
        ),
        ("type: compose, inputs: \"{{ null }}\"", "null"),
        (
            "type: select, inputs: { from: \"{{ inputs.list }}\", select: { n: \"{{ item }}\", s: \"<{{ item }}>\" } }",
            r#"[{"n":1,"s":"<1>"},{"n":2,"s":"<2>"},{"n":3,"s":"<3>"}]"#,
        ),
        (
            "type: filter, inputs: { from: \"{{ inputs.list }}\", where: \"{{ item > 1 }}\" }",
            "[2,3]",
        ),
        (
            "type: filter, inputs: { from: [], where: \"{{ item > 1 }}\" }",
            "[]",
        ),
        (
            "type: join, inputs: { from: [a, 1, true, { k: v }], separator: \", \" }",
            r#""a, 1, True, {\"k\":\"v\"}""#,
        ),
        ("type: join, inputs: { from: [], separator: x }", r#""""#),
        (
            "type: parse_json, inputs: { content: '{\"n\":1.50}' }",
            r#"{"n":1.50}"#,
        ),
        (
            "type: parse_json, inputs: { content: [1], schema: { type: array } }",
            "[1]",
        ),
    ] {
        assert_eq!(
            bench(&format!("  a: {{ {action} }}\n")).play().body("a"),
            body,
            "{action}"
        );
    }
}

#[test]
fn data_operations_refuse_what_they_cannot_work_on() {
    for (action, error) in [
        (
            "type: select, inputs: { from: \"{{ null }}\", select: 1 }",
            "ExpressionEvaluationFailed: `from` must give a list, not null",
        ),
        (
            "type: filter, inputs: { from: { a: 1 }, where: true }",
            "ExpressionEvaluationFailed: `from` must give a list, not object",
        ),
        (
            "type: filter, inputs: { from: [1], where: \"{{ item }}\" }",
            "ExpressionEvaluationFailed: the condition must give true or false, not number",
        ),
        (
            "type: join, inputs: { from: [1], separator: 5 }",
            "ExpressionEvaluationFailed: `separator` must give text, not number",
        ),
        (
            "type: parse_json, inputs: { content: \"{{ null }}\" }",
            "InvalidData: `content` is null, there is nothing to read",
        ),
        (
            "type: parse_json, inputs: { content: '{\"a\":null}', schema: { properties: { a: { type: string } } } }",
            "InvalidData: the data does not fit its schema: $.a is null, not string",
        ),
    ] {
        let played = bench(&format!("  a: {{ {action} }}\n")).play();
        assert_eq!(played.error("a"), error, "{action}");
        assert_eq!(played.statuses(), "a: failed, run: failed");
    }
}

#[test]
fn an_undefined_value_fails_where_it_is_passed_on() {
    let played =
        bench("  a: { type: salesforce.x, inputs: { n: \"{{ trigger.body.missing.deeper }}\" } }\n").play();
    assert!(
        played.error("a").starts_with("InvalidTemplate: "),
        "{}",
        played.error("a")
    );
    assert!(played.error("a").contains("missing"), "{}", played.error("a"));
    assert!(played.calls.is_empty(), "nothing goes out");
}

#[test]
fn expressions_see_what_ended_before() {
    let played = bench(
        "  a: { type: salesforce.x }\n  \
         b: { type: salesforce.x, run_after: { a: [succeeded, failed] } }\n  \
         c: { type: compose, inputs: [\"{{ actions.a.status }}\", \"{{ actions.a.outputs.headers.etag }}\", \"{{ actions.b.error.code }}\", \"{{ run.flow }}\", \"{{ env.stage }}\", \"{{ trigger.deal }}\"], run_after: { b: [failed] } }\n  \
         d: { type: compose, inputs: 1, run_after: { b: [succeeded] } }\n  \
         e: { type: compose, inputs: [\"{{ actions.d.status }}\", \"{{ actions.d.body is defined }}\"], run_after: { d: [skipped] } }\n",
    )
    .replies("a", [ok("{}")])
    .replies("b", [rejected()])
    .play();
    assert_eq!(played.body("c"), r#"["succeeded","1","REFUSED","x","Open","d1"]"#);
    assert_eq!(played.body("e"), r#"["skipped",false]"#);
}

const MAPPING: &str = r#"
mapping: deal
sides: { referral: partner_center.Referral, opportunity: salesforce.Opportunity }
fields:
  value: { referral: "$.details.dealValue", opportunity: "{{ env.amount_field }}" }
  name: { referral: "$.name", opportunity: Name, required: "The opportunity needs a name." }
"#;

#[test]
fn inline_fields_of_a_map_see_its_sides() {
    let actions = r#"name: X
trigger: { type: manual }
actions:
  m:
    type: map
    mapping: deal
    to: opportunity
    from: { referral: "{{ trigger.body.referral }}" }
    fields:
      Description: "{{ referral.name ~ ' of ' ~ trigger.body.by ~ (' (new)' if creating else '') }}"
      NextStep: "{{ 'none' if opportunity is none else 'some' }}"
"#;
    let mut bench = solution(&[("x.yaml", actions), ("mappings/deal.yaml", MAPPING)]);
    if let Record::RunStarted(first) = &mut bench.first {
        first.trigger = json(r#"{"body":{"referral":{"name":"Deal","details":{"dealValue":1}},"by":"Ada"}}"#);
        first.environment = json(r#"{"amount_field":"Amount"}"#);
    }
    assert_eq!(
        bench.play().body("m"),
        r#"{"Amount":1,"Name":"Deal","Description":"Deal of Ada (new)","NextStep":"none"}"#
    );
}

#[test]
fn maps_and_diffs_go_through_the_mapping() {
    let actions = r#"name: X
trigger: { type: manual }
actions:
  m: { type: map, mapping: deal, to: opportunity, from: { referral: "{{ trigger.body.referral }}" } }
  d:
    type: diff
    mapping: deal
    from:
      referral: "{{ trigger.body.referral }}"
      opportunity: "{{ actions.m.body }}"
"#;
    for (referral, mapped, error) in [
        (
            r#"{"name":"Deal","details":{"dealValue":9999999999999999.99}}"#,
            r#"{"Amount":9999999999999999.99,"Name":"Deal"}"#,
            "",
        ),
        (
            r#"{"details":{}}"#,
            "",
            "required_value: The opportunity needs a name.",
        ),
    ] {
        let mut bench = solution(&[("x.yaml", actions), ("mappings/deal.yaml", MAPPING)]);
        if let Record::RunStarted(first) = &mut bench.first {
            first.trigger = json(&format!(r#"{{"body":{{"referral":{referral}}}}}"#));
            first.environment = json(r#"{"amount_field":"Amount"}"#);
        }
        let played = bench.play();
        assert_eq!(played.body("m"), mapped);
        assert_eq!(played.error("m"), error);
        if error.is_empty() {
            assert!(
                played.body("d").contains(r#""changed":false"#),
                "{}",
                played.body("d")
            );
        }
    }
}
