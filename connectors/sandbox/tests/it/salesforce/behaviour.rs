//! What the service does by itself when rows are saved.

use connector_api::Value;

use super::harness::{DATA, Org};

#[tokio::test]
async fn a_stage_brings_its_values() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let fields = [
        "Probability",
        "IsClosed",
        "IsWon",
        "ForecastCategory",
        "ForecastCategoryName",
    ];
    for (body, expected) in [
        ("{}", ["10.0", "false", "false", "\"Pipeline\"", "\"Pipeline\""]),
        (
            r#"{"StageName":"Negotiation/Review"}"#,
            ["90.0", "false", "false", "\"Pipeline\"", "\"Pipeline\""],
        ),
        (
            r#"{"Probability":55,"ForecastCategoryName":"Best Case"}"#,
            ["55.0", "false", "false", "\"BestCase\"", "\"Best Case\""],
        ),
        (
            r#"{"StageName":"Negotiation/Review"}"#,
            ["55.0", "false", "false", "\"BestCase\"", "\"Best Case\""],
        ),
        (
            r#"{"StageName":"Value Proposition","Probability":33}"#,
            ["33.0", "false", "false", "\"Pipeline\"", "\"Pipeline\""],
        ),
        (
            r#"{"StageName":"Closed Won"}"#,
            ["100.0", "true", "true", "\"Closed\"", "\"Closed\""],
        ),
        (
            r#"{"StageName":"Closed Lost"}"#,
            ["0.0", "true", "false", "\"Omitted\"", "\"Omitted\""],
        ),
    ] {
        assert_eq!(
            org.patch(&format!("/sobjects/Opportunity/{deal}"), body)
                .await
                .status,
            204,
            "{body}"
        );
        let row = org.row("Opportunity", &deal).await;
        assert_eq!(fields.map(|field| row.json(&[field])), expected, "{body}");
    }
    let body = r#"{"Amount":1000,"Probability":10,"CloseDate":"2027-02-03"}"#;
    org.patch(&format!("/sobjects/Opportunity/{deal}"), body).await;
    let row = org.row("Opportunity", &deal).await;
    for (field, value) in [
        ("ExpectedRevenue", "100.0"),
        ("Fiscal", "\"2027 1\""),
        ("FiscalYear", "2027"),
        ("FiscalQuarter", "1"),
        ("PushCount", "1"),
    ] {
        assert_eq!(row.json(&[field]), value, "{field}");
    }
    let reply = org
        .patch(&format!("/sobjects/Opportunity/{deal}"), r#"{"StageName":null}"#)
        .await;
    assert_eq!(reply.error(), (400, "REQUIRED_FIELD_MISSING"));
}

