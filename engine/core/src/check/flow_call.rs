//! Flows that call flows: unknown ones, ones that cannot be called, and circles.

use std::collections::HashMap;

use crate::check::run_after_cycle::cycles;
use crate::check::view::{View, meant};
use crate::diagnostic::Diagnostic;
use crate::flow::{ActionKind, TriggerKind};
use crate::source::{Span, Spanned};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    if let Some(flow) = &view.solution.on_failure {
        callable(view, flow, "told of failures", out);
    }
    let positions: HashMap<&str, usize> = view
        .flows
        .iter()
        .enumerate()
        .map(|(position, flow)| (flow.flow.id.as_str(), position))
        .collect();
    let mut edges: Vec<(usize, usize, Span)> = Vec::new();
    for (position, flow) in view.flows.iter().enumerate() {
        for placed in &flow.actions {
            let ActionKind::RunFlow { flow: called, .. } = &placed.action.kind else {
                continue;
            };
            callable(view, called, "called", out);
            if let Some(called_position) = positions.get(called.value.as_str()) {
                edges.push((position, *called_position, called.span));
            }
        }
        addresses(view, flow, out);
    }
    let nodes: Vec<usize> = (0..view.flows.len()).collect();
    for cycle in cycles(&nodes, edges.iter().map(|(from, to, _)| (*from, *to))) {
        let name = |position: usize| format!("`{}`", view.flows[position].flow.id);
        let path: Vec<String> = cycle
            .iter()
            .chain(cycle.first())
            .map(|flow| name(*flow))
            .collect();
        let mut hops = cycle
            .iter()
            .zip(cycle.iter().cycle().skip(1))
            .filter_map(|(from, to)| edges.iter().find(|edge| (edge.0, edge.1) == (*from, *to)))
            .map(|(from, to, span)| (*span, format!("{} calls {}", name(*from), name(*to))));
        let message = match cycle.as_slice() {
            [alone] => format!("flow {} calls itself", name(*alone)),
            _ => format!("these flows call each other without end: {}", path.join(" -> ")),
        };
        if let Some((span, label)) = hops.next() {
            let mut diagnostic = Diagnostic::error("flow-cycle", span, message)
                .label(label)
                .help("a flow waits for the flow it calls; let one of them do its part without the other");
            for (span, label) in hops {
                diagnostic = diagnostic.related(span, label);
            }
            out.push(diagnostic);
        }
    }
}

fn callable(view: &View<'_>, flow: &Spanned<String>, what: &str, out: &mut Vec<Diagnostic>) {
    match view.flow(&flow.value) {
        Some(found) => {
            if !matches!(found.flow.trigger.kind, TriggerKind::Manual { .. }) {
                let message = format!(
                    "flow `{}` cannot be {what}: its trigger is not `manual`",
                    flow.value
                );
                out.push(
                    Diagnostic::error("flow-not-callable", flow.span, message)
                        .related(found.flow.trigger.span, "its trigger"),
                );
            }
        }
        None if view.is_unread(&flow.value) => {}
        None => out.push(unknown(view, &flow.value, flow.span)),
    }
}

fn unknown(view: &View<'_>, name: &str, span: Span) -> Diagnostic {
    let help = match name.strip_suffix(".yaml") {
        Some(stem) if view.flow(stem).is_some() => format!("write `{stem}`, without `.yaml`"),
        _ => meant(
            name,
            view.flows.iter().map(|flow| flow.flow.id.as_str()),
            "the solution's flows",
        ),
    };
    Diagnostic::error("unknown-flow", span, format!("the solution has no flow `{name}`")).help(help)
}

/// `flow_url('<flow>')` needs a flow that has an address.
fn addresses(view: &View<'_>, flow: &crate::check::view::FlowView<'_>, out: &mut Vec<Diagnostic>) {
    for site in flow.sites() {
        for expression in site.template.expressions() {
            for call in expression.calls.iter().filter(|call| call.name == "flow_url") {
                let Some(Some(name)) = call
                    .arguments
                    .first()
                    .map(|name| name.as_ref().and_then(|name| name.as_str()))
                else {
                    continue;
                };
                let span = expression.place(&call.range);
                match view.flow(name) {
                    Some(found) => {
                        if !matches!(found.flow.trigger.kind, TriggerKind::HttpRequest { .. }) {
                            let message =
                                format!("flow `{name}` has no address: its trigger is not `http_request`");
                            out.push(
                                Diagnostic::error("flow-not-callable", span, message)
                                    .related(found.flow.trigger.span, "its trigger"),
                            );
                        }
                    }
                    None if view.is_unread(name) => {}
                    None => out.push(unknown(view, name, span)),
                }
            }
        }
    }
}
