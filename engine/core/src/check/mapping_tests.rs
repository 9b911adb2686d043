//! The rules about mappings, each on a mapping with one mistake.

use connector_api::Value;

use crate::catalog::Catalog;
use crate::check::{
    mapping_field, mapping_inline, mapping_name, mapping_required, mapping_side, mapping_type, mapping_value,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::document;
use crate::flow::{EnvironmentVariable, ValueType};
use crate::mapping::tests::fixture::{catalog, document_of, read};
use crate::solution::Solution;
use crate::source::{Sources, Span, Spanned};

const RULES: [fn(&Solution, &Catalog, &mut Vec<Diagnostic>); 7] = [
    mapping_side::check,
    mapping_field::check,
    mapping_type::check,
    mapping_value::check,
    mapping_required::check,
    mapping_name::check,
    mapping_inline::check,
];

fn solution(document: &str) -> Solution {
    let (mapping, diagnostics) = read(document);
    assert!(diagnostics.is_empty(), "{document}: {diagnostics:?}");
    let name = |name: &str| Spanned::new(name.to_owned(), Span::default());
    let variable = |text: &str, value_type, default: Option<&str>| EnvironmentVariable {
        name: name(text),
        display_name: None,
        value_type,
        default: default.map(Value::from),
        description: None,
    };
    let mapping = mapping.unwrap();
    Solution {
        environment: vec![
            variable("value_field", ValueType::Field, Some("Amount")),
            variable("wrong_field", ValueType::Field, Some("Amuont")),
            variable("text_field", ValueType::Text, Some("Amount")),
        ],
        connections: vec![
            (name("pc"), name("partner_center")),
            (name("sf"), name("salesforce")),
        ],
        mappings: [(mapping.name.value.clone(), mapping)].into(),
        ..Solution::default()
    }
}

fn found(solution: &Solution) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for rule in RULES {
        rule(solution, &catalog(), &mut diagnostics);
    }
    diagnostics
}

/// What stands at a diagnostic's place.
fn at<'t>(text: &'t str, diagnostic: &Diagnostic) -> &'t str {
    &text[diagnostic.span.start..diagnostic.span.end]
}

/// Rows that are right on their own; every mapping needs the required fields.
const REQUIRED: &str = r#"
name: { referral: "$.name", opportunity: Name }
stage: { referral: "$.status", opportunity: StageName }
closes: { referral: "$.details.closingDateTime", opportunity: CloseDate, as: date }
"#;

#[test]
fn a_sound_mapping_is_silent() {
    let text = document_of(&format!(
        r#"{REQUIRED}
value: {{ referral: "$.details.dealValue", opportunity: "{{{{ env.value_field }}}}" }}
id: {{ referral: "$.id", opportunity: Description, to_referral: never }}
shared: {{ referral: "$.details.shared", opportunity: Visible__c, to_referral: {{ on: "{{{{ opportunity.Amount > 5 }}}}", value: true }} }}
help: {{ referral: "$.details.help", opportunity: Help__c, values: {{ Q: Quotes or licensing, U: ~ }} }}
customer: {{ referral: "$.name", account: Name, to_referral: never }}
"#
    ));
    let diagnostics = found(&solution(&text));
    let rest: Vec<_> = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    assert!(rest.is_empty(), "{rest:?}");
    // `help` is no member of the details that is documented.
    let warnings: Vec<_> = diagnostics
        .iter()
        .map(|found| (found.code, at(&text, found)))
        .collect();
    assert_eq!(warnings, [("unknown-field", "\"$.details.help\"")]);
}

