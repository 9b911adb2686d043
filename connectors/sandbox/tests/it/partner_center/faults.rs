//! Faults set through the admin API, and the admin API's other doors.

use super::bench::{Bench, COLLECTION, PRIVATE};

#[tokio::test]
async fn a_status_comes_with_the_services_own_body() {
    let bench = Bench::start().await;
    for (status, code) in [
        (500, "generalException"),
        (503, "serviceNotAvailable"),
        (401, "unauthenticated"),
        (403, "accessDenied"),
    ] {
        let rule = format!(r#"{{"service":"partner_center","path":"{COLLECTION}","status":{status}}}"#);
        assert_eq!(bench.admin("faults", &rule).await.status, 204);
        assert_eq!(bench.list("").await.error(), (status, code.to_owned()));
        assert_eq!(bench.list("").await.status, 200, "once is once");
    }
    bench
        .admin("faults", r#"{"status":429,"retry_after":57,"remaining":2}"#)
        .await;
    for _ in 0..2 {
        let answer = bench.list("").await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "57"));
        assert_eq!(
            answer.text,
            r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}"#
        );
    }
    assert_eq!(bench.list("").await.status, 200);
}

#[tokio::test]
async fn a_rule_touches_only_what_it_names() {
    let bench = Bench::start().await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    let rule = format!(r#"{{"method":"PATCH","path":"/{id}","status":503,"after":1}}"#);
    bench.admin("faults", &rule).await;
    let rename = r#"[{"op":"replace","path":"/name","value":"x"}]"#;
    assert_eq!(bench.get(&id).await.status, 200);
    assert_eq!(bench.patch(&id, rename).await.status, 204, "the first passes");
    assert_eq!(bench.patch(&id, rename).await.status, 503);
    assert_eq!(bench.patch(&id, rename).await.status, 204);
    bench
        .admin("faults", r#"{"service":"salesforce","status":500}"#)
        .await;
    assert_eq!(bench.list("").await.status, 200);
    let rules = bench.raw("GET", "/sandbox/faults", &[], "").await.json();
    assert_eq!(rules.as_array().unwrap().len(), 1);
    bench.raw("DELETE", "/sandbox/faults", &[], "").await;
    let rules = bench.raw("GET", "/sandbox/faults", &[], "").await.json();
    assert_eq!(rules.as_array().unwrap().len(), 0);
    for bad in [
        r#"{"status":99}"#,
        r#"{"latency_ms":999999999}"#,
        r#"{"colour":1}"#,
        "x",
    ] {
        assert_eq!(bench.admin("faults", bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_error_page_is_not_json() {
    let bench = Bench::start().await;
    bench.admin("faults", r#"{"html":true}"#).await;
    let answer = bench.list("").await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_lost_response_has_been_carried_out() {
    let bench = Bench::start().await;
    bench
        .admin("faults", r#"{"method":"POST","lost_response":true}"#)
        .await;
    let request = bench
        .http
        .post(bench.url(COLLECTION))
        .bearer_auth(&bench.token)
        .header("content-type", "application/json")
        .body(PRIVATE);
    let error = request.send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(bench.list("").await.at(&["@odata.count"]).as_i64(), Some(1));
}

#[tokio::test]
async fn a_stale_read_misses_the_last_write() {
    let bench = Bench::start().await;
    let created = bench.create(PRIVATE).await;
    let id = created.string(&["id"]);
    let stale = r#"{"method":"GET","stale_read":true,"remaining":2}"#;
    bench.admin("faults", stale).await;
    assert_eq!(bench.get(&id).await.status, 404, "it was not there yet");
    assert_eq!(bench.list("").await.at(&["@odata.count"]).as_i64(), Some(0));
    let rename = r#"[{"op":"replace","path":"/name","value":"Renamed"}]"#;
    bench.patch(&id, rename).await;
    bench.admin("faults", stale).await;
    assert_eq!(bench.get(&id).await.json(), created.json());
    let listed = bench.list("").await.string(&["value", "0", "name"]);
    assert_eq!(listed, "Harbour crane telemetry [Private]");
    assert_eq!(bench.get(&id).await.string(&["name"]), "Renamed");
}

#[tokio::test]
async fn state_is_shown_and_forgotten() {
    let mut bench = Bench::start().await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    let state = bench.raw("GET", "/sandbox/state", &[], "").await;
    assert_eq!(state.string(&["partner_center", "referrals", "0", "id"]), id);
    assert!(!state.text.contains(&bench.token), "no token is shown");
    assert_eq!(bench.admin("reset", "").await.status, 204);
    assert_eq!(bench.list("").await.status, 401, "tokens are forgotten too");
    bench.sign_in().await;
    assert_eq!(bench.get(&id).await.status, 404);
}

#[tokio::test]
async fn it_stops() {
    let bench = Bench::start().await;
    let url = bench.url("/sandbox/state");
    assert!(bench.sandbox.idle());
    bench.sandbox.shutdown().await;
    assert!(bench.http.get(url).send().await.unwrap_err().is_connect());
}
