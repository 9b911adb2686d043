//! Templates: what a scalar of the document becomes, and where its faults are shown.

use super::fixture::context;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, parse};
use crate::expression::{Evaluated, Template, TemplateKind};
use crate::source::Sources;

const NAMES: &str =
    r#"{"v": {"n": 1.50, "name": "Contoso", "flag": true, "nothing": null, "list": [1, "a"]}}"#;

/// The value of key `k` of a document.
fn node(yaml: &str) -> (Sources, Node) {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", yaml);
    let document = parse(file, sources.file(file));
    assert!(document.diagnostics.is_empty(), "{:?}", document.diagnostics);
    let node = document.root.unwrap().get("k").unwrap().clone();
    (sources, node)
}

fn compiled(yaml: &str) -> (Sources, Template, Vec<Diagnostic>) {
    let (sources, node) = node(yaml);
    let mut diagnostics = Vec::new();
    let template = Template::compile(&node, &mut diagnostics);
    (sources, template, diagnostics)
}

#[test]
fn a_scalar_is_literal_typed_or_text() {
    for (yaml, expected) in [
        ("k: plain", r#""plain""#),
        ("k: 1.10", "1.10"),
        ("k: true", "true"),
        ("k: ~", "null"),
        ("k: '1.10'", r#""1.10""#),
        ("k: '{{ v.n }}'", "1.50"),
        ("k: '  {{ v.n }}  '", "1.50"),
        ("k: \"{{v.n}}\"", "1.50"),
        ("k: |\n  {{ v.list }}\n", r#"[1,"a"]"#),
        ("k: >-\n  {{ v.n\n  + 1 }}\n", "2.50"),
        ("k: '{{ v.n }}!'", r#""1.5!""#),
        ("k: '{{ v.n }}{{ v.n }}'", r#""1.51.5""#),
        (
            "k: '{{ v.name }} is {{ v.flag }}, {{ v.nothing }}, {{ v.list }}'",
            r#""Contoso is True, , [1,\"a\"]""#,
        ),
        ("k: '}} { a } {b}'", r#""}} { a } {b}""#),
        ("k: '{{ ''{{'' }} x }}'", r#""{{ x }}""#),
        ("k: '{{ \"}}\" }}'", r#""}}""#),
        ("k: \"{{ {'a': {'b': v.n}} }}\"", r#"{"a":{"b":1.50}}"#),
        ("k: '{\"a\":{\"b\":{{ v.n }}}}'", r#""{\"a\":{\"b\":1.5}}""#),
        ("k: '50% off #1'", r#""50% off #1""#),
        ("k: ''", r#""""#),
        (
            "k: [1, '{{ v.n }}', {a: '{{ v.flag }}'}]",
            r#"[1,1.50,{"a":true}]"#,
        ),
        ("k: {'{{ v.name }}': 1, b: 2}", r#"{"Contoso":1,"b":2}"#),
        ("k: {'x{{ v.n }}': 1}", r#"{"x1.5":1}"#),
    ] {
        let (_, template, diagnostics) = compiled(yaml);
        assert!(diagnostics.is_empty(), "{yaml}: {diagnostics:?}");
        let value = template.evaluate(&context(NAMES)).map(|value| value.to_json());
        assert_eq!(value.as_deref(), Ok(expected), "{yaml}");
    }
}

#[test]
fn only_scalars_and_empty_collections_are_literals() {
    for (yaml, literal) in [
        ("k: x", true),
        ("k: ~", true),
        ("k: []", true),
        ("k: {}", true),
        ("k: [1]", false),
    ] {
        let (_, template, _) = compiled(yaml);
        assert_eq!(template.as_literal().is_some(), literal, "{yaml}");
        assert!(template.expressions().is_empty(), "{yaml}");
    }
    let (_, template, _) = compiled("k: {a: [1, '{{ v.n }}'], '{{ v.name }}': 'x {{ v.n }}'}");
    assert_eq!(template.expressions().len(), 3);
}

#[test]
fn undefined_is_an_error_unless_it_is_the_whole() {
    let context = context(NAMES);
    let (_, template, _) = compiled("k: '{{ v.absent }}'");
    assert_eq!(
        template.evaluate_defined(&context),
        Ok(Evaluated::Undefined("v.absent".into()))
    );
    for yaml in [
        "k: '{{ v.absent }}'",
        "k: 'x {{ v.absent }}'",
        "k: ['{{ v.absent }}']",
        "k: {a: '{{ v.absent }}'}",
    ] {
        let (_, template, _) = compiled(yaml);
        let error = template.evaluate(&context).unwrap_err();
        assert_eq!(error.code, "undefined_value", "{yaml}");
        assert!(error.message.contains("`v.absent`"), "{yaml}: {error}");
    }
    let (_, template, _) = compiled("k: {'{{ v.n }}': 1}");
    assert_eq!(
        template.evaluate(&context).unwrap_err().message,
        "a key must be text, not a number"
    );
}

#[test]
fn each_guid_of_a_template_is_its_own() {
    let (_, template, _) = compiled("k: ['{{ guid() }}', '{{ guid() }}']");
    let value = template.evaluate(&context(NAMES)).unwrap();
    let items = value.as_array().unwrap();
    assert_ne!(items[0], items[1]);
    assert_eq!(template.evaluate(&context(NAMES)).unwrap(), value);
}

#[test]
fn faults_point_at_their_text() {
    for (yaml, code, pointed, message) in [
        (
            "k: '{{ tirm(v.n) }}'",
            "unknown-function",
            "tirm",
            "there is no function `tirm`",
        ),
        (
            "k: 'é {{ v.n | tirm }} x'",
            "unknown-function",
            "tirm",
            "there is no function `tirm`",
        ),
        (
            "k: \"x {{ trim() }}\"",
            "expression-syntax",
            "trim()",
            "`trim` takes 1 argument, not 0",
        ),
        (
            "k: {'{{ tirm(1) }}': 1}",
            "unknown-function",
            "tirm",
            "there is no function `tirm`",
        ),
        ("k: 'a {{ v.n'", "expression-syntax", "{{", "`{{` is not closed"),
        (
            "k: '{{ }}'",
            "expression-syntax",
            "",
            "there is no expression between the braces",
        ),
        (
            "k: '{{ v.n + }}'",
            "expression-syntax",
            "+",
            "unexpected end of input, expected expression",
        ),
        (
            "k: '{% if x %}'",
            "expression-syntax",
            "{% if x %}",
            "there are no tags `{% %}` in the language",
        ),
        (
            "k: 'a {# b #}'",
            "expression-syntax",
            "{# b #}",
            "there are no comments `{# #}` in the language",
        ),
        (
            "k: '{{- v.n }}'",
            "expression-syntax",
            "{{-",
            "`{{-` has no meaning here",
        ),
        (
            "k: >\n  a\n  {{ tirm(1) }}\n",
            "unknown-function",
            "tirm",
            "there is no function `tirm`",
        ),
        (
            "k: |\n  a {{ tirm(1) }}\n",
            "unknown-function",
            "tirm",
            "there is no function `tirm`",
        ),
        (
            "k: \"\\x41 {{ tirm(1) }}\"",
            "unknown-function",
            "\"\\x41 {{ tirm(1) }}\"",
            "there is no function `tirm`",
        ),
    ] {
        let (sources, template, diagnostics) = compiled(yaml);
        let [diagnostic] = diagnostics.as_slice() else {
            panic!("{yaml}: {diagnostics:?}");
        };
        assert_eq!(diagnostic.code, code, "{yaml}");
        assert_eq!(diagnostic.message, message, "{yaml}");
        let text = &sources.file(diagnostic.span.file).text;
        assert_eq!(
            &text[diagnostic.span.start..diagnostic.span.end],
            pointed,
            "{yaml}"
        );
        assert!(
            !matches!(template.kind, TemplateKind::Expression(_) | TemplateKind::Text(_)),
            "{yaml}"
        );
    }
}

#[test]
fn all_faults_of_a_template_are_collected() {
    let (_, _, diagnostics) = compiled("k: ['{{ f(1) }} {{ g(h(1)) }}', '{{ 1 + }}', {a: '{{ i() }}'}]");
    let codes: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(
        codes,
        [
            "unknown-function",
            "unknown-function",
            "expression-syntax",
            "unknown-function"
        ]
    );
}

#[test]
fn expressions_know_their_place() {
    let yaml = "k: 'é {{ v.n }} and {{  v.name  }}'";
    let (sources, template, _) = compiled(yaml);
    let texts: Vec<_> = template
        .expressions()
        .into_iter()
        .map(|expression| {
            &sources.file(expression.span.file).text[expression.span.start..expression.span.end]
        })
        .collect();
    assert_eq!(texts, ["v.n", "v.name"]);
}
