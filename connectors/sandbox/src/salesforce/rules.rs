//! What an org's admin can set up around saving: validation rules, duplicate rules; and faults of single rows.

use connector_api::{Map, Value, value::object};
use serde::Deserialize;

use super::error::ApiError;
use super::store::{Row, Store};

/// How many rules of one sort there can be.
const RULES_MAX: usize = 200;

/// Refuses a row when its condition holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidationRule {
    pub(crate) object: String,
    pub(crate) field: String,
    pub(crate) message: String,
    /// Holds when the field is null.
    #[serde(default)]
    pub(crate) when_null: bool,
    /// Holds when the field has this value.
    #[serde(default)]
    pub(crate) when_equal: Option<Value>,
}

/// What a duplicate rule does with a match.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DuplicateAction {
    /// Refuses, unless the call says that it may be saved.
    Alert,
    /// Refuses in any case.
    Block,
}

/// Refuses a new row that equals another one in all of the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DuplicateRule {
    pub(crate) object: String,
    pub(crate) name: String,
    pub(crate) action: DuplicateAction,
    pub(crate) fields: Vec<String>,
    #[serde(default = "use_one")]
    pub(crate) message: String,
}

fn use_one() -> String {
    "Use one of these records?".to_owned()
}

/// Another transaction that holds a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowLock {
    /// Any row when absent.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// How many writes it refuses.
    pub(crate) writes: u32,
}

/// Writes that become visible late.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LateCommits {
    /// Any object when absent.
    #[serde(default)]
    pub(crate) object: Option<String>,
    pub(crate) seconds: u32,
    /// How many writes it holds back.
    pub(crate) writes: u32,
}

/// Everything set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    validation: Vec<ValidationRule>,
    duplicate: Vec<DuplicateRule>,
    locks: Vec<RowLock>,
    late: Vec<LateCommits>,
}

impl Rules {
    pub(crate) fn add_validation(&mut self, rule: ValidationRule) -> bool {
        push(&mut self.validation, rule)
    }

    pub(crate) fn add_duplicate(&mut self, rule: DuplicateRule) -> bool {
        push(&mut self.duplicate, rule)
    }

    pub(crate) fn add_lock(&mut self, lock: RowLock) -> bool {
        push(&mut self.locks, lock)
    }

    pub(crate) fn add_late(&mut self, late: LateCommits) -> bool {
        push(&mut self.late, late)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether another transaction refuses a write to this row; counts it down.
    pub(crate) fn take_lock(&mut self, id: &str) -> Result<(), ApiError> {
        let held = self
            .locks
            .iter()
            .position(|lock| lock.id.as_deref().is_none_or(|locked| locked == id));
        let Some(index) = held else { return Ok(()) };
        self.locks[index].writes = self.locks[index].writes.saturating_sub(1);
        if self.locks[index].writes == 0 {
            self.locks.remove(index);
        }
        Err(ApiError::row(
            "UNABLE_TO_LOCK_ROW",
            format!("unable to obtain exclusive access to this record or 1 records: {id}"),
            [],
        ))
    }

    /// By how many seconds a write to this object becomes visible late; counts it down.
    pub(crate) fn take_late(&mut self, object: &str) -> Option<u32> {
        let index = self.late.iter().position(|late| {
            late.object
                .as_deref()
                .is_none_or(|of| of.eq_ignore_ascii_case(object))
        })?;
        let seconds = self.late[index].seconds;
        self.late[index].writes = self.late[index].writes.saturating_sub(1);
        if self.late[index].writes == 0 {
            self.late.remove(index);
        }
        Some(seconds)
    }

    /// The validation rules that a row breaks.
    pub(crate) fn broken(&self, object: &str, values: &Map) -> Vec<ApiError> {
        let holds = |rule: &&ValidationRule| {
            let value = values.get(&rule.field).unwrap_or(&Value::Null);
            rule.object.eq_ignore_ascii_case(object)
                && ((rule.when_null && value.is_null()) || rule.when_equal.as_ref() == Some(value))
        };
        let broken = self.validation.iter().filter(holds);
        broken
            .map(|rule| {
                ApiError::row(
                    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                    rule.message.as_str(),
                    [rule.field.as_str()],
                )
            })
            .collect()
    }

    /// The first duplicate rule that refuses a row.
    pub(crate) fn duplicate(
        &self,
        store: &Store,
        object_name: &str,
        own_id: Option<&str>,
        values: &Map,
        may_save: bool,
        version: u32,
    ) -> Option<ApiError> {
        for rule in &self.duplicate {
            if !rule.object.eq_ignore_ascii_case(object_name)
                || (may_save && rule.action == DuplicateAction::Alert)
                || rule.fields.is_empty()
            {
                continue;
            }
            let equal = |row: &&std::sync::Arc<Row>| {
                Some(row.id.as_str()) != own_id
                    && rule.fields.iter().all(|field| {
                        let value = values.get(field).unwrap_or(&Value::Null);
                        !value.is_null() && same(value, row.get(field))
                    })
            };
            let matches: Vec<_> = store.live(object_name).filter(equal).cloned().collect();
            if !matches.is_empty() {
                return Some(refusal(rule, object_name, &matches, version));
            }
        }
        None
    }
}

fn push<T>(rules: &mut Vec<T>, rule: T) -> bool {
    let room = rules.len() < RULES_MAX;
    if room {
        rules.push(rule);
    }
    room
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => left == right,
    }
}

fn refusal(
    rule: &DuplicateRule,
    object_name: &str,
    matches: &[std::sync::Arc<Row>],
    version: u32,
) -> ApiError {
    let number = |text: &str| connector_api::Number::parse(text).map_or(Value::Null, Value::Number);
    let none = || Value::Array(Vec::new());
    let records: Vec<Value> = matches
        .iter()
        .map(|row| {
            object([
                ("additionalInformation", none()),
                ("fieldDiffs", none()),
                ("matchConfidence", number("100.0")),
                (
                    "record",
                    object([
                        (
                            "attributes",
                            super::render::attributes(object_name, &row.id, version),
                        ),
                        ("Id", row.id.as_str().into()),
                    ]),
                ),
            ])
        })
        .collect();
    let size = super::cursor::count(records.len());
    let duplicates = object([
        ("allowSave", (rule.action == DuplicateAction::Alert).into()),
        ("duplicateRule", rule.name.as_str().into()),
        ("duplicateRuleEntityType", object_name.into()),
        ("errorMessage", rule.message.as_str().into()),
        (
            "matchResults",
            Value::Array(vec![object([
                ("entityType", object_name.into()),
                ("errors", none()),
                ("matchEngine", "ExactMatchEngine".into()),
                ("matchRecords", records.into()),
                ("rule", format!("{}_Match", rule.name).into()),
                ("size", size),
                ("success", true.into()),
            ])]),
        ),
    ]);
    ApiError {
        duplicates: Some(duplicates),
        ..ApiError::new(400, "DUPLICATES_DETECTED", rule.message.as_str())
    }
}
