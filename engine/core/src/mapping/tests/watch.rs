//! What a poller reads and what counts as a change.

use super::fixture::{environment, json, mapping};
use crate::mapping::{Mapping, watch_request, watched};

fn deal() -> Mapping {
    mapping(
        r#"
mapping: deal
sides: { referral: pc.Referral, opportunity: sf.Opportunity, account: sf.Account }
fields:
  name: { referral: "$.name", opportunity: Name, to_referral: { value: "{{ trim(replace(value, '✓', '')) }}" } }
  value: { referral: "$.value", opportunity: "{{ env.deal_value_field }}" }
  stage:
    referral: ["$.status", "$.substatus"]
    opportunity: StageName
    to_opportunity: never
    to_referral: { on: "{{ not opportunity.IsClosed }}", value: "{{ [referral.status, opportunity.StageName] }}" }
  visible: { referral: "$.visible", opportunity: Visible__c, to_referral: { on: "{{ value }}", value: true } }
  msx: { referral: "$.msx", opportunity: Msx__c, to_referral: never }
  country: { referral: "$.country", account: "{{ env.country_field }}", to_referral: create }
lists:
  solutions:
    referral: "$.solutions"
    opportunity: Solutions__r
    key: { referral: id, opportunity: Solution_Id__c }
    fields: { mail: { referral: email, opportunity: Contact.Email } }
"#,
    )
}

#[test]
fn a_poller_is_told_what_travels_to_the_referral() {
    assert_eq!(
        watch_request(&deal(), &environment()).unwrap(),
        json(
            r#"[{"side":"sf.Opportunity","fields":["Name","Amount","StageName","Visible__c","IsClosed"]},
                {"side":"sf.Account","fields":["BillingCountry"]},
                {"side":"sf.Opportunity","relationship":"Solutions__r","fields":["Solution_Id__c","Contact.Email"]}]"#
        )
    );
}

const RECORD: &str = r#"{"Id":"006","Name":"Deal","Amount":100,"StageName":"Prospecting","Visible__c":false,"Msx__c":null,"Audit__c":"x",
    "Account":{"BillingCountry":"DE","Phone":"1"},
    "Solutions__r":{"records":[{"Id":"a1","Solution_Id__c":"2","Contact":{"Email":"b@c.example"}},
                               {"Id":"a0","Solution_Id__c":"1","Contact":null}]}}"#;

#[test]
fn marks_audit_and_order_are_no_change() {
    let mapping = deal();
    let of = |text: &str| watched(&mapping, "Opportunity", &json(text), &environment()).unwrap();
    let before = of(RECORD);
    assert_eq!(
        before,
        json(
            r#"{"opportunity":{"Name":"Deal","Amount":100,"StageName":"Prospecting","Visible__c":false,"IsClosed":null,
                  "Solutions__r":[{"Solution_Id__c":"1","Contact.Email":null},{"Solution_Id__c":"2","Contact.Email":"b@c.example"}]},
                "account":{"BillingCountry":"DE"}}"#
        )
    );
    let same = [
        (r#""Name":"Deal""#, r#""Name":"✓ Deal""#),
        (r#""Audit__c":"x""#, r#""Audit__c":"y""#),
        (r#""Msx__c":null"#, r#""Msx__c":"7-ABC""#),
        (r#""Amount":100"#, r#""Amount":100.00"#),
        (r#""Phone":"1""#, r#""Phone":"2""#),
        (r#""Id":"a0""#, r#""Id":"a9""#),
    ];
    for (old, new) in same {
        assert_eq!(of(&RECORD.replace(old, new)), before, "{new}");
    }
    let changes = [
        (r#""Name":"Deal""#, r#""Name":"✓ Better deal""#),
        (r#""Amount":100"#, r#""Amount":100.01"#),
        (r#""Visible__c":false"#, r#""Visible__c":true"#),
        (r#""StageName":"Prospecting""#, r#""StageName":"Qualification""#),
        (r#""BillingCountry":"DE""#, r#""BillingCountry":"FR""#),
        (r#""Email":"b@c.example""#, r#""Email":"x@c.example""#),
        (r#""Solution_Id__c":"1""#, r#""Solution_Id__c":"3""#),
    ];
    for (old, new) in changes {
        assert_ne!(of(&RECORD.replace(old, new)), before, "{new}");
    }
}

#[test]
fn an_object_that_is_no_side_is_watched_whole() {
    let record = json(r#"{"Id":"1","X":2}"#);
    assert_eq!(watched(&deal(), "Task", &record, &environment()).unwrap(), record);
}

#[test]
fn part_of_a_record_is_seen_as_far_as_it_goes() {
    // The expression of the name needs a text: an absent name is absent, one it cannot read is watched as it is.
    for (record, name) in [
        (r#"{"Amount":1}"#, "null"),
        (r#"{"Name":7}"#, "7"),
        (r#"{"Name":null}"#, "null"),
    ] {
        let found = watched(&deal(), "Opportunity", &json(record), &environment()).unwrap();
        assert_eq!(found.at(&["opportunity", "Name"]), Some(&json(name)), "{record}");
    }
}
