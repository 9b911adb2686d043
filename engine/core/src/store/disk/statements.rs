//! What is asked of the file and written to it, one function for each.

use connector_api::{Map, Value};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, ToSql};
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, EVENT_COLUMNS, LINK_COLUMNS, RUN_COLUMNS};
use crate::journal::Record;
use crate::store::{
    Acceptance, BINDING, Batch, COMPACTED_MAX, EventRow, EventState, IDENTITY_NAMES, Identities, Link,
    LinkSave, NewEvent, NewRun, RUNS_LISTED_MAX, RunFilter, RunRow, RunStatus, StoreError, event, memory,
    runs as run_rules,
};

/// An id as stored.
fn key(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&rusqlite::Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&rusqlite::Row<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    Ok(all(connection, sql, parameters, read)?.into_iter().next())
}

fn text(row: &rusqlite::Row<'_>) -> Result<String, Fault> {
    Ok(row.get(0)?)
}

fn change(connection: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, Fault> {
    Ok(connection.prepare_cached(sql)?.execute(parameters)?)
}

pub(super) fn runs(connection: &Connection, filter: &RunFilter) -> Result<Vec<RunRow>, Fault> {
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(flow) = &filter.flow {
        conditions.push("flow = ?".into());
        parameters.push(Box::new(flow.clone()));
    }
    if !filter.statuses.is_empty() {
        conditions.push(format!(
            "status IN ({})",
            vec!["?"; filter.statuses.len()].join(", ")
        ));
        for status in &filter.statuses {
            parameters.push(Box::new(status.name()));
        }
    }
    if let Some(since) = filter.since {
        conditions.push("started >= ?".into());
        parameters.push(Box::new(since.as_millisecond()));
    }
    if let Some(parent) = filter.parent {
        conditions.push("parent_run = ?".into());
        parameters.push(Box::new(parent.as_bytes().to_vec()));
    }
    parameters.push(Box::new(
        filter.limit.unwrap_or(RUNS_LISTED_MAX).min(RUNS_LISTED_MAX),
    ));
    let sql = format!(
        "SELECT {RUN_COLUMNS} FROM runs WHERE {} ORDER BY started DESC, no DESC LIMIT ?",
        conditions.join(" AND ")
    );
    let parameters: Vec<&dyn ToSql> = parameters.iter().map(AsRef::as_ref).collect();
    all(connection, &sql, &parameters, rows::run)
}

pub(super) fn run(connection: &Connection, id: Uuid) -> Result<Option<RunRow>, Fault> {
    let sql = format!("SELECT {RUN_COLUMNS} FROM runs WHERE id = ?");
    one(connection, &sql, &[&key(&id)], rows::run)
}

pub(super) fn unfinished(connection: &Connection) -> Result<Vec<RunRow>, Fault> {
    let sql = format!("SELECT {RUN_COLUMNS} FROM runs WHERE ended IS NULL ORDER BY no");
    all(connection, &sql, &[], rows::run)
}

/// The position after the last batch, and all records.
pub(super) fn journal(connection: &Connection, id: Uuid) -> Result<(u64, Vec<Record>), Fault> {
    let sql = "SELECT records FROM journal WHERE run = (SELECT no FROM runs WHERE id = ?) ORDER BY seq";
    let batches = all(connection, sql, &[&key(&id)], |row| {
        rows::records(id, &text(row)?)
    })?;
    Ok((batches.len() as u64, batches.concat()))
}

pub(super) fn version(connection: &Connection, digest: &str) -> Result<Option<Value>, Fault> {
    let sql = "SELECT files FROM versions WHERE digest = ?";
    one(connection, sql, &[&digest], |row| rows::value(&text(row)?))
}

pub(super) fn events(connection: &Connection, state: EventState, limit: u32) -> Result<Vec<EventRow>, Fault> {
    // The state is written out so that the index of waiting events is used.
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE state = '{}' ORDER BY no LIMIT ?",
        state.name()
    );
    all(connection, &sql, &[&limit], rows::event)
}

