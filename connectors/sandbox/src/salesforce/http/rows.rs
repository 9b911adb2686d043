//! Objects and single rows: describe, create, read, change, delete, by id or by a key of one's own.

use std::sync::Arc;

use connector_api::{Value, value::object};

use super::call::{Answer, Call, Context};
use super::data::saved_row;
use super::{query, replication};
use crate::salesforce::describe;
use crate::salesforce::error::{ApiError, Errors};
use crate::salesforce::id;
use crate::salesforce::moment;
use crate::salesforce::render;
use crate::salesforce::schema::{Field, ObjectType};
use crate::salesforce::state::State;
use crate::salesforce::store::Row;
use crate::salesforce::upsert::Upserted;

/// Since this version an upsert that changed a row has a body.
const UPSERT_BODY_SINCE: u32 = 46;

/// Everything under `/sobjects`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call, path: &[&str]) -> Answer {
    resource(state, context, call, path).into()
}

fn resource(state: &mut State, context: &Context, call: &Call, path: &[&str]) -> Result<Answer, Errors> {
    let one = |error| vec![error];
    let [name, rest @ ..] = path else {
        return only_get(call).map_err(one).and_then(|()| {
            let body = describe::global(&state.schema, context.version);
            cached(state, call, body).map_err(one)
        });
    };
    let of = state.object(name).map_err(one)?;
    match (rest, call.method.as_str()) {
        ([], "GET") => Ok(Answer::ok(object([
            ("objectDescribe", describe::brief(&of, context.version)),
            ("recentItems", Value::Array(Vec::new())),
        ]))),
        ([], "POST") => create(state, context, call, &of),
        ([], _) => Err(one(call.method_not_allowed("HEAD,GET,POST"))),
        (["describe"], "GET") => {
            let body = describe::object_type(&state.schema, &of, context.version);
            cached(state, call, body).map_err(one)
        }
        (["updated"], "GET") => replication::updated(state, context, call, &of).map_err(one),
        (["deleted"], "GET") => replication::deleted(state, context, call, &of).map_err(one),
        (["describe" | "updated" | "deleted"], _) => Err(one(call.method_not_allowed("HEAD,GET"))),
        (["Id"], "POST") => create(state, context, call, &of),
        ([id], _) => by_id(state, context, call, &of, id),
        ([key, value], _) if of.field(key).is_some() || id::long(key).is_none() => {
            by_key(state, context, call, &of, key, value)
        }
        ([id, relation], "GET") => related(state, context, call, &of, id, relation),
        _ => Err(one(ApiError::not_found())),
    }
}

fn create(state: &mut State, context: &Context, call: &Call, of: &Arc<ObjectType>) -> Result<Answer, Errors> {
    let body = call.members().map_err(|error| vec![error])?;
    let id = state.insert(&call.caller(context), of, &body)?;
    Ok(created(context, of, &id, None))
}

fn created(context: &Context, of: &ObjectType, id: &str, created: Option<bool>) -> Answer {
    Answer::new(201, Some(saved_row(id, created)))
        .with_header("location", render::record_path(&of.name, id, context.version))
}

fn by_id(
    state: &mut State,
    context: &Context,
    call: &Call,
    of: &Arc<ObjectType>,
    id: &str,
) -> Result<Answer, Errors> {
    let one = |error| vec![error];
    let id = read_id(of, id).map_err(one)?;
    match call.method.as_str() {
        "GET" => read(state, context, call, of, &id).map_err(one),
        "PATCH" => {
            let body = call.members().map_err(one)?;
            precondition(state, call, of, &id).map_err(one)?;
            state.update(&call.caller(context), of, &id, &body)?;
            Ok(Answer::new(204, None))
        }
        "DELETE" => {
            precondition(state, call, of, &id).map_err(one)?;
            state.delete(&call.caller(context), of, &id)?;
            Ok(Answer::new(204, None))
        }
        _ => Err(one(call.method_not_allowed("HEAD,GET,PATCH,DELETE"))),
    }
}

/// An id of a path: of this object, or the error for what it is instead.
fn read_id(of: &ObjectType, text: &str) -> Result<String, ApiError> {
    let id = id::long(text).ok_or_else(|| {
        ApiError::new(
            404,
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {text}"),
        )
    })?;
    if id.starts_with(&of.prefix) {
        Ok(id)
    } else {
        Err(ApiError::row(
            "MALFORMED_ID",
            format!("{} ID: id value of incorrect type: {text}", of.label),
            ["Id"],
        ))
    }
}

fn read(
    state: &State,
    context: &Context,
    call: &Call,
    of: &ObjectType,
    id: &str,
) -> Result<Answer, ApiError> {
    let row = state
        .store
        .see(&of.name, id, context.view(false))
        .ok_or_else(ApiError::not_found)?;
    let fields: Vec<&Field> = match call.parameter("fields") {
        None => of.fields().collect(),
        Some(names) => names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| of.field(name).ok_or_else(|| ApiError::no_column(name, &of.name)))
            .collect::<Result<_, _>>()?,
    };
    let modified = moment::read_datetime(row.text("LastModifiedDate")).unwrap_or(context.now);
    let mut headers = vec![("last-modified", moment::http_date(modified))];
    let mut unchanged = match call.header("if-modified-since") {
        Some(text) => moment::read_http_date(text).is_some_and(|since| modified <= since),
        None => false,
    };
    if let Some(etag) = etag(of, &row) {
        unchanged |= call.header("if-none-match").is_some_and(|known| known == etag);
        headers.push(("etag", etag));
    }
    let body = (!unchanged).then(|| render::record(of, &row, fields, context.version));
    Ok(Answer {
        status: if unchanged { 304 } else { 200 },
        headers,
        body,
    })
}

