//! Comparisons, and the functions that handle what is missing.

use std::cmp::Ordering;

use connector_api::Value;

use crate::expression::compare::{equal, order};
use crate::expression::functions::table::{Function, MANY};
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::operand::noun;

/// `coalesce` and `default` are here for their names and argument counts: the lowering turns them into a lazy choice.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("coalesce", 1, MANY, first_present).accepting_missing(),
    Function::new("default", 2, 2, first_present).accepting_missing(),
    Function::new("equals", 2, MANY, equals),
    Function::new("greater", 2, 2, |arguments| ordered(arguments, Ordering::is_gt)),
    Function::new("greater_or_equals", 2, 2, |arguments| {
        ordered(arguments, Ordering::is_ge)
    }),
    Function::new("less", 2, 2, |arguments| ordered(arguments, Ordering::is_lt)),
    Function::new("less_or_equals", 2, 2, |arguments| {
        ordered(arguments, Ordering::is_le)
    }),
];

fn first_present(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments
        .values()
        .find(|value| !value.is_null())
        .cloned()
        .unwrap_or_default())
}

fn equals(arguments: &Arguments<'_>) -> Outcome {
    let first = arguments.value(0);
    Ok(Value::Bool(
        arguments.values().skip(1).all(|other| equal(first, other)),
    ))
}

fn ordered(arguments: &Arguments<'_>, holds: fn(Ordering) -> bool) -> Outcome {
    let (left, right) = (arguments.value(0), arguments.value(1));
    order(left, right)
        .map(|ordering| Value::Bool(holds(ordering)))
        .ok_or_else(|| {
            arguments.fault(format!(
                "two numbers or two texts can be ordered, not {} and {}",
                noun(left),
                noun(right)
            ))
        })
}
