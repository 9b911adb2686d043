//! References to actions that may not have ended when they are read.

use std::collections::HashSet;

use crate::check::view::{At, FlowView, Mention, View};
use crate::diagnostic::Diagnostic;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for mention in flow.mentions() {
            let name = match mention.reference.action() {
                Some((name, _)) => Some(name),
                None if mention.reference.root == "result" => mention.reference.member(),
                None => None,
            };
            if let Some(target) = name.and_then(|name| flow.find(name))
                && !flow.has_ended(target, mention.at)
                && !is_in_a_knot(flow, &mention, target)
            {
                out.push(diagnostic(flow, &mention, target));
            }
        }
    }
}

/// Whether only a knot of actions that wait for each other keeps this from being certain: what is read stands above, or
/// is waited for. The knot is another rule's finding, and once it is undone there may be nothing left to say.
fn is_in_a_knot(flow: &FlowView<'_>, mention: &Mention<'_>, target: usize) -> bool {
    let siblings = mention.reader().and_then(|reader| flow.siblings(target, reader));
    let Some((before, after)) = siblings.filter(|(before, after)| before != after) else {
        return false;
    };
    flow.never_starts(after)
        && (flow.actions[before].position < flow.actions[after].position || waits_for(flow, after, before))
}

/// Whether an action waits for a sibling, directly or not.
fn waits_for(flow: &FlowView<'_>, action: usize, sibling: usize) -> bool {
    let mut seen = HashSet::from([action]);
    let mut waiting = vec![action];
    while let Some(action) = waiting.pop() {
        for after in &flow.actions[action].after {
            if after.sibling == sibling {
                return true;
            }
            if seen.insert(after.sibling) {
                waiting.push(after.sibling);
            }
        }
    }
    false
}

fn diagnostic(flow: &FlowView<'_>, mention: &Mention<'_>, target: usize) -> Diagnostic {
    let name = flow.actions[target].action.name.value.as_str();
    let stands = flow.actions[target].action.name.span;
    let error = |message: String| Diagnostic::error("unfinished-action", mention.span(), message);
    let Some(reader) = mention.reader() else {
        return error(format!(
            "`{name}` cannot be read here: the trigger comes before all actions"
        ))
        .help("use `trigger`, `inputs` or `env`");
    };
    if reader == target {
        return match mention.at {
            At::AfterBody(_) => error(format!("`{name}` has not ended while its condition is evaluated"))
                .help("read the actions inside the loop"),
            _ => error(format!("`{name}` reads itself")).help("it has no result before it has ended"),
        };
    }
    if flow.is_inside(reader, target) {
        return error(format!("`{name}` has not ended while the actions inside it run"))
            .related(stands, "it stands around this action")
            .help("read the actions inside it that ran before");
    }
    if flow.is_inside(target, reader) {
        let reader = &flow.actions[reader].action.name.value;
        return error(format!(
            "`{name}` runs inside `{reader}` and has not ended when this is read"
        ))
        .related(stands, "it stands here")
        .help("read what ran before");
    }
    let error =
        error(format!("`{name}` may not have ended when this is read")).related(stands, "it stands here");
    match flow.siblings(target, reader) {
        Some((before, after)) if before != after => {
            let before = &flow.actions[before].action.name.value;
            let after = &flow.actions[after].action.name.value;
            error.help(format!(
                "nothing makes `{after}` wait for `{before}`; add it to the `run_after` of `{after}`"
            ))
        }
        _ => error.help("they stand in two branches of which only one runs"),
    }
}