pub(super) fn links(connection: &Connection, limit: u32) -> Result<Vec<Link>, Fault> {
    let sql = format!("SELECT {LINK_COLUMNS} FROM links ORDER BY no LIMIT ?");
    all(connection, &sql, &[&limit], rows::link)
}

pub(super) fn meta(connection: &Connection, name: &str) -> Result<Option<String>, Fault> {
    one(
        connection,
        "SELECT value FROM meta WHERE name = ?",
        &[&name],
        text,
    )
}

pub(super) fn set_meta(connection: &Connection, name: &str, value: &str) -> Result<(), Fault> {
    let sql = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    change(connection, sql, &[&name, &value]).map(drop)
}

pub(super) fn bind(connection: &Connection, binding: &str, path: &std::path::Path) -> Result<(), Fault> {
    match meta(connection, BINDING)? {
        Some(bound) if bound != binding => Err(Fault::Store(StoreError::OtherBinding {
            path: path.to_owned(),
            bound,
            wanted: binding.to_owned(),
        })),
        Some(_) => Ok(()),
        None => set_meta(connection, BINDING, binding),
    }
}

pub(super) fn accept(connection: &Connection, events: &[NewEvent]) -> Result<Vec<Acceptance>, Fault> {
    events.iter().map(|event| accept_one(connection, event)).collect()
}

fn accept_one(connection: &Connection, new: &NewEvent) -> Result<Acceptance, Fault> {
    let mut earlier = None;
    if let Some((dedupe, window)) = &new.dedupe {
        let since = SignedDuration::try_from(*window)
            .ok()
            .and_then(|window| new.at.checked_sub(window).ok())
            .unwrap_or(Timestamp::MIN);
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE flow = ? AND dedupe = ? AND at >= ? ORDER BY no DESC LIMIT 1"
        );
        let parameters: [&dyn ToSql; 3] = [&new.flow, dedupe, &since.as_millisecond()];
        earlier = one(connection, &sql, &parameters, rows::event)?.map(|row| row.id);
    }
    let reason = earlier.map(event::repeats);
    let state = if earlier.is_some() {
        EventState::Dropped
    } else {
        EventState::Waiting
    };
    if new.coalesce && earlier.is_none() {
        let sql = "UPDATE events SET state = 'dropped', reason = ? WHERE state = 'waiting' AND flow = ? AND key IS ?";
        change(connection, sql, &[&event::replaced(new.id), &new.flow, &new.key])?;
    }
    let dedupe = new
        .dedupe
        .as_ref()
        .filter(|_| earlier.is_none())
        .map(|(key, _)| key);
    let known: Option<i64> = connection
        .prepare_cached("SELECT no FROM events WHERE id = ?")?
        .query_row([key(&new.id)], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Err(StoreError::Inconsistent(format!("event `{}` was accepted before", new.id)).into());
    }
    change(
        connection,
        "INSERT INTO events (id, flow, at, trigger, key, state, reason, dedupe) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            &key(&new.id),
            &new.flow,
            &new.at.as_millisecond(),
            &new.trigger.to_json(),
            &new.key,
            &state.name(),
            &reason,
            &dedupe,
        ],
    )?;
    Ok(earlier.map_or(Acceptance::Accepted, |of| Acceptance::Duplicate { of }))
}

pub(super) fn drop_event(connection: &Connection, id: Uuid, reason: &str) -> Result<(), Fault> {
    let sql = "UPDATE events SET state = 'dropped', reason = ? WHERE id = ? AND state = 'waiting'";
    change(connection, sql, &[&reason, &key(&id)]).map(drop)
}

