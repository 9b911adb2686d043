//! Saving by an external id.

use super::harness::{DATA, Org, encode};

const KEY: &str = "/sobjects/Opportunity/Referral_Identifier__c";
const NEW: &str = r#"{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31"}"#;

#[tokio::test]
async fn an_upsert_answers_what_it_did() {
    let org = Org::start().await;
    let made = org.patch(&format!("{KEY}/ref-1"), NEW).await;
    assert_eq!(made.status, 201);
    let id = made.text(&["id"]).to_owned();
    assert_eq!(
        made.body.to_json(),
        format!(r#"{{"id":"{id}","success":true,"errors":[],"created":true}}"#)
    );
    assert_eq!(
        made.header("location"),
        Some(format!("{DATA}/sobjects/Opportunity/{id}").as_str())
    );

    let changed = org.patch(&format!("{KEY}/REF-1"), r#"{"Amount":5}"#).await;
    assert_eq!(changed.status, 200, "text keys match in any case");
    assert_eq!(
        changed.body.to_json(),
        format!(r#"{{"id":"{id}","success":true,"errors":[],"created":false}}"#)
    );
    let old = "/services/data/v45.0/sobjects/Opportunity/Referral_Identifier__c";
    let changed = org
        .send("PATCH", &format!("{old}/ref-1"), &[], Some(r#"{"Amount":6}"#))
        .await;
    assert_eq!((changed.status, changed.body.is_null()), (204, true));
    let made = org.send("PATCH", &format!("{old}/ref-2"), &[], Some(NEW)).await;
    assert_eq!((made.status, made.body.get("created")), (201, None));

    let row = org.get(&format!("{KEY}/ref-1")).await;
    assert_eq!(
        (row.text(&["Id"]), row.text(&["Referral_Identifier__c"])),
        (id.as_str(), "ref-1")
    );
    assert_eq!(org.delete(&format!("{KEY}/ref-2")).await.status, 204);
    assert_eq!(org.get(&format!("{KEY}/ref-2")).await.error(), (404, "NOT_FOUND"));
    assert_eq!(
        org.patch(&format!("{KEY}/ref-2"), NEW).await.status,
        201,
        "deleted rows do not match"
    );
}

#[tokio::test]
async fn an_upsert_refuses_what_it_cannot_match() {
    let org = Org::start().await;
    for (path, body, expected) in [
        (format!("{KEY}/none?updateOnly=true"), NEW, (404, "NOT_FOUND")),
        (
            "/sobjects/Opportunity/Nonsense__c/1".to_owned(),
            NEW,
            (404, "NOT_FOUND"),
        ),
        (
            "/sobjects/Opportunity/Microsoft_CRM_Identifier__c/1".to_owned(),
            NEW,
            (404, "NOT_FOUND"),
        ),
        (
            format!("{KEY}/ref-1"),
            r#"{"Referral_Identifier__c":"ref-1"}"#,
            (400, "INVALID_FIELD"),
        ),
        (format!("{KEY}/ref-1"), r#"{"Id":"006"}"#, (400, "INVALID_FIELD")),
        (format!("{KEY}/a/b"), NEW, (404, "NOT_FOUND")),
    ] {
        assert_eq!(org.patch(&path, body).await.error(), expected, "{path} {body}");
    }
    let unknown = org.patch("/sobjects/Opportunity/Nonsense__c/1", NEW).await;
    assert_eq!(
        unknown.text(&["0", "message"]),
        "Provided external ID field does not exist or is not accessible: Nonsense__c"
    );
    let repeated = org
        .patch(&format!("{KEY}/1"), r#"{"Referral_Identifier__c":"1"}"#)
        .await;
    assert_eq!(
        repeated.text(&["0", "message"]),
        "The Referral_Identifier__c field should not be specified in the sobject data."
    );
}

#[tokio::test]
async fn a_key_that_several_rows_have_writes_nothing() {
    let org = Org::start().await;
    org.admin(
        "fields",
        r#"{"object":"Account","name":"Legacy__c","type":"string","length":20,"external_id":true}"#,
    )
    .await;
    let one = org.create("Account", r#"{"Name":"One","Legacy__c":"x"}"#).await;
    let two = org.create("Account", r#"{"Name":"Two","Legacy__c":"X"}"#).await;
    let reply = org
        .patch("/sobjects/Account/Legacy__c/x", r#"{"Phone":"1"}"#)
        .await;
    assert_eq!(reply.status, 300);
    let path = |id: &str| format!("\"{DATA}/sobjects/Account/{id}\"");
    assert_eq!(reply.body.to_json(), format!("[{},{}]", path(&one), path(&two)));
    assert_eq!(org.get("/sobjects/Account/Legacy__c/x").await.status, 300);
    assert_eq!(org.row("Account", &one).await.json(&["Phone"]), "null");
}

#[tokio::test]
async fn keys_are_decoded_once() {
    let org = Org::start().await;
    for key in ["a/b", "50% + x", "é'\"", "a%2Fb"] {
        let path = format!("{KEY}/{}", encode(key));
        let made = org.patch(&path, NEW).await;
        assert_eq!(made.status, 201, "{key}: {made:?}");
        let row = org.row("Opportunity", made.text(&["id"])).await;
        assert_eq!(row.text(&["Referral_Identifier__c"]), key);
        assert_eq!(org.patch(&path, "{}").await.status, 200, "{key}");
    }
}

#[tokio::test]
async fn a_unique_value_is_had_once() {
    let org = Org::start().await;
    let first = org
        .patch(&format!("{KEY}/ref-1"), NEW)
        .await
        .text(&["id"])
        .to_owned();
    let second = org.deal("Second").await;
    let reply = org
        .patch(
            &format!("/sobjects/Opportunity/{second}"),
            r#"{"Referral_Identifier__c":"Ref-1"}"#,
        )
        .await;
    assert_eq!(reply.error(), (400, "DUPLICATE_VALUE"));
    assert_eq!(
        reply.text(&["0", "message"]),
        format!(
            "duplicate value found: Referral_Identifier__c duplicates value on record with id: {}",
            &first[..15]
        )
    );
}

#[tokio::test]
async fn a_parent_can_be_named_by_its_key() {
    let org = Org::start().await;
    let made = org.patch(&format!("{KEY}/ref-1"), NEW).await;
    let body = r#"{"Solution_Id__c":"S-1","Opportunity__r":{"Referral_Identifier__c":"ref-1"}}"#;
    let solution = org.create("Microsoft_Partner_Center_Solution__c", body).await;
    let row = org.row("Microsoft_Partner_Center_Solution__c", &solution).await;
    assert_eq!(row.text(&["Opportunity__c"]), made.text(&["id"]));
    let body = r#"{"Solution_Id__c":"S-1","Opportunity__r":{"Referral_Identifier__c":"ref-9"}}"#;
    let reply = org
        .post("/sobjects/Microsoft_Partner_Center_Solution__c", body)
        .await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD"));
    assert!(
        reply
            .text(&["0", "message"])
            .starts_with("Foreign key external ID: ref-9 not found for field")
    );
}
