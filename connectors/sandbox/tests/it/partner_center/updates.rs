//! PATCH and PUT: tags, preferences, states, what is frozen and what is over.

use connector_api::Value;

use super::bench::{Bench, COLLECTION, OWN_CO_SELL, PRIVATE};

const RENAME: &str = r#"[{"op":"replace","path":"/name","value":"Renamed"}]"#;

#[tokio::test]
async fn if_match_is_optional_and_honoured() {
    let bench = Bench::start().await;
    let created = bench.create(PRIVATE).await;
    let (id, first) = (created.string(&["id"]), created.string(&["eTag"]));
    let path = format!("{COLLECTION}/{id}");
    let absent = bench.patch(&id, RENAME).await;
    assert_eq!((absent.status, absent.text.as_str()), (204, ""));
    let second = bench.get(&id).await.string(&["eTag"]);
    assert_ne!(first, second, "every write changes the tag");
    let stale = bench.call("PATCH", &path, &[("if-match", &first)], RENAME).await;
    assert_eq!(stale.error(), (412, "preconditionFailed".to_owned()));
    assert_eq!(stale.string(&["error", "innerError", "code"]), "resourceModified");
    assert_eq!(
        bench.get(&id).await.string(&["eTag"]),
        second,
        "a refused write changes nothing"
    );
    for tag in [second.as_str(), "*"] {
        let answer = bench.call("PATCH", &path, &[("if-match", tag)], RENAME).await;
        assert_eq!(answer.status, 204, "{tag}");
    }
    let unquoted = bench.get(&id).await.string(&["eTag"]).replace('"', "");
    let answer = bench
        .call("PATCH", &path, &[("if-match", &unquoted)], RENAME)
        .await;
    assert_eq!(answer.status, 412, "the inner quotes belong to the tag");
}

#[tokio::test]
async fn prefer_brings_the_entity() {
    let bench = Bench::start().await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    let path = format!("{COLLECTION}/{id}");
    let prefer = [("prefer", "return=representation")];
    let answer = bench.call("PATCH", &path, &prefer, RENAME).await;
    assert_eq!(
        (answer.status, answer.string(&["name"]).as_str()),
        (200, "Renamed")
    );
    assert_eq!(answer.json(), bench.get(&id).await.json());
    let other = [("prefer", "return=minimal")];
    assert_eq!(bench.call("PATCH", &path, &other, RENAME).await.status, 204);
}

