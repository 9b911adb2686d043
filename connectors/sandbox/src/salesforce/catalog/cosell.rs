//! The co-sell package: what it adds to Opportunity and Lead, and the solutions of an opportunity.

use crate::salesforce::schema::{Field, Kind, ObjectType, Schema};

/// What a partner may ask Microsoft for.
const HELP: [&str; 6] = [
    "Workload specific value proposition",
    "Customer technical architecture",
    "Proof of concept or demo",
    "Quotes or licensing",
    "Post sales customer success",
    "General or other",
];

pub(super) fn install(schema: &mut Schema) {
    if let Some(opportunity) = schema.object_mut("Opportunity") {
        for field in [
            Field::boolean("Sync_with_Partner_Center__c"),
            Field::boolean("Microsoft_Partner_Center_Referral_Visibility__c"),
            Field::text("Microsoft_CRM_Identifier__c", 100),
            Field::picklist("How_can_Microsoft_help__c", &HELP).restricted(),
        ]
        .into_iter()
        .chain(referral())
        {
            opportunity.set(field);
        }
    }
    if let Some(lead) = schema.object_mut("Lead") {
        referral().into_iter().for_each(|field| lead.set(field));
    }
    schema.add(solution());
}

fn referral() -> [Field; 3] {
    [
        Field::text("Referral_Identifier__c", 100).external(),
        Field::sized("Referral_Link__c", Kind::Url, 255),
        Field::sized("Audit__c", Kind::TextArea, 100_000),
    ]
}

fn solution() -> ObjectType {
    ObjectType::new(
        "Microsoft_Partner_Center_Solution__c",
        "a00",
        vec![
            Field::text("Name", 80).name_field(),
            Field::reference(
                "Opportunity__c",
                "Opportunity",
                Some("Microsoft_Partner_Center_Solutions__r"),
            )
            .required()
            .create_only()
            .cascade(),
            Field::text("Solution_Id__c", 255).required(),
            Field::text("Type__c", 40),
            Field::number("Price__c", Kind::Currency, 18, 2),
            Field::number("Quantity__c", Kind::Double, 18, 2),
            Field::text("Currency__c", 3),
        ],
    )
}
