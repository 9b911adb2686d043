//! Lists whose rows are paired by key.

use connector_api::Value;

use super::fixture::{differences, json, mapped, mapped_with, mapping};
use crate::mapping::Mapping;

fn solutions(more: &str) -> Mapping {
    mapping(&format!(
        r#"
mapping: solutions
sides: {{ referral: pc.Referral, opportunity: sf.Opportunity }}
lists:
  solutions:
    referral: "$.details.solutions"
    opportunity: Solutions__r
    key: {{ referral: id, opportunity: Solution_Id__c }}
    fields:
      name: {{ referral: name, opportunity: Name, default: "{{{{ coalesce(item.id, item.Solution_Id__c) }}}}" }}
      mail: {{ referral: email, opportunity: Contact.Email }}
{more}
"#
    ))
}

const ROWS: &str = r#"[{"Id":"a01","Solution_Id__c":"SOL-1","Name":"One","Contact":{"Email":"a@b.example"}},
    {"Id":"a02","Solution_Id__c":" ","Name":"No id"},
    {"Id":"a03","Solution_Id__c":"SOL-2","Name":null},
    {"Id":"a04","Solution_Id__c":"sol-1","Name":"Once more"}]"#;

#[test]
fn rows_become_items_and_items_rows() {
    let mapping = solutions("");
    let expected = r#"[{"id":"SOL-1","name":"One","email":"a@b.example"},{"id":"SOL-2","name":"SOL-2"}]"#;
    // A list, and a query result, are both understood.
    for rows in [
        ROWS.to_owned(),
        format!(r#"{{"totalSize":4,"done":true,"records":{ROWS}}}"#),
    ] {
        let from = format!(r#"{{"opportunity":{{"Solutions__r":{rows}}}}}"#);
        let found = mapped(&mapping, "referral", &from, true).unwrap();
        assert_eq!(found.at(&["details", "solutions"]), Some(&json(expected)));
        let list = mapped_with(&mapping, "referral", &from, false, Some("solutions"), "{}").unwrap();
        assert_eq!(list, json(expected));
    }
    let from = format!(r#"{{"referral":{{"details":{{"solutions":{expected}}}}}}}"#);
    let rows = mapped_with(&mapping, "opportunity", &from, true, Some("solutions"), "{}").unwrap();
    assert_eq!(
        rows,
        json(
            r#"[{"Solution_Id__c":"SOL-1","Name":"One","Contact":{"Email":"a@b.example"}},
                {"Solution_Id__c":"SOL-2","Name":"SOL-2"}]"#
        )
    );
}

#[test]
fn a_relationship_that_was_not_read_says_nothing_and_an_empty_one_says_empty() {
    let mapping = solutions("");
    let found = |opportunity: &str| {
        let from = format!(r#"{{"opportunity":{opportunity}}}"#);
        mapped(&mapping, "referral", &from, true).unwrap().to_json()
    };
    assert_eq!(found("{}"), "{}");
    for opportunity in [r#"{"Solutions__r":null}"#, r#"{"Solutions__r":[]}"#] {
        assert_eq!(found(opportunity), r#"{"details":{"solutions":[]}}"#);
    }
}

#[test]
fn members_no_field_names_are_kept() {
    let mapping = solutions("");
    let from = r#"{"opportunity":{"Solutions__r":[{"Solution_Id__c":"SOL-1","Name":"New"}]},
                   "referral":{"details":{"solutions":[{"id":"SOL-1","name":"Old","price":5.50}]}}}"#;
    let found = mapped(&mapping, "referral", from, false).unwrap();
    assert_eq!(
        found.to_json(),
        r#"{"details":{"solutions":[{"id":"SOL-1","name":"New","price":5.50}]}}"#
    );
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"solutions":[{"id":"SOL-1","name":"New","price":5.50}]}}"#
        ))
    );
}

#[test]
fn a_required_list_is_asked_for() {
    let mapping = solutions("    required: At least one solution.");
    let from = r#"{"opportunity":{"Solutions__r":[{"Name":"No id"}]}}"#;
    let error = mapped(&mapping, "referral", from, true).unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.field.as_deref()),
        ("At least one solution.", Some("Opportunity.Solutions__r"))
    );
}

