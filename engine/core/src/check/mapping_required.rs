//! What a service wants in every new record is written by a row of the mapping that makes such records.

use crate::catalog::Catalog;
use crate::check::mapping_ends::end;
use crate::diagnostic::Diagnostic;
use crate::mapping::{Mapping, shapes};
use crate::solution::Solution;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mapping in solution.mappings.values() {
        check_mapping(solution, catalog, mapping, diagnostics);
    }
}

fn check_mapping(
    solution: &Solution,
    catalog: &Catalog,
    mapping: &Mapping,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for side in mapping.other_sides() {
        let rows = || {
            let rows = mapping.fields.iter();
            rows.filter(|row| row.side.value == side.name.value && row.to_side.is_open())
        };
        // A mapping without rows towards a side makes no records of it.
        if rows().next().is_none() {
            continue;
        }
        let ends: Vec<_> = rows().map(|row| end(solution, &row.field)).collect();
        // A field that only a run knows may be any.
        if ends.iter().any(Option::is_none) {
            continue;
        }
        let written: Vec<&str> = ends.iter().flatten().map(|end| end.name).collect();
        let shape = shapes::object(catalog, side).and_then(|shape| shape.as_object());
        for (name, field) in shape.into_iter().flat_map(|shape| &shape.fields) {
            if field.required && field.writable && !written.contains(&name.as_str()) {
                diagnostics.push(
                    Diagnostic::warning(
                        "required-field-unmapped",
                        side.name.span,
                        format!(
                            "no row writes `{}.{name}`, which every new record needs",
                            side.object.value
                        ),
                    )
                    .help("add a row, or set the field in the flow that creates the record"),
                );
            }
        }
    }
}
