//! Following the changes of an org by asking for what changed since the last time.
//!
//! Every poll reads a window of seconds that are over at the service: from the last window's end less an overlap,
//! because a change becomes visible when its transaction ends and carries an earlier time, up to now. What lies in
//! the overlap and has been seen is remembered in the cursor and left out. A window with more changes than one poll
//! reads is continued by the next one.
//!
//! Without `watch` the changed records are handed on as they are. With `watch` the sources of change are the base
//! object, its parents and its child rows, deletions included; each base record touched is then read whole.

mod cursor;
mod source;
mod watch;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use connector_api::{
    ErrorClass, Map, OperationError, PollCall, PollOutput, PolledRecord, Value, value::object,
};
use jiff::{SignedDuration, Timestamp, Unit};

use crate::api::{Api, ApiCall};
use crate::input::Inputs;
use crate::soql::{bind, parse_datetime, quoted_list};
use crate::{describe, query};
use cursor::{Cursor, Place, Scan};
use source::{Change, Source, Window};
use watch::Watch;

/// How many changes one poll reads per source.
const CHANGES_MAX: usize = 1_000;
/// How many records are read whole with one query: their ids are part of its address.
const RECORDS_PER_QUERY: usize = 200;
/// Fields every polled record carries, where its object has them.
const ALWAYS: [&str; 7] = [
    "Id",
    "Name",
    "IsDeleted",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
    "SystemModstamp",
];
/// Field types whose values are made of other fields, or are files.
const NOT_READ: [&str; 3] = ["address", "location", "base64"];

/// Which changes a trigger is about.
#[derive(Clone, Copy, PartialEq)]
enum Trigger {
    Created,
    Modified,
    CreatedOrModified,
}

/// What a trigger asks for.
struct Request<'a> {
    trigger: Trigger,
    object: &'a str,
    fields: Option<Vec<&'a str>>,
    /// The condition, without placeholders.
    filter: Option<String>,
}

/// Carries out one poll.
pub(crate) async fn run(api: &Api, call: &PollCall, overlap: Duration) -> Result<PollOutput, OperationError> {
    let request = Request::read(call)?;
    let Some(cursor) = &call.cursor else {
        return start(api, &request).await;
    };
    let mut cursor = Cursor::read(cursor)?;
    let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::ZERO);
    let to = match &cursor.scan {
        Some(scan) => scan.to,
        None => now(api).await?,
    };
    if cursor.scan.is_none() && to <= cursor.since {
        return Ok(PollOutput {
            records: Vec::new(),
            cursor: cursor.write(),
            more: false,
        });
    }
    let watch = match &call.watch {
        Some(watch) => Some(Watch::read(api, request.object, watch).await?),
        None => None,
    };
    let columns = columns(api, &request).await?;
    let sources = sources(&request, watch.as_ref(), &columns);
    let window = Window {
        from: cursor.from(overlap),
        to,
    };
    let mut scan = cursor.scan.take().unwrap_or_else(|| Scan::new(to));
    let mut changes = Vec::new();
    for source in &sources {
        let place = scan.places.get(&source.name).cloned().unwrap_or(Place::Start);
        if place == Place::End {
            continue;
        }
        let found = source.read(api, &window, &place, CHANGES_MAX).await?;
        let reached = match found.last() {
            Some(last) if found.len() >= CHANGES_MAX => Place::After {
                stamp: last.stamp,
                id: last.row_id.clone(),
            },
            _ => Place::End,
        };
        scan.places.insert(source.name.clone(), reached);
        for change in found {
            let key = change.key(source, request.trigger == Trigger::Created);
            let new = !cursor.seen.contains(&key) && !scan.seen.contains(&key);
            scan.remember(key, change.stamp);
            if new && !(request.trigger == Trigger::Modified && change.is_creation) {
                changes.push(change);
            }
        }
    }
    changes.sort_by_key(|change| change.stamp);
    let me = api.user_id().await?;
    let records = match &watch {
        None => plain(changes, request.trigger, &me),
        Some(watch) => whole(api, &request, watch, &columns, changes, &me).await?,
    };
    let more = sources
        .iter()
        .any(|source| scan.places.get(&source.name) != Some(&Place::End));
    if more {
        cursor.scan = Some(scan);
    } else {
        cursor.finish(scan, overlap);
    }
    Ok(PollOutput {
        records,
        cursor: cursor.write(),
        more,
    })
}

impl<'a> Request<'a> {
    fn read(call: &'a PollCall) -> Result<Self, OperationError> {
        let trigger = match call.trigger.as_str() {
            "record_created" => Trigger::Created,
            "record_modified" => Trigger::Modified,
            "record_created_or_modified" => Trigger::CreatedOrModified,
            other => {
                return Err(OperationError::new(
                    ErrorClass::Rejected,
                    "unknown_trigger",
                    format!("this connector has no trigger `{other}`"),
                ));
            }
        };
        let inputs = Inputs::read(&call.inputs, &["object", "fields", "filter", "parameters"])?;
        let parameters = inputs.parameters()?;
        let filter = match inputs.text_or_none("filter")? {
            Some(text) => Some(bind(text, parameters, "filter")?),
            None if parameters.is_some_and(|parameters| !parameters.is_empty()) => {
                return Err(OperationError::invalid_input(
                    "parameters",
                    "`parameters` are given, but there is no `filter` that uses them",
                ));
            }
            None => None,
        };
        Ok(Self {
            trigger,
            object: inputs.identifier("object")?,
            fields: inputs.field_names("fields", true)?,
            filter,
        })
    }
}

