//! Values inside query text: they belong into parameters, where nothing in them can change the query.

use connector_api::Shape;

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::expression::{Expression, Template, TemplateKind};
use crate::flow::ValueType;

/// Inputs that hold query text, where `parameters` stands beside them.
pub(super) const QUERY_INPUTS: [&str; 2] = ["filter", "query"];

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for given in flow.given(view.catalog) {
            texts(view, given.inputs, given.shape, out);
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
