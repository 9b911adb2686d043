//! Mappings, sides and lists that do not exist, where flows name them.

use crate::check::view::{View, meant, texts};
use crate::diagnostic::Diagnostic;
use crate::expression::Template;
use crate::flow::{ActionKind, TriggerKind};
use crate::mapping::Mapping;
use crate::source::{Span, Spanned};

pub(super) fn check(view: &View<'_>, out: &mut Vec<Diagnostic>) {
    for flow in &view.flows {
        if let TriggerKind::Poll {
            watch: Some(watch), ..
        } = &flow.flow.trigger.kind
        {
            find(view, watch, out);
        }
        for placed in &flow.actions {
            match &placed.action.kind {
                ActionKind::Map {
                    mapping,
                    to,
                    from,
                    list,
                    ..
                } => {
                    let Some(mapping) = find(view, mapping, out) else {
                        continue;
                    };
                    side(mapping, to, out);
                    sides(mapping, from, out);
                    if let Some(list) = list {
                        let lists = texts(mapping.lists.iter().map(|list| &list.name));
                        if !lists.contains(&list.value.as_str()) {
                            let message =
                                format!("mapping `{}` has no list `{}`", mapping.name.value, list.value);
                            out.push(Diagnostic::error("unknown-list", list.span, message).help(meant(
                                &list.value,
                                lists,
                                "its lists",
                            )));
                        }
                    }
                }
                ActionKind::Diff { mapping, from, .. } => {
                    if let Some(mapping) = find(view, mapping, out) {
                        sides(mapping, from, out);
                    }
                }
                _ => {}
            }
        }
    }
}

fn find<'s>(view: &View<'s>, name: &Spanned<String>, out: &mut Vec<Diagnostic>) -> Option<&'s Mapping> {
    named(view, &name.value, name.span, out)
}

/// The mapping of this name, unless it is broken. One that does not exist is reported.
pub(super) fn named<'s>(
    view: &View<'s>,
    name: &str,
    span: Span,
    out: &mut Vec<Diagnostic>,
) -> Option<&'s Mapping> {
    let found = view.solution.mappings.get(name);
    if found.is_none() && !view.is_unread(name) {
        let names = view.solution.mappings.keys().map(String::as_str);
        let message = format!("the solution has no mapping `{name}`");
        out.push(Diagnostic::error("unknown-mapping", span, message).help(meant(
            name,
            names,
            "its mappings",
        )));
    }
    found.filter(|mapping| !view.is_broken(mapping.span))
}

fn sides(mapping: &Mapping, from: &[(Spanned<String>, Template)], out: &mut Vec<Diagnostic>) {
    for (name, _) in from {
        side(mapping, name, out);
    }
}

fn side(mapping: &Mapping, name: &Spanned<String>, out: &mut Vec<Diagnostic>) {
    let names = texts(mapping.sides.iter().map(|side| &side.name));
    if !names.contains(&name.value.as_str()) {
        let message = format!("mapping `{}` has no side `{}`", mapping.name.value, name.value);
        out.push(Diagnostic::error("unknown-side", name.span, message).help(meant(
            &name.value,
            names,
            "its sides",
        )));
    }
}
