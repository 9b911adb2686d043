//! How far a trigger has read, as JSON that outlives the process.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{ErrorClass, Map, OperationError, Value, value::object};
use jiff::{SignedDuration, Timestamp};

/// How many seen changes are remembered. Beyond that the oldest are forgotten and may be handed on again, which
/// their version tells to whoever receives them.
const SEEN_MAX: usize = 10_000;
/// Grows when the form below changes.
const FORMAT: i64 = 1;

/// The place of a trigger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cursor {
    /// Nothing before this is handed on: the trigger did not exist.
    pub(super) start: Timestamp,
    /// The end of the last window that was read to its end.
    pub(super) since: Timestamp,
    /// The changes seen that the next window's overlap will show again.
    pub(super) seen: BTreeSet<String>,
    /// A window of which only a part has been read.
    pub(super) scan: Option<Scan>,
}

/// A window of which only a part has been read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scan {
    pub(super) to: Timestamp,
    pub(super) places: BTreeMap<String, Place>,
    pub(super) seen: BTreeSet<String>,
    stamps: BTreeMap<String, Timestamp>,
}

/// How far a source has been read within a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Start,
    After { stamp: Timestamp, id: String },
    End,
}

impl Scan {
    pub(super) fn new(to: Timestamp) -> Self {
        Self {
            to,
            places: BTreeMap::new(),
            seen: BTreeSet::new(),
            stamps: BTreeMap::new(),
        }
    }

    /// Notes a change as seen.
    pub(super) fn remember(&mut self, key: String, stamp: Timestamp) {
        self.stamps.insert(key.clone(), stamp);
        self.seen.insert(key);
    }

    /// The keys seen at `from` or later, the latest ones if there are too many.
    fn kept(&self, from: Timestamp) -> BTreeSet<String> {
        let mut kept: Vec<(&Timestamp, &String)> = self
            .stamps
            .iter()
            .filter(|(_, stamp)| **stamp >= from)
            .map(|(key, stamp)| (stamp, key))
            .collect();
        kept.sort_unstable();
        let surplus = kept.len().saturating_sub(SEEN_MAX);
        kept.into_iter()
            .skip(surplus)
            .map(|(_, key)| key.clone())
            .collect()
    }
}

impl Cursor {
    /// The place of a trigger that starts now.
    pub(super) fn starting(now: Timestamp) -> Self {
        Self {
            start: now,
            since: now,
            seen: BTreeSet::new(),
            scan: None,
        }
    }

    /// Where the next window begins.
    pub(super) fn from(&self, overlap: SignedDuration) -> Timestamp {
        self.since
            .checked_sub(overlap)
            .unwrap_or(self.since)
            .max(self.start)
    }

    /// The window has been read to its end.
    pub(super) fn finish(&mut self, scan: Scan, overlap: SignedDuration) {
        self.since = scan.to;
        self.seen = scan.kept(self.from(overlap));
        self.scan = None;
    }

    pub(super) fn write(&self) -> Value {
        let mut cursor = Map::new();
        cursor.insert("format".into(), FORMAT.into());
        cursor.insert("start".into(), self.start.to_string().into());
        cursor.insert("since".into(), self.since.to_string().into());
        cursor.insert("seen".into(), texts(&self.seen));
        if let Some(scan) = &self.scan {
            let places = scan.places.iter().map(|(source, place)| {
                let place = match place {
                    Place::Start => Value::Null,
                    Place::After { stamp, id } => {
                        object([("stamp", stamp.to_string().into()), ("id", id.as_str().into())])
                    }
                    Place::End => true.into(),
                };
                (source.clone(), place)
            });
            let kept = scan.kept(Timestamp::MIN);
            let seen = kept.iter().map(|key| {
                let stamp = scan.stamps.get(key).map(Timestamp::to_string);
                (key.clone(), stamp.into())
            });
            cursor.insert(
                "scan".into(),
                object([
                    ("to", scan.to.to_string().into()),
                    ("places", places.collect()),
                    ("seen", seen.collect()),
                ]),
            );
        }
        cursor.into()
    }

