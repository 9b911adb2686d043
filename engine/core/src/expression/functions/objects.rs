//! Functions that change a copy of an object, and the address of a flow.

use connector_api::{Map, Value};

use crate::expression::ExpressionError;
use crate::expression::compare::folded;
use crate::expression::functions::arguments::shown;
use crate::expression::functions::table::Function;
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::limits::Budget;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("add_property", 3, 3, add_property),
    Function::new("set_property", 3, 3, set_property),
    Function::new("remove_property", 2, 2, remove_property),
    Function::new("flow_url", 1, 1, flow_url),
];

fn similar(map: &Map, name: &str) -> Option<usize> {
    map.keys().position(|key| folded(key).eq(folded(name)))
}

fn checked(arguments: &Arguments<'_>) -> Result<(Map, Value), ExpressionError> {
    let mut budget = Budget::value();
    let value = arguments.value(2);
    arguments.object(0)?;
    budget.take_value(arguments.value(0))?;
    budget.take_value(value)?;
    Ok((arguments.object(0)?.clone(), value.clone()))
}

fn add_property(arguments: &Arguments<'_>) -> Outcome {
    let (mut map, value) = checked(arguments)?;
    let name = arguments.text(1)?;
    if similar(&map, name).is_some() {
        return Err(arguments.fault(format!(
            "the object already has a member `{}`; use set_property",
            shown(name)
        )));
    }
    map.insert(name.to_owned(), value);
    Ok(Value::Object(map))
}

/// A member of that name, in whatever case, keeps its spelling and its place.
fn set_property(arguments: &Arguments<'_>) -> Outcome {
    let (mut map, value) = checked(arguments)?;
    let name = arguments.text(1)?;
    let position = map.get_index_of(name).or_else(|| similar(&map, name));
    match position.and_then(|position| map.get_index_mut(position)) {
        Some((_, member)) => *member = value,
        None => {
            map.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(map))
}

fn remove_property(arguments: &Arguments<'_>) -> Outcome {
    let mut map = arguments.object(0)?.clone();
    let name = arguments.text(1)?;
    if let Some(position) = map.get_index_of(name).or_else(|| similar(&map, name)) {
        map.shift_remove_index(position);
    }
    Ok(Value::Object(map))
}

fn flow_url(arguments: &Arguments<'_>) -> Outcome {
    let flow = arguments.text(0)?;
    arguments
        .scope()
        .context
        .names
        .flow_url(flow)
        .map(Value::String)
        .ok_or_else(|| {
            arguments.fault(format!(
                "flow `{}` has no address: it is not started by an HTTP request",
                shown(flow)
            ))
        })
}