#[test]
fn each_mistake_is_found_where_it_stands() {
    // row, code, the text at the place, a piece of message or help
    let cases = [
        (
            r#"x: { referral: "$.details.dealVlaue", opportunity: Amount }"#,
            "unknown-field",
            "\"$.details.dealVlaue\"",
            "`dealValue`",
        ),
        (
            r#"x: { referral: "$.name.first", opportunity: Description }"#,
            "unknown-field",
            "\"$.name.first\"",
            "too far",
        ),
        (
            r#"x: { referral: "$.details.notes", opportunity: Descripton }"#,
            "unknown-field",
            "Descripton",
            "`Description`",
        ),
        (
            r#"x: { referral: "$.details.notes", opportunity: Quux }"#,
            "unknown-field",
            "Quux",
            "no field `Quux`",
        ),
        (
            r#"x: { referral: "$.details.notes", opportunity: Mine__c }"#,
            "unknown-custom-field",
            "Mine__c",
            "known here",
        ),
        (
            r#"x: { referral: "$.details.notes", opportunity: Hlep__c }"#,
            "unknown-custom-field",
            "Hlep__c",
            "`Help__c`",
        ),
        (
            r#"x: { referral: "$.details.dealValue", opportunity: "{{ env.wrong_field }}" }"#,
            "unknown-field",
            "\"{{ env.wrong_field }}\"",
            "`Amount`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Description, to_opportunity: { value: "{{ opportunity.Descripton }}" } }"#,
            "unknown-field",
            "opportunity.Descripton",
            "`Description`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Amount }"#,
            "mapping-type",
            "Amount",
            "pairs text with number",
        ),
        (
            r#"x: { referral: "$.details.dealValue", opportunity: Description }"#,
            "mapping-type",
            "Description",
            "pairs number with text",
        ),
        (
            r#"x: { referral: "$.details.shared", opportunity: Description, to_referral: never }"#,
            "mapping-type",
            "Description",
            "true or false",
        ),
        (
            r#"x: { referral: "$.details.closingDateTime", opportunity: CloseDate }"#,
            "mapping-type",
            "CloseDate",
            "as: date",
        ),
        (
            r#"x: { referral: "$.details.dealValue", opportunity: Amount, as: date }"#,
            "mapping-type",
            "Amount",
            "remove `as: date`",
        ),
        (
            r#"x: { referral: "$.details.notes", opportunity: Description, to_opportunity: { value: 5 } }"#,
            "mapping-type",
            "5",
            "writes a number",
        ),
        (
            r#"x: { referral: "$.id", opportunity: Description }"#,
            "read-only-field",
            "\"$.id\"",
            "to_referral: never",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Id }"#,
            "read-only-field",
            "Id",
            "to_opportunity: never",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Help__c, values: { Q: Qoutes or licensing } }"#,
            "not-in-picklist",
            "Qoutes or licensing",
            "`Quotes or licensing`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Help__c, to_opportunity: { value: Help } }"#,
            "not-in-picklist",
            "Help",
            "General or other",
        ),
        (
            r#"x: { referral: "$.name", opportunity: CurrencyIsoCode, values: { Euro: Euros } }"#,
            "text-too-long",
            "Euros",
            "holds 3",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Visible__c, values: { Q: yes } }"#,
            "mapping-type",
            "yes",
            "no value for true or false",
        ),
        (
            r#"x: { referral: "$.name", opportunity: "{{ env.missing }}" }"#,
            "unknown-environment-variable",
            "env.missing",
            "`missing`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: "{{ env.text_field }}" }"#,
            "mapping-field",
            "env.text_field",
            "type: field",
        ),
        (
            r#"x: { referral: "$.name", opportunity: "{{ referral.name }}" }"#,
            "mapping-field",
            "referral.name",
            "cannot depend",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Name, default: "{{ env.valeu_field }}" }"#,
            "unknown-environment-variable",
            "env.valeu_field",
            "`value_field`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Name, default: "{{ opportunty.Name }}" }"#,
            "unknown-name",
            "opportunty.Name",
            "`opportunity`",
        ),
        (
            r#"x: { referral: "$.name", opportunity: Name, default: "{{ actions.x.body }}" }"#,
            "unknown-name",
            "actions.x.body",
            "in sight here",
        ),
    ];
    for (row, code, place, piece) in cases {
        let text = document_of(&format!("{REQUIRED}{row}"));
        let diagnostics = found(&solution(&text));
        let hits: Vec<_> = diagnostics.iter().filter(|found| found.code == code).collect();
        assert_eq!(hits.len(), 1, "{row}: {diagnostics:?}");
        assert_eq!(at(&text, hits[0]), place, "{row}");
        let words = format!(
            "{} {}",
            hits[0].message,
            hits[0].help.as_deref().unwrap_or_default()
        );
        assert!(words.contains(piece), "{row}: {words}");
    }
}

