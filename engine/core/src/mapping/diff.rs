//! `type: diff`: what would have to be written to each side so that it equals the other.
//!
//! Without a base (the values last seen on each side) a difference is listed both ways and the flow takes the way it
//! wants. With a base, a difference goes the way of the side that changed, and two changes go by the row's policy.

use connector_api::value::object;
use connector_api::{Map, Shape, Value};

use crate::catalog::Catalog;
use crate::expression::Context;
use crate::mapping::column::{is_blank, same};
use crate::mapping::decide::{Difference, Ways, decide, referral_is_newer};
use crate::mapping::given::Given;
use crate::mapping::model::{ListRow, Mapping, REFERRAL, Row};
use crate::mapping::path::{dotted, set_dotted};
use crate::mapping::rows::{Keyed, items_by_key, items_of, rows_by_key, rows_of};
use crate::mapping::translate::{Towards, translate};
use crate::mapping::watch::seen;
use crate::mapping::{MapError, Path, shapes};

/// What to compare.
#[derive(Clone, Debug, Default)]
pub struct DiffRequest {
    /// The sides, by name. A side that is not given, or null, takes no part.
    pub from: Vec<(String, Value)>,
    /// The link of the deal. `base: {referral, <side>}` holds the values last seen on each side, in the form of the
    /// records themselves.
    pub link: Option<Value>,
}

/// What differs:
/// `{to_referral, to_<side>..., lists: {<list>: {create, update, delete}}, rows, rows_to_referral, rows_to_<side>...,
/// conflicts, changed}`.
///
/// `to_referral` is a nested part of a referral with whole lists; `to_<side>` is there for every other side and holds
/// its fields; in `lists`, `create` holds rows in the other side's field names, `update` `{row, fields}` and `delete`
/// rows as they were given. `rows` names every row and list that differs, `rows_to_<side>` those that
/// would change that side. A required end is never emptied.
pub fn diff(
    mapping: &Mapping,
    request: DiffRequest,
    catalog: &Catalog,
    context: &Context,
) -> Result<Value, MapError> {
    let given = Given::new(mapping, request.from, false, context)?;
    let mut found = Found {
        to_referral: Value::Object(Map::new()),
        to_sides: mapping
            .other_sides()
            .map(|side| SideFound {
                name: &side.name.value,
                fields: Map::new(),
                rows: Vec::new(),
            })
            .collect(),
        lists: Map::new(),
        rows: Vec::new(),
        rows_to_referral: Vec::new(),
        conflicts: Vec::new(),
    };
    let base = request.link.as_ref().and_then(|link| link.get("base"));
    for row in &mapping.fields {
        if let Some(sides) = Sides::of(&given, &row.side.value, base) {
            diff_row(&given, &sides, row, catalog, &mut found)?;
        }
    }
    for list in &mapping.lists {
        let moves = match Sides::of(&given, &list.side.value, base) {
            Some(sides) => diff_list(&given, &sides, list, catalog, &mut found)?,
            None => Moves::default(),
        };
        found.lists.insert(list.name.value.clone(), moves.into_value());
    }
    Ok(found.into_value())
}

/// The two records a row compares, and their bases.
struct Sides<'a> {
    referral: &'a Value,
    record: &'a Value,
    base: Option<(&'a Value, &'a Value)>,
}

impl<'a> Sides<'a> {
    fn of(given: &'a Given<'_>, side: &str, base: Option<&'a Value>) -> Option<Self> {
        let base = |name: &str| base?.get(name).filter(|base| base.as_object().is_some());
        Some(Self {
            referral: given.present(REFERRAL)?,
            record: given.present(side)?,
            base: base(REFERRAL).zip(base(side)),
        })
    }

    fn referral_is_newer(&self) -> bool {
        referral_is_newer(self.referral, self.record)
    }
}

/// What was found so far.
struct Found<'m> {
    to_referral: Value,
    to_sides: Vec<SideFound<'m>>,
    lists: Map,
    rows: Vec<Value>,
    rows_to_referral: Vec<Value>,
    conflicts: Vec<Value>,
}

/// What was found for one side.
struct SideFound<'m> {
    name: &'m str,
    fields: Map,
    rows: Vec<Value>,
}

