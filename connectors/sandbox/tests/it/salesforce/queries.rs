//! Queries: what they find, in which order, in which shape, and what they refuse.

use connector_api::Value;

use super::harness::{DATA, Org, encode};

/// Five deals and what they are found by.
async fn deals(org: &Org) -> Vec<String> {
    let account = org
        .create("Account", r#"{"Name":"O'Neil & Söhne","BillingCountry":"DE"}"#)
        .await;
    let mut ids = Vec::new();
    for (name, stage, closes, amount) in [
        ("Alpha", "Prospecting", "2026-11-20", "100.5"),
        ("beta", "Qualification", "2026-12-31", "20"),
        ("Gamma 100%", "Closed Won", "2026-10-01", "null"),
        ("Delta_x", "Closed Lost", "2027-01-15", "300"),
        ("it's \\ here", "Prospecting", "2026-11-19", "null"),
    ] {
        let account = if amount == "null" {
            "null".to_owned()
        } else {
            format!("\"{account}\"")
        };
        let name = Value::from(name).to_json();
        let body = format!(
            r#"{{"Name":{name},"StageName":"{stage}","CloseDate":"{closes}","Amount":{amount},"AccountId":{account}}}"#
        );
        ids.push(org.create("Opportunity", &body).await);
        org.advance(60).await;
    }
    ids
}

#[tokio::test]
async fn conditions_find_what_the_language_says() {
    let org = Org::start().await;
    let ids = deals(&org).await;
    let (alpha, beta, gamma, delta, here) = ("Alpha", "beta", "Gamma 100%", "Delta_x", "it's \\ here");
    let by_long_id = format!("Id = '{}'", ids[0]);
    let by_short_id = format!("Id IN ('{}','{}')", &ids[0][..15], ids[3]);
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("Name = 'ALPHA'", vec![alpha]),
        ("name != 'alpha'", vec![beta, gamma, delta, here]),
        ("Name = 'it\\'s \\\\ here'", vec![here]),
        ("Name LIKE '%a%'", vec![alpha, beta, gamma, delta]),
        ("Name LIKE '%100\\%'", vec![gamma]),
        ("Name LIKE 'delta\\_x'", vec![delta]),
        ("(NOT Name LIKE '%a%')", vec![here]),
        ("Amount = 100.50", vec![alpha]),
        ("Amount > 20", vec![alpha, delta]),
        ("Amount <= 100.5", vec![alpha, beta]),
        ("Amount = null", vec![gamma, here]),
        ("Amount != NULL", vec![alpha, beta, delta]),
        ("Amount != 20", vec![alpha, gamma, delta, here]),
        ("Amount NOT IN (20, 300)", vec![alpha, gamma, here]),
        ("Amount IN (20, null)", vec![beta, gamma, here]),
        ("Amount < 0", vec![]),
        ("StageName IN ('closed won', 'CLOSED LOST')", vec![gamma, delta]),
        ("IsClosed = true AND IsWon = FALSE", vec![delta]),
        ("IsWon = true OR Amount = 20", vec![beta, gamma]),
        ("IsWon = true OR (Amount = 20 AND Name = 'x')", vec![gamma]),
        ("NOT IsClosed = true", vec![alpha, beta, here]),
        ("CloseDate = 2026-12-31", vec![beta]),
        ("CloseDate >= 2026-12-31", vec![beta, delta]),
        ("CloseDate = TODAY", vec![alpha]),
        ("CloseDate = YESTERDAY", vec![here]),
        ("CloseDate > TODAY", vec![beta, delta]),
        ("CloseDate = NEXT_MONTH", vec![beta]),
        ("CloseDate < THIS_MONTH", vec![gamma]),
        ("CloseDate = LAST_N_DAYS:1", vec![alpha, here]),
        ("CreatedDate < 2026-11-20T21:11:42Z", vec![alpha]),
        ("SystemModstamp <= 2026-11-20T21:11:42.500Z", vec![alpha, beta]),
        ("SystemModstamp < 2026-11-20T22:11:42.500+01:00", vec![alpha]),
        ("CreatedDate = TODAY", vec![alpha, beta, gamma, delta, here]),
        ("Account.Name = 'o\\'neil & söhne'", vec![alpha, beta, delta]),
        ("Account.BillingCountry = null", vec![gamma, here]),
        (
            "AccountId IN (SELECT Id FROM Account WHERE BillingCountry = 'de')",
            vec![alpha, beta, delta],
        ),
        (
            "AccountId NOT IN (SELECT Id FROM Account WHERE BillingCountry = 'DE')",
            vec![gamma, here],
        ),
        (&by_long_id, vec![alpha]),
        (&by_short_id, vec![alpha, delta]),
        (
            "Owner.Username = 'integration@contoso.example'",
            vec![alpha, beta, gamma, delta, here],
        ),
        ("NextStep = ''", vec![alpha, beta, gamma, delta, here]),
    ];
    for (condition, names) in cases {
        let soql = format!("SELECT Name FROM Opportunity WHERE {condition} ORDER BY Id");
        assert_eq!(org.column(&soql, "Name").await, names, "{condition}");
    }
}

