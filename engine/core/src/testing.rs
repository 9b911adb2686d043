//! What the tests of several modules share: texts in, rendered diagnostics out.

use std::sync::Arc;

use connector_api::{
    Descriptor, Effect, Field, ObjectDescriptor, OperationDescriptor, Shape, TriggerDescriptor,
    WebhookDescriptor,
};

use crate::catalog::Catalog;
use crate::check::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::solution::{Loaded, SolutionFile, load};
use crate::source::Sources;

/// A solution of these files, by path.
pub(crate) fn files(texts: &[(&str, &str)]) -> Vec<SolutionFile> {
    texts
        .iter()
        .map(|(path, text)| SolutionFile {
            path: (*path).to_owned(),
            shown: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

/// A solution that has a manifest with the usual two connections, unless one is given.
pub(crate) fn loaded(texts: &[(&str, &str)]) -> Loaded {
    let mut all = files(texts);
    if !texts.iter().any(|(path, _)| *path == "solution.yaml") {
        all.extend(files(&[("solution.yaml", MANIFEST)]));
    }
    load(&all)
}

/// A manifest that suits most tests.
pub(crate) const MANIFEST: &str = "name: Test\nversion: 1.0.0\nconnections:\n  partner_center: partner_center\n  salesforce: salesforce\nenvironment:\n  stage: { type: text, default: Prospecting }\n  amount_field: { type: field, default: Amount }\n";

/// Diagnostics as `file:line:column code: message` lines, sorted by place; warnings say so, related places follow.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut diagnostics: Vec<_> = diagnostics.iter().collect();
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code, &diagnostic.message));
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let place = |span| {
                let position = sources.position(span);
                format!("{}:{}", position.line, position.column)
            };
            let path = sources.file(diagnostic.span.file).path.as_str();
            let path = match path {
                "x.yaml" => String::new(),
                path => format!("{path}:"),
            };
            let severity = match diagnostic.severity {
                Severity::Error => "",
                Severity::Warning => "warning ",
            };
            let mut line = format!(
                "{path}{} {severity}{}: {}",
                place(diagnostic.span),
                diagnostic.code,
                diagnostic.message
            );
            for (span, label) in &diagnostic.related {
                line.push_str(&format!(" | {} {label}", place(*span)));
            }
            line
        })
        .collect()
}

