//! Rows in memory, with a log that can undo what a call has written so far.
//!
//! Only a store knows that a row may be seen later than it was written: readers say through a [`View`] what they see.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::{Map, Value};
use jiff::Timestamp;

/// How many rows an org holds.
pub(crate) const ROWS_MAX: usize = 200_000;
/// How many writes may be waiting to become visible.
const LATE_MAX: usize = 10_000;

static NULL: Value = Value::Null;

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) object: String,
    pub(crate) id: String,
    /// By the schema's field names; a missing member is null.
    pub(crate) values: Map,
    /// Gone for good: only the log of deletions still knows it.
    pub(crate) purged: bool,
    /// The client that wrote last, from its call options.
    pub(crate) client: Option<String>,
}

impl Row {
    pub(crate) fn get(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&NULL)
    }

    /// The text of a field; empty when it is null.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }

    pub(crate) fn flag(&self, field: &str) -> bool {
        self.get(field).as_bool().unwrap_or_default()
    }

    pub(crate) fn deleted(&self) -> bool {
        self.flag("IsDeleted")
    }
}

/// What a reader sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) now: Timestamp,
    /// The state before the last call that wrote something.
    pub(crate) stale: bool,
    /// Rows in the recycle bin too.
    pub(crate) deleted: bool,
}

#[derive(Clone)]
struct Change {
    object: String,
    id: String,
    before: Option<Arc<Row>>,
}

struct Late {
    until: Timestamp,
    change: Change,
}

/// All rows by object and id.
#[derive(Default)]
pub(crate) struct Store {
    tables: BTreeMap<String, BTreeMap<String, Arc<Row>>>,
    count: usize,
    log: Vec<Change>,
    last_call: Vec<Change>,
    late: Vec<Late>,
}

impl Store {
    /// The newest state of a row, deleted or not.
    pub(crate) fn row(&self, object: &str, id: &str) -> Option<&Arc<Row>> {
        self.tables.get(object)?.get(id)
    }

    /// The newest state of all rows of an object that are not deleted.
    pub(crate) fn live(&self, object: &str) -> impl Iterator<Item = &Arc<Row>> {
        self.tables
            .get(object)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|row| !row.deleted() && !row.purged)
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Writes a row; `late` keeps readers from it until then.
    pub(crate) fn put(&mut self, row: Row, late: Option<Timestamp>) {
        let (object, id) = (row.object.clone(), row.id.clone());
        let before = self
            .tables
            .entry(object.clone())
            .or_default()
            .insert(id.clone(), Arc::new(row));
        if before.is_none() {
            self.count += 1;
        }
        let change = Change { object, id, before };
        if let Some(until) = late
            && self.late.len() < LATE_MAX
        {
            self.late.push(Late {
                until,
                change: change.clone(),
            });
        }
        self.log.push(change);
    }

    /// A place in the log to come back to.
    pub(crate) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Undoes everything since a mark.
    pub(crate) fn roll_back(&mut self, mark: usize) {
        while self.log.len() > mark {
            let Some(change) = self.log.pop() else { return };
            let table = self.tables.entry(change.object).or_default();
            match change.before {
                Some(before) => {
                    table.insert(change.id, before);
                }
                None => {
                    table.remove(&change.id);
                    self.count -= 1;
                }
            }
        }
    }

    /// Ends a call: its writes can no longer be undone.
    pub(crate) fn commit(&mut self, now: Timestamp) {
        if !self.log.is_empty() {
            self.last_call = std::mem::take(&mut self.log);
        }
        self.late.retain(|late| late.until > now);
    }

    /// One row as a reader sees it.
    pub(crate) fn see(&self, object: &str, id: &str, view: View) -> Option<Arc<Row>> {
        let newest = self.row(object, id)?;
        self.seen(newest, view)
    }

    /// All rows of an object as a reader sees them, by id.
    pub(crate) fn see_all(&self, object: &str, view: View) -> Vec<Arc<Row>> {
        let rows = self.tables.get(object).into_iter().flat_map(BTreeMap::values);
        rows.filter_map(|row| self.seen(row, view)).collect()
    }

    /// Every row of the org in its newest state, for the admin API.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Arc<Row>>)> {
        self.tables.iter()
    }

    fn seen(&self, newest: &Arc<Row>, view: View) -> Option<Arc<Row>> {
        let is_it = |change: &Change| change.id == newest.id && change.object == newest.object;
        let row = self
            .late
            .iter()
            .find(|late| late.until > view.now && is_it(&late.change))
            .map(|late| &late.change)
            .or_else(|| self.last_call.iter().find(|change| view.stale && is_it(change)))
            .map_or_else(|| Some(newest.clone()), |change| change.before.clone())?;
        let hidden = row.purged || (row.deleted() && !view.deleted);
        (!hidden).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use connector_api::value::object;

    use super::*;

    fn row(id: &str, name: &str) -> Row {
        let Value::Object(values) = object([("Id", id.into()), ("Name", name.into())]) else {
            unreachable!("`object` makes objects");
        };
        Row {
            object: "Account".to_owned(),
            id: id.to_owned(),
            values,
            purged: false,
            client: None,
        }
    }

    fn view(second: i64, stale: bool) -> View {
        View {
            now: Timestamp::from_second(second).unwrap(),
            stale,
            deleted: false,
        }
    }

    fn names(store: &Store, view: View) -> Vec<String> {
        let rows = store.see_all("Account", view);
        rows.iter().map(|row| row.text("Name").to_owned()).collect()
    }

    #[test]
    fn a_roll_back_restores_what_was() {
        let mut store = Store::default();
        store.put(row("1", "before"), None);
        let mark = store.mark();
        store.put(row("1", "after"), None);
        store.put(row("2", "new"), None);
        store.roll_back(mark);
        assert_eq!(names(&store, view(0, false)), ["before"]);
        assert_eq!(store.count(), 1);
    }

    #[test]
    fn late_rows_show_their_old_state_until_their_time() {
        let mut store = Store::default();
        store.put(row("1", "old"), None);
        store.put(row("1", "new"), Some(Timestamp::from_second(10).unwrap()));
        store.put(row("2", "made"), Some(Timestamp::from_second(10).unwrap()));
        assert_eq!(names(&store, view(9, false)), ["old"]);
        assert_eq!(names(&store, view(10, false)), ["new", "made"]);
    }

    #[test]
    fn a_stale_view_leaves_out_the_last_call_that_wrote() {
        let mut store = Store::default();
        store.put(row("1", "old"), None);
        store.commit(Timestamp::UNIX_EPOCH);
        store.put(row("1", "new"), None);
        store.commit(Timestamp::UNIX_EPOCH);
        store.commit(Timestamp::UNIX_EPOCH);
        assert_eq!(names(&store, view(0, true)), ["old"]);
        assert_eq!(names(&store, view(0, false)), ["new"]);
    }
}
