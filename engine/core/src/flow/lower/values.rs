//! Pieces that several nouns of a flow share: names, templates, types and typed values.

use connector_api::Value;

use crate::diagnostic::Diagnostic;
use crate::document::{Entry, MapReader, Node, decode};
use crate::expression::{Template, TemplateKind};
use crate::flow::ValueType;
use crate::source::{Span, Spanned};

/// Longest name of an action or variable, in characters.
pub(crate) const NAME_LENGTH_MAX: usize = 80;

/// Checks the name of an action, variable or input; an unfit one is reported and used all the same.
pub(crate) fn name(what: &str, key: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) {
    let text = key.value.as_str();
    let fits = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
        && text.len() <= NAME_LENGTH_MAX;
    if !fits {
        diagnostics.push(
            Diagnostic::error("bad-name", key.span, format!("`{text}` cannot be the name of {what}")).help(
                format!(
                    "names start with a small letter and hold small letters, digits and `_`, {NAME_LENGTH_MAX} at most"
                ),
            ),
        );
    }
}

/// A template that gives nothing: stands in for one that is missing and was reported.
pub(crate) fn nothing(span: Span) -> Template {
    Template {
        kind: TemplateKind::Literal(Value::Null),
        span,
    }
}

/// A template that is an empty map.
pub(crate) fn no_inputs(span: Span) -> Template {
    Template {
        kind: TemplateKind::Literal(Value::Object(Default::default())),
        span,
    }
}

/// The template under a key, if there is one.
pub(crate) fn template(reader: &mut MapReader<'_, '_>, key: &'static str) -> Option<Template> {
    let node = reader.node(key)?;
    Some(Template::compile(node, reader.diagnostics()))
}

/// The template under a key that must be there.
pub(crate) fn required_template(reader: &mut MapReader<'_, '_>, key: &'static str, span: Span) -> Template {
    match reader.required(key) {
        Some(node) => Template::compile(node, reader.diagnostics()),
        None => nothing(span),
    }
}

/// A template that must give a map: a map, or an expression.
pub(crate) fn map_template(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Template {
    if !gives_map(node) {
        diagnostics.push(decode::wrong_kind(what, "a map", node));
        return no_inputs(node.span);
    }
    Template::compile(node, diagnostics)
}

/// Whether a node is a map, or an expression that may give one.
pub(crate) fn gives_map(node: &Node) -> bool {
    node.as_map().is_some() || node.as_text().is_some_and(|text| text.contains("{{"))
}

/// The type under `type` of a typed thing, or the thing itself in the short form `name: text`.
pub(crate) fn value_type(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> ValueType {
    decode::word(what, node, &ValueType::NAMES, ValueType::parse, diagnostics)
        .map_or(ValueType::Any, |value_type| value_type.value)
}

/// The type of a map's `type` key; `Any` when it is missing, which is reported.
pub(crate) fn typed(reader: &mut MapReader<'_, '_>) -> ValueType {
    match reader.required("type") {
        Some(node) => value_type("`type`", node, reader.diagnostics()),
        None => ValueType::Any,
    }
}

/// The value under a key, which must be of a type.
pub(crate) fn typed_default(
    reader: &mut MapReader<'_, '_>,
    key: &'static str,
    value_type: ValueType,
) -> Option<Value> {
    let node = reader.node(key)?;
    typed_value(&format!("`{key}`"), node, value_type, reader.diagnostics())
}

/// A literal of a type.
pub(crate) fn typed_value(
    what: &str,
    node: &Node,
    value_type: ValueType,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let value = node.to_value();
    if node.as_text().is_some_and(|text| text.contains("{{")) {
        diagnostics.push(
            Diagnostic::error(
                "constant-expected",
                node.span,
                format!("{what} cannot hold an expression"),
            )
            .help("write the value out; set computed values with an action"),
        );
        return None;
    }
    if value_type.admits(&value) {
        return Some(value);
    }
    let mut diagnostic = Diagnostic::error(
        "wrong-default-type",
        node.span,
        format!(
            "{what} must be of type `{}`, not {}",
            value_type.name(),
            described(node)
        ),
    );
    diagnostic.help = match (value_type, node.as_scalar()) {
        (ValueType::Text, Some(scalar)) if !scalar.text.is_empty() => {
            Some(format!("write \"{}\" if that text is meant", scalar.text))
        }
        (ValueType::Field, _) => Some(
            "a field name starts with a letter and holds letters, digits and `_`: `Amount`, `Deal_Value__c`"
                .into(),
        ),
        _ => None,
    };
    diagnostics.push(diagnostic);
    None
}

/// Author-named entries of a map: every name is checked.
pub(crate) fn named<'n>(
    what: &str,
    entries: &'n [Entry],
    diagnostics: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = &'n Entry> + use<'n> {
    for entry in entries {
        name(what, &entry.key, diagnostics);
    }
    entries.iter()
}

fn described(node: &Node) -> String {
    match node.as_scalar() {
        Some(scalar) if !scalar.text.is_empty() && scalar.text.chars().count() <= 40 => {
            format!("{} `{}`", node.kind(), scalar.text)
        }
        _ => node.kind().to_owned(),
    }
}