/// The first poll: nothing is handed on, but a condition that cannot work is found at once.
async fn start(api: &Api, request: &Request<'_>) -> Result<PollOutput, OperationError> {
    let condition = request
        .filter
        .as_ref()
        .map_or(String::new(), |filter| format!(" WHERE ({filter})"));
    let soql = format!("SELECT Id FROM {}{condition} LIMIT 1", request.object);
    query::run(api, &soql, false).await?;
    let cursor = Cursor::starting(now(api).await?);
    Ok(PollOutput {
        records: Vec::new(),
        cursor: cursor.write(),
        more: false,
    })
}

/// The last second that is over at the service, as the end of a window that leaves it out.
async fn now(api: &Api) -> Result<Timestamp, OperationError> {
    let time = match api.clock().now(Instant::now()) {
        Ok(time) => time,
        Err(_) => {
            api.succeed(ApiCall::get("/services/data".into())).await?;
            api.clock().now(Instant::now())?
        }
    };
    Ok(time
        .round(
            jiff::TimestampRound::new()
                .smallest(Unit::Second)
                .mode(jiff::RoundMode::Floor),
        )
        .unwrap_or(time))
}

/// The base object's columns to read.
async fn columns(api: &Api, request: &Request<'_>) -> Result<Vec<String>, OperationError> {
    let describe = describe::cached(api, request.object).await?;
    let mut names: Vec<String> = ALWAYS
        .iter()
        .filter(|name| describe.field(name).is_some())
        .map(|name| (*name).to_owned())
        .collect();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    };
    match &request.fields {
        Some(fields) => fields.iter().for_each(|name| add(name)),
        None => describe
            .fields
            .iter()
            .filter(|field| !NOT_READ.contains(&field.kind.as_str()))
            .for_each(|field| add(&field.name)),
    }
    Ok(names)
}

fn sources(request: &Request<'_>, watch: Option<&Watch>, columns: &[String]) -> Vec<Source> {
    let filter = request.filter.clone();
    let created = request.trigger == Trigger::Created;
    let stamp = if created { "CreatedDate" } else { "SystemModstamp" };
    let base = Source {
        name: String::new(),
        from: request.object.to_owned(),
        stamp: stamp.to_owned(),
        base_id: "Id".to_owned(),
        author: "LastModifiedById".to_owned(),
        columns: match watch {
            None => columns.to_vec(),
            Some(_) => vec!["CreatedDate".into(), "SystemModstamp".into(), "IsDeleted".into()],
        },
        with_deleted: watch.is_some() && !created,
        filter: filter.clone(),
    };
    let mut sources = vec![base];
    if let Some(watch) = watch.filter(|_| !created) {
        sources.extend(watch.sources(request.object, filter.as_deref()));
    }
    sources
}

fn plain(changes: Vec<Change>, trigger: Trigger, me: &str) -> Vec<PolledRecord> {
    changes
        .into_iter()
        .map(|change| PolledRecord {
            version: change.version(trigger == Trigger::Created),
            ours: change.author.as_deref() == Some(me),
            id: change.base_id,
            body: change.record,
        })
        .collect()
}

/// One record per base record touched, in the order of its latest change. It is our change only if all of them are.
async fn whole(
    api: &Api,
    request: &Request<'_>,
    watch: &Watch,
    columns: &[String],
    changes: Vec<Change>,
    me: &str,
) -> Result<Vec<PolledRecord>, OperationError> {
    let mut touched: Map = Map::new();
    let mut deleted = Vec::new();
    let mut foreign = HashSet::new();
    for change in changes {
        // Taken out and put in again, so that the order is that of the latest change.
        touched.shift_remove(&change.base_id);
        if change.is_base_deletion {
            deleted.push(change.base_id.clone());
        }
        if change.author.as_deref() != Some(me) {
            foreign.insert(change.base_id.clone());
        }
        let version = change.version(request.trigger == Trigger::Created);
        touched.insert(change.base_id, version.into());
    }
    let ids: Vec<&String> = touched.keys().filter(|id| !deleted.contains(id)).collect();
    let select = watch.select(columns);
    let condition = request
        .filter
        .as_ref()
        .map_or(String::new(), |filter| format!(" AND ({filter})"));
    let mut read = Map::new();
    for chunk in ids.chunks(RECORDS_PER_QUERY) {
        let soql = format!(
            "SELECT {select} FROM {} WHERE Id IN {}{condition}",
            request.object,
            quoted_list(chunk.iter().map(|id| id.as_str()))
        );
        for record in query::run(api, &soql, false).await?.records {
            if let Some(id) = record.get("Id").and_then(Value::as_str).map(str::to_owned) {
                read.insert(id, record);
            }
        }
    }
    Ok(touched
        .into_iter()
        .filter_map(|(id, version)| {
            let body = if deleted.contains(&id) {
                object([("Id", id.as_str().into()), ("IsDeleted", true.into())])
            } else {
                // A record that is gone or no longer meets the condition was touched by a row of its own.
                read.get(&id)?.clone()
            };
            Some(PolledRecord {
                version: version.as_str()?.to_owned(),
                ours: !foreign.contains(&id),
                id,
                body,
            })
        })
        .collect())
}

/// A time of the service, for the cursor and for versions.
fn stamp_of(record: &Value, path: &str) -> Option<Timestamp> {
    let steps: Vec<&str> = path.split('.').collect();
    parse_datetime(record.at(&steps)?.as_str()?)
}
