//! Following changes: where a poll starts, what it hands on, and what it leaves out.

use connector_api::{ErrorClass, PollOutput, Value};
use connector_http::stub::Exchange;
use jiff::{SignedDuration, Timestamp};

use crate::org::{DATA, ME, Org, found, json, refusal, soql};

const INPUTS: &str = r#"{"object":"Opportunity","fields":["Amount"]}"#;
const CHANGED: &str = "record_created_or_modified";

fn describe() -> Exchange {
    let fields: Vec<String> = [
        "Id",
        "Name",
        "IsDeleted",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
        "SystemModstamp",
        "Amount",
    ]
    .iter()
    .map(|name| format!(r#"{{"name":"{name}","type":"string"}}"#))
    .collect();
    Exchange::json(
        200,
        &format!(
            r#"{{"name":"Opportunity","fields":[{},{{"name":"BillingAddress","type":"address"}}],"childRelationships":[]}}"#,
            fields.join(",")
        ),
    )
    .at(&format!("{DATA}/sobjects/Opportunity/describe"))
}

/// An opportunity created on the day before and changed at a time of this day.
fn changed(number: u32, time: &str) -> String {
    record(
        number,
        "2026-11-19T08:00:00",
        &format!("2026-11-20T{time}"),
        "005000000000007AAA",
    )
}

fn record(number: u32, created: &str, modified: &str, by: &str) -> String {
    format!(
        r#"{{"attributes":{{"type":"Opportunity"}},"Id":"006{number:012}AAA","CreatedDate":"{created}.000+0000",
            "SystemModstamp":"{modified}.000+0000","LastModifiedById":"{by}","Amount":1.10}}"#
    )
}

fn page(records: &[String], date: &str) -> Exchange {
    found(&format!("[{}]", records.join(",")))
        .header("date", &format!("Fri, 20 Nov 2026 {date} GMT"))
        .at(&format!("{DATA}/query"))
}

fn versions(output: &PollOutput) -> Vec<&str> {
    output
        .records
        .iter()
        .map(|record| record.version.as_str())
        .collect()
}

/// An org whose trigger started at 10:00:00.
async fn started(trigger: &str) -> (Org, Value) {
    let org = Org::new([page(&[], "10:00:00"), describe()]).await;
    let output = org.poll(trigger, INPUTS, None, None).await.unwrap();
    (org, output.cursor)
}

/// Polls at a time of the service, which finds these records.
async fn poll_at(org: &Org, trigger: &str, cursor: &Value, time: &str, records: &[String]) -> PollOutput {
    org.clock(&format!("Fri, 20 Nov 2026 {time} GMT")).await;
    org.stub.push([page(records, time)]);
    org.poll(trigger, INPUTS, Some(cursor), None).await.unwrap()
}

fn since(cursor: &Value) -> Timestamp {
    cursor.get("since").unwrap().as_str().unwrap().parse().unwrap()
}

fn literal(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

#[tokio::test]
async fn the_first_poll_only_sets_the_starting_point() {
    let org = Org::new([page(&[changed(1, "09:59:59")], "10:00:00")]).await;
    let inputs =
        r#"{"object":"Opportunity","filter":"Amount > :least OR Name = ':x'","parameters":{"least":25000}}"#;
    let output = org.poll(CHANGED, inputs, None, None).await.unwrap();
    assert!(output.records.is_empty() && !output.more);
    assert!(since(&output.cursor) >= "2026-11-20T10:00:00Z".parse().unwrap());
    assert_eq!(
        soql(&org.last()),
        "SELECT Id FROM Opportunity WHERE (Amount > 25000 OR Name = ':x') LIMIT 1"
    );
}

#[tokio::test]
async fn a_condition_that_cannot_work_fails_at_once() {
    let org = Org::new([refusal(400, "INVALID_FIELD", "No such column 'Amuont'")]).await;
    let inputs = r#"{"object":"Opportunity","filter":"Amuont > 1"}"#;
    let error = org.poll(CHANGED, inputs, None, None).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "INVALID_FIELD")
    );
}

#[tokio::test]
async fn without_a_date_nothing_can_be_followed() {
    let org = Org::new([found("[]")]).await;
    let error = org.poll(CHANGED, INPUTS, None, None).await.unwrap_err();
    assert_eq!(error.code, "no_date");
}

#[tokio::test]
async fn each_poll_reaches_back_by_the_overlap_but_not_before_the_start() {
    let (org, cursor) = started(CHANGED).await;
    let second = poll_at(&org, CHANGED, &cursor, "10:10:00", &[]).await;
    assert!(since(&second.cursor) >= "2026-11-20T10:10:00Z".parse().unwrap());
    let query = soql(&org.last());
    let start = literal(since(&cursor));
    assert!(
        query.contains(&format!("SystemModstamp >= {start} ORDER")),
        "{query}"
    );
    poll_at(&org, CHANGED, &second.cursor, "10:20:00", &[]).await;
    let from = since(&second.cursor) - SignedDuration::from_mins(5);
    assert_eq!(
        soql(&org.last()),
        format!(
            "SELECT Id,SystemModstamp,LastModifiedById,Name,IsDeleted,CreatedDate,LastModifiedDate,Amount FROM Opportunity \
             WHERE SystemModstamp >= {} ORDER BY SystemModstamp, Id LIMIT 1000",
            literal(from),
        )
    );
}

