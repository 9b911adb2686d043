//! Up to two hundred rows in one call, each with a result of its own, in their order.

use std::sync::Arc;

use connector_api::{Map, Value};

use super::call::{Answer, Call, Context};
use super::data::saved_row;
use crate::salesforce::error::{ApiError, Errors, failed_row};
use crate::salesforce::id;
use crate::salesforce::render;
use crate::salesforce::schema::{Field, ObjectType};
use crate::salesforce::state::State;
use crate::salesforce::upsert::Upserted;
use crate::salesforce::write::Caller;

/// Rows saved or deleted by one call.
const ROWS_MAX: usize = 200;
/// Runs of rows of one object, when objects are mixed.
const RUNS_MAX: usize = 10;
/// Rows read by one call, by address and by body.
const READ_MAX: (usize, usize) = (800, 2_000);

/// Everything under `/composite/sobjects`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call, path: &[&str]) -> Answer {
    let caller = call.caller(context);
    match (path, call.method.as_str()) {
        ([], "POST") => save(state, call, |state, of, record| {
            Ok(saved_row(&state.insert(&caller, of, record)?, None))
        })
        .into(),
        ([], "PATCH") => save(state, call, |state, of, record| {
            change(state, &caller, of, record)
        })
        .into(),
        ([], "DELETE") => delete(state, &caller, call).into(),
        ([object, key], "PATCH") => upsert(state, &caller, call, object, key).into(),
        ([object], "GET" | "POST") => read(state, context, call, object).into(),
        _ => Answer::error(call.method_not_allowed("GET,POST,PATCH,DELETE")),
    }
}

fn too_many(most: usize) -> ApiError {
    ApiError::new(
        400,
        "EXCEEDED_ID_LIMIT",
        format!("record limit reached. cannot submit more than {most} records in this call"),
    )
}

/// Saves the records of a body one by one.
fn save(
    state: &mut State,
    call: &Call,
    mut one: impl FnMut(&mut State, &Arc<ObjectType>, &Map) -> Result<Value, Errors>,
) -> Result<Answer, ApiError> {
    let body = call.members()?;
    let all_or_none = body.get("allOrNone").and_then(Value::as_bool).unwrap_or_default();
    let records = body
        .get("records")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::parser("Missing required field: records"))?;
    if records.len() > ROWS_MAX {
        return Err(too_many(ROWS_MAX));
    }
    let mut typed = Vec::with_capacity(records.len());
    let mut runs = 0;
    for record in records {
        let name = record
            .at(&["attributes", "type"])
            .and_then(Value::as_str)
            .ok_or_else(|| ApiError::parser("Include an entity type in the attributes of each record"))?;
        let of = state
            .schema
            .object(name)
            .cloned()
            .ok_or_else(|| ApiError::no_object(name))?;
        let same = typed
            .last()
            .is_some_and(|(last, _): &(Arc<ObjectType>, _)| last.name == of.name);
        runs += usize::from(!same);
        typed.push((of, record.as_object()));
    }
    if runs > RUNS_MAX {
        return Err(ApiError::new(
            400,
            "LIMIT_EXCEEDED",
            format!("records of different types change more than {RUNS_MAX} times"),
        ));
    }
    let mark = state.store.mark();
    let results = typed
        .iter()
        .map(|(of, record)| match record {
            Some(record) => one(state, of, record),
            None => Err(vec![ApiError::parser("a record must be an object")]),
        })
        .collect();
    Ok(finish(state, mark, all_or_none, results))
}

/// Turns outcomes into results; with all-or-none one failure undoes them all.
fn finish(state: &mut State, mark: usize, all_or_none: bool, results: Vec<Result<Value, Errors>>) -> Answer {
    let undo = all_or_none && results.iter().any(Result::is_err);
    if undo {
        state.store.roll_back(mark);
    }
    let rows: Vec<Value> = results
        .into_iter()
        .map(|result| match result {
            Ok(_) if undo => failed_row(&vec![ApiError::rolled_back()]),
            Ok(row) => row,
            Err(errors) => failed_row(&errors),
        })
        .collect();
    Answer::ok(rows.into())
}

fn change(state: &mut State, caller: &Caller, of: &Arc<ObjectType>, record: &Map) -> Result<Value, Errors> {
    let mut body = record.clone();
    let key = body.keys().find(|name| name.eq_ignore_ascii_case("id")).cloned();
    let given = key.and_then(|key| body.shift_remove(&key));
    let text = given.as_ref().and_then(Value::as_str).unwrap_or_default();
    let id = id::long(text)
        .filter(|id| id.starts_with(&of.prefix))
        .ok_or_else(|| {
            let message = if text.is_empty() {
                "Id not specified in an update call".to_owned()
            } else {
                format!(
                    "{} ID: id value of incorrect type: {}",
                    of.label,
                    crate::salesforce::coerce::echo(text)
                )
            };
            let code = if text.is_empty() {
                "MISSING_ARGUMENT"
            } else {
                "MALFORMED_ID"
            };
            vec![ApiError::row(code, message, ["Id"])]
        })?;
    state.update(caller, of, &id, &body)?;
    Ok(saved_row(&id, None))
}

