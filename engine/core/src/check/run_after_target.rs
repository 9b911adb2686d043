//! `run_after` names that are no siblings.

use crate::check::view::{View, meant};
use crate::diagnostic::Diagnostic;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            let Some(run_after) = &placed.action.run_after else {
                continue;
            };
            let siblings: Vec<&str> = flow.blocks[placed.block]
                .iter()
                .filter(|sibling| **sibling != index)
                .map(|sibling| flow.actions[*sibling].action.name.value.as_str())
                .collect();
            for predecessor in &run_after.predecessors {
                let name = predecessor.name.value.as_str();
                if siblings.contains(&name) || name == placed.action.name.value {
                    continue;
                }
                let mut diagnostic = Diagnostic::error(
                    "run-after-target",
                    predecessor.name.span,
                    format!("`{name}` does not stand beside `{}`", placed.action.name.value),
                );
                diagnostic = match flow.find(name) {
                    Some(elsewhere) => diagnostic
                        .related(flow.actions[elsewhere].action.name.span, "it stands here")
                        .help("`run_after` names actions of the same block; name the one beside it that holds it"),
                    None => diagnostic.help(meant(name, siblings.iter().copied(), "the actions beside it")),
                };
                out.push(diagnostic);
            }
        }
    }
}
