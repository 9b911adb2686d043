//! `type: map`: one side's object made out of others.

use std::sync::Arc;

use connector_api::{Map, Value};

use crate::expression::Context;
use crate::mapping::given::{Given, by_path, known_side};
use crate::mapping::model::{Mapping, REFERRAL};
use crate::mapping::translate::Towards;
use crate::mapping::{MapError, Path};

/// What to map.
#[derive(Clone, Debug, Default)]
pub struct MapRequest<'r> {
    /// The side made.
    pub to: &'r str,
    /// The sides read, by name. A side given as null is a record that does not exist.
    pub from: Vec<(String, Arc<Value>)>,
    /// Whether the target is being made: rows marked `create` take part, and what is required must be there.
    pub creating: bool,
    /// Only the rows of this list.
    pub list: Option<&'r str>,
    /// Values by target field (for a referral by path text) that add to the mapping's rows or stand in for them.
    pub fields: Map,
}

/// Makes one side's object: for `referral` a nested part of a referral, for another side its fields. With `list` the
/// rows of that list, in the target's field names.
///
/// A source that is absent leaves its target out; null writes null.
pub fn map(mapping: &Mapping, request: MapRequest<'_>, context: &Context) -> Result<Value, MapError> {
    known_side(mapping, request.to)?;
    let given = Given::new(mapping, request.from, request.creating, context)?;
    if let Some(name) = request.list {
        return list(&given, request.to, name);
    }
    if request.to == REFERRAL {
        to_referral(&given, request.fields)
    } else {
        to_side(&given, request.to, request.fields)
    }
}

fn list(given: &Given<'_>, to: &str, name: &str) -> Result<Value, MapError> {
    let list = given.mapping.list(name).ok_or_else(|| {
        MapError::new(
            "unknown_list",
            format!("the mapping `{}` has no list `{name}`", given.mapping.name.value),
        )
    })?;
    if to == REFERRAL {
        return Ok(Value::Array(given.items(list)?.unwrap_or_default()));
    }
    if to != list.side.value {
        return Err(MapError::new(
            "unknown_list",
            format!(
                "the list `{name}` belongs to `{}`, not to `{to}`",
                list.side.value
            ),
        ));
    }
    Ok(Value::Array(given.rows(list)?))
}

fn to_referral(given: &Given<'_>, fields: Map) -> Result<Value, MapError> {
    let mut overrides = Vec::with_capacity(fields.len());
    for (path, value) in fields {
        let path = Path::parse(&path).map_err(|message| MapError::new("invalid_field_name", message))?;
        overrides.push((path, value));
    }
    let overridden = |path: &Path| overrides.iter().any(|(known, _)| known == path);
    let mut referral = Value::Object(Map::new());
    for row in &given.mapping.fields {
        if given.side(&row.side.value).is_none() || row.referral.iter().all(|path| overridden(&path.value)) {
            continue;
        }
        let field = given.field(row)?;
        let Some(values) = given.offered(row, &field, Towards::Referral)? else {
            continue;
        };
        for (path, value) in by_path(row, values) {
            given.require(row, &field, value.as_ref(), Towards::Referral)?;
            if let Some(value) = value {
                path.set(&mut referral, value);
            }
        }
    }
    for list in &given.mapping.lists {
        if given.list_goes(list, Towards::Referral)?
            && !overridden(&list.referral.value)
            && let Some(items) = given.items(list)?
        {
            list.referral.value.set(&mut referral, Value::Array(items));
        }
    }
    for (path, value) in overrides {
        path.set(&mut referral, value);
    }
    Ok(referral)
}

fn to_side(given: &Given<'_>, to: &str, fields: Map) -> Result<Value, MapError> {
    let mut record = Map::new();
    for row in given.mapping.fields.iter().filter(|row| row.side.value == to) {
        let field = given.field(row)?;
        if let Some(value) = fields.get(&field) {
            record.insert(field, value.clone());
            continue;
        }
        let Some(values) = given.offered(row, &field, Towards::Side)? else {
            continue;
        };
        for value in values {
            given.require(row, &field, value.as_ref(), Towards::Side)?;
            if let Some(value) = value {
                record.insert(field.clone(), value);
            }
        }
    }
    record.extend(fields);
    Ok(Value::Object(record))
}
