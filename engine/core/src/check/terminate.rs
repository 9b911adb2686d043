//! `terminate` inside loops.

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::flow::ActionKind;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            if matches!(placed.action.kind, ActionKind::Terminate { .. })
                && let Some(around) = flow.loops(index).next()
            {
                let around = &flow.actions[around].action.name;
                let message = "`terminate` cannot stand in a loop";
                out.push(
                    Diagnostic::error("terminate-in-loop", placed.action.name.span, message)
                        .related(around.span, format!("inside `{}`", around.value))
                        .help("remember the outcome in a variable and terminate below the loop"),
                );
            }
        }
    }
}
