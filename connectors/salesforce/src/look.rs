//! Looking whether an earlier try of a create was carried out, before it is tried again.
//!
//! The service has no idempotency key for creates. What it has is who created a record and when, so the look-up
//! asks for records that we created since the first try and that hold the very values we would write.

use connector_api::{Map, OperationError};
use jiff::{SignedDuration, Timestamp};

use crate::api::Api;
use crate::query;
use crate::record::holds;
use crate::soql::{datetime, quoted};

/// The service's clock and ours may differ by this much.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_secs(30);

/// For each row the id of a record of ours that holds it, or `None`. No record serves for two rows.
pub(crate) async fn created_since(
    api: &Api,
    object: &str,
    rows: &[Map],
    since: Timestamp,
) -> Result<Vec<Option<String>>, OperationError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let me = api.user_id().await?;
    let soql = format!(
        "SELECT {} FROM {object} WHERE CreatedById = {} AND CreatedDate >= {} ORDER BY CreatedDate, Id",
        columns(rows).join(", "),
        quoted(&me),
        datetime(earliest(since)),
    );
    let mut found = query::run(api, &soql, false).await?.records;
    Ok(rows
        .iter()
        .map(|row| {
            let place = found.iter().position(|record| holds(record, row))?;
            let record = found.remove(place);
            record.get("Id")?.as_str().map(str::to_owned)
        })
        .collect())
}

/// The earliest time at the service that may be `since` on our clock.
pub(crate) fn earliest(since: Timestamp) -> Timestamp {
    since.checked_sub(CLOCK_DIFFERENCE).unwrap_or(since)
}

/// `Id` and the written columns that a query can select.
pub(crate) fn columns(rows: &[Map]) -> Vec<&str> {
    let mut names = vec!["Id"];
    for (name, value) in rows.iter().flatten() {
        let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !known && value.as_object().is_none() {
            names.push(name);
        }
    }
    names
}
