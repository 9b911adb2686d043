//! Responses that may both run, in either order: only the first one answers the caller.

use std::collections::HashSet;

use crate::check::view::{FlowView, View};
use crate::diagnostic::Diagnostic;
use crate::flow::{ActionKind, Status};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let responses: Vec<usize> = (0..flow.actions.len())
            .filter(|action| matches!(flow.actions[*action].action.kind, ActionKind::Response { .. }))
            .collect();
        for (position, second) in responses.iter().enumerate() {
            let rival = responses[..position]
                .iter()
                .find(|first| may_both_run(flow, **first, *second));
            if let Some(first) = rival {
                let first = &flow.actions[*first].action.name;
                let message = format!(
                    "nothing decides whether this or `{}` answers the caller",
                    first.value
                );
                out.push(
                    Diagnostic::warning("second-response", flow.actions[*second].action.name.span, message)
                        .related(first.span, "runs beside it")
                        .help("a caller is answered once; let one of them run after the other's branch, or only one of them run"),
                );
            }
        }
    }
}

fn may_both_run(flow: &FlowView<'_>, first: usize, second: usize) -> bool {
    let Some((first, second)) = flow.siblings(first, second) else {
        return false;
    };
    let unordered = !flow.is_before(first, second) && !flow.is_before(second, first);
    let started = !flow.never_starts(first) && !flow.never_starts(second);
    first != second && unordered && started && !exclude_each_other(flow, first, second)
}

/// Whether one needs a sibling to end in a way in which the other does not run.
fn exclude_each_other(flow: &FlowView<'_>, first: usize, second: usize) -> bool {
    let theirs = needs(flow, second);
    needs(flow, first).into_iter().any(|(sibling, statuses)| {
        theirs.iter().any(|(other, others)| {
            *other == sibling && !statuses.iter().any(|status| others.contains(status))
        })
    })
}

/// The siblings that must have ended in one of these statuses for an action to run, those they need in turn included.
fn needs<'s>(flow: &FlowView<'s>, action: usize) -> Vec<(usize, &'s [Status])> {
    let mut needs = Vec::new();
    let mut seen = HashSet::from([action]);
    let mut waiting = vec![action];
    while let Some(action) = waiting.pop() {
        for after in &flow.actions[action].after {
            needs.push((after.sibling, after.statuses));
            // One that may be skipped asks nothing of those before it.
            if !after.statuses.contains(&Status::Skipped) && seen.insert(after.sibling) {
                waiting.push(after.sibling);
            }
        }
    }
    needs
}
