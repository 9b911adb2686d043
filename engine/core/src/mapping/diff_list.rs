//! The lists of a diff: items and rows paired by key and merged row by row.

use connector_api::value::object;
use connector_api::{Map, Shape, Value};

use crate::catalog::Catalog;
use crate::mapping::column::same;
use crate::mapping::decide::{Difference, Ways, decide};
use crate::mapping::diff::{Found, Sides};
use crate::mapping::given::Given;
use crate::mapping::model::ListRow;
use crate::mapping::path::{dotted, set_dotted};
use crate::mapping::rows::{Keyed, item_key, items_by_key, items_of, rows_by_key, rows_of};
use crate::mapping::translate::Towards;
use crate::mapping::{MapError, shapes};

/// What would have to happen to the rows of a relationship.
#[derive(Default)]
pub(crate) struct Moves {
    create: Vec<Value>,
    update: Vec<Value>,
    delete: Vec<Value>,
}

impl Moves {
    fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }

    pub(crate) fn into_value(self) -> Value {
        object([
            ("create", self.create.into()),
            ("update", self.update.into()),
            ("delete", self.delete.into()),
        ])
    }
}

/// Compares one list; what the referral needs goes to `found`, what the rows need is returned.
pub(crate) fn diff_list(
    given: &Given<'_>,
    sides: &Sides<'_>,
    list: &ListRow,
    catalog: &Catalog,
    found: &mut Found<'_>,
) -> Result<Moves, MapError> {
    let open = (
        given.list_goes(list, Towards::Referral)?,
        given.list_goes(list, Towards::Side)?,
    );
    let Some(rows) = rows_of(sides.record, list)?.filter(|_| open != (false, false)) else {
        return Ok(Moves::default());
    };
    let items = items_of(sides.referral, list);
    let base = match sides.base {
        Some((referral, record)) => items_of(referral, list).zip(rows_of(record, list)?),
        None => None,
    };
    let merge = Merge {
        given,
        list,
        items: items_by_key(items.unwrap_or_default(), list),
        rows: rows_by_key(rows, list),
        base: base.map(|(items, rows)| (items_by_key(items, list), rows_by_key(rows, list))),
        // A referral without the list says nothing about the rows; it only can be given some.
        open: (open.0, open.1 && items.is_some()),
        referral_is_newer: sides.referral_is_newer(),
        row_shape: shapes::row(catalog, given.mapping, list),
    };
    merge.run(items.unwrap_or_default(), found)
}

/// A list on both sides and in both bases, by key.
struct Merge<'v> {
    given: &'v Given<'v>,
    list: &'v ListRow,
    items: Keyed<'v>,
    rows: Keyed<'v>,
    base: Option<(Keyed<'v>, Keyed<'v>)>,
    /// Whether the list goes to the referral, and to the other side.
    open: (bool, bool),
    referral_is_newer: bool,
    row_shape: &'v Shape,
}

