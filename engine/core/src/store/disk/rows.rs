//! Rows as values of the store, and back.

use connector_api::Value;
use jiff::Timestamp;
use rusqlite::Row;
use uuid::Uuid;

use super::fault::Fault;
use crate::journal::{ActionError, Parent, Record};
use crate::store::{EventRow, EventState, Identities, Link, RunRow, RunStatus};

pub(super) const RUN_COLUMNS: &str = "id, flow, version, status, key, trigger, parent, started, ended, error";
pub(super) const EVENT_COLUMNS: &str = "id, flow, at, trigger, key, state, reason, run";
pub(super) const LINK_COLUMNS: &str =
    "id, referral_id, engagement_id, microsoft_referral_id, opportunity_id, lead_id, base, etag, agreed";

pub(super) fn run(row: &Row<'_>) -> Result<RunRow, Fault> {
    let status: String = row.get(3)?;
    Ok(RunRow {
        id: uuid(row, 0)?,
        flow: row.get(1)?,
        version: row.get(2)?,
        status: RunStatus::parse(&status)
            .ok_or_else(|| Fault::Damaged(format!("a run has the unknown status `{status}`")))?,
        key: row.get(4)?,
        trigger: row.get(5)?,
        parent: optional_json::<Parent>(row, 6)?,
        started: time(row.get(7)?)?,
        ended: row.get::<_, Option<i64>>(8)?.map(time).transpose()?,
        error: optional_json::<ActionError>(row, 9)?,
    })
}

pub(super) fn event(row: &Row<'_>) -> Result<EventRow, Fault> {
    let state: String = row.get(5)?;
    Ok(EventRow {
        id: uuid(row, 0)?,
        flow: row.get(1)?,
        at: time(row.get(2)?)?,
        trigger: value(&row.get::<_, String>(3)?)?,
        key: row.get(4)?,
        state: EventState::parse(&state)
            .ok_or_else(|| Fault::Damaged(format!("an event has the unknown state `{state}`")))?,
        reason: row.get(6)?,
        run: match row.get::<_, Option<Vec<u8>>>(7)? {
            None => None,
            Some(bytes) => Some(uuid_of(&bytes)?),
        },
    })
}

pub(super) fn link(row: &Row<'_>) -> Result<Link, Fault> {
    let mut identities = Identities::default();
    for (position, identity) in identities.all_mut().into_iter().enumerate() {
        *identity = row.get(position + 1)?;
    }
    Ok(Link {
        id: uuid(row, 0)?,
        identities,
        base: match value(&row.get::<_, String>(6)?)? {
            Value::Object(base) => base,
            other => return Err(Fault::Damaged(format!("the base of a link is {}", other.kind()))),
        },
        etag: row.get(7)?,
        agreed: row.get::<_, Option<i64>>(8)?.map(time).transpose()?,
    })
}

pub(super) fn records(run: Uuid, text: &str) -> Result<Vec<Record>, Fault> {
    serde_json::from_str(text)
        .map_err(|error| Fault::Damaged(format!("the journal of run `{run}` cannot be read: {error}")))
}

/// Any stored JSON as a value.
pub(super) fn value(text: &str) -> Result<Value, Fault> {
    Value::from_json(text).map_err(|error| Fault::Damaged(format!("a stored value cannot be read: {error}")))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Damaged(format!("a value cannot be stored: {error}")))
}

pub(super) fn time(at: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(at).map_err(|_| Fault::Damaged(format!("{at} is no time")))
}

fn uuid(row: &Row<'_>, column: usize) -> Result<Uuid, Fault> {
    uuid_of(&row.get::<_, Vec<u8>>(column)?)
}

fn uuid_of(bytes: &[u8]) -> Result<Uuid, Fault> {
    Uuid::from_slice(bytes).map_err(|_| Fault::Damaged("an id has the wrong length".into()))
}

fn optional_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, Fault> {
    row.get::<_, Option<String>>(column)?
        .map(|text| {
            serde_json::from_str(&text)
                .map_err(|error| Fault::Damaged(format!("a stored value cannot be read: {error}")))
        })
        .transpose()
}
