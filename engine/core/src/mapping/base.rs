//! The base of a link: the values seen on each side when both agreed, reduced to what a later comparison reads.
//!
//! Only rows on which both sides agree are taken. What still has to go to one of them keeps the base it had, so an
//! edit that is on its way counts as a change until it has arrived.

use std::sync::Arc;

use connector_api::{Map, Value};
use indexmap::IndexSet;

use crate::catalog::Catalog;
use crate::expression::{Context, PathStep, Template};
use crate::mapping::column::same;
use crate::mapping::diff::{wanted_at_referral_of, wanted_at_side_of};
use crate::mapping::given::{Given, field_name, known_side};
use crate::mapping::model::{Direction, ListRow, Mapping, REFERRAL, Row};
use crate::mapping::names::of_environment;
use crate::mapping::path::{dotted, set_dotted};
use crate::mapping::rows::{items_by_key, items_of, rows_by_key, rows_of};
use crate::mapping::translate::Towards;
use crate::mapping::watch::seen_through;
use crate::mapping::{MapError, Path, reads, shapes};

/// What both sides hold after a run has compared them and written.
#[derive(Clone, Debug, Default)]
pub struct BaseRequest {
    /// The records that were compared, by side.
    pub records: Vec<(String, Value)>,
    /// What was then written to a side, in the form of its records, by side.
    pub written: Vec<(String, Value)>,
    /// What was then done to lists of the other sides: the `lists` of a diff.
    pub lists: Option<Value>,
    /// The records as the services answered the writes, by side: what a side made of what it was sent.
    pub answered: Vec<(String, Value)>,
}

/// What a link keeps of two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// An object of values for each side.
    pub sides: Map,
    /// The rows and lists on which the sides do not agree yet.
    pub pending: Vec<String>,
}

/// The base after a comparison and what was written by it. A side that is null takes no part.
pub fn base(
    mapping: &Mapping,
    request: BaseRequest,
    catalog: &Catalog,
    context: &Context,
) -> Result<Base, MapError> {
    for (side, _) in request.written.iter().chain(&request.answered) {
        known_side(mapping, side)?;
    }
    let sent: Vec<(String, Arc<Value>)> = request
        .records
        .into_iter()
        .map(|(side, mut record)| {
            let written = request.written.iter().find(|(written, _)| *written == side);
            if let Some((_, written)) = written.filter(|(_, written)| !written.is_null()) {
                overlay(&mut record, written);
            }
            for list in mapping.lists.iter().filter(|list| list.side.value == side) {
                let moves = request
                    .lists
                    .as_ref()
                    .and_then(|lists| lists.get(&list.name.value));
                if let Some(moves) = moves {
                    move_rows(&mut record, list, moves)?;
                }
            }
            Ok((side, Arc::new(record)))
        })
        .collect::<Result<_, MapError>>()?;
    let given = Given::new(mapping, sent, false, context)?;
    let kept = |side: &str| {
        let answered = request.answered.iter().find(|(name, _)| name == side);
        let answered = answered
            .map(|(_, record)| record)
            .filter(|record| !record.is_null());
        answered.or_else(|| given.present(side))
    };
    let mut found = Kept::default();
    let mut pending = Vec::new();
    let in_play = |side: &str| given.present(REFERRAL).zip(given.present(side)).is_some();
    for row in mapping.fields.iter().filter(|row| is_compared(row)) {
        if !in_play(&row.side.value) {
            continue;
        }
        let agrees = row_agrees(&given, row, catalog)?;
        if !agrees {
            pending.push(row.name.value.clone());
        }
        found.row(mapping, row, agrees, &given)?;
    }
    for list in mapping.lists.iter().filter(|list| list_is_compared(list)) {
        if !in_play(&list.side.value) {
            continue;
        }
        match list_agrees(&given, list, catalog)? {
            Some(true) => found.lists.push(list),
            Some(false) => pending.push(list.name.value.clone()),
            None => {}
        }
    }
    let mut sides = Map::new();
    for side in &mapping.sides {
        let name = side.name.value.as_str();
        if let Some(record) = kept(name) {
            let values = found.values(name, record)?;
            if values.as_object().is_some_and(|values| !values.is_empty()) {
                sides.insert(name.to_owned(), values);
            }
        }
    }
    Ok(Base { sides, pending })
}

