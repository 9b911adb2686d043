//! What a document says, and every way it can be wrong.

use super::fixture::{document_of, mapping, read};
use crate::mapping::{Conflict, Direction, Translation};

#[test]
fn a_document_becomes_nouns() {
    let mapping = mapping(
        r#"
mapping: deal
sides: { referral: partner_center.Referral, opportunity: salesforce.Opportunity }
fields:
  value: { referral: "$.details.dealValue", opportunity: "{{ env.deal_value_field }}", conflict: opportunity }
  closes: { referral: "$.closes", opportunity: CloseDate, as: date, to_opportunity: create, to_referral: never, required: true }
  stage:
    referral: ["$.status", "$.substatus"]
    opportunity: StageName
    to_opportunity: { value: "{{ referral.status }}" }
    to_referral: { on: "{{ creating }}", value: ["Active", "Accepted"] }
  sync: { opportunity: Sync__c, to_opportunity: { value: true } }
lists:
  solutions:
    referral: "$.details.solutions"
    opportunity: Solutions__r
    key: { referral: id, opportunity: Solution_Id__c }
    fields: { mail: { referral: email, opportunity: Contact.Email, default: none@example.com } }
    conflict: fail
"#,
    );
    let side = mapping.side("opportunity").unwrap();
    assert_eq!(
        (side.connection.value.as_str(), side.object.value.as_str()),
        ("salesforce", "Opportunity")
    );
    let [value, closes, stage, sync] = mapping.fields.as_slice() else {
        panic!("four rows")
    };
    assert_eq!(value.conflict, Conflict::Other);
    assert!(matches!(value.to_referral, Direction::Always));
    assert!(matches!(closes.translation, Some(Translation::Date)));
    assert!(matches!(
        (&closes.to_side, &closes.to_referral),
        (Direction::Create, Direction::Never)
    ));
    assert_eq!(closes.required.as_deref(), Some("`closes` needs a value."));
    assert_eq!(stage.referral.len(), 2);
    assert!(matches!(
        &stage.to_referral,
        Direction::Computed {
            on: Some(_),
            value: Some(_)
        }
    ));
    assert!(sync.referral.is_empty() && matches!(sync.to_referral, Direction::Never));
    let list = mapping.list("solutions").unwrap();
    assert_eq!(list.key.field.value, "Solution_Id__c");
    assert_eq!(list.fields[0].field.value, "Contact.Email");
    assert_eq!(list.conflict, Conflict::Fail);
}

#[test]
fn a_values_table_keeps_the_kinds_of_its_words() {
    let mapping = mapping(&document_of(
        r#"
a: { referral: "$.a", opportunity: A, values: { "true": Visible, 7: Seven, Unknown: ~, "7a": 1.50 } }
"#,
    ));
    let Some(Translation::Values(pairs)) = &mapping.fields[0].translation else {
        panic!("a table")
    };
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(referral, other)| format!("{} {}", referral.value, other.value))
        .collect();
    assert_eq!(
        pairs,
        [
            "true \"Visible\"",
            "7 \"Seven\"",
            "\"Unknown\" null",
            "\"7a\" 1.50"
        ]
    );
}