/// Asserts what is found in each text of a table, and shows every row that differs at once.
#[track_caller]
pub(crate) fn assert_table<T: AsRef<str>>(rows: &[(T, &[&str])], find: impl Fn(&str) -> Vec<String>) {
    let mut differences = String::new();
    for (text, expected) in rows {
        let found = find(text.as_ref());
        if found != *expected {
            differences.push_str(&format!(
                "for\n{}\nfound\n  {}\nexpected\n  {}\n\n",
                text.as_ref(),
                found.join("\n  "),
                expected.join("\n  ")
            ));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A catalog of two connectors, just large enough for every rule.
pub(crate) fn catalog() -> Catalog {
    let operation = |name, effect, inputs, output| OperationDescriptor {
        name,
        doc: "",
        effect,
        inputs,
        output,
    };
    let trigger = |name, watch| TriggerDescriptor {
        name,
        doc: "",
        inputs: Shape::object([
            ("object", required(Shape::ObjectName)),
            ("fields", optional(Shape::list(Shape::FieldName("object")))),
            ("filter", optional(Shape::text())),
            ("parameters", optional(Shape::open_object([]))),
        ]),
        output: Shape::object([
            ("Id", required(Shape::text())),
            ("Amount", optional(Shape::number())),
        ]),
        watch,
        identities: Vec::new(),
    };
    let referral = Shape::object([
        ("id", required(Shape::text())),
        ("status", required(Shape::one_of(&["New", "Active", "Closed"]))),
        (
            "details",
            required(Shape::object([("dealValue", optional(Shape::number()))])),
        ),
        (
            "team",
            optional(Shape::list(Shape::object([("email", optional(Shape::text()))]))),
        ),
    ]);
    let id = || Shape::object([("id", required(Shape::text()))]);
    let record = || {
        Shape::object([
            ("object", required(Shape::ObjectName)),
            ("fields", required(Shape::FieldsOf("object"))),
        ])
    };
    let partner_center = Descriptor {
        name: "partner_center",
        doc: "",
        settings: Vec::new(),
        operations: vec![
            operation("get_referral", Effect::Read, id(), referral.clone()),
            operation(
                "update_referral",
                Effect::Idempotent,
                Shape::object([
                    ("id", required(Shape::text_max(8))),
                    ("status", optional(Shape::one_of(&["New", "Active", "Closed"]))),
                    ("closes", optional(Shape::Date)),
                    ("count", optional(Shape::Integer)),
                    ("tags", optional(Shape::list(Shape::text()))),
                    (
                        "consent",
                        optional(Shape::object([("given", required(Shape::Boolean))])),
                    ),
                    (
                        "changes",
                        optional(Shape::open_object([
                            ("id", Field::read_only(Shape::text(), "")),
                            ("status", optional(Shape::text())),
                        ])),
                    ),
                ]),
                referral.clone(),
            ),
        ],
        triggers: Vec::new(),
        webhook: Some(WebhookDescriptor {
            body: Shape::object([("EventName", required(Shape::text()))]),
            identities: Vec::new(),
            same_event: &[],
        }),
        objects: vec![ObjectDescriptor {
            name: "Referral",
            shape: referral,
        }],
    };
    let salesforce = Descriptor {
        name: "salesforce",
        doc: "",
        settings: Vec::new(),
        operations: vec![
            operation("create_record", Effect::Create, record(), id()),
            operation(
                "create_records",
                Effect::Create,
                Shape::object([
                    ("object", required(Shape::ObjectName)),
                    ("records", required(Shape::list(Shape::FieldsOf("object")))),
                    ("set", optional(Shape::FieldsOf("object"))),
                ]),
                Shape::open_object([("ids", required(Shape::list(Shape::text())))]),
            ),
            operation(
                "query",
                Effect::Read,
                Shape::object([
                    ("query", required(Shape::text())),
                    ("parameters", optional(Shape::open_object([]))),
                ]),
                Shape::object([("records", required(Shape::list(Shape::open_object([]))))]),
            ),
            operation("update_record", Effect::Idempotent, record(), id()),
        ],
        triggers: vec![trigger("record_created", false), trigger("record_modified", true)],
        webhook: None,
        objects: vec![
            ObjectDescriptor {
                name: "Lead",
                shape: Shape::open_object([("Name", required(Shape::text_max(120)))]),
            },
            ObjectDescriptor {
                name: "Opportunity",
                shape: Shape::object([
                    ("Name", required(Shape::text_max(12))),
                    ("Amount", optional(Shape::number())),
                    ("CloseDate", optional(Shape::Date)),
                    (
                        "StageName",
                        optional(Shape::one_of(&["Prospecting", "Closed Won"])),
                    ),
                    ("OwnerId", optional(Shape::text())),
                    ("CreatedDate", Field::read_only(Shape::DateTime, "")),
                    ("Partner_Text__c", optional(Shape::text())),
                    (
                        "Account",
                        Field::read_only(Shape::open_object([("Name", optional(Shape::text()))]), ""),
                    ),
                ]),
            },
        ],
    };
    Catalog::new([Arc::new(partner_center), Arc::new(salesforce)])
}

fn required(shape: Shape) -> Field {
    Field::required(shape, "")
}

fn optional(shape: Shape) -> Field {
    Field::optional(shape, "")
}

/// Everything that is wrong with a solution of these files.
pub(crate) fn checked(texts: &[(&str, &str)]) -> Vec<String> {
    let loaded = loaded(texts);
    let (checked, diagnostics) = check(&loaded, &catalog());
    let lines = render(&loaded.sources, &diagnostics);
    let sound = diagnostics
        .iter()
        .all(|found| found.severity == Severity::Warning);
    assert_eq!(
        checked.is_some(),
        sound,
        "a checked solution exists just when there is no error: {lines:?}"
    );
    lines
}
