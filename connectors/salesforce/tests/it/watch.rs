//! Watching: one record per deal whatever of it changed, read whole.

use connector_api::{ErrorClass, PollOutput, Value};
use connector_http::stub::Exchange;

use crate::org::{DATA, ME, Org, found, json, soql};

const INPUTS: &str = r#"{"object":"Opportunity","fields":["StageName"],"filter":"Sync__c = TRUE"}"#;
const WATCH: &str = r#"[
    {"side":"salesforce.Opportunity","fields":["Amount"]},
    {"side":"salesforce.Account","fields":["Name","BillingCountry"]},
    {"side":"salesforce.Opportunity","relationship":"OpportunityContactRoles","fields":["IsPrimary","Contact.Email"]}]"#;
const CHANGED: &str = "record_created_or_modified";
const OTHER: &str = "005000000000007AAA";

fn describes() -> [Exchange; 2] {
    let opportunity = r#"{"name":"Opportunity","fields":[
            {"name":"Id","type":"id"},{"name":"Name","type":"string"},{"name":"IsDeleted","type":"boolean"},
            {"name":"CreatedDate","type":"datetime"},{"name":"LastModifiedById","type":"reference","referenceTo":["User"],"relationshipName":"LastModifiedBy"},
            {"name":"LastModifiedDate","type":"datetime"},{"name":"SystemModstamp","type":"datetime"},
            {"name":"AccountId","type":"reference","referenceTo":["Account"],"relationshipName":"Account"},
            {"name":"What__c","type":"reference","referenceTo":["Lead","Case"],"relationshipName":"What__r"},
            {"name":"First__c","type":"reference","referenceTo":["Contact"],"relationshipName":"First__r"},
            {"name":"Second__c","type":"reference","referenceTo":["Contact"],"relationshipName":"Second__r"}],
        "childRelationships":[{"relationshipName":"OpportunityContactRoles","childSObject":"OpportunityContactRole","field":"OpportunityId"}]}"#;
    let role = r#"{"name":"OpportunityContactRole","fields":[
            {"name":"ContactId","type":"reference","referenceTo":["Contact"],"relationshipName":"Contact"}],"childRelationships":[]}"#;
    [
        Exchange::json(200, opportunity).at(&format!("{DATA}/sobjects/Opportunity/describe")),
        Exchange::json(200, role).at(&format!("{DATA}/sobjects/OpportunityContactRole/describe")),
    ]
}

fn rows(resource: &str, records: &str) -> Exchange {
    found(records)
        .header("date", "Fri, 20 Nov 2026 10:10:00 GMT")
        .at(&format!("{DATA}/{resource}"))
}

/// What each source shows, in the order in which they are asked.
#[derive(Default)]
struct Changes<'a> {
    base: &'a str,
    account: &'a str,
    roles: &'a str,
    contacts: &'a str,
}

/// The answers of several queries in one call.
fn composite(results: &[String]) -> Exchange {
    let parts: Vec<String> = results
        .iter()
        .enumerate()
        .map(|(index, records)| {
            let count = json(records).as_array().unwrap().len();
            format!(
                r#"{{"body":{{"totalSize":{count},"done":true,"records":{records}}},"httpHeaders":{{}},"httpStatusCode":200,"referenceId":"q{index}"}}"#
            )
        })
        .collect();
    Exchange::json(200, &format!(r#"{{"compositeResponse":[{}]}}"#, parts.join(",")))
        .header("date", "Fri, 20 Nov 2026 10:10:00 GMT")
        .at(&format!("{DATA}/composite"))
}

async fn started() -> (Org, Value) {
    let start = found("[]").header("date", "Fri, 20 Nov 2026 10:00:00 GMT");
    let org = Org::new([start]).await;
    org.stub.push(describes());
    let output = org.poll(CHANGED, INPUTS, None, Some(WATCH)).await.unwrap();
    org.clock("Fri, 20 Nov 2026 10:10:00 GMT").await;
    (org, output.cursor)
}

async fn poll(org: &Org, cursor: &Value, changes: Changes<'_>, whole: Option<&str>) -> PollOutput {
    let listed = |records: &str| format!("[{records}]");
    org.stub.push([composite(&[
        listed(changes.base),
        listed(changes.account),
        listed(changes.roles),
        listed(changes.contacts),
    ])]);
    org.stub
        .push(whole.map(|records| rows("query", &listed(records))));
    let output = org
        .poll(CHANGED, INPUTS, Some(cursor), Some(WATCH))
        .await
        .unwrap();
    assert_eq!(org.stub.left(), 0);
    output
}

fn base(number: u32, deleted: bool, by: &str) -> String {
    format!(
        r#"{{"attributes":{{}},"Id":"006{number:012}AAA","CreatedDate":"2026-11-19T08:00:00.000+0000",
            "SystemModstamp":"2026-11-20T10:09:00.000+0000","LastModifiedById":"{by}","IsDeleted":{deleted}}}"#
    )
}

