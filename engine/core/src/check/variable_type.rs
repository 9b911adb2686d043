//! Variables that are given something of another type, or set from themselves.

use connector_api::Value;

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::expression::{Template, TemplateKind};
use crate::flow::{ActionKind, ValueType, Variable};
use crate::source::Spanned;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for placed in &flow.actions {
            let declared = |name: &Spanned<String>| {
                flow.flow
                    .variables
                    .iter()
                    .find(|variable| variable.name.value == name.value)
            };
            match &placed.action.kind {
                ActionKind::SetVariable { name, value } => {
                    if let Some(variable) = declared(name) {
                        set(variable, value, out);
                    }
                }
                ActionKind::AppendToVariable { name, .. } => {
                    if let Some(variable) = declared(name) {
                        let types = [ValueType::Text, ValueType::List, ValueType::Any];
                        takes(variable, name, &types, "appended to", out);
                    }
                }
                ActionKind::IncrementVariable { name, by } => {
                    if let Some(variable) = declared(name) {
                        let types = [ValueType::Number, ValueType::Integer, ValueType::Any];
                        takes(variable, name, &types, "incremented", out);
                        let by = by.as_ref().filter(|_| variable.value_type != ValueType::Any);
                        if let Some(by) = by
                            && let Some(given) = by.as_literal()
                            && !variable.value_type.admits(given)
                        {
                            out.push(mismatch(variable, by, &described(given)));
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn set(variable: &Variable, value: &Template, out: &mut Vec<Diagnostic>) {
    for expression in value.expressions() {
        for reference in &expression.references {
            if reference.root == "variables" && reference.member() == Some(&variable.name.value) {
                let message = format!("variable `{}` is set from itself", variable.name.value);
                out.push(
                    Diagnostic::error(
                        "variable-set-from-itself",
                        expression.place(&reference.range),
                        message,
                    )
                    .related(variable.name.span, "the variable")
                    .help("compose the new value in an action of its own, then set the variable to it"),
                );
            }
        }
    }
    match &value.kind {
        // Nothing empties a variable whose empty value is not a choice between many.
        TemplateKind::Literal(Value::Null)
            if matches!(
                variable.value_type,
                ValueType::Text | ValueType::Field | ValueType::List | ValueType::Object
            ) => {}
        TemplateKind::Literal(given) if !variable.value_type.admits(given) => {
            out.push(mismatch(variable, value, &described(given)));
        }
        TemplateKind::Text(_)
            if !matches!(
                variable.value_type,
                ValueType::Text | ValueType::Any | ValueType::Field
            ) =>
        {
            out.push(mismatch(variable, value, "text"));
        }
        TemplateKind::List(_) if !matches!(variable.value_type, ValueType::List | ValueType::Any) => {
            out.push(mismatch(variable, value, "a list"));
        }
        TemplateKind::Map(_) if !matches!(variable.value_type, ValueType::Object | ValueType::Any) => {
            out.push(mismatch(variable, value, "an object"));
        }
        _ => {}
    }
}

fn takes(
    variable: &Variable,
    name: &Spanned<String>,
    types: &[ValueType],
    what: &str,

    out: &mut Vec<Diagnostic>,
) {
    if types.contains(&variable.value_type) {
        return;
    }
    let message = format!(
        "variable `{}` is of type `{}` and cannot be {what}",
        variable.name.value,
        variable.value_type.name()
    );
    out.push(
        Diagnostic::error("variable-type", name.span, message).related(variable.name.span, "declared here"),
    );
}

fn mismatch(variable: &Variable, value: &Template, found: &str) -> Diagnostic {
    let message = format!(
        "variable `{}` is of type `{}`, not {found}",
        variable.name.value,
        variable.value_type.name()
    );
    Diagnostic::error("variable-type", value.span, message).related(variable.name.span, "declared here")
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("number `{number}`"),
        Value::String(_) => "text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