#[tokio::test]
async fn the_place_is_kept_by_the_clock_of_the_service_as_known_before_the_query() {
    let (org, cursor) = started(CHANGED).await;
    org.clock("Fri, 20 Nov 2026 10:10:00 GMT").await;
    // The answer comes late; what happened while it was made may be missing from it.
    org.stub.push([page(&[], "10:15:00")]);
    let output = org.poll(CHANGED, INPUTS, Some(&cursor), None).await.unwrap();
    assert!(since(&output.cursor) < "2026-11-20T10:15:00Z".parse().unwrap());
    // A process that has just started knows no time: the place stays until it does.
    let saved = json(&output.cursor.to_json());
    let restarted = Org::new([describe(), page(&[changed(1, "10:16:00")], "10:20:00")]).await;
    let output = restarted.poll(CHANGED, INPUTS, Some(&saved), None).await.unwrap();
    assert_eq!(output.records.len(), 1);
    assert_eq!(since(&output.cursor), since(&saved));
}

#[tokio::test]
async fn changes_are_handed_on_once_with_exact_bodies() {
    let (org, cursor) = started(CHANGED).await;
    let first = poll_at(
        &org,
        CHANGED,
        &cursor,
        "10:10:00",
        &[changed(1, "10:08:00"), changed(2, "10:09:00")],
    )
    .await;
    assert_eq!(
        versions(&first),
        [
            "006000000000001AAA@2026-11-20T10:08:00Z",
            "006000000000002AAA@2026-11-20T10:09:00Z"
        ]
    );
    assert_eq!(first.records[0].id, "006000000000001AAA");
    assert_eq!(
        first.records[0].body.to_json(),
        r#"{"Id":"006000000000001AAA","CreatedDate":"2026-11-19T08:00:00.000+0000","SystemModstamp":"2026-11-20T10:08:00.000+0000","LastModifiedById":"005000000000007AAA","Amount":1.10}"#
    );
    // The overlap shows both again; one has been changed once more.
    let second = poll_at(
        &org,
        CHANGED,
        &first.cursor,
        "10:11:00",
        &[changed(1, "10:08:00"), changed(2, "10:10:00")],
    )
    .await;
    assert_eq!(versions(&second), ["006000000000002AAA@2026-11-20T10:10:00Z"]);
    // The cursor outlives the process as text.
    let saved = json(&second.cursor.to_json());
    let third = poll_at(
        &org,
        CHANGED,
        &saved,
        "10:12:00",
        &[changed(1, "10:08:00"), changed(2, "10:10:00")],
    )
    .await;
    assert!(third.records.is_empty());
}

#[tokio::test]
async fn two_edits_in_one_second_are_both_handed_on() {
    let (org, cursor) = started(CHANGED).await;
    // Far enough ahead that its second is not over at the first poll, however slow this test runs.
    let stamp = "10:10:30";
    let edit = |amount: &str| changed(1, stamp).replace("1.10", amount);
    let first = poll_at(&org, CHANGED, &cursor, "10:10:00", &[edit("1")]).await;
    assert_eq!(versions(&first), ["006000000000001AAA@2026-11-20T10:10:30Z"]);
    let saved = json(&first.cursor.to_json());
    let second = poll_at(&org, CHANGED, &saved, "10:10:01", &[edit("1")]).await;
    assert!(second.records.is_empty(), "nothing has changed");
    let third = poll_at(&org, CHANGED, &second.cursor, "10:11:00", &[edit("2")]).await;
    let [version] = versions(&third)[..] else {
        panic!("the second edit has the same time and must be handed on")
    };
    assert!(
        version.starts_with("006000000000001AAA@2026-11-20T10:10:30Z#"),
        "{version}"
    );
    // The second is over: what is seen now is what it ended with. Fields that move without an edit do not count.
    let fourth = poll_at(&org, CHANGED, &third.cursor, "10:12:00", &[edit("3")]).await;
    assert!(fourth.records.is_empty());
}

#[tokio::test]
async fn a_change_that_becomes_visible_late_is_found() {
    let (org, cursor) = started(CHANGED).await;
    let first = poll_at(&org, CHANGED, &cursor, "10:10:00", &[changed(2, "10:09:30")]).await;
    assert_eq!(first.records.len(), 1);
    // Record 1 was committed after the poll with a time before it.
    let second = poll_at(
        &org,
        CHANGED,
        &first.cursor,
        "10:11:00",
        &[changed(1, "10:09:00"), changed(2, "10:09:30")],
    )
    .await;
    assert_eq!(versions(&second), ["006000000000001AAA@2026-11-20T10:09:00Z"]);
}

