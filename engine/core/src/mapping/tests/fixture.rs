//! Documents, contexts and a small catalog for the tables.

use std::sync::Arc;

use connector_api::{Descriptor, Field, Map, ObjectDescriptor, Shape, Value};

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::document;
use crate::expression::Context;
use crate::mapping::names::of_environment;
use crate::mapping::{DiffRequest, MapError, MapRequest, Mapping, diff, lower, map};
use crate::source::Sources;

pub(super) fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A document that must be free of faults.
pub(super) fn mapping(text: &str) -> Mapping {
    let (mapping, diagnostics) = read(text);
    let messages: Vec<_> = diagnostics.iter().map(|found| &found.message).collect();
    assert!(diagnostics.is_empty(), "{messages:#?}");
    mapping.unwrap()
}

pub(crate) fn read(text: &str) -> (Option<Mapping>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("mapping.yaml", text);
    let document = document::parse(file, sources.file(file));
    let mut diagnostics = document.diagnostics;
    let mapping = document.root.and_then(|root| lower(&root, &mut diagnostics));
    (mapping, diagnostics)
}

/// Rows under `fields` between a referral and an opportunity.
pub(super) fn with_rows(rows: &str) -> Mapping {
    mapping(&document_of(rows))
}

pub(crate) fn document_of(rows: &str) -> String {
    let rows: String = rows
        .trim_matches('\n')
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    format!(
        "mapping: test\nsides: {{ referral: pc.Referral, opportunity: sf.Opportunity, account: sf.Account }}\nfields:\n{rows}"
    )
}

pub(crate) fn environment() -> Value {
    json(
        r#"{"deal_value_field":"Amount","deal_value_currency_field":"CurrencyIsoCode","country_field":"BillingCountry",
            "active_stage_name":"Qualification","on_hold_stage_name":"Prospecting","won_stage_name":"Closed Won",
            "lost_stage_name":"Closed Lost","lost_reason":"Other","declined_reason":"Not a customer",
            "new_lead_status":"Open","referral_link_template":"https://portal.example/referrals/{id}",
            "bad_field":"Name FROM User"}"#,
    )
}

pub(super) fn context() -> Context {
    of_environment(&environment())
}

/// Maps, `from` being a JSON object of sides.
pub(super) fn mapped(mapping: &Mapping, to: &str, from: &str, creating: bool) -> Result<Value, MapError> {
    mapped_with(mapping, to, from, creating, None, "{}")
}

pub(super) fn mapped_with(
    mapping: &Mapping,
    to: &str,
    from: &str,
    creating: bool,
    list: Option<&str>,
    fields: &str,
) -> Result<Value, MapError> {
    let request = MapRequest {
        to,
        from: sides(from),
        creating,
        list,
        fields: members(fields),
    };
    map(mapping, request, &context())
}

/// Compares, `from` and `link` being JSON objects.
pub(super) fn differences(mapping: &Mapping, from: &str, link: Option<&str>) -> Result<Value, MapError> {
    let request = DiffRequest {
        from: sides(from),
        link: link.map(json),
    };
    diff(mapping, request, &catalog(), &context())
}

pub(super) fn sides(text: &str) -> Vec<(String, Arc<Value>)> {
    members(text)
        .into_iter()
        .map(|(side, value)| (side, Arc::new(value)))
        .collect()
}

fn members(text: &str) -> Map {
    json(text).as_object().unwrap().clone()
}

/// Columns by the field reference: `Name` 120, `Amount` 18 with 2 decimals, `CloseDate` a date.
pub(crate) fn catalog() -> Catalog {
    let text = |length| Field::optional(Shape::text_max(length), "");
    let money = Field::optional(
        Shape::Number {
            precision: Some(18),
            scale: Some(2),
        },
        "",
    );
    let opportunity = Shape::object([
        ("Id", Field::read_only(Shape::text_max(18), "")),
        ("Name", Field::required(Shape::text_max(120), "")),
        ("StageName", Field::required(Shape::text_max(255), "")),
        ("CloseDate", Field::required(Shape::Date, "")),
        ("Amount", money),
        ("CurrencyIsoCode", text(3)),
        ("Description", text(32_000)),
        ("Visible__c", Field::optional(Shape::Boolean, "")),
        (
            "Help__c",
            Field::optional(Shape::one_of(&["Quotes or licensing", "General or other"]), ""),
        ),
        (
            "Solutions__r",
            Field::optional(
                Shape::list(Shape::open_object([
                    ("Name", text(80)),
                    ("Solution_Id__c", text(255)),
                ])),
                "",
            ),
        ),
    ]);
    let account = Shape::object([
        ("Name", Field::required(Shape::text_max(255), "")),
        ("BillingCountry", text(80)),
    ]);
    let details = Shape::open_object([
        ("dealValue", Field::optional(Shape::number(), "")),
        ("closingDateTime", Field::optional(Shape::DateTime, "")),
        ("notes", Field::optional(Shape::text(), "")),
        ("shared", Field::optional(Shape::Boolean, "")),
    ]);
    let referral = Shape::open_object([
        ("id", Field::read_only(Shape::text(), "")),
        ("name", Field::optional(Shape::text(), "")),
        ("status", Field::optional(Shape::text(), "")),
        ("details", Field::optional(details, "")),
    ]);
    let object = |name, shape| ObjectDescriptor { name, shape };
    let descriptor = |name, objects| {
        Arc::new(Descriptor {
            name,
            doc: "",
            settings: Vec::new(),
            operations: Vec::new(),
            triggers: Vec::new(),
            webhook: None,
            objects,
        })
    };
    let mut catalog = Catalog::new([
        descriptor("partner_center", vec![object("Referral", referral)]),
        descriptor(
            "salesforce",
            vec![object("Account", account), object("Opportunity", opportunity)],
        ),
    ]);
    for (connection, connector) in [
        ("pc", "partner_center"),
        ("sf", "salesforce"),
        ("partner_center", "partner_center"),
        ("salesforce", "salesforce"),
    ] {
        catalog.connect(connection, connector);
    }
    catalog
}