impl<'m> Found<'m> {
    fn side(&mut self, name: &str) -> Option<&mut SideFound<'m>> {
        self.to_sides.iter_mut().find(|side| side.name == name)
    }

    fn differs(&mut self, name: &str, side: &str, to_referral: bool, to_side: bool) {
        if to_referral || to_side {
            self.rows.push(name.into());
        }
        if to_referral {
            self.rows_to_referral.push(name.into());
        }
        if to_side && let Some(side) = self.side(side) {
            side.rows.push(name.into());
        }
    }

    fn conflict(&mut self, name: &str, side: &str, referral: Value, other: Value, ways: Ways) {
        let winner = if ways.to_side { REFERRAL } else { side };
        self.conflicts.push(object([
            ("row", name.into()),
            (REFERRAL, referral),
            (side, other),
            ("winner", winner.into()),
        ]));
    }

    fn into_value(self) -> Value {
        let changed = !self.rows.is_empty();
        let mut found = Map::new();
        found.insert("to_referral".to_owned(), self.to_referral);
        let mut rows_to_sides = Vec::with_capacity(self.to_sides.len());
        for side in self.to_sides {
            found.insert(format!("to_{}", side.name), Value::Object(side.fields));
            rows_to_sides.push((format!("rows_to_{}", side.name), Value::Array(side.rows)));
        }
        found.insert("lists".to_owned(), Value::Object(self.lists));
        found.insert("rows".to_owned(), Value::Array(self.rows));
        found.insert("rows_to_referral".to_owned(), Value::Array(self.rows_to_referral));
        found.extend(rows_to_sides);
        found.insert("conflicts".to_owned(), Value::Array(self.conflicts));
        found.insert("changed".to_owned(), Value::Bool(changed));
        Value::Object(found)
    }
}

fn diff_row(
    given: &Given<'_>,
    sides: &Sides<'_>,
    row: &Row,
    catalog: &Catalog,
    found: &mut Found<'_>,
) -> Result<(), MapError> {
    let field = given.field(row)?;
    let column = shapes::column(
        catalog,
        given.mapping,
        &row.side.value,
        &field,
        row.translation.as_ref(),
    );
    let to_side = wanted_at_side(given, sides, row, &field, column)?;
    let to_referral = wanted_at_referral(given, sides, row, &field, column)?;
    if to_side.is_none() && to_referral.is_empty() {
        return Ok(());
    }
    let difference = Difference {
        changed: changed(given, sides, row, &field, column)?,
        open: (!to_referral.is_empty(), to_side.is_some()),
    };
    let ways = decide(difference, row.conflict, sides.referral_is_newer()).map_err(|error| {
        let field = given.shown_field(&row.side.value, &field);
        error.row(&row.name.value).field(field)
    })?;
    found.differs(&row.name.value, &row.side.value, ways.to_referral, ways.to_side);
    if ways.conflict {
        let referral = given.source(row, &field, Towards::Side).unwrap_or_default();
        let other = given.source(row, &field, Towards::Referral).unwrap_or_default();
        found.conflict(&row.name.value, &row.side.value, referral, other, ways);
    }
    if ways.to_side
        && let Some(value) = to_side
        && let Some(side) = found.side(&row.side.value)
    {
        side.fields.insert(field, value);
    }
    if ways.to_referral {
        for (path, value) in to_referral {
            path.set(&mut found.to_referral, value);
        }
    }
    Ok(())
}

/// The value the other side would have to take, when it has another one.
pub(crate) fn wanted_at_side_of(
    given: &Given<'_>,
    record: &Value,
    row: &Row,
    field: &str,
    column: &Shape,
) -> Result<Option<(Value, bool)>, MapError> {
    let offered = given.offered(row, field, Towards::Side)?;
    let value = offered.and_then(|values| values.into_iter().next().flatten());
    Ok(value.map(|value| {
        let differs = !same(Some(&value), record.get(field), column);
        (value, differs)
    }))
}

fn wanted_at_side(
    given: &Given<'_>,
    sides: &Sides<'_>,
    row: &Row,
    field: &str,
    column: &Shape,
) -> Result<Option<Value>, MapError> {
    let wanted = wanted_at_side_of(given, sides.record, row, field, column)?;
    Ok(wanted
        .filter(|(value, differs)| *differs && !(row.required.is_some() && is_blank(Some(value))))
        .map(|(value, _)| value))
}

/// The values the referral would have to take, with whether it has others now.
pub(crate) fn wanted_at_referral_of<'r>(
    given: &Given<'_>,
    referral: &Value,
    row: &'r Row,
    field: &str,
    column: &Shape,
) -> Result<Option<Vec<(&'r Path, Value, bool)>>, MapError> {
    let Some(values) = given.offered(row, field, Towards::Referral)? else {
        return Ok(None);
    };
    let wanted = crate::mapping::given::by_path(row, values).filter_map(|(path, value)| {
        let value = value?;
        let differs = !agree(row, path.get(referral), &value, column);
        Some((path, value, differs))
    });
    Ok(Some(wanted.collect()))
}

