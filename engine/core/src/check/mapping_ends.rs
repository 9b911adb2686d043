//! Where the ends of a mapping's rows lie, for the rules about mappings. Reports nothing by itself.

use connector_api::Value;
use connector_api::shape::ObjectShape;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::expression::{Expression, PathStep, Reference, TemplateKind};
use crate::flow::EnvironmentVariable;
use crate::mapping::shapes::{self, Place};
use crate::mapping::{FieldEnd, Mapping, REFERRAL, Row};
use crate::solution::Solution;
use crate::source::Span;

/// The field of a row's other side, as far as it is known before a run.
#[derive(Clone, Copy)]
pub(super) struct End<'s> {
    pub(super) name: &'s str,
    pub(super) span: Span,
    /// The environment variable that names it; then `name` is the variable's default.
    pub(super) variable: Option<&'s EnvironmentVariable>,
}

/// The field of a row; `None` where only a run can tell.
pub(super) fn end<'s>(solution: &'s Solution, field: &'s FieldEnd) -> Option<End<'s>> {
    match &field.template.kind {
        TemplateKind::Literal(Value::String(name)) => Some(End {
            name,
            span: field.span,
            variable: None,
        }),
        TemplateKind::Expression(expression) => {
            let variable = environment_variable(solution, expression)?;
            Some(End {
                name: variable.default.as_ref()?.as_str()?,
                span: field.span,
                variable: Some(variable),
            })
        }
        _ => None,
    }
}

/// The environment variable an expression consists of.
pub(super) fn environment_variable<'s>(
    solution: &'s Solution,
    expression: &Expression,
) -> Option<&'s EnvironmentVariable> {
    let name = expression.text.trim().strip_prefix("env.")?;
    solution
        .environment
        .iter()
        .find(|variable| variable.name.value == name)
}

/// What is known of the field of a row.
pub(super) fn field_place<'s>(
    solution: &'s Solution,
    catalog: &'s Catalog,
    mapping: &Mapping,
    row: &'s Row,
) -> Place<'s> {
    let side = mapping
        .side(&row.side.value)
        .and_then(|side| shapes::object(catalog, side));
    match (side, end(solution, &row.field)) {
        (Some(shape), Some(end)) => shapes::field(shape, end.name),
        _ => Place::Open,
    }
}

/// What is known of the places of a row in the referral.
pub(super) fn referral_places<'s>(
    catalog: &'s Catalog,
    mapping: &Mapping,
    row: &'s Row,
) -> Vec<(Place<'s>, Span)> {
    let shape = mapping
        .side(REFERRAL)
        .and_then(|side| shapes::object(catalog, side));
    let place = |path| shape.map_or(Place::Open, |shape| shapes::place(shape, path));
    row.referral
        .iter()
        .map(|path| (place(&path.value), path.span))
        .collect()
}

/// What to say of a place that is not there, if anything.
pub(super) fn missing(place: Place<'_>, owner: &str, span: Span) -> Option<Diagnostic> {
    match place {
        Place::Known(..) | Place::Open => None,
        Place::NoObject(shape, name) => Some(
            Diagnostic::error(
                "unknown-field",
                span,
                format!(
                    "`{name}` is looked for in something that is no object but {}",
                    shape.name()
                ),
            )
            .help("the path goes one step too far"),
        ),
        Place::Missing(object, name) => Some(missing_member(object, name, owner, span)),
    }
}

fn missing_member(object: &ObjectShape, name: &str, owner: &str, span: Span) -> Diagnostic {
    let near = nearest(name, object.fields.keys().map(String::as_str));
    let message = format!("`{owner}` has no field `{name}`");
    match near {
        // A custom field of the org is known to nobody here; one that looks like a known field is more likely misspelt.
        None if name.ends_with("__c") || name.ends_with("__r") => Diagnostic::warning(
            "unknown-custom-field",
            span,
            format!("`{owner}` has no custom field `{name}` that is known here"),
        )
        .help("fine if the org has it; `validate --online` can tell"),
        Some(near) if name.ends_with("__c") => Diagnostic::warning(
            "unknown-custom-field",
            span,
            format!("`{owner}` has no custom field `{name}` that is known here"),
        )
        .help(format!("did you mean `{near}`? fine if the org has both")),
        Some(near) => {
            Diagnostic::error("unknown-field", span, message).help(format!("did you mean `{near}`?"))
        }
        None if object.open => {
            Diagnostic::warning("unknown-field", span, format!("{message} that is documented"))
                .help("fine if the service has it; it is handed on as it comes")
        }
        None => Diagnostic::error("unknown-field", span, message)
            .help("look up the field's API name; a custom field ends in `__c`"),
    }
}

/// The place of a reference inside its expression.
pub(super) fn place_of(expression: &Expression, reference: &Reference) -> Span {
    expression.place(&reference.range)
}

/// The constant member names a reference starts with.
pub(super) fn members(reference: &Reference) -> Vec<&str> {
    let steps = reference.path.iter().map_while(|step| match step {
        PathStep::Member(name) => Some(name.as_str()),
        PathStep::Index(_) => None,
    });
    steps.collect()
}
