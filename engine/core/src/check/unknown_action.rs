//! References to actions that do not exist, and to parts no action has.

use crate::check::view::{View, meant};
use crate::diagnostic::Diagnostic;
use crate::expression::PathStep;

/// What can be read of an action.
const PARTS: [&str; 4] = ["body", "error", "outputs", "status"];

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for mention in flow.mentions() {
            let Some((name, rest)) = mention.reference.action() else {
                continue;
            };
            if flow.find(name).is_none() {
                if view.may_declare(flow.flow.span.file, name) {
                    continue;
                }
                let message = format!("the flow has no action `{name}`");
                out.push(
                    Diagnostic::error("unknown-action", mention.span(), message).help(meant(
                        name,
                        flow.names(),
                        "its actions",
                    )),
                );
                continue;
            }
            let part = match rest.first() {
                Some(PathStep::Member(part)) if !PARTS.contains(&part.as_str()) => part.clone(),
                Some(PathStep::Index(index)) => index.to_string(),
                _ => continue,
            };
            let message = format!("an action has no `{part}`");
            out.push(
                Diagnostic::error("unknown-member", mention.span(), message).help(meant(
                    &part,
                    PARTS,
                    "its parts",
                )),
            );
        }
    }
}