fn wanted_at_referral<'r>(
    given: &Given<'_>,
    sides: &Sides<'_>,
    row: &'r Row,
    field: &str,
    column: &Shape,
) -> Result<Vec<(&'r Path, Value)>, MapError> {
    let wanted = wanted_at_referral_of(given, sides.referral, row, field, column)?.unwrap_or_default();
    // Several paths change together: one that differs takes the others along.
    if !wanted.iter().any(|(_, _, differs)| *differs) {
        return Ok(Vec::new());
    }
    let wanted = wanted
        .into_iter()
        .filter(|(_, value, _)| !(row.required.is_some() && is_blank(Some(value))));
    Ok(wanted.map(|(path, value, _)| (path, value)).collect())
}

/// Whether the referral's value and one meant for the referral are the same after the other side's column: what the
/// column cannot keep is no difference.
fn agree(row: &Row, current: Option<&Value>, wanted: &Value, column: &Shape) -> bool {
    if row.referral.len() > 1 {
        return same(current, Some(wanted), &Shape::Any);
    }
    let at_side = |value: &Value| translate(row.translation.as_ref(), value, Towards::Side).ok();
    match (at_side(current.unwrap_or(&Value::Null)), at_side(wanted)) {
        (Some(current), Some(wanted)) => same(Some(&current), Some(&wanted), column),
        _ => same(current, Some(wanted), &Shape::Any),
    }
}

/// Whether each side differs from its own base.
fn changed(
    given: &Given<'_>,
    sides: &Sides<'_>,
    row: &Row,
    field: &str,
    column: &Shape,
) -> Result<Option<(bool, bool)>, MapError> {
    let Some((base_referral, base_record)) = sides.base else {
        return Ok(None);
    };
    let own = if row.translation.is_some() || row.referral.len() > 1 {
        &Shape::Any
    } else {
        column
    };
    let referral = row.referral.iter().any(|path| {
        let (current, base) = (path.value.get(sides.referral), path.value.get(base_referral));
        !same(current, base, own)
    });
    let now = seen(row, field, sides.record, given.context())?;
    let base = seen(row, field, base_record, given.context())?;
    Ok(Some((referral, !same(now.as_ref(), base.as_ref(), column))))
}

/// What would have to happen to the rows of a relationship.
#[derive(Default)]
struct Moves {
    create: Vec<Value>,
    update: Vec<Value>,
    delete: Vec<Value>,
}

impl Moves {
    fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }

    fn into_value(self) -> Value {
        object([
            ("create", self.create.into()),
            ("update", self.update.into()),
            ("delete", self.delete.into()),
        ])
    }
}

/// The list on both sides and in both bases, by key.
struct Lists<'v> {
    items: Keyed<'v>,
    rows: Keyed<'v>,
    base: Option<(Keyed<'v>, Keyed<'v>)>,
}

fn diff_list<'m>(
    given: &Given<'m>,
    sides: &Sides<'_>,
    list: &'m ListRow,
    catalog: &Catalog,
    found: &mut Found<'_>,
) -> Result<Moves, MapError> {
    let mut moves = Moves::default();
    let open = (
        given.list_goes(list, Towards::Referral)?,
        given.list_goes(list, Towards::Side)?,
    );
    let Some(rows) = rows_of(sides.record, list)?.filter(|_| open != (false, false)) else {
        return Ok(moves);
    };
    let items = items_of(sides.referral, list);
    // A referral without the list says nothing about the rows; it only can be given some.
    let open = (open.0, open.1 && items.is_some());
    let base = match sides.base {
        Some((referral, record)) => items_of(referral, list).zip(rows_of(record, list)?),
        None => None,
    };
    let lists = Lists {
        items: items_by_key(items.unwrap_or_default(), list),
        rows: rows_by_key(rows, list),
        base: base.map(|(items, rows)| (items_by_key(items, list), rows_by_key(rows, list))),
    };
    let newer = sides.referral_is_newer();
    let row_shape = shapes::row(catalog, given.mapping, list);
    // The referral's list is written whole, so it is built as it shall be.
    let mut wanted: Vec<Value> = Vec::new();
    let mut differs = false;
    for (key, item) in &lists.items {
        match lists.rows.get(key) {
            Some(row) => {
                let pair = Pair { key, item, row };
                let merged = diff_pair(
                    given, list, &lists, pair, open, newer, row_shape, &mut moves, found,
                )?;
                differs |= merged.is_some();
                wanted.push(merged.unwrap_or_else(|| (*item).clone()));
            }
            None => {
                let changed = lists.base.as_ref().map(|(items, rows)| {
                    let item_changed = items.get(key).is_none_or(|base| base != item);
                    (item_changed, rows.contains_key(key))
                });
                let ways = list_decision(list, changed, open, newer)?;
                if ways.conflict {
                    found.conflict(
                        &list.name.value,
                        &list.side.value,
                        (*item).clone(),
                        Value::Null,
                        ways,
                    );
                }
                if ways.to_side {
                    moves.create.push(given.row(list, item)?);
                }
                if ways.to_referral {
                    differs = true;
                } else {
                    wanted.push((*item).clone());
                }
            }
        }
    }
    for (key, row) in lists
        .rows
        .iter()
        .filter(|(key, _)| !lists.items.contains_key(*key))
    {
        let changed = lists.base.as_ref().map(|(items, rows)| {
            let row_changed = match rows.get(key) {
                Some(base) => row_differs(list, base, row, row_shape),
                None => true,
            };
            (items.contains_key(key), row_changed)
        });
        let ways = list_decision(list, changed, open, newer)?;
        if ways.conflict {
            found.conflict(
                &list.name.value,
                &list.side.value,
                Value::Null,
                (*row).clone(),
                ways,
            );
        }
        if ways.to_side {
            moves.delete.push((*row).clone());
        }
        if ways.to_referral {
            differs = true;
            wanted.push(given.item(list, row, None)?);
        }
    }
    let differs = differs && !(wanted.is_empty() && list.required.is_some());
    found.differs(&list.name.value, &list.side.value, differs, !moves.is_empty());
    if differs {
        list.referral
            .value
            .set(&mut found.to_referral, Value::Array(wanted));
    }
    Ok(moves)
}

