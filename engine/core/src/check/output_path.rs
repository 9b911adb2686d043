//! Paths into results that lead where nothing is: a misspelt member, a member of a text, a member of a list.

use connector_api::Shape;
use connector_api::shape::ObjectShape;

use crate::check::input::is_custom;
use crate::check::shapes::{Shapes, Walked, class, walk};
use crate::check::view::{FlowView, Mention, View, meant};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expression::PathStep;
use crate::flow::{ActionKind, TriggerKind};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let shapes = Shapes::new(view, flow);
        for mention in flow.mentions() {
            let reference = mention.reference;
            if let Some(diagnostic) = unanswered(view, flow, &mention) {
                out.push(diagnostic);
                continue;
            }
            let Some((start, taken)) = shapes.start(reference, mention.reader()) else {
                continue;
            };
            match walk(start, &reference.path[taken..]) {
                Walked::Shape(_) => {}
                Walked::Stuck(steps, shape) => out.push(diagnostic(&mention, taken + steps, &shape)),
                Walked::Open(steps, object) => out.extend(doubt(&mention, taken + steps, &object)),
            }
        }
    }
}

/// The body of a call whose flow has no response is never there.
fn unanswered(view: &View<'_>, flow: &FlowView<'_>, mention: &Mention<'_>) -> Option<Diagnostic> {
    let (name, rest) = mention.reference.action()?;
    let target = flow.find(name)?;
    let ActionKind::RunFlow { flow: called, .. } = &flow.actions[target].action.kind else {
        return None;
    };
    let reads_body = matches!(rest.first(), Some(PathStep::Member(part)) if part == "body");
    let called = view.flow(&called.value)?;
    if !matches!(called.flow.trigger.kind, TriggerKind::Manual { .. }) {
        return None;
    }
    let answers = called
        .actions
        .iter()
        .any(|placed| matches!(placed.action.kind, ActionKind::Response { .. }));
    if !reads_body || mention.reference.guarded || answers || view.is_broken(called.flow.span) {
        return None;
    }
    let message = format!(
        "`actions.{name}.body` is never there: flow `{}` has no response",
        called.flow.id
    );
    Some(
        Diagnostic::error("unknown-member", mention.span(), message)
            .related(called.flow.name.span, "the flow that is called")
            .help("give it a `response` action with the body that is read here"),
    )
}

fn diagnostic(mention: &Mention<'_>, taken: usize, shape: &Shape) -> Diagnostic {
    let reference = mention.reference;
    let before = written(&reference.root, &reference.path[..taken]);
    let error = |message: String| Diagnostic::error("unknown-member", mention.span(), message);
    match (shape, &reference.path[taken]) {
        (Shape::Object(object), PathStep::Member(name)) => {
            error(format!("`{before}` has no member `{name}`")).help(meant(
                name,
                object.fields.keys().map(String::as_str),
                "its members",
            ))
        }
        (Shape::List(_), PathStep::Member(name)) => {
            error(format!("`{before}` is a list and has no member `{name}`"))
                .help("take one item, such as `[0]`, or go through it with `for_each` or `select`")
        }
        (other, PathStep::Member(name)) => error(format!(
            "`{before}` is {} and has no member `{name}`",
            class(other).unwrap_or("a value")
        )),
        (other, PathStep::Index(index)) => error(format!(
            "`{before}` is {} and has no item `[{index}]`",
            class(other).unwrap_or("a value")
        )),
    }
}

/// A member nobody described is most likely a known one misspelt when it looks like it and leads as far.
fn doubt(mention: &Mention<'_>, taken: usize, object: &ObjectShape) -> Option<Diagnostic> {
    let reference = mention.reference;
    let (PathStep::Member(name), rest) = reference.path.get(taken..)?.split_first()? else {
        return None;
    };
    if is_custom(name) {
        return None;
    }
    let near = nearest(name, object.fields.keys().map(String::as_str))?;
    let leads_on = matches!(
        object.fields.get(near)?.shape,
        Shape::Any | Shape::Object(_) | Shape::List(_)
    );
    if !rest.is_empty() && !leads_on {
        return None;
    }
    let before = written(&reference.root, &reference.path[..taken]);
    let message = format!("`{before}` has no member `{name}` that is known here");
    Some(
        Diagnostic::warning("unknown-member", mention.span(), message)
            .help(format!("did you mean `{near}`? fine if the service has both")),
    )
}

fn written(root: &str, path: &[PathStep]) -> String {
    path.iter().fold(root.to_owned(), |text, step| match step {
        PathStep::Member(name) => format!("{text}.{name}"),
        PathStep::Index(index) => format!("{text}[{index}]"),
    })
}
