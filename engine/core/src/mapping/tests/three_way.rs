//! Two sides compared with what was last seen on each.

use connector_api::Value;

use super::fixture::{differences, json, mapping, with_rows};

const ROWS: &str = r#"
name: { referral: "$.name", opportunity: Name, to_opportunity: create, to_referral: { value: "{{ trim(replace(value, '✓', '')) }}" } }
value: { referral: "$.details.dealValue", opportunity: "{{ env.deal_value_field }}" }
notes: { referral: "$.details.notes", opportunity: Description, conflict: referral }
"#;

fn found(referral: &str, opportunity: &str) -> Value {
    let link = r#"{"base":{
        "referral":{"name":"Deal","details":{"dealValue":100.005,"notes":"a"}},
        "opportunity":{"Name":"Deal","Amount":100.01,"Description":"a"}}}"#;
    let from = format!(r#"{{"referral":{referral},"opportunity":{opportunity}}}"#);
    differences(&with_rows(ROWS), &from, Some(link)).unwrap()
}

#[test]
fn a_change_goes_to_the_other_side_and_two_changes_merge() {
    let cases = [
        // referral, opportunity, to_referral, to_opportunity
        (
            r#"{"name":"Deal","details":{"dealValue":100.005,"notes":"a"}}"#,
            r#"{"Name":"Deal","Amount":100.01,"Description":"a"}"#,
            "{}",
            "{}",
        ),
        (
            r#"{"name":"Deal","details":{"dealValue":200,"notes":"a"}}"#,
            r#"{"Name":"Deal","Amount":100.01,"Description":"b"}"#,
            r#"{"details":{"notes":"b"}}"#,
            r#"{"Amount":200}"#,
        ),
        // Our own mark is no change of the name.
        (
            r#"{"name":"Deal","details":{"dealValue":100.005,"notes":"a"}}"#,
            r#"{"Name":"✓ Deal","Amount":100.01,"Description":"a"}"#,
            "{}",
            "{}",
        ),
        (
            r#"{"name":"Deal","details":{"dealValue":100.005,"notes":"a"}}"#,
            r#"{"Name":"✓ Better deal","Amount":100.01,"Description":"a"}"#,
            r#"{"name":"Better deal"}"#,
            "{}",
        ),
        // The same edit on both sides is no conflict.
        (
            r#"{"name":"Deal","details":{"dealValue":200,"notes":"a"}}"#,
            r#"{"Name":"Deal","Amount":200.00,"Description":"a"}"#,
            "{}",
            "{}",
        ),
    ];
    for (referral, opportunity, to_referral, to_opportunity) in cases {
        let found = found(referral, opportunity);
        assert_eq!(
            found.get("to_referral"),
            Some(&json(to_referral)),
            "{opportunity}"
        );
        assert_eq!(
            found.get("to_opportunity"),
            Some(&json(to_opportunity)),
            "{opportunity}"
        );
        assert_eq!(found.get("conflicts"), Some(&json("[]")), "{opportunity}");
    }
}

