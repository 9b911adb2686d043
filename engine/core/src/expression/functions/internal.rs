//! The operations that lowered code is made of, beside the functions of the language. None can be named in an
//! expression.

use std::sync::Arc;

use connector_api::{Map, Value};
use minijinja::Value as Carried;

use crate::expression::limits::Budget;
use crate::expression::machine::{Scope, carry, operand};
use crate::expression::number::Numeric;
use crate::expression::operand::{Held, Operand, noun};
use crate::expression::path::action;
use crate::expression::{ExpressionError, PathStep};

type Outcome = Result<Carried, ExpressionError>;

/// An operation.
pub(crate) struct Operation {
    /// Its name in lowered code.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) body: fn(&Scope, &[Carried]) -> Outcome,
}

/// All operations.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "_const",
        body: constant,
    },
    Operation {
        name: "_path",
        body: path,
    },
    Operation {
        name: "_walk",
        body: walk,
    },
    Operation {
        name: "_action",
        body: |scope, arguments| named(arguments, "actions", |name| action(&scope.context, name)),
    },
    Operation {
        name: "_items",
        body: |scope, arguments| named(arguments, "items", |name| scope.context.names.items(name)),
    },
    Operation {
        name: "_result",
        body: |scope, arguments| named(arguments, "result", |name| scope.context.names.result(name)),
    },
    Operation {
        name: "_bool",
        body: truth,
    },
    Operation {
        name: "_held",
        body: |_, arguments| Ok(carry(nth(arguments, 0)?)),
    },
    Operation {
        name: "_present",
        body: present,
    },
    Operation {
        name: "_nothing",
        body: |_, _| {
            Ok(carry(Operand::Missing(
                "the branch that `else` leaves out".into(),
            )))
        },
    },
    Operation {
        name: "_list",
        body: list,
    },
    Operation {
        name: "_map",
        body: map,
    },
    Operation {
        name: "_quotient",
        body: |_, arguments| calculate(arguments, "/", Numeric::quotient),
    },
    Operation {
        name: "_floor",
        body: |_, arguments| calculate(arguments, "//", Numeric::floor_quotient),
    },
    Operation {
        name: "_negative",
        body: |_, arguments| {
            let zero = carry(Operand::new(Value::from(0)));
            let value = arguments.first().cloned().unwrap_or_default();
            calculate(&[zero, value], "-", Numeric::sub)
        },
    },
    Operation {
        name: "_jsonpath",
        body: jsonpath,
    },
    Operation {
        name: "_is_defined",
        body: |_, arguments| test(arguments, |value| matches!(value, Operand::Held(_))),
    },
    Operation {
        name: "_is_none",
        body: |_, arguments| test(arguments, Operand::is_empty_handed),
    },
    Operation {
        name: "_is_string",
        body: |_, arguments| test(arguments, |value| matches!(value.value(), Value::String(_))),
    },
    Operation {
        name: "_is_number",
        body: |_, arguments| test(arguments, |value| matches!(value.value(), Value::Number(_))),
    },
    Operation {
        name: "_is_integer",
        body: |_, arguments| test(arguments, |value| value.value().as_i64().is_some()),
    },
    Operation {
        name: "_is_boolean",
        body: |_, arguments| test(arguments, |value| matches!(value.value(), Value::Bool(_))),
    },
    Operation {
        name: "_is_array",
        body: |_, arguments| test(arguments, |value| matches!(value.value(), Value::Array(_))),
    },
    Operation {
        name: "_is_object",
        body: |_, arguments| test(arguments, |value| matches!(value.value(), Value::Object(_))),
    },
];

/// The tests after `is`, and the operation of each.
pub(crate) const TESTS: &[(&str, &str)] = &[
    ("defined", "_is_defined"),
    ("undefined", "not _is_defined"),
    ("none", "_is_none"),
    ("null", "_is_none"),
    ("string", "_is_string"),
    ("number", "_is_number"),
    ("integer", "_is_integer"),
    ("boolean", "_is_boolean"),
    ("array", "_is_array"),
    ("object", "_is_object"),
];

fn nth(arguments: &[Carried], index: usize) -> Result<Operand, ExpressionError> {
    arguments.get(index).map_or_else(
        || Err(ExpressionError::invalid("an operation lacks an argument")),
        operand,
    )
}

/// A table's entry by the number that lowered code gives.
fn entry<'t, T>(table: &'t [T], arguments: &[Carried]) -> Result<&'t T, ExpressionError> {
    arguments
        .first()
        .and_then(|index| usize::try_from(index.clone()).ok())
        .and_then(|index| table.get(index))
        .ok_or_else(|| ExpressionError::invalid("an operation lacks its operand"))
}

fn constant(scope: &Scope, arguments: &[Carried]) -> Outcome {
    entry(&scope.tables.constants, arguments).map(|constant| carry(constant.clone()))
}