#[tokio::test]
async fn a_patch_takes_the_documented_paths() {
    let bench = Bench::start().await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    let body = r#"[
        {"op": "replace", "path": "/details/dealValue", "value": "68500.50"},
        {"op": "replace", "path": "/details/currency", "value": "USD"},
        {"op": "replace", "path": "/details/closingDateTime", "value": "2026-11-15T00:00:00Z"},
        {"op": "replace", "path": "/details/notes", "value": "Signed."},
        {"op": "add", "path": "/details/requirements/solutions/-", "value": {"id": "SOL-70455-SCH", "name": "Rota Planner"}},
        {"op": "add", "path": "/team/-", "value": {"firstName": "Lena", "lastName": "Brandt", "phoneNumber": "+49401234568", "email": "lena.brandt@quantdock.example"}},
        {"op": "add", "path": "/customerProfile/team/-", "value": {"firstName": "Uwe", "lastName": "Kern", "phoneNumber": "1", "email": "uwe.kern@nordkai.example"}},
        {"op": "replace", "path": "/externalReferenceId", "value": "006Hn00001SaBcDIAX"},
        {"op": "add", "path": "/campaignId", "value": "C-1"},
        {"op": "replace", "path": "/salesStage", "value": "Propose"},
        {"op": "replace", "path": "/consent/consentToShareReferralWithMicrosoftSellers", "value": true}
    ]"#;
    let answer = bench.patch(&id, body).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let read = bench.get(&id).await;
    assert!(read.text.contains(r#""dealValue":68500.50"#), "{}", read.text);
    for (path, expected) in [
        (&["details", "currency"][..], "USD"),
        (&["details", "closingDateTime"], "2026-11-15T00:00:00Z"),
        (&["details", "notes"], "Signed."),
        (
            &["details", "requirements", "solutions", "1", "id"],
            "SOL-70455-SCH",
        ),
        (&["team", "1", "firstName"], "Lena"),
        (&["customerProfile", "team", "0", "lastName"], "Kern"),
        (&["externalReferenceId"], "006Hn00001SaBcDIAX"),
        (&["campaignId"], "C-1"),
        (&["salesStage"], "Propose"),
    ] {
        assert_eq!(read.string(path), expected, "{path:?}");
    }
    let earlier = read.string(&["createdDateTime"]);
    assert!(read.string(&["updatedDateTime"]) > earlier);
}

#[tokio::test]
async fn a_patch_is_all_or_nothing() {
    let bench = Bench::start().await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    let before = bench.get(&id).await.json();
    for second in [
        r#"{"op":"replace","path":"/status","value":"New"}"#,
        r#"{"op":"remove","path":"/team/0"}"#,
        r#"{"op":"replace","path":"/engagementId","value":"x"}"#,
        r#"{"op":"replace","path":"/details/currency","value":"euro"}"#,
        r#"{"op":"replace","path":"/details/requirements/solutions","value":[]}"#,
    ] {
        let body = format!(r#"[{{"op":"replace","path":"/name","value":"Half"}},{second}]"#);
        let answer = bench.patch(&id, &body).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{second}");
        assert_eq!(bench.get(&id).await.json(), before, "{second}");
    }
    for body in ["{}", "[]", "7", "", r#"{"name":"x"}"#] {
        assert_eq!(bench.patch(&id, body).await.status, 400, "{body}");
    }
}

/// Every way from a state the service can be brought to, as the status table has it.
#[tokio::test]
async fn status_changes_follow_the_table() {
    let bench = Bench::start().await;
    let pending = ("New", "Pending");
    let received = ("New", "Received");
    let accepted = ("Active", "Accepted");
    let closed = |substatus: &'static str| ("Closed", substatus);
    type States = [(&'static str, &'static str)];
    let ways: [(&States, &States); 4] = [
        (
            &[],
            &[
                pending,
                received,
                accepted,
                closed("Declined"),
                closed("Expired"),
                closed("Error"),
            ],
        ),
        (
            &[received],
            &[
                pending,
                received,
                accepted,
                closed("Declined"),
                closed("Expired"),
                closed("Error"),
            ],
        ),
        (
            &[accepted],
            &[accepted, closed("Won"), closed("Lost"), closed("Error")],
        ),
        (&[accepted, closed("Won")], &[]),
    ];
    let all = [
        pending,
        received,
        accepted,
        closed("Won"),
        closed("Lost"),
        closed("Declined"),
        closed("Expired"),
        closed("Error"),
        ("Active", "Pending"),
        ("New", "Accepted"),
        ("Closed", "Accepted"),
        ("Open", "Accepted"),
    ];
    for (way, allowed) in ways {
        for to in all {
            let id = bench.inbound("").await.string(&["id"]);
            for (status, substatus) in way {
                assert_eq!(
                    bench.transition(&id, status, substatus).await.status,
                    204,
                    "{way:?}"
                );
            }
            let answer = bench.transition(&id, to.0, to.1).await;
            let expected = if allowed.contains(&to) { 204 } else { 400 };
            assert_eq!(answer.status, expected, "{way:?} then {to:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn moments_go_with_states() {
    let bench = Bench::start().await;
    let id = bench.inbound("").await.string(&["id"]);
    let read = bench.get(&id).await;
    assert!(read.at(&["acceptedDateTime"]).is_null());
    bench.transition(&id, "Active", "Accepted").await;
    let read = bench.get(&id).await;
    assert!(read.at(&["acceptedDateTime"]).as_str().is_some());
    assert!(read.at(&["closedDateTime"]).is_null());
    bench.transition(&id, "Closed", "Lost").await;
    assert!(bench.get(&id).await.at(&["closedDateTime"]).as_str().is_some());
}

#[tokio::test]
async fn a_closed_referral_is_over() {
    let bench = Bench::start().await;
    for substatus in ["Won", "Lost", "Error"] {
        let created = bench.create(PRIVATE).await;
        let id = created.string(&["id"]);
        assert_eq!(bench.transition(&id, "Closed", substatus).await.status, 204);
        let before = bench.get(&id).await;
        let answer = bench.patch(&id, RENAME).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{substatus}");
        let answer = bench.transition(&id, "Active", "Accepted").await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{substatus}");
        assert_eq!(bench.get(&id).await.json(), before.json());
        let register = r#"[{"op":"add","path":"/registrations/-","value":{"type":"AzureIPCoSell","solutionDetails":[],"contract":{}}}]"#;
        let answer = bench.patch(&id, register).await;
        if substatus == "Won" {
            assert_eq!(answer.status, 204, "{}", answer.text);
            let read = bench.get(&id).await;
            assert_eq!(read.string(&["registrations", "0", "status"]), "ReviewPending");
            assert_eq!(read.string(&["registrationStatus"]), "ReviewPending");
        } else {
            assert_eq!(answer.status, 400, "{substatus}");
        }
    }
}

#[tokio::test]
async fn what_is_frozen_cannot_be_patched() {
    let bench = Bench::start().await;
    let (own, _, _) = bench.co_sell().await;
    for (path, value) in [
        ("/customerProfile/name", r#""Other""#),
        ("/customerProfile/address/country", r#""FR""#),
        ("/consent/consentToContact", "false"),
        ("/consent/consentToShareReferralWithMicrosoftSellers", "false"),
        ("/customerProfile/team", "[]"),
        (
            "/customerProfile/team",
            r#"[{"firstName":"Else","lastName":"Nair","phoneNumber":"+441132223344","email":"priya.nair@aldermoor.example"}]"#,
        ),
        ("/inviteContext/notes", r#""More""#),
        ("/trackingInfo/microsoftMsxId", r#""7-X""#),
        ("/organizationId", r#""msft""#),
        ("/mpnId", r#""1""#),
        ("/type", r#""Independent""#),
    ] {
        let body = format!(r#"[{{"op":"replace","path":"{path}","value":{value}}}]"#);
        let answer = bench.patch(&own, &body).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()), "{path}");
    }
    let add = r#"[{"op":"add","path":"/customerProfile/team/-","value":{"firstName":"Tom","lastName":"Ash","phoneNumber":"1","email":"t@aldermoor.example"}}]"#;
    assert_eq!(
        bench.patch(&own, add).await.status,
        204,
        "a further contact may be added"
    );
    let private = bench.create(PRIVATE).await.string(&["id"]);
    for people in [r#"[{"firstName":"A"}]"#, r#"[{"firstName":"B"}]"#, "[]"] {
        let body = format!(r#"[{{"op":"replace","path":"/customerProfile/team","value":{people}}}]"#);
        assert_eq!(bench.patch(&private, &body).await.status, 204, "not shared yet");
    }
}

#[tokio::test]
async fn a_put_needs_the_tag_and_no_links() {
    let bench = Bench::start().await;
    let created = bench.create(OWN_CO_SELL).await;
    let (id, tag) = (created.string(&["id"]), created.string(&["eTag"]));
    let with_links = created.json();
    let mut entity = with_links.clone();
    let members = entity.as_object_mut().unwrap();
    members.shift_remove("links");
    members.insert("name".to_owned(), "By PUT".into());
    members.insert("externalReferenceId".to_owned(), "00Q1".into());
    let body = entity.to_json();
    for path in [
        format!("{COLLECTION}/{id}"),
        format!("/engagements/v1/referrals/{id}"),
    ] {
        let tag = bench.get(&id).await.string(&["eTag"]);
        let answer = bench.call("PUT", &path, &[], &body).await;
        assert_eq!(answer.error(), (400, "invalidRequest".to_owned()));
        let headers = [("if-match", tag.as_str())];
        let answer = bench.call("PUT", &path, &headers, &with_links.to_json()).await;
        assert_eq!(answer.string(&["error", "target"]), "links");
        let answer = bench.call("PUT", &path, &headers, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.string(&["name"]), "By PUT");
        assert_eq!(answer.string(&["externalReferenceId"]), "00Q1");
        assert_ne!(answer.string(&["eTag"]), tag);
    }
    let path = format!("{COLLECTION}/{id}");
    let answer = bench.call("PUT", &path, &[("if-match", &tag)], &body).await;
    assert_eq!(answer.error(), (412, "preconditionFailed".to_owned()));
    let mut other = entity.clone();
    let profile = other.as_object_mut().unwrap().get_mut("customerProfile").unwrap();
    profile
        .as_object_mut()
        .unwrap()
        .insert("name".to_owned(), Value::from("Other"));
    let answer = bench
        .call("PUT", &path, &[("if-match", "*")], &other.to_json())
        .await;
    assert_eq!(answer.string(&["error", "target"]), "customerProfile.name");
}

#[tokio::test]
async fn an_unanswered_referral_expires() {
    let mut bench = Bench::start().await;
    let inbound = bench.inbound("").await.string(&["id"]);
    let (own, copy, _) = bench.co_sell().await;
    let almost = 14 * 24 * 3600 - 60;
    bench
        .admin("clock", &format!(r#"{{"advance_seconds": {almost}}}"#))
        .await;
    bench.sign_in().await;
    assert_eq!(bench.get(&inbound).await.string(&["status"]), "New");
    bench.admin("clock", r#"{"advance_seconds": 120}"#).await;
    for id in [&inbound, &copy] {
        let read = bench.get(id).await;
        assert_eq!(
            (read.string(&["status"]), read.string(&["substatus"])),
            ("Closed".to_owned(), "Expired".to_owned())
        );
    }
    assert_eq!(bench.get(&own).await.string(&["status"]), "Active");
    let answer = bench.transition(&inbound, "Active", "Accepted").await;
    assert_eq!(answer.status, 400);
}