#[test]
fn the_same_value_written_differently_is_no_change() {
    let mapping = with_rows(r#"closes: { referral: "$.closes", opportunity: CloseDate, as: date }"#);
    let link =
        r#"{"base":{"referral":{"closes":"2026-11-01T00:00:00Z"},"opportunity":{"CloseDate":"2026-11-01"}}}"#;
    let from = r#"{
        "referral":{"closes":"2026-11-01T00:00:00.0000000Z","updatedDateTime":"2026-07-05T10:00:00Z"},
        "opportunity":{"CloseDate":"2026-12-18","LastModifiedDate":"2026-07-05T09:00:00.000+0000"}}"#;
    let found = differences(&mapping, from, Some(link)).unwrap();
    assert_eq!(found.get("conflicts"), Some(&json("[]")));
    assert_eq!(
        found.get("to_referral"),
        Some(&json(r#"{"closes":"2026-12-18T00:00:00Z"}"#))
    );
}

#[test]
fn what_a_row_reads_beside_its_places_counts_as_changed() {
    let rows = r#"
notes: { referral: "$.notes", opportunity: Description,
  to_opportunity: { on: "{{ referral.kind == 'a' }}" }, to_referral: { on: "{{ opportunity.StageName == 'open' }}" } }
"#;
    let link = r#"{"base":{"referral":{"notes":"r","kind":"b"},"opportunity":{"Description":"o","StageName":"shut"}}}"#;
    for (referral, opportunity, to_referral, to_opportunity) in [
        (
            r#"{"notes":"r","kind":"b"}"#,
            r#"{"Description":"o","StageName":"shut"}"#,
            "{}",
            "{}",
        ),
        (
            r#"{"notes":"r","kind":"a"}"#,
            r#"{"Description":"o","StageName":"shut"}"#,
            "{}",
            r#"{"Description":"r"}"#,
        ),
        (
            r#"{"notes":"r","kind":"b"}"#,
            r#"{"Description":"o","StageName":"open"}"#,
            r#"{"notes":"o"}"#,
            "{}",
        ),
    ] {
        let from = format!(r#"{{"referral":{referral},"opportunity":{opportunity}}}"#);
        let found = differences(&with_rows(rows), &from, Some(link)).unwrap();
        assert_eq!(found.get("to_referral"), Some(&json(to_referral)), "{from}");
        assert_eq!(found.get("to_opportunity"), Some(&json(to_opportunity)), "{from}");
    }
}

#[test]
fn conflicts_go_by_policy_and_are_told() {
    let found = found(
        r#"{"name":"Deal","updatedDateTime":"2026-07-05T08:00:00Z","details":{"dealValue":200,"notes":"b"}}"#,
        r#"{"Name":"Deal","LastModifiedDate":"2026-07-05T09:00:00.000+0000","Amount":300,"Description":"c"}"#,
    );
    assert_eq!(
        found.get("to_referral"),
        Some(&json(r#"{"details":{"dealValue":300}}"#))
    );
    assert_eq!(found.get("to_opportunity"), Some(&json(r#"{"Description":"b"}"#)));
    assert_eq!(
        found.get("conflicts"),
        Some(&json(
            r#"[{"row":"value","referral":200,"opportunity":300,"winner":"opportunity"},
                {"row":"notes","referral":"b","opportunity":"c","winner":"referral"}]"#
        ))
    );
}

#[test]
fn a_policy_may_refuse_to_choose() {
    let mapping = with_rows(r#"v: { referral: "$.v", opportunity: Name, conflict: fail }"#);
    let link = r#"{"base":{"referral":{"v":"a"},"opportunity":{"Name":"a"}}}"#;
    let from = r#"{"referral":{"v":"b"},"opportunity":{"Name":"c"}}"#;
    let error = differences(&mapping, from, Some(link)).unwrap_err();
    assert_eq!(
        (error.code, error.row.as_deref(), error.field.as_deref()),
        ("conflict", Some("v"), Some("Opportunity.Name"))
    );
}

#[test]
fn a_link_without_base_lists_both_ways() {
    let mapping = with_rows(r#"v: { referral: "$.v", opportunity: Name }"#);
    let from = r#"{"referral":{"v":"b"},"opportunity":{"Name":"c"}}"#;
    let found = differences(&mapping, from, Some(r#"{"opportunity_id":"006"}"#)).unwrap();
    assert_eq!(found.get("to_referral"), Some(&json(r#"{"v":"c"}"#)));
    assert_eq!(found.get("to_opportunity"), Some(&json(r#"{"Name":"b"}"#)));
}

#[test]
fn lists_merge_row_by_row() {
    let mapping = mapping(
        r#"
mapping: solutions
sides: { referral: pc.Referral, opportunity: sf.Opportunity }
lists:
  solutions:
    referral: "$.solutions"
    opportunity: Solutions__r
    key: { referral: id, opportunity: Solution_Id__c }
    fields: { name: { referral: name, opportunity: Name } }
"#,
    );
    let link = r#"{"base":{
        "referral":{"solutions":[{"id":"1","name":"a"},{"id":"2","name":"b"},{"id":"3","name":"c"},{"id":"4","name":"d"}]},
        "opportunity":{"Solutions__r":[{"Solution_Id__c":"1","Name":"a"},{"Solution_Id__c":"2","Name":"b"},
            {"Solution_Id__c":"3","Name":"c"},{"Solution_Id__c":"4","Name":"d"}]}}}"#;
    // 1 was renamed in the referral, 2 in Salesforce; 3 was removed there, 4 here; 5 was added here, 6 there.
    let from = r#"{
        "referral":{"solutions":[{"id":"1","name":"A"},{"id":"2","name":"b"},{"id":"3","name":"c"},{"id":"5","name":"e"}]},
        "opportunity":{"Solutions__r":[{"Id":"r1","Solution_Id__c":"1","Name":"a"},{"Id":"r2","Solution_Id__c":"2","Name":"B"},
            {"Id":"r4","Solution_Id__c":"4","Name":"d"},{"Id":"r6","Solution_Id__c":"6","Name":"f"}]}}"#;
    let found = differences(&mapping, from, Some(link)).unwrap();
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"solutions":[{"id":"1","name":"A"},{"id":"2","name":"B"},{"id":"5","name":"e"},{"id":"6","name":"f"}]}"#
        ))
    );
    assert_eq!(
        found.at(&["lists", "solutions"]),
        Some(&json(
            r#"{"create":[{"Solution_Id__c":"5","Name":"e"}],
                "update":[{"row":{"Id":"r1","Solution_Id__c":"1","Name":"a"},"fields":{"Name":"A"}}],
                "delete":[{"Id":"r4","Solution_Id__c":"4","Name":"d"}]}"#
        ))
    );
    assert_eq!(found.get("conflicts"), Some(&json("[]")));
}
