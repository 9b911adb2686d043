//! Account, Contact, Lead, Opportunity and what hangs on an opportunity.

use crate::salesforce::schema::{Field, Kind, ObjectType};

const LEAD_SOURCES: [&str; 5] = [
    "Web",
    "Phone Inquiry",
    "Partner Referral",
    "Purchased List",
    "Other",
];
const INDUSTRIES: [&str; 8] = [
    "Banking",
    "Consulting",
    "Education",
    "Energy",
    "Healthcare",
    "Manufacturing",
    "Retail",
    "Technology",
];
const RATINGS: [&str; 3] = ["Hot", "Warm", "Cold"];
const SALUTATIONS: [&str; 5] = ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."];
const GEOCODE_ACCURACIES: [&str; 4] = ["Address", "Street", "Zip", "City"];
const CONTACT_ROLES: [&str; 9] = [
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
];

pub(super) fn objects() -> Vec<ObjectType> {
    vec![
        account(),
        contact(),
        lead(),
        opportunity(),
        contact_role(),
        team_member(),
    ]
}

fn long_text(name: &str) -> Field {
    Field::sized(name, Kind::TextArea, 32_000)
}

fn phone(name: &str) -> Field {
    Field::sized(name, Kind::Phone, 40)
}

fn revenue() -> Field {
    Field::number("AnnualRevenue", Kind::Currency, 18, 0)
}

fn owner() -> Field {
    Field::reference("OwnerId", "User", None)
        .required()
        .defaulted(connector_api::Value::Null)
}

/// Street to geocode accuracy, the codes of state and country picklists (hidden until these are on), the compound.
fn address(prefix: &str) -> Vec<Field> {
    let named = |part: &str| format!("{prefix}{part}");
    let mut fields = vec![
        Field::sized(&named("Street"), Kind::TextArea, 255),
        Field::text(&named("City"), 40),
        Field::text(&named("State"), 80),
        Field::text(&named("PostalCode"), 20),
        Field::text(&named("Country"), 80),
        Field::number(&named("Latitude"), Kind::Double, 18, 15),
        Field::number(&named("Longitude"), Kind::Double, 18, 15),
        Field::picklist(&named("GeocodeAccuracy"), &GEOCODE_ACCURACIES),
        Field::new(&named("Address"), Kind::Address).read_only(),
    ];
    for code in ["StateCode", "CountryCode"] {
        let mut field = Field::picklist(&named(code), &[]);
        field.hidden = true;
        fields.push(field);
    }
    fields
}

fn account() -> ObjectType {
    let mut fields = vec![
        Field::text("Name", 255)
            .required()
            .name_field()
            .label("Account Name"),
        Field::picklist(
            "Type",
            &[
                "Prospect",
                "Customer - Direct",
                "Customer - Channel",
                "Technology Partner",
                "Other",
            ],
        )
        .label("Account Type"),
        Field::reference("ParentId", "Account", Some("ChildAccounts")),
        phone("Phone"),
        phone("Fax"),
        Field::text("AccountNumber", 40),
        Field::sized("Website", Kind::Url, 255),
        Field::text("Sic", 20),
        Field::picklist("Industry", &INDUSTRIES),
        revenue(),
        Field::number("NumberOfEmployees", Kind::Int, 8, 0).label("Employees"),
        Field::picklist("Ownership", &["Public", "Private", "Subsidiary", "Other"]),
        Field::text("TickerSymbol", 20),
        long_text("Description"),
        Field::picklist("Rating", &RATINGS),
        Field::text("Site", 80),
        Field::picklist("AccountSource", &LEAD_SOURCES),
        Field::text("SicDesc", 80),
        Field::text("DunsNumber", 9),
        Field::text("Tradestyle", 255),
        Field::text("NaicsCode", 8),
        Field::text("NaicsDesc", 120),
        Field::text("YearStarted", 4),
        Field::text("Jigsaw", 20),
        Field::reference("MasterRecordId", "Account", None).read_only(),
        owner(),
    ];
    fields.extend(address("Billing"));
    fields.extend(address("Shipping"));
    ObjectType::new("Account", "001", fields)
}

/// First name, last name, salutation and the name made of them.
fn person_name() -> Vec<Field> {
    vec![
        Field::text("LastName", 80).required(),
        Field::text("FirstName", 40),
        Field::picklist("Salutation", &SALUTATIONS),
        Field::text("Name", 121)
            .read_only()
            .required()
            .defaulted("")
            .name_field()
            .label("Full Name"),
    ]
}

fn contact() -> ObjectType {
    let mut account = Field::reference("AccountId", "Account", Some("Contacts"));
    account = account.cascade();
    let mut fields = person_name();
    fields.extend([
        account,
        Field::sized("Email", Kind::Email, 80).id_lookup(),
        phone("Phone"),
        phone("MobilePhone"),
        phone("HomePhone"),
        phone("OtherPhone"),
        phone("Fax"),
        phone("AssistantPhone"),
        Field::text("AssistantName", 40),
        Field::text("Title", 128),
        Field::text("Department", 80),
        Field::picklist("LeadSource", &LEAD_SOURCES),
        long_text("Description"),
        Field::new("Birthdate", Kind::Date),
        Field::reference("ReportsToId", "Contact", None),
        Field::boolean("HasOptedOutOfEmail").label("Email Opt Out"),
        Field::boolean("DoNotCall"),
        owner(),
    ]);
    fields.extend(address("Mailing"));
    fields.extend(address("Other"));
    ObjectType::new("Contact", "003", fields)
}