#[tokio::test]
async fn stages_are_the_orgs_own() {
    let org = Org::start().await;
    org.admin("stages", r#"{"name":"On Hold","probability":5,"sort_order":0}"#)
        .await;
    org.admin("stages", r#"{"name":"Perception Analysis","active":false}"#)
        .await;
    let deal = org.deal("D").await;
    let path = format!("/sobjects/Opportunity/{deal}");
    assert_eq!(org.patch(&path, r#"{"StageName":"On Hold"}"#).await.status, 204);
    assert_eq!(org.row("Opportunity", &deal).await.json(&["Probability"]), "5.0");
    let reply = org.patch(&path, r#"{"StageName":"Perception Analysis"}"#).await;
    assert_eq!(reply.error(), (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"));
    let active = org
        .column(
            "SELECT ApiName FROM OpportunityStage WHERE IsActive = true ORDER BY SortOrder",
            "ApiName",
        )
        .await;
    assert_eq!(active.len(), 10);
    assert_eq!(active[0], "On Hold");
    let write = org
        .post("/sobjects/OpportunityStage", r#"{"MasterLabel":"x"}"#)
        .await;
    assert_eq!(write.error(), (400, "INSUFFICIENT_ACCESS_OR_READONLY"));
}

#[tokio::test]
async fn one_contact_role_is_primary() {
    let org = Org::start().await;
    let first = org.create("Contact", r#"{"LastName":"One"}"#).await;
    let second = org.create("Contact", r#"{"LastName":"Two"}"#).await;
    let body =
        format!(r#"{{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31","ContactId":"{first}"}}"#);
    let deal = org.create("Opportunity", &body).await;
    let roles = async || {
        let soql = "SELECT IsPrimary FROM OpportunityContactRole ORDER BY Id";
        org.column(soql, "IsPrimary").await
    };
    assert_eq!(roles().await, ["true"]);
    let body = format!(
        r#"{{"OpportunityId":"{deal}","ContactId":"{second}","Role":"Decision Maker","IsPrimary":true}}"#
    );
    let role = org.create("OpportunityContactRole", &body).await;
    assert_eq!(roles().await, ["false", "true"]);
    assert_eq!(org.row("Opportunity", &deal).await.text(&["ContactId"]), second);
    let reply = org
        .patch(
            &format!("/sobjects/OpportunityContactRole/{role}"),
            &format!(r#"{{"ContactId":"{first}"}}"#),
        )
        .await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD_FOR_INSERT_UPDATE"));
    let reply = org
        .patch(
            &format!("/sobjects/Opportunity/{deal}"),
            &format!(r#"{{"ContactId":"{first}"}}"#),
        )
        .await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD_FOR_INSERT_UPDATE"));
}

#[tokio::test]
async fn what_hangs_on_a_row_goes_with_it() {
    let org = Org::start().await;
    let contact = org.create("Contact", r#"{"LastName":"One"}"#).await;
    let body = format!(
        r#"{{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31","ContactId":"{contact}"}}"#
    );
    let deal = org.create("Opportunity", &body).await;
    let body = format!(r#"{{"Opportunity__c":"{deal}","Solution_Id__c":"S-1","Price__c":1.005}}"#);
    let solution = org.create("Microsoft_Partner_Center_Solution__c", &body).await;
    assert!(solution.starts_with("a00"));
    let row = org.row("Microsoft_Partner_Center_Solution__c", &solution).await;
    assert_eq!(
        (row.text(&["Name"]), row.json(&["Price__c"])),
        (solution.as_str(), "1.01".to_owned())
    );
    let missing = org
        .post(
            "/sobjects/Microsoft_Partner_Center_Solution__c",
            &format!(r#"{{"Opportunity__c":"{deal}"}}"#),
        )
        .await;
    assert_eq!(
        missing.text(&["0", "message"]),
        "Required fields are missing: [Solution_Id__c]"
    );
    assert_eq!(
        org.delete(&format!("/sobjects/Opportunity/{deal}")).await.status,
        204
    );
    for object in [
        "Opportunity",
        "OpportunityContactRole",
        "Microsoft_Partner_Center_Solution__c",
    ] {
        let count = format!("SELECT COUNT() FROM {object}");
        assert_eq!(org.query(&count).await.json(&["totalSize"]), "0", "{object}");
        let all = org
            .get(&format!("/queryAll?q={}", super::harness::encode(&count)))
            .await;
        assert_eq!(all.json(&["totalSize"]), "1", "{object}");
    }
    assert_eq!(
        org.query("SELECT COUNT() FROM Contact")
            .await
            .json(&["totalSize"]),
        "1"
    );
}

#[tokio::test]
async fn owners_are_assigned_unless_the_call_says_otherwise() {
    let org = Org::start().await;
    let me = org
        .send("GET", "/services/oauth2/userinfo", &[], None)
        .await
        .text(&["user_id"])
        .to_owned();
    let owner = async |object: &str, id: &str| org.row(object, id).await.text(&["OwnerId"]).to_owned();
    let no_assign = [("sforce-auto-assign", "FALSE")];
    for (object, body) in [
        ("Account", r#"{"Name":"A"}"#),
        ("Lead", r#"{"LastName":"L","Company":"C"}"#),
    ] {
        let assigned = org.create(object, body).await;
        assert_ne!(owner(object, &assigned).await, me, "{object}");
        let path = format!("{DATA}/sobjects/{object}");
        let kept = org
            .send("POST", &path, &no_assign, Some(body))
            .await
            .text(&["id"])
            .to_owned();
        assert_eq!(owner(object, &kept).await, me, "{object}");
        let row = format!("{path}/{kept}");
        let change = Some(r#"{"Phone":"1"}"#);
        org.send("PATCH", &row, &no_assign, change).await;
        assert_eq!(owner(object, &kept).await, me, "{object}");
        org.send("PATCH", &row, &[], change).await;
        assert_ne!(owner(object, &kept).await, me, "{object}");
    }
    let deal = org.deal("D").await;
    assert_eq!(
        owner("Opportunity", &deal).await,
        me,
        "opportunities have no assignment rules"
    );
    let former = org
        .column("SELECT Id FROM User WHERE IsActive = false", "Id")
        .await;
    let reply = org
        .patch(
            &format!("/sobjects/Opportunity/{deal}"),
            &format!(r#"{{"OwnerId":"{}"}}"#, former[0]),
        )
        .await;
    assert_eq!(reply.error(), (400, "INACTIVE_OWNER_OR_USER"));
}

#[tokio::test]
async fn every_write_says_who_when_and_through_what() {
    let org = Org::start().await;
    let client = [("sforce-call-options", "client=engine/1, defaultNamespace=x")];
    let body = r#"{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31"}"#;
    let made = org
        .send(
            "POST",
            &format!("{DATA}/sobjects/Opportunity"),
            &client,
            Some(body),
        )
        .await;
    let deal = made.text(&["id"]).to_owned();
    let first = org.row("Opportunity", &deal).await;
    let seller = format!("Bearer {}", org.seller().await);
    let path = format!("{DATA}/sobjects/Opportunity/{deal}");
    let change = org
        .send(
            "PATCH",
            &path,
            &[("authorization", &seller)],
            Some(r#"{"Amount":1}"#),
        )
        .await;
    assert_eq!(change.status, 204);
    let second = org.row("Opportunity", &deal).await;
    assert_eq!(second.text(&["CreatedById"]), first.text(&["LastModifiedById"]));
    assert_ne!(
        second.text(&["LastModifiedById"]),
        first.text(&["LastModifiedById"])
    );
    assert_eq!(
        second.text(&["LastModifiedDate"]),
        first.text(&["LastModifiedDate"]),
        "whole seconds"
    );
    assert_eq!(first.text(&["SystemModstamp"]), "2026-11-20T21:10:42.500+0000");
    assert_eq!(second.text(&["SystemModstamp"]), "2026-11-20T21:10:42.501+0000");
    let state = async || org.send("GET", "/sandbox/state", &[], None).await;
    let at = ["salesforce", "objects", "Opportunity", "0", "client"];
    assert_eq!(
        state().await.json(&at),
        "null",
        "the seller's write came through no named client"
    );
    org.send("PATCH", &path, &client, Some(r#"{"Amount":2}"#)).await;
    assert_eq!(state().await.json(&at), "\"engine/1\"");
    assert!(
        !state().await.body.to_json().contains("!AQ"),
        "no tokens in the state"
    );
    org.admin("settings", r#"{"modstamp_milliseconds":false}"#).await;
    org.patch(&format!("/sobjects/Opportunity/{deal}"), "{}").await;
    assert_eq!(
        org.row("Opportunity", &deal).await.text(&["SystemModstamp"]),
        "2026-11-20T21:10:42.000+0000"
    );
}

#[tokio::test]
async fn money_and_dates_are_stored_by_their_columns() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let path = format!("/sobjects/Opportunity/{deal}");
    for (body, field, stored) in [
        (
            r#"{"Amount":9999999999999999.99}"#,
            "Amount",
            "9999999999999999.99",
        ),
        (r#"{"Amount":48000.00}"#, "Amount", "48000.0"),
        (r#"{"Amount":10.005}"#, "Amount", "10.01"),
        (
            r#"{"CloseDate":"2027-03-31T22:15:00.000Z"}"#,
            "CloseDate",
            "\"2027-03-31\"",
        ),
        (
            r#"{"Description":" line one\nline two \n"}"#,
            "Description",
            "\"line one\\nline two\"",
        ),
        (r#"{"Description":""}"#, "Description", "null"),
        (r#"{"CurrencyIsoCode":"EUR"}"#, "CurrencyIsoCode", "\"EUR\""),
    ] {
        assert_eq!(org.patch(&path, body).await.status, 204, "{body}");
        assert_eq!(
            org.row("Opportunity", &deal).await.json(&[field]),
            stored,
            "{body}"
        );
    }
    org.admin("settings", r#"{"multi_currency":false}"#).await;
    let reply = org.patch(&path, r#"{"CurrencyIsoCode":"EUR"}"#).await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD"));
    assert_eq!(
        org.query("SELECT CurrencyIsoCode FROM Opportunity").await.error(),
        (400, "INVALID_FIELD")
    );
    org.admin("settings", r#"{"state_and_country_picklists":true}"#)
        .await;
    let account = org
        .create("Account", r#"{"Name":"A","BillingCountryCode":"DE"}"#)
        .await;
    assert_eq!(
        org.row("Account", &account).await.text(&["BillingCountry"]),
        "Germany"
    );
    let reply = org
        .post("/sobjects/Account", r#"{"Name":"A","BillingCountryCode":"ZZ"}"#)
        .await;
    assert_eq!(reply.error(), (400, "FIELD_INTEGRITY_EXCEPTION"));
}

#[tokio::test]
async fn an_admin_adds_and_switches_fields() {
    let org = Org::start().await;
    org.admin(
        "fields",
        r#"{"object":"Account","name":"Country_Code__c","type":"string","length":2}"#,
    )
    .await;
    org.admin(
        "fields",
        r#"{"object":"Opportunity","name":"Deal_Value__c","type":"currency"}"#,
    )
    .await;
    org.admin(
        "fields",
        r#"{"object":"Opportunity","name":"Tags__c","type":"multipicklist","values":["a","b","c"]}"#,
    )
    .await;
    let account = org
        .create("Account", r#"{"Name":"A","country_code__c":"US"}"#)
        .await;
    assert_eq!(
        org.row("Account", &account).await.text(&["Country_Code__c"]),
        "US"
    );
    let reply = org
        .post("/sobjects/Account", r#"{"Name":"A","Country_Code__c":"USA"}"#)
        .await;
    assert_eq!(
        reply.text(&["0", "message"]),
        "Country Code: data value too large: USA (max length=2)"
    );
    let deal = org.deal("D").await;
    let path = format!("/sobjects/Opportunity/{deal}");
    assert_eq!(
        org.patch(&path, r#"{"Deal_Value__c":7.255,"Tags__c":"a;c"}"#)
            .await
            .status,
        204
    );
    assert_eq!(
        org.row("Opportunity", &deal).await.json(&["Deal_Value__c"]),
        "7.26"
    );
    for (condition, found) in [
        ("Tags__c INCLUDES ('a')", "1"),
        ("Tags__c INCLUDES ('a;b', 'c')", "1"),
        ("Tags__c INCLUDES ('a;b')", "0"),
        ("Tags__c EXCLUDES ('b')", "1"),
    ] {
        let soql = format!("SELECT COUNT() FROM Opportunity WHERE {condition}");
        assert_eq!(org.query(&soql).await.json(&["totalSize"]), found, "{condition}");
    }
    org.admin(
        "fields",
        r#"{"object":"Opportunity","name":"Deal_Value__c","read_only":true}"#,
    )
    .await;
    let reply = org.patch(&path, r#"{"Deal_Value__c":1}"#).await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD_FOR_INSERT_UPDATE"));
    org.admin(
        "fields",
        r#"{"object":"Opportunity","name":"Deal_Value__c","hidden":true}"#,
    )
    .await;
    let reply = org.query("SELECT Deal_Value__c FROM Opportunity").await;
    assert_eq!(reply.error(), (400, "INVALID_FIELD"));
    assert_eq!(
        org.row("Opportunity", &deal).await.body.get("Deal_Value__c"),
        None
    );
    for body in [
        r#"{"object":"Nonsense","name":"X__c","type":"string"}"#,
        r#"{"object":"Account","name":"X","type":"string"}"#,
        r#"{"object":"Account","name":"X__c"}"#,
        r#"{"object":"Account","name":"X__c","type":"magic"}"#,
        r#"{"object":"Account","name":"X__c","type":"string","magic":1}"#,
    ] {
        let reply = org
            .send("POST", "/sandbox/salesforce/fields", &[], Some(body))
            .await;
        assert_eq!(reply.status, 400, "{body}");
    }
    assert_eq!(
        org.send("POST", "/sandbox/salesforce/nonsense", &[], Some("{}"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn rules_of_the_org_refuse_rows() {
    let org = Org::start().await;
    let body =
        r#"{"object":"Opportunity","field":"Amount","message":"Say what it is worth.","when_null":true}"#;
    org.admin("validation-rules", body).await;
    let reply = org
        .post(
            "/sobjects/Opportunity",
            r#"{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31"}"#,
        )
        .await;
    assert_eq!(
        reply.body.to_json(),
        r#"[{"message":"Say what it is worth.","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":["Amount"]}]"#
    );
    let account = org.create("Account", r#"{"Name":"Acme"}"#).await;
    for (action, allow, status) in [
        ("alert", "false", 400),
        ("alert", "true", 201),
        ("block", "true", 400),
    ] {
        org.send("DELETE", "/sandbox/salesforce/rules", &[], None).await;
        let rule =
            format!(r#"{{"object":"Account","name":"Same_Name","action":"{action}","fields":["Name"]}}"#);
        org.admin("duplicate-rules", &rule).await;
        let header = format!("allowSave={allow}");
        let headers = [("sforce-duplicate-rule-header", header.as_str())];
        let reply = org
            .send(
                "POST",
                &format!("{DATA}/sobjects/Account"),
                &headers,
                Some(r#"{"Name":"ACME"}"#),
            )
            .await;
        assert_eq!(reply.status, status, "{action} {allow}");
        if status == 400 {
            assert_eq!(reply.error(), (400, "DUPLICATES_DETECTED"));
            assert_eq!(
                reply.json(&["0", "duplicateResut", "allowSave"]),
                (action == "alert").to_string()
            );
            let at = [
                "0",
                "duplicateResut",
                "matchResults",
                "0",
                "matchRecords",
                "0",
                "record",
                "Id",
            ];
            assert_eq!(reply.text(&at), account);
        }
    }
}

#[tokio::test]
async fn rows_can_be_locked_and_late() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let path = format!("/sobjects/Opportunity/{deal}");
    org.admin("locks", &format!(r#"{{"id":"{deal}","writes":2}}"#))
        .await;
    for status in [400, 400, 204] {
        let reply = org.patch(&path, r#"{"Amount":1}"#).await;
        assert_eq!(reply.status, status, "{reply:?}");
        if status == 400 {
            assert_eq!(reply.error(), (400, "UNABLE_TO_LOCK_ROW"));
            assert!(reply.text(&["0", "message"]).ends_with(&deal));
        }
    }
    org.admin(
        "late-commits",
        r#"{"object":"Opportunity","seconds":30,"writes":1}"#,
    )
    .await;
    org.patch(&path, r#"{"Amount":2}"#).await;
    let amount = async || org.column("SELECT Amount FROM Opportunity", "Amount").await;
    assert_eq!(amount().await, ["1.0"]);
    org.advance(30).await;
    assert_eq!(amount().await, ["2.0"]);
    let stamp = org
        .column("SELECT SystemModstamp FROM Opportunity", "SystemModstamp")
        .await;
    assert!(
        stamp[0].starts_with("2026-11-20T21:10:42"),
        "it carries the time it was written: {stamp:?}"
    );
}

#[tokio::test]
async fn a_stale_read_shows_the_state_before() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    org.patch(&format!("/sobjects/Opportunity/{deal}"), r#"{"Amount":2}"#)
        .await;
    let fault = r#"{"service":"salesforce","path":"/query","stale_read":true}"#;
    assert_eq!(
        org.send("POST", "/sandbox/faults", &[], Some(fault)).await.status,
        204
    );
    let amount = async || org.column("SELECT Amount FROM Opportunity", "Amount").await;
    assert_eq!(amount().await, ["null"]);
    assert_eq!(amount().await, ["2.0"]);
}

#[tokio::test]
async fn people_have_names_and_leads_an_end() {
    let org = Org::start().await;
    let lead = org
        .create(
            "Lead",
            r#"{"LastName":"Lovelace","FirstName":"Ada","Company":"C"}"#,
        )
        .await;
    let row = org.row("Lead", &lead).await;
    assert_eq!(
        (row.text(&["Name"]), row.text(&["Status"])),
        ("Ada Lovelace", "Open - Not Contacted")
    );
    org.patch(&format!("/sobjects/Lead/{lead}"), r#"{"FirstName":null}"#)
        .await;
    assert_eq!(org.row("Lead", &lead).await.text(&["Name"]), "Lovelace");
    let deal = org.deal("D").await;
    org.admin(
        "convert-lead",
        &format!(r#"{{"lead":"{lead}","opportunity":"{deal}"}}"#),
    )
    .await;
    let row = org.row("Lead", &lead).await;
    assert_eq!(
        (row.json(&["IsConverted"]), row.text(&["ConvertedOpportunityId"])),
        ("true".to_owned(), deal.as_str())
    );
    let reply = org
        .patch(&format!("/sobjects/Lead/{lead}"), r#"{"Phone":"1"}"#)
        .await;
    assert_eq!(reply.error(), (400, "CANNOT_UPDATE_CONVERTED_LEAD"));
}

#[tokio::test]
async fn a_team_member_is_one_row_per_person() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let user = org
        .column("SELECT Id FROM User WHERE Username LIKE 'sally%'", "Id")
        .await;
    let body = |role: &str| {
        format!(
            r#"{{"OpportunityId":"{deal}","UserId":"{}","TeamMemberRole":"{role}"}}"#,
            user[0]
        )
    };
    let first = org.create("OpportunityTeamMember", &body("Sales Rep")).await;
    assert_eq!(
        org.create("OpportunityTeamMember", &body("Account Manager"))
            .await,
        first
    );
    let row = org.row("OpportunityTeamMember", &first).await;
    assert_eq!(row.text(&["TeamMemberRole"]), "Account Manager");
    assert_eq!(
        org.delete(&format!("/sobjects/OpportunityTeamMember/{first}"))
            .await
            .status,
        204
    );
    let all = org
        .get("/queryAll?q=SELECT+COUNT()+FROM+OpportunityTeamMember")
        .await;
    assert_eq!(
        all.body.get("totalSize"),
        Some(&Value::from(0)),
        "it never enters the recycle bin"
    );
    let window = "start=2026-11-20T21:10:00Z&end=2026-11-20T21:12:00Z";
    org.advance(60).await;
    let deleted = org
        .get(&format!("/sobjects/OpportunityTeamMember/deleted?{window}"))
        .await;
    assert_eq!(deleted.text(&["deletedRecords", "0", "id"]), first);
}
