//! No input may panic, whatever it is made of.

use super::fixture::{context, outcome};
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeValue, Scalar, ScalarKind, ScalarStyle};
use crate::expression::functions;
use crate::expression::{Expression, JsonPath, Template};
use crate::source::Span;

/// Values at the edges of every kind, as they are written in an expression.
const SAMPLES: [&str; 14] = [
    "null",
    "true",
    "0",
    "-9223372036854775808",
    "1e400",
    "-0.00000000000000000000000000000000001",
    "''",
    "'ı😀 é'",
    "'2031-05-06T07:08:09Z'",
    "'0.0;(#,##E+0)'",
    "[]",
    "[3, 'b', null]",
    "{'a': [1]}",
    "absent",
];

#[test]
fn every_function_survives_every_argument() {
    let context = context("{}");
    let mut calls = 0;
    for function in functions::all() {
        let most = function.most.min(3);
        for count in function.least..=most {
            // The third argument is drawn from every third sample: enough to meet each kind.
            let sizes = [SAMPLES.len(), SAMPLES.len(), SAMPLES.len().div_ceil(3)];
            for choice in 0..sizes[..count].iter().product() {
                let mut rest: usize = choice;
                let arguments: Vec<&str> = sizes[..count]
                    .iter()
                    .enumerate()
                    .map(|(index, size)| {
                        let drawn = rest % size;
                        rest /= size;
                        SAMPLES[if index == 2 { drawn * 3 } else { drawn }]
                    })
                    .collect();
                let text = format!("{}({})", function.name, arguments.join(", "));
                // An outcome of any kind will do, but a call that compiles must give one that names no internals.
                assert!(!outcome(&text, &context).contains("_const"), "{text}");
                calls += 1;
            }
        }
    }
    assert!(calls > 10_000, "{calls}");
}

#[test]
fn every_operator_survives_every_operand() {
    let context = context("{}");
    for operator in [
        "+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or",
    ] {
        for left in SAMPLES {
            for right in SAMPLES {
                outcome(&format!("{left} {operator} {right}"), &context);
                outcome(
                    &format!("({left}) if ({left} {operator} {right}) is none else -{right}"),
                    &context,
                );
            }
        }
    }
}

/// Texts of tokens drawn without a plan: nearly all are refused, and the rest must run.
#[test]
fn no_text_panics() {
    const TOKENS: [&str; 40] = [
        "a", ".", "b", "[", "]", "(", ")", "{", "}", "{{", "}}", "'", "\"", "'x'", "1", "-", "1.5", "|",
        "trim", "is", "not", "defined", "if", "else", "and", ",", ":", "~", "==", "actions", "items", "é",
        "😀", "\\", " ", "\n", "null", "%}", "{#", "e9",
    ];
    let context = context(r#"{"a": {"b": 1}}"#);
    let mut state = 7_u64;
    for round in 0..6_000 {
        let mut text = String::new();
        for _ in 0..round % 24 + 1 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push_str(TOKENS[(state >> 33) as usize % TOKENS.len()]);
        }
        outcome(&text, &context);
        // Every fault lies within the text, on the boundaries of its characters.
        if let Err(error) = Expression::compile(&text) {
            assert!(text.get(error.range.clone()).is_some(), "{text:?}: {error:?}");
        }
        let node = Node {
            span: Span::default(),
            value: NodeValue::Scalar(Scalar {
                text: text.clone(),
                kind: ScalarKind::Text,
                style: ScalarStyle::Quoted,
                verbatim: true,
                content_start: 0,
                places: crate::document::Places::verbatim(0, text.len()),
            }),
        };
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        let template = Template::compile(&node, &mut diagnostics);
        for diagnostic in &diagnostics {
            assert!(
                text.get(diagnostic.span.start..diagnostic.span.end).is_some(),
                "{text:?}: {diagnostic:?}"
            );
        }
        let _ = template.evaluate(&context);
        let _ = JsonPath::compile(&format!("${text}"));
    }
}

#[test]
fn templates_travel_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Template>();
    shared::<Expression>();
    shared::<JsonPath>();
}