#[test]
fn a_forgotten_required_field_is_a_warning() {
    let text = document_of(r#"name: { referral: "$.name", opportunity: Name }"#);
    let diagnostics = found(&solution(&text));
    let messages: Vec<_> = diagnostics
        .iter()
        .map(|found| (found.code, found.severity, found.message.as_str()))
        .collect();
    assert_eq!(
        messages,
        [
            (
                "required-field-unmapped",
                Severity::Warning,
                "no row writes `Opportunity.StageName`, which every new record needs"
            ),
            (
                "required-field-unmapped",
                Severity::Warning,
                "no row writes `Opportunity.CloseDate`, which every new record needs"
            ),
        ]
    );
}

#[test]
fn sides_are_objects_of_connections() {
    for (side, code, piece) in [
        ("sfx.Opportunity", "unknown-connection", "`sf`"),
        ("other.Opportunity", "unknown-connection", "`connections`"),
        ("sf.Oportunity", "unknown-object", "`Opportunity`"),
        ("sf.Deal", "unknown-object", "Account, Opportunity"),
        ("sf.Deal__c", "unknown-object", "fine if"),
    ] {
        let text = format!(
            "mapping: m\nsides: {{ referral: pc.Referral, deal: {side} }}\nfields: {{ a: {{ referral: $.name, deal: Name }} }}\n"
        );
        let diagnostics = found(&solution(&text));
        let hit = diagnostics
            .iter()
            .find(|found| found.code == code)
            .unwrap_or_else(|| panic!("{side}: {diagnostics:?}"));
        assert!(
            hit.help.as_deref().unwrap_or_default().contains(piece),
            "{side}: {hit:?}"
        );
    }
}

#[test]
fn lists_name_lists_and_their_fields() {
    let list = |list: &str| {
        format!(
            "mapping: m\nsides: {{ referral: pc.Referral, opportunity: sf.Opportunity }}\nlists:\n  l: {list}\n"
        )
    };
    for (text, code, place) in [
        (
            list(
                "{ referral: $.details.items, opportunity: Solutions__r, key: { referral: id, opportunity: Solution_Idd__c } }",
            ),
            "unknown-custom-field",
            "Solution_Idd__c",
        ),
        (
            list(
                "{ referral: $.details.items, opportunity: Solution__r, key: { referral: id, opportunity: Id } }",
            ),
            "unknown-field",
            "Solution__r",
        ),
        (
            list(
                "{ referral: $.name, opportunity: Solutions__r, key: { referral: id, opportunity: Solution_Id__c } }",
            ),
            "mapping-type",
            "$.name",
        ),
    ] {
        let diagnostics = found(&solution(&text));
        assert!(
            diagnostics
                .iter()
                .any(|found| found.code == code && at(&text, found) == place),
            "{text}: {diagnostics:?}"
        );
    }
}

#[test]
fn inline_fields_of_a_map_are_checked() {
    let mut solution = solution(&document_of(REQUIRED));
    let text = r#"
name: Flow
trigger: { type: manual }
actions:
  there:
    type: map
    mapping: test
    to: opportunity
    from: { referral: {} }
    fields: { Descripton: x, Description: y, Id: z }
  here:
    type: map
    mapping: test
    to: referral
    from: { opportunity: {} }
    fields: { name: x, "$.nmae": y, "$.name": z }
"#;
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let mut diagnostics = Vec::new();
    let root = document::parse(file, sources.file(file)).root.unwrap();
    let flow = crate::flow::lower("flow", &root, &mut diagnostics).unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    solution.flows.insert("flow".to_owned(), flow);
    let mut diagnostics = Vec::new();
    mapping_inline::check(&solution, &catalog(), &mut diagnostics);
    let hits: Vec<_> = diagnostics
        .iter()
        .map(|found| (found.code, at(text, found)))
        .collect();
    assert_eq!(
        hits,
        [
            ("unknown-field", "Descripton"),
            ("read-only-field", "Id"),
            ("mapping-path", "name"),
            ("unknown-field", "\"$.nmae\""),
        ]
    );
}
