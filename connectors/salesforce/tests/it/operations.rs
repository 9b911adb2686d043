//! Each operation: what it asks, what it hands back, and what it makes of refusals.

use connector_api::{ErrorClass, Value};
use connector_http::stub::Exchange;

use crate::org::{DATA, ME, Org, found, json, refusal, second_try, soql};

const OPP: &str = "006000000000001AAA";

#[tokio::test]
async fn get_record_reads_named_fields_without_wrapping() {
    let org = Org::new([Exchange::json(
        200,
        &format!(r#"{{"attributes":{{"type":"Opportunity"}},"Id":"{OPP}","Amount":9999999999999999.99}}"#),
    )])
    .await;
    let inputs = format!(r#"{{"object":"Opportunity","id":"{OPP}","fields":["Id","Amount"]}}"#);
    let output = org.call("get_record", &inputs).await.unwrap();
    assert_eq!(
        output.body.to_json(),
        format!(r#"{{"Id":"{OPP}","Amount":9999999999999999.99}}"#)
    );
    let request = org.last();
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("{DATA}/sobjects/Opportunity/{OPP}?fields=Id,Amount")
    );
    assert_eq!(request.header("authorization"), Some("Bearer 00D!first"));
}

#[tokio::test]
async fn query_follows_pages_by_address_even_when_they_are_short() {
    let first = r#"{"totalSize":3,"done":false,"nextRecordsUrl":"/services/data/v68.0/query/01g000000000001AAA-1","records":[
        {"attributes":{},"Id":"1","Roles":{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v68.0/query/01gchild-1","records":[{"attributes":{},"Id":"r1"}]}}]}"#;
    let second = r#"{"totalSize":3,"done":false,"nextRecordsUrl":"/services/data/v68.0/query/01g000000000001AAA-2","records":[]}"#;
    let third = r#"{"totalSize":3,"done":true,"records":[{"attributes":{},"Id":"2","Roles":null},{"attributes":{},"Id":"3","Roles":null}]}"#;
    let child = r#"{"totalSize":2,"done":true,"records":[{"attributes":{},"Id":"r2"}]}"#;
    let org = Org::new([
        Exchange::json(200, first).at(&format!("{DATA}/query")),
        Exchange::json(200, second).at(&format!("{DATA}/query/01g000000000001AAA-1")),
        Exchange::json(200, third).at(&format!("{DATA}/query/01g000000000001AAA-2")),
        Exchange::json(200, child).at(&format!("{DATA}/query/01gchild-1")),
    ])
    .await;
    let inputs = r#"{"query":"SELECT Id, (SELECT Id FROM Roles) FROM Opportunity WHERE Name = :name","parameters":{"name":"O'Neill & Söhne +1"}}"#;
    let output = org.call("query", inputs).await.unwrap();
    assert_eq!(
        output.body.to_json(),
        r#"{"records":[{"Id":"1","Roles":[{"Id":"r1"},{"Id":"r2"}]},{"Id":"2","Roles":[]},{"Id":"3","Roles":[]}],"total_size":3}"#
    );
    assert_eq!(
        soql(&org.requests()[0]),
        r"SELECT Id, (SELECT Id FROM Roles) FROM Opportunity WHERE Name = 'O\'Neill & Söhne +1'"
    );
    assert_eq!(org.stub.left(), 0);
}

#[tokio::test]
async fn query_can_include_deleted_records() {
    let org = Org::new([found("[]").at(&format!("{DATA}/queryAll"))]).await;
    let output = org
        .call("query", r#"{"query":"SELECT Id FROM Account","all":true}"#)
        .await
        .unwrap();
    assert_eq!(output.body.to_json(), r#"{"records":[],"total_size":0}"#);
}

#[tokio::test]
async fn pages_elsewhere_and_answers_cut_off_are_refused() {
    for (body, code) in [
        (
            r#"{"done":false,"nextRecordsUrl":"https://evil.test/x","records":[]}"#,
            "address_elsewhere",
        ),
        (
            r#"{"done":false,"nextRecordsUrl":"//evil.test/services/data/","records":[]}"#,
            "address_elsewhere",
        ),
        (r#"{"done":false,"records":[]}"#, "incomplete_answer"),
        (r#"{"done":true}"#, "incomplete_answer"),
        ("<html>", "not_json"),
    ] {
        let org = Org::new([Exchange::json(200, body)]).await;
        let error = org
            .call("query", r#"{"query":"SELECT Id FROM A"}"#)
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::UnexpectedResponse, code),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_query_too_long_for_an_address_is_not_sent() {
    let org = Org::new([]).await;
    let inputs = format!(
        r#"{{"query":"SELECT Id FROM A WHERE Name = '{}'"}}"#,
        "x".repeat(17_000)
    );
    let error = org.call("query", &inputs).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "address_too_long")
    );
    assert!(org.requests().is_empty());
}

#[tokio::test]
async fn create_record_sends_what_keeps_owners_and_marks_the_origin() {
    let org = Org::new([Exchange::json(
        201,
        &format!(r#"{{"id":"{OPP}","success":true,"errors":[]}}"#),
    )])
    .await;
    let inputs = r#"{"object":"Opportunity","fields":{"Name":"Deal","Amount":48000.00}}"#;
    let output = org.call("create_record", inputs).await.unwrap();
    assert_eq!(output.status, Some(201));
    assert_eq!(output.body, json(&format!(r#"{{"id":"{OPP}"}}"#)));
    let [write] = &output.writes[..] else {
        panic!("one write")
    };
    assert_eq!((write.object.as_str(), write.id.as_str()), ("Opportunity", OPP));
    assert_eq!(write.fields, json(r#"{"Name":"Deal","Amount":48000.00}"#));
    let request = org.last();
    assert_eq!(
        (request.method.as_str(), request.target),
        ("POST", format!("{DATA}/sobjects/Opportunity"))
    );
    let request = org.last();
    assert_eq!(request.text(), r#"{"Name":"Deal","Amount":48000.00}"#);
    for (name, value) in [
        ("sforce-auto-assign", "FALSE"),
        ("sforce-call-options", "client=engine"),
        ("sforce-mru", "updateMru=false"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_repeated_create_looks_first() {
    let inputs =
        r#"{"object":"Contact","fields":{"LastName":" Ng ","AccountId":"0015f00002J9YYE","Email":""}}"#;
    let hit = r#"[{"attributes":{},"Id":"003000000000009AAA","LastName":"Other","AccountId":null,"Email":null},
                  {"attributes":{},"Id":"003000000000001AAA","LastName":"Ng","AccountId":"0015f00002J9YYEAA3","Email":null}]"#;
    let org = Org::new([found(hit)]).await;
    let output = org.call_in("create_record", inputs, second_try()).await.unwrap();
    assert_eq!(output.body, json(r#"{"id":"003000000000001AAA"}"#));
    assert_eq!(output.writes.len(), 1);
    assert_eq!(
        soql(&org.last()),
        format!(
            "SELECT Id, LastName, AccountId, Email FROM Contact WHERE CreatedById = '{ME}' \
             AND CreatedDate >= 2026-11-20T09:59:30.000Z ORDER BY CreatedDate, Id"
        )
    );

    let created = Exchange::json(201, r#"{"id":"003000000000002AAA","success":true,"errors":[]}"#);
    let org = Org::new([found("[]"), created]).await;
    let output = org.call_in("create_record", inputs, second_try()).await.unwrap();
    assert_eq!(output.body, json(r#"{"id":"003000000000002AAA"}"#));
}

#[tokio::test]
async fn create_records_sends_200_at_a_time_with_what_all_get() {
    let answer = |from: usize, count: usize| {
        let rows: Vec<String> = (from..from + count)
            .map(|number| format!(r#"{{"id":"00K{number:012}AAA","success":true,"errors":[]}}"#))
            .collect();
        Exchange::json(200, &format!("[{}]", rows.join(",")))
    };
    let org = Org::new([answer(0, 200), answer(200, 1)]).await;
    let records: Vec<String> = (0..201)
        .map(|number| format!(r#"{{"Role":"r{number}"}}"#))
        .collect();
    let inputs = format!(
        r#"{{"object":"OpportunityContactRole","records":[{}],"set":{{"OpportunityId":"{OPP}"}}}}"#,
        records.join(",")
    );
    let output = org.call("create_records", &inputs).await.unwrap();
    let ids = output.body.get("ids").and_then(Value::as_array).unwrap();
    assert_eq!(ids.len(), 201);
    assert_eq!(ids[200], Value::from("00K000000000200AAA"));
    assert_eq!(
        output.writes[200].fields,
        json(&format!(r#"{{"Role":"r200","OpportunityId":"{OPP}"}}"#))
    );
    let requests = org.requests();
    assert_eq!(requests[0].target, format!("{DATA}/composite/sobjects"));
    assert_eq!(
        requests[1].text(),
        format!(
            r#"{{"allOrNone":true,"records":[{{"attributes":{{"type":"OpportunityContactRole"}},"Role":"r200","OpportunityId":"{OPP}"}}]}}"#
        )
    );
}

#[tokio::test]
async fn create_records_names_the_row_that_failed() {
    let rolled_back = r#"{"success":false,"errors":[{"statusCode":"ALL_OR_NONE_OPERATION_ROLLED_BACK","message":"rolled back","fields":[]}]}"#;
    let culprit = r#"{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Solution_Id__c]","fields":["Solution_Id__c"]}]}"#;
    let org = Org::new([Exchange::json(200, &format!("[{rolled_back},{culprit}]"))]).await;
    let error = org
        .call(
            "create_records",
            r#"{"object":"S__c","records":[{"A":1},{"A":2}]}"#,
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "REQUIRED_FIELD_MISSING")
    );
    assert_eq!(error.field.as_deref(), Some("Solution_Id__c"));
    assert!(error.message.starts_with("records[1]: "), "{error}");
}

#[tokio::test]
async fn a_failure_after_some_records_is_not_repeated_blindly() {
    let rows: Vec<String> = (0..200)
        .map(|number| format!(r#"{{"id":"00K{number:012}AAA","success":true,"errors":[]}}"#))
        .collect();
    let org = Org::new([
        Exchange::json(200, &format!("[{}]", rows.join(","))),
        refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    ])
    .await;
    let records = vec![r#"{"A":1}"#; 201].join(",");
    let error = org
        .call(
            "create_records",
            &format!(r#"{{"object":"S__c","records":[{records}]}}"#),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::OutcomeUnknown, "REQUEST_LIMIT_EXCEEDED")
    );
}

#[tokio::test]
async fn a_repeated_create_records_creates_only_what_is_missing() {
    let there = r#"[{"attributes":{},"Id":"a00000000000001AAA","A":"x"},{"attributes":{},"Id":"a00000000000002AAA","A":"x"}]"#;
    let new = r#"[{"id":"a00000000000003AAA","success":true,"errors":[]}]"#;
    let org = Org::new([found(there), Exchange::json(200, new)]).await;
    let inputs = r#"{"object":"S__c","records":[{"A":"x"},{"A":"y"},{"A":"x"}]}"#;
    let output = org.call_in("create_records", inputs, second_try()).await.unwrap();
    assert_eq!(
        output.body,
        json(r#"{"ids":["a00000000000001AAA","a00000000000003AAA","a00000000000002AAA"]}"#)
    );
    assert_eq!(
        org.last().text(),
        r#"{"allOrNone":true,"records":[{"attributes":{"type":"S__c"},"A":"y"}]}"#
    );
}

#[tokio::test]
async fn no_records_make_no_call() {
    let org = Org::new([]).await;
    let output = org
        .call("create_records", r#"{"object":"S__c","records":[]}"#)
        .await
        .unwrap();
    assert_eq!(output.body, json(r#"{"ids":[]}"#));
    let output = org
        .call("delete_records", r#"{"object":"S__c","ids":[]}"#)
        .await
        .unwrap();
    assert_eq!(output.body, json(r#"{"ids":[]}"#));
    assert!(org.stub.requests().is_empty());
}

#[tokio::test]
async fn update_record_can_demand_that_nothing_changed() {
    let org = Org::new([
        Exchange::json(204, ""),
        Exchange::json(
            412,
            r#"[{"message":"changed","errorCode":"MATCH_PRECONDITION_FAILED"}]"#,
        ),
    ])
    .await;
    let inputs = format!(
        r#"{{"object":"Opportunity","id":"{OPP}","fields":{{"StageName":"Prospecting"}},"if_unmodified_since":"2026-11-20T21:10:42.000+0000"}}"#
    );
    let output = org.call("update_record", &inputs).await.unwrap();
    assert_eq!(
        (output.status, output.body),
        (Some(204), json(&format!(r#"{{"id":"{OPP}"}}"#)))
    );
    assert_eq!(output.writes.len(), 1);
    let request = org.last();
    assert_eq!(request.method, "PATCH");
    assert_eq!(
        request.header("if-unmodified-since"),
        Some("Fri, 20 Nov 2026 21:10:42 GMT")
    );
    let error = org.call("update_record", &inputs).await.unwrap_err();
    assert_eq!((error.class, error.status), (ErrorClass::Conflict, Some(412)));
}

const UPSERT: &str = r#"{"object":"Opportunity","external_id_field":"Referral_Identifier__c","external_id":"a/b c","fields":{"Name":"Deal"}}"#;

#[tokio::test]
async fn upsert_record_tells_whether_it_created() {
    for (exchange, created) in [
        (
            Exchange::json(
                201,
                &format!(r#"{{"id":"{OPP}","success":true,"errors":[],"created":true}}"#),
            ),
            true,
        ),
        (
            Exchange::json(
                200,
                &format!(r#"{{"id":"{OPP}","success":true,"errors":[],"created":false}}"#),
            ),
            false,
        ),
    ] {
        let org = Org::new([exchange]).await;
        let output = org.call("upsert_record", UPSERT).await.unwrap();
        assert_eq!(
            output.body,
            json(&format!(r#"{{"id":"{OPP}","created":{created}}}"#))
        );
        let request = org.last();
        assert_eq!(request.method, "PATCH");
        assert_eq!(
            request.target,
            format!("{DATA}/sobjects/Opportunity/Referral_Identifier__c/a%2Fb%20c")
        );
        assert_eq!(request.text(), r#"{"Name":"Deal"}"#);
    }
    let org = Org::new([
        Exchange::json(204, ""),
        Exchange::json(200, &format!(r#"{{"attributes":{{}},"Id":"{OPP}"}}"#)),
    ])
    .await;
    let output = org.call("upsert_record", UPSERT).await.unwrap();
    assert_eq!(output.body, json(&format!(r#"{{"id":"{OPP}","created":false}}"#)));
}

#[tokio::test]
async fn upsert_record_refuses_an_ambiguous_external_id() {
    let body = r#"["/services/data/v68.0/sobjects/Opportunity/006000000000001AAA","/services/data/v68.0/sobjects/Opportunity/006000000000002AAA"]"#;
    let org = Org::new([Exchange::json(300, body)]).await;
    let error = org.call("upsert_record", UPSERT).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "ambiguous_external_id")
    );
    assert!(
        error.message.contains("006000000000001AAA, 006000000000002AAA"),
        "{error}"
    );
}

#[tokio::test]
async fn an_upsert_that_lost_the_race_is_sent_again_once() {
    let lost = || {
        refusal(
            400,
            "DUPLICATE_VALUE",
            "duplicate value found: Referral_Identifier__c duplicates value on record with id: 006000000000001",
        )
    };
    let updated = Exchange::json(
        200,
        &format!(r#"{{"id":"{OPP}","success":true,"errors":[],"created":false}}"#),
    );
    let org = Org::new([lost(), updated]).await;
    let output = org.call("upsert_record", UPSERT).await.unwrap();
    assert_eq!(output.body, json(&format!(r#"{{"id":"{OPP}","created":false}}"#)));

    let org = Org::new([lost(), lost()]).await;
    let error = org.call("upsert_record", UPSERT).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "DUPLICATE_VALUE")
    );
    assert_eq!(org.requests().len(), 2);

    let other = refusal(
        400,
        "DUPLICATE_VALUE",
        "duplicate value found: Other__c duplicates value on record",
    );
    let org = Org::new([other]).await;
    org.call("upsert_record", UPSERT).await.unwrap_err();
    assert_eq!(org.requests().len(), 1);
}

#[tokio::test]
async fn delete_record_counts_an_earlier_deletion_as_done() {
    for exchange in [
        Exchange::json(204, ""),
        refusal(404, "ENTITY_IS_DELETED", "entity is deleted"),
    ] {
        let org = Org::new([exchange]).await;
        let inputs = format!(r#"{{"object":"Opportunity","id":"{OPP}"}}"#);
        let output = org.call("delete_record", &inputs).await.unwrap();
        assert_eq!(output.body, json(&format!(r#"{{"id":"{OPP}"}}"#)));
        assert_eq!(output.writes[0].fields, json(r#"{"IsDeleted":true}"#));
        assert_eq!(org.last().method, "DELETE");
    }
    let org = Org::new([refusal(
        404,
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
    )])
    .await;
    let inputs = format!(r#"{{"object":"Opportunity","id":"{OPP}"}}"#);
    assert_eq!(
        org.call("delete_record", &inputs).await.unwrap_err().class,
        ErrorClass::Rejected
    );
}

#[tokio::test]
async fn delete_records_goes_on_past_what_is_already_deleted() {
    let ok = r#"{"id":"a00000000000001AAA","success":true,"errors":[]}"#;
    let gone = r#"{"success":false,"errors":[{"statusCode":"ENTITY_IS_DELETED","message":"entity is deleted","fields":[]}]}"#;
    let locked = r#"{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain exclusive access","fields":[]}]}"#;
    let inputs = r#"{"object":"S__c","ids":["a00000000000001AAA","a00000000000002AAA"]}"#;
    let org = Org::new([Exchange::json(200, &format!("[{ok},{gone}]"))]).await;
    let output = org.call("delete_records", inputs).await.unwrap();
    assert_eq!(
        output.body,
        json(r#"{"ids":["a00000000000001AAA","a00000000000002AAA"]}"#)
    );
    assert_eq!(
        org.last().target,
        format!("{DATA}/composite/sobjects?ids=a00000000000001AAA,a00000000000002AAA&allOrNone=false")
    );
    let org = Org::new([Exchange::json(200, &format!("[{ok},{locked}]"))]).await;
    let error = org.call("delete_records", inputs).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.message.contains("a00000000000002AAA"), "{error}");
}

#[tokio::test]
async fn describe_object_leaves_the_screens_out() {
    let body = r#"{"name":"Lead","label":"Lead","createable":true,"urls":{"x":"y"},
        "fields":[{"name":"Status","label":"Status","type":"picklist","length":255,"createable":true,"updateable":true,
                   "mask":null,"referenceTo":[],"picklistValues":[{"active":true,"value":"Open","label":"Open"},{"active":false,"value":"Old","label":"Old"}]}],
        "childRelationships":[{"relationshipName":"Tasks","childSObject":"Task","field":"WhoId","cascadeDelete":true},
                              {"relationshipName":null,"childSObject":"X","field":"Y"}]}"#;
    let org = Org::new([Exchange::json(200, body)]).await;
    let output = org.call("describe_object", r#"{"object":"Lead"}"#).await.unwrap();
    assert_eq!(
        output.body.to_json(),
        r#"{"name":"Lead","label":"Lead","createable":true,"fields":[{"name":"Status","label":"Status","type":"picklist","length":255,"createable":true,"updateable":true,"referenceTo":[],"picklistValues":["Open"]}],"childRelationships":[{"relationshipName":"Tasks","childSObject":"Task","field":"WhoId"}]}"#
    );
}

#[tokio::test]
async fn refusals_keep_the_vendors_words() {
    let get = format!(r#"{{"object":"Opportunity","id":"{OPP}"}}"#);
    for (exchange, class, code) in [
        (
            refusal(404, "NOT_FOUND", "The requested resource does not exist"),
            ErrorClass::Rejected,
            "NOT_FOUND",
        ),
        (
            refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            ErrorClass::RateLimited,
            "REQUEST_LIMIT_EXCEEDED",
        ),
        (
            Exchange::text(503, "text/html", "<html><body>Down for maintenance</body></html>"),
            ErrorClass::Transient,
            "http_503",
        ),
        (
            Exchange::drop_connection(),
            ErrorClass::Transient,
            "connection_lost",
        ),
        (
            Exchange::json(200, r#"{"Id":"x","Name":"y"}"#).cut_short(),
            ErrorClass::Transient,
            "connection_lost",
        ),
        (
            Exchange::json(200, "{\"Id\":"),
            ErrorClass::UnexpectedResponse,
            "not_json",
        ),
    ] {
        let org = Org::new([exchange]).await;
        let error = org.call("get_record", &get).await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (class, code), "{error}");
    }
}

#[tokio::test]
async fn the_outcome_of_a_write_without_answer_is_unknown() {
    let create = r#"{"object":"Account","fields":{"Name":"A"}}"#;
    for exchange in [
        Exchange::drop_connection(),
        Exchange::json(201, r#"{"id":"001000000000001AAA"}"#).cut_short(),
        refusal(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
        Exchange::text(504, "text/html", "<html>Gateway timeout</html>"),
    ] {
        let org = Org::new([exchange]).await;
        let error = org.call("create_record", create).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::OutcomeUnknown, "{error}");
    }
}

#[tokio::test]
async fn inputs_that_cannot_be_right_are_not_sent() {
    let org = Org::new([]).await;
    for (operation, inputs, field) in [
        (
            "get_record",
            r#"{"object":"Opp; DROP","id":"006000000000001AAA"}"#,
            "object",
        ),
        ("get_record", r#"{"object":"Opportunity","id":"../x"}"#, "id"),
        (
            "get_record",
            r#"{"object":"Opportunity","id":"006000000000001AAA","fields":["a b"]}"#,
            "fields",
        ),
        ("get_record", r#"{"objekt":"Opportunity"}"#, "objekt"),
        (
            "create_record",
            r#"{"object":"A","fields":{"x y":1}}"#,
            "fields.x y",
        ),
        ("create_record", r#"{"object":"A"}"#, "fields"),
        ("create_records", r#"{"object":"A","records":[1]}"#, "records[0]"),
        (
            "upsert_record",
            r#"{"object":"A","external_id_field":"X__c","external_id":"..","fields":{}}"#,
            "external_id",
        ),
        ("delete_records", r#"{"object":"A","ids":["1"]}"#, "ids[0]"),
        (
            "query",
            r#"{"query":"SELECT Id FROM A WHERE X = :x"}"#,
            "parameters",
        ),
        (
            "update_record",
            r#"{"object":"A","id":"006000000000001AAA","fields":{},"if_unmodified_since":"soon"}"#,
            "if_unmodified_since",
        ),
    ] {
        let error = org.call(operation, inputs).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "invalid_input"),
            "{operation}"
        );
        assert_eq!(error.field.as_deref(), Some(field), "{operation} {inputs}");
    }
    let error = org.call("fly", "{}").await.unwrap_err();
    assert_eq!(error.code, "unknown_operation");
    assert!(org.stub.requests().is_empty());
}
