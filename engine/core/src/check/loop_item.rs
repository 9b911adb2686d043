//! `item`, `items('<loop>')` and `result('<scope>')` where there is no such loop or scope.

use crate::check::view::{Extra, FlowView, Mention, View, meant};
use crate::diagnostic::Diagnostic;
use crate::flow::ActionKind;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for mention in flow.mentions() {
            match mention.reference.root.as_str() {
                "item" => item(flow, &mention, out),
                "items" => items(flow, &mention, out),
                "result" => result(view, flow, &mention, out),
                _ => {}
            }
        }
    }
}

fn item(flow: &FlowView<'_>, mention: &Mention<'_>, out: &mut Vec<Diagnostic>) {
    if mention.extra != Extra::Item && for_each(flow, mention).is_empty() {
        let message = "`item` has no meaning here: no `for_each` stands around it";
        out.push(
            Diagnostic::error("no-item", mention.span(), message)
                .help("`item` is the item of the innermost `for_each`, and of `select` and `filter`"),
        );
    }
}

fn items(flow: &FlowView<'_>, mention: &Mention<'_>, out: &mut Vec<Diagnostic>) {
    let around = for_each(flow, mention);
    if let Some(name) = mention.reference.member()
        && !around.contains(&name)
    {
        let message = format!("no `for_each` named `{name}` stands around this");
        let mut diagnostic = Diagnostic::error("no-item", mention.span(), message);
        if let Some(elsewhere) = flow.find(name) {
            diagnostic = diagnostic.related(flow.actions[elsewhere].action.name.span, "it stands here");
        }
        out.push(diagnostic.help(meant(name, around, "the loops around it")));
    }
}

fn result(view: &View<'_>, flow: &FlowView<'_>, mention: &Mention<'_>, out: &mut Vec<Diagnostic>) {
    let Some(name) = mention.reference.member() else {
        return;
    };
    let containers = || {
        flow.actions
            .iter()
            .filter(|placed| !placed.action.blocks().is_empty())
            .map(|placed| placed.action.name.value.as_str())
    };
    match flow.find(name) {
        None if view.may_declare(flow.flow.span.file, name) => {}
        None => {
            let message = format!("the flow has no action `{name}`");
            out.push(
                Diagnostic::error("unknown-action", mention.span(), message).help(meant(
                    name,
                    containers(),
                    "actions that hold others",
                )),
            );
        }
        Some(target) if flow.actions[target].action.blocks().is_empty() => {
            let message = format!("`{name}` holds no actions, so it has no `result`");
            out.push(
                Diagnostic::error("no-result", mention.span(), message)
                    .help(format!("write `actions.{name}.body`")),
            );
        }
        Some(_) => {}
    }
}

/// The names of the `for_each` loops around a place, innermost first.
fn for_each<'s>(flow: &FlowView<'s>, mention: &Mention<'_>) -> Vec<&'s str> {
    let Some(reader) = mention.reader() else {
        return Vec::new();
    };
    flow.loops(reader)
        .map(|around| flow.actions[around].action)
        .filter(|action| matches!(action.kind, ActionKind::ForEach { .. }))
        .map(|action| action.name.value.as_str())
        .collect()
}
