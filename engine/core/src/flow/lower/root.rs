//! The top level of a flow's file.

use crate::diagnostic::Diagnostic;
use crate::document::{MapReader, Node};
use crate::flow::lower::{action, trigger, values};
use crate::flow::{Block, Flow, Variable};
use crate::source::Spanned;

/// Most variables of one flow.
const VARIABLES_MAX: usize = 250;

/// Reads a flow's document. `None` when there is too little to go on; faults are in `diagnostics` either way.
pub fn lower(id: &str, root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Flow> {
    let mut reader = MapReader::new("a flow", root, diagnostics)?;
    if let Some(first) = root.as_map().and_then(<[_]>::first) {
        reader = reader.at(first.key.span);
    }
    let name = reader
        .required_text("name")
        .unwrap_or_else(|| Spanned::new(id.to_owned(), root.span));
    let description = reader.prose("description");
    let trigger = reader.required("trigger");
    let trigger = trigger.and_then(|node| trigger::lower(node, reader.diagnostics()));
    let variables = match reader.map("variables") {
        Some(entries) => variables(entries, reader.diagnostics()),
        None => Vec::new(),
    };
    let mut names = action::Names::default();
    let actions = match reader.entry("actions") {
        Some(entry) => action::block("`actions`", &entry.value, &mut names, reader.diagnostics()),
        None => {
            reader.required("actions");
            Block::default()
        }
    };
    reader.finish();
    Some(Flow {
        id: id.to_owned(),
        name,
        description,
        trigger: trigger?,
        variables,
        actions,
        span: root.span,
    })
}

fn variables(entries: &[crate::document::Entry], diagnostics: &mut Vec<Diagnostic>) -> Vec<Variable> {
    if let Some(entry) = entries.get(VARIABLES_MAX) {
        let message = format!("a flow has at most {VARIABLES_MAX} variables");
        diagnostics.push(Diagnostic::error("too-many", entry.key.span, message));
    }
    let mut variables = Vec::new();
    for entry in values::named("a variable", entries, diagnostics).take(VARIABLES_MAX) {
        let what = format!("variable `{}`", entry.key.value);
        let (value_type, default) = if entry.value.as_scalar().is_some() {
            (values::value_type(&what, &entry.value, diagnostics), None)
        } else {
            let Some(reader) = MapReader::new(what, &entry.value, diagnostics) else {
                continue;
            };
            let mut reader = reader.at(entry.key.span);
            let value_type = values::typed(&mut reader);
            let default = values::typed_default(&mut reader, "default", value_type);
            reader.prose("description");
            reader.finish();
            (value_type, default)
        };
        variables.push(Variable {
            name: entry.key.clone(),
            value_type,
            default,
            span: entry.value.span,
        });
    }
    variables
}
