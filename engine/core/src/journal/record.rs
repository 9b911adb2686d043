//! The records of a run's journal, in the form they have on disk.
//!
//! Lean on purpose, because every byte of a record costs several on the disk: member names are one or two letters,
//! documented at each member, and what follows from earlier records (skipped branches, the next iteration of a
//! `for_each`) is not written. Enums are tagged from outside only: the other forms buffer and lose the text of
//! numbers. A change of meaning raises [`FORMAT_VERSION`]; new optional members do not.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, Address};

/// The version of this format, held by the first record of each run. A reader refuses newer ones.
pub const FORMAT_VERSION: u32 = 1;

/// One thing that happened to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The run exists. Always the first record.
    #[serde(rename = "run")]
    RunStarted(Box<RunStarted>),
    /// An action that takes time began: a call, a wait, a container.
    #[serde(rename = "go")]
    Began(Began),
    /// An action ended. The only record of an action that takes no time.
    #[serde(rename = "end")]
    Ended(Box<Ended>),
    /// An action's `run_after` does not hold; so neither it nor anything inside it runs.
    #[serde(rename = "skip")]
    Skipped(Skipped),
    /// A try failed; another follows at a time.
    #[serde(rename = "wait")]
    Retrying(Box<Retrying>),
    /// The next try begins.
    #[serde(rename = "again")]
    TriedAgain(TriedAgain),
    /// An `until` loop goes round once more.
    #[serde(rename = "iter")]
    Iterated(Iterated),
    /// A `response` ran: the caller's answer.
    #[serde(rename = "answer")]
    Responded(Box<Responded>),
    /// A `terminate` ran: everything else stops.
    #[serde(rename = "stop")]
    Terminated(Box<Terminated>),
    /// A person stops the run.
    #[serde(rename = "cancel")]
    CancelRequested {
        /// When.
        #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
        at: Timestamp,
    },
    /// After an interruption: these calls had begun and nobody recorded how they ended.
    #[serde(rename = "resume")]
    Resumed(Resumed),
    /// The run ended. Always the last record.
    #[serde(rename = "done")]
    RunEnded(Box<RunEnded>),
}

/// What a run starts from. Everything an expression may see that is not made by the run itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT_VERSION`] of the writer.
    #[serde(rename = "v")]
    pub format: u32,
    /// The run.
    #[serde(rename = "id")]
    pub run: Uuid,
    /// The flow's id.
    #[serde(rename = "fl")]
    pub flow: String,
    /// The digest of the solution's files the run keeps to.
    #[serde(rename = "ve")]
    pub version: String,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What `trigger` shows: `{body, headers?, queries?, deal?, start_time?}`.
    #[serde(rename = "tr")]
    pub trigger: Value,
    /// What `inputs` shows, an object.
    #[serde(rename = "in")]
    pub inputs: Value,
    /// What `env` shows, an object.
    #[serde(rename = "en")]
    pub environment: Value,
    /// The run and action that called this one.
    #[serde(rename = "pa", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The key under which runs wait for each other.
    #[serde(rename = "ke", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The caller of a child run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The calling run.
    #[serde(rename = "id")]
    pub run: Uuid,
    /// Its flow's id.
    #[serde(rename = "fl")]
    pub flow: String,
    /// The calling action.
    #[serde(rename = "a")]
    pub action: Address,
    /// How many callers stand above the child: 1 for the child of a run that nobody called.
    #[serde(rename = "d")]
    pub depth: u32,
}

/// An action that takes time began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Began {
    /// Which.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// With what.
    #[serde(rename = "w")]
    pub start: Start,
    /// Views hide its inputs.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub secure: bool,
}

/// What an action began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// A scope, or an `if` or `switch` that decided: which of its blocks runs, in the order written.
    #[serde(rename = "b")]
    Block(u32),
    /// A `for_each` with its items.
    #[serde(rename = "l")]
    Items(Vec<Value>),
    /// An `until`, in its first iteration.
    #[serde(rename = "u")]
    Until,
    /// A call of a connection, of the link store, of HTTP or of another flow, with its inputs.
    #[serde(rename = "c")]
    Call(Value),
    /// A changeset with the calls whose conditions hold.
    #[serde(rename = "cs")]
    Calls(Vec<CallRecord>),
    /// A delay that ends at a time.
    #[serde(rename = "d", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    Delay(Timestamp),
}

