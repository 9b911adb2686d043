//! Actions that wait for each other.

use petgraph::algo::kosaraju_scc;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};

use std::collections::{HashMap, HashSet, VecDeque};

use crate::check::view::{FlowView, View};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for block in &flow.blocks {
            let edges = block.iter().flat_map(|action| {
                flow.actions[*action]
                    .after
                    .iter()
                    .map(|after| (after.sibling, *action))
            });
            for cycle in cycles(block, edges) {
                out.push(diagnostic(flow, &cycle));
            }
        }
    }
}

/// One shortest cycle through the first node of every knot, in the direction of the edges; the first node is not
/// repeated at the end.
pub(super) fn cycles(nodes: &[usize], edges: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph = StableDiGraph::<usize, ()>::new();
    let indices: HashMap<usize, NodeIndex> =
        nodes.iter().map(|node| (*node, graph.add_node(*node))).collect();
    for (from, to) in edges {
        graph.update_edge(indices[&from], indices[&to], ());
    }
    let mut cycles: Vec<Vec<usize>> = kosaraju_scc(&graph)
        .into_iter()
        .filter_map(|knot| {
            let inside: HashSet<NodeIndex> = knot.iter().copied().collect();
            let first = knot.into_iter().min_by_key(|index| graph[*index])?;
            let path = shortest_way_back(&graph, first, &inside)?;
            Some(path.into_iter().map(|index| graph[index]).collect())
        })
        .collect();
    cycles.sort();
    cycles
}

fn shortest_way_back(
    graph: &StableDiGraph<usize, ()>,
    first: NodeIndex,
    inside: &HashSet<NodeIndex>,
) -> Option<Vec<NodeIndex>> {
    let mut came_from = HashMap::new();
    let mut waiting = VecDeque::from([first]);
    while let Some(node) = waiting.pop_front() {
        for next in graph.neighbors(node).filter(|next| inside.contains(next)) {
            if next == first {
                let mut path = vec![node];
                while let Some(before) = path.last().and_then(|last| came_from.get(last)) {
                    path.push(*before);
                }
                path.reverse();
                return Some(path);
            }
            if next != first && !came_from.contains_key(&next) {
                came_from.insert(next, node);
                waiting.push_back(next);
            }
        }
    }
    None
}

fn diagnostic(flow: &FlowView<'_>, cycle: &[usize]) -> Diagnostic {
    let name = |action: usize| flow.actions[action].action.name.value.as_str();
    let path: Vec<String> = cycle
        .iter()
        .chain(cycle.first())
        .map(|action| format!("`{}`", name(*action)))
        .collect();
    let hops = cycle.iter().zip(cycle.iter().cycle().skip(1));
    let mut hops: Vec<(bool, Span, String)> = hops
        .filter_map(|(before, action)| {
            let placed = &flow.actions[*action];
            let after = placed.after.iter().find(|after| after.sibling == *before)?;
            let label = format!("`{}` runs after `{}`", name(*action), name(*before));
            Some(match after.named {
                Some(span) => (true, span, label),
                None => (
                    false,
                    placed.action.name.span,
                    format!("{label}, written above it"),
                ),
            })
        })
        .collect();
    // What the author wrote is the likelier slip than what follows from the order of lines.
    if let Some(written) = hops.iter().position(|(written, ..)| *written) {
        hops.rotate_left(written);
    }
    let mut hops = hops.into_iter().map(|(_, span, label)| (span, label));
    let message = match cycle {
        [alone] => format!("`{}` waits for itself", name(*alone)),
        _ => format!("these actions wait for each other: {}", path.join(" -> ")),
    };
    let Some((span, label)) = hops.next() else {
        return Diagnostic::error("run-after-cycle", flow.flow.span, message);
    };
    let mut diagnostic = Diagnostic::error("run-after-cycle", span, message)
        .label(label)
        .help("let one of them start without the others");
    for (span, label) in hops {
        diagnostic = diagnostic.related(span, label);
    }
    diagnostic
}
