//! An action written below a handler: whether it belongs to the handler or to the normal way must be said.

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::flow::{Action, Status};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for placed in &flow.actions {
            let action = placed.action;
            if action.run_after.is_some() || placed.position == 0 {
                continue;
            }
            let handler = flow.actions[flow.blocks[placed.block][placed.position - 1]].action;
            let Some(handled) = handled(handler) else {
                continue;
            };
            let (name, handler_name) = (&action.name.value, &handler.name.value);
            out.push(
                Diagnostic::error(
                    "handler-order",
                    action.name.span,
                    format!("`{name}` is written below the handler `{handler_name}` and does not say what it runs after"),
                )
                .related(handler.name.span, format!("runs only when `{handled}` does not succeed"))
                .help(format!(
                    "after the handler: `run_after: {{ {handler_name}: [succeeded] }}`; on the normal way: `run_after: {{ {handled}: [succeeded] }}`"
                )),
            );
        }
    }
}

/// The action whose failure a handler handles; `None` when the action is no handler.
pub(super) fn handled(action: &Action) -> Option<&str> {
    action
        .run_after
        .as_ref()?
        .predecessors
        .iter()
        .find(|predecessor| !predecessor.statuses.contains(&Status::Succeeded))
        .map(|predecessor| predecessor.name.value.as_str())
}
