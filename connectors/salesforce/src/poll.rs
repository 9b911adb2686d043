//! Following the changes of an org by asking for what changed since the last time.
//!
//! Every poll reads from the last second that was over at the service, less an overlap: a change becomes visible when
//! its transaction ends and carries an earlier time. What has been seen is remembered in the cursor and left out. A
//! record changed in a second that was not over yet may change again with the same time; it is compared once more by
//! the next poll and handed on again if it differs. More changes than one poll reads are continued by the next one.
//!
//! Without `watch` the changed records are handed on as they are. With `watch` the sources of change are the base
//! object, its parents and its child rows, deletions included; each base record touched is then read whole.

mod cursor;
mod source;
mod watch;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use connector_api::{
    ErrorClass, Map, OperationError, PollCall, PollOutput, PolledRecord, Value, value::object,
};
use jiff::{SignedDuration, Timestamp};

use crate::api::Api;
use crate::input::Inputs;
use crate::query::Query;
use crate::soql::{bind, parse_datetime, quoted_list};
use crate::{describe, query};
use cursor::{Cursor, Place, Scan, Seen};
use source::{Change, Source};
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
    let watch = match &call.watch {
        Some(watch) => Some(Watch::read(api, request.object, watch).await?),
        None => None,
    };
    let columns = columns(api, &request).await?;
    let sources = sources(&request, watch.as_ref(), &columns);
    let mut scan = cursor
        .scan
        .take()
        .unwrap_or_else(|| Scan::new(settled(api, cursor.since)));
    let sightings = look(api, &request, &sources, &cursor, &mut scan, overlap).await?;
    let me = api.user_id().await?;
    let touched = Touched::group(sightings);
    let bodies = match &watch {
        None => None,
        Some(watch) => Some(whole(api, &request, watch, &columns, &touched).await?),
    };
    let mut records = Vec::new();
    for record in touched {
        records.extend(record.hand_on(bodies.as_ref(), &me, request.trigger, &mut scan));
    }
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

/// A change that is new, or whose record must be compared once more.
struct Sighting {
    change: Change,
    key: String,
    /// What the record looked like when the change was first seen.
    before: Option<String>,
}

/// A base record and what touched it, in order.
struct Touched {
    id: String,
    sightings: Vec<Sighting>,
}

/// Asks all sources for changes and notes how far they have been read.
async fn look(
    api: &Api,
    request: &Request<'_>,
    sources: &[Source],
    cursor: &Cursor,
    scan: &mut Scan,
    overlap: SignedDuration,
) -> Result<Vec<Sighting>, OperationError> {
    let open: Vec<(&Source, Place)> = sources
        .iter()
        .map(|source| {
            let place = scan.places.get(&source.name).cloned();
            (source, place.unwrap_or(Place::Start))
        })
        .filter(|(_, place)| *place != Place::End)
        .collect();
    let from = cursor.from(overlap);
    let queries: Vec<Query> = open
        .iter()
        .map(|(source, place)| source.query(from, place, CHANGES_MAX))
        .collect();
    let found = query::run_many(api, &queries).await?;
    let mut sightings = Vec::new();
    for ((source, _), records) in open.into_iter().zip(found) {
        let full = records.len() >= CHANGES_MAX;
        let changes = records
            .into_iter()
            .map(|record| source.change(record))
            .collect::<Result<Vec<Change>, OperationError>>()?;
        let reached = match changes.last() {
            Some(last) if full => Place::After {
                stamp: last.stamp,
                id: last.row_id.clone(),
            },
            _ => Place::End,
        };
        scan.places.insert(source.name.clone(), reached);
        for change in changes {
            let key = change.key(source, request.trigger == Trigger::Created);
            let seen = scan.seen.get(&key).or_else(|| cursor.seen.get(&key));
            let creation_only = request.trigger == Trigger::Modified && change.is_creation;
            let before = match seen {
                None => Some(None),
                Some(Seen {
                    digest: Some(digest), ..
                }) => Some(Some(digest.clone())),
                Some(Seen { digest: None, .. }) => None,
            };
            match before {
                Some(before) if !creation_only => sightings.push(Sighting { change, key, before }),
                _ => {
                    let stamp = change.stamp;
                    scan.seen.insert(key, Seen { stamp, digest: None });
                }
            }
        }
    }
    Ok(sightings)
}

