//! What a link keeps of two records: reduced to what is compared, and only where both agree.

use connector_api::Value;

use super::fixture::{catalog, context, environment, json, mapping, with_rows};
use crate::mapping::{Base, BaseRequest, Mapping, base, reduced};

const ROWS: &str = r#"
name: { referral: "$.name", opportunity: Name, to_opportunity: create, to_referral: { value: "{{ trim(replace(value, '✓', '')) }}" } }
value: { referral: "$.details.dealValue", opportunity: "{{ env.deal_value_field }}" }
closes: { referral: "$.details.closingDateTime", opportunity: CloseDate, as: date }
notes: { referral: "$.details.notes", opportunity: Description }
country: { referral: "$.country", account: BillingCountry, to_account: create, to_referral: create }
state: { referral: ["$.status", "$.substatus"], opportunity: StageName, to_opportunity: never,
  to_referral: { on: "{{ opportunity.StageName == 'Won' }}", value: "{{ ['Closed', 'Won'] if coalesce(opportunity.IsWon, true) else ['Closed', 'Lost'] }}" } }
"#;

fn solutions() -> Mapping {
    mapping(
        r#"
mapping: solutions
sides: { referral: pc.Referral, opportunity: sf.Opportunity }
lists:
  solutions:
    referral: "$.details.solutions"
    opportunity: Solutions__r
    key: { referral: id, opportunity: Solution_Id__c }
    fields: { name: { referral: name, opportunity: Name, default: "{{ coalesce(item.id, item.Solution_Id__c) }}" } }
"#,
    )
}

/// The members of a JSON object.
fn members(text: &str) -> Vec<(String, Value)> {
    json(text).as_object().unwrap().clone().into_iter().collect()
}

fn kept(mapping: &Mapping, records: &str, written: &str, answered: &str) -> Base {
    let mut written = json(written);
    let lists = written.as_object_mut().unwrap().shift_remove("lists");
    let request = BaseRequest {
        records: members(records),
        written: members(&written.to_json()),
        lists,
        answered: members(answered),
    };
    base(mapping, request, &catalog(), &context()).unwrap()
}

