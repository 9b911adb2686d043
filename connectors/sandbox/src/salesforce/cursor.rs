//! Query results that wait for their next page to be fetched.

use std::collections::VecDeque;

use connector_api::{Value, value::object};
use jiff::{SignedDuration, Timestamp};

use super::error::ApiError;
use super::id;

/// How long a locator can be used.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);
/// How many results wait; the oldest goes first.
const CURSORS_MAX: usize = 100;

struct Cursor {
    locator: String,
    opened: Timestamp,
    page_rows: usize,
    records: Vec<Value>,
}

/// The waiting results, oldest first.
#[derive(Default)]
pub(crate) struct Cursors {
    opened: u64,
    waiting: VecDeque<Cursor>,
}

impl Cursors {
    /// The first page of a result; keeps the rest when there is one.
    pub(crate) fn open(
        &mut self,
        records: Vec<Value>,
        page_rows: usize,
        version: u32,
        now: Timestamp,
    ) -> Value {
        if records.len() <= page_rows {
            return object([
                ("totalSize", count(records.len())),
                ("done", true.into()),
                ("records", records.into()),
            ]);
        }
        self.opened += 1;
        let cursor = Cursor {
            locator: id::compose("01g", self.opened),
            opened: now,
            page_rows,
            records,
        };
        let page = cursor.page(0, version);
        if self.waiting.len() >= CURSORS_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(cursor);
        page
    }

    /// A later page: `01g...-2000`.
    pub(crate) fn fetch(&self, locator: &str, version: u32, now: Timestamp) -> Result<Value, ApiError> {
        let invalid = || ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let (name, offset) = locator.rsplit_once('-').ok_or_else(invalid)?;
        let offset: usize = offset.parse().map_err(|_| invalid())?;
        let name = id::long(name).ok_or_else(invalid)?;
        let cursor = self
            .waiting
            .iter()
            .find(|cursor| cursor.locator == name)
            .ok_or_else(invalid)?;
        if now.duration_since(cursor.opened) > LIFETIME || offset >= cursor.records.len() {
            return Err(invalid());
        }
        Ok(cursor.page(offset, version))
    }
}

impl Cursor {
    fn page(&self, offset: usize, version: u32) -> Value {
        let end = (offset + self.page_rows).min(self.records.len());
        let records = self.records[offset..end].to_vec();
        let total = count(self.records.len());
        if end == self.records.len() {
            return object([
                ("totalSize", total),
                ("done", true.into()),
                ("records", records.into()),
            ]);
        }
        object([
            ("totalSize", total),
            ("done", false.into()),
            (
                "nextRecordsUrl",
                format!("/services/data/v{version}.0/query/{}-{end}", self.locator).into(),
            ),
            ("records", records.into()),
        ])
    }
}

/// A count as a JSON number.
pub(crate) fn count(rows: usize) -> Value {
    i64::try_from(rows).unwrap_or(i64::MAX).into()
}
