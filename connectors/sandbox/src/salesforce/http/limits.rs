//! What is left of the org's limits.

use connector_api::{Value, value::object};

use super::call::{Answer, Call};
use crate::salesforce::cursor::count;
use crate::salesforce::error::ApiError;
use crate::salesforce::state::State;

/// Limits that nothing here uses up.
const UNTOUCHED: [(&str, i64); 10] = [
    ("DailyBulkApiBatches", 15_000),
    ("DailyBulkV2QueryJobs", 10_000),
    ("DailyBulkV2QueryFileStorageMB", 976_562),
    ("DailyAsyncApexExecutions", 250_000),
    ("DailyDeliveredPlatformEvents", 25_000),
    ("DailyStreamingApiEvents", 200_000),
    ("DataStorageMB", 10_240),
    ("FileStorageMB", 10_240),
    ("HourlyPublishedPlatformEvents", 250_000),
    ("SingleEmail", 5_000),
];

/// `/limits` and `/limits/recordCount`
pub(super) fn answer(state: &State, call: &Call, path: &[&str]) -> Answer {
    if call.method != "GET" {
        return Answer::error(call.method_not_allowed("HEAD,GET"));
    }
    match path {
        [] => Answer::ok(limits(state)),
        ["recordCount"] => Answer::ok(record_counts(state, call.parameter("sObjects"))),
        _ => Answer::error(ApiError::not_found()),
    }
}

fn limits(state: &State) -> Value {
    let limit = |most: i64, left: i64| object([("Max", most.into()), ("Remaining", left.into())]);
    let most = i64::try_from(state.settings.api_calls_max).unwrap_or(i64::MAX);
    let used = i64::try_from(state.calls()).unwrap_or(i64::MAX);
    let mut body = object([("DailyApiRequests", limit(most, (most - used).max(0)))]);
    if let Some(members) = body.as_object_mut() {
        members.extend(UNTOUCHED.map(|(name, most)| (name.to_owned(), limit(most, most))));
    }
    body
}

fn record_counts(state: &State, names: Option<&str>) -> Value {
    let wanted: Option<Vec<&str>> = names.map(|names| names.split(',').map(str::trim).collect());
    let objects = state.schema.objects().filter(|object| {
        let listed = |names: &Vec<&str>| names.iter().any(|name| name.eq_ignore_ascii_case(&object.name));
        wanted.as_ref().is_none_or(listed)
    });
    let counts: Vec<Value> = objects
        .map(|of| {
            object([
                ("count", count(state.store.live(&of.name).count())),
                ("name", of.name.as_str().into()),
            ])
        })
        .collect();
    object([("sObjects", counts.into())])
}
