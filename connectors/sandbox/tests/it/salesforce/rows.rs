//! Creating, reading, changing and deleting rows, and what is refused.

use connector_api::Value;

use super::harness::{DATA, Org};

#[tokio::test]
async fn a_row_lives_from_create_to_recycle_bin() {
    let org = Org::start().await;
    let body = r#"{"Name":"  Fabrikam  ","BillingCountry":"US","Phone":"","NumberOfEmployees":12}"#;
    let created = org.post("/sobjects/Account", body).await;
    assert_eq!(created.status, 201);
    let id = created.text(&["id"]).to_owned();
    assert_eq!(
        created.body.to_json(),
        format!(r#"{{"id":"{id}","success":true,"errors":[]}}"#)
    );
    let path = format!("{DATA}/sobjects/Account/{id}");
    assert_eq!(created.header("location"), Some(path.as_str()));

    let row = org.row("Account", &id).await;
    let first = row.body.as_object().unwrap().keys().next();
    assert_eq!(first.map(String::as_str), Some("attributes"));
    assert_eq!(
        row.json(&["attributes"]),
        format!(r#"{{"type":"Account","url":"{path}"}}"#)
    );
    for (field, value) in [
        ("Name", r#""Fabrikam""#),
        ("Phone", "null"),
        ("NumberOfEmployees", "12"),
        ("IsDeleted", "false"),
        ("CurrencyIsoCode", r#""USD""#),
        ("CreatedDate", r#""2026-11-20T21:10:42.000+0000""#),
        ("SystemModstamp", r#""2026-11-20T21:10:42.500+0000""#),
    ] {
        assert_eq!(row.json(&[field]), value, "{field}");
    }
    assert_eq!(row.json(&["BillingAddress", "country"]), r#""US""#);
    assert_eq!(row.header("last-modified"), Some("Fri, 20 Nov 2026 21:10:42 GMT"));
    assert!(row.header("etag").is_some());

    let fields = org
        .get(&format!("/sobjects/account/{}?fields=name,Id", &id[..15]))
        .await;
    assert_eq!(
        fields.body.to_json(),
        format!(r#"{{"attributes":{{"type":"Account","url":"{path}"}},"Name":"Fabrikam","Id":"{id}"}}"#)
    );

    let changed = org
        .patch(&format!("/sobjects/Account/{id}"), r#"{"phone":"1"}"#)
        .await;
    assert_eq!((changed.status, changed.body), (204, Value::Null));
    assert_eq!(org.row("Account", &id).await.text(&["Phone"]), "1");

    let gone = org.delete(&format!("/sobjects/Account/{id}")).await;
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    let row = format!("/sobjects/Account/{id}");
    assert_eq!(org.get(&row).await.error(), (404, "NOT_FOUND"));
    assert_eq!(
        org.patch(&row, r#"{"Phone":"2"}"#).await.error(),
        (404, "ENTITY_IS_DELETED")
    );
    assert_eq!(org.delete(&row).await.error(), (404, "ENTITY_IS_DELETED"));
}

#[tokio::test]
async fn refusals_carry_code_status_text_and_fields() {
    let org = Org::start().await;
    let account = org.create("Account", r#"{"Name":"A"}"#).await;
    let gone = org.create("Account", r#"{"Name":"Gone"}"#).await;
    org.delete(&format!("/sobjects/Account/{gone}")).await;
    let deal =
        |more: &str| format!(r#"{{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31"{more}}}"#);
    let long = "x".repeat(121);
    let cases = [
        (
            "Opportunity",
            r#"{"Name":"D"}"#.to_owned(),
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [StageName, CloseDate]".to_owned(),
            r#"["StageName","CloseDate"]"#,
        ),
        (
            "Opportunity",
            deal("").replace("\"D\"", &format!("\"{long}\"")),
            "STRING_TOO_LONG",
            format!("Name: data value too large: {long} (max length=120)"),
            r#"["Name"]"#,
        ),
        (
            "Opportunity",
            deal("").replace("Prospecting", "Dreaming"),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Stage: bad value for restricted picklist field: Dreaming".to_owned(),
            r#"["StageName"]"#,
        ),
        (
            "Opportunity",
            deal(r#","IsWon":true,"ExpectedRevenue":1"#),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: IsWon, ExpectedRevenue. Please check the security settings of this \
             field and verify that it is read/write for your profile or permission set."
                .to_owned(),
            r#"["IsWon","ExpectedRevenue"]"#,
        ),
        (
            "Opportunity",
            deal(r#","Id":"006""#),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert call".to_owned(),
            r#"["Id"]"#,
        ),
        (
            "Opportunity",
            deal(&format!(r#","AccountId":"{}""#, account.replace("001", "003"))),
            "MALFORMED_ID",
            format!("Account: id value of incorrect type: {}", account.replace("001", "003")),
            r#"["AccountId"]"#,
        ),
        (
            "Opportunity",
            deal(r#","AccountId":"0015f00000ZZZZZ""#),
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id".to_owned(),
            r#"["AccountId"]"#,
        ),
        (
            "Opportunity",
            deal(&format!(r#","AccountId":"{gone}""#)),
            "ENTITY_IS_DELETED",
            "entity is deleted".to_owned(),
            r#"["AccountId"]"#,
        ),
        (
            "Contact",
            r#"{"LastName":"C","Email":"nobody"}"#.to_owned(),
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nobody".to_owned(),
            r#"["Email"]"#,
        ),
    ];
    for (object, body, code, message, fields) in cases {
        let reply = org.post(&format!("/sobjects/{object}"), &body).await;
        assert_eq!(reply.error(), (400, code), "{body}");
        assert_eq!(reply.text(&["0", "message"]), message);
        assert_eq!(reply.json(&["0", "fields"]), fields);
    }
    for (body, code) in [
        (deal(r#","Nonsense__c":1"#), "INVALID_FIELD"),
        (deal(r#","Amount":"12""#), "JSON_PARSER_ERROR"),
        (deal(r#","CurrencyIsoCode":"XXX""#), "INVALID_CURRENCY_ISO"),
        (
            deal(r#","Amount":10000000000000000"#),
            "NUMBER_OUTSIDE_VALID_RANGE",
        ),
        ("[1]".to_owned(), "JSON_PARSER_ERROR"),
        ("{".to_owned(), "JSON_PARSER_ERROR"),
    ] {
        assert_eq!(
            org.post("/sobjects/Opportunity", &body).await.error(),
            (400, code),
            "{body}"
        );
    }
    assert_eq!(
        org.post("/sobjects/Opportunity", &deal(r#","Nonsense__c":1"#))
            .await
            .text(&["0", "message"]),
        "No such column 'Nonsense__c' on sobject of type Opportunity"
    );
    assert_eq!(
        org.query("SELECT COUNT() FROM Opportunity")
            .await
            .json(&["totalSize"]),
        "0"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let missing = "0065f00000ZZZZZ";
    let body = Some(r#"{"Amount":1}"#);
    for (method, path, body, expected) in [
        (
            "GET",
            format!("/sobjects/Opportunity/{missing}"),
            None,
            (404, "NOT_FOUND"),
        ),
        (
            "PATCH",
            format!("/sobjects/Opportunity/{missing}"),
            body,
            (404, "INVALID_CROSS_REFERENCE_KEY"),
        ),
        (
            "DELETE",
            format!("/sobjects/Opportunity/{missing}"),
            None,
            (404, "INVALID_CROSS_REFERENCE_KEY"),
        ),
        (
            "GET",
            "/sobjects/Opportunity/nonsense".to_owned(),
            None,
            (404, "NOT_FOUND"),
        ),
        (
            "GET",
            format!("/sobjects/Account/{deal}"),
            None,
            (400, "MALFORMED_ID"),
        ),
        ("GET", "/sobjects/Nonsense".to_owned(), None, (404, "NOT_FOUND")),
        ("POST", "/sobjects/Nonsense".to_owned(), body, (404, "NOT_FOUND")),
        (
            "GET",
            format!("/sobjects/Opportunity/{deal}/Nonsense"),
            None,
            (404, "NOT_FOUND"),
        ),
        (
            "GET",
            format!("/sobjects/Opportunity/{deal}?fields=Nonsense"),
            None,
            (400, "INVALID_FIELD"),
        ),
        (
            "PUT",
            format!("/sobjects/Opportunity/{deal}"),
            body,
            (405, "METHOD_NOT_ALLOWED"),
        ),
        (
            "DELETE",
            "/sobjects/Opportunity".to_owned(),
            None,
            (405, "METHOD_NOT_ALLOWED"),
        ),
        ("POST", "/query".to_owned(), body, (405, "METHOD_NOT_ALLOWED")),
    ] {
        let reply = org.send(method, &format!("{DATA}{path}"), &[], body).await;
        assert_eq!(reply.error(), expected, "{method} {path}");
    }
    let refused = org
        .send("PUT", &format!("{DATA}/sobjects/Opportunity/{deal}"), &[], body)
        .await;
    assert_eq!(
        refused.text(&["0", "message"]),
        "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,PATCH,DELETE"
    );
    let override_path = format!("{DATA}/sobjects/Opportunity/{deal}?_HttpMethod=PATCH");
    assert_eq!(org.send("POST", &override_path, &[], body).await.status, 204);
    let form = org
        .client
        .post(format!("{}{DATA}/sobjects/Account", org.sandbox.base_url()))
        .bearer_auth(&org.token)
        .form(&[("Name", "A")])
        .send()
        .await
        .unwrap();
    assert_eq!(form.status(), 415);
}

#[tokio::test]
async fn conditions_hold_a_write_to_what_was_seen() {
    let org = Org::start().await;
    let deal = org.deal("D").await;
    let path = format!("{DATA}/sobjects/Opportunity/{deal}");
    let seen = "Fri, 20 Nov 2026 21:10:42 GMT";
    let unmodified = [("if-unmodified-since", seen)];
    let change = Some(r#"{"Amount":1}"#);
    assert_eq!(org.send("PATCH", &path, &unmodified, change).await.status, 204);
    org.advance(1).await;
    assert_eq!(org.send("PATCH", &path, &[], change).await.status, 204);
    let late = org.send("PATCH", &path, &unmodified, change).await;
    assert_eq!(late.error(), (412, "MATCH_PRECONDITION_FAILED"));
    assert_eq!(
        org.send("PATCH", &path, &[("if-unmodified-since", "soon")], change)
            .await
            .status,
        400
    );
    assert_eq!(
        org.send("GET", &path, &[("if-modified-since", seen)], None)
            .await
            .status,
        200
    );
    let newest = [("if-modified-since", "Fri, 20 Nov 2026 21:10:43 GMT")];
    let unchanged = org.send("GET", &path, &newest, None).await;
    assert_eq!((unchanged.status, unchanged.body), (304, Value::Null));

    let account = org.create("Account", r#"{"Name":"A"}"#).await;
    let path = format!("{DATA}/sobjects/Account/{account}");
    let etag = org
        .send("GET", &path, &[], None)
        .await
        .header("etag")
        .unwrap()
        .to_owned();
    let change = Some(r#"{"Phone":"1"}"#);
    assert_eq!(
        org.send("GET", &path, &[("if-none-match", &etag)], None)
            .await
            .status,
        304
    );
    assert_eq!(
        org.send("PATCH", &path, &[("if-match", &etag)], change)
            .await
            .status,
        204
    );
    assert_eq!(
        org.send("PATCH", &path, &[("if-match", &etag)], change)
            .await
            .status,
        412
    );
}

#[tokio::test]
async fn describe_tells_what_saving_demands() {
    let org = Org::start().await;
    let global = org.get("/sobjects").await;
    assert_eq!(global.json(&["maxBatchSize"]), "200");
    let objects = global.body.get("sobjects").and_then(Value::as_array).unwrap();
    let prefix = |name: &str| {
        let of = objects
            .iter()
            .find(|of| of.get("name").and_then(Value::as_str) == Some(name));
        of.and_then(|of| of.get("keyPrefix")).map(Value::to_json).unwrap()
    };
    for (name, key) in [
        ("Account", "001"),
        ("Contact", "003"),
        ("Opportunity", "006"),
        ("Lead", "00Q"),
        ("User", "005"),
        ("Organization", "00D"),
        ("OpportunityContactRole", "00K"),
        ("OpportunityTeamMember", "00q"),
        ("OpportunityStage", "01J"),
        ("RecordType", "012"),
        ("Microsoft_Partner_Center_Solution__c", "a00"),
    ] {
        assert_eq!(prefix(name), format!("\"{key}\""), "{name}");
    }
    let described = org.get("/sobjects/Opportunity/describe").await;
    let fields = described.body.get("fields").and_then(Value::as_array).unwrap();
    let field = |name: &str| {
        fields
            .iter()
            .find(|field| field.get("name").and_then(Value::as_str) == Some(name))
            .unwrap()
    };
    let shows = |name: &str, member: &str, value: &str| {
        assert_eq!(
            field(name).get(member).unwrap().to_json(),
            value,
            "{name}.{member}"
        );
    };
    shows("Name", "length", "120");
    shows("Name", "byteLength", "360");
    shows("Name", "idLookup", "true");
    shows("StageName", "restrictedPicklist", "true");
    shows("CloseDate", "type", "\"date\"");
    shows("Amount", "precision", "18");
    shows("Amount", "scale", "2");
    shows("Description", "length", "32000");
    shows("Description", "filterable", "false");
    shows("ForecastCategory", "createable", "false");
    shows("ContactId", "createable", "true");
    shows("ContactId", "updateable", "false");
    shows("OwnerId", "defaultedOnCreate", "true");
    shows("OwnerId", "relationshipName", "\"Owner\"");
    shows("AccountId", "referenceTo", r#"["Account"]"#);
    shows("Referral_Identifier__c", "externalId", "true");
    shows("Referral_Identifier__c", "unique", "true");
    shows("Referral_Identifier__c", "length", "100");
    shows("Audit__c", "length", "100000");
    shows("Audit__c", "filterable", "false");
    let help: Vec<_> = field("How_can_Microsoft_help__c")
        .get("picklistValues")
        .and_then(Value::as_array)
        .unwrap()
        .to_vec();
    assert_eq!(help.len(), 6);
    let stages = field("StageName")
        .get("picklistValues")
        .and_then(Value::as_array)
        .unwrap();
    assert_eq!(stages[9].get("value").unwrap().to_json(), "\"Closed Lost\"");
    let required: Vec<_> = fields
        .iter()
        .filter(|field| {
            let is = |member: &str| field.get(member) == Some(&Value::Bool(true));
            is("createable") && !is("nillable") && !is("defaultedOnCreate")
        })
        .map(|field| field.get("name").and_then(Value::as_str).unwrap())
        .collect();
    assert_eq!(required, ["Name", "StageName", "CloseDate"]);
    let children = described.json(&["childRelationships"]);
    for name in [
        "OpportunityContactRoles",
        "OpportunityTeamMembers",
        "Microsoft_Partner_Center_Solutions__r",
    ] {
        assert!(
            children.contains(&format!("\"relationshipName\":\"{name}\"")),
            "{name}"
        );
    }
    let stamp = described.header("last-modified").unwrap().to_owned();
    let path = format!("{DATA}/sobjects/Opportunity/describe");
    let known = [("if-modified-since", stamp.as_str())];
    assert_eq!(org.send("GET", &path, &known, None).await.status, 304);
    org.admin(
        "fields",
        r#"{"object":"Opportunity","name":"Deal_Value__c","type":"currency"}"#,
    )
    .await;
    assert_eq!(org.send("GET", &path, &known, None).await.status, 200);
    let brief = org.get("/sobjects/Opportunity").await;
    assert_eq!(brief.json(&["recentItems"]), "[]");
    assert_eq!(
        brief.json(&["objectDescribe", "labelPlural"]),
        "\"Opportunities\""
    );
}
