//! Responses nobody waits for.

use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::flow::{ActionKind, TriggerKind};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let trigger = &flow.flow.trigger;
        for (index, placed) in flow.actions.iter().enumerate() {
            if !matches!(placed.action.kind, ActionKind::Response { .. }) {
                continue;
            }
            let span = placed.action.name.span;
            if !matches!(
                trigger.kind,
                TriggerKind::HttpRequest { .. } | TriggerKind::Manual { .. }
            ) {
                let message = "nobody waits for a response of this flow";
                out.push(
                    Diagnostic::error("response-without-caller", span, message)
                        .related(trigger.span, "started by this trigger")
                        .help("only a flow started by `http_request` or `manual` answers; use `compose` for a value"),
                );
            } else if let Some(split_on) = &trigger.split_on {
                let message = "a request that is split into several runs has no single response";
                out.push(
                    Diagnostic::error("response-without-caller", span, message)
                        .related(split_on.span, "split here")
                        .help("remove the response; the caller is told that the request was accepted"),
                );
            }
            if let Some(around) = flow.loops(index).next() {
                let around = &flow.actions[around].action.name;
                let message = "a response cannot stand in a loop: a caller is answered once";
                out.push(
                    Diagnostic::error("response-in-loop", span, message)
                        .related(around.span, format!("inside `{}`", around.value))
                        .help("put it below the loop"),
                );
            }
        }
    }
}
