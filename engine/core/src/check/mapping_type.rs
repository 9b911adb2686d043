//! The two ends of a row hold the same kind of value, and what is written may be written.

use connector_api::{Shape, Value};

use crate::catalog::Catalog;
use crate::check::mapping_ends::{field_place, referral_places};
use crate::diagnostic::Diagnostic;
use crate::mapping::shapes::Place;
use crate::mapping::{Direction, Mapping, Row, Translation};
use crate::solution::Solution;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mapping in solution.mappings.values() {
        for row in &mapping.fields {
            check_row(solution, catalog, mapping, row, diagnostics);
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
    let referral = referral_places(catalog, mapping, row);
    let field = field_place(solution, catalog, mapping, row);
    let what = format!("row `{}`", row.name.value);
    let plain = |direction: &Direction| direction.is_open() && direction.value().is_none();
    if let [(place, _)] = referral.as_slice()
        && (plain(&row.to_referral) || plain(&row.to_side))
    {
        let (here, there) = (place.shape(), field.shape());
        if let Some((message, help)) = mismatch(row, here, there) {
            diagnostics.push(
                Diagnostic::error("mapping-type", row.field.span, format!("{what} {message}"))
                    .label(there.name())
                    .related(row.referral[0].span, here.name())
                    .help(help),
            );
        }
    }
    let literals = [
        (&row.to_side, field.shape(), row.side.value.as_str()),
        (
            &row.to_referral,
            referral.first().map_or(&Shape::Any, |(place, _)| place.shape()),
            "referral",
        ),
    ];
    for (direction, shape, side) in literals {
        if let Some(template) = direction.value()
            && let Some(value) = template.as_literal()
            && (side != "referral" || row.referral.len() == 1)
            && !fits(value, shape)
        {
            let message = format!(
                "{what} writes {} to a field of `{side}` that holds {}",
                kind(value),
                shape.name()
            );
            diagnostics.push(Diagnostic::error("mapping-type", template.span, message));
        }
    }
    if row.to_side.is_open()
        && let Place::Known(_, false) = field
    {
        let help = format!("say `to_{}: never`", row.side.value);
        diagnostics.push(read_only(&what, row.field.span, &help));
    }
    if row.to_referral.is_open() {
        for (place, span) in referral {
            if let Place::Known(_, false) = place {
                diagnostics.push(read_only(&what, span, "say `to_referral: never`"));
            }
        }
    }
}

fn read_only(what: &str, span: crate::source::Span, help: &str) -> Diagnostic {
    let message = format!("{what} writes a field that only the service sets");
    Diagnostic::error("read-only-field", span, message).help(help)
}

/// What is wrong with a pair of shapes, and what to do.
fn mismatch(row: &Row, here: &Shape, there: &Shape) -> Option<(String, &'static str)> {
    let kinds = || format!("pairs {} with {}", here.name(), there.name());
    match row.translation {
        // A table says itself what becomes what.
        Some(Translation::Values(_)) => None,
        Some(Translation::Date) => {
            let dated = |shape: &Shape| {
                matches!(
                    shape,
                    Shape::Any | Shape::Date | Shape::DateTime | Shape::Text { .. }
                )
            };
            (!dated(here) || !dated(there))
                .then(|| (format!("says `as: date` but {}", kinds()), "remove `as: date`"))
        }
        None => match (here, there) {
            (Shape::Date, Shape::DateTime) | (Shape::DateTime, Shape::Date) => {
                Some((kinds(), "add `as: date`"))
            }
            _ => (!alike(here, there)).then(|| {
                (
                    kinds(),
                    "pair fields of one kind, or say how to rewrite the value",
                )
            }),
        },
    }
}

fn alike(here: &Shape, there: &Shape) -> bool {
    let number = |shape: &Shape| matches!(shape, Shape::Integer | Shape::Number { .. });
    match (here, there) {
        (Shape::Any, _) | (_, Shape::Any) => true,
        (Shape::List(here), Shape::List(there)) => alike(here, there),
        (Shape::Object(_), Shape::Object(_)) => true,
        _ => (number(here) && number(there)) || std::mem::discriminant(here) == std::mem::discriminant(there),
    }
}

/// Whether a value written out in the mapping fits a column. Dates are texts; whether they read as dates is not judged.
pub(super) fn fits(value: &Value, shape: &Shape) -> bool {
    match (value, shape) {
        (Value::Null, _) | (_, Shape::Any) => true,
        (Value::Bool(_), Shape::Boolean)
        | (Value::Number(_), Shape::Number { .. })
        | (Value::String(_), Shape::Text { .. } | Shape::Date | Shape::DateTime)
        | (Value::Array(_), Shape::List(_))
        | (Value::Object(_), Shape::Object(_)) => true,
        (Value::Number(number), Shape::Integer) => number.as_i64().is_some(),
        _ => false,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        Value::Null => "nothing",
    }
}
