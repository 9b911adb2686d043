//! Creating and reading referrals.

use connector_api::Value;
use sandbox::SandboxOptions;

use super::bench::{Bench, COLLECTION, OWN_CO_SELL, PRIVATE, microsofts_copy};

#[tokio::test]
async fn a_partners_own_deal_starts_accepted() {
    let bench = Bench::start().await;
    let answer = bench.create(PRIVATE).await;
    let sent = Value::from_json(PRIVATE).unwrap();
    for (name, expected) in [
        ("status", "Active"),
        ("substatus", "Accepted"),
        ("direction", "Outgoing"),
        ("organizationId", "5f7e1a90-0d2b-4f41-8c55-b1f2a0c4d301"),
        ("organizationName", "Quantdock GmbH"),
        ("externalReferenceId", "006Hn00001QxYzAIAV"),
        ("type", "Independent"),
        ("registrationStatus", "None"),
    ] {
        assert_eq!(answer.string(&[name]), expected, "{name}");
    }
    for name in [
        "expirationDateTime",
        "closedDateTime",
        "inviteContext",
        "statusReason",
    ] {
        assert!(answer.at(&[name]).is_null(), "{name}");
    }
    assert_eq!(
        answer.string(&["acceptedDateTime"]),
        answer.string(&["createdDateTime"])
    );
    assert_eq!(answer.json().get("customerProfile"), sent.get("customerProfile"));
    assert_eq!(answer.json().get("details"), sent.get("details"));
    assert!(
        answer.text.contains(r#""dealValue":48000.00"#),
        "the amount keeps its digits: {}",
        answer.text
    );
    let (id, engagement) = (answer.string(&["id"]), answer.string(&["engagementId"]));
    assert_ne!(id, engagement);
    assert_eq!(id, id.to_lowercase());
    let base = bench.sandbox.base_url();
    assert_eq!(
        answer.string(&["links", "self", "uri"]),
        format!("{base}/v1.0/engagements/referrals/{id}")
    );
    assert_eq!(
        answer.string(&["links", "relatedReferrals", "uri"]),
        format!("{base}/v1.0/engagements/referrals?$filter=engagementId eq {engagement}")
    );
    assert!(
        answer
            .string(&["@odata.context"])
            .ends_with("/$metadata#Referrals/$entity")
    );
    assert!(is_tag(&answer.string(&["eTag"])), "{}", answer.text);
    assert_eq!(answer.header("etag"), answer.string(&["eTag"]));

    let read = bench.get(&id).await;
    assert_eq!((read.status, read.json()), (200, answer.json()));
    for path in [
        format!("{COLLECTION}/{id}/"),
        format!("{COLLECTION}/{id}//"),
        format!("/engagements/v1/referrals/{id}"),
    ] {
        assert_eq!(
            bench.call("GET", &path, &[], "").await.json(),
            answer.json(),
            "{path}"
        );
    }
    let hook = format!("Bearer {}", bench.hook_token);
    let path = format!("/engagements/v1/referrals/{id}");
    let answer = bench.raw("GET", &path, &[("authorization", &hook)], "").await;
    assert_eq!(
        answer.status, 200,
        "the address in events takes the webhook API's audience"
    );
}

/// `"<8 hex>-0000-<4 hex>-0000-<8 hex>0000"`, quotes included.
fn is_tag(tag: &str) -> bool {
    let parts: Vec<&str> = tag.trim_matches('"').split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    tag.starts_with('"')
        && tag.ends_with('"')
        && lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && tag.ends_with("0000\"")
}

#[tokio::test]
async fn amounts_keep_every_digit() {
    let bench = Bench::start().await;
    for amount in ["9999999999999999.99", "0.10", "12345678901234567.8", "1e3"] {
        let answer = bench.create(&PRIVATE.replace("48000.00", amount)).await;
        let read = bench.get(&answer.string(&["id"])).await;
        assert!(
            read.text.contains(&format!(r#""dealValue":{amount},"#)),
            "{}",
            read.text
        );
    }
    let answer = bench.create(&PRIVATE.replace("48000.00", r#""48000.50""#)).await;
    assert!(answer.text.contains(r#""dealValue":48000.50"#), "{}", answer.text);
}

#[tokio::test]
async fn a_co_sell_deal_takes_two_referrals() {
    let bench = Bench::start().await;
    let (own, copy, engagement) = bench.co_sell().await;
    let own = bench.get(&own).await;
    assert_eq!(own.string(&["type"]), "Shared");
    let copy = bench.get(&copy).await;
    for (name, expected) in [
        ("organizationId", "msft"),
        ("status", "New"),
        ("substatus", "Pending"),
        ("engagementId", engagement.as_str()),
    ] {
        assert_eq!(copy.string(&[name]), expected, "{name}");
    }
    assert_eq!(
        copy.string(&["inviteContext", "assistanceRequestCode"]),
        "CustomerTechnicalArchitecture"
    );
    let moment = |name: &str| copy.string(&[name]).parse::<jiff::Timestamp>().unwrap();
    let window = moment("expirationDateTime").duration_since(moment("createdDateTime"));
    assert_eq!(window.as_hours(), 14 * 24);

    let uri = own.string(&["links", "relatedReferrals", "uri"]);
    let path = uri.strip_prefix(bench.sandbox.base_url()).unwrap();
    let related = bench.call("GET", path, &[], "").await;
    assert_eq!(
        related.at(&["@odata.count"]).as_i64(),
        Some(2),
        "{}",
        related.text
    );
}

#[tokio::test]
async fn microsofts_copy_is_not_the_partners_to_write() {
    let bench = Bench::start().await;
    let (_, copy, _) = bench.co_sell().await;
    let answer = bench.transition(&copy, "Active", "Accepted").await;
    assert_eq!(answer.error(), (403, "accessDenied".to_owned()));
    assert_eq!(bench.get(&copy).await.string(&["status"]), "New");
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named() {
    let bench = Bench::start().await;
    let set = |path: &[&str], value: &str| {
        let mut body = Value::from_json(OWN_CO_SELL).unwrap();
        let (last, parents) = path.split_last().unwrap();
        let mut place = &mut body;
        for step in parents {
            place = place.as_object_mut().unwrap().get_mut(*step).unwrap();
        }
        let value = Value::from_json(value).unwrap();
        place.as_object_mut().unwrap().insert((*last).to_owned(), value);
        body.to_json()
    };
    let country = ["customerProfile", "address", "country"];
    let solutions = ["details", "requirements", "solutions"];
    for (body, target) in [
        (set(&["type"], "null"), "type"),
        (set(&["customerProfile"], "null"), "customerProfile"),
        (set(&["consent"], "null"), "consent"),
        (set(&["details"], "null"), "details"),
        (set(&["details"], "[]"), "details"),
        (set(&["name"], "null"), "name"),
        (set(&["name"], "7"), "name"),
        (set(&["type"], r#""Joint""#), "type"),
        (set(&["qualification"], r#""Maybe""#), "qualification"),
        (set(&["details", "dealValue"], r#""much""#), "details.dealValue"),
        (set(&["details", "dealValue"], "-1"), "details.dealValue"),
        (set(&["details", "dealValue"], "1e400"), "details.dealValue"),
        (set(&["details", "currency"], r#""eur""#), "details.currency"),
        (
            set(&["details", "closingDateTime"], r#""soon""#),
            "details.closingDateTime",
        ),
        (set(&country, "null"), "customerProfile.address.country"),
        (set(&country, r#""GBR""#), "customerProfile.address.country"),
        (set(&solutions, "[]"), "details.requirements.solutions"),
        (
            set(&solutions, r#"[{"name":"x"}]"#),
            "details.requirements.solutions[0].id",
        ),
        (set(&["team"], "[]"), "team"),
        (set(&["team"], r#"[{"firstName":"A"}]"#), "team[0].lastName"),
        (
            set(&["consent", "consentToContact"], "false"),
            "consent.consentToContact",
        ),
        (
            set(&["engagementId"], r#""00000000-0000-4000-8000-000000000000""#),
            "engagementId",
        ),
        (
            set(&["target"], r#"[{"type":"BusinessProfileLocation","id":"msft"}]"#),
            "inviteContext.assistanceRequestCode",
        ),
    ] {
        let answer = bench.call("POST", COLLECTION, &[], &body).await;
        assert_eq!(
            answer.error(),
            (400, "invalidRequest".to_owned()),
            "{target}: {}",
            answer.text
        );
        assert_eq!(answer.string(&["error", "target"]), target);
        assert!(
            answer.string(&["error", "message"]).contains(target),
            "{}",
            answer.text
        );
    }
    let alone = microsofts_copy("x").replace(r#""engagementId": "x","#, "");
    let answer = bench.call("POST", COLLECTION, &[], &alone).await;
    assert_eq!(answer.string(&["error", "target"]), "engagementId");
    for body in ["", "nope", "[]", "{\"type\":", "\u{0}"] {
        let answer = bench.call("POST", COLLECTION, &[], body).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{body}");
    }
    assert_eq!(bench.list("").await.at(&["@odata.count"]).as_i64(), Some(0));
}

#[tokio::test]
async fn the_portals_rules_can_be_left_out() {
    let bench = Bench::with(SandboxOptions {
        lenient: true,
        ..SandboxOptions::default()
    })
    .await;
    let bare = r#"{"type":"Shared","customerProfile":{},"consent":{},"details":{}}"#;
    assert_eq!(bench.call("POST", COLLECTION, &[], bare).await.status, 200);
    let answer = bench
        .call(
            "POST",
            COLLECTION,
            &[],
            r#"{"type":"Shared","customerProfile":{},"consent":{}}"#,
        )
        .await;
    assert_eq!(answer.string(&["error", "target"]), "details");
}

#[tokio::test]
async fn unknown_properties_are_ignored() {
    let bench = Bench::start().await;
    let body = PRIVATE.replacen('{', r#"{"colour": "red", "id": "mine", "eTag": "x", "#, 1);
    let answer = bench.create(&body).await;
    assert!(answer.at(&["colour"]).is_null());
    assert_ne!(answer.string(&["id"]), "mine");
}

#[tokio::test]
async fn unknown_ids_paths_and_methods_get_the_services_errors() {
    let bench = Bench::start().await;
    for (method, path, status, code) in [
        (
            "GET",
            "/v1.0/engagements/referrals/00000000-0000-4000-8000-000000000000",
            404,
            "itemNotFound",
        ),
        ("GET", "/v1.0/engagements/referrals/a/b", 404, "itemNotFound"),
        ("GET", "/v1.0/engagements", 404, "itemNotFound"),
        ("GET", "/v1.0/referrals", 404, "itemNotFound"),
        ("GET", "/nothing", 404, "itemNotFound"),
        ("DELETE", "/v1.0/engagements/referrals/x", 405, "invalidRequest"),
        ("PATCH", "/v1.0/engagements/referrals/x", 404, "itemNotFound"),
    ] {
        let body = r#"[{"op":"replace","path":"/name","value":"x"}]"#;
        let answer = bench.call(method, path, &[], body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{method} {path}");
    }
    let bearer = format!("Bearer {}", bench.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    let answer = bench.raw("POST", COLLECTION, &headers, PRIVATE).await;
    assert_eq!(answer.status, 415);
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(3 * 1024 * 1024));
    assert_eq!(bench.call("POST", COLLECTION, &[], &large).await.status, 413);
}

#[tokio::test]
async fn tracing_ids_come_back() {
    let bench = Bench::start().await;
    let ids = [
        ("client-request-id", "5d6f0d3e-0b1e-4f5e-8a39-0f5b8a1b7a11"),
        ("ms-correlationid", "a3c0a6a5-7a8d-4a0c-9a38-b1a3a9d6b722"),
    ];
    let answer = bench.call("GET", COLLECTION, &ids, "").await;
    for (name, value) in ids {
        assert_eq!(answer.header(name), value);
    }
    let other = bench.list("").await;
    assert_eq!(other.header("client-request-id"), "");
    assert_eq!(answer.header("request-id").len(), 36);
    assert_ne!(answer.header("request-id"), other.header("request-id"));
}

#[tokio::test]
async fn a_seed_gives_the_same_ids_again() {
    let mut ids = Vec::new();
    for seed in [7, 7, 8] {
        let bench = Bench::with(SandboxOptions {
            seed: Some(seed),
            ..SandboxOptions::default()
        })
        .await;
        ids.push(bench.create(PRIVATE).await.string(&["id"]));
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
