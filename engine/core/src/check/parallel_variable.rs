//! Variables set by iterations that run at once: which of them sets it last is left to chance.

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::flow::ActionKind;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            let ActionKind::SetVariable { name, .. } = &placed.action.kind else {
                continue;
            };
            let parallel = flow.loops(index).find(|around| {
                matches!(
                    flow.actions[*around].action.kind,
                    ActionKind::ForEach { concurrency: 2.., .. }
                )
            });
            if let Some(around) = parallel {
                let around = &flow.actions[around].action.name;
                let message = format!("`{}` is set by several iterations at once", name.value);
                out.push(
                    Diagnostic::warning("variable-in-parallel-loop", name.span, message)
                        .related(around.span, format!("`{}` runs several at once", around.value))
                        .help("use `concurrency: 1`, or `compose` inside the loop and read the list of its results"),
                );
            }
        }
    }
}