#[tokio::test]
async fn every_source_is_asked_in_one_call() {
    let (org, cursor) = started().await;
    let output = poll(&org, &cursor, Changes::default(), None).await;
    assert!(output.records.is_empty());
    let request = org.last();
    assert_eq!(
        (request.method.as_str(), request.header("sforce-call-options")),
        ("POST", None)
    );
    let body = request.json();
    let parts = body.get("compositeRequest").unwrap().as_array().unwrap();
    let asked: Vec<String> = parts
        .iter()
        .map(|part| {
            assert_eq!(part.get("method").unwrap().as_str(), Some("GET"));
            let url = part.get("url").unwrap().as_str().unwrap();
            let (path, query) = url.split_once("?q=").unwrap();
            let query = percent_encoding::percent_decode_str(query).decode_utf8().unwrap();
            format!("{}: {query}", path.strip_prefix(DATA).unwrap())
        })
        .collect();
    let since = cursor
        .get("since")
        .unwrap()
        .as_str()
        .unwrap()
        .replace('Z', ".000Z");
    assert_eq!(
        asked,
        [
            format!(
                "/queryAll: SELECT Id,SystemModstamp,LastModifiedById,CreatedDate,IsDeleted FROM Opportunity \
                 WHERE SystemModstamp >= {since} AND (Sync__c = TRUE) ORDER BY SystemModstamp, Id LIMIT 1000"
            ),
            format!(
                "/query: SELECT Id,Account.SystemModstamp,Account.LastModifiedById FROM Opportunity \
                 WHERE Account.SystemModstamp >= {since} AND (Sync__c = TRUE) ORDER BY Account.SystemModstamp, Id LIMIT 1000"
            ),
            format!(
                "/queryAll: SELECT Id,OpportunityId,SystemModstamp,LastModifiedById FROM OpportunityContactRole \
                 WHERE SystemModstamp >= {since} ORDER BY SystemModstamp, Id LIMIT 1000"
            ),
            format!(
                "/query: SELECT Id,OpportunityId,Contact.SystemModstamp,Contact.LastModifiedById FROM OpportunityContactRole \
                 WHERE Contact.SystemModstamp >= {since} ORDER BY Contact.SystemModstamp, Id LIMIT 1000"
            ),
        ]
    );
}

#[tokio::test]
async fn a_query_that_fails_among_several_fails_the_poll() {
    let (org, cursor) = started().await;
    let failed = r#"{"compositeResponse":[{"body":[{"errorCode":"INVALID_FIELD","message":"No such column"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"q0"}]}"#;
    org.stub
        .push([Exchange::json(200, failed).at(&format!("{DATA}/composite"))]);
    let error = org
        .poll(CHANGED, INPUTS, Some(&cursor), Some(WATCH))
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Rejected, "INVALID_FIELD")
    );
}

#[tokio::test]
async fn a_second_edit_in_one_second_is_found_anywhere() {
    let (org, cursor) = started().await;
    let account = r#"{"attributes":{},"Id":"006000000000001AAA","Account":{"SystemModstamp":"2026-11-20T10:30:00.000+0000","LastModifiedById":"005000000000007AAA"}}"#;
    let changes = || Changes {
        account,
        ..Changes::default()
    };
    let whole = |country: &str| {
        format!(
            r#"{{"attributes":{{}},"Id":"006000000000001AAA","Account":{{"BillingCountry":"{country}"}}}}"#
        )
    };
    let mut cursor = cursor;
    let mut handed_on = Vec::new();
    for country in ["DE", "DE", "FR"] {
        let output = poll(&org, &cursor, changes(), Some(&whole(country))).await;
        handed_on.push(output.records.len());
        cursor = json(&output.cursor.to_json());
    }
    assert_eq!(handed_on, [1, 0, 1]);
}

