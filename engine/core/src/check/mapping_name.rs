//! Expressions of a mapping use names that are in sight there, and fields are named by variables meant for that.

use crate::catalog::Catalog;
use crate::check::mapping_ends::{members, place_of};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expression::{Expression, Reference, Template};
use crate::flow::ValueType;
use crate::mapping::Mapping;
use crate::solution::Solution;

/// What every expression of a mapping sees beside the sides.
const IN_SIGHT: [&str; 3] = ["value", "creating", "env"];
/// What a default in a list sees in addition.
const IN_LISTS: [&str; 4] = ["value", "creating", "env", "item"];

pub(crate) fn check(solution: &Solution, _catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mapping in solution.mappings.values() {
        for row in &mapping.fields {
            let directions = row.to_referral.templates().chain(row.to_side.templates());
            for template in directions.chain(&row.default) {
                check_names(solution, mapping, template, &IN_SIGHT, diagnostics);
            }
            check_field_name(solution, &row.field.template, diagnostics);
        }
        for list in &mapping.lists {
            for template in list.to_referral.templates().chain(list.to_side.templates()) {
                check_names(solution, mapping, template, &IN_SIGHT, diagnostics);
            }
            for template in list.all_fields().filter_map(|field| field.default.as_ref()) {
                check_names(solution, mapping, template, &IN_LISTS, diagnostics);
            }
        }
    }
}

fn check_names(
    solution: &Solution,
    mapping: &Mapping,
    template: &Template,
    in_sight: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (expression, reference) in references(template) {
        let root = reference.root.as_str();
        if root == "env" {
            check_variable(solution, expression, reference, diagnostics);
        } else if !in_sight.contains(&root) && mapping.side(root).is_none() {
            let sides = mapping.sides.iter().map(|side| side.name.value.as_str());
            let names: Vec<&str> = in_sight.iter().copied().chain(sides).collect();
            let help = match nearest(root, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("in sight here: {}", names.join(", ")),
            };
            let message = format!("`{root}` is no name that a mapping's expression can use");
            diagnostics
                .push(Diagnostic::error("unknown-name", place_of(expression, reference), message).help(help));
        }
    }
}

fn check_field_name(solution: &Solution, template: &Template, diagnostics: &mut Vec<Diagnostic>) {
    for (expression, reference) in references(template) {
        let place = place_of(expression, reference);
        if reference.root != "env" {
            let message = format!("the name of a field cannot depend on `{}`", reference.root);
            diagnostics.push(
                Diagnostic::error("mapping-field", place, message)
                    .help("write the field out, or `{{ env.name }}` for a variable that names it"),
            );
            continue;
        }
        if !check_variable(solution, expression, reference, diagnostics) {
            continue;
        }
        let name = members(reference).first().copied().unwrap_or_default();
        let variable = solution
            .environment
            .iter()
            .find(|variable| variable.name.value == name);
        if let Some(variable) = variable.filter(|variable| variable.value_type != ValueType::Field) {
            diagnostics.push(
                Diagnostic::error(
                    "mapping-field",
                    place,
                    format!(
                        "`{name}` names a field but is declared as {}",
                        variable.value_type.name()
                    ),
                )
                .related(variable.name.span, "declared here")
                .help("declare it with `type: field`, so that nothing but a field's name can be set"),
            );
        }
    }
}

/// Whether the environment variable exists.
fn check_variable(
    solution: &Solution,
    expression: &Expression,
    reference: &Reference,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let members = members(reference);
    let Some(name) = members.first() else { return false };
    let names = || {
        let variables = solution.environment.iter();
        variables.map(|variable| variable.name.value.as_str())
    };
    if names().any(|known| known == *name) {
        return true;
    }
    let help = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "declare it under `environment` in solution.yaml".to_owned(),
    };
    diagnostics.push(
        Diagnostic::error(
            "unknown-environment-variable",
            place_of(expression, reference),
            format!("there is no environment variable `{name}`"),
        )
        .help(help),
    );
    false
}

fn references(template: &Template) -> impl Iterator<Item = (&Expression, &Reference)> {
    template.expressions().into_iter().flat_map(|expression| {
        expression
            .references
            .iter()
            .map(move |reference| (expression, reference))
    })
}
