//! One place where changes show: the base object, one of its parents, or its child rows.

use connector_api::{ErrorClass, OperationError, Value};
use jiff::Timestamp;

use super::cursor::Place;
use super::stamp_of;
use crate::query::Query;
use crate::record::long_id;
use crate::soql::{datetime, quoted};

/// A source of changes.
#[derive(Debug)]
pub(super) struct Source {
    /// Its name in cursors and versions; empty for the base object.
    pub(super) name: String,
    /// The object the query is about.
    pub(super) from: String,
    /// The field with the time of the change.
    pub(super) stamp: String,
    /// The field with the id of the base record.
    pub(super) base_id: String,
    /// The field with the id of who made the change.
    pub(super) author: String,
    /// What else to read.
    pub(super) columns: Vec<String>,
    /// Whether deletions count as changes.
    pub(super) with_deleted: bool,
    /// A condition on `from`.
    pub(super) filter: Option<String>,
}

/// One change.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) source: String,
    pub(super) base_id: String,
    pub(super) row_id: String,
    pub(super) stamp: Timestamp,
    /// The base record has not been touched since it was created.
    pub(super) is_creation: bool,
    pub(super) is_base_deletion: bool,
    /// Who made it.
    pub(super) author: Option<String>,
    pub(super) record: Value,
}

impl Source {
    /// The query for changes since a time, from a place on, at most `limit`.
    pub(super) fn query(&self, since: Timestamp, place: &Place, limit: usize) -> Query {
        let mut columns = vec!["Id"];
        let wanted = [self.base_id.as_str(), self.stamp.as_str(), self.author.as_str()];
        for name in wanted.into_iter().chain(self.columns.iter().map(String::as_str)) {
            if !columns.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                columns.push(name);
            }
        }
        let stamp = &self.stamp;
        let mut condition = format!("{stamp} >= {}", datetime(since));
        if let Place::After { stamp: after, id } = place {
            // Many rows may share one time, so the time alone would not get past them.
            let after = datetime(*after);
            condition.push_str(&format!(
                " AND ({stamp} > {after} OR ({stamp} = {after} AND Id > {}))",
                quoted(id)
            ));
        }
        if let Some(filter) = &self.filter {
            condition.push_str(&format!(" AND ({filter})"));
        }
        Query {
            soql: format!(
                "SELECT {} FROM {} WHERE {condition} ORDER BY {stamp}, Id LIMIT {limit}",
                columns.join(","),
                self.from
            ),
            all: self.with_deleted,
        }
    }

    /// Reads one row that the query found.
    pub(super) fn change(&self, record: Value) -> Result<Change, OperationError> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
        let incomplete = |name: &str| {
            OperationError::new(
                ErrorClass::UnexpectedResponse,
                "incomplete_answer",
                format!("a record of `{}` came without `{name}`", self.from),
            )
        };
        let is_base = self.name.is_empty();
        let modified = stamp_of(&record, "SystemModstamp");
        Ok(Change {
            source: self.name.clone(),
            base_id: text(&self.base_id).ok_or_else(|| incomplete(&self.base_id))?,
            row_id: text("Id").ok_or_else(|| incomplete("Id"))?,
            stamp: stamp_of(&record, &self.stamp).ok_or_else(|| incomplete(&self.stamp))?,
            is_creation: is_base && modified.is_some() && modified == stamp_of(&record, "CreatedDate"),
            is_base_deletion: is_base && record.get("IsDeleted").and_then(Value::as_bool) == Some(true),
            author: text_at(&record, &self.author),
            record,
        })
    }
}

fn text_at(record: &Value, path: &str) -> Option<String> {
    let steps: Vec<&str> = path.split('.').collect();
    record.at(&steps)?.as_str().map(long_id)
}

impl Change {
    /// What a second sighting of the same change has in common with the first. A creation happens once, so its
    /// record counts and not its time.
    pub(super) fn key(&self, source: &Source, created: bool) -> String {
        if created {
            return self.row_id.clone();
        }
        let place = if source.name.is_empty() {
            String::new()
        } else {
            format!("{}:", source.name)
        };
        format!("{place}{}@{}", self.row_id, self.stamp)
    }

    /// The version of the base record after this change.
    pub(super) fn version(&self, created: bool) -> String {
        if created {
            return format!("{}@created", self.base_id);
        }
        let stamp = self.stamp;
        if self.source.is_empty() {
            format!("{}@{stamp}", self.base_id)
        } else {
            // The base record's own time does not move when its parent or a row changes.
            format!("{}@{stamp}/{}:{}", self.base_id, self.source, self.row_id)
        }
    }
}