/// `records` is the text of the run's first records.
pub(super) fn begin_run(connection: &Connection, run: &NewRun, records: &str) -> Result<(), Fault> {
    let row = &run.row;
    if self::run(connection, row.id)?.is_some() {
        return Err(StoreError::Inconsistent(format!("run `{}` began before", row.id)).into());
    }
    if let Some(event) = run.event {
        let sql = "UPDATE events SET state = 'started', run = ? WHERE id = ? AND state = 'waiting'";
        if change(connection, sql, &[&key(&row.id), &key(&event)])? != 1 {
            return Err(StoreError::NotWaiting(event).into());
        }
    }
    change(
        connection,
        "INSERT INTO runs (id, flow, version, status, key, trigger, parent, parent_run, started, ended, error) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            &key(&row.id),
            &row.flow,
            &row.version,
            &row.status.name(),
            &row.key,
            &row.trigger,
            &row.parent.as_ref().map(rows::json).transpose()?,
            &row.parent.as_ref().map(|parent| parent.run.as_bytes().to_vec()),
            &row.started.as_millisecond(),
            &row.ended.map(Timestamp::as_millisecond),
            &row.error.as_ref().map(rows::json).transpose()?,
        ],
    )?;
    let no = connection.last_insert_rowid();
    let sql = "INSERT INTO journal (run, seq, records) VALUES (?, 0, ?)";
    change(connection, sql, &[&no, &records]).map(drop)
}