/// One call of a changeset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The child action's name.
    #[serde(rename = "n")]
    pub action: String,
    /// Its inputs; references to earlier calls are left as references.
    #[serde(rename = "i")]
    pub inputs: Value,
    /// Views hide its inputs.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub secure: bool,
}

/// An action ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// How.
    #[serde(rename = "st")]
    pub status: Status,
    /// Its result; absent when there is none. Shared, because the run keeps it too.
    #[serde(
        rename = "b",
        default,
        with = "shared",
        skip_serializing_if = "Option::is_none"
    )]
    pub body: Option<Arc<Value>>,
    /// Status and headers of the answer, where there was one.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Why it did not succeed.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ActionError>,
    /// A changeset's calls, in the order of the calls.
    #[serde(rename = "ch", default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildRecord>,
    /// Views hide its outputs.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub secure: bool,
}

/// How one call of a changeset ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildRecord {
    /// The child action's name.
    #[serde(rename = "n")]
    pub action: String,
    /// How.
    #[serde(rename = "st")]
    pub status: Status,
    /// Its result.
    #[serde(
        rename = "b",
        default,
        with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub body: Option<Value>,
    /// Status and headers of the answer.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Why it did not succeed.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ActionError>,
    /// Views hide its outputs.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub secure: bool,
}

/// The head of a service's answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers, names in lower case.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// An action does not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// Why: names the predecessor, what was expected and how it ended.
    #[serde(rename = "m")]
    pub message: String,
}

/// A try failed; another follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrying {
    /// Which.
    #[serde(rename = "a")]
    pub action: Address,
    /// When the try ended.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// When the next begins.
    #[serde(rename = "u", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub until: Timestamp,
    /// Why it failed.
    #[serde(rename = "e")]
    pub error: ActionError,
}

/// The next try begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriedAgain {
    /// Which.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
}

/// An `until` loop goes round once more: its condition was false after an iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iterated {
    /// The loop.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
}

/// The caller's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Responded {
    /// Which action.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The HTTP status.
    #[serde(rename = "c")]
    pub status: u16,
    /// Headers.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body; absent when the action states none.
    #[serde(
        rename = "b",
        default,
        with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub body: Option<Value>,
    /// Views hide it.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub secure: bool,
}

/// Everything else stops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terminated {
    /// Which action.
    #[serde(rename = "a")]
    pub action: Address,
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// How the run ends.
    #[serde(rename = "st")]
    pub status: Status,
    /// The run's error.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ActionError>,
}

/// Calls without a recorded end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// Which; each is tried again by its effect class.
    #[serde(rename = "l")]
    pub actions: Vec<Address>,
}

/// The run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnded {
    /// When.
    #[serde(rename = "t", with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// How.
    #[serde(rename = "st")]
    pub status: Status,
    /// Why it did not succeed.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ActionError>,
}

impl Record {
    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::RunStarted(record) => record.at,
            Self::Began(record) => record.at,
            Self::Ended(record) => record.at,
            Self::Skipped(record) => record.at,
            Self::Retrying(record) => record.at,
            Self::TriedAgain(record) => record.at,
            Self::Iterated(record) => record.at,
            Self::Responded(record) => record.at,
            Self::Terminated(record) => record.at,
            Self::CancelRequested { at } => *at,
            Self::Resumed(record) => record.at,
            Self::RunEnded(record) => record.at,
        }
    }
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// Keeps a present `null` apart from an absent value.
mod present {
    use connector_api::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().unwrap_or(&Value::Null).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }
}

/// The same for a shared value.
mod shared {
    use std::sync::Arc;

    use connector_api::Value;
    use serde::{Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Arc<Value>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_deref().unwrap_or(&Value::Null).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<Value>>, D::Error> {
        Ok(super::present::deserialize(deserializer)?.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_numbers_and_nulls() {
        for (text, body) in [
            (
                r#"{"end":{"a":"x[1]","t":1000,"st":"succeeded","b":9999999999999999.99}}"#,
                Some("9999999999999999.99"),
            ),
            (
                r#"{"end":{"a":"x","t":1000,"st":"succeeded","b":null}}"#,
                Some("null"),
            ),
            (r#"{"end":{"a":"x","t":1000,"st":"failed"}}"#, None),
        ] {
            let record: Record = serde_json::from_str(text).unwrap();
            let Record::Ended(ended) = &record else {
                panic!("an end")
            };
            assert_eq!(ended.body.as_ref().map(|body| body.to_json()).as_deref(), body);
            assert_eq!(serde_json::to_string(&record).unwrap(), text);
        }
    }
}