/// A version of a row. Only accounts have one.
fn etag(of: &ObjectType, row: &Row) -> Option<String> {
    (of.name == "Account").then(|| {
        let stamp: String = row
            .text("SystemModstamp")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        format!("\"{stamp}--gzip\"")
    })
}

/// Holds a write to what its caller last saw.
fn precondition(state: &State, call: &Call, of: &ObjectType, id: &str) -> Result<(), ApiError> {
    let failed = || {
        ApiError::new(
            412,
            "MATCH_PRECONDITION_FAILED",
            "The condition specified in the request headers is not met",
        )
    };
    let Some(row) = state.store.row(&of.name, id) else {
        return Ok(());
    };
    if let Some(text) = call.header("if-unmodified-since") {
        let since = moment::read_http_date(text).ok_or_else(|| {
            ApiError::new(
                400,
                "INVALID_HEADER",
                "If-Unmodified-Since must be an RFC 1123 date",
            )
        })?;
        let modified = moment::read_datetime(row.text("LastModifiedDate"));
        if modified.is_some_and(|modified| modified > since) {
            return Err(failed());
        }
    }
    if let Some(etag) = etag(of, row) {
        let equal = |known: &str| known == "*" || known == etag;
        if call.header("if-match").is_some_and(|known| !equal(known))
            || call.header("if-none-match").is_some_and(equal)
        {
            return Err(failed());
        }
    }
    Ok(())
}

fn by_key(
    state: &mut State,
    context: &Context,
    call: &Call,
    of: &Arc<ObjectType>,
    key: &str,
    value: &str,
) -> Result<Answer, Errors> {
    let one = |error| vec![error];
    let field = State::key_field(of, key).map_err(one)?;
    let value = key_value(&field, value);
    if call.method == "PATCH" {
        let body = call.members().map_err(one)?;
        let update_only = call.parameter("updateOnly") == Some("true");
        let upserted = state.upsert(&call.caller(context), of, &field, &value, &body, update_only)?;
        let with_body = context.version >= UPSERT_BODY_SINCE;
        return Ok(match upserted {
            Upserted::Created(id) => created(context, of, &id, with_body.then_some(true)),
            Upserted::Updated(id) if with_body => Answer::ok(saved_row(&id, Some(false))),
            Upserted::Updated(_) => Answer::new(204, None),
            Upserted::Ambiguous(ids) => ambiguous(context, of, &ids),
        });
    }
    let found = state.by_key(of, &field, &value).map_err(one)?;
    match (found.as_slice(), call.method.as_str()) {
        ([], "GET" | "DELETE") => Err(one(ApiError::not_found())),
        ([id], "GET" | "DELETE") => by_id(state, context, call, of, id),
        (ids, "GET" | "DELETE") => Ok(ambiguous(context, of, ids)),
        _ => Err(one(call.method_not_allowed("HEAD,GET,PATCH,DELETE"))),
    }
}

/// A key of a path as a value of its field: a number where the field holds numbers.
fn key_value(field: &Field, text: &str) -> Value {
    let number = if field.is_text() || field.name == "Id" {
        None
    } else {
        connector_api::Number::parse(text)
    };
    number.map_or_else(|| text.into(), Value::Number)
}

/// Several rows have the key: where each is found.
fn ambiguous(context: &Context, of: &ObjectType, ids: &[String]) -> Answer {
    let paths = ids
        .iter()
        .map(|id| render::record_path(&of.name, id, context.version).into())
        .collect::<Vec<Value>>();
    Answer::new(300, Some(paths.into()))
}

/// A row's parent, or the rows that point to it.
fn related(
    state: &mut State,
    context: &Context,
    call: &Call,
    of: &Arc<ObjectType>,
    id: &str,
    relation: &str,
) -> Result<Answer, Errors> {
    let one = |error| vec![error];
    let id = read_id(of, id).map_err(one)?;
    let view = context.view(false);
    let row = state
        .store
        .see(&of.name, &id, view)
        .ok_or_else(|| one(ApiError::not_found()))?;
    if let Some(field) = of.parent(relation) {
        let target = field
            .reference
            .as_ref()
            .map(|reference| reference.to.clone())
            .unwrap_or_default();
        let target = state.object(&target).map_err(one)?;
        let parent = row.text(&field.name).to_owned();
        return read(state, context, call, &target, &parent).map_err(one);
    }
    let child = state
        .schema
        .children(&of.name)
        .into_iter()
        .find(|child| {
            child
                .name
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(relation))
        })
        .ok_or_else(|| one(ApiError::not_found()))?;
    let columns: Vec<&str> = match call.parameter("fields") {
        Some(names) => names.split(',').map(str::trim).collect(),
        None => child.object.fields().map(|field| field.name.as_str()).collect(),
    };
    let text = format!(
        "SELECT {} FROM {} WHERE {} = '{id}'",
        columns.join(", "),
        child.object.name,
        child.field
    );
    query::run(state, context, call, &text, false, false).map_err(one)
}

/// A description, unless the caller has the newest one already.
fn cached(state: &State, call: &Call, body: Value) -> Result<Answer, ApiError> {
    let changed = state.schema_changed;
    let unchanged = call
        .header("if-modified-since")
        .and_then(moment::read_http_date)
        .is_some_and(|since| changed.as_second() <= since.as_second());
    let answer = if unchanged {
        Answer::new(304, None)
    } else {
        Answer::ok(body)
    };
    Ok(answer.with_header("last-modified", moment::http_date(changed)))
}

fn only_get(call: &Call) -> Result<(), ApiError> {
    if call.method == "GET" {
        Ok(())
    } else {
        Err(call.method_not_allowed("HEAD,GET"))
    }
}