fn path(scope: &Scope, arguments: &[Carried]) -> Outcome {
    entry(&scope.tables.paths, arguments)?
        .resolve(&scope.context)
        .map(carry)
}

/// Follows computed steps from a value; the first argument is the text of the whole.
fn walk(_: &Scope, arguments: &[Carried]) -> Outcome {
    let text: Arc<str> = nth(arguments, 0)?.value().as_str().unwrap_or_default().into();
    let mut value = nth(arguments, 1)?;
    for key in arguments.iter().skip(2) {
        let key = match operand(key)? {
            Operand::Missing(path) => return Err(ExpressionError::undefined(&path)),
            key => key,
        };
        let step = match key.value() {
            Value::String(name) => Some(PathStep::Member(name.clone())),
            Value::Number(number) => Numeric::of(number).and_then(Numeric::whole).map(PathStep::Index),
            _ => None,
        };
        let step = step.ok_or_else(|| {
            ExpressionError::invalid(format!(
                "`{text}`: what stands between `[` and `]` must be text or a whole number, not {}",
                noun(key.value())
            ))
        })?;
        value = value.step(&step, &text)?;
    }
    Ok(carry(value))
}

/// The value that a computed name stands for.
fn named(arguments: &[Carried], of: &str, find: impl Fn(&str) -> Option<Arc<Value>>) -> Outcome {
    let name = match nth(arguments, 0)? {
        Operand::Missing(path) => return Err(ExpressionError::undefined(&path)),
        name => name,
    };
    let Value::String(text) = name.value() else {
        return Err(ExpressionError::invalid(format!(
            "`{of}` needs a name as text, not {}",
            noun(name.value())
        )));
    };
    Ok(carry(find(text).map_or_else(
        || Operand::Missing(format!("{of}['{text}']").into()),
        |value| Operand::Held(Held::new(value)),
    )))
}

/// A native boolean for `and`, `or`, `not` and `if`.
fn truth(_: &Scope, arguments: &[Carried]) -> Outcome {
    match nth(arguments, 0)? {
        Operand::Missing(path) => Err(ExpressionError::undefined(&path)),
        value => match value.value() {
            Value::Bool(value) => Ok(Carried::from(*value)),
            other => Err(ExpressionError::invalid(format!(
                "a condition must be true or false, not {}; compare it with something",
                noun(other)
            ))),
        },
    }
}

/// The end of `coalesce`: null where nothing was found.
fn present(_: &Scope, arguments: &[Carried]) -> Outcome {
    Ok(match nth(arguments, 0)? {
        Operand::Missing(_) => carry(Operand::new(Value::Null)),
        value => carry(value),
    })
}

fn list(_: &Scope, arguments: &[Carried]) -> Outcome {
    let mut budget = Budget::value();
    let items = arguments.iter().map(|item| defined(item, &mut budget));
    Ok(carry(Operand::new(Value::Array(
        items.collect::<Result<_, _>>()?,
    ))))
}

fn map(_: &Scope, arguments: &[Carried]) -> Outcome {
    let mut budget = Budget::value();
    let mut members = Map::new();
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { continue };
        let Value::String(key) = defined(key, &mut budget)? else {
            return Err(ExpressionError::invalid("a key of an object must be text"));
        };
        members.insert(key, defined(value, &mut budget)?);
    }
    Ok(carry(Operand::new(Value::Object(members))))
}

fn defined(value: &Carried, budget: &mut Budget) -> Result<Value, ExpressionError> {
    match operand(value)? {
        Operand::Missing(path) => Err(ExpressionError::undefined(&path)),
        Operand::Held(held) => {
            budget.take_value(held.value())?;
            Ok(held.value().clone())
        }
    }
}

fn calculate(
    arguments: &[Carried],
    sign: &str,
    calculation: fn(Numeric, Numeric) -> Result<Numeric, crate::expression::number::Trouble>,
) -> Outcome {
    let number = |index| match nth(arguments, index)? {
        Operand::Missing(path) => Err(ExpressionError::undefined(&path)),
        value => value.value().as_number().and_then(Numeric::of).ok_or_else(|| {
            ExpressionError::invalid(format!("`{sign}` needs numbers, not {}", noun(value.value())))
        }),
    };
    calculation(number(0)?, number(1)?)
        .and_then(Numeric::into_value)
        .map(|value| carry(Operand::new(value)))
        .map_err(|trouble| ExpressionError::invalid(format!("`{sign}`: {trouble}")))
}

fn jsonpath(scope: &Scope, arguments: &[Carried]) -> Outcome {
    let query = entry(&scope.tables.queries, arguments)?;
    match nth(arguments, 1)? {
        Operand::Missing(path) => Err(ExpressionError::undefined(&path)),
        value => query
            .query(value.value())
            .map(|found| carry(Operand::new(Value::Array(found)))),
    }
}

fn test(arguments: &[Carried], holds: fn(&Operand) -> bool) -> Outcome {
    Ok(carry(Operand::new(Value::Bool(holds(&nth(arguments, 0)?)))))
}
