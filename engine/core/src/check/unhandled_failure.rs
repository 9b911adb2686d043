//! Handlers that run and yet do not count, because another branch beside them still ends at the failure.

use crate::check::handler_order::handled;
use crate::check::view::{FlowView, View};
use crate::diagnostic::Diagnostic;
use crate::flow::{Action, ActionKind, Status};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            if handled(placed.action).is_none() {
                continue;
            }
            for after in &placed.after {
                let failure = [Status::Failed, Status::TimedOut]
                    .into_iter()
                    .find(|status| after.statuses.contains(status));
                if let Some(failure) = failure
                    && !after.statuses.contains(&Status::Succeeded)
                    && let Some(beside) = beside(flow, index, after.sibling, failure)
                {
                    out.push(diagnostic(flow, index, after.sibling, beside));
                    break;
                }
            }
        }
    }
}

fn diagnostic(flow: &FlowView<'_>, handler: usize, failing: usize, beside: usize) -> Diagnostic {
    let name = |action: usize| &flow.actions[action].action.name.value;
    let (handler_name, failing, beside_name) = (name(handler), name(failing), name(beside));
    Diagnostic::warning(
        "failure-not-handled",
        flow.actions[handler].action.name.span,
        format!("`{handler_name}` runs when `{failing}` fails, but the failure still counts"),
    )
    .related(
        flow.actions[beside].action.name.span,
        format!("`{beside_name}` stands beside the handler and is skipped then"),
    )
    .help(format!(
        "let `{beside_name}` and `{handler_name}` meet in one last action, or put both ways into an `if`; if the run shall end as failed, say so with `terminate`"
    ))
}

/// Plays the block with one failing action and everything else succeeding. Gives the branch end through which the
/// failure still counts, though the handler ran.
fn beside(flow: &FlowView<'_>, handler: usize, failing: usize, failure: Status) -> Option<usize> {
    let block = flow.actions[handler].block;
    let at = |action: usize| flow.actions[action].position;
    let usual = play(flow, block, None)?;
    if usual[at(failing)] != Status::Succeeded {
        return None;
    }
    let played = play(flow, block, Some((failing, failure)))?;
    let ran = |action: usize| played[at(action)] == Status::Succeeded;
    let members = &flow.blocks[block];
    let ends = members
        .iter()
        .any(|action| ran(*action) && terminates(flow.actions[*action].action));
    if ends || !ran(handler) {
        return None;
    }
    members.iter().copied().find(|leaf| {
        !flow.actions[*leaf].awaited && *leaf != failing && reaches(flow, &played, *leaf, failing)
    })
}

/// The statuses of a block by position; `None` when some of its actions wait for each other.
fn play(flow: &FlowView<'_>, block: usize, failing: Option<(usize, Status)>) -> Option<Vec<Status>> {
    let order = &flow.orders[block];
    if order.len() != flow.blocks[block].len() {
        return None;
    }
    let mut statuses = vec![Status::Skipped; order.len()];
    for action in order {
        let placed = &flow.actions[*action];
        let released = placed.after.iter().all(|after| {
            after
                .statuses
                .contains(&statuses[flow.actions[after.sibling].position])
        });
        statuses[placed.position] = match failing {
            Some((failing, failure)) if failing == *action => failure,
            _ if released => Status::Succeeded,
            _ => Status::Skipped,
        };
    }
    Some(statuses)
}

/// Whether a skipped end of a branch counts as the failing action: a skipped one counts as what it ran after.
fn reaches(flow: &FlowView<'_>, statuses: &[Status], leaf: usize, failing: usize) -> bool {
    let mut waiting = vec![leaf];
    let mut seen = vec![false; statuses.len()];
    while let Some(action) = waiting.pop() {
        let position = flow.actions[action].position;
        if std::mem::replace(&mut seen[position], true) {
            continue;
        }
        if action == failing {
            return true;
        }
        if statuses[position] == Status::Skipped {
            waiting.extend(flow.actions[action].after.iter().map(|after| after.sibling));
        }
    }
    false
}

fn terminates(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Terminate { .. })
        || action
            .blocks()
            .iter()
            .any(|block| block.actions.iter().any(terminates))
}
