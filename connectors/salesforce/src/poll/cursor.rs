//! How far a trigger has read, as JSON that outlives the process.

use std::collections::BTreeMap;

use connector_api::{ErrorClass, Map, OperationError, Value, value::object};
use jiff::{SignedDuration, Timestamp};

/// How many seen changes are remembered. Beyond that the oldest are forgotten and may be handed on again, which
/// their version tells to whoever receives them.
const SEEN_MAX: usize = 10_000;
/// Grows when the form below changes.
const FORMAT: i64 = 1;

/// Changes seen, by their key.
pub(super) type SeenChanges = BTreeMap<String, Seen>;

/// The place of a trigger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cursor {
    /// Nothing before this is handed on: the trigger did not exist.
    pub(super) start: Timestamp,
    /// Every second before this has been read to its end.
    pub(super) since: Timestamp,
    /// The changes seen that the next window's overlap will show again.
    pub(super) seen: SeenChanges,
    /// A window of which only a part has been read.
    pub(super) scan: Option<Scan>,
}

/// A window of which only a part has been read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scan {
    /// Every second before this was over when the window was begun.
    pub(super) settled: Timestamp,
    pub(super) places: BTreeMap<String, Place>,
    pub(super) seen: SeenChanges,
}

/// A change that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) stamp: Timestamp,
    /// What the record looked like, if the change was seen before its second was over: another edit in that second
    /// has the same time.
    pub(super) digest: Option<String>,
}

/// How far a source has been read within a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Start,
    After { stamp: Timestamp, id: String },
    End,
}

impl Scan {
    pub(super) fn new(settled: Timestamp) -> Self {
        Self {
            settled,
            places: BTreeMap::new(),
            seen: SeenChanges::new(),
        }
    }
}

