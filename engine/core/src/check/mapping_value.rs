//! Values written out in a mapping are among those its columns allow, and not longer than they hold.

use connector_api::{Shape, Value};

use crate::catalog::Catalog;
use crate::check::mapping_ends::{field_place, referral_places};
use crate::check::mapping_type::fits;
use crate::diagnostic::{Diagnostic, nearest};
use crate::mapping::{Direction, Translation};
use crate::solution::Solution;
use crate::source::Span;

pub(crate) fn check(solution: &Solution, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mapping in solution.mappings.values() {
        for row in &mapping.fields {
            let there = field_place(solution, catalog, mapping, row).shape();
            let places = referral_places(catalog, mapping, row);
            let here = match places.as_slice() {
                [(place, _)] => place.shape(),
                _ => &Shape::Any,
            };
            let mut judge = |value: &Value, shape: &Shape, span: Span| {
                diagnostics.extend(refused(value, shape, span));
            };
            if let Some(Translation::Values(pairs)) = &row.translation {
                for (referral, other) in pairs {
                    judge(&referral.value, here, referral.span);
                    judge(&other.value, there, other.span);
                }
            }
            let directions: [(&Direction, &Shape); 2] = [(&row.to_side, there), (&row.to_referral, here)];
            for (direction, shape) in directions {
                let value = direction
                    .value()
                    .and_then(|template| Some((template.as_literal()?, template.span)));
                // A value of the wrong kind is another rule's finding.
                if let Some((value, span)) = value.filter(|(value, _)| fits(value, shape)) {
                    judge(value, shape, span);
                }
            }
        }
    }
}

fn refused(value: &Value, shape: &Shape, span: Span) -> Option<Diagnostic> {
    if !fits(value, shape) {
        let message = format!("{} is no value for {}", value.to_json(), shape.name());
        return Some(Diagnostic::error("mapping-type", span, message));
    }
    let (Value::String(text), Shape::Text { length_max, one_of }) = (value, shape) else {
        return None;
    };
    if !one_of.is_empty() && !one_of.contains(text) {
        let help = match nearest(text, one_of.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the field takes: {}", one_of.join(", ")),
        };
        let message = format!("`{text}` is not among the values of the field");
        return Some(Diagnostic::error("not-in-picklist", span, message).help(help));
    }
    let length = text.chars().count();
    let length_max = (*length_max)? as usize;
    (length > length_max).then(|| {
        let message = format!("the text has {length} characters, the field holds {length_max}");
        Diagnostic::error("text-too-long", span, message)
    })
}
