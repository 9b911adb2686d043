//! `run_after` names that are no siblings.

use crate::check::view::{View, meant};
use crate::diagnostic::Diagnostic;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            let Some(run_after) = &placed.action.run_after else {
                continue;
            };
            for predecessor in &run_after.predecessors {
                let name = predecessor.name.value.as_str();
                let found = flow.find(name);
                let beside = found.is_some_and(|found| flow.actions[found].block == placed.block);
                let left_out = found.is_none() && view.may_declare(flow.flow.span.file, name);
                if beside || left_out {
                    continue;
                }
                let mut diagnostic = Diagnostic::error(
                    "run-after-target",
                    predecessor.name.span,
                    format!("`{name}` does not stand beside `{}`", placed.action.name.value),
                );
                diagnostic = match found {
                    Some(elsewhere) => diagnostic
                        .related(flow.actions[elsewhere].action.name.span, "it stands here")
                        .help("`run_after` names actions of the same block; name the one beside it that holds it"),
                    None => {
                        let siblings = flow.blocks[placed.block]
                            .iter()
                            .filter(|sibling| **sibling != index)
                            .map(|sibling| flow.actions[*sibling].action.name.value.as_str());
                        diagnostic.help(meant(name, siblings, "the actions beside it"))
                    }
                };
                out.push(diagnostic);
            }
        }
    }
}