fn upsert(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    object: &str,
    key: &str,
) -> Result<Answer, ApiError> {
    let of = state.object(object)?;
    let field = State::key_field(&of, key)?;
    save(state, call, |state, own, record| {
        if own.name != of.name {
            return Err(vec![ApiError::row(
                "INVALID_TYPE",
                format!("a record of {} was given for {}", own.name, of.name),
                [],
            )]);
        }
        upsert_one(state, caller, &of, &field, record)
    })
}

fn upsert_one(
    state: &mut State,
    caller: &Caller,
    of: &Arc<ObjectType>,
    field: &Field,
    record: &Map,
) -> Result<Value, Errors> {
    let mut body = record.clone();
    let name = body
        .keys()
        .find(|name| name.eq_ignore_ascii_case(&field.name))
        .cloned();
    let key = name
        .and_then(|name| body.shift_remove(&name))
        .filter(|key| !key.is_null());
    let Some(key) = key else {
        if field.name == "Id" {
            return Ok(saved_row(&state.insert(caller, of, &body)?, Some(true)));
        }
        return Err(vec![ApiError::row(
            "MISSING_ARGUMENT",
            format!("{} not specified", field.name),
            [field.name.as_str()],
        )]);
    };
    match state.upsert(caller, of, field, &key, &body, false)? {
        Upserted::Created(id) => Ok(saved_row(&id, Some(true))),
        Upserted::Updated(id) => Ok(saved_row(&id, Some(false))),
        Upserted::Ambiguous(_) => Err(vec![ApiError::row(
            "DUPLICATE_EXTERNAL_ID",
            format!("{}: more than one record found for external id field", field.name),
            [field.name.as_str()],
        )]),
    }
}

fn delete(state: &mut State, caller: &Caller, call: &Call) -> Result<Answer, ApiError> {
    let ids: Vec<&str> = call
        .parameter("ids")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    if ids.len() > ROWS_MAX {
        return Err(too_many(ROWS_MAX));
    }
    let all_or_none = call.parameter("allOrNone") == Some("true");
    let mark = state.store.mark();
    let results = ids
        .iter()
        .map(|text| {
            let id = id::long(text);
            let of = id.as_ref().and_then(|id| {
                let mut objects = state.schema.objects();
                objects.find(|of| id.starts_with(&of.prefix)).cloned()
            });
            let (Some(id), Some(of)) = (id, of) else {
                let message = format!("malformed id {}", crate::salesforce::coerce::echo(text));
                return Err(vec![ApiError::row("MALFORMED_ID", message, [])]);
            };
            state.delete(caller, &of, &id)?;
            Ok(saved_row(&id, None))
        })
        .collect();
    Ok(finish(state, mark, all_or_none, results))
}

fn read(state: &State, context: &Context, call: &Call, object: &str) -> Result<Answer, ApiError> {
    let of = state.object(object)?;
    let (ids, names, most) = if call.method == "GET" {
        let list = |name: &str| -> Vec<String> {
            let text = call.parameter(name).unwrap_or_default();
            text.split(',')
                .map(|item| item.trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect()
        };
        (list("ids"), list("fields"), READ_MAX.0)
    } else {
        let body = call.members()?;
        let list = |name: &str| -> Result<Vec<String>, ApiError> {
            let items = body.get(name).and_then(Value::as_array);
            let items = items.ok_or_else(|| ApiError::parser(format!("Missing required field: {name}")))?;
            Ok(items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect())
        };
        (list("ids")?, list("fields")?, READ_MAX.1)
    };
    if ids.len() > most {
        return Err(too_many(most));
    }
    let fields: Vec<&Field> = names
        .iter()
        .map(|name| of.field(name).ok_or_else(|| ApiError::no_column(name, &of.name)))
        .collect::<Result<_, _>>()?;
    let view = context.view(false);
    let rows: Vec<Value> = ids
        .iter()
        .map(|text| {
            let row = id::long(text).and_then(|id| state.store.see(&of.name, &id, view));
            row.map_or(Value::Null, |row| {
                render::record(&of, &row, fields.iter().copied(), context.version)
            })
        })
        .collect();
    Ok(Answer::ok(rows.into()))
}