#[tokio::test]
async fn a_change_anywhere_hands_on_the_whole_record_once() {
    let (org, cursor) = started().await;
    let changes = || Changes {
        account: r#"{"attributes":{},"Id":"006000000000001AAA","Account":{"SystemModstamp":"2026-11-20T10:08:00.000+0000","LastModifiedById":"005000000000007AAA"}}"#,
        roles: r#"{"attributes":{},"Id":"00K000000000001AAA","OpportunityId":"006000000000001AAA","SystemModstamp":"2026-11-20T10:09:00.000+0000","LastModifiedById":"005000000000001AAA"}"#,
        contacts: r#"{"attributes":{},"Id":"00K000000000002AAA","OpportunityId":"006000000000002AAA","Contact":{"SystemModstamp":"2026-11-20T10:07:00.000+0000","LastModifiedById":"005000000000001AAA"}}"#,
        ..Changes::default()
    };
    let whole = r#"
        {"attributes":{},"Id":"006000000000001AAA","Amount":1.10,"Account":{"attributes":{},"Name":"Acme","BillingCountry":"DE"},
         "OpportunityContactRoles":{"totalSize":1,"done":true,"records":[{"attributes":{},"Id":"00K000000000001AAA","IsPrimary":true,"Contact":{"attributes":{},"Email":"a@b.c"}}]}},
        {"attributes":{},"Id":"006000000000002AAA","Amount":null,"Account":null,"OpportunityContactRoles":null}"#;
    let output = poll(&org, &cursor, changes(), Some(whole)).await;
    let ids: Vec<&str> = output.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(
        ids,
        ["006000000000002AAA", "006000000000001AAA"],
        "in the order of the latest change"
    );
    assert_eq!(
        output.records[1].body.to_json(),
        r#"{"Id":"006000000000001AAA","Amount":1.10,"Account":{"Name":"Acme","BillingCountry":"DE"},"OpportunityContactRoles":[{"Id":"00K000000000001AAA","IsPrimary":true,"Contact":{"Email":"a@b.c"}}]}"#
    );
    assert_eq!(
        output.records[0].body.to_json(),
        r#"{"Id":"006000000000002AAA","Amount":null,"Account":null,"OpportunityContactRoles":[]}"#
    );
    let ours: Vec<bool> = output.records.iter().map(|record| record.ours).collect();
    assert_eq!(
        ours,
        [true, false],
        "somebody else's change counts even if ours came later"
    );
    assert_eq!(
        soql(&org.last()),
        "SELECT Id,Name,IsDeleted,CreatedDate,LastModifiedById,LastModifiedDate,SystemModstamp,StageName,Amount,\
         Account.Name,Account.BillingCountry,(SELECT Id,IsPrimary,Contact.Email FROM OpportunityContactRoles) \
         FROM Opportunity WHERE Id IN ('006000000000002AAA','006000000000001AAA') AND (Sync__c = TRUE)"
    );

    let again = {
        org.clock("Fri, 20 Nov 2026 10:11:00 GMT").await;
        poll(&org, &json(&output.cursor.to_json()), changes(), None).await
    };
    assert!(
        again.records.is_empty(),
        "the overlap shows the same changes again"
    );
}

#[tokio::test]
async fn versions_of_different_changes_differ() {
    let (org, cursor) = started().await;
    let account = |time: &str| {
        format!(
            r#"{{"attributes":{{}},"Id":"006000000000001AAA","Account":{{"SystemModstamp":"2026-11-20T{time}.000+0000","LastModifiedById":"{OTHER}"}}}}"#
        )
    };
    let whole = r#"{"attributes":{},"Id":"006000000000001AAA"}"#;
    let first = account("10:09:00");
    let own = base(1, false, ME);
    let mut versions = Vec::new();
    let mut cursor = cursor;
    for changes in [
        Changes {
            account: &first,
            ..Changes::default()
        },
        Changes {
            account: &first,
            base: &own,
            ..Changes::default()
        },
    ] {
        let output = poll(&org, &cursor, changes, Some(whole)).await;
        versions.push(output.records[0].version.clone());
        cursor = output.cursor;
        org.clock("Fri, 20 Nov 2026 10:11:00 GMT").await;
    }
    assert_eq!(
        versions,
        [
            "006000000000001AAA@2026-11-20T10:09:00Z/Account:006000000000001AAA",
            "006000000000001AAA@2026-11-20T10:09:00Z"
        ]
    );
}