impl Touched {
    /// Groups by base record, in the order of the latest change of each.
    fn group(sightings: Vec<Sighting>) -> Vec<Self> {
        let mut groups: BTreeMap<String, Vec<Sighting>> = BTreeMap::new();
        for sighting in sightings {
            let id = sighting.change.base_id.clone();
            groups.entry(id).or_default().push(sighting);
        }
        let mut touched: Vec<Self> = groups
            .into_iter()
            .map(|(id, mut sightings)| {
                sightings.sort_by_key(|sighting| sighting.change.stamp);
                Self { id, sightings }
            })
            .collect();
        touched.sort_by_key(|record| record.sightings.last().map(|last| last.change.stamp));
        touched
    }

    fn is_deleted(&self) -> bool {
        self.sightings
            .iter()
            .any(|sighting| sighting.change.is_base_deletion)
    }

    /// The record as it is handed on, unless nothing about it is new; notes its changes as seen. It is our change
    /// only if all of them are. `bodies` holds the records read whole, if that was needed.
    fn hand_on(
        mut self,
        bodies: Option<&Map>,
        me: &str,
        trigger: Trigger,
        scan: &mut Scan,
    ) -> Option<PolledRecord> {
        let deleted = self.is_deleted();
        let body = match bodies {
            None => self
                .sightings
                .last_mut()
                .map(|last| std::mem::take(&mut last.change.record)),
            Some(_) if deleted => Some(object([
                ("Id", self.id.as_str().into()),
                ("IsDeleted", true.into()),
            ])),
            // A record that is gone or does not meet the condition was touched through a parent or a row.
            Some(bodies) => bodies.get(&self.id).cloned(),
        };
        let digest = digest(body.as_ref());
        let mut version = None;
        let mut differs = None;
        // What was seen before says nothing about who made the change that is new now.
        let (mut ours, mut ours_again) = (true, false);
        for Sighting { change, key, before } in self.sightings {
            let by_us = change.author.as_deref() == Some(me);
            match before {
                None => {
                    ours &= by_us;
                    version = Some(change.version(trigger == Trigger::Created));
                }
                Some(before) if before != digest => {
                    ours_again |= by_us;
                    differs = Some(format!("{}#{digest}", change.version(false)));
                }
                Some(_) => {}
            }
            let over = trigger == Trigger::Created || change.stamp < scan.settled;
            let seen = Seen {
                stamp: change.stamp,
                digest: (!over).then(|| digest.clone()),
            };
            scan.seen.insert(key, seen);
        }
        Some(PolledRecord {
            id: self.id,
            ours: if version.is_some() { ours } else { ours_again },
            version: version.or(differs)?,
            body: body?,
        })
    }
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
    let cursor = Cursor::starting(whole_seconds(api.clock().now(Instant::now())?));
    Ok(PollOutput {
        records: Vec::new(),
        cursor: cursor.write(),
        more: false,
    })
}

/// A time before which every second is over at the service.
fn settled(api: &Api, since: Timestamp) -> Timestamp {
    let now = api.clock().now(Instant::now());
    now.map_or(since, whole_seconds).max(since)
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
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

/// The records touched, read whole, by id.
async fn whole(
    api: &Api,
    request: &Request<'_>,
    watch: &Watch,
    columns: &[String],
    touched: &[Touched],
) -> Result<Map, OperationError> {
    let ids: Vec<&str> = touched
        .iter()
        .filter(|record| !record.is_deleted())
        .map(|record| record.id.as_str())
        .collect();
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
            quoted_list(chunk.iter().copied())
        );
        for record in query::run(api, &soql, false).await?.records {
            if let Some(id) = record.get("Id").and_then(Value::as_str).map(str::to_owned) {
                read.insert(id, record);
            }
        }
    }
    Ok(read)
}

/// A short stand-in for what a record looks like.
fn digest(body: Option<&Value>) -> String {
    let text = body.map(Value::to_json).unwrap_or_default();
    ring::digest::digest(&ring::digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A time of the service, for the cursor and for versions.
fn stamp_of(record: &Value, path: &str) -> Option<Timestamp> {
    let steps: Vec<&str> = path.split('.').collect();
    parse_datetime(record.at(&steps)?.as_str()?)
}