#[tokio::test]
async fn order_limit_and_offset() {
    let org = Org::start().await;
    deals(&org).await;
    for (tail, names) in [
        (
            "ORDER BY Amount, Name",
            ["Gamma 100%", "it's \\ here", "beta", "Alpha", "Delta_x"],
        ),
        (
            "ORDER BY Amount DESC, Name DESC",
            ["it's \\ here", "Gamma 100%", "Delta_x", "Alpha", "beta"],
        ),
        (
            "ORDER BY Amount NULLS LAST, Name",
            ["beta", "Alpha", "Delta_x", "Gamma 100%", "it's \\ here"],
        ),
        (
            "ORDER BY CloseDate DESC",
            ["Delta_x", "beta", "Alpha", "it's \\ here", "Gamma 100%"],
        ),
        (
            "ORDER BY Name",
            ["Alpha", "beta", "Delta_x", "Gamma 100%", "it's \\ here"],
        ),
    ] {
        let soql = format!("SELECT Name FROM Opportunity {tail}");
        assert_eq!(org.column(&soql, "Name").await, names, "{tail}");
        let soql = format!("SELECT Name FROM Opportunity {tail} LIMIT 2 OFFSET 1");
        assert_eq!(org.column(&soql, "Name").await, names[1..3], "{tail}");
    }
}

#[tokio::test]
async fn results_have_the_shape_of_the_service() {
    let org = Org::start().await;
    let account = org.create("Account", r#"{"Name":"A"}"#).await;
    let contact = org
        .create(
            "Contact",
            &format!(r#"{{"FirstName":"Ada","LastName":"L","AccountId":"{account}"}}"#),
        )
        .await;
    let body = format!(
        r#"{{"Name":"D","StageName":"Prospecting","CloseDate":"2026-12-31","AccountId":"{account}","ContactId":"{contact}"}}"#
    );
    let deal = org.create("Opportunity", &body).await;
    let soql = "select id, account.NAME, o.Account.Owner.Name, Campaign__c from opportunity o";
    assert_eq!(org.query(soql).await.error(), (400, "INVALID_FIELD"));
    let soql = "select id, account.NAME, o.Account.Owner.Name, \
                (select ContactId, Contact.Name from OpportunityContactRoles), \
                (select id from microsoft_partner_center_solutions__r) from opportunity o";
    let reply = org.query(soql).await;
    let attributes =
        |object: &str, id: &str| format!(r#"{{"type":"{object}","url":"{DATA}/sobjects/{object}/{id}"}}"#);
    let owner = org.row("Account", &account).await.text(&["OwnerId"]).to_owned();
    let role = org.query("SELECT Id FROM OpportunityContactRole").await;
    let role = role.text(&["records", "0", "Id"]);
    let expected = format!(
        r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{},"Id":"{deal}","Account":{{"attributes":{},"Name":"A","Owner":{{"attributes":{},"Name":"Unassigned Inbox"}}}},"OpportunityContactRoles":{{"totalSize":1,"done":true,"records":[{{"attributes":{},"ContactId":"{contact}","Contact":{{"attributes":{},"Name":"Ada L"}}}}]}},"Microsoft_Partner_Center_Solutions__r":null}}]}}"#,
        attributes("Opportunity", &deal),
        attributes("Account", &account),
        attributes("User", &owner),
        attributes("OpportunityContactRole", role),
        attributes("Contact", &contact),
    );
    assert_eq!(reply.body.to_json(), expected);
    let reply = org
        .query("SELECT COUNT() FROM Contact WHERE Account.Name = 'A'")
        .await;
    assert_eq!(
        reply.body.to_json(),
        r#"{"totalSize":1,"done":true,"records":[]}"#
    );
    let without = org.deal("No account").await;
    let reply = org
        .query(&format!(
            "SELECT Account.Name FROM Opportunity WHERE Id = '{without}'"
        ))
        .await;
    assert_eq!(reply.json(&["records", "0", "Account"]), "null");
}