#[tokio::test]
async fn deletions_are_seen() {
    let (org, cursor) = started().await;
    let deleted = base(1, true, OTHER);
    let changes = Changes {
        base: &deleted,
        // A deleted role: the opportunity is read whole, without it.
        roles: r#"{"attributes":{},"Id":"00K000000000002AAA","OpportunityId":"006000000000002AAA","SystemModstamp":"2026-11-20T10:08:00.000+0000","LastModifiedById":"005000000000007AAA"}"#,
        ..Changes::default()
    };
    let whole = r#"{"attributes":{},"Id":"006000000000002AAA","OpportunityContactRoles":null}"#;
    let output = poll(&org, &cursor, changes, Some(whole)).await;
    let bodies: Vec<String> = output
        .records
        .iter()
        .map(|record| record.body.to_json())
        .collect();
    assert_eq!(
        bodies,
        [
            r#"{"Id":"006000000000002AAA","OpportunityContactRoles":[]}"#,
            r#"{"Id":"006000000000001AAA","IsDeleted":true}"#,
        ]
    );
    assert!(
        soql(&org.last()).contains("Id IN ('006000000000002AAA')"),
        "the deleted one is not read"
    );
}

#[tokio::test]
async fn a_record_that_no_longer_meets_the_condition_is_left_out() {
    let (org, cursor) = started().await;
    let changes = Changes {
        roles: r#"{"attributes":{},"Id":"00K000000000002AAA","OpportunityId":"006000000000002AAA","SystemModstamp":"2026-11-20T10:08:00.000+0000","LastModifiedById":"005000000000007AAA"}"#,
        ..Changes::default()
    };
    let output = poll(&org, &cursor, changes, Some("")).await;
    assert!(output.records.is_empty());
}

#[tokio::test]
async fn sides_that_cannot_be_reached_are_refused() {
    for (watch, told) in [
        (r#"{"side":"x"}"#, "list"),
        (r#"[{"fields":["Name"]}]"#, "`side`"),
        (
            r#"[{"side":"salesforce.Campaign","fields":["Name"]}]"#,
            "no lookup to `Campaign`",
        ),
        (
            r#"[{"side":"salesforce.Contact","fields":["Name"]}]"#,
            "First__r, Second__r",
        ),
        (
            r#"[{"side":"salesforce.Opportunity","relationship":"Nothings","fields":[]}]"#,
            "`Nothings`",
        ),
        (r#"[{"side":"salesforce.Opportunity","fields":["a b"]}]"#, "a b"),
    ] {
        let (org, cursor) = started().await;
        let error = org
            .poll(CHANGED, INPUTS, Some(&cursor), Some(watch))
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.field.as_deref()),
            (ErrorClass::Rejected, Some("watch"))
        );
        assert!(error.message.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_parent_of_several_kinds_is_read_but_not_followed() {
    let (org, cursor) = started().await;
    org.stub
        .push([rows("queryAll", &format!("[{}]", base(1, false, ME)))]);
    org.stub.push([rows(
        "query",
        r#"[{"attributes":{},"Id":"006000000000001AAA","What__r":{"attributes":{},"Name":"x"}}]"#,
    )]);
    let watch = r#"[{"side":"salesforce.Opportunity","fields":["What__r.Name"]}]"#;
    let output = org
        .poll(CHANGED, INPUTS, Some(&cursor), Some(watch))
        .await
        .unwrap();
    assert_eq!(
        output.records[0].body.to_json(),
        r#"{"Id":"006000000000001AAA","What__r":{"Name":"x"}}"#
    );
    assert!(output.records[0].ours);
    assert!(soql(&org.last()).contains("What__r.Name"));
}
