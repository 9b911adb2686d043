//! The items of a list in the referral and the rows of the other side's relationship: reading, pairing, rewriting.

use std::sync::Arc;

use connector_api::{Map, Value};
use indexmap::IndexMap;

use crate::expression::Template;
use crate::mapping::MapError;
use crate::mapping::column::is_blank;
use crate::mapping::given::{Given, defined, holds};
use crate::mapping::model::{Direction, ListField, ListRow, REFERRAL};
use crate::mapping::names::{ITEM, overlaid};
use crate::mapping::path::{dotted, set_dotted};
use crate::mapping::translate::{Towards, shown};

/// Items or rows by key; the first of two with one key counts.
pub(crate) type Keyed<'v> = IndexMap<String, &'v Value>;

/// The rows of a relationship, as a list or as a query result with `records`; `None` when it was not read at all.
pub(crate) fn rows_of<'v>(record: &'v Value, list: &ListRow) -> Result<Option<&'v [Value]>, MapError> {
    let relationship = &list.relationship.value;
    match record.get(relationship) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(&[])),
        Some(Value::Array(rows)) => Ok(Some(rows)),
        Some(found) => match found.get("records") {
            Some(Value::Array(rows)) => Ok(Some(rows)),
            _ => Err(MapError::new(
                "invalid_value",
                format!(
                    "`{relationship}` must be a list of rows or a query result, not `{}`",
                    shown(found)
                ),
            )
            .row(&list.name.value)),
        },
    }
}

/// The items in the referral; `None` where there is no list.
pub(crate) fn items_of<'v>(referral: &'v Value, list: &ListRow) -> Option<&'v [Value]> {
    list.referral.value.get(referral)?.as_array()
}

/// The rows of a side by key.
pub(crate) fn rows_by_key<'v>(rows: &'v [Value], list: &ListRow) -> Keyed<'v> {
    keyed(rows, |row| dotted(row, &list.key.field.value))
}

/// The items of a referral by key.
pub(crate) fn items_by_key<'v>(items: &'v [Value], list: &ListRow) -> Keyed<'v> {
    keyed(items, |item| item.get(&list.key.referral.value))
}

/// The key of an item, if it has one.
pub(crate) fn item_key(item: &Value, list: &ListRow) -> Option<String> {
    key_text(item.get(&list.key.referral.value))
}

fn key_text(key: Option<&Value>) -> Option<String> {
    let key = key.filter(|key| !is_blank(Some(key)))?;
    let text = key.as_str().map_or_else(|| key.to_json(), str::to_owned);
    Some(text.trim().to_lowercase())
}

fn keyed<'v>(values: &'v [Value], key: impl Fn(&'v Value) -> Option<&'v Value>) -> Keyed<'v> {
    let mut keyed = Keyed::new();
    for value in values {
        if let Some(key) = key_text(key(value)) {
            keyed.entry(key).or_insert(value);
        }
    }
    keyed
}

impl Given<'_> {
    /// Whether a list goes this way now.
    pub(crate) fn list_goes(&self, list: &ListRow, towards: Towards) -> Result<bool, MapError> {
        let direction = match towards {
            Towards::Referral => &list.to_referral,
            Towards::Side => &list.to_side,
        };
        match direction {
            Direction::Always => Ok(true),
            Direction::Create => Ok(self.creating),
            Direction::Never => Ok(false),
            Direction::Computed { on, .. } => on.as_ref().map_or(Ok(true), |on| {
                holds(on, self.context()).map_err(|error| error.row(&list.name.value))
            }),
        }
    }

    /// The referral's items made of the given side's rows; `None` when the relationship was not read. Members of
    /// existing items that no field names are kept.
    pub(crate) fn items(&self, list: &ListRow) -> Result<Option<Vec<Value>>, MapError> {
        let Some(record) = self.present(&list.side.value) else {
            return Ok(None);
        };
        let Some(rows) = rows_of(record, list)? else {
            return Ok(None);
        };
        let existing = self.side(REFERRAL).and_then(|referral| items_of(referral, list));
        let existing = items_by_key(existing.unwrap_or_default(), list);
        let items = rows_by_key(rows, list)
            .into_iter()
            .map(|(key, row)| self.item(list, row, existing.get(&key).copied()))
            .collect::<Result<Vec<_>, _>>()?;
        let field = || self.shown_field(&list.side.value, &list.relationship.value);
        require_items(list, &items, field)?;
        Ok(Some(items))
    }

    /// The other side's rows made of the referral's items.
    pub(crate) fn rows(&self, list: &ListRow) -> Result<Vec<Value>, MapError> {
        let items = self.side(REFERRAL).and_then(|referral| items_of(referral, list));
        let rows = items_by_key(items.unwrap_or_default(), list)
            .into_values()
            .map(|item| self.row(list, item))
            .collect::<Result<Vec<_>, _>>()?;
        require_items(list, &rows, || list.referral.value.to_string())?;
        Ok(rows)
    }

    /// One item of the referral made of a row.
    pub(crate) fn item(
        &self,
        list: &ListRow,
        row: &Value,
        existing: Option<&Value>,
    ) -> Result<Value, MapError> {
        let mut item = existing.cloned().unwrap_or_else(|| Value::Object(Map::new()));
        for field in list.all_fields() {
            if let Some(value) = self.item_value(list, field, row, Towards::Referral)? {
                set_dotted(&mut item, &field.referral.value, value);
            }
        }
        Ok(item)
    }

    /// One row of the other side made of an item.
    pub(crate) fn row(&self, list: &ListRow, item: &Value) -> Result<Value, MapError> {
        let mut row = Value::Object(Map::new());
        for field in list.all_fields() {
            if let Some(value) = self.item_value(list, field, item, Towards::Side)? {
                set_dotted(&mut row, &field.field.value, value);
            }
        }
        Ok(row)
    }

    /// The value of one field as the target gets it.
    pub(crate) fn item_value(
        &self,
        list: &ListRow,
        field: &ListField,
        source: &Value,
        towards: Towards,
    ) -> Result<Option<Value>, MapError> {
        let (value, shown) = match towards {
            Towards::Referral => (
                dotted(source, &field.field.value),
                format!("{}.{}", list.relationship.value, field.field.value),
            ),
            Towards::Side => (
                source.get(&field.referral.value),
                format!("{}.{}", list.referral.value, field.referral.value),
            ),
        };
        let value = match &field.default {
            Some(default) if is_blank(value) => self
                .item_default(default, value, source)
                .map_err(|error| error.row(&list.name.value).field(&shown))?,
            _ => value.cloned(),
        };
        match &field.required {
            Some(sentence) if is_blank(value.as_ref()) => Err(MapError::new("required_value", sentence)
                .row(&list.name.value)
                .field(shown)),
            _ => Ok(value),
        }
    }

    /// A default of a list's field sees the item or row it stands in as `item`.
    fn item_default(
        &self,
        default: &Template,
        value: Option<&Value>,
        item: &Value,
    ) -> Result<Option<Value>, MapError> {
        let names = vec![(ITEM.to_owned(), Some(Arc::new(item.clone())))];
        defined(default, &overlaid(&self.with_value(value.cloned()), names))
    }
}

fn require_items(list: &ListRow, items: &[Value], field: impl Fn() -> String) -> Result<(), MapError> {
    match &list.required {
        Some(sentence) if items.is_empty() => Err(MapError::new("required_value", sentence)
            .row(&list.name.value)
            .field(field())),
        _ => Ok(()),
    }
}
