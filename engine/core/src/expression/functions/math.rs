//! Arithmetic: integers stay integers, everything else is decimal, so that money is exact.

use std::cmp::Ordering;

use connector_api::Value;

use crate::expression::compare::order;
use crate::expression::functions::table::{Function, MANY};
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::number::{Numeric, Trouble};

/// Decimal places that `round` knows.
const PLACES_MAX: i64 = 28;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("add", 2, 2, |arguments| calculate(arguments, Numeric::add)),
    Function::new("sub", 2, 2, |arguments| calculate(arguments, Numeric::sub)),
    Function::new("mul", 2, 2, |arguments| calculate(arguments, Numeric::mul)),
    Function::new("div", 2, 2, |arguments| calculate(arguments, Numeric::div)),
    Function::new("mod", 2, 2, |arguments| calculate(arguments, Numeric::rem)),
    Function::new("min", 1, MANY, |arguments| extreme(arguments, Ordering::Less)),
    Function::new("max", 1, MANY, |arguments| extreme(arguments, Ordering::Greater)),
    Function::new("round", 1, 2, round),
    Function::new("rand", 2, 2, rand),
];

fn calculate(
    arguments: &Arguments<'_>,
    calculation: fn(Numeric, Numeric) -> Result<Numeric, Trouble>,
) -> Outcome {
    calculation(arguments.numeric(0)?, arguments.numeric(1)?)
        .and_then(Numeric::into_value)
        .map_err(|trouble| arguments.fault(trouble))
}

/// The least or greatest of several numbers or of one list, handed on as it is written.
fn extreme(arguments: &Arguments<'_>, wanted: Ordering) -> Outcome {
    let values: Vec<&Value> = match arguments.value(0) {
        Value::Array(items) if arguments.len() == 1 => {
            if let Some(other) = items.iter().find(|item| item.as_number().is_none()) {
                return Err(arguments.fault(format!("the list must hold numbers only, not {}", other.kind())));
            }
            items.iter().collect()
        }
        _ => (0..arguments.len())
            .map(|index| arguments.number(index).map(|_| arguments.value(index)))
            .collect::<Result<_, _>>()?,
    };
    values
        .into_iter()
        .reduce(|best, value| {
            if order(value, best) == Some(wanted) {
                value
            } else {
                best
            }
        })
        .cloned()
        .ok_or_else(|| arguments.fault("the list is empty"))
}

/// Half away from zero. Power Automate has no such function; its users format and convert back.
fn round(arguments: &Arguments<'_>) -> Outcome {
    let places = arguments.optional_integer(1)?.unwrap_or(0);
    if !(0..=PLACES_MAX).contains(&places) {
        return Err(arguments.fault(format!("argument 2 must be between 0 and {PLACES_MAX}")));
    }
    arguments
        .numeric(0)?
        .round(places as u32)
        .into_value()
        .map_err(|trouble| arguments.fault(trouble))
}

/// An integer from the first argument up to, but without, the second.
fn rand(arguments: &Arguments<'_>) -> Outcome {
    let (low, high) = (arguments.integer(0)?, arguments.integer(1)?);
    let width = i128::from(high) - i128::from(low);
    if width <= 0 {
        return Err(arguments.fault("argument 2 must be greater than argument 1"));
    }
    let scope = arguments.scope();
    // The width is below 2^64, so the product fits and its upper half is below the width.
    let drawn = (u128::from(scope.draws.next(scope.context.seed)) * width.unsigned_abs()) >> 64;
    Ok(Value::from((i128::from(low) + drawn as i128) as i64))
}