/// A record reduced to what a comparison by the mapping reads of it. Places that are absent are null.
pub fn reduced(
    mapping: &Mapping,
    side: &str,
    record: &Value,
    environment: &Value,
) -> Result<Value, MapError> {
    known_side(mapping, side)?;
    let given = Given::new(mapping, Vec::new(), false, &of_environment(environment))?;
    let mut found = Kept::default();
    for row in mapping.fields.iter().filter(|row| is_compared(row)) {
        found.row(mapping, row, true, &given)?;
    }
    found.lists = mapping
        .lists
        .iter()
        .filter(|list| list_is_compared(list))
        .collect();
    found.values(side, record)
}

/// Whether a row ever goes some way once both records exist.
fn is_compared(row: &Row) -> bool {
    goes(&row.to_referral) || goes(&row.to_side)
}

fn list_is_compared(list: &ListRow) -> bool {
    goes(&list.to_referral) || goes(&list.to_side)
}

fn goes(direction: &Direction) -> bool {
    matches!(direction, Direction::Always | Direction::Computed { .. })
}

/// Which places of which side are kept. A place read by a row that does not agree is not.
#[derive(Default)]
struct Kept<'m> {
    paths: Vec<Place>,
    fields: Vec<(String, IndexSet<String>, bool)>,
    lists: Vec<&'m ListRow>,
}

/// A place of the referral that a row pairs or, where it is not its own, reads.
struct Place {
    path: Path,
    own: bool,
    agrees: bool,
}

impl<'m> Kept<'m> {
    fn row(
        &mut self,
        mapping: &Mapping,
        row: &'m Row,
        agrees: bool,
        given: &Given<'_>,
    ) -> Result<(), MapError> {
        let own = row.referral.iter().map(|path| (path.value.clone(), true));
        let read = reads::of_referral(row).into_iter().map(|path| (path, false));
        self.paths
            .extend(own.chain(read).map(|(path, own)| Place { path, own, agrees }));
        let field = field_name(&row.field, given.context()).map_err(|error| error.row(&row.name.value))?;
        // What a seen value is made of has to be there to see it again.
        let mut fields: IndexSet<String> = reads::of_side(mapping, row, &field).into_iter().collect();
        fields.insert(field);
        let through = seen_through(row).map(Template::expressions).unwrap_or_default();
        for reference in through.iter().flat_map(|expression| &expression.references) {
            if let Some(PathStep::Member(name)) = reference.path.first()
                && reference.root == row.side.value
            {
                fields.insert(name.clone());
            }
        }
        self.fields.push((row.side.value.clone(), fields, agrees));
        Ok(())
    }

    fn values(&self, side: &str, record: &Value) -> Result<Value, MapError> {
        let mut values = Value::Object(Map::new());
        if side == REFERRAL {
            for place in self.paths.iter().filter(|place| place.agrees) {
                let is_pending = |other: &Place| !other.agrees && other.path == place.path;
                let value = place.path.get(record);
                if !self.paths.iter().any(is_pending) && (place.own || reads::is_single(value)) {
                    place.path.set(&mut values, value.cloned().unwrap_or_default());
                }
            }
            for list in &self.lists {
                let items = items_of(record, list).unwrap_or_default();
                let items = items_by_key(items, list).into_values().map(|item| {
                    let fields = list.all_fields().map(|field| {
                        let value = item.get(&field.referral.value).cloned();
                        (field.referral.value.clone(), value.unwrap_or_default())
                    });
                    fields.collect::<Value>()
                });
                list.referral
                    .value
                    .set(&mut values, items.collect::<Vec<_>>().into());
            }
            return Ok(values);
        }
        let of_side = |agreeing: bool| {
            self.fields
                .iter()
                .filter(move |(owner, _, agrees)| owner == side && *agrees == agreeing)
                .flat_map(|(_, fields, _)| fields)
        };
        let pending: IndexSet<&String> = of_side(false).collect();
        for field in of_side(true).filter(|field| !pending.contains(field)) {
            set_dotted(
                &mut values,
                field,
                dotted(record, field).cloned().unwrap_or_default(),
            );
        }
        for list in self.lists.iter().filter(|list| list.side.value == side) {
            let Some(rows) = rows_of(record, list)? else {
                continue;
            };
            let rows = rows_by_key(rows, list).into_values().map(|row| {
                let mut kept = Value::Object(Map::new());
                for field in list.all_fields() {
                    let name = &field.field.value;
                    set_dotted(&mut kept, name, dotted(row, name).cloned().unwrap_or_default());
                }
                kept
            });
            let rows = rows.collect::<Vec<_>>().into();
            if let Some(values) = values.as_object_mut() {
                values.insert(list.relationship.value.clone(), rows);
            }
        }
        Ok(values)
    }
}

