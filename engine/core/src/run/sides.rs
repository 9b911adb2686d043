//! `map` and `diff`: the mapping's work, seen from an action.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

use crate::expression::Template;
use crate::flow::ActionKind;
use crate::journal::{ActionError, codes};
use crate::mapping::{self, DiffRequest, MapError, MapRequest, Mapping};
use crate::run::begin::{of_expression, value};
use crate::run::machine::Machine;
use crate::run::names::Sight;
use crate::source::Spanned;

/// The result of a `map` or a `diff`.
pub(crate) fn evaluate(
    machine: &Machine,
    kind: &ActionKind,
    sight: &Sight,
    now: Timestamp,
    seed: u64,
) -> Result<Value, ActionError> {
    let context = sight.clone().context(now, seed);
    let surroundings = &machine.state.surroundings;
    let find = |name: &Spanned<String>| -> Result<&Mapping, ActionError> {
        surroundings.mappings.get(&name.value).ok_or_else(|| {
            let message = format!("the solution has no mapping `{}`", name.value);
            ActionError::new(codes::INVALID_TEMPLATE, message)
        })
    };
    let sides = |from: &[(Spanned<String>, Template)]| -> Result<Vec<(String, Arc<Value>)>, ActionError> {
        from.iter()
            .map(|(side, template)| {
                // A side that is not there, because the action that would have read it was skipped, takes no part.
                let given = template
                    .evaluate_shared(&context)
                    .map_err(|error| of_expression(&error))?;
                Ok((side.value.clone(), given.unwrap_or_default()))
            })
            .collect()
    };
    match kind {
        ActionKind::Map {
            mapping,
            to,
            from,
            creating,
            list,
            fields,
        } => {
            let mapping = find(mapping)?;
            let from = sides(from)?;
            let within = mapping::in_sight(mapping, &from, *creating, &context).map_err(of_mapping)?;
            let request = MapRequest {
                to: &to.value,
                from,
                creating: *creating,
                list: list.as_ref().map(|list| list.value.as_str()),
                fields: fields
                    .iter()
                    .map(|(field, template)| Ok((field.value.clone(), value(template, &within)?)))
                    .collect::<Result<_, ActionError>>()?,
            };
            mapping::map(mapping, request, &context).map_err(of_mapping)
        }
        ActionKind::Diff { mapping, from, link } => {
            let request = DiffRequest {
                from: sides(from)?,
                link: link.as_ref().map(|link| value(link, &context)).transpose()?,
            };
            mapping::diff(find(mapping)?, request, &surroundings.catalog, &context).map_err(of_mapping)
        }
        _ => Ok(Value::Null),
    }
}

/// A fault of the mapping as an action's error.
pub(crate) fn of_mapping(error: MapError) -> ActionError {
    ActionError {
        field: error.field,
        ..ActionError::new(error.code, error.message)
    }
}
