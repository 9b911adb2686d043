//! The names in query text and the parameters beside it: each has the other.

use crate::check::query_text::QUERY_INPUTS;
use crate::check::view::{View, literal_text, meant, member};
use crate::diagnostic::Diagnostic;
use crate::expression::{Template, TemplateKind};

/// The input that gives the values.
const PARAMETERS: &str = "parameters";

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for given in flow.given(view.catalog) {
            let TemplateKind::Map(pairs) = &given.inputs.kind else {
                continue;
            };
            let Some(described) = given.shape.as_object() else {
                continue;
            };
            if !described.fields.contains_key(PARAMETERS)
                || pairs.iter().any(|(key, _)| literal_text(key).is_none())
            {
                continue;
            }
            for input in QUERY_INPUTS
                .into_iter()
                .filter(|name| described.fields.contains_key(*name))
            {
                let query = member(pairs, input);
                if query.is_some() || described.fields.get(input).is_some_and(|field| !field.required) {
                    pair(view, input, query, member(pairs, PARAMETERS), out);
                }
            }
        }
    }
}

fn pair(
    view: &View<'_>,
    input: &str,
    query: Option<&Template>,
    parameters: Option<&Template>,
    out: &mut Vec<Diagnostic>,
) {
    let text = match query {
        Some(query) => written(query),
        None => Some(String::new()),
    };
    let Some(text) = text else { return };
    let used = names(&text);
    let pairs: &[(Template, Template)] = match parameters.map(|given| &given.kind) {
        Some(TemplateKind::Map(pairs)) => pairs,
        Some(TemplateKind::Literal(value)) if value.as_object().is_some_and(|object| object.is_empty()) => {
            &[]
        }
        // Only a run knows what an expression gives.
        Some(_) => return,
        None => &[],
    };
    let keys: Vec<(&str, &Template)> = pairs
        .iter()
        .filter_map(|(key, _)| Some((literal_text(key)?, key)))
        .collect();
    for (name, key) in &keys {
        if !used.contains(name) && !query.is_some_and(|query| view.is_broken(query.span)) {
            let message = format!("`{input}` has no `:{name}`");
            out.push(
                Diagnostic::error("unused-parameter", key.span, message).help(meant(
                    name,
                    used.iter().copied(),
                    "the names in it",
                )),
            );
        }
    }
    let Some(query) = query.filter(|query| keys.len() == pairs.len() && !view.is_broken(query.span)) else {
        return;
    };
    let mut reported = Vec::new();
    for name in used {
        if keys.iter().any(|(key, _)| *key == name) || reported.contains(&name) {
            continue;
        }
        reported.push(name);
        let message = format!("`{input}` uses `:{name}`, and `{PARAMETERS}` has no `{name}`");
        out.push(
            Diagnostic::error("missing-parameter", query.span, message)
                .help(format!("add `{PARAMETERS}: {{ {name}: ... }}` beside it")),
        );
    }
}

/// The text with a word in place of every expression, which may only name a field.
fn written(query: &Template) -> Option<String> {
    match &query.kind {
        TemplateKind::Text(parts) => Some(
            parts
                .iter()
                .map(|(literal, expression)| match expression {
                    Some(_) => format!("{literal}field"),
                    None => literal.clone(),
                })
                .collect(),
        ),
        _ => literal_text(query)
            .filter(|text| !text.contains("{{"))
            .map(str::to_owned),
    }
}

/// Every `:name` outside quotes. What follows a colon but starts with a digit belongs to a time or a number of days.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut quoted = false;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'\'' => quoted = !quoted,
            b':' if !quoted => {
                let rest = &text[index + 1..];
                let length = rest
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    .count();
                if rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                    names.push(&rest[..length]);
                }
            }
            _ => {}
        }
    }
    names
}
