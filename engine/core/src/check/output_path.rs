//! Paths into results that lead where nothing is: a misspelt member, a member of a text, a member of a list.

use connector_api::Shape;

use crate::check::shapes::{Shapes, Walked, class, walk};
use crate::check::view::{Mention, View, meant};
use crate::diagnostic::Diagnostic;
use crate::expression::PathStep;

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        let shapes = Shapes::new(view, flow);
        for mention in flow.mentions() {
            let reference = mention.reference;
            let Some((start, taken)) = shapes.start(reference, mention.reader()) else {
                continue;
            };
            if let Walked::Stuck(steps, shape) = walk(start, &reference.path[taken..]) {
                out.push(diagnostic(&mention, taken + steps, &shape));
            }
        }
    }
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

fn written(root: &str, path: &[PathStep]) -> String {
    path.iter().fold(root.to_owned(), |text, step| match step {
        PathStep::Member(name) => format!("{text}.{name}"),
        PathStep::Index(index) => format!("{text}[{index}]"),
    })
}
