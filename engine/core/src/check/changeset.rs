//! Changesets: one call of one connection that holds only writes.

use std::collections::HashSet;

use connector_api::Effect;

use crate::check::view::{FlowView, View};
use crate::diagnostic::Diagnostic;
use crate::expression::PathStep;
use crate::flow::ActionKind;
use crate::source::Spanned;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            if matches!(placed.action.kind, ActionKind::Changeset { .. }) {
                changeset(view, flow, index, out);
            }
        }
    }
}

fn changeset(view: &View<'_>, flow: &FlowView<'_>, changeset: usize, out: &mut Vec<Diagnostic>) {
    let inside: Vec<usize> = (0..flow.actions.len())
        .filter(|action| flow.is_inside(*action, changeset))
        .collect();
    let mut first: Option<&Spanned<String>> = None;
    for action in &inside {
        let action = flow.actions[*action].action;
        match &action.kind {
            ActionKind::Operation {
                connection,
                operation,
                ..
            } => {
                let first = *first.get_or_insert(connection);
                if first.value != connection.value {
                    let message = format!(
                        "a changeset is one call of one connection, and this one is a call of `{}`",
                        first.value
                    );
                    out.push(
                        Diagnostic::error("changeset-content", connection.span, message)
                            .related(first.span, "the first call")
                            .help("put it before or after the changeset"),
                    );
                }
                let found = view.catalog.operation(&connection.value, &operation.value);
                if found.is_some_and(|found| found.effect == Effect::Read) {
                    let message = format!("`{}` only reads; a changeset holds writes", operation.value);
                    out.push(
                        Diagnostic::error("changeset-content", operation.span, message)
                            .help("read before the changeset"),
                    );
                }
            }
            ActionKind::If { .. } => {}
            _ => {
                let message = format!(
                    "`{}` cannot stand in a changeset, which goes out as one call",
                    action.name.value
                );
                out.push(
                    Diagnostic::error("changeset-content", action.name.span, message)
                        .help("a changeset holds operations, and `if`s around operations; compute before it"),
                );
            }
        }
    }
    references(flow, &inside, out);
}

/// Within the call only the id of what an earlier part makes is known, and conditions are decided before it goes out.
fn references(flow: &FlowView<'_>, inside: &[usize], out: &mut Vec<Diagnostic>) {
    let inside: HashSet<usize> = inside.iter().copied().collect();
    for (mention, target, rest) in flow.action_mentions() {
        let Some(reader) = mention.reader().filter(|reader| inside.contains(reader)) else {
            continue;
        };
        if !inside.contains(&target) {
            continue;
        }
        let name = &flow.actions[target].action.name.value;
        if matches!(flow.actions[reader].action.kind, ActionKind::If { .. }) {
            let message = format!("`{name}` is part of the same changeset, so nothing is known of it here");
            out.push(
                Diagnostic::error("changeset-reference", mention.span(), message).help(
                    "conditions in a changeset are decided before it goes out; read what was known before",
                ),
            );
        } else if !is_id(rest) {
            let message = format!("of `{name}` only `body.id` is known inside its changeset");
            out.push(
                Diagnostic::error("changeset-reference", mention.span(), message)
                    .help("use the rest after the changeset"),
            );
        }
    }
}

fn is_id(rest: &[PathStep]) -> bool {
    matches!(rest, [PathStep::Member(body), PathStep::Member(id)] if body == "body" && id == "id")
}