fn lead() -> ObjectType {
    let mut fields = person_name();
    fields.extend([
        Field::text("Company", 255).required(),
        Field::picklist(
            "Status",
            &[
                "Open - Not Contacted",
                "Working - Contacted",
                "Closed - Converted",
                "Closed - Not Converted",
            ],
        )
        .required()
        .defaulted("Open - Not Contacted"),
        Field::text("Title", 128),
        phone("Phone"),
        phone("MobilePhone"),
        phone("Fax"),
        Field::sized("Email", Kind::Email, 80).id_lookup(),
        Field::sized("Website", Kind::Url, 255),
        long_text("Description"),
        Field::picklist("LeadSource", &LEAD_SOURCES),
        Field::picklist("Industry", &INDUSTRIES),
        Field::picklist("Rating", &RATINGS),
        revenue(),
        Field::number("NumberOfEmployees", Kind::Int, 8, 0).label("Employees"),
        owner(),
        Field::boolean("IsUnreadByOwner"),
        Field::boolean("IsConverted").read_only(),
        Field::new("ConvertedDate", Kind::Date).read_only(),
        Field::reference("ConvertedAccountId", "Account", None).read_only(),
        Field::reference("ConvertedContactId", "Contact", None).read_only(),
        Field::reference("ConvertedOpportunityId", "Opportunity", None).read_only(),
    ]);
    fields.extend(address(""));
    ObjectType::new("Lead", "00Q", fields)
}

fn opportunity() -> ObjectType {
    let mut contact = Field::reference("ContactId", "Contact", None).create_only();
    contact.filterable = false;
    let fields = vec![
        Field::reference("AccountId", "Account", Some("Opportunities")).cascade(),
        Field::boolean("IsPrivate").label("Private"),
        Field::text("Name", 120).required().name_field().id_lookup(),
        long_text("Description"),
        Field::picklist("StageName", &[])
            .required()
            .restricted()
            .label("Stage"),
        Field::number("Amount", Kind::Currency, 18, 2),
        Field::number("Probability", Kind::Percent, 3, 0),
        Field::number("ExpectedRevenue", Kind::Currency, 18, 2).read_only(),
        Field::number("TotalOpportunityQuantity", Kind::Double, 18, 2).label("Quantity"),
        Field::new("CloseDate", Kind::Date).required(),
        Field::picklist(
            "Type",
            &[
                "Existing Customer - Upgrade",
                "Existing Customer - Replacement",
                "Existing Customer - Downgrade",
                "New Customer",
            ],
        )
        .label("Opportunity Type"),
        Field::text("NextStep", 255),
        Field::picklist("LeadSource", &LEAD_SOURCES),
        Field::boolean("IsClosed").read_only().label("Closed"),
        Field::boolean("IsWon").read_only().label("Won"),
        Field::picklist(
            "ForecastCategory",
            &[
                "Omitted",
                "Pipeline",
                "BestCase",
                "MostLikely",
                "Forecast",
                "Closed",
            ],
        )
        .read_only()
        .restricted(),
        Field::picklist(
            "ForecastCategoryName",
            &[
                "Omitted",
                "Pipeline",
                "Best Case",
                "Most Likely",
                "Commit",
                "Closed",
            ],
        )
        .restricted()
        .label("Forecast Category"),
        Field::boolean("HasOpportunityLineItem")
            .read_only()
            .label("Has Line Item"),
        owner(),
        contact,
        Field::number("PushCount", Kind::Int, 9, 0).read_only(),
        Field::new("LastStageChangeDate", Kind::DateTime).read_only(),
        Field::number("FiscalQuarter", Kind::Int, 9, 0).read_only(),
        Field::number("FiscalYear", Kind::Int, 9, 0).read_only(),
        Field::text("Fiscal", 6).read_only().label("Fiscal Period"),
    ];
    ObjectType::new("Opportunity", "006", fields)
}

fn contact_role() -> ObjectType {
    let roles = Some("OpportunityContactRoles");
    ObjectType::new(
        "OpportunityContactRole",
        "00K",
        vec![
            Field::reference("OpportunityId", "Opportunity", roles)
                .required()
                .create_only()
                .cascade(),
            Field::reference("ContactId", "Contact", roles)
                .required()
                .create_only()
                .cascade(),
            Field::picklist("Role", &CONTACT_ROLES),
            Field::boolean("IsPrimary").label("Primary"),
        ],
    )
}

fn team_member() -> ObjectType {
    let mut object = ObjectType::new(
        "OpportunityTeamMember",
        "00q",
        vec![
            Field::reference("OpportunityId", "Opportunity", Some("OpportunityTeamMembers"))
                .required()
                .create_only()
                .cascade(),
            Field::reference("UserId", "User", None).required().create_only(),
            Field::picklist(
                "TeamMemberRole",
                &[
                    "Account Manager",
                    "Channel Manager",
                    "Executive Sponsor",
                    "Sales Rep",
                ],
            ),
            Field::picklist("OpportunityAccessLevel", &["Read", "Edit", "All"]).defaulted("Read"),
        ],
    );
    object.undeletable = false;
    object
}
