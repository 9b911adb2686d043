//! The shapes of the objects that co-sell mappings read and write, for checks without an org.
//!
//! They list the standard fields and those of the package in `schemas/salesforce`. An org has more; names ending in
//! `__c` are for the checker to let pass.

mod package;
mod standard;

use connector_api::shape::ObjectShape;
use connector_api::{Field, ObjectDescriptor, Shape};

/// A field's name and description.
type Row = (&'static str, Field);

/// All shapes, sorted by name.
pub(crate) fn all() -> Vec<ObjectDescriptor> {
    let solution = package::solution();
    let role = standard::contact_role();
    vec![
        described("Account", standard::account()),
        described("Contact", standard::contact()),
        described("Lead", [standard::lead(), package::lead()].concat()),
        described(
            "Microsoft_Partner_Center_Solution__c",
            [standard::named(255), solution.clone()].concat(),
        ),
        described(
            "Opportunity",
            [
                standard::opportunity(),
                package::opportunity(),
                vec![
                    ("Account", related(standard::account(), "The account.")),
                    (
                        "OpportunityContactRoles",
                        rows(role.clone(), "The contact roles; written one by one."),
                    ),
                    (
                        "Microsoft_Partner_Center_Solutions__r",
                        rows(
                            [standard::named(255), solution].concat(),
                            "The Microsoft solutions; written one by one.",
                        ),
                    ),
                ],
            ]
            .concat(),
        ),
        described("OpportunityContactRole", role),
    ]
}

/// The custom fields of the package, per object.
pub(crate) fn package_fields() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("Opportunity", package::opportunity()),
        ("Lead", package::lead()),
        ("Microsoft_Partner_Center_Solution__c", package::solution()),
    ]
}

fn described(name: &'static str, fields: Vec<Row>) -> ObjectDescriptor {
    ObjectDescriptor {
        name,
        shape: shape(fields, false),
    }
}

fn shape(fields: Vec<Row>, open: bool) -> Shape {
    let fields = fields
        .into_iter()
        .chain(standard::audit())
        .map(|(name, field)| (name.to_owned(), field))
        .collect();
    Shape::Object(ObjectShape { fields, open })
}

/// A parent as part of a record: read only, since it is written as a record of its own.
fn related(fields: Vec<Row>, doc: &'static str) -> Field {
    Field::read_only(shape(fields, true), doc)
}

/// Child rows as part of a record.
fn rows(fields: Vec<Row>, doc: &'static str) -> Field {
    Field::optional(Shape::list(shape(fields, true)), doc)
}

fn currency(precision: u32, scale: u32) -> Shape {
    Shape::Number {
        precision: Some(precision),
        scale: Some(scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_sorted_and_fields_are_told_once() {
        let all = all();
        let names: Vec<&str> = all.iter().map(|object| object.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted);
        let raw = [standard::opportunity(), package::opportunity(), standard::audit()].concat();
        let opportunity = all.iter().find(|object| object.name == "Opportunity").unwrap();
        assert_eq!(opportunity.shape.as_object().unwrap().fields.len(), raw.len() + 3);
    }

    #[test]
    fn lengths_and_types_are_those_of_the_field_reference() {
        for (object, field, expected) in [
            ("Opportunity", "Name", Shape::text_max(120)),
            ("Opportunity", "Amount", currency(18, 2)),
            ("Opportunity", "CloseDate", Shape::Date),
            ("Opportunity", "Description", Shape::text_max(32_000)),
            ("Opportunity", "Referral_Identifier__c", Shape::text_max(100)),
            ("Account", "BillingPostalCode", Shape::text_max(20)),
            ("Account", "BillingCity", Shape::text_max(40)),
            ("Contact", "LastName", Shape::text_max(80)),
            ("Contact", "Title", Shape::text_max(128)),
            ("Lead", "Company", Shape::text_max(255)),
            ("OpportunityContactRole", "IsPrimary", Shape::Boolean),
        ] {
            let all = all();
            let object = all.iter().find(|found| found.name == object).unwrap();
            assert_eq!(
                object.shape.as_object().unwrap().fields[field].shape,
                expected,
                "{field}"
            );
        }
    }
}