#[tokio::test]
async fn a_creation_is_handed_on_once_even_if_the_record_changes() {
    let (org, cursor) = started("record_created").await;
    let born = |modified: &str| record(1, "2026-11-20T10:09:00", modified, ME);
    let first = poll_at(
        &org,
        "record_created",
        &cursor,
        "10:10:00",
        &[born("2026-11-20T10:09:00")],
    )
    .await;
    assert_eq!(first.records.len(), 1);
    assert!(soql(&org.last()).contains("WHERE CreatedDate >= "));
    assert!(soql(&org.last()).ends_with("ORDER BY CreatedDate, Id LIMIT 1000"));
    let second = poll_at(
        &org,
        "record_created",
        &first.cursor,
        "10:11:00",
        &[born("2026-11-20T10:10:30")],
    )
    .await;
    assert!(second.records.is_empty());
}

#[tokio::test]
async fn a_creation_is_no_modification() {
    let (org, cursor) = started("record_modified").await;
    let output = poll_at(
        &org,
        "record_modified",
        &cursor,
        "10:10:00",
        &[
            record(1, "2026-11-20T10:09:00", "2026-11-20T10:09:00", ME),
            record(2, "2026-11-20T10:09:00", "2026-11-20T10:09:01", ME),
        ],
    )
    .await;
    assert_eq!(versions(&output), ["006000000000002AAA@2026-11-20T10:09:01Z"]);
}

#[tokio::test]
async fn a_record_says_whether_its_last_change_was_ours() {
    let (org, cursor) = started(CHANGED).await;
    let output = poll_at(
        &org,
        CHANGED,
        &cursor,
        "10:10:00",
        &[
            record(1, "2026-11-19T08:00:00", "2026-11-20T10:09:00", ME),
            changed(2, "10:09:30"),
        ],
    )
    .await;
    let ours: Vec<bool> = output.records.iter().map(|record| record.ours).collect();
    assert_eq!(ours, [true, false]);
}

#[tokio::test]
async fn a_window_with_more_than_one_poll_reads_is_continued() {
    let (org, cursor) = started(CHANGED).await;
    // A mass update: more records share one second than a poll reads.
    let many: Vec<String> = (0..1000).map(|number| changed(number, "10:09:00")).collect();
    let first = poll_at(&org, CHANGED, &cursor, "10:10:00", &many).await;
    assert_eq!(first.records.len(), 1000);
    assert!(first.more);
    assert_eq!(since(&first.cursor), since(&cursor), "the window is not over");

    org.stub.push([page(&[changed(1000, "10:09:00")], "10:10:05")]);
    let second = org
        .poll(CHANGED, INPUTS, Some(&json(&first.cursor.to_json())), None)
        .await
        .unwrap();
    let query = soql(&org.last());
    assert!(
        query.contains(
            " AND (SystemModstamp > 2026-11-20T10:09:00.000Z OR \
             (SystemModstamp = 2026-11-20T10:09:00.000Z AND Id > '006000000000999AAA')) ORDER BY"
        ),
        "{query}"
    );
    assert_eq!(versions(&second), ["006000000001000AAA@2026-11-20T10:09:00Z"]);
    assert!(!second.more);

    let third = poll_at(&org, CHANGED, &second.cursor, "10:11:00", &many[..2]).await;
    assert!(
        third.records.is_empty(),
        "both halves of the window are remembered"
    );
}

#[tokio::test]
async fn all_fields_are_read_unless_some_are_named() {
    let (org, cursor) = started(CHANGED).await;
    org.clock("Fri, 20 Nov 2026 10:10:00 GMT").await;
    org.stub.push([page(&[], "10:10:00")]);
    let inputs =
        r#"{"object":"Opportunity","filter":"Name LIKE :start","parameters":{"start":{"starts_with":"A"}}}"#;
    org.poll(CHANGED, inputs, Some(&cursor), None).await.unwrap();
    let query = soql(&org.last());
    assert!(
        query.contains(",Amount FROM") && !query.contains("BillingAddress"),
        "{query}"
    );
    assert!(query.contains("AND (Name LIKE 'A%') ORDER BY"), "{query}");
}

#[tokio::test]
async fn what_cannot_be_polled_is_refused() {
    let org = Org::new([]).await;
    for (trigger, inputs, code) in [
        ("record_deleted", INPUTS, "unknown_trigger"),
        (CHANGED, "{}", "invalid_input"),
        (
            CHANGED,
            r#"{"object":"Opportunity","parameters":{"x":1}}"#,
            "invalid_input",
        ),
        (
            CHANGED,
            r#"{"object":"Opportunity","filter":"X = :y"}"#,
            "invalid_input",
        ),
        (
            CHANGED,
            r#"{"object":"Opportunity","fields":["A;B"]}"#,
            "invalid_input",
        ),
    ] {
        let error = org.poll(trigger, inputs, None, None).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, code),
            "{inputs}"
        );
    }
    let error = org
        .poll(CHANGED, INPUTS, Some(&json("{}")), None)
        .await
        .unwrap_err();
    assert_eq!(error.code, "invalid_cursor");
    assert!(org.stub.requests().is_empty());
}
