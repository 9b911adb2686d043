//! Changesets: the graph that is sent, what comes back, which call failed, and looking before a repeated try.

use connector_api::call::reference;
use connector_api::{
    CallContext, ChangesetCall, ErrorClass, OperationError, OperationOutput, Value, value::object,
};
use connector_http::stub::Exchange;

use crate::org::{DATA, ME, Org, context, found, json, second_try, soql};

const KEY: &str = "00000000000000000123456789abcdef";

fn call(action: &str, operation: &str, inputs: Value) -> ChangesetCall {
    ChangesetCall {
        action: action.into(),
        operation: operation.into(),
        inputs,
    }
}

/// Account, opportunity, contact, role, two solutions: one inbound referral.
fn deal() -> Vec<ChangesetCall> {
    vec![
        call(
            "account",
            "create_record",
            json(r#"{"object":"Account","fields":{"Name":"Acme"}}"#),
        ),
        call(
            "opportunity",
            "upsert_record",
            object([
                ("object", "Opportunity".into()),
                ("external_id_field", "Referral_Identifier__c".into()),
                ("external_id", "r-1".into()),
                (
                    "fields",
                    object([("Name", "Deal".into()), ("AccountId", reference("account"))]),
                ),
            ]),
        ),
        call(
            "contact",
            "create_record",
            object([
                ("object", "Contact".into()),
                (
                    "fields",
                    object([("LastName", "Ng".into()), ("AccountId", reference("account"))]),
                ),
            ]),
        ),
        call(
            "role",
            "create_record",
            object([
                ("object", "OpportunityContactRole".into()),
                (
                    "fields",
                    object([
                        ("OpportunityId", reference("opportunity")),
                        ("ContactId", reference("contact")),
                        ("IsPrimary", true.into()),
                    ]),
                ),
            ]),
        ),
        call(
            "solutions",
            "create_records",
            object([
                ("object", "S__c".into()),
                ("records", json(r#"[{"Name":"one"},{"Name":"two"}]"#)),
                ("set", object([("Opportunity__c", reference("opportunity"))])),
            ]),
        ),
    ]
}

async fn run(
    org: &Org,
    calls: Vec<ChangesetCall>,
    context: CallContext,
) -> Result<Vec<OperationOutput>, OperationError> {
    org.connection.changeset(calls, context).await
}

fn part(node: &str, status: u16, body: &str) -> String {
    format!(r#"{{"body":{body},"httpHeaders":{{}},"httpStatusCode":{status},"referenceId":"{node}x{KEY}"}}"#)
}

fn graph(success: bool, parts: &[String]) -> Exchange {
    let parts = parts.join(",");
    let body = format!(
        r#"{{"graphs":[{{"graphId":"g{KEY}","graphResponse":{{"compositeResponse":[{parts}]}},"isSuccessful":{success}}}]}}"#
    );
    Exchange::json(200, &body).at(&format!("{DATA}/composite/graph"))
}

fn created(id: &str) -> String {
    format!(r#"{{"id":"{id}","success":true,"errors":[]}}"#)
}

const HALTED: &str = r#"[{"errorCode":"PROCESSING_HALTED","message":"The transaction was rolled back"}]"#;

#[tokio::test]
async fn calls_become_one_graph_with_references() {
    let org = Org::new([graph(
        true,
        &[
            part("n0r0", 201, &created("001000000000001AAA")),
            part(
                "n1r0",
                201,
                r#"{"id":"006000000000001AAA","success":true,"errors":[],"created":true}"#,
            ),
            part("n2r0", 201, &created("003000000000001AAA")),
            part("n3r0", 201, &created("00K000000000001AAA")),
            part("n4r0", 201, &created("a00000000000001AAA")),
            part("n4r1", 201, &created("a00000000000002AAA")),
        ],
    )])
    .await;
    let outputs = run(&org, deal(), context()).await.unwrap();
    let bodies: Vec<String> = outputs.iter().map(|output| output.body.to_json()).collect();
    assert_eq!(
        bodies,
        [
            r#"{"id":"001000000000001AAA"}"#,
            r#"{"id":"006000000000001AAA","created":true}"#,
            r#"{"id":"003000000000001AAA"}"#,
            r#"{"id":"00K000000000001AAA"}"#,
            r#"{"ids":["a00000000000001AAA","a00000000000002AAA"]}"#,
        ]
    );
    assert_eq!(
        outputs[1].writes[0].fields,
        json(r#"{"Name":"Deal","AccountId":"001000000000001AAA"}"#)
    );
    assert_eq!(
        outputs[4].writes[1].fields,
        json(r#"{"Name":"two","Opportunity__c":"006000000000001AAA"}"#)
    );

    let request = org.last();
    assert_eq!(
        (request.method.as_str(), request.target.clone()),
        ("POST", format!("{DATA}/composite/graph"))
    );
    assert_eq!(request.header("sforce-call-options"), Some("client=engine"));
    let body = request.json();
    assert_eq!(
        body.at(&["graphs", "0", "graphId"]),
        Some(&format!("g{KEY}").into())
    );
    let nodes = body
        .at(&["graphs", "0", "compositeRequest"])
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(nodes.len(), 6);
    assert_eq!(
        nodes[1],
        json(&format!(
            r#"{{"method":"PATCH","url":"{DATA}/sobjects/Opportunity/Referral_Identifier__c/r-1","referenceId":"n1r0x{KEY}",
                "httpHeaders":{{"Sforce-Auto-Assign":"FALSE"}},
                "body":{{"Name":"Deal","AccountId":"@{{n0r0x{KEY}.id}}"}}}}"#
        ))
    );
    assert_eq!(
        nodes[5].get("body"),
        Some(&json(&format!(
            r#"{{"Name":"two","Opportunity__c":"@{{n1r0x{KEY}.id}}"}}"#
        )))
    );
}

#[tokio::test]
async fn the_call_that_failed_is_named_and_not_those_that_followed() {
    let missing = r#"[{"errorCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [LastName]","fields":["LastName"]}]"#;
    let org = Org::new([graph(
        false,
        &[
            part("n0r0", 400, HALTED),
            part("n1r0", 400, HALTED),
            part("n2r0", 400, missing),
            part("n3r0", 400, HALTED),
            part("n4r0", 400, HALTED),
            part("n4r1", 400, HALTED),
        ],
    )])
    .await;
    let error = run(&org, deal(), context()).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "REQUIRED_FIELD_MISSING")
    );
    assert_eq!(error.field.as_deref(), Some("LastName"));
    assert_eq!(error.failed_call, Some(2));
}

#[tokio::test]
async fn failures_keep_their_class() {
    let locked = r#"[{"errorCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain exclusive access"}]"#;
    let raced = r#"[{"errorCode":"DUPLICATE_VALUE","message":"duplicate value found: Referral_Identifier__c duplicates value on record with id: 006000000000009"}]"#;
    let several = r#"["/services/data/v68.0/sobjects/Opportunity/006000000000001AAA"]"#;
    for (status, body, class, code) in [
        (400, locked, ErrorClass::Transient, "UNABLE_TO_LOCK_ROW"),
        (400, raced, ErrorClass::Conflict, "DUPLICATE_VALUE"),
        (300, several, ErrorClass::Rejected, "ambiguous_external_id"),
    ] {
        let org = Org::new([graph(
            false,
            &[part("n0r0", 400, HALTED), part("n1r0", status, body)],
        )])
        .await;
        let calls = deal().into_iter().take(2).collect();
        let error = run(&org, calls, context()).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str(), error.failed_call),
            (class, code, Some(1))
        );
    }
}

#[tokio::test]
async fn answers_that_do_not_fit_are_not_taken_for_success() {
    let whole = part("n0r0", 201, &created("001000000000001AAA"));
    for exchange in [
        Exchange::json(200, "{}"),
        graph(true, &[]),
        graph(false, std::slice::from_ref(&whole)),
        graph(true, &[part("n0r0", 201, "null")]),
    ] {
        let org = Org::new([exchange]).await;
        let calls = deal().into_iter().take(1).collect();
        let error = run(&org, calls, context()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::UnexpectedResponse, "{error}");
    }
}

#[tokio::test]
async fn updates_and_deletions_can_refer_to_earlier_calls() {
    let calls = vec![
        call(
            "account",
            "create_record",
            json(r#"{"object":"Account","fields":{"Name":"Acme"}}"#),
        ),
        call(
            "rename",
            "update_record",
            object([
                ("object", "Account".into()),
                ("id", reference("account")),
                ("fields", json(r#"{"Name":"Acme Inc"}"#)),
                ("if_unmodified_since", "2026-11-20T21:10:42Z".into()),
            ]),
        ),
        call(
            "attach",
            "update_record",
            object([
                ("object", "Opportunity".into()),
                ("id", "006000000000001AAA".into()),
                ("fields", object([("AccountId", reference("rename"))])),
            ]),
        ),
        call(
            "drop",
            "delete_record",
            json(r#"{"object":"S__c","id":"a00000000000001AAA"}"#),
        ),
    ];
    let org = Org::new([graph(
        true,
        &[
            part("n0r0", 201, &created("001000000000001AAA")),
            part("n1r0", 204, "null"),
            part("n2r0", 204, "null"),
            part("n3r0", 204, "null"),
        ],
    )])
    .await;
    let outputs = run(&org, calls, context()).await.unwrap();
    assert_eq!(outputs[1].body, json(r#"{"id":"001000000000001AAA"}"#));
    assert_eq!(outputs[1].writes[0].id, "001000000000001AAA");
    assert_eq!(
        outputs[2].writes[0].fields,
        json(r#"{"AccountId":"001000000000001AAA"}"#)
    );
    assert_eq!(outputs[3].body, json(r#"{"id":"a00000000000001AAA"}"#));
    let body = org.last().json();
    let nodes = body
        .at(&["graphs", "0", "compositeRequest"])
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(
        nodes[1].get("url").unwrap().as_str().unwrap(),
        format!("{DATA}/sobjects/Account/@{{n0r0x{KEY}.id}}")
    );
    assert_eq!(
        nodes[1]
            .at(&["httpHeaders", "If-Unmodified-Since"])
            .unwrap()
            .as_str(),
        Some("Fri, 20 Nov 2026 21:10:42 GMT")
    );
    assert_eq!(
        nodes[2].at(&["body", "AccountId"]).unwrap().as_str().unwrap(),
        format!("@{{n0r0x{KEY}.id}}")
    );
}

#[tokio::test]
async fn what_is_already_deleted_is_left_out_and_the_rest_sent_again() {
    let calls = || {
        vec![
            call(
                "drop",
                "delete_record",
                json(r#"{"object":"S__c","id":"a00000000000001AAA"}"#),
            ),
            call(
                "add",
                "create_record",
                json(r#"{"object":"S__c","fields":{"Name":"x"}}"#),
            ),
        ]
    };
    let gone = r#"[{"errorCode":"ENTITY_IS_DELETED","message":"entity is deleted"}]"#;
    let org = Org::new([
        graph(false, &[part("n0r0", 404, gone), part("n1r0", 400, HALTED)]),
        graph(true, &[part("n1r0", 201, &created("a00000000000002AAA"))]),
    ])
    .await;
    let outputs = run(&org, calls(), context()).await.unwrap();
    assert_eq!(outputs[0].body, json(r#"{"id":"a00000000000001AAA"}"#));
    assert_eq!(outputs[1].body, json(r#"{"id":"a00000000000002AAA"}"#));

    let org = Org::new([graph(false, &[part("n0r0", 404, gone)])]).await;
    let outputs = run(&org, calls().into_iter().take(1).collect(), context())
        .await
        .unwrap();
    assert_eq!(outputs[0].body, json(r#"{"id":"a00000000000001AAA"}"#));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before() {
    let org = Org::new([]).await;
    let create = |fields: &str| json(&format!(r#"{{"object":"Account","fields":{fields}}}"#));
    let refer = |action: &str| {
        object([
            ("object", "A".into()),
            ("fields", object([("X", reference(action))])),
        ])
    };
    for (calls, code, field, failed) in [
        (
            vec![call("a", "create_record", create(r#"{"Name":"@{n0r0.id}"}"#))],
            "invalid_input",
            Some("fields.Name"),
            0,
        ),
        (
            vec![
                call("a", "create_record", create("{}")),
                call(
                    "b",
                    "create_records",
                    json(r#"{"object":"A","records":[{},{"Name":"hi @{x"}]}"#),
                ),
            ],
            "invalid_input",
            Some("records[1].Name"),
            1,
        ),
        (
            vec![call("a", "create_record", refer("later"))],
            "invalid_input",
            Some("fields.X"),
            0,
        ),
        (
            vec![
                call("a", "create_records", json(r#"{"object":"A","records":[{}]}"#)),
                call("b", "create_record", refer("a")),
            ],
            "invalid_input",
            Some("fields.X"),
            1,
        ),
        (
            vec![
                call("a", "create_record", create("{}")),
                call(
                    "b",
                    "create_record",
                    object([
                        ("object", "A".into()),
                        (
                            "fields",
                            object([("Parent__r", object([("Id", reference("a"))]))]),
                        ),
                    ]),
                ),
            ],
            "invalid_input",
            Some("fields.Parent__r"),
            1,
        ),
        (
            vec![call("a", "query", json(r#"{"query":"SELECT"}"#))],
            "not_in_changeset",
            None,
            0,
        ),
    ] {
        let error = run(&org, calls, context()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Rejected);
        assert_eq!(
            (error.code.as_str(), error.field.as_deref(), error.failed_call),
            (code, field, Some(failed))
        );
    }
    let rows = vec!["{}"; 501].join(",");
    let calls = vec![call(
        "a",
        "create_records",
        json(&format!(r#"{{"object":"A","records":[{rows}]}}"#)),
    )];
    let error = run(&org, calls, context()).await.unwrap_err();
    assert_eq!(error.code, "changeset_too_large");
    assert!(run(&org, Vec::new(), context()).await.unwrap().is_empty());
    assert!(org.stub.requests().is_empty());
}

#[tokio::test]
async fn a_repeated_changeset_that_was_carried_out_is_recognised_by_its_upsert() {
    let opportunity = r#"[{"attributes":{},"Id":"006000000000001AAA","Name":"Deal","AccountId":"001000000000001AAA",
        "CreatedDate":"2026-11-20T10:00:02.000+0000","SystemModstamp":"2026-11-20T10:00:02.000+0000"}]"#;
    let contact =
        r#"[{"attributes":{},"Id":"003000000000001AAA","LastName":"Ng","AccountId":"001000000000001AAA"}]"#;
    let role = r#"[{"attributes":{},"Id":"00K000000000001AAA","OpportunityId":"006000000000001AAA","ContactId":"003000000000001AAA","IsPrimary":true}]"#;
    // Somebody has deleted the first solution since.
    let solutions =
        r#"[{"attributes":{},"Id":"a00000000000002AAA","Name":"two","Opportunity__c":"006000000000001AAA"}]"#;
    let org = Org::new([found(opportunity), found(contact), found(role), found(solutions)]).await;
    let outputs = run(&org, deal(), second_try()).await.unwrap();
    let bodies: Vec<String> = outputs.iter().map(|output| output.body.to_json()).collect();
    assert_eq!(
        bodies,
        [
            r#"{"id":"001000000000001AAA"}"#,
            r#"{"id":"006000000000001AAA","created":true}"#,
            r#"{"id":"003000000000001AAA"}"#,
            r#"{"id":"00K000000000001AAA"}"#,
            r#"{"ids":[null,"a00000000000002AAA"]}"#,
        ]
    );
    let requests = org.requests();
    assert!(
        requests.iter().all(|request| request.method == "GET"),
        "nothing was written"
    );
    assert_eq!(
        soql(&requests[0]),
        "SELECT Id, Name, AccountId, CreatedDate, SystemModstamp FROM Opportunity \
         WHERE Referral_Identifier__c = 'r-1' LIMIT 2"
    );
    assert_eq!(
        soql(&requests[2]),
        format!(
            "SELECT Id, OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole WHERE CreatedById = '{ME}' \
             AND CreatedDate >= 2026-11-20T09:59:30.000Z ORDER BY CreatedDate, Id"
        )
    );
}

#[tokio::test]
async fn a_repeated_changeset_that_was_not_carried_out_is_sent() {
    let all = || {
        graph(
            true,
            &[
                part("n0r0", 201, &created("001000000000001AAA")),
                part(
                    "n1r0",
                    200,
                    r#"{"id":"006000000000001AAA","success":true,"errors":[],"created":false}"#,
                ),
            ],
        )
    };
    let old = |stamp: &str, name: &str| {
        found(&format!(
            r#"[{{"attributes":{{}},"Id":"006000000000001AAA","Name":"{name}","AccountId":null,
                "CreatedDate":"2026-11-01T08:00:00.000+0000","SystemModstamp":"{stamp}"}}]"#
        ))
    };
    let calls = || deal().into_iter().take(2).collect::<Vec<_>>();
    for earlier in [
        found("[]"),
        old("2026-11-01T08:00:00.000+0000", "Deal"),
        old("2026-11-20T10:00:02.000+0000", "Somebody else's edit"),
    ] {
        let org = Org::new([earlier.at(&format!("{DATA}/query")), all()]).await;
        let outputs = run(&org, calls(), second_try()).await.unwrap();
        assert_eq!(outputs[0].body, json(r#"{"id":"001000000000001AAA"}"#));
        assert_eq!(org.last().method, "POST");
    }
    // Changed since, and it holds what was to be written: that was the earlier try.
    let done = old("2026-11-20T10:00:02.000+0000", "Deal");
    let org = Org::new([done, found("[]")]).await;
    let outputs = run(&org, calls(), second_try()).await.unwrap();
    assert_eq!(
        outputs[1].body,
        json(r#"{"id":"006000000000001AAA","created":false}"#)
    );
    assert!(org.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn a_repeated_changeset_without_upsert_looks_for_its_creations() {
    let calls = || {
        vec![
            call(
                "account",
                "create_record",
                json(r#"{"object":"Account","fields":{"Name":"Acme"}}"#),
            ),
            call(
                "update",
                "update_record",
                json(r#"{"object":"Lead","id":"00Q000000000001AAA","fields":{"Status":"x"}}"#),
            ),
        ]
    };
    let account = r#"[{"attributes":{},"Id":"001000000000001AAA","Name":"Acme"}]"#;
    let org = Org::new([found(account)]).await;
    let outputs = run(&org, calls(), second_try()).await.unwrap();
    assert_eq!(outputs[0].body, json(r#"{"id":"001000000000001AAA"}"#));
    assert_eq!(outputs[1].body, json(r#"{"id":"00Q000000000001AAA"}"#));

    let org = Org::new([
        found("[]"),
        graph(
            true,
            &[
                part("n0r0", 201, &created("001000000000002AAA")),
                part("n1r0", 204, "null"),
            ],
        ),
    ])
    .await;
    let outputs = run(&org, calls(), second_try()).await.unwrap();
    assert_eq!(outputs[0].body, json(r#"{"id":"001000000000002AAA"}"#));

    // Nothing is created: sending it again changes nothing more.
    let org = Org::new([graph(true, &[part("n0r0", 204, "null")])]).await;
    let update = calls().into_iter().skip(1).collect();
    run(&org, update, second_try()).await.unwrap();
}