#[tokio::test]
async fn groups_are_counted_and_summed() {
    let org = Org::start().await;
    deals(&org).await;
    let soql = "SELECT StageName, COUNT(Id), SUM(Amount) total FROM Opportunity WHERE IsClosed = false GROUP BY StageName";
    let reply = org.query(soql).await;
    assert_eq!(
        reply.json(&["records"]),
        r#"[{"attributes":{"type":"AggregateResult"},"StageName":"Prospecting","expr0":2,"total":100.5},{"attributes":{"type":"AggregateResult"},"StageName":"Qualification","expr0":1,"total":20.0}]"#
    );
    let reply = org
        .query("SELECT MAX(CloseDate), MIN(Amount), AVG(Amount), COUNT_DISTINCT(StageName) FROM Opportunity")
        .await;
    assert_eq!(
        reply.json(&["records", "0"]),
        r#"{"attributes":{"type":"AggregateResult"},"expr0":"2027-01-15","expr1":20.0,"expr2":140.16666666666666666666666667,"expr3":4}"#
    );
    let reply = org
        .query("SELECT Name, COUNT(Id) FROM Opportunity GROUP BY StageName")
        .await;
    assert_eq!(reply.error(), (400, "MALFORMED_QUERY"));
}

#[tokio::test]
async fn refused_queries_say_why_and_where() {
    let org = Org::start().await;
    let wrong_column = org.query("SELECT Id, Foo FROM Account").await;
    assert_eq!(wrong_column.error(), (400, "INVALID_FIELD"));
    assert_eq!(
        wrong_column.text(&["0", "message"]),
        "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity \
         'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field \
         name. Please reference your WSDL or the describe call for the appropriate names."
    );
    for (soql, code, text) in [
        (
            "SELECT Id FROM Nonsense",
            "INVALID_TYPE",
            "sObject type 'Nonsense' is not supported.",
        ),
        (
            "SELECT Id FROM ScratchOrgInfo limit 1",
            "INVALID_TYPE",
            "sObject type 'ScratchOrgInfo'",
        ),
        (
            "SELECT Foo.Name FROM Account",
            "INVALID_FIELD",
            "Didn't understand relationship 'Foo' in field path.",
        ),
        (
            "SELECT (SELECT Id FROM Foos) FROM Account",
            "INVALID_TYPE",
            "Didn't understand relationship 'Foos'",
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Opportunity WHERE Audit__c != null",
            "INVALID_FIELD",
            "field 'Audit__c' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Opportunity ORDER BY Audit__c",
            "INVALID_FIELD",
            "field 'Audit__c' can not be sorted in a query call",
        ),
        (
            "SELECT Id FROM Account WHERE BillingAddress = 'x'",
            "INVALID_FIELD",
            "can not be filtered",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 5",
            "INVALID_FIELD",
            "must be of type string and should be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Opportunity WHERE Amount = '5'",
            "INVALID_FIELD",
            "must be of type currency",
        ),
        (
            "SELECT Id FROM Opportunity WHERE CloseDate = 2026-11-20T00:00:00Z",
            "INVALID_FIELD",
            "must be of type date",
        ),
        (
            "SELECT Id FROM Opportunity WHERE CreatedDate > 2026-11-20",
            "INVALID_FIELD",
            "must be of type dateTime",
        ),
        (
            "SELECT Id FROM Opportunity WHERE IsWon = 'true'",
            "INVALID_FIELD",
            "must be of type boolean",
        ),
        (
            "SELECT Id FROM Opportunity WHERE CloseDate = SOMEDAY",
            "MALFORMED_QUERY",
            "unexpected token: 'SOMEDAY'",
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'nonsense'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: nonsense",
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on id field",
        ),
        (
            "SELECT Id FROM Account WHERE Name INCLUDES ('a')",
            "INVALID_QUERY_FILTER_OPERATOR",
            "multi-select",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'Ter\\%'",
            "MALFORMED_QUERY",
            "Illegal character sequence '\\%' in string literal",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a\\x'",
            "MALFORMED_QUERY",
            "Illegal character sequence '\\x'",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' OR Fax = 'c'",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        (
            "SELECT FIELDS(ALL) FROM Account",
            "MALFORMED_QUERY",
            "LIMIT of at most 200",
        ),
        (
            "SELECT Id FROM Account LIMIT 1 OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "2000",
        ),
        (
            "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account) OR Email = 'x'",
            "MALFORMED_QUERY",
            "Semi join",
        ),
        (
            "SELECT BillingCountryCode FROM Account",
            "INVALID_FIELD",
            "No such column 'BillingCountryCode'",
        ),
    ] {
        let reply = org.query(soql).await;
        assert_eq!(reply.error(), (400, code), "{soql}");
        let message = reply.text(&["0", "message"]);
        assert!(message.contains(text), "{soql}: {message}");
    }
    assert_eq!(org.get("/query").await.error(), (400, "MALFORMED_QUERY"));
}

