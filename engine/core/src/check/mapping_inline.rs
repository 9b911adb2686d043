//! Fields that a `map` action adds inline exist on the side it makes, and a list it asks for belongs to that side.

use connector_api::Shape;

use crate::catalog::Catalog;
use crate::check::mapping_ends::missing;
use crate::diagnostic::Diagnostic;
use crate::flow::{Action, ActionKind, Block};
use crate::mapping::shapes::{self, Place};
use crate::mapping::{Mapping, Path, REFERRAL};
use crate::solution::Solution;
use crate::source::Spanned;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for flow in solution.flows.values() {
        check_block(solution, catalog, &flow.actions, diagnostics);
    }
}

fn check_block(solution: &Solution, catalog: &Catalog, block: &Block, diagnostics: &mut Vec<Diagnostic>) {
    for action in &block.actions {
        check_action(solution, catalog, action, diagnostics);
        for inner in action.blocks() {
            check_block(solution, catalog, inner, diagnostics);
        }
    }
}

fn check_action(solution: &Solution, catalog: &Catalog, action: &Action, diagnostics: &mut Vec<Diagnostic>) {
    let ActionKind::Map {
        mapping,
        to,
        list,
        fields,
        ..
    } = &action.kind
    else {
        return;
    };
    // Names that do not exist are another rule's finding.
    let Some(mapping) = solution.mappings.get(&mapping.value) else {
        return;
    };
    let Some(name) = list else {
        for (name, _) in fields {
            check_field(catalog, mapping, to, name, diagnostics);
        }
        return;
    };
    let misplaced = mapping
        .list(&name.value)
        .filter(|list| to.value != REFERRAL && to.value != list.side.value);
    if let Some(list) = misplaced {
        let message = format!(
            "the list `{}` belongs to `{}`, not to `{}`",
            name.value, list.side.value, to.value
        );
        diagnostics.push(Diagnostic::error("unknown-list", name.span, message).related(to.span, "made here"));
    }
    if let Some((field, _)) = fields.first() {
        diagnostics.push(
            Diagnostic::error(
                "mapping-field",
                field.span,
                "the rows of a list take no inline fields",
            )
            .help("set them where the rows are written"),
        );
    }
}

fn check_field(
    catalog: &Catalog,
    mapping: &Mapping,
    to: &Spanned<String>,
    name: &Spanned<String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(side) = mapping.side(&to.value) else {
        return;
    };
    let shape = shapes::object(catalog, side).unwrap_or(&Shape::Any);
    let object = side.object.value.as_str();
    let mut judge = |place: Place<'_>| {
        diagnostics.extend(missing(place, object, name.span));
        if let Place::Known(_, false) = place {
            let message = format!("`{}` is set by the service alone", name.value);
            diagnostics.push(Diagnostic::error("read-only-field", name.span, message));
        }
    };
    if to.value != REFERRAL {
        // A name that is itself an expression is known to a run only.
        if !name.value.contains("{{") {
            judge(shapes::field(shape, &name.value));
        }
        return;
    }
    match Path::parse(&name.value) {
        Ok(path) => judge(shapes::place(shape, &path)),
        Err(message) => diagnostics.push(
            Diagnostic::error("mapping-path", name.span, message)
                .help("towards the referral, `fields` has paths as keys: `$.details.notes`"),
        ),
    }
}
