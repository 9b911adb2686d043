//! One side made out of another.

use super::fixture::{mapped, mapped_with, with_rows};

#[test]
fn values_travel_both_ways() {
    let cases = [
        // row, referral, opportunity
        (
            r#"v: { referral: "$.details.dealValue", opportunity: "{{ env.deal_value_field }}" }"#,
            r#"{"details":{"dealValue":9999999999999999.99}}"#,
            r#"{"Amount":9999999999999999.99}"#,
        ),
        (
            r#"v: { referral: "$.details.notes", opportunity: Description }"#,
            r#"{"details":{"notes":null}}"#,
            r#"{"Description":null}"#,
        ),
        (
            r#"v: { referral: "$.details.notes", opportunity: Description }"#,
            r#"{}"#,
            r#"{}"#,
        ),
        (
            r#"v: { referral: "$.closes", opportunity: CloseDate, as: date }"#,
            r#"{"closes":"2026-10-30T00:00:00Z"}"#,
            r#"{"CloseDate":"2026-10-30"}"#,
        ),
        (
            r#"v: { referral: "$.code", opportunity: Help__c, values: { QuotesOrLicensing: Quotes or licensing } }"#,
            r#"{"code":"QuotesOrLicensing"}"#,
            r#"{"Help__c":"Quotes or licensing"}"#,
        ),
    ];
    for (row, referral, opportunity) in cases {
        let mapping = with_rows(row);
        let there = mapped(
            &mapping,
            "opportunity",
            &format!(r#"{{"referral":{referral}}}"#),
            true,
        )
        .unwrap();
        assert_eq!(there.to_json(), opportunity, "{row}");
        let back = mapped(
            &mapping,
            "referral",
            &format!(r#"{{"opportunity":{opportunity}}}"#),
            true,
        )
        .unwrap();
        assert_eq!(back.to_json(), referral, "{row}");
    }
}

#[test]
fn directions_decide_what_is_written() {
    // direction, creating, what the opportunity gets
    let cases = [
        ("always", false, r#"{"Name":"Deal"}"#),
        ("create", true, r#"{"Name":"Deal"}"#),
        ("create", false, "{}"),
        ("never", true, "{}"),
        (r#"{ on: "{{ creating }}" }"#, true, r#"{"Name":"Deal"}"#),
        (r#"{ on: "{{ creating }}" }"#, false, "{}"),
        (r#"{ value: "{{ upper(value) }}" }"#, false, r#"{"Name":"DEAL"}"#),
        (
            r#"{ on: "{{ opportunity is none }}", value: "{{ referral.name }}!" }"#,
            false,
            r#"{"Name":"Deal!"}"#,
        ),
        (r#"{ value: "{{ referral.missing }}" }"#, false, "{}"),
        (r#"{ value: null }"#, false, r#"{"Name":null}"#),
    ];
    for (direction, creating, expected) in cases {
        let mapping = with_rows(&format!(
            r#"n: {{ referral: "$.name", opportunity: Name, to_opportunity: {direction}, to_referral: always }}"#
        ));
        let found = mapped(
            &mapping,
            "opportunity",
            r#"{"referral":{"name":"Deal"}}"#,
            creating,
        )
        .unwrap();
        assert_eq!(found.to_json(), expected, "{direction} {creating}");
    }
}

#[test]
fn a_default_stands_in_for_absent_null_and_blank() {
    let mapping =
        with_rows(r#"n: { referral: "$.name", opportunity: Name, default: "{{ referral.customer.name }}" }"#);
    for (referral, expected) in [
        (r#"{"customer":{"name":"Acme"}}"#, r#"{"Name":"Acme"}"#),
        (
            r#"{"name":null,"customer":{"name":"Acme"}}"#,
            r#"{"Name":"Acme"}"#,
        ),
        (r#"{"name":" ","customer":{"name":"Acme"}}"#, r#"{"Name":"Acme"}"#),
        (
            r#"{"name":"Deal","customer":{"name":"Acme"}}"#,
            r#"{"Name":"Deal"}"#,
        ),
        (r#"{}"#, "{}"),
    ] {
        let found = mapped(
            &mapping,
            "opportunity",
            &format!(r#"{{"referral":{referral}}}"#),
            true,
        )
        .unwrap();
        assert_eq!(found.to_json(), expected, "{referral}");
    }
}

#[test]
fn a_required_value_is_asked_for_by_its_sentence_and_field() {
    let mapping = with_rows(
        r#"
c: { referral: "$.customer.country", account: "{{ env.country_field }}", required: The account has no country code. }
"#,
    );
    // to, from, creating, the field named
    let cases = [
        (
            "referral",
            r#"{"account":{}}"#,
            true,
            Some("Account.BillingCountry"),
        ),
        (
            "referral",
            r#"{"account":{"BillingCountry":null}}"#,
            true,
            Some("Account.BillingCountry"),
        ),
        (
            "referral",
            r#"{"account":{"BillingCountry":" "}}"#,
            false,
            Some("Account.BillingCountry"),
        ),
        (
            "referral",
            r#"{"account":null}"#,
            true,
            Some("Account.BillingCountry"),
        ),
        ("referral", r#"{"account":{}}"#, false, None),
        (
            "account",
            r#"{"referral":{"customer":{}}}"#,
            true,
            Some("$.customer.country"),
        ),
        (
            "account",
            r#"{"referral":{"customer":{"country":"DE"}}}"#,
            true,
            None,
        ),
    ];
    for (to, from, creating, expected) in cases {
        match (mapped(&mapping, to, from, creating), expected) {
            (Err(error), Some(field)) => {
                assert_eq!(error.message, "The account has no country code.", "{from}");
                assert_eq!(
                    (error.code, error.field.as_deref()),
                    ("required_value", Some(field)),
                    "{from}"
                );
                assert_eq!(error.row.as_deref(), Some("c"));
            }
            (Ok(_), None) => {}
            (found, _) => panic!("{to} {from} {creating}: {found:?}"),
        }
    }
}

#[test]
fn several_paths_change_together() {
    let mapping = with_rows(
        r#"
stage:
  referral: ["$.status", "$.substatus"]
  opportunity: StageName
  to_opportunity: { value: "{{ value[0] }}/{{ value[1] }}" }
  to_referral: { value: "{{ split(value, '/') }}" }
"#,
    );
    let from = r#"{"referral":{"status":"Closed","substatus":"Won"}}"#;
    let there = mapped(&mapping, "opportunity", from, false).unwrap();
    assert_eq!(there.to_json(), r#"{"StageName":"Closed/Won"}"#);
    let back = mapped(
        &mapping,
        "referral",
        r#"{"opportunity":{"StageName":"Closed/Won"}}"#,
        false,
    )
    .unwrap();
    assert_eq!(back.to_json(), r#"{"status":"Closed","substatus":"Won"}"#);
    let error = mapped(
        &mapping,
        "referral",
        r#"{"opportunity":{"StageName":"a/b/c"}}"#,
        false,
    )
    .unwrap_err();
    assert!(error.message.contains("2 values"), "{error}");
}

#[test]
fn inline_fields_add_and_stand_in() {
    let mapping = with_rows(
        r#"
n: { referral: "$.name", opportunity: Name, required: true }
d: { referral: "$.details.notes", opportunity: Description }
"#,
    );
    let found = mapped_with(
        &mapping,
        "opportunity",
        r#"{"referral":{"details":{"notes":"x"}}}"#,
        true,
        None,
        r#"{"Name":"Given","Type":"Co-sell"}"#,
    );
    assert_eq!(
        found.unwrap().to_json(),
        r#"{"Name":"Given","Description":"x","Type":"Co-sell"}"#
    );
    let found = mapped_with(
        &mapping,
        "referral",
        r#"{"opportunity":{"Name":"Deal","Description":"x"}}"#,
        true,
        None,
        r#"{"$.details.notes":null,"$.type":"Shared"}"#,
    );
    assert_eq!(
        found.unwrap().to_json(),
        r#"{"name":"Deal","details":{"notes":null},"type":"Shared"}"#
    );
}

#[test]
fn what_cannot_be_mapped_says_why() {
    // row, to, from, code, a piece of the message
    let cases = [
        (
            r#"v: { referral: "$.v", opportunity: "{{ env.bad_field }}" }"#,
            "opportunity",
            r#"{"referral":{}}"#,
            "invalid_field_name",
            "Name FROM User",
        ),
        (
            r#"v: { referral: "$.v", opportunity: Help__c, values: { A: B } }"#,
            "opportunity",
            r#"{"referral":{"v":"Z"}}"#,
            "unmapped_value",
            "`Z`",
        ),
        (
            r#"v: { referral: "$.v", opportunity: CloseDate, as: date }"#,
            "opportunity",
            r#"{"referral":{"v":"soon"}}"#,
            "invalid_value",
            "`soon` is no date",
        ),
        (
            r#"v: { referral: "$.v", opportunity: Name, to_opportunity: { on: "{{ value }}" } }"#,
            "opportunity",
            r#"{"referral":{"v":"yes"}}"#,
            "invalid_value",
            "true or false",
        ),
        (
            r#"v: { referral: "$.v", opportunity: Name }"#,
            "deal",
            r#"{"referral":{}}"#,
            "unknown_side",
            "`deal`",
        ),
        (
            r#"v: { referral: "$.v", opportunity: Name }"#,
            "referral",
            r#"{"lead":{}}"#,
            "unknown_side",
            "`lead`",
        ),
    ];
    for (row, to, from, code, piece) in cases {
        let error = mapped(&with_rows(row), to, from, true).unwrap_err();
        assert_eq!(error.code, code, "{row}: {error}");
        assert!(error.message.contains(piece), "{row}: {error}");
    }
}

#[test]
fn an_unlisted_value_takes_the_default() {
    let mapping = with_rows(
        r#"v: { referral: "$.v", opportunity: Help__c, values: { A: B }, default: General or other, to_referral: never }"#,
    );
    let found = mapped(&mapping, "opportunity", r#"{"referral":{"v":"Z"}}"#, true).unwrap();
    assert_eq!(found.to_json(), r#"{"Help__c":"General or other"}"#);
}

#[test]
fn rows_of_sides_that_were_not_given_take_no_part() {
    let mapping = with_rows(
        r#"
n: { referral: "$.name", opportunity: Name }
c: { referral: "$.customer", account: Name, required: true }
"#,
    );
    let found = mapped(&mapping, "referral", r#"{"opportunity":{"Name":"Deal"}}"#, true).unwrap();
    assert_eq!(found.to_json(), r#"{"name":"Deal"}"#);
}
