//! Responses nobody waits for, and statuses nobody can be answered with.

use connector_api::Value;

use crate::check::constant::constant_value;
use crate::check::view::View;
use crate::diagnostic::Diagnostic;
use crate::expression::{Template, TemplateKind};
use crate::flow::{ActionKind, TriggerKind};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let trigger = &flow.flow.trigger;
        for (index, placed) in flow.actions.iter().enumerate() {
            let ActionKind::Response { status, .. } = &placed.action.kind else {
                continue;
            };
            if let Some(status) = status {
                judge_status(status, out);
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

/// A status that is written out must be one a caller can be answered with.
fn judge_status(status: &Template, out: &mut Vec<Diagnostic>) {
    let value = match &status.kind {
        // An expression that could not be compiled was reported already.
        TemplateKind::Literal(Value::String(text)) if text.contains("{{") => None,
        TemplateKind::Literal(value) => Some(value.clone()),
        TemplateKind::List(_) | TemplateKind::Map(_) => Some(Value::Null),
        TemplateKind::Expression(expression) => constant_value(expression),
        TemplateKind::Text(_) => None,
    };
    let Some(value) = value else { return };
    let number = match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    if number.is_none_or(|number| !(200..600).contains(&number)) {
        let message = "a response has an HTTP status from 200 to 599";
        out.push(
            Diagnostic::error("wrong-input", status.span, message)
                .help("200 when `status` is left out; 400 tells the caller that the request was wrong"),
        );
    }
}
