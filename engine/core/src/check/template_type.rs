//! Conditions that cannot be true or false, and loops over what is no list.

use crate::check::shapes::{Shapes, class};
use crate::check::view::{At, View};
use crate::diagnostic::Diagnostic;
use crate::expression::{Template, TemplateKind};
use crate::flow::ActionKind;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let shapes = Shapes::new(view, flow);
        let mut judge = |what: &str, template: &Template, wanted: &str, at: At| {
            let reader = match at {
                At::Trigger => None,
                At::Action(reader) | At::AfterBody(reader) => Some(reader),
            };
            let Some(found) = class(&shapes.of_template(template, reader)).filter(|found| *found != wanted)
            else {
                return;
            };
            let mut diagnostic = Diagnostic::error(
                "wrong-type",
                template.span,
                format!("{what} must give {wanted}, not {found}"),
            );
            if matches!(template.kind, TemplateKind::Text(_)) {
                diagnostic = diagnostic
                    .help("text around an expression makes it text; put all of it into one `{{ ... }}`");
            }
            out.push(diagnostic);
        };
        const CONDITION: &str = "true or false";
        const LIST: &str = "a list";
        let trigger = &flow.flow.trigger;
        if let Some(when) = &trigger.when {
            judge("`when`", when, CONDITION, At::Trigger);
        }
        if let Some(split_on) = &trigger.split_on {
            judge("`split_on`", split_on, LIST, At::Trigger);
        }
        for (index, placed) in flow.actions.iter().enumerate() {
            let at = At::Action(index);
            match &placed.action.kind {
                ActionKind::If { condition, .. } => judge("the condition", condition, CONDITION, at),
                ActionKind::Until { condition, .. } => {
                    judge("the condition", condition, CONDITION, At::AfterBody(index));
                }
                ActionKind::ForEach { items, .. } => judge("`items`", items, LIST, at),
                ActionKind::Filter { from, condition } => {
                    judge("`from`", from, LIST, at);
                    judge("`where`", condition, CONDITION, at);
                }
                ActionKind::Select { from, .. } | ActionKind::Join { from, .. } => {
                    judge("`from`", from, LIST, at)
                }
                _ => {}
            }
        }
    }
}
