//! Functions on lists, and those that take text or a list alike.

use std::collections::HashSet;

use connector_api::{Map, Value};

use crate::expression::ExpressionError;
use crate::expression::compare::{equal, folded, identity, order};
use crate::expression::functions::strings::{from_units, units};
use crate::expression::functions::table::{Function, MANY};
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::limits::{Budget, RANGE_MAX};
use crate::expression::operand::noun;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("first", 1, 1, |arguments| end(arguments, true)),
    Function::new("last", 1, 1, |arguments| end(arguments, false)),
    Function::new("take", 2, 2, |arguments| part(arguments, true)),
    Function::new("skip", 2, 2, |arguments| part(arguments, false)),
    Function::new("contains", 2, 2, contains),
    Function::new("empty", 1, 1, empty).accepting_missing(),
    Function::new("union", 2, MANY, union),
    Function::new("intersection", 2, MANY, intersection),
    Function::new("reverse", 1, 1, |arguments| {
        Ok(Value::Array(arguments.list(0)?.iter().rev().cloned().collect()))
    }),
    Function::new("sort", 1, 2, sort),
    Function::new("range", 2, 2, range),
    Function::new("create_array", 1, MANY, kept),
    Function::new("array", 1, 1, kept),
];

fn kept(arguments: &Arguments<'_>) -> Outcome {
    let mut budget = Budget::value();
    arguments
        .values()
        .map(|value| budget.take_value(value).map(|()| value.clone()))
        .collect::<Result<_, _>>()
        .map(Value::Array)
}

fn end(arguments: &Arguments<'_>, first: bool) -> Outcome {
    match arguments.value(0) {
        Value::Array(items) => Ok(if first { items.first() } else { items.last() }
            .cloned()
            .unwrap_or_default()),
        Value::String(text) => {
            let mut characters = text.chars();
            let character = if first {
                characters.next()
            } else {
                characters.next_back()
            };
            Ok(Value::String(character.map(String::from).unwrap_or_default()))
        }
        _ => Err(arguments.wrong(0, "text or a list")),
    }
}

fn part(arguments: &Arguments<'_>, front: bool) -> Outcome {
    let count = usize::try_from(arguments.integer(1)?)
        .map_err(|_| arguments.fault("argument 2 must not be negative"))?;
    fn cut<T>(items: &[T], count: usize, front: bool) -> &[T] {
        let (taken, skipped) = items.split_at(count.min(items.len()));
        if front { taken } else { skipped }
    }
    match arguments.value(0) {
        Value::Array(items) => Ok(Value::Array(cut(items, count, front).to_vec())),
        Value::String(text) => Ok(from_units(cut(&units(text), count, front))),
        _ => Err(arguments.wrong(0, "text or a list")),
    }
}

fn contains(arguments: &Arguments<'_>) -> Outcome {
    let item = arguments.value(1);
    Ok(Value::Bool(match arguments.value(0) {
        Value::String(text) => text.contains(arguments.text(1)?),
        Value::Array(items) => items.iter().any(|other| equal(other, item)),
        Value::Object(map) => {
            let key = arguments.text(1)?;
            map.keys().any(|other| folded(other).eq(folded(key)))
        }
        _ => return Err(arguments.wrong(0, "text, a list or an object")),
    }))
}

fn empty(arguments: &Arguments<'_>) -> Outcome {
    Ok(Value::Bool(match arguments.value(0) {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => return Err(arguments.wrong(0, "text, a list or an object")),
    }))
}

/// The first argument decides whether all are lists or all are objects.
fn union(arguments: &Arguments<'_>) -> Outcome {
    let mut budget = Budget::value();
    if arguments.value(0).as_object().is_some() {
        let mut members = Map::new();
        for index in 0..arguments.len() {
            for (key, value) in arguments.object(index)? {
                budget.take_value(value)?;
                members.insert(key.clone(), value.clone());
            }
        }
        return Ok(Value::Object(members));
    }
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for index in 0..arguments.len() {
        for item in lists(arguments, index)? {
            if seen.insert(identity(item)) {
                budget.take_value(item)?;
                items.push(item.clone());
            }
        }
    }
    Ok(Value::Array(items))
}

fn lists<'c>(arguments: &Arguments<'c>, index: usize) -> Result<&'c [Value], ExpressionError> {
    if index == 0 && arguments.value(0).as_array().is_none() {
        return Err(arguments.wrong(0, "a list or an object"));
    }
    arguments.list(index)
}

fn intersection(arguments: &Arguments<'_>) -> Outcome {
    if let Some(first) = arguments.value(0).as_object() {
        let others = (1..arguments.len())
            .map(|index| arguments.object(index))
            .collect::<Result<Vec<_>, _>>()?;
        let common = first.iter().filter(|(key, value)| {
            others
                .iter()
                .all(|other| other.get(*key).is_some_and(|other| equal(other, value)))
        });
        return Ok(common.map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    let first = lists(arguments, 0)?;
    let others = (1..arguments.len())
        .map(|index| {
            Ok(arguments
                .list(index)?
                .iter()
                .map(identity)
                .collect::<HashSet<_>>())
        })
        .collect::<Result<Vec<_>, ExpressionError>>()?;
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for item in first {
        let identity = identity(item);
        if others.iter().all(|other| other.contains(&identity)) && seen.insert(identity) {
            items.push(item.clone());
        }
    }
    Ok(Value::Array(items))
}

/// Ascending and stable. The values compared must be all numbers, all text or all truth values; null comes first.
fn sort(arguments: &Arguments<'_>) -> Outcome {
    let items = arguments.list(0)?;
    let key = arguments.optional_text(1)?;
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let value = match key {
            None => item,
            Some(key) => item
                .as_object()
                .and_then(|map| map.get(key))
                .unwrap_or(&Value::Null),
        };
        keyed.push((value, item));
    }
    let mut present = keyed
        .iter()
        .map(|(value, _)| *value)
        .filter(|value| !value.is_null());
    if let Some(first) = present.next() {
        if matches!(first, Value::Array(_) | Value::Object(_)) {
            return Err(arguments.fault(format!(
                "{} cannot be sorted; give the name of a member",
                noun(first)
            )));
        }
        if let Some(other) = present.find(|other| other.kind() != first.kind()) {
            return Err(arguments.fault(format!("{} and {} cannot be sorted", noun(first), noun(other))));
        }
    }
    keyed.sort_by(|(left, _), (right, _)| match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (left, right) => order(left, right).unwrap_or_else(|| right.is_null().cmp(&left.is_null())),
    });
    Ok(Value::Array(
        keyed.into_iter().map(|(_, item)| item.clone()).collect(),
    ))
}

fn range(arguments: &Arguments<'_>) -> Outcome {
    let (start, count) = (arguments.integer(0)?, arguments.integer(1)?);
    if !(0..=RANGE_MAX).contains(&count) {
        return Err(arguments.fault(format!("argument 2 must be between 0 and {RANGE_MAX}")));
    }
    let fits = |number: i64| i32::try_from(number).is_ok();
    if !fits(start) || !start.checked_add(count).is_some_and(fits) {
        return Err(arguments.fault("the range leaves the 32-bit integers"));
    }
    Ok(Value::Array((start..start + count).map(Value::from).collect()))
}
