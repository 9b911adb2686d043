//! What changed and what went, by time.

use super::harness::Org;

#[tokio::test]
async fn changes_and_deletions_are_told_by_the_minute() {
    let org = Org::start().await;
    let kept = org.deal("Kept").await;
    let gone = org.deal("Gone").await;
    org.delete(&format!("/sobjects/Opportunity/{gone}")).await;
    org.advance(60).await;
    let path = |resource: &str, start: &str, end: &str| {
        format!("/sobjects/Opportunity/{resource}/?start={start}&end={end}")
    };
    let early = "2026-11-20T21:10:59.999Z";
    let late = "2026-11-20T21:11:42%2B00:00";
    let updated = org.get(&path("updated", early, late)).await;
    assert_eq!(
        updated.body.to_json(),
        format!(r#"{{"ids":["{kept}"],"latestDateCovered":"2026-11-20T21:11:00.000+0000"}}"#)
    );
    let deleted = org.get(&path("deleted", early, late)).await;
    assert_eq!(
        deleted.body.to_json(),
        format!(
            r#"{{"deletedRecords":[{{"id":"{gone}","deletedDate":"2026-11-20T21:10:42.000+0000"}}],"earliestDateAvailable":"2026-11-05T21:11:42.000+0000","latestDateCovered":"2026-11-20T21:11:00.000+0000"}}"#
        )
    );
    let after = org
        .get(&path("updated", "2026-11-20T21:11:00Z", "2026-11-20T21:12:00Z"))
        .await;
    assert_eq!(after.json(&["ids"]), "[]");
    for (resource, start, end) in [
        ("updated", "2026-11-20T21:10:10Z", "2026-11-20T21:10:50Z"),
        ("updated", "2026-11-20T21:10:10Z", "2026-11-20T21:09:50Z"),
        ("updated", "2026-10-20T21:10:10Z", "2026-11-20T21:09:50Z"),
        ("deleted", "2026-11-05T00:00:00Z", "2026-11-20T21:09:50Z"),
        ("deleted", "yesterday", "today"),
    ] {
        let reply = org.get(&path(resource, start, end)).await;
        assert_eq!(
            reply.error(),
            (400, "INVALID_REPLICATION_DATE"),
            "{resource} {start} {end}"
        );
    }
}
