//! Connections, operations, and what is handed to them.

use crate::check::tests::actions;
use crate::testing::{assert_table, checked};

#[test]
fn operations_must_exist() {
    assert_table(
        &[
            (
                "  a: { type: salesfroce.query, inputs: { query: x } }\n",
                &["4:14 unknown-connection: the solution has no connection `salesfroce`"],
            ),
            (
                "  a: { type: salesforce.qurey, inputs: { query: x } }\n",
                &["4:25 unknown-operation: `salesforce` has no operation `qurey`"],
            ),
        ],
        actions,
    );
}

#[test]
fn triggers_and_connectors_must_exist() {
    let row = |trigger: &str| format!("name: X\ntrigger: {trigger}\nactions: {{}}\n");
    assert_table(
        &[
            (
                row("{ type: salesforce.record_changed, inputs: { object: Lead } }"),
                &["2:29 unknown-trigger: `salesforce` has no trigger `record_changed`"][..],
            ),
            (
                row("{ type: salesforce.record_modified, inputs: { objct: Lead } }"),
                &[
                    "2:29 missing-input: `salesforce.record_modified` needs the input `object`",
                    "2:56 unknown-input: `salesforce.record_modified` has no input `objct`",
                ],
            ),
            (
                row("{ type: salesforce.record_created, inputs: { object: Lead }, watch: nothing }"),
                &[
                    "2:78 no-watch: `salesforce.record_created` cannot watch a mapping",
                    "2:78 unknown-mapping: the solution has no mapping `nothing`",
                ],
            ),
            (
                row("{ type: http_request, signature: salesforce }"),
                &["2:43 no-webhook: `salesforce` signs no webhooks"],
            ),
            (
                row(
                    "{ type: http_request, signature: partner_center, when: \"{{ trigger.body.EvntName == 'x' }}\" }",
                ),
                &["2:69 unknown-member: `trigger.body` has no member `EvntName`"],
            ),
        ],
        |text| checked(&[("x.yaml", text)]),
    );
    let manifest = "name: X\nversion: 1.0\nconnections: { salesforce: { connector: salesforse } }\n";
    assert_eq!(
        checked(&[("solution.yaml", manifest)]),
        [
            "solution.yaml:3:41 unknown-connector: connection `salesforce` uses connector `salesforse`, which does not exist"
        ]
    );
}

#[test]
fn inputs_fit_the_operation() {
    let row = |inputs: &str| format!("  a: {{ type: partner_center.update_referral, inputs: {inputs} }}\n");
    assert_table(
        &[
            (
                row(
                    "{ id: x, status: Active, closes: 2030-01-31, count: 3, tags: [a, b], consent: { given: true } }",
                ),
                &[][..],
            ),
            (
                row("{ id: \"{{ inputs.a }}\", tags: \"{{ inputs.o.tags }}\" }"),
                &[],
            ),
            (row("{ id: x, \"{{ inputs.a }}\": y }"), &[]),
            (row("\"{{ inputs.o }}\""), &[]),
            (
                row("{ idd: x }"),
                &[
                    "4:29 missing-input: `partner_center.update_referral` needs the input `id`",
                    "4:56 unknown-input: `partner_center.update_referral` has no input `idd`",
                ],
            ),
            (
                row("{}"),
                &["4:29 missing-input: `partner_center.update_referral` needs the input `id`"],
            ),
            (
                row("{ id: 123 }"),
                &["4:60 wrong-input: `id` must be text, not number `123`"],
            ),
            (
                row("{ id: null }"),
                &["4:60 wrong-input: `id` must be text, not nothing"],
            ),
            (
                row("{ id: 123456789x }"),
                &["4:60 wrong-input: `id` has 10 characters; at most 8 are allowed"],
            ),
            (
                row(
                    "{ id: x, status: Closd, closes: 31.1.2030, count: 1.5, tags: [1], consent: { gven: 1 } }",
                ),
                &[
                    "4:71 wrong-input: `status` cannot be `Closd`",
                    "4:86 wrong-input: `closes` must be a date such as `2030-01-31`, not `31.1.2030`",
                    "4:104 wrong-input: `count` must be a whole number, not number `1.5`",
                    "4:116 wrong-input: `tags` must be text, not number `1`",
                    "4:129 missing-input: `consent` needs the member `given`",
                    "4:131 unknown-input: `consent` has no member `gven`",
                ],
            ),
            (
                row("{ id: \"{{ inputs.n }}\", count: \"{{ inputs.a }} x\", consent: \"{{ inputs.a }}\" }"),
                &[
                    "4:60 wrong-input: `id` must be text, not a number",
                    "4:85 wrong-input: `count` must be a number, not text",
                    "4:114 wrong-input: `consent` must be an object, not text",
                ],
            ),
        ],
        actions,
    );
}

