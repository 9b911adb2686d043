//! What goes into a connection and what comes out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::value::Value;

/// One call of one operation.
#[derive(Clone, Debug)]
pub struct OperationCall {
    /// The operation's name.
    pub operation: String,
    /// Its inputs, an object.
    pub inputs: Value,
    /// Who calls.
    pub context: CallContext,
}

/// Who calls, and whether it is the first time.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// The run.
    pub run_id: Uuid,
    /// The action's name.
    pub action: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Equal for all tries of one action of one run.
    pub idempotency_key: Uuid,
    /// When an earlier try of this very call may have been carried out: the time of the first try. An operation of
    /// effect class `create` must look whether it happened before it acts.
    pub look_since: Option<Timestamp>,
}

/// One call inside a changeset. Inputs may hold [`reference`] values to earlier calls of the same changeset.
#[derive(Clone, Debug)]
pub struct ChangesetCall {
    /// The child action's name.
    pub action: String,
    /// The operation's name.
    pub operation: String,
    /// Its inputs, an object.
    pub inputs: Value,
}

/// What came back.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct OperationOutput {
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Answer headers worth keeping (`etag`, `request-id`), lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The result.
    pub body: Value,
    /// What this call wrote, so that a watching trigger knows our own writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<RecordWrite>,
}

/// Field values that a call wrote to a record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RecordWrite {
    /// The object: `Opportunity`, `Referral`.
    pub object: String,
    /// The record's id at the service.
    pub id: String,
    /// The written fields, an object.
    pub fields: Value,
}

/// One poll of a trigger.
#[derive(Clone, Debug)]
pub struct PollCall {
    /// The trigger's name.
    pub trigger: String,
    /// Its inputs, an object.
    pub inputs: Value,
    /// What the last poll returned; `None` for the very first, which only sets the starting point.
    pub cursor: Option<Value>,
    /// With `watch`: the paths the mapping reads, per side: a list of objects
    /// `{"side": "salesforce.Account", "fields": ["Name"]}`; for list sides also `"relationship"`.
    pub watch: Option<Value>,
}

/// What a poll found.
#[derive(Clone, Debug)]
pub struct PollOutput {
    /// Records in the order of their change.
    pub records: Vec<PolledRecord>,
    /// Where the next poll starts. Saved together with the records, never before them.
    pub cursor: Value,
    /// More is waiting: poll again at once.
    pub more: bool,
}

/// One record found by a poll.
#[derive(Clone, Debug)]
pub struct PolledRecord {
    /// The record's id at the service.
    pub id: String,
    /// Equal for two sightings of the same change (`Id` and `SystemModstamp`): the engine drops repeats.
    pub version: String,
    /// What `trigger.body` shall be.
    pub body: Value,
    /// Whether the record's last change was made by the connection's own user.
    pub ours: bool,
}

/// A webhook delivery as it came in.
#[derive(Clone, Debug)]
pub struct WebhookRequest {
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// The value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

const REFERENCE_KEY: &str = "$changeset";

/// A stand-in for the id that an earlier call of the same changeset will have.
pub fn reference(action: &str) -> Value {
    crate::value::object([(REFERENCE_KEY, action.into())])
}

/// The action a stand-in points to, when `value` is one.
pub fn as_reference(value: &Value) -> Option<&str> {
    let map = value.as_object()?;
    if map.len() == 1 {
        map.get(REFERENCE_KEY)?.as_str()
    } else {
        None
    }
}