impl Cursor {
    /// The place of a trigger that starts now.
    pub(super) fn starting(now: Timestamp) -> Self {
        Self {
            start: now,
            since: now,
            seen: SeenChanges::new(),
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
        self.since = scan.settled;
        let from = self.from(overlap);
        self.seen = scan.seen;
        self.seen.retain(|_, seen| seen.stamp >= from);
        bound(&mut self.seen);
        self.scan = None;
    }

    pub(super) fn write(&self) -> Value {
        let mut cursor = Map::new();
        cursor.insert("format".into(), FORMAT.into());
        cursor.insert("start".into(), self.start.to_string().into());
        cursor.insert("since".into(), self.since.to_string().into());
        cursor.insert("seen".into(), write_seen(&self.seen));
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
            let mut seen = scan.seen.clone();
            bound(&mut seen);
            cursor.insert(
                "scan".into(),
                object([
                    ("settled", scan.settled.to_string().into()),
                    ("places", places.collect()),
                    ("seen", write_seen(&seen)),
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
        Some(Self {
            start: time(value.get("start")?)?,
            since: time(value.get("since")?)?,
            seen: read_seen(value.get("seen")?)?,
            scan,
        })
    }

    fn parse_scan(value: &Value) -> Option<Scan> {
        let mut scan = Scan::new(time(value.get("settled")?)?);
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
        scan.seen = read_seen(value.get("seen")?)?;
        Some(scan)
    }
}

/// Forgets the oldest changes if there are too many.
fn bound(seen: &mut SeenChanges) {
    let surplus = seen.len().saturating_sub(SEEN_MAX);
    if surplus == 0 {
        return;
    }
    let mut by_age: Vec<(Timestamp, String)> =
        seen.iter().map(|(key, seen)| (seen.stamp, key.clone())).collect();
    by_age.sort_unstable();
    for (_, key) in by_age.into_iter().take(surplus) {
        seen.remove(&key);
    }
}

/// `{"<key>": "<time>"}`, or `"<time>#<digest>"` for a change whose second was not over.
fn write_seen(seen: &SeenChanges) -> Value {
    seen.iter()
        .map(|(key, seen)| {
            let text = match &seen.digest {
                Some(digest) => format!("{}#{digest}", seen.stamp),
                None => seen.stamp.to_string(),
            };
            (key.clone(), text.into())
        })
        .collect()
}

fn read_seen(value: &Value) -> Option<SeenChanges> {
    value
        .as_object()?
        .iter()
        .map(|(key, value)| {
            let text = value.as_str()?;
            let (stamp, digest) = match text.split_once('#') {
                Some((stamp, digest)) => (stamp, Some(digest.to_owned())),
                None => (text, None),
            };
            let stamp = stamp.parse().ok()?;
            Some((key.clone(), Seen { stamp, digest }))
        })
        .collect()
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn seen(stamp: &str, digest: Option<&str>) -> Seen {
        Seen {
            stamp: at(stamp),
            digest: digest.map(str::to_owned),
        }
    }

    #[test]
    fn cursors_survive_as_json() {
        let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
        scan.seen
            .insert("006A@x".into(), seen("2026-11-20T10:09:00Z", None));
        scan.seen
            .insert("006A@y".into(), seen("2026-11-20T10:10:00Z", Some("abc")));
        scan.places.insert(String::new(), Place::End);
        scan.places.insert("Contact".into(), Place::Start);
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
            seen: [("006A@z".to_owned(), seen("2026-11-20T10:04:00.5Z", None))].into(),
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
            r#"{"format":2,"start":"2026-11-20T09:00:00Z","since":"2026-11-20T09:00:00Z","seen":{}}"#,
            r#"{"format":1,"start":"2026-11-20T09:00:00Z","since":"noon","seen":{}}"#,
            r#"{"format":1,"start":"2026-11-20T09:00:00Z","since":"2026-11-20T09:00:00Z","seen":{"x":1}}"#,
            r#"{"format":1,"start":"2026-11-20T09:00:00Z","since":"2026-11-20T09:00:00Z","seen":{},"scan":{}}"#,
        ] {
            let error = Cursor::read(&Value::from_json(text).unwrap()).unwrap_err();
            assert_eq!(error.code, "invalid_cursor", "{text}");
        }
    }

    #[test]
    fn only_what_the_overlap_shows_again_is_kept() {
        let mut cursor = Cursor::starting(at("2026-11-20T09:00:00Z"));
        let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
        for (key, stamp) in [
            ("old", "2026-11-20T10:04:59Z"),
            ("edge", "2026-11-20T10:05:00Z"),
            ("new", "2026-11-20T10:10:00Z"),
        ] {
            scan.seen.insert(key.into(), seen(stamp, None));
        }
        cursor.finish(scan, SignedDuration::from_mins(5));
        assert_eq!(cursor.since, at("2026-11-20T10:10:00Z"));
        let kept: Vec<&String> = cursor.seen.keys().collect();
        assert_eq!(kept, ["edge", "new"]);
        assert_eq!(
            cursor.from(SignedDuration::from_mins(5)),
            at("2026-11-20T10:05:00Z")
        );
    }

    #[test]
    fn nothing_before_the_start_is_read() {
        let cursor = Cursor::starting(at("2026-11-20T09:00:00Z"));
        assert_eq!(
            cursor.from(SignedDuration::from_mins(5)),
            at("2026-11-20T09:00:00Z")
        );
    }

    #[test]
    fn the_memory_of_seen_changes_is_bounded() {
        for spread in [1, 0] {
            let mut cursor = Cursor::starting(at("2026-11-20T09:00:00Z"));
            let mut scan = Scan::new(at("2026-11-20T10:10:00Z"));
            for number in 0..SEEN_MAX + 5 {
                let millis = SignedDuration::from_millis(number as i64 * spread);
                let stamp = at("2026-11-20T10:09:00Z") + millis;
                scan.seen
                    .insert(format!("{number:06}"), Seen { stamp, digest: None });
            }
            cursor.finish(scan, SignedDuration::from_mins(5));
            assert_eq!(cursor.seen.len(), SEEN_MAX);
            assert_eq!(cursor.seen.keys().next().unwrap(), "000005");
        }
    }
}
