//! Which rows changed or went within a time. Seconds do not count: both ends are cut to the minute.

use connector_api::{Value, value::object};
use jiff::{SignedDuration, Timestamp};

use super::call::{Answer, Call, Context};
use crate::salesforce::error::ApiError;
use crate::salesforce::moment;
use crate::salesforce::schema::ObjectType;
use crate::salesforce::state::State;

/// How far back changes are known.
const UPDATED_DAYS: i64 = 30;
/// How far back deletions are known.
const DELETED_DAYS: i64 = 15;

/// `/sobjects/{object}/updated`
pub(super) fn updated(
    state: &State,
    context: &Context,
    call: &Call,
    of: &ObjectType,
) -> Result<Answer, ApiError> {
    let (start, end) = window(context, call, UPDATED_DAYS)?;
    let rows = state.store.see_all(&of.name, context.view(false));
    let within = rows
        .iter()
        .filter(|row| is_within(row.text("SystemModstamp"), start, end));
    let ids: Vec<Value> = within.map(|row| row.id.as_str().into()).collect();
    Ok(Answer::ok(object([
        ("ids", ids.into()),
        ("latestDateCovered", moment::second_text(end).into()),
    ])))
}

/// `/sobjects/{object}/deleted`
pub(super) fn deleted(
    state: &State,
    context: &Context,
    call: &Call,
    of: &ObjectType,
) -> Result<Answer, ApiError> {
    let (start, end) = window(context, call, DELETED_DAYS)?;
    let tables = state.store.all().filter(|(name, _)| **name == of.name);
    let rows = tables.flat_map(|(_, rows)| rows.values());
    let gone: Vec<Value> = rows
        .filter(|row| row.deleted() && is_within(row.text("SystemModstamp"), start, end))
        .map(|row| {
            object([
                ("id", row.id.as_str().into()),
                ("deletedDate", row.get("LastModifiedDate").clone()),
            ])
        })
        .collect();
    let earliest = days_before(context.now, DELETED_DAYS);
    Ok(Answer::ok(object([
        ("deletedRecords", gone.into()),
        ("earliestDateAvailable", moment::second_text(earliest).into()),
        ("latestDateCovered", moment::second_text(end).into()),
    ])))
}

fn is_within(text: &str, start: Timestamp, end: Timestamp) -> bool {
    moment::read_datetime(text).is_some_and(|moment| start <= moment && moment < end)
}

fn window(context: &Context, call: &Call, days: i64) -> Result<(Timestamp, Timestamp), ApiError> {
    let invalid = |message: &str| ApiError::new(400, "INVALID_REPLICATION_DATE", message);
    let read = |name: &str| {
        let moment = call.parameter(name).and_then(moment::read_datetime);
        moment
            .map(to_minute)
            .ok_or_else(|| invalid(&format!("{name} must be an ISO 8601 date and time")))
    };
    let (start, end) = (read("start")?, read("end")?);
    if start >= end {
        return Err(invalid("startDate before endDate"));
    }
    if start < to_minute(days_before(context.now, days)) {
        return Err(invalid(&format!("startDate cannot be more than {days} days ago")));
    }
    Ok((start, end.min(to_minute(context.now))))
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MIN)
}

fn to_minute(moment: Timestamp) -> Timestamp {
    let seconds = moment.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(60)).unwrap_or(moment)
}