/// `records` is the text of the batch's records.
pub(super) fn append(connection: &Connection, batch: &Batch, records: &str) -> Result<(), Fault> {
    let found: Option<(i64, String, i64)> = connection
        .prepare_cached(
            "SELECT no, status, (SELECT coalesce(max(seq) + 1, 0) FROM journal WHERE run = runs.no) \
             FROM runs WHERE id = ?",
        )?
        .query_row([key(&batch.run)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((no, status, next)) = found else {
        return Err(StoreError::Inconsistent(format!("there is no run `{}`", batch.run)).into());
    };
    if next as u64 != batch.seq {
        return Err(run_rules::out_of_order(batch, next as u64).into());
    }
    let sql = "INSERT INTO journal (run, seq, records) VALUES (?, ?, ?)";
    change(connection, sql, &[&no, &next, &records])?;
    if let Some(Record::RunEnded(end)) = batch.records.last() {
        let sql = "UPDATE runs SET status = ?, ended = ?, error = ? WHERE no = ?";
        let error = end.error.as_ref().map(rows::json).transpose()?;
        let status = RunStatus::of_end(end.status).name();
        change(connection, sql, &[&status, &end.at.as_millisecond(), &error, &no])?;
    } else if status != batch.status.name() {
        let sql = "UPDATE runs SET status = ? WHERE no = ?";
        change(connection, sql, &[&batch.status.name(), &no])?;
    }
    Ok(())
}

pub(super) fn cursor(connection: &Connection, flow: &str) -> Result<Option<Value>, Fault> {
    let sql = "SELECT cursor FROM cursors WHERE flow = ?";
    one(connection, sql, &[&flow], |row| rows::value(&text(row)?))
}

pub(super) fn set_cursor(connection: &Connection, flow: &str, cursor: &Value) -> Result<(), Fault> {
    let sql = "INSERT INTO cursors (flow, cursor) VALUES (?, ?) \
               ON CONFLICT (flow) DO UPDATE SET cursor = excluded.cursor";
    change(connection, sql, &[&flow, &cursor.to_json()]).map(drop)
}

pub(super) fn watched(connection: &Connection, flow: &str, record: &str) -> Result<Option<Value>, Fault> {
    let sql = "SELECT fields FROM watched WHERE flow = ? AND record = ?";
    one(connection, sql, &[&flow, &record], |row| rows::value(&text(row)?))
}

pub(super) fn merge_watched(
    connection: &Connection,
    flow: &str,
    record: &str,
    values: Value,
) -> Result<(), Fault> {
    let mut known = watched(connection, flow, record)?.unwrap_or_else(|| Value::Object(Map::new()));
    memory::merge(&mut known, values);
    let sql = "INSERT INTO watched (flow, record, fields) VALUES (?, ?, ?) \
               ON CONFLICT (flow, record) DO UPDATE SET fields = excluded.fields";
    change(connection, sql, &[&flow, &record, &known.to_json()]).map(drop)
}

pub(super) fn link(connection: &Connection, id: Uuid) -> Result<Option<Link>, Fault> {
    let sql = format!("SELECT {LINK_COLUMNS} FROM links WHERE id = ?");
    one(connection, &sql, &[&key(&id)], rows::link)
}

pub(super) fn find_links(connection: &Connection, identities: &Identities) -> Result<Vec<Link>, Fault> {
    let known: Vec<(&str, &String)> = IDENTITY_NAMES
        .iter()
        .zip(identities.all())
        .filter_map(|(name, identity)| Some((*name, identity.as_ref()?)))
        .collect();
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let conditions: Vec<String> = known.iter().map(|(name, _)| format!("{name} = ?")).collect();
    let sql = format!(
        "SELECT {LINK_COLUMNS} FROM links WHERE {} ORDER BY no",
        conditions.join(" OR ")
    );
    let parameters: Vec<&dyn ToSql> = known
        .iter()
        .map(|(_, identity)| *identity as &dyn ToSql)
        .collect();
    all(connection, &sql, &parameters, rows::link)
}

pub(super) fn save_link(connection: &Connection, save: &LinkSave, new_id: Uuid) -> Result<Link, Fault> {
    let found = find_links(connection, &save.identities)?;
    let merged = Link::merged(&found, save, new_id)?;
    for joined in found.iter().skip(1) {
        change(connection, "DELETE FROM links WHERE id = ?", &[&key(&joined.id)])?;
    }
    write_link(connection, &merged, found.is_empty())?;
    Ok(merged)
}

pub(super) fn set_identities(
    connection: &Connection,
    id: Uuid,
    identities: Identities,
) -> Result<Option<Link>, Fault> {
    let Some(known) = link(connection, id)? else {
        return Ok(None);
    };
    let others = find_links(connection, &identities)?;
    let changed = known.with_identities(identities, &others)?;
    write_link(connection, &changed, false)?;
    Ok(Some(changed))
}

pub(super) fn remove_link(connection: &Connection, id: Uuid) -> Result<Option<Link>, Fault> {
    let known = link(connection, id)?;
    change(connection, "DELETE FROM links WHERE id = ?", &[&key(&id)])?;
    Ok(known)
}

fn write_link(connection: &Connection, link: &Link, is_new: bool) -> Result<(), Fault> {
    let [referral, engagement, microsoft, opportunity, lead] = link.identities.all();
    let agreed = link.agreed.map(Timestamp::as_millisecond);
    let parameters: [&dyn ToSql; 9] = [
        referral,
        engagement,
        microsoft,
        opportunity,
        lead,
        &Value::Object(link.base.clone()).to_json(),
        &link.etag,
        &agreed,
        &key(&link.id),
    ];
    let sql = if is_new {
        "INSERT INTO links (referral_id, engagement_id, microsoft_referral_id, opportunity_id, lead_id, base, etag, \
         agreed, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    } else {
        "UPDATE links SET referral_id = ?, engagement_id = ?, microsoft_referral_id = ?, opportunity_id = ?, \
         lead_id = ?, base = ?, etag = ?, agreed = ? WHERE id = ?"
    };
    change(connection, sql, &parameters).map(drop)
}

pub(super) fn save_version(connection: &Connection, digest: &str, files: &Value) -> Result<(), Fault> {
    // Replacing gives the row a new number: the version saved last is the one that is never removed.
    let sql = "INSERT OR REPLACE INTO versions (digest, files) VALUES (?, ?)";
    change(connection, sql, &[&digest, &files.to_json()]).map(drop)
}

pub(super) fn compact(connection: &Connection, before: Timestamp) -> Result<u64, Fault> {
    let before = before.as_millisecond();
    let sql =
        "SELECT no FROM runs WHERE ended < ? AND status IN ('succeeded', 'cancelled') ORDER BY no LIMIT ?";
    let gone: Vec<i64> = all(connection, sql, &[&before, &COMPACTED_MAX], |row| Ok(row.get(0)?))?;
    for no in &gone {
        change(connection, "DELETE FROM journal WHERE run = ?", &[no])?;
        change(connection, "DELETE FROM runs WHERE no = ?", &[no])?;
    }
    let sql = "DELETE FROM events WHERE at < ? AND (state = 'dropped' OR \
               (state = 'started' AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = events.run)))";
    change(connection, sql, &[&before])?;
    let sql = "DELETE FROM versions WHERE no < (SELECT max(no) FROM versions) \
               AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.version = versions.digest)";
    change(connection, sql, &[])?;
    Ok(gone.len() as u64)
}
