//! What `columns=true` answers: the columns a query would have, without its rows.

use connector_api::{Value, value::object};

use super::bind::{Bound, BoundItem, BoundPath};
use crate::salesforce::schema::{Field, Kind};

/// Describes the columns of a query.
pub(super) fn describe(bound: &Bound) -> Value {
    let id_selected = bound.items.iter().any(
        |item| matches!(item, BoundItem::Field(path) if path.hops.is_empty() && path.field.kind == Kind::Id),
    );
    object([
        ("columnMetadata", columns(bound).into()),
        ("entityName", bound.object.name.as_str().into()),
        ("groupBy", (!bound.group_by.is_empty()).into()),
        ("idSelected", id_selected.into()),
        ("keyPrefix", bound.object.prefix.as_str().into()),
    ])
}

fn columns(bound: &Bound) -> Vec<Value> {
    let mut columns: Vec<Value> = Vec::new();
    for item in &bound.items {
        match item {
            BoundItem::Field(path) => place(&mut columns, path, 0),
            BoundItem::Aggregate { column, path, .. } => {
                let kind = path.as_ref().map_or(Kind::Int, |path| path.field.kind);
                columns.push(column_of(
                    column,
                    column,
                    kind,
                    true,
                    false,
                    false,
                    false,
                    Vec::new(),
                ));
            }
            BoundItem::Children { name, select, .. } => columns.push(join(name, self::columns(select))),
        }
    }
    columns
}

/// A field inside the columns of its parents.
fn place(columns: &mut Vec<Value>, path: &BoundPath, depth: usize) {
    let Some(hop) = path.hops.get(depth) else {
        columns.push(of_field(&path.field));
        return;
    };
    let known = columns
        .iter()
        .position(|column| column.get("columnName").and_then(Value::as_str) == Some(&hop.name));
    let index = known.unwrap_or_else(|| {
        columns.push(join(&hop.name, Vec::new()));
        columns.len() - 1
    });
    if let Some(Value::Array(inner)) = columns[index]
        .as_object_mut()
        .and_then(|column| column.get_mut("joinColumns"))
    {
        place(inner, path, depth + 1);
    }
}

fn of_field(field: &Field) -> Value {
    column_of(
        &field.name,
        &field.label,
        field.kind,
        false,
        field.custom(),
        field.createable,
        field.updateable,
        Vec::new(),
    )
}

fn join(name: &str, columns: Vec<Value>) -> Value {
    column_of(
        name,
        name,
        Kind::Reference,
        false,
        name.ends_with("__r"),
        false,
        false,
        columns,
    )
}

#[allow(clippy::too_many_arguments, reason = "each is one member of the answer")]
fn column_of(
    name: &str,
    label: &str,
    kind: Kind,
    aggregate: bool,
    custom: bool,
    insertable: bool,
    updatable: bool,
    joined: Vec<Value>,
) -> Value {
    let number = matches!(kind, Kind::Int | Kind::Double | Kind::Currency | Kind::Percent);
    let text = matches!(
        kind,
        Kind::Text
            | Kind::TextArea
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Picklist
            | Kind::MultiPicklist
    );
    let apex = match kind {
        Kind::Id | Kind::Reference => "Id",
        Kind::Boolean => "Boolean",
        Kind::Int => "Integer",
        Kind::Double | Kind::Currency | Kind::Percent => "Double",
        Kind::Date => "Date",
        Kind::DateTime => "Datetime",
        _ => "String",
    };
    object([
        ("aggregate", aggregate.into()),
        ("apexType", apex.into()),
        ("booleanType", (kind == Kind::Boolean).into()),
        ("columnName", name.into()),
        ("custom", custom.into()),
        ("displayName", label.into()),
        ("foreignKeyName", Value::Null),
        ("insertable", insertable.into()),
        ("joinColumns", joined.into()),
        ("numberType", number.into()),
        ("textType", text.into()),
        ("updatable", updatable.into()),
    ])
}