#[test]
fn differences_list_rows_to_make_change_and_remove() {
    let mapping = solutions("");
    let from = r#"{"referral":{"details":{"solutions":[{"id":"SOL-1","name":"One"},{"id":"SOL-2","name":"Two"},{"id":"SOL-4","name":"Four"}]}},
        "opportunity":{"Solutions__r":[{"Id":"a03","Solution_Id__c":"SOL-3","Name":"Three"},
            {"Id":"a01","Solution_Id__c":"SOL-1","Name":" One "},{"Id":"a02","Solution_Id__c":"SOL-2","Name":"Second"}]}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(
        found.at(&["lists", "solutions"]),
        Some(&json(
            r#"{"create":[{"Solution_Id__c":"SOL-4","Name":"Four"}],
                "update":[{"row":{"Id":"a02","Solution_Id__c":"SOL-2","Name":"Second"},"fields":{"Name":"Two"}}],
                "delete":[{"Id":"a03","Solution_Id__c":"SOL-3","Name":"Three"}]}"#
        ))
    );
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"solutions":[{"id":"SOL-1","name":"One"},{"id":"SOL-2","name":"Second"},{"id":"SOL-3","name":"Three"}]}}"#
        ))
    );
    assert_eq!(found.get("rows"), Some(&json(r#"["solutions"]"#)));
}

#[test]
fn equal_lists_are_no_difference() {
    let mapping = solutions("");
    // The order does not matter, nor what no field names, nor a default that stands for nothing.
    let from = r#"{"referral":{"details":{"solutions":[{"id":"SOL-1","name":"One","type":"Name"},{"id":"SOL-2","name":"SOL-2"}]}},
        "opportunity":{"Solutions__r":[{"Id":"a2","Solution_Id__c":"SOL-2","Name":"SOL-2"},{"Id":"a1","Solution_Id__c":"SOL-1","Name":"One"}]}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(found.get("changed"), Some(&Value::Bool(false)), "{found}");
}

#[test]
fn a_referral_without_the_list_removes_nothing_and_a_required_list_is_never_emptied() {
    let mapping = solutions("    required: At least one solution.");
    let from = r#"{"referral":{},"opportunity":{"Solutions__r":[{"Id":"a1","Solution_Id__c":"SOL-1","Name":"One"}]}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(found.at(&["lists", "solutions", "delete"]), Some(&json("[]")));
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"solutions":[{"id":"SOL-1","name":"One"}]}}"#
        ))
    );
    let from =
        r#"{"referral":{"details":{"solutions":[{"id":"SOL-1"}]}},"opportunity":{"Solutions__r":null}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(found.get("to_referral"), Some(&json("{}")));
    assert_eq!(
        found.at(&["lists", "solutions", "create"]),
        Some(&json(r#"[{"Solution_Id__c":"SOL-1","Name":"SOL-1"}]"#))
    );
}

#[test]
fn items_without_a_key_and_repeated_ones_stay_when_the_list_is_written() {
    let mapping = solutions("");
    let from = r#"{"referral":{"details":{"solutions":[{"id":null,"name":"Loose"},{"id":"SOL-1","name":"Old"},{"id":"sol-1","name":"Twin"}]}},
        "opportunity":{"Solutions__r":[{"Id":"a1","Solution_Id__c":"SOL-1","Name":"New"}]}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"solutions":[{"id":null,"name":"Loose"},{"id":"SOL-1","name":"New"},{"id":"sol-1","name":"Twin"}]}}"#
        ))
    );
}

#[test]
fn lists_for_creation_take_no_part_in_differences() {
    let mapping = solutions("    to_referral: create\n    to_opportunity: create");
    let from = r#"{"referral":{"details":{"solutions":[]}},"opportunity":{"Solutions__r":[{"Solution_Id__c":"SOL-1","Name":"One"}]}}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(found.get("changed"), Some(&Value::Bool(false)), "{found}");
}
