//! `type: diff`: what would have to be written to each side so that it equals the other.
//!
//! Without a base (the values last seen on each side) a difference is listed both ways and the flow takes the way it
//! wants. With a base, a difference goes the way of the side that changed, and two changes go by the row's policy.

use std::sync::Arc;

use connector_api::value::object;
use connector_api::{Map, Shape, Value};

use crate::catalog::Catalog;
use crate::expression::Context;
use crate::mapping::column::{is_blank, same};
use crate::mapping::decide::{Difference, Ways, decide, referral_is_newer};
use crate::mapping::diff_list::{Moves, diff_list};
use crate::mapping::given::{Given, by_path};
use crate::mapping::model::{Mapping, REFERRAL, Row};
use crate::mapping::translate::{Towards, translate};
use crate::mapping::watch::seen;
use crate::mapping::{MapError, Path, reads, shapes};

/// What to compare.
#[derive(Clone, Debug, Default)]
pub struct DiffRequest {
    /// The sides, by name. A side that is not given, or null, takes no part.
    pub from: Vec<(String, Arc<Value>)>,
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
pub(crate) struct Sides<'a> {
    pub(crate) referral: &'a Value,
    pub(crate) record: &'a Value,
    pub(crate) base: Option<(&'a Value, &'a Value)>,
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

    pub(crate) fn referral_is_newer(&self) -> bool {
        referral_is_newer(self.referral, self.record)
    }
}

/// What was found so far.
pub(crate) struct Found<'m> {
    pub(crate) to_referral: Value,
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

    pub(crate) fn differs(&mut self, name: &str, side: &str, to_referral: bool, to_side: bool) {
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

    pub(crate) fn conflict(&mut self, name: &str, side: &str, referral: Value, other: Value, ways: Ways) {
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
    let side = wanted_at_side_of(given, sides.record, row, &field, column)?;
    let back = wanted_at_referral_of(given, sides.referral, row, &field, column)?;
    let offered = (back.is_some(), side.is_some());
    let to_side = missing_at_side(row, side);
    let to_referral = missing_at_referral(row, back.unwrap_or_default());
    if to_side.is_none() && to_referral.is_empty() {
        return Ok(());
    }
    let difference = Difference {
        changed: changed(given, sides, row, &field, column)?,
        open: (!to_referral.is_empty(), to_side.is_some()),
        offered,
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

/// What is to be written to the other side. A required end is never emptied.
fn missing_at_side(row: &Row, wanted: Option<(Value, bool)>) -> Option<Value> {
    wanted
        .filter(|(value, differs)| *differs && !(row.required.is_some() && is_blank(Some(value))))
        .map(|(value, _)| value)
}

/// A place in the referral, the value it would have to take, and whether it has another one now.
pub(crate) type Wanted<'r> = (&'r Path, Value, bool);

/// The values the referral would have to take; nothing when the row does not go this way now.
pub(crate) fn wanted_at_referral_of<'r>(
    given: &Given<'_>,
    referral: &Value,
    row: &'r Row,
    field: &str,
    column: &Shape,
) -> Result<Option<Vec<Wanted<'r>>>, MapError> {
    let Some(values) = given.offered(row, field, Towards::Referral)? else {
        return Ok(None);
    };
    let wanted = by_path(row, values).filter_map(|(path, value)| {
        let value = value?;
        let differs = !agree(row, path.get(referral), &value, column);
        Some((path, value, differs))
    });
    Ok(Some(wanted.collect()))
}

/// What is to be written to the referral. A required end is never emptied.
fn missing_at_referral<'r>(row: &Row, wanted: Vec<Wanted<'r>>) -> Vec<(&'r Path, Value)> {
    // Several paths change together: one that differs takes the others along.
    if !wanted.iter().any(|(_, _, differs)| *differs) {
        return Vec::new();
    }
    let wanted = wanted
        .into_iter()
        .filter(|(_, value, _)| !(row.required.is_some() && is_blank(Some(value))));
    wanted.map(|(path, value, _)| (path, value)).collect()
}

/// Whether the referral's value and one meant for the referral, or seen there before, are the same after the other side's column: what the
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

/// Whether each side differs from its own base in anything the row reads.
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
    let referral = row.referral.iter().any(|path| {
        let (current, base) = (path.value.get(sides.referral), path.value.get(base_referral));
        !agree(row, current, base.unwrap_or(&Value::Null), column)
    }) || reads::of_referral(row)
        .iter()
        .any(|path| reads::differ(path.get(sides.referral), path.get(base_referral)));
    let now = seen(row, field, sides.record, given.context())?;
    let base = seen(row, field, base_record, given.context())?;
    let side = !same(now.as_ref(), base.as_ref(), column)
        || reads::of_side(given.mapping, row, field)
            .iter()
            .any(|field| reads::differ(sides.record.get(field), base_record.get(field)));
    Ok(Some((referral, side)))
}
