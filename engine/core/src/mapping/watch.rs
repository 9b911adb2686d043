//! Which values of the other sides a mapping reads, for triggers that start a run only when one of them changed.
//!
//! Only what can travel to the referral is watched: marks and audit lines we write ourselves never count.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::value::object;
use connector_api::{Map, Shape, Value};
use indexmap::IndexSet;

use crate::expression::{Context, PathStep, Template};
use crate::mapping::MapError;
use crate::mapping::column::kept;
use crate::mapping::given::{defined, field_name};
use crate::mapping::model::{ListRow, Mapping, Row, Side};
use crate::mapping::names::{VALUE, of_environment, overlaid};
use crate::mapping::path::dotted;
use crate::mapping::rows::{rows_by_key, rows_of};

/// What a poller has to read: a list of `{side: "connection.Object", fields}`, and for each list of the mapping
/// `{side, relationship, fields}` where `side` is the object that has the relationship.
pub fn watch_request(mapping: &Mapping, environment: &Value) -> Result<Value, MapError> {
    let context = of_environment(environment);
    let mut request = Vec::new();
    for side in mapping.other_sides() {
        let fields = watched_fields(mapping, side, &context)?;
        if !fields.is_empty() {
            request.push(object([
                ("side", side_text(side).into()),
                (
                    "fields",
                    fields.into_iter().map(Value::from).collect::<Vec<_>>().into(),
                ),
            ]));
        }
    }
    for list in watched_lists(mapping) {
        let Some(side) = mapping.side(&list.side.value) else {
            continue;
        };
        let fields: IndexSet<&str> = list
            .all_fields()
            .map(|field| field.field.value.as_str())
            .collect();
        request.push(object([
            ("side", side_text(side).into()),
            ("relationship", list.relationship.value.as_str().into()),
            (
                "fields",
                fields.into_iter().map(Value::from).collect::<Vec<_>>().into(),
            ),
        ]));
    }
    Ok(Value::Array(request))
}

/// The watched values of a polled record, in a form that is equal exactly when nothing watched differs.
///
/// `object` is the record's object; records of other sides are looked for in the record under their object's name
/// (`Account`), rows under their relationship. An object that is no side of the mapping is watched whole.
pub fn watched(
    mapping: &Mapping,
    object: &str,
    record: &Value,
    environment: &Value,
) -> Result<Value, MapError> {
    if !mapping.other_sides().any(|side| side.object.value == object) {
        return Ok(record.clone());
    }
    let context = of_environment(environment);
    let mut watched = Map::new();
    for side in mapping.other_sides() {
        let record = if side.object.value == object {
            Some(record)
        } else {
            record.get(&side.object.value).filter(|record| !record.is_null())
        };
        let Some(record) = record else { continue };
        let values = watched_values(mapping, side, record, &context)?;
        if !values.is_empty() {
            watched.insert(side.name.value.clone(), Value::Object(values));
        }
    }
    Ok(Value::Object(watched))
}

fn watched_values(
    mapping: &Mapping,
    side: &Side,
    record: &Value,
    context: &Context,
) -> Result<Map, MapError> {
    let mut values = Map::new();
    for row in watched_rows(mapping, side) {
        let field = field_name(&row.field, context).map_err(|error| error.row(&row.name.value))?;
        // Where the expression fails, the field itself is watched: a run will start and say what is wrong.
        let value = seen(row, &field, record, context).unwrap_or_else(|_| record.get(&field).cloned());
        values.entry(field).or_insert(kept(value.as_ref(), &Shape::Any));
    }
    for field in watched_fields(mapping, side, context)? {
        let value = kept(record.get(&field), &Shape::Any);
        values.entry(field).or_insert(value);
    }
    for list in watched_lists(mapping).filter(|list| list.side.value == side.name.value) {
        let Some(rows) = rows_of(record, list)? else {
            continue;
        };
        let rows: BTreeMap<String, &Value> = rows_by_key(rows, list).into_iter().collect();
        let rows = rows.into_values().map(|row| {
            let value = |field: &str| kept(dotted(row, field), &Shape::Any);
            let fields = list.all_fields().map(|field| field.field.value.as_str());
            fields.map(|field| (field.to_owned(), value(field))).collect()
        });
        values.insert(list.relationship.value.clone(), Value::Array(rows.collect()));
    }
    Ok(values)
}

/// The value of a row at the other side as the referral would see it: what its expression makes of the field where
/// that depends on this side alone, else the field itself.
pub(crate) fn seen(
    row: &Row,
    field: &str,
    record: &Value,
    context: &Context,
) -> Result<Option<Value>, MapError> {
    let Some(raw) = record.get(field) else {
        return Ok(None);
    };
    // A value that does not come from the field, such as a plain `true`, says nothing about it.
    match seen_through(row) {
        None => Ok(Some(raw.clone())),
        Some(template) => {
            let context = overlaid(
                context,
                vec![
                    (VALUE.to_owned(), Some(Arc::new(raw.clone()))),
                    (row.side.value.clone(), Some(Arc::new(record.clone()))),
                ],
            );
            defined(template, &context).map_err(|error| error.row(&row.name.value).field(field))
        }
    }
}

/// The expression through which a row's value is seen: one that depends on this side alone, and on its value. What gives
/// the same whatever the value is says nothing about it.
pub(crate) fn seen_through(row: &Row) -> Option<&Template> {
    let of_side = |root: &str| root == VALUE || root == row.side.value;
    row.to_referral.value().filter(|template| {
        let expressions = template.expressions();
        let references = || {
            let references = expressions.iter().flat_map(|expression| &expression.references);
            references.map(|reference| reference.root.as_str())
        };
        references().all(|root| root == "env" || of_side(root)) && references().any(of_side)
    })
}

fn watched_rows<'m>(mapping: &'m Mapping, side: &Side) -> impl Iterator<Item = &'m Row> {
    let name = side.name.value.clone();
    mapping
        .fields
        .iter()
        .filter(move |row| row.side.value == name && row.to_referral.is_open())
}

fn watched_lists(mapping: &Mapping) -> impl Iterator<Item = &ListRow> {
    mapping.lists.iter().filter(|list| list.to_referral.is_open())
}

/// The fields of a side that rows read on their way to the referral, expressions included.
fn watched_fields(mapping: &Mapping, side: &Side, context: &Context) -> Result<IndexSet<String>, MapError> {
    let mut fields = IndexSet::new();
    for row in watched_rows(mapping, side) {
        fields.insert(field_name(&row.field, context).map_err(|error| error.row(&row.name.value))?);
    }
    let open = mapping.fields.iter().filter(|row| row.to_referral.is_open());
    let templates = open
        .flat_map(|row| row.to_referral.templates())
        .chain(watched_lists(mapping).flat_map(|list| list.to_referral.templates()));
    for reference in templates
        .flat_map(Template::expressions)
        .flat_map(|expression| &expression.references)
        .filter(|reference| reference.root == side.name.value)
    {
        if let Some(PathStep::Member(name)) = reference.path.first() {
            fields.insert(name.clone());
        }
    }
    // A relationship read by an expression is a list of its own, not a field.
    for list in &mapping.lists {
        if list.side.value == side.name.value {
            fields.shift_remove(&list.relationship.value);
        }
    }
    Ok(fields)
}

fn side_text(side: &Side) -> String {
    format!("{}.{}", side.connection.value, side.object.value)
}
