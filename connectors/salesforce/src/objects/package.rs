//! The custom fields of `schemas/salesforce`. A test compares the two, so that they cannot drift apart.

use connector_api::{Field, Shape};

use super::{Row, currency};

/// The kinds of help that can be asked for.
const HELP: [&str; 6] = [
    "Workload specific value proposition",
    "Customer technical architecture",
    "Proof of concept or demo",
    "Quotes or licensing",
    "Post sales customer success",
    "General or other",
];

/// Longest address.
const URL: u32 = 255;
/// Longest audit trail.
const AUDIT: u32 = 100_000;

pub(super) fn opportunity() -> Vec<Row> {
    vec![
        (
            "Sync_with_Partner_Center__c",
            Field::optional(
                Shape::Boolean,
                "Whether the deal is kept in step with Partner Center.",
            ),
        ),
        (
            "Referral_Identifier__c",
            Field::optional(Shape::text_max(100), "The referral's id; external id, unique."),
        ),
        (
            "Referral_Link__c",
            Field::optional(Shape::text_max(URL), "Opens the referral in Partner Center."),
        ),
        (
            "How_can_Microsoft_help__c",
            Field::optional(
                Shape::one_of(&HELP),
                "The help wanted; a value makes it a co-sell deal.",
            ),
        ),
        (
            "Microsoft_Partner_Center_Referral_Visibility__c",
            Field::optional(Shape::Boolean, "Whether Microsoft sellers see the deal."),
        ),
        (
            "Microsoft_CRM_Identifier__c",
            Field::optional(Shape::text_max(100), "The deal's id at Microsoft, once accepted."),
        ),
        (
            "Audit__c",
            Field::optional(Shape::text_max(AUDIT), "What the sync did and what went wrong."),
        ),
    ]
}

pub(super) fn lead() -> Vec<Row> {
    vec![
        (
            "Referral_Identifier__c",
            Field::optional(Shape::text_max(100), "The referral's id; external id, unique."),
        ),
        (
            "Referral_Link__c",
            Field::optional(Shape::text_max(URL), "Opens the referral in Partner Center."),
        ),
        (
            "Audit__c",
            Field::optional(Shape::text_max(AUDIT), "What the sync did and what went wrong."),
        ),
    ]
}

pub(super) fn solution() -> Vec<Row> {
    vec![
        (
            "Opportunity__c",
            Field::required(Shape::text_max(18), "The deal; cannot be changed once created."),
        ),
        (
            "Solution_Id__c",
            Field::required(Shape::text_max(255), "The solution's id in Partner Center."),
        ),
        (
            "Type__c",
            Field::optional(Shape::text_max(40), "`Category` or `Name`."),
        ),
        (
            "Price__c",
            Field::optional(currency(18, 2), "The price in this deal."),
        ),
        ("Quantity__c", Field::optional(currency(18, 2), "How many of it.")),
        (
            "Currency__c",
            Field::optional(Shape::text_max(3), "The price's three-letter currency code."),
        ),
    ]
}