#[test]
fn query_text_takes_no_values() {
    assert_table(
        &[
            (
                "  a: { type: salesforce.query, inputs: { query: \"SELECT {{ env.amount_field }} FROM Lead WHERE Id = :id\", parameters: { id: \"{{ inputs.a }}\" } } }\n",
                &[][..],
            ),
            (
                "  a: { type: salesforce.query, inputs: { query: \"SELECT Id FROM Lead WHERE Id = '{{ inputs.a }}' AND Name = '{{ env.stage }}' AND X = {{ lower(env.amount_field) }}\" } }\n",
                &[
                    "4:85 value-in-query: `query` takes no values; only an environment variable of type `field` may stand in it",
                    "4:113 value-in-query: `query` takes no values; only an environment variable of type `field` may stand in it",
                    "4:138 value-in-query: `query` takes no values; only an environment variable of type `field` may stand in it",
                ],
            ),
        ],
        actions,
    );
    let trigger = "name: X\ntrigger: { type: salesforce.record_modified, inputs: { object: Lead, filter: \"Name = '{{ env.stage }}'\" } }\nactions: {}\n";
    assert_eq!(
        checked(&[("x.yaml", trigger)]),
        [
            "2:90 value-in-query: `filter` takes no values; only an environment variable of type `field` may stand in it"
        ]
    );
}

#[test]
fn links_take_identities() {
    assert_eq!(
        actions("  a: { type: links.save, inputs: { referal_id: x } }\n"),
        ["4:36 unknown-input: a link has no input `referal_id`"]
    );
    assert_eq!(
        actions("  a: { type: links.get, inputs: { etag: x } }\n"),
        ["4:35 unknown-input: a link has no input `etag`"]
    );
}

#[test]
fn links_take_the_records_of_a_mapping() {
    const MAPPING: &str = "mapping: deal\nsides: { referral: partner_center.Referral, opportunity: salesforce.Opportunity }\nfields: {}\n";
    let found = |inputs: &str| {
        let flow = format!(
            "name: X\ntrigger: {{ type: manual }}\nactions:\n  a: {{ type: links.save, inputs: {{ referral_id: x, {inputs} }} }}\n"
        );
        checked(&[("x.yaml", &flow), ("mappings/deal.yaml", MAPPING)])
    };
    let none: [&str; 0] = [];
    let whole = "mapping: deal, base: { referral: {}, opportunity: ~ }, written: { opportunity: {}, lists: {} }, \
                 answered: { referral: ~ }, etag: x";
    assert_eq!(found(whole), none);
    for (inputs, expected) in [
        (
            "mapping: deel",
            "unknown-mapping: the solution has no mapping `deel`",
        ),
        (
            "base: { referral: {} }",
            "missing-input: a link with a `base` needs the input `mapping`, by which both sides are compared",
        ),
        (
            "mapping: deal, base: { referal: {} }",
            "unknown-input: `base` has no member `referal`",
        ),
        (
            "mapping: deal, answered: { lists: {} }",
            "unknown-input: `answered` has no member `lists`",
        ),
        (
            "mapping: deal, base: { opportunity: text }",
            "wrong-input: `opportunity` must be an object, not `text`",
        ),
        ("agreed: x", "unknown-input: a link has no input `agreed`"),
        ("etag: 1", "wrong-input: `etag` must be text, not number `1`"),
    ] {
        let found = found(inputs);
        assert_eq!(found.len(), 1, "{inputs}: {found:?}");
        assert!(found[0].ends_with(expected), "{inputs}: {found:?}");
    }
}
