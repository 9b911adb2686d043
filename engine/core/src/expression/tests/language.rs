//! Paths, operators, undefined, numbers, references and limits.

use super::fixture::{check, context, outcome};
use crate::expression::{Expression, PathStep};

const NAMES: &str = r#"{
    "trigger": {"body": {"qty": 2, "ok": true, "name": "Contoso", "nothing": null}},
    "inputs": {"key": "b", "index": 1},
    "item": {"id": 7},
    "actions": {
        "referral": {"body": {"details": {"dealValue": 9999999999999999.99, "price": 1234.50, "tags": ["a", "b"]}}},
        "deal value": {"body": {"a-b": {"b": 1}}},
        "broken": {"error": {"code": "NotFound"}},
        "left_out": {"skipped": true}
    },
    "items": {"deals": {"id": "006"}},
    "result": {"sync": [{"name": "one", "status": "failed"}]}
}"#;

#[test]
fn paths_hand_values_on_untouched() {
    check(
        NAMES,
        &[
            ("actions.referral.body.details.dealValue", "9999999999999999.99"),
            ("actions['referral']['body'].details.price", "1234.50"),
            ("actions['deal value'].body['a-b'].b", "1"),
            ("actions.referral.body.details.tags[1]", r#""b""#),
            ("actions.referral.body.details.tags.0", r#""a""#),
            ("actions.referral.status", r#""succeeded""#),
            ("actions.left_out.status", r#""skipped""#),
            ("actions.broken.error.code", r#""NotFound""#),
            (
                "actions.broken",
                r#"{"status":"succeeded","error":{"code":"NotFound"}}"#,
            ),
            ("actions['deal value'].body['a-b'][inputs.key]", "1"),
            ("actions.referral.body.details.tags[inputs.index]", r#""b""#),
            ("actions['ref' ~ 'erral'].body.details.price", "1234.50"),
            ("item.id", "7"),
            ("items('deals').id", r#""006""#),
            ("items('de' ~ 'als').id", r#""006""#),
            ("result('sync')[0].status", r#""failed""#),
            ("first(result('sync')).name", r#""one""#),
        ],
    );
}

#[test]
fn numbers_pass_through_functions_and_choices_untouched() {
    check(
        NAMES,
        &[
            (
                "coalesce(actions.referral.body.details.dealValue, 0)",
                "9999999999999999.99",
            ),
            (
                "actions.referral.body.details.dealValue | default(0)",
                "9999999999999999.99",
            ),
            (
                "actions.referral.body.details.price if trigger.body.ok else 0",
                "1234.50",
            ),
            ("first([actions.referral.body.details.price])", "1234.50"),
            ("{'v': actions.referral.body.details.price}", r#"{"v":1234.50}"#),
            ("9999999999999999.99", "9999999999999999.99"),
            ("-1.50", "-1.50"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ],
    );
}

#[test]
fn operators_calculate_exactly() {
    check(
        NAMES,
        &[
            ("trigger.body.qty + 1", "3"),
            ("trigger.body.qty > 2", "false"),
            ("trigger.body.qty >= 2.0", "true"),
            ("actions.referral.body.details.price > 99999", "false"),
            ("actions.referral.body.details.price * 2", "2469.00"),
            (
                "actions.referral.body.details.dealValue + 0.01",
                "10000000000000000.00",
            ),
            ("0.1 + 0.2", "0.3"),
            ("7 / 2", "3.5"),
            ("6 / 2", "3"),
            ("7 // 2", "3"),
            ("7 % 4", "3"),
            ("-trigger.body.qty", "-2"),
            ("1 + 2 * 3 - 4", "3"),
            (
                "9223372036854775807 + 1",
                "invalid_template: `add`: the result does not fit…",
            ),
            ("1 / 0", "invalid_template: `/`: the divisor is zero…"),
            (
                "1 + 'a'",
                "invalid_template: `add`: argument 2 must be a number, not text…",
            ),
            (
                "1 + true",
                "invalid_template: `add`: argument 2 must be a number, not true or false…",
            ),
            (
                "'x' < 1",
                "invalid_template: `less`: two numbers or two texts can be ordered, not text and a number…",
            ),
            ("'a' < 'B'", "true"),
            ("true == 1", "false"),
            ("1 == 1.0", "true"),
            ("1 == '1'", "false"),
            ("null == none", "true"),
            ("'a' != 'A'", "true"),
            ("'b' in ['a', 'b']", "true"),
            ("'tos' in trigger.body.name", "true"),
            ("'z' not in ['a']", "true"),
            ("'a' ~ 1 ~ true ~ null ~ [1, 'x']", r#""a1True[1,\"x\"]""#),
            ("not trigger.body.ok or trigger.body.qty == 2", "true"),
            ("trigger.body.ok and trigger.body.qty == 3", "false"),
            (
                "1 and true",
                "invalid_template: a condition must be true or false, not a number…",
            ),
            (
                "'true' and true",
                "invalid_template: a condition must be true or false, not text…",
            ),
            (
                "1 if 'x' else 2",
                "invalid_template: a condition must be true or false, not text…",
            ),
            ("false and unknown.x", "false"),
        ],
    );
}

#[test]
fn missing_values_are_errors_where_they_are_used() {
    check(
        NAMES,
        &[
            ("trigger.body.absent", "undefined: trigger.body.absent"),
            (
                "trigger.body.absent.deeper[3].still",
                "undefined: trigger.body.absent.deeper[3].still",
            ),
            (
                "trigger.body.nothing.deeper",
                "undefined: trigger.body.nothing.deeper",
            ),
            ("trigger.body.nothing", "null"),
            ("actions.left_out.body.x", "undefined: actions.left_out.body.x"),
            ("actions.unheard_of.body", "undefined: actions.unheard_of.body"),
            (
                "actions.referral.body.details.tags[9]",
                "undefined: actions.referral.body.details.tags[9]",
            ),
            (
                "actions.referral.body[inputs.key]",
                "undefined: actions.referral.body[inputs.key]",
            ),
            ("actions['x' ~ inputs.key].body", "undefined: actions['xb']"),
            (
                "trigger.body[inputs.nowhere]",
                "undefined_value: `inputs.nowhere` has no value…",
            ),
            (
                "trigger.body[true]",
                "invalid_template: `trigger.body[true]`: what stands between `[` and `]` must be text…",
            ),
            ("first([{'a': 1}]).b", "undefined: first([{'a': 1}]).b"),
            ("unknown", "undefined: unknown"),
            (
                "trigger.body.name.first",
                "invalid_template: `trigger.body.name.first` looks for member `first` in text…",
            ),
            (
                "trigger.body.qty[0]",
                "invalid_template: `trigger.body.qty[0]` looks for item 0 in a number…",
            ),
            (
                "actions.referral.body.details.tags.length",
                "…looks for member `length` in a list",
            ),
            ("trigger.body[0]", "…looks for item 0 in an object"),
            (
                "trigger.body.absent == 1",
                "undefined_value: `trigger.body.absent` has no value…",
            ),
            ("trigger.body.absent + 1", "undefined_value: …"),
            (
                "not trigger.body.absent",
                "undefined_value: `trigger.body.absent`…",
            ),
            ("'x' ~ trigger.body.absent", "undefined_value: …"),
            ("trim(trigger.body.absent)", "undefined_value: …"),
            ("[trigger.body.absent]", "undefined_value: …"),
            ("{'a': trigger.body.absent}", "undefined_value: …"),
            ("1 if trigger.body.absent else 2", "undefined_value: …"),
            (
                "trigger.body.absent if true else 1",
                "undefined: trigger.body.absent",
            ),
            ("1 if false", "undefined: the branch that `else` leaves out"),
            ("default(trigger.body.absent, 'd')", r#""d""#),
            ("trigger.body.absent.more | default('d') | to_upper", r#""D""#),
            ("trigger.body.nothing | default('d')", r#""d""#),
            ("false | default(true)", "false"),
            (
                "trigger.body.absent | default(trigger.body.other)",
                "undefined: trigger.body.other",
            ),
            (
                "coalesce(trigger.body.absent, trigger.body.nothing, 'x')",
                r#""x""#,
            ),
            ("coalesce(trigger.body.absent, null)", "null"),
            ("coalesce(trigger.body.absent)", "null"),
            ("coalesce('', 'x')", r#""""#),
            ("coalesce(not true, 'x')", "false"),
            ("coalesce(1, trim(2))", "1"),
            ("empty(trigger.body.absent)", "true"),
            ("trigger.body.absent is empty", "true"),
            ("trigger.body.absent is defined", "false"),
            ("trigger.body.absent is not defined", "true"),
            ("trigger.body.absent is undefined", "true"),
            ("trigger.body.nothing is undefined", "false"),
            ("trigger.body.nothing is defined", "true"),
            ("trigger.body.absent is none", "true"),
            ("trigger.body.nothing is null", "true"),
            ("trigger.body.qty is none", "false"),
            (
                "trigger.body.qty is integer and trigger.body.name is string",
                "true",
            ),
        ],
    );
}

#[test]
fn what_is_not_in_the_language_is_refused() {
    check(
        NAMES,
        &[
            ("", "refused: there is no expression between the braces"),
            ("trigger.body.items()", "refused: values have no methods"),
            ("trigger()", "refused: there is no function `trigger`"),
            ("tirm(' x ')", "refused: there is no function `tirm`"),
            ("x | upper | exec", "refused: there is no function `exec`"),
            ("range(3)", "refused: `range` takes 2 arguments, not 1"),
            ("trim('a', 'b')", "refused: `trim` takes 1 argument, not 2"),
            ("trim(s='a')", "refused: `trim` takes its arguments by position"),
            (
                "concat(*['a'])",
                "refused: `concat` takes its arguments by position",
            ),
            ("actions", "refused: `actions` needs the name of an action"),
            ("1 < 2 < 3", "refused: comparisons with `<` cannot be chained"),
            ("(1, 2)", "refused: a list is written in square brackets"),
            ("'abc'[0:1]", "refused: a range of items cannot be taken with `:`"),
            ("2 ** 3", "refused: there is no power operator"),
            (
                "x is divisibleby(2)",
                "refused: there is no test `is divisibleby`",
            ),
            ("_path(0)", "refused: there is no function `_path`"),
            ("_const(0)", "refused: there is no function `_const`"),
            ("a b", "refused: …"),
            ("'a", "refused: …"),
            (
                "jsonpath(trigger.body, inputs.key)",
                "refused: the path of `jsonpath` must be a constant text",
            ),
        ],
    );
}

#[test]
fn suggestions_name_what_was_meant() {
    let text = "item.name | start_with('d')";
    let error = Expression::compile(text).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `starts_with`?"));
    assert_eq!(&text[error.range], "start_with");
}

#[test]
fn references_name_every_path_with_its_place() {
    let text = "actions['deal'].body.x[inputs.i].y ~ (env.a | default(trigger.b[0])) ~ \
                (trim(item) if variables.v is defined else items('l').q) ~ coalesce(run.id, 1)";
    let expression = Expression::compile(text).unwrap();
    let found: Vec<_> = expression
        .references
        .iter()
        .map(|reference| {
            let path: Vec<String> = reference
                .path
                .iter()
                .map(|step| match step {
                    PathStep::Member(name) => name.clone(),
                    PathStep::Index(index) => index.to_string(),
                })
                .collect();
            (
                reference.root.as_str(),
                path.join("."),
                reference.computed,
                reference.guarded,
                &text[reference.range.clone()],
            )
        })
        .collect();
    let row = |root, path: &str, computed, guarded, range| (root, path.to_owned(), computed, guarded, range);
    assert_eq!(
        found,
        [
            row(
                "actions",
                "deal.body.x",
                true,
                false,
                "actions['deal'].body.x[inputs.i].y"
            ),
            row("inputs", "i", false, false, "inputs.i"),
            row("env", "a", false, true, "env.a"),
            row("trigger", "b.0", false, false, "trigger.b[0]"),
            row("item", "", false, false, "item"),
            row("variables", "v", false, true, "variables.v"),
            row("items", "l.q", false, false, "items('l').q"),
            row("run", "id", false, true, "run.id"),
        ]
    );
    let calls: Vec<_> = expression
        .calls
        .iter()
        .map(|call| (call.name.as_str(), &text[call.range.clone()]))
        .collect();
    assert_eq!(
        calls,
        [
            ("default", "default(trigger.b[0])"),
            ("trim", "trim(item)"),
            ("items", "items('l')"),
            ("coalesce", "coalesce(run.id, 1)"),
        ]
    );
}

#[test]
fn calls_carry_their_constant_arguments() {
    let expression = Expression::compile("flow_url('a') ~ (item.x | split('/', ))").unwrap();
    let calls: Vec<_> = expression
        .calls
        .iter()
        .map(|call| {
            (
                call.name.as_str(),
                call.arguments
                    .iter()
                    .map(|a| a.as_ref().map(|v| v.to_json()))
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("flow_url", vec![Some("\"a\"".to_owned())]),
            ("split", vec![None, Some("\"/\"".to_owned())]),
        ]
    );
}

#[test]
fn nesting_never_costs_the_stack() {
    let shapes: [fn(usize) -> String; 9] = [
        |size| format!("{}1{}", "(".repeat(size), ")".repeat(size)),
        |size| format!("{}1{}", "[".repeat(size), "]".repeat(size)),
        |size| format!("{}1{}", "trim(".repeat(size), ")".repeat(size)),
        |size| format!("{}true", "not ".repeat(size)),
        |size| format!("{}1", "-".repeat(size)),
        |size| format!("1{}", " if true else 1".repeat(size)),
        |size| format!("1{}", " + 1".repeat(size)),
        |size| format!("'a'{}", " | trim".repeat(size)),
        |size| format!("{}1{}", "{'a': (not -".repeat(size), ")}".repeat(size)),
    ];
    let context = context("{}");
    for shape in shapes {
        for bytes in [1_000, 3_000, 6_000, 15_000, 100_000] {
            let size = bytes / shape(1).len();
            assert!(
                outcome(&shape(size), &context).starts_with("refused: "),
                "{}",
                shape(1)
            );
        }
        // Whatever is accepted must also run; a debug build on a test's small stack is the hardest case.
        for size in 1..60 {
            outcome(&shape(size), &context);
        }
    }
}

#[test]
fn a_long_chain_of_one_operator_is_no_nesting() {
    let context = context("{}");
    let text = format!("'a'{}", " ~ 'b'".repeat(100));
    assert_eq!(outcome(&text, &context), format!("\"a{}\"", "b".repeat(100)));
    let text = format!("true{}", " and true".repeat(100));
    assert_eq!(outcome(&text, &context), "true");
}

#[test]
fn nothing_an_expression_builds_grows_without_limit() {
    let doubled = format!(
        "'{}'{}",
        "a".repeat(1000),
        " | replace('a', 'aaaaaaaaaa')".repeat(7)
    );
    let listed = (0..20).fold("range(0, 1000)".to_owned(), |inner, _| {
        format!("create_array({inner}, {inner})")
    });
    let nested = format!(
        "{}range(0, 100000){}",
        "[".repeat(5),
        ", range(0, 100000)]".repeat(5)
    );
    check(
        "{}",
        &[
            (&doubled, "limit_exceeded: the text becomes too large…"),
            (&nested, "limit_exceeded: the value becomes too large…"),
            (&listed, "refused: …"),
            (
                "range(0, 100001)",
                "invalid_template: `range`: argument 2 must be between 0 and 100000…",
            ),
            (
                "join(range(0, 100000), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
                "limit_exceeded: …",
            ),
        ],
    );
}

#[test]
fn random_values_follow_from_the_seed() {
    let mut context = context("{}");
    let text = "[guid(), guid(), rand(0, 1000000), rand(0, 1000000)]";
    let first = outcome(text, &context);
    assert_eq!(first, outcome(text, &context));
    let values = connector_api::Value::from_json(&first).unwrap();
    let values = values.as_array().unwrap();
    assert_ne!(values[0], values[1]);
    assert_ne!(values[2], values[3]);
    context.seed = 43;
    assert_ne!(first, outcome(text, &context));
}
