//! The two sides field by field, for people: what each side holds and whether that agrees.

use std::sync::Arc;

use connector_api::value::object;
use connector_api::{Map, Shape, Value};

use crate::catalog::Catalog;
use crate::expression::Context;
use crate::mapping::column::same;
use crate::mapping::diff::{wanted_at_referral_of, wanted_at_side_of};
use crate::mapping::given::Given;
use crate::mapping::model::{Direction, ListRow, Mapping, REFERRAL, Row};
use crate::mapping::path::dotted;
use crate::mapping::rows::{items_by_key, items_of, rows_by_key, rows_of};
use crate::mapping::translate::{Towards, translate};
use crate::mapping::{MapError, shapes};

/// A list of `{row, side, referral_path, field, referral, value, agrees}`, one for each row and list of the mapping
/// whose two sides were given. A row agrees when no direction of it would write anything, rows for creation
/// included; where an expression decides, what it says counts.
pub fn compare(
    mapping: &Mapping,
    from: Vec<(String, Arc<Value>)>,
    catalog: &Catalog,
    context: &Context,
) -> Result<Value, MapError> {
    let given = Given::new(mapping, from, false, context)?;
    let mut lines = Vec::new();
    let Some(referral) = given.present(REFERRAL) else {
        return Ok(Value::Array(lines));
    };
    for row in mapping.fields.iter().filter(|row| !row.referral.is_empty()) {
        let Some(record) = given.present(&row.side.value) else {
            continue;
        };
        let field = given.field(row)?;
        let agrees = row_agrees(&given, referral, record, row, &field, catalog)?;
        let paths: Vec<&str> = row.referral.iter().map(|path| path.value.as_str()).collect();
        lines.push(object([
            ("row", row.name.value.as_str().into()),
            ("side", row.side.value.as_str().into()),
            ("referral_path", paths.join(", ").into()),
            ("field", given.shown_field(&row.side.value, &field).into()),
            (
                "referral",
                given.source(row, &field, Towards::Side).unwrap_or_default(),
            ),
            ("value", record.get(&field).cloned().unwrap_or_default()),
            ("agrees", agrees.into()),
        ]));
    }
    for list in &mapping.lists {
        let Some(record) = given.present(&list.side.value) else {
            continue;
        };
        let Some(rows) = rows_of(record, list)? else {
            continue;
        };
        let (items, rows) = (mapped_items(referral, list), mapped_rows(rows, list));
        lines.push(object([
            ("row", list.name.value.as_str().into()),
            ("side", list.side.value.as_str().into()),
            ("referral_path", list.referral.value.as_str().into()),
            (
                "field",
                given
                    .shown_field(&list.side.value, &list.relationship.value)
                    .into(),
            ),
            ("referral", items.values().cloned().collect::<Vec<_>>().into()),
            ("value", rows.values().cloned().collect::<Vec<_>>().into()),
            (
                "agrees",
                lists_agree(mapping, list, &items, &rows, catalog).into(),
            ),
        ]));
    }
    Ok(Value::Array(lines))
}

fn row_agrees(
    given: &Given<'_>,
    referral: &Value,
    record: &Value,
    row: &Row,
    field: &str,
    catalog: &Catalog,
) -> Result<bool, MapError> {
    let column = shapes::column(
        catalog,
        given.mapping,
        &row.side.value,
        field,
        row.translation.as_ref(),
    );
    let mut computed = false;
    if row.to_side.value().is_some()
        && let Some((_, differs)) = wanted_at_side_of(given, record, row, field, column)?
    {
        computed = true;
        if differs {
            return Ok(false);
        }
    }
    if row.to_referral.value().is_some()
        && let Some(wanted) = wanted_at_referral_of(given, referral, row, field, column)?
    {
        computed = true;
        if wanted.iter().any(|(_, _, differs)| *differs) {
            return Ok(false);
        }
    }
    let plain = |direction: &Direction| direction.is_open() && direction.value().is_none();
    if computed || !(plain(&row.to_side) || plain(&row.to_referral)) {
        return Ok(true);
    }
    let here = given.source(row, field, Towards::Side).unwrap_or_default();
    let there = record.get(field);
    Ok(match translate(row.translation.as_ref(), &here, Towards::Side) {
        Ok(here) => same(Some(&here), there, column),
        Err(_) => false,
    })
}

fn mapped_items(referral: &Value, list: &ListRow) -> Map {
    let items = items_of(referral, list).unwrap_or_default();
    let items = items_by_key(items, list).into_iter();
    items
        .map(|(key, item)| {
            let fields = list.all_fields().map(|field| {
                let value = item.get(&field.referral.value).cloned().unwrap_or_default();
                (field.name.value.clone(), value)
            });
            (key, fields.collect())
        })
        .collect()
}

fn mapped_rows(rows: &[Value], list: &ListRow) -> Map {
    let rows = rows_by_key(rows, list).into_iter();
    rows.map(|(key, row)| {
        let fields = list.all_fields().map(|field| {
            let value = dotted(row, &field.field.value).cloned().unwrap_or_default();
            (field.name.value.clone(), value)
        });
        (key, fields.collect())
    })
    .collect()
}

fn lists_agree(mapping: &Mapping, list: &ListRow, items: &Map, rows: &Map, catalog: &Catalog) -> bool {
    let row_shape = shapes::row(catalog, mapping, list);
    items.len() == rows.len()
        && items.iter().all(|(key, item)| {
            rows.get(key).is_some_and(|row| {
                list.fields.iter().all(|field| {
                    let column = match shapes::field(row_shape, &field.field.value).shape() {
                        Shape::Object(_) => &Shape::Any,
                        shape => shape,
                    };
                    let name = &field.name.value;
                    // A default stands for a blank end: an unset word and its default are no disagreement.
                    let (item, row) = (item.get(name), row.get(name));
                    same(item, row, column)
                })
            })
        })
}
