//! Every place a mapping names exists: paths of the referral, fields, relationships, keys, and what expressions read.

use crate::catalog::Catalog;
use crate::check::mapping_ends::{end, field_place, members, missing, place_of, referral_places};
use crate::diagnostic::Diagnostic;
use crate::expression::Template;
use crate::mapping::shapes::{self, Place};
use crate::mapping::{ListRow, Mapping, REFERRAL, Row};
use crate::solution::Solution;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mapping in solution.mappings.values() {
        for row in &mapping.fields {
            check_row(solution, catalog, mapping, row, diagnostics);
        }
        for list in &mapping.lists {
            check_list(catalog, mapping, list, diagnostics);
        }
    }
}

fn check_row(
    solution: &Solution,
    catalog: &Catalog,
    mapping: &Mapping,
    row: &Row,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (place, span) in referral_places(catalog, mapping, row) {
        diagnostics.extend(missing(place, object(mapping, REFERRAL), span));
    }
    if let Some(end) = end(solution, &row.field) {
        let place = field_place(solution, catalog, mapping, row);
        let found = missing(place, object(mapping, &row.side.value), end.span);
        diagnostics.extend(found.map(|found| match end.variable {
            Some(variable) => found.related(variable.name.span, "named by the default of this variable"),
            None => found,
        }));
    }
    let templates = row.to_referral.templates().chain(row.to_side.templates());
    for template in templates.chain(&row.default) {
        check_reads(catalog, mapping, template, diagnostics);
    }
}

/// Fields that an expression reads of a side.
fn check_reads(catalog: &Catalog, mapping: &Mapping, template: &Template, diagnostics: &mut Vec<Diagnostic>) {
    for expression in template.expressions() {
        for reference in &expression.references {
            let side = mapping.side(&reference.root);
            let Some(shape) = side.and_then(|side| shapes::object(catalog, side)) else {
                continue;
            };
            let path = members(reference).join(".");
            if !path.is_empty() {
                let place = shapes::field(shape, &path);
                // Texts and lists have members of their own in expressions (`.items`, an index).
                if !matches!(place, Place::NoObject(..)) {
                    let span = place_of(expression, reference);
                    diagnostics.extend(missing(place, object(mapping, &reference.root), span));
                }
            }
        }
    }
}

fn check_list(catalog: &Catalog, mapping: &Mapping, list: &ListRow, diagnostics: &mut Vec<Diagnostic>) {
    let shape = |side: &str| mapping.side(side).and_then(|side| shapes::object(catalog, side));
    if let Some(shape) = shape(REFERRAL) {
        let place = shapes::place(shape, &list.referral.value);
        diagnostics.extend(missing(place, object(mapping, REFERRAL), list.referral.span));
        if let Place::Known(field, _) = place {
            match shapes::items(&field.shape) {
                Some(item) => {
                    for field in list.all_fields() {
                        let place = shapes::field(item, &field.referral.value);
                        diagnostics.extend(missing(place, list.referral.value.as_str(), field.referral.span));
                    }
                }
                None => diagnostics.push(not_a_list(
                    &field.shape.name(),
                    list.referral.value.as_str(),
                    list.referral.span,
                )),
            }
        }
    }
    if let Some(shape) = shape(&list.side.value) {
        let place = shapes::field(shape, &list.relationship.value);
        let span = list.relationship.span;
        diagnostics.extend(missing(place, object(mapping, &list.side.value), span));
        if let Place::Known(field, _) = place {
            match shapes::items(&field.shape) {
                Some(row) => {
                    for field in list.all_fields() {
                        let place = shapes::field(row, &field.field.value);
                        diagnostics.extend(missing(place, &list.relationship.value, field.field.span));
                    }
                }
                None => diagnostics.push(not_a_list(&field.shape.name(), &list.relationship.value, span)),
            }
        }
    }
}

fn not_a_list(found: &str, name: &str, span: crate::source::Span) -> Diagnostic {
    Diagnostic::error("mapping-type", span, format!("`{name}` is no list but {found}"))
        .help("pair single values under `fields`")
}

fn object<'m>(mapping: &'m Mapping, side: &'m str) -> &'m str {
    mapping.side(side).map_or(side, |side| &side.object.value)
}