/// Whether neither side would have to change. A row that cannot be said to agree does not.
fn row_agrees(given: &Given<'_>, row: &Row, catalog: &Catalog) -> Result<bool, MapError> {
    let (Some(referral), Some(record)) = (given.present(REFERRAL), given.present(&row.side.value)) else {
        return Ok(false);
    };
    let field = given.field(row)?;
    let column = shapes::column(
        catalog,
        given.mapping,
        &row.side.value,
        &field,
        row.translation.as_ref(),
    );
    let side = wanted_at_side_of(given, record, row, &field, column);
    let back = wanted_at_referral_of(given, referral, row, &field, column);
    Ok(match (side, back) {
        (Ok(side), Ok(back)) => {
            !side.is_some_and(|(_, differs)| differs)
                && !back.is_some_and(|wanted| wanted.iter().any(|(_, _, differs)| *differs))
        }
        _ => false,
    })
}

/// Whether both sides have the same rows and neither row would have to change; `None` when a side was not read or
/// the list goes no way.
fn list_agrees(given: &Given<'_>, list: &ListRow, catalog: &Catalog) -> Result<Option<bool>, MapError> {
    let (Some(referral), Some(record)) = (given.present(REFERRAL), given.present(&list.side.value)) else {
        return Ok(None);
    };
    let Some(rows) = rows_of(record, list)? else {
        return Ok(None);
    };
    if !given.list_goes(list, Towards::Referral)? && !given.list_goes(list, Towards::Side)? {
        return Ok(None);
    }
    let items = items_by_key(items_of(referral, list).unwrap_or_default(), list);
    let rows = rows_by_key(rows, list);
    if items.len() != rows.len() {
        return Ok(Some(false));
    }
    let row_shape = shapes::row(catalog, given.mapping, list);
    for (key, item) in &items {
        let Some(row) = rows.get(key) else {
            return Ok(Some(false));
        };
        for field in &list.fields {
            let column = shapes::field(row_shape, &field.field.value).shape();
            let to_item = given.item_value(list, field, row, Towards::Referral);
            let to_row = given.item_value(list, field, item, Towards::Side);
            // A default stands for an empty end, so it is enough that one way gives what is there.
            let fits = |wanted: Result<Option<Value>, MapError>, there: Option<&Value>| {
                wanted.is_ok_and(|wanted| same(wanted.as_ref(), there, column))
            };
            if !fits(to_item, item.get(&field.referral.value))
                && !fits(to_row, dotted(row, &field.field.value))
            {
                return Ok(Some(false));
            }
        }
    }
    Ok(Some(true))
}

/// Writes the members of one object over those of another, nested objects member by member. The depth of a value is
/// bounded by its reader.
fn overlay(record: &mut Value, written: &Value) {
    match (record, written) {
        (Value::Object(record), Value::Object(written)) => {
            for (name, value) in written {
                overlay(record.entry(name.clone()).or_default(), value);
            }
        }
        (record, written) => *record = written.clone(),
    }
}

/// Does to the rows of a relationship what the moves of a diff say.
fn move_rows(record: &mut Value, list: &ListRow, moves: &Value) -> Result<(), MapError> {
    let Some(rows) = rows_of(record, list)? else {
        return Ok(());
    };
    let mut rows = rows.to_vec();
    let of = |name: &str| moves.get(name).and_then(Value::as_array).unwrap_or_default();
    rows.retain(|row| !of("delete").contains(row));
    for update in of("update") {
        let (Some(target), Some(fields)) = (update.get("row"), update.get("fields")) else {
            continue;
        };
        if let Some(row) = rows.iter_mut().find(|row| *row == target) {
            overlay(row, fields);
        }
    }
    rows.extend(of("create").iter().cloned());
    if let Some(record) = record.as_object_mut() {
        record.insert(list.relationship.value.clone(), Value::Array(rows));
    }
    Ok(())
}
