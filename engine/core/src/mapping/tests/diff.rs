//! Two sides compared without a base: both ways are listed.

use connector_api::Value;

use super::fixture::{catalog, context, differences, json, sides, with_rows};
use crate::mapping::compare;

const VALUE: &str = r#"v: { referral: "$.details.dealValue", opportunity: "{{ env.deal_value_field }}" }"#;
const CLOSES: &str =
    r#"c: { referral: "$.details.closingDateTime", opportunity: CloseDate, as: date, required: true }"#;
const NOTES: &str = r#"n: { referral: "$.details.notes", opportunity: Description }"#;

#[test]
fn both_ways_are_listed() {
    // row, referral's details, opportunity, to_referral, to_opportunity
    let cases = [
        (
            VALUE,
            r#"{"dealValue":65000}"#,
            r#"{"Amount":70000.50}"#,
            r#"{"details":{"dealValue":70000.50}}"#,
            r#"{"Amount":65000}"#,
        ),
        (
            CLOSES,
            r#"{"closingDateTime":"2026-10-30T00:00:00Z"}"#,
            r#"{"CloseDate":"2026-11-02"}"#,
            r#"{"details":{"closingDateTime":"2026-11-02T00:00:00Z"}}"#,
            r#"{"CloseDate":"2026-10-30"}"#,
        ),
        // Null empties the other side, absent leaves it alone.
        (
            NOTES,
            r#"{"notes":null}"#,
            r#"{"Description":"x"}"#,
            r#"{"details":{"notes":"x"}}"#,
            r#"{"Description":null}"#,
        ),
        (
            NOTES,
            "{}",
            r#"{"Description":"x"}"#,
            r#"{"details":{"notes":"x"}}"#,
            "{}",
        ),
        (NOTES, r#"{"notes":"x"}"#, "{}", "{}", r#"{"Description":"x"}"#),
        // A required end is never emptied.
        (
            CLOSES,
            r#"{"closingDateTime":null}"#,
            r#"{"CloseDate":"2026-11-02"}"#,
            r#"{"details":{"closingDateTime":"2026-11-02T00:00:00Z"}}"#,
            "{}",
        ),
    ];
    for (row, details, opportunity, to_referral, to_opportunity) in cases {
        let from = format!(r#"{{"referral":{{"details":{details}}},"opportunity":{opportunity}}}"#);
        let found = differences(&with_rows(row), &from, None).unwrap();
        assert_eq!(found.get("to_referral"), Some(&json(to_referral)), "{from}");
        assert_eq!(found.get("to_opportunity"), Some(&json(to_opportunity)), "{from}");
        assert_eq!(found.get("changed"), Some(&Value::Bool(true)));
        assert_eq!(found.get("conflicts"), Some(&json("[]")));
    }
}

#[test]
fn what_a_column_cannot_keep_is_no_difference() {
    let long = "n".repeat(40_000);
    let kept = "n".repeat(32_000);
    let long_notes = format!(r#"{{"notes":"{long}"}}"#);
    let kept_notes = format!(r#"{{"Description":"{kept}"}}"#);
    let cases = [
        (VALUE, r#"{"dealValue":65000}"#, r#"{"Amount":65000.00}"#),
        (VALUE, r#"{"dealValue":65000.004}"#, r#"{"Amount":65000.00}"#),
        (VALUE, r#"{"dealValue":"68500.50"}"#, r#"{"Amount":68500.5}"#),
        (
            CLOSES,
            r#"{"closingDateTime":"2026-10-30T15:04:05.1234567Z"}"#,
            r#"{"CloseDate":"2026-10-30"}"#,
        ),
        (NOTES, r#"{"notes":""}"#, r#"{"Description":null}"#),
        (NOTES, r#"{"notes":"  a "}"#, r#"{"Description":"a"}"#),
        (NOTES, &long_notes, &kept_notes),
        (
            r#"s: { referral: "$.details.shared", opportunity: Visible__c }"#,
            r#"{"shared":null}"#,
            r#"{"Visible__c":false}"#,
        ),
        (
            r#"h: { referral: "$.details.help", opportunity: Help__c, values: { Q: Quotes or licensing, Unknown: ~ } }"#,
            r#"{"help":"Unknown"}"#,
            r#"{"Help__c":null}"#,
        ),
    ];
    for (row, details, opportunity) in cases {
        let from = format!(r#"{{"referral":{{"details":{details}}},"opportunity":{opportunity}}}"#);
        let mapping = with_rows(row);
        let found = differences(&mapping, &from, None).unwrap();
        assert_eq!(found.get("changed"), Some(&Value::Bool(false)), "{row}: {found}");
        let lines = compare(&mapping, sides(&from), &catalog(), &context()).unwrap();
        assert_eq!(lines.at(&["0", "agrees"]), Some(&Value::Bool(true)), "{lines}");
    }
}

#[test]
fn directions_close_ways() {
    // directions, to_referral, to_opportunity
    let cases = [
        ("to_referral: never", "{}", r#"{"Name":"Here"}"#),
        ("to_opportunity: never", r#"{"name":"There"}"#, "{}"),
        ("to_referral: create", "{}", r#"{"Name":"Here"}"#),
        ("to_referral: create, to_opportunity: create", "{}", "{}"),
        (
            r#"to_referral: { on: "{{ opportunity.Name == 'There' }}", value: "{{ upper(value) }}" }, to_opportunity: never"#,
            r#"{"name":"THERE"}"#,
            "{}",
        ),
        (
            r#"to_referral: { on: "{{ referral.name == 'x' }}" }, to_opportunity: never"#,
            "{}",
            "{}",
        ),
    ];
    for (directions, to_referral, to_opportunity) in cases {
        let mapping = with_rows(&format!(
            r#"n: {{ referral: "$.name", opportunity: Name, {directions} }}"#
        ));
        let from = r#"{"referral":{"name":"Here"},"opportunity":{"Name":"There"}}"#;
        let found = differences(&mapping, from, None).unwrap();
        assert_eq!(found.get("to_referral"), Some(&json(to_referral)), "{directions}");
        assert_eq!(
            found.get("to_opportunity"),
            Some(&json(to_opportunity)),
            "{directions}"
        );
    }
}

#[test]
fn every_side_has_its_place_and_missing_sides_take_no_part() {
    let mapping = with_rows(
        r#"
n: { referral: "$.name", opportunity: Name }
a: { referral: "$.customer", account: Name }
"#,
    );
    let from = r#"{"referral":{"name":"A","customer":"B"},"opportunity":{"Name":"C"},"account":null}"#;
    let found = differences(&mapping, from, None).unwrap();
    assert_eq!(found.get("to_account"), Some(&json("{}")));
    assert_eq!(found.get("rows"), Some(&json(r#"["n"]"#)));
    assert_eq!(found.get("rows_to_referral"), Some(&json(r#"["n"]"#)));
    assert_eq!(found.get("rows_to_opportunity"), Some(&json(r#"["n"]"#)));
    assert_eq!(found.get("rows_to_account"), Some(&json("[]")));
    let found = differences(&mapping, r#"{"opportunity":{"Name":"C"}}"#, None).unwrap();
    assert_eq!(found.get("changed"), Some(&Value::Bool(false)));
}

#[test]
fn compared_rows_say_what_each_side_holds() {
    let mapping = with_rows(
        r#"
n: { referral: "$.name", opportunity: Name, to_opportunity: create, to_referral: { value: "{{ trim(replace(value, '✓', '')) }}" } }
c: { referral: "$.country", account: "{{ env.country_field }}", to_account: create, to_referral: create }
s: { opportunity: Sync__c, to_opportunity: { value: true } }
"#,
    );
    let from = r#"{"referral":{"name":"Deal","country":"DE"},"opportunity":{"Name":"✓ Deal"},"account":{"BillingCountry":"FR"}}"#;
    let lines = compare(&mapping, sides(from), &catalog(), &context()).unwrap();
    assert_eq!(
        lines,
        json(
            r#"[{"row":"n","side":"opportunity","referral_path":"$.name","field":"Opportunity.Name",
                 "referral":"Deal","value":"✓ Deal","agrees":true},
                {"row":"c","side":"account","referral_path":"$.country","field":"Account.BillingCountry",
                 "referral":"DE","value":"FR","agrees":false}]"#
        )
    );
}
