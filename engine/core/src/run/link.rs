//! `links.save`, seen from an action: whole records come in, what a link keeps of them goes out.

use connector_api::{Map, Value};
use jiff::Timestamp;

use crate::expression::Context;
use crate::journal::{ActionError, codes};
use crate::mapping::{self, BaseRequest};
use crate::run::sides::of_mapping;
use crate::run::surroundings::Surroundings;
use crate::store::LinkSave;

/// The inputs that are no part of a link but say what is made one: beside the identities, `base` and `etag`.
const MAPPING: &str = "mapping";
const WRITTEN: &str = "written";
const ANSWERED: &str = "answered";
const LISTS: &str = "lists";

/// The inputs of a `links.save` as they are recorded and carried out: identities, `etag`, and the base reduced to what
/// the mapping compares. `agreed` is added when both sides agree on all of it.
pub(crate) fn to_save(
    inputs: Value,
    surroundings: &Surroundings,
    context: &Context,
    now: Timestamp,
) -> Result<Value, ActionError> {
    let Value::Object(mut inputs) = inputs else {
        return Err(wrong(format!(
            "`inputs` must be an object, not {}",
            inputs.kind()
        )));
    };
    let [name, written, answered] = [MAPPING, WRITTEN, ANSWERED].map(|key| inputs.shift_remove(key));
    let records = inputs.shift_remove("base");
    if inputs.contains_key("agreed") {
        return Err(wrong("`agreed` is not given; it follows from `base`".to_owned()));
    }
    let mut save = LinkSave::from_value(&Value::Object(inputs)).map_err(wrong)?;
    let Some(name) = name else {
        if records.is_some() || written.is_some() || answered.is_some() {
            return Err(wrong("`base` needs the `mapping` it is compared by".to_owned()));
        }
        return Ok(save.to_value());
    };
    let mapping = name
        .as_str()
        .and_then(|name| surroundings.mappings.get(name))
        .ok_or_else(|| wrong(format!("the solution has no mapping `{}`", name.to_json())))?;
    let mut written = members(WRITTEN, written)?;
    let request = BaseRequest {
        records: sides(members("base", records)?),
        lists: written.shift_remove(LISTS),
        written: sides(written),
        answered: sides(members(ANSWERED, answered)?),
    };
    let base = mapping::base(mapping, request, &surroundings.catalog, context).map_err(of_mapping)?;
    if base.pending.is_empty() && !base.sides.is_empty() {
        save.agreed = Some(now);
    }
    save.base = base.sides;
    Ok(save.to_value())
}

fn members(name: &str, value: Option<Value>) -> Result<Map, ActionError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(other) => Err(wrong(format!("`{name}` must be an object, not {}", other.kind()))),
    }
}

fn sides(members: Map) -> Vec<(String, Value)> {
    members
        .into_iter()
        .filter(|(_, record)| !record.is_null())
        .collect()
}

fn wrong(message: String) -> ActionError {
    ActionError::new(codes::INVALID_DATA, message)
}