/// One item and its row.
struct Pair<'v> {
    key: &'v str,
    item: &'v Value,
    row: &'v Value,
}

/// Compares a pair field by field. Gives the item as the referral shall have it, when that differs.
#[allow(clippy::too_many_arguments)]
fn diff_pair(
    given: &Given<'_>,
    list: &ListRow,
    lists: &Lists<'_>,
    pair: Pair<'_>,
    open: (bool, bool),
    newer: bool,
    row_shape: &Shape,
    moves: &mut Moves,
    found: &mut Found<'_>,
) -> Result<Option<Value>, MapError> {
    let mut fields = Value::Object(Map::new());
    let mut merged: Option<Value> = None;
    let base = lists
        .base
        .as_ref()
        .and_then(|(items, rows)| items.get(pair.key).zip(rows.get(pair.key)));
    for field in &list.fields {
        let column = shapes::field(row_shape, &field.field.value).shape();
        let at_item = pair.item.get(&field.referral.value);
        let at_row = dotted(pair.row, &field.field.value);
        let to_row = given
            .item_value(list, field, pair.item, Towards::Side)?
            .filter(|value| !same(Some(value), at_row, column));
        let to_item = given
            .item_value(list, field, pair.row, Towards::Referral)?
            .filter(|value| !same(Some(value), at_item, column));
        if to_row.is_none() && to_item.is_none() {
            continue;
        }
        let changed = lists.base.is_some().then(|| match base {
            Some((item, row)) => (
                !same(at_item, item.get(&field.referral.value), column),
                !same(at_row, dotted(row, &field.field.value), column),
            ),
            None => (true, true),
        });
        let open = (open.0 && to_item.is_some(), open.1 && to_row.is_some());
        let ways = list_decision(list, changed, open, newer)?;
        if ways.conflict {
            let name = format!("{}.{}", list.name.value, field.name.value);
            let (item, row) = (
                at_item.cloned().unwrap_or_default(),
                at_row.cloned().unwrap_or_default(),
            );
            found.conflict(&name, &list.side.value, item, row, ways);
        }
        if let Some(value) = to_row.filter(|_| ways.to_side) {
            set_dotted(&mut fields, &field.field.value, value);
        }
        if let Some(value) = to_item.filter(|_| ways.to_referral) {
            let merged = merged.get_or_insert_with(|| pair.item.clone());
            set_dotted(merged, &field.referral.value, value);
        }
    }
    if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
        moves
            .update
            .push(object([("row", pair.row.clone()), ("fields", fields)]));
    }
    Ok(merged)
}

fn list_decision(
    list: &ListRow,
    changed: Option<(bool, bool)>,
    open: (bool, bool),
    newer: bool,
) -> Result<Ways, MapError> {
    decide(Difference { changed, open }, list.conflict, newer).map_err(|error| error.row(&list.name.value))
}

fn row_differs(list: &ListRow, left: &Value, right: &Value, row_shape: &Shape) -> bool {
    list.all_fields().any(|field| {
        let column = shapes::field(row_shape, &field.field.value).shape();
        !same(
            dotted(left, &field.field.value),
            dotted(right, &field.field.value),
            column,
        )
    })
}
