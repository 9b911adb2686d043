//! Several rows or calls in one request.

use super::harness::{DATA, Org};

fn part(method: &str, path: &str, reference: &str, body: &str) -> String {
    format!(r#"{{"method":"{method}","url":"{DATA}{path}","referenceId":"{reference}","body":{body}}}"#)
}

fn composite(all_or_none: bool, parts: &[String]) -> String {
    format!(
        r#"{{"allOrNone":{all_or_none},"compositeRequest":[{}]}}"#,
        parts.join(",")
    )
}

const DEAL: &str =
    r#"{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31","AccountId":"@{acc.id}"}"#;

async fn total(org: &Org, object: &str) -> String {
    org.query(&format!("SELECT COUNT() FROM {object}"))
        .await
        .json(&["totalSize"])
}

#[tokio::test]
async fn later_parts_use_earlier_results() {
    let org = Org::start().await;
    let parts = [
        part("POST", "/sobjects/Account", "acc", r#"{"Name":"A"}"#),
        part(
            "PATCH",
            "/sobjects/Opportunity/Referral_Identifier__c/ref-1",
            "opp",
            DEAL,
        ),
        format!(
            r#"{{"method":"GET","url":"{DATA}/query?q=SELECT+AccountId+FROM+Opportunity+WHERE+Id='@{{opp.id}}'","referenceId":"found"}}"#
        ),
        part(
            "PATCH",
            "/sobjects/Account/@{found.records[0].AccountId}",
            "last",
            r#"{"Phone":"1"}"#,
        ),
    ];
    let reply = org.post("/composite", &composite(true, &parts)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let at = |index: &str, member: &str| reply.json(&["compositeResponse", index, member]);
    assert_eq!(
        ["0", "1", "2", "3"].map(|index| at(index, "httpStatusCode")),
        ["201", "201", "200", "204"]
    );
    let account = reply.text(&["compositeResponse", "0", "body", "id"]);
    assert_eq!(
        at("0", "httpHeaders"),
        format!(r#"{{"Location":"{DATA}/sobjects/Account/{account}"}}"#)
    );
    assert_eq!(
        (at("3", "body"), at("3", "httpHeaders"), at("3", "referenceId")),
        ("null".into(), "{}".into(), "\"last\"".into())
    );
    assert_eq!(org.row("Account", account).await.text(&["Phone"]), "1");
    assert_eq!(reply.header("sforce-limit-info"), Some("api-usage=1/5000000"));
}

#[tokio::test]
async fn all_or_none_leaves_nothing() {
    let org = Org::start().await;
    let parts = [
        part("POST", "/sobjects/Account", "acc", r#"{"Name":"A"}"#),
        part("POST", "/sobjects/Opportunity", "opp", r#"{"Name":"D"}"#),
        part("POST", "/sobjects/Account", "other", r#"{"Name":"B"}"#),
    ];
    let reply = org.post("/composite", &composite(true, &parts)).await;
    let code = |index: &str| {
        reply
            .text(&["compositeResponse", index, "body", "0", "errorCode"])
            .to_owned()
    };
    assert_eq!(
        ["0", "1", "2"].map(code),
        ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    );
    assert_eq!(reply.json(&["compositeResponse", "0", "httpStatusCode"]), "400");
    assert_eq!(total(&org, "Account").await, "0");

    let reply = org.post("/composite", &composite(false, &parts)).await;
    let status = |index: &str| reply.json(&["compositeResponse", index, "httpStatusCode"]);
    assert_eq!(["0", "1", "2"].map(status), ["201", "400", "201"]);
    assert_eq!(total(&org, "Account").await, "2");

    let parts = [
        part("POST", "/sobjects/Account", "acc", "{}"),
        part("POST", "/sobjects/Opportunity", "opp", DEAL),
    ];
    let reply = org.post("/composite", &composite(false, &parts)).await;
    assert_eq!(
        reply.text(&["compositeResponse", "1", "body", "0", "errorCode"]),
        "PROCESSING_HALTED"
    );
}

#[tokio::test]
async fn composite_has_its_limits() {
    let org = Org::start().await;
    let many: Vec<_> = (0..26)
        .map(|index| part("POST", "/sobjects/Account", &format!("a{index}"), "{}"))
        .collect();
    assert_eq!(org.post("/composite", &composite(true, &many)).await.status, 400);
    let queries: Vec<_> = (0..6)
        .map(|index| {
            format!(
                r#"{{"method":"GET","url":"{DATA}/query?q=SELECT+Id+FROM+Account","referenceId":"q{index}"}}"#
            )
        })
        .collect();
    assert_eq!(
        org.post("/composite", &composite(true, &queries)).await.status,
        400
    );
    let twice = [queries[0].clone(), queries[0].clone()];
    for body in [
        composite(true, &twice),
        "{}".to_owned(),
        r#"{"compositeRequest":[{"method":"GET"}]}"#.to_owned(),
    ] {
        assert_eq!(
            org.post("/composite", &body).await.error(),
            (400, "JSON_PARSER_ERROR"),
            "{body}"
        );
    }
    let nested = [part("POST", "/composite", "c", &composite(true, &[]))];
    let reply = org.post("/composite", &composite(false, &nested)).await;
    assert_eq!(reply.json(&["compositeResponse", "0", "httpStatusCode"]), "404");
}

#[tokio::test]
async fn headers_of_a_part_count_for_it_alone() {
    let org = Org::start().await;
    let plain = part("POST", "/sobjects/Account", "one", r#"{"Name":"A"}"#);
    let own = plain.replace("\"one\"", "\"two\"").replace(
        "\"body\"",
        "\"httpHeaders\":{\"Sforce-Auto-Assign\":\"FALSE\"},\"body\"",
    );
    let outer = [
        ("sforce-auto-assign", "FALSE"),
        ("sforce-call-options", "client=engine"),
    ];
    let body = composite(true, &[plain, own]);
    let reply = org
        .send("POST", &format!("{DATA}/composite"), &outer, Some(&body))
        .await;
    assert_eq!(reply.status, 200);
    let owners = org
        .column("SELECT Owner.Username FROM Account ORDER BY Id", "Owner")
        .await;
    assert!(owners[0].contains("inbox@contoso.example"), "{owners:?}");
    assert!(owners[1].contains("integration@contoso.example"), "{owners:?}");
    let state = org.send("GET", "/sandbox/state", &[], None).await;
    assert_eq!(
        state.json(&["salesforce", "objects", "Account", "0", "client"]),
        "\"engine\""
    );
}

#[tokio::test]
async fn graphs_are_whole_and_independent() {
    let org = Org::start().await;
    let graph = |id: &str, parts: &[String]| {
        format!(r#"{{"graphId":"{id}","compositeRequest":[{}]}}"#, parts.join(","))
    };
    let good = [
        part("POST", "/sobjects/Account", "acc", r#"{"Name":"Good"}"#),
        part(
            "PATCH",
            "/sobjects/Opportunity/Referral_Identifier__c/ref-1",
            "opp",
            DEAL,
        ),
        part(
            "POST",
            "/sobjects/Microsoft_Partner_Center_Solution__c",
            "sol",
            r#"{"Opportunity__c":"@{opp.id}","Solution_Id__c":"S-1"}"#,
        ),
    ];
    let bad = [
        part("POST", "/sobjects/Account", "acc", r#"{"Name":"Bad"}"#),
        part(
            "POST",
            "/sobjects/Opportunity",
            "opp",
            r#"{"Name":"D","AccountId":"@{acc.id}"}"#,
        ),
    ];
    let body = format!(
        r#"{{"graphs":[{},{}]}}"#,
        graph("bad", &bad),
        graph("good", &good)
    );
    let reply = org.post("/composite/graph", &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json(&["graphs", "0", "isSuccessful"]), "false");
    let code = |index| {
        reply.text(&[
            "graphs",
            "0",
            "graphResponse",
            "compositeResponse",
            index,
            "body",
            "0",
            "errorCode",
        ])
    };
    assert_eq!(
        (code("0"), code("1")),
        ("PROCESSING_HALTED", "REQUIRED_FIELD_MISSING")
    );
    assert_eq!(reply.json(&["graphs", "1", "isSuccessful"]), "true");
    assert_eq!(reply.text(&["graphs", "1", "graphId"]), "good");
    assert_eq!(org.column("SELECT Name FROM Account", "Name").await, ["Good"]);
    assert_eq!(total(&org, "Microsoft_Partner_Center_Solution__c").await, "1");
}

#[tokio::test]
async fn graphs_have_their_limits() {
    let org = Org::start().await;
    let node = |reference: &str, body: &str| part("POST", "/sobjects/Account", reference, body);
    let graphs = |graphs: &[String]| format!(r#"{{"graphs":[{}]}}"#, graphs.join(","));
    let graph = |id: &str, parts: &[String]| {
        format!(r#"{{"graphId":"{id}","compositeRequest":[{}]}}"#, parts.join(","))
    };
    let chain: Vec<_> = (0..16)
        .map(|index: u32| {
            let parent = index
                .checked_sub(1)
                .map_or("null".to_owned(), |before| format!("\"@{{n{before}.id}}\""));
            node(
                &format!("n{index}"),
                &format!(r#"{{"Name":"A","ParentId":{parent}}}"#),
            )
        })
        .collect();
    let one = [node("a", r#"{"Name":"A"}"#)];
    let many: Vec<_> = (0..76).map(|index| graph(&format!("g{index}"), &one)).collect();
    let wide: Vec<_> = (0..501)
        .map(|index| node(&format!("n{index}"), r#"{"Name":"A"}"#))
        .collect();
    let query = [format!(
        r#"{{"method":"GET","url":"{DATA}/query?q=x","referenceId":"q"}}"#
    )];
    for (body, code) in [
        (graphs(&[graph("deep", &chain)]), "LIMIT_EXCEEDED"),
        (graphs(&many), "LIMIT_EXCEEDED"),
        (graphs(&[graph("wide", &wide)]), "LIMIT_EXCEEDED"),
        (graphs(&[graph("g", &query)]), "JSON_PARSER_ERROR"),
        (graphs(&[graph("a.b", &one)]), "JSON_PARSER_ERROR"),
        (graphs(&[graph("_a", &one)]), "JSON_PARSER_ERROR"),
        (graphs(&[graph(&"a".repeat(40), &one)]), "JSON_PARSER_ERROR"),
        (graphs(&[graph("a", &one), graph("a", &one)]), "JSON_PARSER_ERROR"),
    ] {
        assert_eq!(
            org.post("/composite/graph", &body).await.error(),
            (400, code),
            "{}",
            &body[..60]
        );
    }
    assert_eq!(total(&org, "Account").await, "0");
    assert_eq!(
        org.post("/composite/graph", &graphs(&[graph("ok", &chain[..15])]))
            .await
            .status,
        200
    );
    assert_eq!(total(&org, "Account").await, "15");
    let bad = [node("a", "{}")];
    let mut failing: Vec<_> = (0..14).map(|index| graph(&format!("bad{index}"), &bad)).collect();
    failing.push(graph("last", &one));
    let reply = org.post("/composite/graph", &graphs(&failing)).await;
    let at = [
        "graphs",
        "14",
        "graphResponse",
        "compositeResponse",
        "0",
        "body",
        "0",
        "errorCode",
    ];
    assert_eq!(reply.text(&at), "PROCESSING_HALTED");
}

#[tokio::test]
async fn collections_answer_row_by_row() {
    let org = Org::start().await;
    let record = |more: &str| format!(r#"{{"attributes":{{"type":"Account"}}{more}}}"#);
    let body = |all_or_none: bool, records: &[String]| {
        format!(
            r#"{{"allOrNone":{all_or_none},"records":[{}]}}"#,
            records.join(",")
        )
    };
    let records = [record(r#","Name":"A""#), record("")];
    let refused = org.post("/composite/sobjects", &body(true, &records)).await;
    assert_eq!(refused.status, 200);
    assert_eq!(
        refused.text(&["0", "errors", "0", "statusCode"]),
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    assert_eq!(
        refused.json(&["1"]),
        r#"{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]}]}"#
    );
    assert_eq!(total(&org, "Account").await, "0");
    let saved = org.post("/composite/sobjects", &body(false, &records)).await;
    let id = saved.text(&["0", "id"]).to_owned();
    assert_eq!(
        saved.json(&["0"]),
        format!(r#"{{"id":"{id}","success":true,"errors":[]}}"#)
    );

    let change = [
        record(&format!(r#","id":"{id}","Phone":"1""#)),
        record(r#","Phone":"1""#),
    ];
    let changed = org.patch("/composite/sobjects", &body(false, &change)).await;
    assert_eq!(changed.json(&["0", "success"]), "true");
    assert_eq!(changed.json(&["1", "success"]), "false");
    assert_eq!(org.row("Account", &id).await.text(&["Phone"]), "1");

    let deal = |key: &str| {
        format!(
            r#"{{"attributes":{{"type":"Opportunity"}},"Referral_Identifier__c":"{key}","Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31"}}"#
        )
    };
    let upsert = org
        .patch(
            "/composite/sobjects/Opportunity/Referral_Identifier__c",
            &body(true, &[deal("1"), deal("2"), deal("1")]),
        )
        .await;
    assert_eq!(
        ["0", "1", "2"].map(|row| upsert.json(&[row, "created"])),
        ["true", "true", "false"]
    );

    let read = org
        .get(&format!(
            "/composite/sobjects/Account?ids={id},0015f00000ZZZZZ&fields=Name,Phone"
        ))
        .await;
    assert_eq!(
        (read.text(&["0", "Phone"]), read.json(&["1"])),
        ("1", "null".to_owned())
    );
    let read = org
        .post(
            "/composite/sobjects/Account",
            &format!(r#"{{"ids":["{id}"],"fields":["Name"]}}"#),
        )
        .await;
    assert_eq!(read.text(&["0", "Name"]), "A");

    let gone = org
        .delete(&format!("/composite/sobjects?ids={id},{id}&allOrNone=true"))
        .await;
    assert_eq!(
        gone.text(&["1", "errors", "0", "statusCode"]),
        "ENTITY_IS_DELETED"
    );
    assert_eq!(total(&org, "Account").await, "1");
    let gone = org.delete(&format!("/composite/sobjects?ids={id}")).await;
    assert_eq!(gone.json(&["0", "success"]), "true");
    assert_eq!(total(&org, "Account").await, "0");

    let many = vec![record(r#","Name":"A""#); 201];
    let reply = org.post("/composite/sobjects", &body(false, &many)).await;
    assert_eq!(reply.error(), (400, "EXCEEDED_ID_LIMIT"));
    let mixed: Vec<_> = (0..11)
        .map(|index| {
            if index % 2 == 0 {
                record(r#","Name":"A""#)
            } else {
                deal("9")
            }
        })
        .collect();
    assert_eq!(
        org.post("/composite/sobjects", &body(false, &mixed)).await.status,
        400
    );
    assert_eq!(
        org.post("/composite/sobjects", r#"{"records":[{"Name":"A"}]}"#)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_failed_row_inside_undoes_the_whole_outside() {
    let org = Org::start().await;
    let rows = r#"{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"Name":"A"},{"attributes":{"type":"Account"}}]}"#;
    let parts = [
        part("POST", "/sobjects/Contact", "contact", r#"{"LastName":"L"}"#),
        part("POST", "/composite/sobjects", "rows", rows),
    ];
    let reply = org.post("/composite", &composite(true, &parts)).await;
    assert_eq!(reply.json(&["compositeResponse", "0", "httpStatusCode"]), "400");
    assert_eq!(
        reply.text(&["compositeResponse", "1", "body", "0", "errors", "0", "statusCode"]),
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    assert_eq!(
        (total(&org, "Contact").await, total(&org, "Account").await),
        ("0".into(), "0".into())
    );
    let reply = org.post("/composite", &composite(false, &parts)).await;
    assert_eq!(reply.json(&["compositeResponse", "1", "httpStatusCode"]), "200");
    assert_eq!(
        (total(&org, "Contact").await, total(&org, "Account").await),
        ("1".into(), "1".into())
    );
}

#[tokio::test]
async fn a_batch_runs_each_part_by_itself() {
    let org = Org::start().await;
    let account = org.create("Account", r#"{"Name":"A"}"#).await;
    let body = |halt: bool| {
        format!(
            r#"{{"haltOnError":{halt},"batchRequests":[{{"method":"PATCH","url":"v68.0/sobjects/Account/{account}","richInput":{{"Phone":"1"}}}},{{"method":"GET","url":"v68.0/sobjects/Account/0015f00000ZZZZZ"}},{{"method":"GET","url":"v68.0/limits"}}]}}"#
        )
    };
    let reply = org.post("/composite/batch", &body(false)).await;
    assert_eq!(reply.json(&["hasErrors"]), "true");
    let statuses = ["0", "1", "2"].map(|index| reply.json(&["results", index, "statusCode"]));
    assert_eq!(statuses, ["204", "404", "200"]);
    assert_eq!(reply.json(&["results", "0", "result"]), "null");
    assert_eq!(
        reply.header("sforce-limit-info"),
        Some("api-usage=4/5000000"),
        "each part counts"
    );
    let reply = org.post("/composite/batch", &body(true)).await;
    assert_eq!(reply.json(&["results", "2", "statusCode"]), "412");
    assert_eq!(
        reply.text(&["results", "2", "result", "0", "errorCode"]),
        "BATCH_PROCESSING_HALTED"
    );
}

#[tokio::test]
async fn a_tree_is_made_whole() {
    let org = Org::start().await;
    let tree = |email: &str| {
        format!(
            r#"{{"records":[{{"attributes":{{"type":"Account","referenceId":"r1"}},"Name":"A","Contacts":{{"records":[{{"attributes":{{"type":"Contact","referenceId":"r2"}},"LastName":"L","Email":"{email}"}}]}}}}]}}"#
        )
    };
    let refused = org.post("/composite/tree/Account", &tree("nobody")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body.to_json(),
        r#"{"hasErrors":true,"results":[{"referenceId":"r2","errors":[{"statusCode":"INVALID_EMAIL_ADDRESS","message":"Email: invalid email address: nobody","fields":["Email"]}]}]}"#
    );
    assert_eq!(total(&org, "Account").await, "0");
    let made = org.post("/composite/tree/Account", &tree("a@b.example")).await;
    assert_eq!(
        (made.status, made.json(&["hasErrors"])),
        (201, "false".to_owned())
    );
    let contact = org.row("Contact", made.text(&["results", "1", "id"])).await;
    assert_eq!(contact.text(&["AccountId"]), made.text(&["results", "0", "id"]));
}
