//! Values inside query text: they belong into parameters, where nothing in them can change the query.

use connector_api::Shape;

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::expression::{Expression, Template, TemplateKind};
use crate::flow::{ActionKind, TriggerKind, ValueType};

/// Inputs that hold query text, where `parameters` stands beside them.
const QUERY_INPUTS: [&str; 2] = ["filter", "query"];

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        if let TriggerKind::Poll {
            connection,
            trigger,
            inputs,
            ..
        } = &flow.flow.trigger.kind
            && let Some(found) = view.catalog.trigger(&connection.value, &trigger.value)
        {
            texts(view, inputs, &found.inputs, out);
        }
        for placed in &flow.actions {
            if let ActionKind::Operation {
                connection,
                operation,
                inputs,
            } = &placed.action.kind
                && let Some(found) = view.catalog.operation(&connection.value, &operation.value)
            {
                texts(view, inputs, &found.inputs, out);
            }
        }
    }
}

fn texts(view: &View<'_>, inputs: &Template, shape: &Shape, out: &mut Vec<Diagnostic>) {
    let takes_parameters = shape
        .as_object()
        .is_some_and(|object| object.fields.contains_key("parameters"));
    let TemplateKind::Map(pairs) = &inputs.kind else {
        return;
    };
    for (key, value) in pairs {
        let name = key.as_literal().and_then(|key| key.as_str()).unwrap_or_default();
        if !takes_parameters || !QUERY_INPUTS.contains(&name) {
            continue;
        }
        for expression in value.expressions() {
            if !names_a_field(view, expression) {
                let message = format!(
                    "`{name}` takes no values; only an environment variable of type `field` may stand in it"
                );
                out.push(
                    Diagnostic::error("value-in-query", expression.span, message)
                        .help("write `:name` here and give the value under `parameters`"),
                );
            }
        }
    }
}

/// Whether an expression is just an environment variable of type `field`. An undeclared one is another rule's business.
fn names_a_field(view: &View<'_>, expression: &Expression) -> bool {
    let [reference] = expression.references.as_slice() else {
        return false;
    };
    if reference.root != "env" || reference.range != (0..expression.text.len()) || reference.path.len() != 1 {
        return false;
    }
    view.solution
        .environment
        .iter()
        .find(|variable| Some(variable.name.value.as_str()) == reference.member())
        .is_none_or(|variable| variable.value_type == ValueType::Field)
}
