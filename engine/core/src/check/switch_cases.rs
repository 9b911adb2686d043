//! Switch cases of several types, and cases that can never be met.

use connector_api::{Shape, Value};

use crate::check::shapes::{Shapes, class};
use crate::check::view::{View, meant};
use crate::diagnostic::Diagnostic;
use crate::flow::{ActionKind, SwitchCase};

/// Most cases of one switch, as in Power Automate.
const CASES_MAX: usize = 25;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        for (index, placed) in flow.actions.iter().enumerate() {
            let ActionKind::Switch { on, cases, .. } = &placed.action.kind else {
                continue;
            };
            one_type(cases, out);
            if let Some(case) = cases.get(CASES_MAX) {
                let message = format!("a switch has at most {CASES_MAX} cases");
                out.push(Diagnostic::error("too-many", case.value.span, message));
            }
            let shape = Shapes::new(view, flow).of_template(on, Some(index));
            met(&shape, cases, on.span, out);
        }
    }
}

fn one_type(cases: &[SwitchCase], out: &mut Vec<Diagnostic>) {
    let Some(first) = cases.first() else { return };
    let is_text = |case: &SwitchCase| case.value.value.as_str().is_some();
    if let Some(other) = cases.iter().find(|case| is_text(case) != is_text(first)) {
        let message = "the cases of a switch are all text or all numbers";
        out.push(
            Diagnostic::error("switch-cases", other.value.span, message)
                .related(first.value.span, "of another type")
                .help("a key in quotes is text, a number without quotes is a number"),
        );
    }
}

fn met(shape: &Shape, cases: &[SwitchCase], on: crate::source::Span, out: &mut Vec<Diagnostic>) {
    if let Some(class @ ("an object" | "a list" | "true or false")) = class(shape) {
        let message = format!("a switch decides on text or a whole number, not on {class}");
        out.push(Diagnostic::error("switch-cases", on, message).help("use `if` for true or false"));
        return;
    }
    for case in cases {
        match (&case.value.value, shape) {
            (Value::String(text), Shape::Text { one_of, .. })
                if !one_of.is_empty() && !one_of.contains(text) =>
            {
                let message = format!("the value is never `{text}`");
                out.push(
                    Diagnostic::error("switch-cases", case.value.span, message)
                        .related(on, "decided on this")
                        .help(meant(text, one_of.iter().map(String::as_str), "its values")),
                );
            }
            (Value::String(text), Shape::Integer | Shape::Number { .. }) => {
                let message = format!("the value is a number, never the text `{text}`");
                out.push(
                    Diagnostic::error("switch-cases", case.value.span, message)
                        .related(on, "decided on this"),
                );
            }
            (Value::Number(number), Shape::Text { .. }) => {
                let message = format!("the value is text, never the number `{number}`");
                out.push(
                    Diagnostic::error("switch-cases", case.value.span, message)
                        .related(on, "decided on this")
                        .help(format!("write \"{number}\"")),
                );
            }
            _ => {}
        }
    }
}