    pub(super) fn read(value: &Value) -> Result<Self, OperationError> {
        let known = value.get("format").and_then(Value::as_i64) == Some(FORMAT);
        known.then(|| Self::parse(value)).flatten().ok_or_else(|| {
            OperationError::new(
                ErrorClass::Rejected,
                "invalid_cursor",
                "the saved place of this trigger cannot be read; it was saved by another version",
            )
        })
    }

    fn parse(value: &Value) -> Option<Self> {
        let scan = match value.get("scan") {
            None => None,
            Some(scan) => Some(Self::parse_scan(scan)?),
        };
        let seen = value.get("seen")?.as_array()?;
        Some(Self {
            start: time(value.get("start")?)?,
            since: time(value.get("since")?)?,
            seen: seen
                .iter()
                .map(|key| key.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            scan,
        })
    }

    fn parse_scan(value: &Value) -> Option<Scan> {
        let mut scan = Scan::new(time(value.get("to")?)?);
        for (source, place) in value.get("places")?.as_object()? {
            let place = match place {
                Value::Null => Place::Start,
                Value::Bool(true) => Place::End,
                other => Place::After {
                    stamp: time(other.get("stamp")?)?,
                    id: other.get("id")?.as_str()?.to_owned(),
                },
            };
            scan.places.insert(source.clone(), place);
        }
        for (key, stamp) in value.get("seen")?.as_object()? {
            scan.remember(key.clone(), time(stamp)?);
        }
        Some(scan)
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn texts(keys: &BTreeSet<String>) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    keys.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn cursors_survive_as_json() {
        let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
        scan.remember("006A@2026-11-20T10:09:00Z".into(), at("2026-11-20T10:09:00Z"));
        scan.places.insert(String::new(), Place::End);
        scan.places.insert(
            "Account".into(),
            Place::After {
                stamp: at("2026-11-20T10:08:00Z"),
                id: "006B".into(),
            },
        );
        let cursor = Cursor {
            start: at("2026-11-20T09:00:00Z"),
            since: at("2026-11-20T10:05:00Z"),
            seen: ["006A@2026-11-20T10:04:00Z".to_owned()].into(),
            scan: Some(scan),
        };
        let text = cursor.write().to_json();
        assert_eq!(Cursor::read(&Value::from_json(&text).unwrap()).unwrap(), cursor);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in [
            "null",
            "{}",
            r#"{"format":2,"start":"2026-11-20T09:00:00Z","since":"2026-11-20T09:00:00Z","seen":[]}"#,
            r#"{"format":1,"start":"2026-11-20T09:00:00Z","since":"noon","seen":[]}"#,
            r#"{"format":1,"start":"2026-11-20T09:00:00Z","since":"2026-11-20T09:00:00Z","seen":[1]}"#,
        ] {
            let error = Cursor::read(&Value::from_json(text).unwrap()).unwrap_err();
            assert_eq!(error.code, "invalid_cursor", "{text}");
        }
    }

    #[test]
    fn only_what_the_overlap_shows_again_is_kept() {
        let mut cursor = Cursor::starting(at("2026-11-20T09:00:00Z"));
        let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
        scan.remember("old".into(), at("2026-11-20T10:04:59Z"));
        scan.remember("edge".into(), at("2026-11-20T10:05:00Z"));
        scan.remember("new".into(), at("2026-11-20T10:09:59Z"));
        cursor.finish(scan, SignedDuration::from_mins(5));
        assert_eq!(cursor.since, at("2026-11-20T10:10:00Z"));
        assert_eq!(cursor.seen, ["edge".to_owned(), "new".to_owned()].into());
        assert_eq!(
            cursor.from(SignedDuration::from_mins(5)),
            at("2026-11-20T10:05:00Z")
        );
    }

    #[test]
    fn the_memory_of_seen_changes_is_bounded() {
        let mut cursor = Cursor::starting(at("2026-11-20T09:00:00Z"));
        let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
        for number in 0..SEEN_MAX + 5 {
            let stamp = at("2026-11-20T10:09:00Z") + SignedDuration::from_millis(number as i64);
            scan.remember(format!("{number:06}"), stamp);
        }
        cursor.finish(scan, SignedDuration::from_mins(5));
        assert_eq!(cursor.seen.len(), SEEN_MAX);
        assert_eq!(cursor.seen.first().unwrap(), "000005");
    }
}
