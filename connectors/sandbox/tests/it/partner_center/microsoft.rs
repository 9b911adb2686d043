//! What Microsoft's sellers do.

use super::bench::Bench;

#[tokio::test]
async fn a_co_sell_deal_comes_in() {
    let bench = Bench::start().await;
    let answer = bench
        .inbound(r#"{"details":{"dealValue":65000.50},"customerProfile":{"address":{"city":"Oslo"}}}"#)
        .await;
    for (path, expected) in [
        (&["status"][..], "New"),
        (&["substatus"], "Pending"),
        (&["type"], "Shared"),
        (&["qualification"], "SalesQualified"),
        (&["direction"], "Incoming"),
        (&["inviteContext", "invitedBy", "organizationId"], "msft"),
        (&["customerProfile", "address", "city"], "Oslo"),
        (&["customerProfile", "address", "country"], "NO"),
        (&["details", "currency"], "NOK"),
    ] {
        assert_eq!(answer.string(path), expected, "{path:?}");
    }
    assert!(answer.text.contains(r#""dealValue":65000.50"#));
    assert!(answer.at(&["name"]).is_null());
    assert!(is_msx(&answer.string(&["trackingInfo", "microsoftMsxId"])));
    let id = answer.string(&["id"]);
    let read = bench.get(&id).await;
    assert_eq!(read.string(&["eTag"]), answer.string(&["eTag"]));
    let engagement = answer.string(&["engagementId"]);
    let related = bench.list(&format!("$filter=engagementId eq {engagement}")).await;
    assert_eq!(related.at(&["@odata.count"]).as_i64(), Some(2));
    assert_eq!(bench.transition(&id, "Active", "Accepted").await.status, 204);
}

#[tokio::test]
async fn a_lead_comes_in_and_is_accepted() {
    let bench = Bench::start().await;
    let answer = bench.inbound(r#"{"kind":"lead"}"#).await;
    for (name, expected) in [
        ("status", "New"),
        ("type", "Independent"),
        ("qualification", "Direct"),
        ("direction", "Incoming"),
    ] {
        assert_eq!(answer.string(&[name]), expected, "{name}");
    }
    let id = answer.string(&["id"]);
    assert_eq!(
        bench.transition(&id, "Active", "Accepted").await.status,
        204,
        "a lead without a solution can be accepted"
    );
}

#[tokio::test]
async fn nothing_microsoft_sends_is_checked() {
    let bench = Bench::start().await;
    let answer = bench
        .inbound(
            r#"{"type":"Future","status":"Parked","substatus":null,"details":null,"team":null,
                "customerProfile":null,"surprise":[1],"organizationId":null,"engagementId":7}"#,
        )
        .await;
    let read = bench.get(&answer.string(&["id"])).await;
    assert_eq!(read.string(&["type"]), "Future");
    assert_eq!(read.string(&["status"]), "Parked");
    assert!(read.at(&["details"]).is_null());
    assert_eq!(read.at(&["surprise", "0"]).as_i64(), Some(1));
    assert_eq!(
        read.string(&["organizationId"]),
        "5f7e1a90-0d2b-4f41-8c55-b1f2a0c4d301"
    );
    assert_eq!(bench.list("$filter=details/dealValue gt 1").await.status, 200);
}

#[tokio::test]
async fn microsoft_accepts_by_any_id_of_the_deal() {
    let bench = Bench::start().await;
    for pick in 0..3 {
        let (own, copy, engagement) = bench.co_sell().await;
        let id = [&own, &copy, &engagement][pick];
        let accept = format!("microsoft/referrals/{id}/accept");
        assert_eq!(bench.admin(&accept, "").await.status, 204);
        let (own, copy) = (bench.get(&own).await, bench.get(&copy).await);
        assert_eq!(
            (copy.string(&["status"]), copy.string(&["substatus"])),
            ("Active".to_owned(), "Accepted".to_owned())
        );
        let msx = copy.string(&["trackingInfo", "microsoftMsxId"]);
        assert!(is_msx(&msx), "{msx}");
        assert_eq!(own.string(&["trackingInfo", "microsoftMsxId"]), msx);
        assert!(copy.at(&["acceptedDateTime"]).as_str().is_some());
        assert!(
            copy.string(&["team", "0", "email"])
                .ends_with("@microsoft.example")
        );
        let again = bench.admin(&accept, "").await;
        assert_eq!(again.status, 409, "{}", again.text);
    }
}

fn is_msx(id: &str) -> bool {
    id.strip_prefix("7-").is_some_and(|tail| {
        tail.len() == 10
            && tail
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    })
}

#[tokio::test]
async fn microsoft_declines_and_the_partners_referral_stays_open() {
    let bench = Bench::start().await;
    let (own, copy, engagement) = bench.co_sell().await;
    let decline = format!("microsoft/referrals/{engagement}/decline");
    bench
        .admin(&decline, r#"{"reason":"No Microsoft customer record found"}"#)
        .await;
    let copy = bench.get(&copy).await;
    assert_eq!(
        (copy.string(&["status"]), copy.string(&["substatus"])),
        ("Closed".to_owned(), "Declined".to_owned())
    );
    assert_eq!(
        copy.string(&["statusReason"]),
        "No Microsoft customer record found"
    );
    assert_eq!(copy.at(&["team"]).as_array().map(<[_]>::len), Some(0));
    assert_eq!(bench.get(&own).await.string(&["status"]), "Active");
    assert_eq!(bench.transition(&own, "Closed", "Won").await.status, 204);
}

#[tokio::test]
async fn microsoft_wins_and_loses_its_copy_only_once_accepted() {
    let bench = Bench::start().await;
    for (action, substatus) in [("won", "Won"), ("lost", "Lost")] {
        let (own, copy, engagement) = bench.co_sell().await;
        let act = |action: &str| format!("microsoft/referrals/{engagement}/{action}");
        assert_eq!(bench.admin(&act(action), "").await.status, 409, "{action}");
        bench.admin(&act("accept"), "").await;
        assert_eq!(bench.admin(&act(action), "").await.status, 204, "{action}");
        let read = bench.get(&copy).await;
        assert_eq!(read.string(&["substatus"]), substatus);
        assert!(read.at(&["closedDateTime"]).as_str().is_some());
        assert_eq!(bench.get(&own).await.string(&["status"]), "Active");
    }
}

#[tokio::test]
async fn microsoft_changes_what_it_brought() {
    let bench = Bench::start().await;
    let inbound = bench.inbound("").await.string(&["id"]);
    let body = r#"{"details":{"dealValue":72000.10,"closingDateTime":"2027-01-31T00:00:00Z"}}"#;
    let update = |id: &str| format!("microsoft/referrals/{id}/update");
    assert_eq!(bench.admin(&update(&inbound), body).await.status, 204);
    let read = bench.get(&inbound).await;
    assert!(read.text.contains(r#""dealValue":72000.10"#), "{}", read.text);
    assert_eq!(
        read.string(&["details", "closingDateTime"]),
        "2027-01-31T00:00:00Z"
    );
    assert_eq!(read.string(&["details", "currency"]), "NOK");

    let (own, copy, engagement) = bench.co_sell().await;
    bench.admin(&update(&engagement), body).await;
    assert!(bench.get(&copy).await.text.contains(r#""dealValue":72000.10"#));
    assert!(
        bench.get(&own).await.text.contains(r#""dealValue":210000,"#),
        "the partner's own deal is not Microsoft's to change"
    );
}

#[tokio::test]
async fn unknown_deals_and_actions_are_named() {
    let bench = Bench::start().await;
    let answer = bench.admin("microsoft/referrals/nothing/accept", "").await;
    assert_eq!(answer.status, 404);
    assert!(answer.string(&["error"]).contains("`nothing`"));
    let lead = bench.inbound(r#"{"kind":"lead"}"#).await.string(&["id"]);
    let accept = format!("microsoft/referrals/{lead}/accept");
    assert_eq!(
        bench.admin(&accept, "").await.status,
        409,
        "a lead has no copy of Microsoft's"
    );
    assert_eq!(bench.admin("microsoft/referrals/x/dance", "").await.status, 404);
    for body in ["x", "[]", r#"{"kind":"else"}"#] {
        assert_eq!(
            bench.admin("microsoft/referrals", body).await.status,
            400,
            "{body}"
        );
    }
}