#[test]
fn faults_are_named() {
    // What is written as one row, the code, a piece of the message.
    let cases = [
        (
            "a: { referral: $.a }",
            "mapping-side",
            "no side beside the referral",
        ),
        (
            "a: { referral: $.a, opportunity: A, account: B }",
            "mapping-side",
            "two sides",
        ),
        (
            "a: { referral: a.b, opportunity: A }",
            "mapping-path",
            "does not start with `$.`",
        ),
        (
            "a: { referral: '$..a', opportunity: A }",
            "mapping-path",
            "no name",
        ),
        (
            "a: { referral: [], opportunity: A }",
            "mapping-path",
            "empty list",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_referal: never }",
            "unknown-key",
            "to_referal",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_account: never }",
            "mapping-direction",
            "not with `account`",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_referral: nevr }",
            "unknown-word",
            "did you mean `never`",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_referral: {} }",
            "mapping-direction",
            "neither `on` nor `value`",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_referral: { when: true } }",
            "unknown-key",
            "when",
        ),
        (
            "a: { referral: $.a, opportunity: A, to_referral: never, to_opportunity: never }",
            "mapping-direction",
            "goes nowhere",
        ),
        (
            "a: { referral: $.a, opportunity: A.B }",
            "mapping-field",
            "`A.B` cannot be the name of a field",
        ),
        (
            "a: { referral: $.a, opportunity: 'A {{ env.b }}' }",
            "mapping-field",
            "one word or one expression",
        ),
        (
            "a: { referral: $.a, opportunity: [A] }",
            "wrong-kind",
            "the name of a field",
        ),
        (
            "a: { referral: $.a, opportunity: A, as: datetime }",
            "wrong-kind",
            "`as`",
        ),
        (
            "a: { referral: $.a, opportunity: A, as: date, values: { x: y } }",
            "mapping-values",
            "not both",
        ),
        (
            "a: { referral: $.a, opportunity: A, values: { x: [y] } }",
            "wrong-kind",
            "a value",
        ),
        (
            "a: { referral: $.a, opportunity: A, values: { x: z, y: z } }",
            "mapping-values",
            "`x` and `y` become the same value",
        ),
        (
            "a: { referral: $.a, opportunity: A, required: 5 }",
            "wrong-kind",
            "`required`",
        ),
        (
            "a: { referral: $.a, opportunity: A, conflict: account }",
            "wrong-kind",
            "`conflict`",
        ),
        (
            "a: { referral: [$.a, $.b], opportunity: A, to_referral: never }",
            "mapping-direction",
            "several paths, so `to_opportunity`",
        ),
        (
            "a: { referral: [$.a, $.b], opportunity: A, to_opportunity: never }",
            "mapping-direction",
            "several paths, so `to_referral`",
        ),
        (
            "a: { referral: '$.team[0].email', opportunity: A }",
            "mapping-direction",
            "one item of a list",
        ),
        (
            "a: { opportunity: A }",
            "missing-key",
            "no place in the referral and no value",
        ),
        (
            "a: { opportunity: A, to_opportunity: { value: 1 }, to_referral: create }",
            "mapping-direction",
            "no place in it",
        ),
        ("a: 5", "wrong-kind", "row `a` must be a map"),
    ];
    for (row, code, piece) in cases {
        let (_, diagnostics) = read(&document_of(row));
        let found: Vec<_> = diagnostics
            .iter()
            .map(|found| (found.code, &found.message))
            .collect();
        let hit = diagnostics.iter().any(|found| {
            let text = format!("{} {}", found.message, found.help.as_deref().unwrap_or_default());
            found.code == code && text.contains(piece)
        });
        assert!(hit, "{row}: {found:?}");
    }
}

#[test]
fn a_table_with_one_way_back_is_fine() {
    for direction in ["never", "{ value: \"{{ value }}\" }"] {
        let row = format!(
            "a: {{ referral: $.a, opportunity: A, values: {{ x: z, y: z }}, to_referral: {direction} }}"
        );
        let (_, diagnostics) = read(&document_of(&row));
        assert!(diagnostics.is_empty(), "{direction}: {diagnostics:?}");
    }
}

#[test]
fn faults_of_sides_and_lists_are_named() {
    let sides = |sides: &str| format!("mapping: m\nsides: {sides}\n");
    let list = |list: &str| {
        format!(
            "mapping: m\nsides: {{ referral: a.R, opportunity: b.O, account: b.A }}\nlists:\n  l: {list}\n"
        )
    };
    let cases = [
        (sides("{ opportunity: b.O }"), "missing-key", "no `referral`"),
        (
            sides("{ referral: a.R }"),
            "mapping-side",
            "nothing beside the referral",
        ),
        (
            sides("{ referral: a.R, opportunity: Opportunity }"),
            "mapping-side",
            "`connection.Object`",
        ),
        (
            sides("{ referral: a.R, env: b.O }"),
            "mapping-side",
            "`env` cannot be",
        ),
        (sides("[a]"), "wrong-kind", "`sides`"),
        ("mapping: m\n".to_owned(), "missing-key", "no `sides`"),
        (
            "sides: { referral: a.R, o: b.O }\n".to_owned(),
            "missing-key",
            "no `mapping`",
        ),
        (
            "mapping: m\nsides: { referral: a.R, o: b.O }\nfeilds: {}\n".to_owned(),
            "unknown-key",
            "feilds",
        ),
        (
            list("{ referral: $.l, opportunity: R__r }"),
            "missing-key",
            "no `key`",
        ),
        (
            list("{ opportunity: R__r, key: { referral: a, opportunity: B } }"),
            "missing-key",
            "no `referral`",
        ),
        (
            list("{ referral: $.l, opportunity: R__r, key: { referral: a } }"),
            "missing-key",
            "no `opportunity`",
        ),
        (
            list(
                "{ referral: $.l, opportunity: R__r, key: { referral: a, opportunity: B }, fields: { x: { referral: a.b, opportunity: C } } }",
            ),
            "mapping-field",
            "`a.b`",
        ),
        (
            list(
                "{ referral: $.l, opportunity: R__r, key: { referral: a, opportunity: B }, to_referral: { value: 1 } }",
            ),
            "mapping-direction",
            "no `value`",
        ),
        ("[1, 2]".to_owned(), "wrong-kind", "the mapping must be a map"),
    ];
    for (text, code, piece) in cases {
        let (_, diagnostics) = read(&text);
        let hit = diagnostics
            .iter()
            .any(|found| found.code == code && found.message.contains(piece));
        assert!(hit, "{text}: {diagnostics:?}");
    }
}
