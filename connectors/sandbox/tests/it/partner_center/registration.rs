//! Registering a webhook and checking it.

use connector_api::Value;

use super::bench::{Bench, Receiver};

fn registration(url: &str, events: &[&str]) -> String {
    let events: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
    format!(
        r#"{{"WebhookUrl": "{url}", "WebhookEvents": [{}]}}"#,
        events.join(",")
    )
}

#[tokio::test]
async fn one_registration_is_made_seen_and_changed() {
    let bench = Bench::start().await;
    let url = "https://connector.quantdock.example/hooks/partner-center";
    let body = registration(url, &["referral-created", "referral-updated"]);
    for method in ["GET", "PUT"] {
        let answer = bench.hooks(method, "", &body).await;
        assert_eq!(answer.status, 404, "{method}");
        assert!(answer.at(&["description"]).as_str().is_some());
    }
    let made = bench.hooks("POST", "", &body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let subscriber = made.string(&["SubscriberId"]);
    assert_eq!(made.string(&["WebhookUrl"]), url);
    let again = bench.hooks("POST", "", &body).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let seen = bench.hooks("GET", "", "").await.json();
    let expected = Value::from_json(
        r#"{"WebhookUrl":"https://connector.quantdock.example/hooks/partner-center","WebhookEvents":["referral-created","referral-updated"]}"#,
    )
    .unwrap();
    assert_eq!(seen, expected);
    let changed = bench
        .hooks("PUT", "", r#"{"webhookUrl":"https://other.example/h","webhookEvents":["test-created"],"signatureTokenToMsSignatureHeader":true}"#)
        .await;
    assert_eq!(changed.string(&["SubscriberId"]), subscriber);
    assert_eq!(changed.string(&["WebhookUrl"]), "https://other.example/h");
    assert_eq!(changed.at(&["WebhookEvents"]).to_json(), r#"["test-created"]"#);
}

#[tokio::test]
async fn the_known_events_are_listed() {
    let bench = Bench::start().await;
    let events = bench.hooks("GET", "/events", "").await.json();
    for event in [
        "referral-created",
        "referral-updated",
        "related-referral-created",
        "related-referral-updated",
        "test-created",
    ] {
        assert!(events.as_array().unwrap().contains(&event.into()), "{event}");
    }
}

#[tokio::test]
async fn a_wrong_registration_is_refused() {
    let bench = Bench::start().await;
    let good = "https://a.example/h";
    for (body, code) in [
        (registration(good, &["referral-deleted"]), "900126"),
        (registration(good, &[]), "malformedRequest"),
        (registration("not a url", &["test-created"]), "malformedRequest"),
        (
            registration("ftp://a.example/h", &["test-created"]),
            "malformedRequest",
        ),
        (
            r#"{"WebhookEvents":["test-created"]}"#.to_owned(),
            "malformedRequest",
        ),
        (
            r#"{"WebhookUrl":"https://a.example/h"}"#.to_owned(),
            "malformedRequest",
        ),
        ("[]".to_owned(), "malformedRequest"),
        ("nope".to_owned(), "malformedRequest"),
    ] {
        let answer = bench.hooks("POST", "", &body).await;
        assert_eq!(
            (answer.status, answer.string(&["code"]).as_str()),
            (400, code),
            "{body}"
        );
    }
    assert_eq!(bench.hooks("GET", "", "").await.status, 404);
    assert_eq!(bench.hooks("DELETE", "", "").await.status, 405);
    assert_eq!(bench.hooks("GET", "/nothing", "").await.status, 404);
}

#[tokio::test]
async fn a_validation_event_reports_each_attempt() {
    let mut bench = Bench::start().await;
    let mut receiver = Receiver::start(vec![500]).await;
    assert_eq!(bench.hooks("POST", "/validationEvents", "").await.status, 404);
    bench
        .hooks("POST", "", &registration(&receiver.url, &["referral-created"]))
        .await;
    assert_eq!(
        bench.hooks("POST", "/validationEvents", "").await.status,
        400,
        "test-created is not among the events"
    );
    bench
        .hooks("PUT", "", &registration(&receiver.url, &["test-created"]))
        .await;
    let sent = bench.hooks("POST", "/validationEvents", "").await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let correlation = sent.string(&["correlationId"]);
    for _ in 0..2 {
        assert_eq!(receiver.next().await.string("EventName"), "test-created");
    }
    let path = format!("/validationEvents/{correlation}");
    let mut result = bench.hooks("GET", &path, "").await;
    while result.string(&["status"]) != "completed" {
        tokio::task::yield_now().await;
        result = bench.hooks("GET", &path, "").await;
    }
    assert_eq!(result.string(&["correlationId"]), correlation);
    assert_eq!(
        result.string(&["partnerId"]),
        "5f7e1a90-0d2b-4f41-8c55-b1f2a0c4d301"
    );
    assert_eq!(result.string(&["callbackUrl"]), receiver.url);
    assert_eq!(result.at(&["results"]).as_array().unwrap().len(), 2);
    for (index, code, message) in [("0", "InternalServerError", "boom"), ("1", "OK", "")] {
        assert_eq!(result.string(&["results", index, "responseCode"]), code);
        assert_eq!(result.string(&["results", index, "responseMessage"]), message);
        assert_eq!(
            result.at(&["results", index, "systemError"]).as_bool(),
            Some(false)
        );
        assert!(!result.string(&["results", index, "dateTimeUtc"]).ends_with('Z'));
    }
    assert_eq!(bench.hooks("POST", "/validationEvents", "").await.status, 200);
    let third = bench.hooks("POST", "/validationEvents", "").await;
    assert_eq!(third.status, 429);
    let wait = third.header("retry-after").to_owned();
    assert_eq!(
        third.string(&["message"]),
        format!("Rate limit is exceeded. Try again in {wait} seconds.")
    );
    bench.admin("clock", r#"{"advance_seconds": 61}"#).await;
    assert_eq!(bench.hooks("POST", "/validationEvents", "").await.status, 200);
    bench.admin("clock", r#"{"advance_seconds": 604800}"#).await;
    bench.sign_in().await;
    assert_eq!(
        bench.hooks("GET", &path, "").await.status,
        404,
        "results are kept for a week"
    );
}