#[tokio::test]
async fn pages_are_followed_by_their_address() {
    let org = Org::start().await;
    let mut ids = Vec::new();
    for index in 0..5 {
        ids.push(org.deal(&format!("D{index}")).await);
    }
    org.admin("settings", r#"{"page_rows":2}"#).await;
    let mut page = org.query("SELECT Id FROM Opportunity ORDER BY Id").await;
    let first_next = page.text(&["nextRecordsUrl"]).to_owned();
    assert!(
        first_next.starts_with("/services/data/v68.0/query/01g"),
        "{first_next}"
    );
    let mut seen = Vec::new();
    loop {
        assert_eq!(page.json(&["totalSize"]), "5");
        let records = page.body.get("records").and_then(Value::as_array).unwrap();
        seen.extend(
            records
                .iter()
                .map(|record| record.get("Id").and_then(Value::as_str).unwrap().to_owned()),
        );
        let Some(next) = page.body.get("nextRecordsUrl").and_then(Value::as_str) else {
            break;
        };
        assert_eq!(page.json(&["done"]), "false");
        page = org.send("GET", next, &[], None).await;
    }
    assert_eq!(page.json(&["done"]), "true");
    assert_eq!(seen, ids);
    org.admin("settings", r#"{"session_seconds":1000000}"#).await;
    org.advance(48 * 3_600 + 1).await;
    for path in [
        first_next.as_str(),
        "/services/data/v68.0/query/01g000000000000-2",
        "/services/data/v68.0/query/x",
    ] {
        assert_eq!(
            org.send("GET", path, &[], None).await.error(),
            (400, "INVALID_QUERY_LOCATOR"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_batch_size_is_kept_within_its_bounds() {
    let org = Org::start().await;
    let record = r#"{"attributes":{"type":"Account"},"Name":"A"}"#;
    let body = format!(r#"{{"records":[{}]}}"#, vec![record; 200].join(","));
    for _ in 0..2 {
        assert_eq!(org.post("/composite/sobjects", &body).await.status, 200);
    }
    let path = format!("{DATA}/query/?q={}", encode("SELECT Id FROM Account"));
    for (options, rows) in [
        ("batchSize=250", 250),
        ("batchSize=1", 200),
        ("batchSize=9999", 400),
    ] {
        let reply = org
            .send("GET", &path, &[("sforce-query-options", options)], None)
            .await;
        let records = reply.body.get("records").and_then(Value::as_array).unwrap();
        assert_eq!(records.len(), rows, "{options}");
    }
}

#[tokio::test]
async fn the_command_line_gets_what_it_asks_at_login() {
    let org = Org::start().await;
    let soql = "SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization";
    assert_eq!(org.query(soql).await.json(&["totalSize"]), "1");
    let path = format!(
        "/tooling/query?q={}",
        encode("SELECT Id FROM SandboxProcess WHERE Status = 'x'")
    );
    assert_eq!(org.get(&path).await.json(&["records"]), "[]");
    let columns = org
        .get(&format!(
            "/query?q={}&columns=true",
            encode(
                "SELECT Id, Name, Account.Name, (SELECT Id FROM OpportunityContactRoles) FROM Opportunity"
            )
        ))
        .await;
    assert_eq!(columns.json(&["entityName"]), "\"Opportunity\"");
    assert_eq!(columns.json(&["keyPrefix"]), "\"006\"");
    assert_eq!(columns.json(&["idSelected"]), "true");
    assert_eq!(
        columns.json(&["columnMetadata", "0"]),
        r#"{"aggregate":false,"apexType":"Id","booleanType":false,"columnName":"Id","custom":false,"displayName":"Id","foreignKeyName":null,"insertable":false,"joinColumns":[],"numberType":false,"textType":false,"updatable":false}"#
    );
    assert_eq!(
        columns.json(&["columnMetadata", "2", "columnName"]),
        "\"Account\""
    );
    assert_eq!(
        columns.json(&["columnMetadata", "2", "joinColumns", "0", "columnName"]),
        "\"Name\""
    );
    assert_eq!(
        columns.json(&["columnMetadata", "3", "columnName"]),
        "\"OpportunityContactRoles\""
    );
}

#[tokio::test]
async fn children_and_parents_have_addresses_of_their_own() {
    let org = Org::start().await;
    let account = org.create("Account", r#"{"Name":"A"}"#).await;
    let contact = org
        .create(
            "Contact",
            &format!(r#"{{"LastName":"L","AccountId":"{account}"}}"#),
        )
        .await;
    let parent = org
        .get(&format!("/sobjects/Contact/{contact}/Account?fields=Name"))
        .await;
    assert_eq!(parent.text(&["Name"]), "A");
    let children = org.get(&format!("/sobjects/Account/{account}/Contacts")).await;
    assert_eq!(children.text(&["records", "0", "Id"]), contact);
    let limits = org.get("/limits/recordCount?sObjects=Account,Contact").await;
    assert_eq!(
        limits.body.to_json(),
        r#"{"sObjects":[{"count":1,"name":"Account"},{"count":1,"name":"Contact"}]}"#
    );
}

#[tokio::test]
async fn a_plan_can_be_asked_for() {
    let org = Org::start().await;
    let soql = "SELECT Id FROM Account";
    let reply = org.get(&format!("/query?explain={}", encode(soql))).await;
    assert_eq!(reply.text(&["sourceQuery"]), soql);
    assert_eq!(reply.text(&["plans", "0", "sobjectType"]), "Account");
    let reply = org.get("/query?explain=nonsense").await;
    assert_eq!(reply.error(), (400, "MALFORMED_QUERY"));
}
