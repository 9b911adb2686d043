//! What every store promises, tested on each of them, and what only a file can get wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use connector_api::Value;
use jiff::Timestamp;
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, Record, RunEnded, RunStarted};
use crate::store::{
    Acceptance, Batch, DiskReader, DiskStore, EventState, Identities, LinkSave, MemoryStore, NewEvent,
    NewRun, PollSave, Reader, RunFilter, RunRow, RunStatus, Store, StoreError,
};

/// A folder of its own for one test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("engine-store-{}", Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

fn event(number: u128) -> NewEvent {
    NewEvent {
        id: id(number),
        flow: "a".into(),
        at: at(number as i64),
        trigger: json(r#"{"body":{"value":9999999999999999.99}}"#),
        key: Some("k".into()),
        dedupe: None,
        coalesce: false,
    }
}

fn run(number: u128, event: Option<Uuid>) -> NewRun {
    let started = at(number as i64);
    NewRun {
        row: RunRow {
            id: id(number),
            flow: "a".into(),
            version: "v1".into(),
            status: RunStatus::Running,
            key: Some("k".into()),
            trigger: "by hand".into(),
            parent: None,
            started,
            ended: None,
            error: None,
        },
        event,
        records: vec![Record::RunStarted(Box::new(RunStarted {
            format: 1,
            run: id(number),
            flow: "a".into(),
            version: "v1".into(),
            at: started,
            trigger: json(r#"{"body":1.10}"#),
            inputs: json("{}"),
            environment: json("{}"),
            parent: None,
            key: Some("k".into()),
        }))],
    }
}

fn end(number: u128, seq: u64, status: Status) -> Batch {
    Batch {
        run: id(number),
        seq,
        records: vec![Record::RunEnded(Box::new(RunEnded {
            at: at(number as i64 + 10),
            status,
            error: (status == Status::Failed).then(|| ActionError::new("Oops", "it broke")),
        }))],
        status: RunStatus::Running,
    }
}

/// What every store promises.
async fn promises(store: &dyn Store) {
    // Events wait in the order they came, and keep their numbers.
    assert_eq!(
        store.accept(vec![event(1), event(2)]).await.unwrap(),
        [Acceptance::Accepted, Acceptance::Accepted]
    );
    let waiting = store.events(EventState::Waiting, 10).await.unwrap();
    assert_eq!(
        waiting.iter().map(|row| row.id).collect::<Vec<_>>(),
        [id(1), id(2)]
    );
    assert_eq!(
        waiting[0].trigger.to_json(),
        r#"{"body":{"value":9999999999999999.99}}"#
    );
    // All or none.
    assert!(matches!(
        store.accept(vec![event(3), event(2)]).await,
        Err(StoreError::Inconsistent(_))
    ));
    assert_eq!(store.events(EventState::Waiting, 10).await.unwrap().len(), 2);
    store.drop_event(id(2), "not wanted".into()).await.unwrap();

    // An event starts one run.
    store.begin_run(run(10, Some(id(1)))).await.unwrap();
    assert!(matches!(
        store.begin_run(run(11, Some(id(1)))).await,
        Err(StoreError::NotWaiting(_))
    ));
    assert_eq!(store.run(id(11)).await.unwrap(), None);
    let started = store.events(EventState::Started, 10).await.unwrap();
    assert_eq!((started.len(), started[0].run), (1, Some(id(10))));
    let dropped = store.events(EventState::Dropped, 10).await.unwrap();
    assert_eq!(dropped[0].reason.as_deref(), Some("not wanted"));

    // Batches follow each other without gap or repetition.
    let cancel = |seq| Batch {
        run: id(10),
        seq,
        records: vec![Record::CancelRequested { at: at(12) }],
        status: RunStatus::Waiting,
    };
    for wrong in [0, 2] {
        assert!(matches!(
            store.append(cancel(wrong)).await,
            Err(StoreError::Inconsistent(_))
        ));
    }
    store.append(cancel(1)).await.unwrap();
    assert_eq!(
        store.run(id(10)).await.unwrap().unwrap().status,
        RunStatus::Waiting
    );
    assert_eq!(store.unfinished().await.unwrap().len(), 1);
    let (next, records) = store.resume_from(id(10)).await.unwrap();
    assert_eq!((next, records.len()), (2, 2));
    assert_eq!(records, store.journal(id(10)).await.unwrap());
    let Record::RunStarted(first) = &records[0] else {
        panic!("the first record starts the run")
    };
    assert_eq!(first.trigger.to_json(), r#"{"body":1.10}"#);
    store.append(end(10, 2, Status::Failed)).await.unwrap();
    let row = store.run(id(10)).await.unwrap().unwrap();
    assert_eq!((row.status, row.ended), (RunStatus::Failed, Some(at(20))));
    assert_eq!(row.error.unwrap().message, "it broke");
    assert!(store.unfinished().await.unwrap().is_empty());

    lists(store).await;
    polls(store).await;
    links(store).await;
    bases(store).await;
    retention(store).await;
}

async fn lists(store: &dyn Store) {
    store.begin_run(run(30, None)).await.unwrap();
    let mut other = run(31, None);
    other.row.flow = "b".into();
    other.row.parent = Some(crate::journal::Parent {
        run: id(10),
        flow: "a".into(),
        action: "call[1]".parse().unwrap(),
        depth: 1,
    });
    store.begin_run(other).await.unwrap();
    for (filter, expected) in [
        (RunFilter::default(), vec![31, 30, 10]),
        (
            RunFilter {
                flow: Some("a".into()),
                ..RunFilter::default()
            },
            vec![30, 10],
        ),
        (
            RunFilter {
                statuses: vec![RunStatus::Failed, RunStatus::TimedOut],
                ..RunFilter::default()
            },
            vec![10],
        ),
        (
            RunFilter {
                since: Some(at(30)),
                limit: Some(1),
                ..RunFilter::default()
            },
            vec![31],
        ),
        (
            RunFilter {
                parent: Some(id(10)),
                ..RunFilter::default()
            },
            vec![31],
        ),
    ] {
        let rows = store.runs(filter.clone()).await.unwrap();
        let ids: Vec<u128> = rows.iter().map(|row| row.id.as_u128()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    let child = store.run(id(31)).await.unwrap().unwrap();
    assert_eq!(child.parent.unwrap().action.to_string(), "call[1]");
}

async fn polls(store: &dyn Store) {
    assert_eq!(store.cursor("a".into()).await.unwrap(), None);
    let polled = |number, second, key: &str| NewEvent {
        dedupe: Some((key.into(), Duration::from_secs(60))),
        at: at(second),
        ..event(number)
    };
    let save = |cursor: &str, events| PollSave {
        flow: "a".into(),
        cursor: json(cursor),
        events,
        watched: vec![("r1".into(), json(r#"{"x":1,"y":2}"#))],
    };
    store
        .save_poll(save(r#"{"since":1}"#, vec![polled(40, 100, "r1@1")]))
        .await
        .unwrap();
    // The same change within the window is dropped, for another record or later it is not.
    let again = vec![
        polled(41, 160, "r1@1"),
        polled(42, 100, "r2@1"),
        polled(43, 161, "r1@1"),
    ];
    assert_eq!(
        store.save_poll(save(r#"{"since":2}"#, again)).await.unwrap(),
        [
            Acceptance::Duplicate { of: id(40) },
            Acceptance::Accepted,
            Acceptance::Accepted
        ]
    );
    assert_eq!(
        store.cursor("a".into()).await.unwrap(),
        Some(json(r#"{"since":2}"#))
    );
    // What cannot be accepted moves no cursor and hands on no value.
    let mut wrong = save(r#"{"since":3}"#, vec![polled(43, 300, "r3@1")]);
    wrong.watched = vec![("r1".into(), json(r#"{"x":99}"#))];
    assert!(store.save_poll(wrong).await.is_err());
    assert_eq!(
        store.cursor("a".into()).await.unwrap(),
        Some(json(r#"{"since":2}"#))
    );
    store
        .merge_watched("a".into(), "r1".into(), json(r#"{"y":3}"#))
        .await
        .unwrap();
    assert_eq!(
        store
            .watched("a".into(), vec!["r1".into(), "r9".into()])
            .await
            .unwrap(),
        [Some(json(r#"{"x":1,"y":3}"#)), None]
    );
    // Of several waiting events of one flow and key, only the latest is left.
    let mut latest = event(44);
    latest.coalesce = true;
    store.accept(vec![latest]).await.unwrap();
    let waiting = store.events(EventState::Waiting, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [id(44)]);
    store.drop_event(id(44), "done".into()).await.unwrap();
}

async fn links(store: &dyn Store) {
    let identities = |text: &str| Identities::from_value(&json(text)).unwrap();
    let save = |text: &str, number| store.save_link(identities(text).into(), id(number));
    let referral = save(r#"{"referral_id":"R1","engagement_id":"E1"}"#, 50)
        .await
        .unwrap();
    let opportunity = save(r#"{"opportunity_id":"O1"}"#, 51).await.unwrap();
    assert_ne!(referral.id, opportunity.id);
    // What names both makes one deal of them.
    let joined = save(r#"{"referral_id":"R1","opportunity_id":"O1"}"#, 52)
        .await
        .unwrap();
    assert_eq!(joined.id, referral.id);
    assert_eq!(
        joined.to_value().to_json(),
        r#"{"id":"00000000-0000-0000-0000-000000000032","referral_id":"R1","engagement_id":"E1","microsoft_referral_id":null,"opportunity_id":"O1","lead_id":null,"base":{},"etag":null,"agreed":null}"#
    );
    for by in [
        r#"{"opportunity_id":"O1"}"#,
        r#"{"engagement_id":"E1","lead_id":"none"}"#,
    ] {
        assert_eq!(
            store.find_links(identities(by)).await.unwrap(),
            std::slice::from_ref(&joined),
            "{by}"
        );
    }
    assert_eq!(store.link(joined.id).await.unwrap(), Some(joined.clone()));
    assert_eq!(store.link(opportunity.id).await.unwrap(), None);
    assert_eq!(store.find_links(Identities::default()).await.unwrap(), []);
    // One deal has one of each.
    let conflict = save(r#"{"referral_id":"R1","opportunity_id":"O2"}"#, 53)
        .await
        .unwrap_err();
    assert!(
        matches!(&conflict, StoreError::LinkConflict(text) if text.contains("`O1`") && text.contains("`O2`"))
    );
    assert_eq!(store.links(10).await.unwrap(), [joined]);
    for (wrong, message) in [
        (r#"{"referal_id":"R1"}"#, "`referal_id` is no identity"),
        (r#"{"referral_id":5}"#, "`referral_id` must be text, not number"),
        ("[]", "identities must be an object, not array"),
    ] {
        let error = Identities::from_value(&json(wrong)).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
}

async fn bases(store: &dyn Store) {
    let save = |text: &str, number| store.save_link(LinkSave::from_value(&json(text)).unwrap(), id(number));
    let shown = |link: &crate::store::Link| {
        let value = link.to_value();
        let part = |name| value.get(name).unwrap().to_json();
        [part("base"), part("etag"), part("agreed")].join(" ")
    };
    let steps = [
        (
            r#"{"referral_id":"R7","etag":"\"a\"","agreed":"2026-07-05T08:00:00Z",
                "base":{"referral":{"details":{"dealValue":72500.505,"notes":"x"},"list":[1,2]},"lead":null}}"#,
            r#"{"referral":{"details":{"dealValue":72500.505,"notes":"x"},"list":[1,2]}} "\"a\"" "2026-07-05T08:00:00Z""#,
        ),
        // Members replace members, lists and nulls replace whole; a side of its own stands beside.
        (
            r#"{"referral_id":"R7","opportunity_id":"O7","etag":"",
                "base":{"referral":{"details":{"notes":null},"list":[3]},"opportunity":{"Amount":72500.51}}}"#,
            r#"{"referral":{"details":{"dealValue":72500.505,"notes":null},"list":[3]},"opportunity":{"Amount":72500.51}} "\"a\"" "2026-07-05T08:00:00Z""#,
        ),
        // Identities alone leave the rest as it was.
        (
            r#"{"opportunity_id":"O7","engagement_id":"E7"}"#,
            r#"{"referral":{"details":{"dealValue":72500.505,"notes":null},"list":[3]},"opportunity":{"Amount":72500.51}} "\"a\"" "2026-07-05T08:00:00Z""#,
        ),
        (
            r#"{"engagement_id":"E7","etag":"\"b\"","agreed":"2026-07-06T08:00:00.25Z"}"#,
            r#"{"referral":{"details":{"dealValue":72500.505,"notes":null},"list":[3]},"opportunity":{"Amount":72500.51}} "\"b\"" "2026-07-06T08:00:00.25Z""#,
        ),
    ];
    for (saved, expected) in steps {
        let link = save(saved, 70).await.unwrap();
        assert_eq!(shown(&link), expected, "{saved}");
        assert_eq!(store.link(id(70)).await.unwrap(), Some(link), "{saved}");
    }
    // Of two deals that turn out to be one, the older one's values count, and what only the other had is kept.
    save(
        r#"{"lead_id":"L7","base":{"referral":{"list":[9],"name":"n"},"lead":{"Company":"c"}}}"#,
        71,
    )
    .await
    .unwrap();
    let joined = save(r#"{"referral_id":"R7","lead_id":"L7"}"#, 72).await.unwrap();
    assert_eq!(
        Value::Object(joined.base.clone()),
        json(
            r#"{"referral":{"list":[3],"name":"n","details":{"dealValue":72500.505,"notes":null}},"lead":{"Company":"c"},
                "opportunity":{"Amount":72500.51}}"#
        )
    );
    for (wrong, message) in [
        (r#"{"referal_id":"R1"}"#, "a link keeps no `referal_id`"),
        (r#"{"base":[]}"#, "`base` must be an object, not array"),
        (
            r#"{"base":{"referral":"x"}}"#,
            "`base.referral` must be an object, not string",
        ),
        (r#"{"etag":1}"#, "`etag` must be text, not number"),
        (r#"{"agreed":"soon"}"#, "`agreed` must be a point in time"),
        ("[]", "what a link keeps must be an object, not array"),
    ] {
        let error = LinkSave::from_value(&json(wrong)).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }

    // Repairing: what is known of records that are still named stays, the rest is forgotten.
    let set = |text: &str| store.set_identities(id(70), Identities::from_value(&json(text)).unwrap());
    let same = set(r#"{"referral_id":"R7","opportunity_id":"O7","engagement_id":"E7","lead_id":"L7","microsoft_referral_id":"M7"}"#)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((same.base.len(), same.etag.as_deref()), (3, Some("\"b\"")));
    let other = set(r#"{"referral_id":"R7","opportunity_id":"O8"}"#)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(shown(&other), "{} null null");
    assert_eq!(other.identities.lead_id, None);
    assert_eq!(store.link(id(70)).await.unwrap(), Some(other.clone()));
    save(r#"{"opportunity_id":"O9"}"#, 73).await.unwrap();
    let taken = set(r#"{"referral_id":"R7","opportunity_id":"O9"}"#)
        .await
        .unwrap_err();
    assert!(
        matches!(&taken, StoreError::LinkConflict(text) if text.contains("`opportunity_id` `O9`") && text.contains("00000049")),
        "{taken}"
    );
    assert!(matches!(set("{}").await, Err(StoreError::LinkConflict(_))));
    assert_eq!(
        store.set_identities(id(99), Identities::default()).await.unwrap(),
        None
    );
    assert_eq!(store.remove_link(id(70)).await.unwrap(), Some(other));
    assert_eq!(store.remove_link(id(70)).await.unwrap(), None);
    assert!(store.remove_link(id(73)).await.unwrap().is_some());
}

async fn retention(store: &dyn Store) {
    for digest in ["v1", "v0", "v2"] {
        store
            .save_version(digest.into(), json(r#"{"x.yaml":"text"}"#))
            .await
            .unwrap();
    }
    store.append(end(30, 1, Status::Succeeded)).await.unwrap();
    // Failed runs, runs that go on, links and what waits stay.
    assert_eq!(store.compact(at(30)).await.unwrap(), 0);
    assert_eq!(store.compact(at(1_000)).await.unwrap(), 1);
    assert_eq!(store.compact(at(1_000)).await.unwrap(), 0);
    assert_eq!(store.run(id(30)).await.unwrap(), None);
    assert!(store.journal(id(30)).await.unwrap().is_empty());
    assert!(store.run(id(10)).await.unwrap().is_some() && store.run(id(31)).await.unwrap().is_some());
    assert_eq!(store.links(10).await.unwrap().len(), 1);
    assert_eq!(store.events(EventState::Started, 10).await.unwrap().len(), 1);
    assert!(store.events(EventState::Dropped, 10).await.unwrap().is_empty());
    // Versions in use and the one saved last stay.
    for (digest, stays) in [("v1", true), ("v0", false), ("v2", true)] {
        assert_eq!(
            store.version(digest.into()).await.unwrap().is_some(),
            stays,
            "{digest}"
        );
    }
    store.bind("org one".into()).await.unwrap();
    store.bind("org one".into()).await.unwrap();
    assert!(matches!(
        store.bind("org two".into()).await,
        Err(StoreError::OtherBinding { bound, .. }) if bound == "org one"
    ));
}

#[tokio::test]
async fn the_store_in_memory_keeps_its_promises() {
    promises(&MemoryStore::default()).await;
}

#[tokio::test]
async fn the_store_on_disk_keeps_its_promises() {
    let folder = Folder::new();
    promises(&DiskStore::open(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn many_writers_at_once_all_get_their_own_answer() {
    let folder = Folder::new();
    let store = std::sync::Arc::new(DiskStore::open(folder.path()).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200_u128 {
        let store = std::sync::Arc::clone(&store);
        // Every tenth asks for something impossible, which must leave no trace and spoil nobody's commit.
        tasks.spawn(async move {
            let mut run = run(number, None);
            run.event = (number % 10 == 0).then(|| id(number));
            (number, store.begin_run(run).await.is_ok())
        });
    }
    while let Some(result) = tasks.join_next().await {
        let (number, began) = result.unwrap();
        assert_eq!(began, number % 10 != 0, "{number}");
        assert_eq!(store.run(id(number)).await.unwrap().is_some(), began, "{number}");
    }
}

#[tokio::test]
async fn a_store_is_read_beside_its_engine_and_after_it() {
    let folder = Folder::new();
    assert!(matches!(
        DiskReader::open(folder.path()),
        Err(StoreError::Missing { .. })
    ));
    let store = DiskStore::open(folder.path()).unwrap();
    store.begin_run(run(1, None)).await.unwrap();
    let reader = DiskReader::open(folder.path()).unwrap();
    assert_eq!(reader.runs(RunFilter::default()).await.unwrap().len(), 1);
    store.begin_run(run(2, None)).await.unwrap();
    assert_eq!(reader.runs(RunFilter::default()).await.unwrap().len(), 2);
    assert!(matches!(
        DiskStore::open(folder.path()),
        Err(StoreError::InUse { .. })
    ));
    drop((store, reader));
    let reader = DiskReader::open(folder.path()).unwrap();
    assert_eq!(reader.runs(RunFilter::default()).await.unwrap().len(), 2);
    drop(reader);
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.unfinished().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_store_is_emptied_only_when_nobody_uses_it() {
    let folder = Folder::new();
    let store = DiskStore::open_emptied(folder.path()).unwrap();
    store.begin_run(run(1, None)).await.unwrap();
    assert!(matches!(
        DiskStore::open_emptied(folder.path()),
        Err(StoreError::InUse { .. })
    ));
    assert_eq!(store.unfinished().await.unwrap().len(), 1);
    drop(store);
    let store = DiskStore::open_emptied(folder.path()).unwrap();
    assert_eq!(store.unfinished().await.unwrap().len(), 0);
    drop(store);
    // Not even a store that cannot be read stands in the way.
    std::fs::write(folder.path().join("store.db"), "no database at all").unwrap();
    let store = DiskStore::open_emptied(folder.path()).unwrap();
    assert_eq!(store.unfinished().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_store_whose_engine_was_killed_is_read_and_opened_again() {
    let folder = Folder::new();
    let store = DiskStore::open(folder.path()).unwrap();
    store.begin_run(run(1, None)).await.unwrap();
    // What a killed engine leaves: the database and its write-ahead log, not folded into it.
    for (reads, name) in [(true, "read"), (false, "opened")] {
        let left = Folder::new();
        for file in ["store.db", "store.db-wal"] {
            std::fs::copy(folder.path().join(file), left.path().join(file)).unwrap();
        }
        let found = if reads {
            let reader = DiskReader::open(left.path()).unwrap();
            reader.runs(RunFilter::default()).await.unwrap()
        } else {
            DiskStore::open(left.path()).unwrap().unfinished().await.unwrap()
        };
        assert_eq!(found.len(), 1, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_a_store() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let inner = folder.path().join("engine").join("store");
    let store = DiskStore::open(&inner).unwrap();
    store.begin_run(run(1, None)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    let files: Vec<_> = std::fs::read_dir(&inner)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_trusted_is_refused_and_left_alone() {
    let rewritten = |sql: &'static str| {
        move |path: &Path| {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).unwrap();
        }
    };
    type Damage = Box<dyn Fn(&Path)>;
    let cases: Vec<(&str, Damage, &str)> = vec![
        (
            "newer",
            Box::new(rewritten("PRAGMA user_version = 2")),
            "has format 2, this engine knows 1",
        ),
        (
            "foreign",
            Box::new(rewritten("PRAGMA application_id = 7")),
            "damaged: it is a database of another program",
        ),
        (
            "no database",
            Box::new(|path: &Path| std::fs::write(path, "x".repeat(5_000)).unwrap()),
            "is damaged: file is not a database",
        ),
        (
            "cut short",
            Box::new(|path: &Path| {
                let bytes = std::fs::read(path).unwrap();
                std::fs::write(path, &bytes[..bytes.len() / 3]).unwrap();
            }),
            "is damaged: database disk image is malformed",
        ),
    ];
    for (name, damage, message) in cases {
        let folder = Folder::new();
        let store = DiskStore::open(folder.path()).unwrap();
        store.begin_run(run(1, None)).await.unwrap();
        drop(store);
        let path = folder.path().join("store.db");
        damage(&path);
        let bytes = std::fs::read(&path).unwrap();
        let found = match DiskStore::open(folder.path()) {
            Err(error) => error,
            Ok(store) => store.unfinished().await.expect_err(name),
        };
        assert!(found.to_string().contains(message), "{name}: {found}");
        assert!(found.to_string().contains("store.db"), "{name}: {found}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}: left as it was");
    }
}

#[tokio::test]
async fn a_damaged_journal_is_an_error_that_names_the_run() {
    let folder = Folder::new();
    let store = DiskStore::open(folder.path()).unwrap();
    store.begin_run(run(7, None)).await.unwrap();
    drop(store);
    let connection = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    connection
        .execute("UPDATE journal SET records = '[{\"nonsense\":1}]'", [])
        .unwrap();
    drop(connection);
    let store = DiskStore::open(folder.path()).unwrap();
    let error = store.journal(id(7)).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains(&id(7).to_string()), "{error}");
}