#[test]
fn records_are_reduced_to_what_is_compared() {
    let referral = json(
        r#"{"id":"R1","name":"Deal","eTag":"x","status":"New","country":"NO",
            "details":{"dealValue":72500.505,"notes":null,"currency":"NOK"}}"#,
    );
    let opportunity = json(
        r#"{"Id":"006","Name":"✓ Deal","Amount":72500.51,"CloseDate":"2026-11-01","StageName":"Won","IsWon":true,
            "Audit__c":"long","Account":{"Name":"A"}}"#,
    );
    let mapping = with_rows(ROWS);
    for (side, record, expected) in [
        (
            "referral",
            &referral,
            r#"{"name":"Deal","details":{"dealValue":72500.505,"closingDateTime":null,"notes":null},"status":"New","substatus":null}"#,
        ),
        (
            "opportunity",
            &opportunity,
            r#"{"Name":"✓ Deal","Amount":72500.51,"CloseDate":"2026-11-01","Description":null,"StageName":"Won","IsWon":true}"#,
        ),
        ("account", &json(r#"{"BillingCountry":"NO"}"#), "{}"),
        (
            "opportunity",
            &Value::Null,
            r#"{"Name":null,"Amount":null,"CloseDate":null,"Description":null,"StageName":null,"IsWon":null}"#,
        ),
    ] {
        let found = reduced(&mapping, side, record, &environment()).unwrap();
        assert_eq!(found.to_json(), expected, "{side}");
    }
    let rows = json(
        r#"{"Solutions__r":{"records":[{"Id":"r1","Solution_Id__c":"S1","Name":"a","Price__c":3},{"Name":"no key"}]}}"#,
    );
    assert_eq!(
        reduced(&solutions(), "opportunity", &rows, &environment()).unwrap(),
        json(r#"{"Solutions__r":[{"Solution_Id__c":"S1","Name":"a"}]}"#)
    );
    let items = json(r#"{"details":{"solutions":[{"id":"S1","type":"Name"}]},"name":"x"}"#);
    assert_eq!(
        reduced(&solutions(), "referral", &items, &environment()).unwrap(),
        json(r#"{"details":{"solutions":[{"id":"S1","name":null}]}}"#)
    );
    let error = reduced(&mapping, "lead", &Value::Null, &environment()).unwrap_err();
    assert_eq!(error.code, "unknown_side");
}

#[test]
fn only_rows_that_agree_are_kept() {
    let records = r#"{
        "referral":{"name":"Deal","status":"New","substatus":"Pending","details":{"dealValue":72500.505,"closingDateTime":"2026-11-01T23:00:00.0000000Z","notes":"old"}},
        "opportunity":{"Name":"✓ Deal","Amount":72500.51,"CloseDate":"2026-11-01","Description":"new","StageName":"Won","IsWon":true}}"#;
    let found = kept(&with_rows(ROWS), records, "{}", "{}");
    assert_eq!(found.pending, ["notes", "state"]);
    // Each side keeps its own form of what agrees; the stage still has to go, so nothing it reads is kept.
    assert_eq!(
        Value::Object(found.sides),
        json(
            r#"{"referral":{"name":"Deal","details":{"dealValue":72500.505,"closingDateTime":"2026-11-01T23:00:00.0000000Z"}},
                "opportunity":{"Name":"✓ Deal","Amount":72500.51,"CloseDate":"2026-11-01"}}"#
        )
    );
}

#[test]
fn what_was_written_counts_as_there_in_the_form_the_service_answered() {
    let records = r#"{
        "referral":{"name":"Deal","status":"New","substatus":"Pending","details":{"dealValue":1,"notes":"old"}},
        "opportunity":{"Name":"Deal","Amount":2,"Description":"a long note","StageName":"Won"}}"#;
    let written = r#"{"referral":{"status":"Closed","substatus":"Won","details":{"dealValue":2,"notes":"a long note"}}}"#;
    // The service cut the note. It is still what it made of ours, and no edit of somebody else.
    let answered = r#"{"referral":{"name":"Deal","status":"Closed","substatus":"Won","details":{"dealValue":2.0,"notes":"a long"}}}"#;
    let found = kept(&with_rows(ROWS), records, written, answered);
    assert_eq!(found.pending, [] as [&str; 0]);
    assert_eq!(
        found.sides.get("referral"),
        Some(&json(
            r#"{"name":"Deal","status":"Closed","substatus":"Won",
                "details":{"dealValue":2.0,"closingDateTime":null,"notes":"a long"}}"#
        ))
    );
    // Without an answer it is taken for what was written.
    let found = kept(&with_rows(ROWS), records, written, r#"{"referral":null}"#);
    let notes = found.sides["referral"].at(&["details", "notes"]).cloned();
    assert_eq!(notes, Some("a long note".into()));
}

#[test]
fn lists_are_kept_when_every_row_agrees() {
    let records = r#"{
        "referral":{"details":{"solutions":[{"id":"S1","name":"a"},{"id":"S2","name":"S2","type":"Name"},{"id":"S3","name":"c"}]}},
        "opportunity":{"Solutions__r":[{"Id":"r1","Solution_Id__c":"S1","Name":"b"},{"Id":"r2","Solution_Id__c":"S2","Name":null},
            {"Id":"r4","Solution_Id__c":"S4","Name":"d"}]}}"#;
    let found = kept(&solutions(), records, "{}", "{}");
    assert_eq!(
        (found.pending, found.sides.len()),
        (vec!["solutions".to_owned()], 0)
    );
    // The moves of a diff, done: one row renamed, one made, one deleted.
    let written = r#"{"lists":{"solutions":{
        "create":[{"Solution_Id__c":"S3","Name":"c"}],
        "update":[{"row":{"Id":"r1","Solution_Id__c":"S1","Name":"b"},"fields":{"Name":"a"}}],
        "delete":[{"Id":"r4","Solution_Id__c":"S4","Name":"d"}]}}}"#;
    let found = kept(&solutions(), records, written, "{}");
    assert_eq!(found.pending, [] as [&str; 0]);
    assert_eq!(
        Value::Object(found.sides),
        json(
            r#"{"referral":{"details":{"solutions":[{"id":"S1","name":"a"},{"id":"S2","name":"S2"},{"id":"S3","name":"c"}]}},
                "opportunity":{"Solutions__r":[{"Solution_Id__c":"S1","Name":"a"},{"Solution_Id__c":"S2","Name":null},{"Solution_Id__c":"S3","Name":"c"}]}}"#
        )
    );
}

#[test]
fn nothing_is_kept_of_a_side_that_was_not_compared() {
    for records in [
        r#"{"referral":{"name":"Deal"}}"#,
        r#"{"opportunity":{"Name":"Deal"},"referral":null}"#,
        "{}",
    ] {
        let found = kept(&with_rows(ROWS), records, "{}", "{}");
        assert_eq!((found.sides.len(), found.pending.len()), (0, 0), "{records}");
    }
}
