//! Objects, fields and query parameters that inputs name.

use crate::check::tests::actions;
use crate::testing::{assert_table, checked};

#[test]
fn objects_and_fields_are_those_the_connector_describes() {
    let row = |inputs: &str| format!("  a: {{ type: salesforce.create_record, inputs: {inputs} }}\n");
    assert_table(
        &[
            (
                row(
                    "{ object: Opportunity, fields: { Name: x, Amount: 1.5, CloseDate: 2030-01-31, StageName: Closed Won, Partner_Text__c: null } }",
                ),
                &[][..],
            ),
            (row("{ object: \"{{ inputs.a }}\", fields: { Anything: 1 } }"), &[]),
            (row("{ object: Opportunity, fields: \"{{ inputs.o }}\" }"), &[]),
            (
                row("{ object: Opportunity, fields: { Account: { Number__c: 5 }, Campaign: { Key__c: x } } }"),
                &[],
            ),
            (
                row("{ object: Opportunityy, fields: { Anything: 1 } }"),
                &["4:58 unknown-object: `salesforce` has no object `Opportunityy`"],
            ),
            (
                row("{ object: Task, fields: { Anything: 1 } }"),
                &["4:58 warning unknown-object: `salesforce` has no object `Task` that is known here"],
            ),
            (
                row("{ object: Project__c, fields: { Anything: 1 } }"),
                &[
                    "4:58 warning unknown-object: `salesforce` has no object `Project__c` that is known here",
                ],
            ),
            (
                row("{ object: Opportunity, fields: { Amont: 1, Anything: 1, Region__c: x, CreatedDate: 2030-01-31T00:00:00Z } }"),
                &[
                    "4:81 unknown-field: `Opportunity` has no field `Amont`",
                    "4:91 unknown-field: `Opportunity` has no field `Anything`",
                    "4:104 warning unknown-custom-field: `Opportunity` has no custom field `Region__c` that is known here",
                    "4:118 read-only-field: `CreatedDate` of `Opportunity` is set by the service and cannot be written",
                ],
            ),
            (
                row("{ object: Opportunity, fields: { Amount: abc, CloseDate: tomorrow, StageName: Won, Name: 1234567890123x } }"),
                &[
                    "4:89 wrong-input: `Amount` must be a number, not `abc`",
                    "4:105 wrong-input: `CloseDate` must be a date such as `2030-01-31`, not `tomorrow`",
                    "4:126 wrong-input: `StageName` cannot be `Won`",
                    "4:137 wrong-input: `Name` has 14 characters; at most 12 are allowed",
                ],
            ),
            (
                row("{ object: Opportunity, fields: { Amount: \"{{ inputs.a }}\", Name: \"{{ 1 + 1 }}\" } }"),
                &[
                    "4:89 wrong-input: `Amount` must be a number, not text",
                    "4:113 wrong-input: `Name` must be text, not number `2`",
                ],
            ),
            (
                row("{ object: 5, fields: [] }"),
                &[
                    "4:58 wrong-input: `object` must be text, not number `5`",
                    "4:69 wrong-input: `fields` must be an object, not a list",
                ],
            ),
            (
                "  a: { type: salesforce.create_records, inputs: { object: Opportunity, records: [{ Name: x }, { Nam: y }], set: { Amuont: 1 } } }\n".to_owned(),
                &[
                    "4:97 unknown-field: `Opportunity` has no field `Nam`",
                    "4:115 unknown-field: `Opportunity` has no field `Amuont`",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn fields_that_are_read_exist() {
    let row = |fields: &str| {
        format!(
            "name: X\ntrigger: {{ type: salesforce.record_modified, inputs: {{ object: Opportunity, fields: [{fields}] }} }}\nactions: {{}}\n"
        )
    };
    assert_table(
        &[
            (
                row("Name, CreatedDate, Account.Name, Owner.Name, CreatedBy.Name"),
                &[][..],
            ),
            (
                row("Nmae"),
                &["2:86 unknown-field: `Opportunity` has no field `Nmae`"],
            ),
            (
                row("Acount.Name"),
                &["2:86 unknown-field: `Opportunity` has no related object `Acount`"],
            ),
            (
                row("Account.Nmae"),
                &["2:86 unknown-field: `Opportunity` has no field `Nmae`"],
            ),
        ],
        |text| checked(&[("x.yaml", text)]),
    );
}

#[test]
fn queries_and_parameters_name_each_other() {
    let row = |inputs: &str| format!("  a: {{ type: salesforce.query, inputs: {{ {inputs} }} }}\n");
    assert_table(
        &[
            (
                row(
                    "query: \"SELECT Id FROM Lead WHERE X = :x AND Y = ':y \\\\' :z' AND T > 2030-01-31T08:00:00Z AND D = LAST_N_DAYS:3 AND X != :x\", parameters: { x: 1 }",
                ),
                &[][..],
            ),
            (
                row("query: \"SELECT Id FROM Lead WHERE X = :x\", parameters: \"{{ inputs.o }}\""),
                &[],
            ),
            (
                row("query: \"SELECT Id FROM Lead WHERE X = :x\", parameters: { \"{{ inputs.a }}\": 1 }"),
                &[],
            ),
            (
                row("query: \"SELECT Id FROM Lead WHERE {{ env.amount_field }} = :x AND Y = :x\""),
                &["4:49 missing-parameter: `query` uses `:x`, and `parameters` has no `x`"],
            ),
            (
                row("query: \"SELECT Id FROM Lead WHERE X = :x\", parameters: { xx: 1 }"),
                &[
                    "4:49 missing-parameter: `query` uses `:x`, and `parameters` has no `x`",
                    "4:99 unused-parameter: `query` has no `:xx`",
                ],
            ),
        ],
        actions,
    );
    let trigger = "name: X\ntrigger: { type: salesforce.record_modified, inputs: { object: Lead, parameters: { x: 1 } } }\nactions: {}\n";
    assert_eq!(
        checked(&[("x.yaml", trigger)]),
        ["2:84 unused-parameter: `filter` has no `:x`"]
    );
}

#[test]
fn changes_of_an_open_object_are_known_members() {
    let row = |changes: &str| {
        format!(
            "  a: {{ type: partner_center.update_referral, inputs: {{ id: x, changes: {{ {changes} }} }} }}\n"
        )
    };
    assert_table(
        &[
            (row("status: Active, entirelyNew: 1, status__c: x"), &[][..]),
            (
                row("statuss: Active"),
                &["4:74 unknown-input: `changes` has no member `statuss`"],
            ),
            (
                row("id: x"),
                &["4:74 read-only-field: `id` is set by the service and cannot be written"],
            ),
        ],
        actions,
    );
}

#[test]
fn members_of_an_open_result_are_doubted_when_they_look_misspelt() {
    let row = |path: &str| {
        format!(
            "  a: {{ type: salesforce.create_records, inputs: {{ object: Lead, records: [] }} }}\n  b: {{ type: compose, inputs: \"{{{{ actions.a.body.{path} }}}}\" }}\n"
        )
    };
    assert_table(
        &[
            (row("ids"), &[][..]),
            (row("entirelyNew"), &[]),
            (row("ids__c"), &[]),
            (
                row("idss"),
                &["5:35 warning unknown-member: `actions.a.body` has no member `idss` that is known here"],
            ),
        ],
        actions,
    );
}