impl Merge<'_> {
    fn run(&self, items: &[Value], found: &mut Found<'_>) -> Result<Moves, MapError> {
        let mut moves = Moves::default();
        // The referral's list is written whole, so it is built as it shall be.
        let mut wanted: Vec<Value> = Vec::new();
        let mut differs = false;
        for item in items {
            let key = item_key(item, self.list).filter(|key| {
                // Of two items with one key the second takes no part, like one without a key; both stay.
                self.items
                    .get(key)
                    .is_some_and(|first| std::ptr::eq(*first, item))
            });
            let merged = match &key {
                None => Some(item.clone()),
                Some(key) => match self.rows.get(key) {
                    Some(row) => {
                        let merged = self.pair(key, item, row, &mut moves, found)?;
                        differs |= merged.is_some();
                        Some(merged.unwrap_or_else(|| item.clone()))
                    }
                    None => self.item_alone(key, item, &mut moves, found)?,
                },
            };
            differs |= merged.is_none();
            wanted.extend(merged);
        }
        for (key, row) in &self.rows {
            if !self.items.contains_key(key)
                && let Some(item) = self.row_alone(key, row, &mut moves, found)?
            {
                differs = true;
                wanted.push(item);
            }
        }
        let differs = differs && !(wanted.is_empty() && self.list.required.is_some());
        let (name, side) = (&self.list.name.value, &self.list.side.value);
        found.differs(name, side, differs, !moves.is_empty());
        if differs {
            self.list
                .referral
                .value
                .set(&mut found.to_referral, Value::Array(wanted));
        }
        Ok(moves)
    }

    /// An item without a row: a row is missing, or the item is one too many. Gives the item when it stays.
    fn item_alone(
        &self,
        key: &str,
        item: &Value,
        moves: &mut Moves,
        found: &mut Found<'_>,
    ) -> Result<Option<Value>, MapError> {
        let changed = self.base.as_ref().map(|(items, rows)| {
            let item_changed = items.get(key).is_none_or(|base| self.items_differ(base, item));
            (item_changed, rows.contains_key(key))
        });
        let ways = self.decide(changed, self.open)?;
        self.tell(ways, None, item.clone(), Value::Null, found);
        if ways.to_side {
            moves.create.push(self.given.row(self.list, item)?);
        }
        Ok((!ways.to_referral).then(|| item.clone()))
    }

    /// A row without an item: an item is missing, or the row is one too many. Gives the item that is missing.
    fn row_alone(
        &self,
        key: &str,
        row: &Value,
        moves: &mut Moves,
        found: &mut Found<'_>,
    ) -> Result<Option<Value>, MapError> {
        let changed = self.base.as_ref().map(|(items, rows)| {
            let row_changed = rows.get(key).is_none_or(|base| self.rows_differ(base, row));
            (items.contains_key(key), row_changed)
        });
        let ways = self.decide(changed, self.open)?;
        self.tell(ways, None, Value::Null, row.clone(), found);
        if ways.to_side {
            moves.delete.push(row.clone());
        }
        ways.to_referral
            .then(|| self.given.item(self.list, row, None))
            .transpose()
    }

    /// Compares an item with its row, field by field. Gives the item as the referral shall have it, when that differs.
    fn pair(
        &self,
        key: &str,
        item: &Value,
        row: &Value,
        moves: &mut Moves,
        found: &mut Found<'_>,
    ) -> Result<Option<Value>, MapError> {
        let mut fields = Value::Object(Map::new());
        let mut merged: Option<Value> = None;
        for field in &self.list.fields {
            let column = shapes::field(self.row_shape, &field.field.value).shape();
            let at_item = item.get(&field.referral.value);
            let at_row = dotted(row, &field.field.value);
            let to_row = self
                .given
                .item_value(self.list, field, item, Towards::Side)?
                .filter(|value| !same(Some(value), at_row, column));
            let to_item = self
                .given
                .item_value(self.list, field, row, Towards::Referral)?
                .filter(|value| !same(Some(value), at_item, column));
            if to_row.is_none() && to_item.is_none() {
                continue;
            }
            let changed = self.base.as_ref().map(|(items, rows)| {
                items
                    .get(key)
                    .zip(rows.get(key))
                    .map_or((true, true), |(item, row)| {
                        let item_changed = !same(at_item, item.get(&field.referral.value), column);
                        (
                            item_changed,
                            !same(at_row, dotted(row, &field.field.value), column),
                        )
                    })
            });
            let open = (self.open.0 && to_item.is_some(), self.open.1 && to_row.is_some());
            let ways = self.decide(changed, open)?;
            let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
            self.tell(
                ways,
                Some(&field.name.value),
                value(at_item),
                value(at_row),
                found,
            );
            if let Some(value) = to_row.filter(|_| ways.to_side) {
                set_dotted(&mut fields, &field.field.value, value);
            }
            if let Some(value) = to_item.filter(|_| ways.to_referral) {
                let merged = merged.get_or_insert_with(|| item.clone());
                set_dotted(merged, &field.referral.value, value);
            }
        }
        if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
            moves
                .update
                .push(object([("row", row.clone()), ("fields", fields)]));
        }
        Ok(merged)
    }

    fn decide(&self, changed: Option<(bool, bool)>, open: (bool, bool)) -> Result<Ways, MapError> {
        decide(
            Difference {
                changed,
                open,
                offered: self.open,
            },
            self.list.conflict,
            self.referral_is_newer,
        )
        .map_err(|error| error.row(&self.list.name.value))
    }

    /// Tells of a conflict, if it was one.
    fn tell(&self, ways: Ways, field: Option<&str>, item: Value, row: Value, found: &mut Found<'_>) {
        if ways.conflict {
            let list = &self.list.name.value;
            let name = field.map_or_else(|| list.clone(), |field| format!("{list}.{field}"));
            found.conflict(&name, &self.list.side.value, item, row, ways);
        }
    }

    fn items_differ(&self, left: &Value, right: &Value) -> bool {
        self.list.all_fields().any(|field| {
            let name = &field.referral.value;
            !same(left.get(name), right.get(name), self.column(&field.field.value))
        })
    }

    fn rows_differ(&self, left: &Value, right: &Value) -> bool {
        self.list.all_fields().any(|field| {
            let name = &field.field.value;
            !same(dotted(left, name), dotted(right, name), self.column(name))
        })
    }

    fn column<'s>(&'s self, name: &'s str) -> &'s Shape {
        shapes::field(self.row_shape, name).shape()
    }
}
