//! Environment variables, variables and inputs that nobody declared.

use crate::check::view::{FlowView, Mention, View, meant, texts};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expression::{Expression, Reference};
use crate::flow::{ActionKind, TriggerKind};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for mention in flow.mentions() {
            match mention.reference.root.as_str() {
                "env" => environment(view, mention.expression, mention.reference, out),
                "variables" => variable(view, flow, &mention, out),
                "inputs" => input(view, flow, &mention, out),
                _ => {}
            }
        }
        for placed in &flow.actions {
            if let ActionKind::SetVariable { name, .. }
            | ActionKind::AppendToVariable { name, .. }
            | ActionKind::IncrementVariable { name, .. } = &placed.action.kind
                && !flow
                    .flow
                    .variables
                    .iter()
                    .any(|variable| variable.name.value == name.value)
                && !view.may_declare(flow.flow.span.file, &name.value)
            {
                out.push(undeclared_variable(flow, &name.value, name.span));
            }
        }
    }
}

/// Reports an environment variable the solution does not declare.
pub(super) fn environment(
    view: &View<'_>,
    expression: &Expression,
    reference: &Reference,
    out: &mut Vec<Diagnostic>,
) {
    let names = texts(view.solution.environment.iter().map(|variable| &variable.name));
    if let Some(name) = reference.member()
        && !names.contains(&name)
        && !view.manifest_may_declare(name)
    {
        let message = format!("the solution has no environment variable `{name}`");
        let help = match nearest(name, names) {
            Some(near) => {
                format!("did you mean `{near}`? A new one is declared under `environment` in solution.yaml")
            }
            None => "declare it under `environment` in solution.yaml".to_owned(),
        };
        let span = expression.place(&reference.range);
        out.push(Diagnostic::error("unknown-environment-variable", span, message).help(help));
    }
}

fn variable(view: &View<'_>, flow: &FlowView<'_>, mention: &Mention<'_>, out: &mut Vec<Diagnostic>) {
    if let Some(name) = mention.reference.member()
        && !flow
            .flow
            .variables
            .iter()
            .any(|variable| variable.name.value == name)
        && !view.may_declare(flow.flow.span.file, name)
    {
        out.push(undeclared_variable(flow, name, mention.span()));
    }
}

fn undeclared_variable(flow: &FlowView<'_>, name: &str, span: crate::source::Span) -> Diagnostic {
    let names = texts(flow.flow.variables.iter().map(|variable| &variable.name));
    let help = match names.is_empty() {
        true => format!("declare it: `variables: {{ {name}: {{ type: text }} }}`"),
        false => meant(name, names, "its variables"),
    };
    Diagnostic::error(
        "unknown-variable",
        span,
        format!("the flow has no variable `{name}`"),
    )
    .help(help)
}

fn input(view: &View<'_>, flow: &FlowView<'_>, mention: &Mention<'_>, out: &mut Vec<Diagnostic>) {
    let TriggerKind::Manual { inputs } = &flow.flow.trigger.kind else {
        let message = "only a flow with a manual trigger has `inputs`";
        out.push(
            Diagnostic::error("unknown-flow-input", mention.span(), message)
                .help("what started this flow is in `trigger.body`"),
        );
        return;
    };
    let names = texts(inputs.iter().map(|input| &input.name));
    if let Some(name) = mention.reference.member()
        && !names.contains(&name)
        && !view.may_declare(flow.flow.span.file, name)
    {
        let message = format!("the flow has no input `{name}`");
        let help = match names.is_empty() {
            true => format!("declare it under the trigger: `inputs: {{ {name}: text }}`"),
            false => meant(name, names, "its inputs"),
        };
        out.push(Diagnostic::error("unknown-flow-input", mention.span(), message).help(help));
    }
}
