//! A row as the API shows it.

use connector_api::{Map, Value, value::object};

use super::schema::{Field, Kind, ObjectType};
use super::store::Row;

/// The member that comes first in every record.
pub(crate) fn attributes(object_name: &str, id: &str, version: u32) -> Value {
    object([
        ("type", object_name.into()),
        ("url", record_path(object_name, id, version).into()),
    ])
}

/// Where a record is found.
pub(crate) fn record_path(object_name: &str, id: &str, version: u32) -> String {
    format!("/services/data/v{version}.0/sobjects/{object_name}/{id}")
}

/// A record with the given fields.
pub(crate) fn record<'a>(
    object_type: &ObjectType,
    row: &Row,
    fields: impl IntoIterator<Item = &'a Field>,
    version: u32,
) -> Value {
    let mut members = Map::new();
    members.insert(
        "attributes".to_owned(),
        attributes(&object_type.name, &row.id, version),
    );
    for field in fields {
        members.insert(field.name.clone(), value(row, field));
    }
    Value::Object(members)
}

/// A field's value; compounds are put together from their parts, and a boolean is never null.
pub(crate) fn value(row: &Row, field: &Field) -> Value {
    match field.kind {
        Kind::Address => address(row, field.name.strip_suffix("Address").unwrap_or_default()),
        Kind::Boolean if row.get(&field.name).is_null() => Value::Bool(false),
        _ => row.get(&field.name).clone(),
    }
}

fn address(row: &Row, prefix: &str) -> Value {
    let parts = [
        ("city", "City"),
        ("country", "Country"),
        ("geocodeAccuracy", "GeocodeAccuracy"),
        ("latitude", "Latitude"),
        ("longitude", "Longitude"),
        ("postalCode", "PostalCode"),
        ("state", "State"),
        ("street", "Street"),
    ];
    let members: Map = parts
        .iter()
        .map(|(key, part)| ((*key).to_owned(), row.get(&format!("{prefix}{part}")).clone()))
        .collect();
    if members.values().all(Value::is_null) {
        Value::Null
    } else {
        Value::Object(members)
    }
}
