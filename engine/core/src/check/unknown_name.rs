//! Names that mean nothing where they stand.

use crate::check::view::{At, Extra, FlowView, Mention, View, meant, texts};
use crate::diagnostic::{Diagnostic, nearest};
use crate::flow::{ActionKind, TriggerKind};

/// Names in sight of every action.
const NAMES: [&str; 6] = ["actions", "env", "inputs", "run", "trigger", "variables"];
/// Names in sight of a trigger.
const TRIGGER_NAMES: [&str; 4] = ["env", "inputs", "run", "trigger"];
/// Names that another rule looks at.
const LOOKED_AT_ELSEWHERE: [&str; 3] = ["item", "items", "result"];

/// Names in sight of a mapping's expressions, beside its sides.
const MAPPING_NAMES: [&str; 3] = ["creating", "env", "value"];

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for mention in flow.mentions() {
            let root = mention.reference.root.as_str();
            // That a trigger comes before all actions is said of each action it reads.
            let early = mention.at == At::Trigger && mention.reference.action().is_some();
            if early || LOOKED_AT_ELSEWHERE.contains(&root) {
                continue;
            }
            let mut names: Vec<&str> = match mention.at {
                At::Trigger => TRIGGER_NAMES.to_vec(),
                _ => NAMES.to_vec(),
            };
            if mention.extra == Extra::Sides {
                names.extend(MAPPING_NAMES);
                names.extend(sides(view, flow, &mention));
            }
            if !names.contains(&root) {
                out.push(diagnostic(flow, &mention, &names));
            }
        }
    }
}

/// The sides of the mapping an action uses.
fn sides<'s>(view: &View<'s>, flow: &FlowView<'s>, mention: &Mention<'_>) -> Vec<&'s str> {
    let Some(ActionKind::Map { mapping, .. }) =
        mention.reader().map(|reader| &flow.actions[reader].action.kind)
    else {
        return Vec::new();
    };
    match view.solution.mappings.get(&mapping.value) {
        Some(mapping) => texts(mapping.sides.iter().map(|side| &side.name)),
        None => Vec::new(),
    }
}

fn diagnostic(flow: &FlowView<'_>, mention: &Mention<'_>, names: &[&str]) -> Diagnostic {
    let root = mention.reference.root.as_str();
    let help = if let Some(near) = nearest(root, names.iter().copied()) {
        format!("did you mean `{near}`?")
    } else if flow.find(root).is_some() {
        format!("write `actions.{root}.body`")
    } else if has_input(flow, root) {
        format!("write `inputs.{root}`")
    } else if flow
        .flow
        .variables
        .iter()
        .any(|variable| variable.name.value == root)
    {
        format!("write `variables.{root}`")
    } else {
        meant(root, names.iter().copied(), "the names here")
    };
    Diagnostic::error(
        "unknown-name",
        mention.span(),
        format!("`{root}` is not known here"),
    )
    .help(help)
}

fn has_input(flow: &FlowView<'_>, name: &str) -> bool {
    match &flow.flow.trigger.kind {
        TriggerKind::Manual { inputs } => inputs.iter().any(|input| input.name.value == name),
        _ => false,
    }
}
