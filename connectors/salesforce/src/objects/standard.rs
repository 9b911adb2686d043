//! The standard objects, as the field reference lists them. `Status` of a lead is not required here although the
//! service calls it so: it has a default.

use connector_api::{Field, Shape};

use super::{Row, currency};

/// What the service keeps about every record.
pub(super) fn audit() -> Vec<Row> {
    vec![
        ("Id", Field::read_only(Shape::text_max(18), "The record's id.")),
        (
            "IsDeleted",
            Field::read_only(Shape::Boolean, "Whether it is in the recycle bin."),
        ),
        (
            "CreatedDate",
            Field::read_only(Shape::DateTime, "When it was created."),
        ),
        (
            "CreatedById",
            Field::read_only(Shape::text_max(18), "Who created it."),
        ),
        (
            "LastModifiedDate",
            Field::read_only(Shape::DateTime, "When somebody last changed it."),
        ),
        (
            "LastModifiedById",
            Field::read_only(Shape::text_max(18), "Who last changed it."),
        ),
        (
            "SystemModstamp",
            Field::read_only(
                Shape::DateTime,
                "When it last changed, system processes included.",
            ),
        ),
    ]
}

/// Opportunity.
pub(super) fn opportunity() -> Vec<Row> {
    vec![
        ("Name", Field::required(Shape::text_max(120), "The deal's name.")),
        (
            "StageName",
            Field::required(Shape::text_max(255), "The stage, by its API name."),
        ),
        (
            "CloseDate",
            Field::required(Shape::Date, "The expected closing date."),
        ),
        ("AccountId", Field::optional(Shape::text_max(18), "The account.")),
        (
            "Amount",
            Field::optional(
                currency(18, 2),
                "The deal's value; ignored by the service while the deal has products.",
            ),
        ),
        (
            "Probability",
            Field::optional(currency(3, 0), "The chance of winning, in percent."),
        ),
        (
            "ExpectedRevenue",
            Field::read_only(currency(18, 2), "Amount times probability."),
        ),
        ("Type", Field::optional(Shape::text_max(255), "The kind of deal.")),
        (
            "LeadSource",
            Field::optional(Shape::text_max(255), "Where it came from."),
        ),
        (
            "NextStep",
            Field::optional(Shape::text_max(255), "What comes next."),
        ),
        (
            "Description",
            Field::optional(Shape::text_max(32_000), "Free text."),
        ),
        (
            "ForecastCategory",
            Field::read_only(Shape::text_max(40), "The forecast category, from the stage."),
        ),
        (
            "ForecastCategoryName",
            Field::optional(Shape::text_max(255), "The forecast category's name."),
        ),
        (
            "IsClosed",
            Field::read_only(Shape::Boolean, "Whether the stage is a closed one."),
        ),
        (
            "IsWon",
            Field::read_only(Shape::Boolean, "Whether the stage is a won one."),
        ),
        (
            "IsPrivate",
            Field::optional(Shape::Boolean, "Whether only few see it."),
        ),
        (
            "OwnerId",
            Field::optional(
                Shape::text_max(18),
                "The owner; the signed-in user when left out.",
            ),
        ),
        (
            "CampaignId",
            Field::optional(Shape::text_max(18), "The campaign."),
        ),
        (
            "Pricebook2Id",
            Field::optional(Shape::text_max(18), "The price book."),
        ),
        (
            "ContractId",
            Field::optional(Shape::text_max(18), "The contract."),
        ),
        (
            "RecordTypeId",
            Field::optional(
                Shape::text_max(18),
                "The record type; only where there are record types.",
            ),
        ),
        (
            "CurrencyIsoCode",
            Field::optional(
                Shape::text_max(3),
                "The currency; only in orgs with several currencies.",
            ),
        ),
        (
            "TotalOpportunityQuantity",
            Field::optional(currency(18, 2), "The quantity."),
        ),
        (
            "ContactId",
            Field::optional(
                Shape::text_max(18),
                "Only when creating: makes the primary contact role.",
            ),
        ),
        (
            "Fiscal",
            Field::read_only(Shape::text_max(6), "The fiscal period."),
        ),
        (
            "FiscalQuarter",
            Field::read_only(Shape::Integer, "The fiscal quarter."),
        ),
        ("FiscalYear", Field::read_only(Shape::Integer, "The fiscal year.")),
        (
            "HasOpportunityLineItem",
            Field::read_only(Shape::Boolean, "Whether the deal has products."),
        ),
        (
            "PushCount",
            Field::read_only(Shape::Integer, "How often the closing date was put off."),
        ),
        (
            "LastStageChangeDate",
            Field::read_only(Shape::DateTime, "When the stage last changed."),
        ),
        (
            "SyncedQuoteId",
            Field::optional(Shape::text_max(18), "The synced quote."),
        ),
        (
            "Territory2Id",
            Field::optional(Shape::text_max(18), "The territory."),
        ),
    ]
}

/// A contact's part in a deal.
pub(super) fn contact_role() -> Vec<Row> {
    vec![
        (
            "OpportunityId",
            Field::required(Shape::text_max(18), "The deal; cannot be changed once created."),
        ),
        (
            "ContactId",
            Field::required(
                Shape::text_max(18),
                "The contact; cannot be changed once created.",
            ),
        ),
        ("Role", Field::optional(Shape::text_max(255), "The role.")),
        (
            "IsPrimary",
            Field::optional(Shape::Boolean, "Whether it is the primary contact."),
        ),
        (
            "Contact",
            Field::read_only(Shape::open_object([]), "The contact."),
        ),
    ]
}

/// Account.
pub(super) fn account() -> Vec<Row> {
    vec![
        (
            "Name",
            Field::required(Shape::text_max(255), "The company's name."),
        ),
        (
            "Type",
            Field::optional(Shape::text_max(255), "The kind of account."),
        ),
        ("Industry", Field::optional(Shape::text_max(255), "The industry.")),
        ("Rating", Field::optional(Shape::text_max(255), "The rating.")),
        (
            "Ownership",
            Field::optional(Shape::text_max(255), "The ownership."),
        ),
        (
            "AccountSource",
            Field::optional(Shape::text_max(255), "Where it came from."),
        ),
        (
            "AccountNumber",
            Field::optional(Shape::text_max(40), "A number given to it."),
        ),
        ("Phone", Field::optional(Shape::text_max(40), "The phone number.")),
        ("Fax", Field::optional(Shape::text_max(40), "The fax number.")),
        ("Website", Field::optional(Shape::text_max(255), "The web site.")),
        (
            "AnnualRevenue",
            Field::optional(currency(18, 0), "The yearly revenue."),
        ),
        (
            "NumberOfEmployees",
            Field::optional(Shape::Integer, "How many people work there."),
        ),
        (
            "Description",
            Field::optional(Shape::text_max(32_000), "Free text."),
        ),
        (
            "BillingStreet",
            Field::optional(Shape::text_max(255), "Billing address: street."),
        ),
        (
            "BillingCity",
            Field::optional(Shape::text_max(40), "Billing address: city."),
        ),
        (
            "BillingState",
            Field::optional(Shape::text_max(80), "Billing address: state or province."),
        ),
        (
            "BillingStateCode",
            Field::optional(
                Shape::text_max(10),
                "Billing address: code of the state; only with state and country picklists.",
            ),
        ),
        (
            "BillingPostalCode",
            Field::optional(Shape::text_max(20), "Billing address: postal code."),
        ),
        (
            "BillingCountry",
            Field::optional(Shape::text_max(80), "Billing address: country."),
        ),
        (
            "BillingCountryCode",
            Field::optional(
                Shape::text_max(10),
                "Billing address: two-letter code of the country; only with state and country picklists.",
            ),
        ),
        (
            "BillingLatitude",
            Field::optional(currency(18, 15), "Billing address: latitude."),
        ),
        (
            "BillingLongitude",
            Field::optional(currency(18, 15), "Billing address: longitude."),
        ),
        (
            "BillingGeocodeAccuracy",
            Field::optional(Shape::text_max(40), "Billing address: how exact the place is."),
        ),
        (
            "ShippingStreet",
            Field::optional(Shape::text_max(255), "Shipping address: street."),
        ),
        (
            "ShippingCity",
            Field::optional(Shape::text_max(40), "Shipping address: city."),
        ),
        (
            "ShippingState",
            Field::optional(Shape::text_max(80), "Shipping address: state or province."),
        ),
        (
            "ShippingStateCode",
            Field::optional(
                Shape::text_max(10),
                "Shipping address: code of the state; only with state and country picklists.",
            ),
        ),
        (
            "ShippingPostalCode",
            Field::optional(Shape::text_max(20), "Shipping address: postal code."),
        ),
        (
            "ShippingCountry",
            Field::optional(Shape::text_max(80), "Shipping address: country."),
        ),
        (
            "ShippingCountryCode",
            Field::optional(
                Shape::text_max(10),
                "Shipping address: two-letter code of the country; only with state and country picklists.",
            ),
        ),
        (
            "ShippingLatitude",
            Field::optional(currency(18, 15), "Shipping address: latitude."),
        ),
        (
            "ShippingLongitude",
            Field::optional(currency(18, 15), "Shipping address: longitude."),
        ),
        (
            "ShippingGeocodeAccuracy",
            Field::optional(Shape::text_max(40), "Shipping address: how exact the place is."),
        ),
        (
            "ParentId",
            Field::optional(Shape::text_max(18), "The parent account."),
        ),
        ("OwnerId", Field::optional(Shape::text_max(18), "The owner.")),
        ("Site", Field::optional(Shape::text_max(80), "The site.")),
        ("Sic", Field::optional(Shape::text_max(20), "The industry code.")),
        (
            "SicDesc",
            Field::optional(Shape::text_max(80), "The industry code in words."),
        ),
        (
            "TickerSymbol",
            Field::optional(Shape::text_max(20), "The ticker symbol."),
        ),
        (
            "DunsNumber",
            Field::optional(Shape::text_max(9), "The D-U-N-S number."),
        ),
        (
            "NaicsCode",
            Field::optional(Shape::text_max(8), "The NAICS code."),
        ),
        (
            "NaicsDesc",
            Field::optional(Shape::text_max(120), "The NAICS code in words."),
        ),
        (
            "Tradestyle",
            Field::optional(Shape::text_max(255), "The trade name."),
        ),
        (
            "YearStarted",
            Field::optional(Shape::text_max(4), "The year it was founded."),
        ),
        (
            "Jigsaw",
            Field::optional(Shape::text_max(20), "The data service's key."),
        ),
        (
            "CleanStatus",
            Field::optional(Shape::text_max(40), "How clean the data is."),
        ),
        (
            "RecordTypeId",
            Field::optional(
                Shape::text_max(18),
                "The record type; only where there are record types.",
            ),
        ),
        (
            "CurrencyIsoCode",
            Field::optional(
                Shape::text_max(3),
                "The currency; only in orgs with several currencies.",
            ),
        ),
        (
            "IsPersonAccount",
            Field::read_only(
                Shape::Boolean,
                "Whether it is a person; only in orgs with person accounts.",
            ),
        ),
        (
            "MasterRecordId",
            Field::read_only(Shape::text_max(18), "The account it was merged into."),
        ),
    ]
}

/// Contact.
pub(super) fn contact() -> Vec<Row> {
    vec![
        (
            "LastName",
            Field::required(Shape::text_max(80), "The family name."),
        ),
        (
            "FirstName",
            Field::optional(Shape::text_max(40), "The given name."),
        ),
        (
            "Salutation",
            Field::optional(Shape::text_max(40), "The salutation."),
        ),
        ("Name", Field::read_only(Shape::text_max(121), "The whole name.")),
        ("AccountId", Field::optional(Shape::text_max(18), "The account.")),
        (
            "Email",
            Field::optional(Shape::text_max(80), "The e-mail address."),
        ),
        ("Phone", Field::optional(Shape::text_max(40), "The phone number.")),
        (
            "MobilePhone",
            Field::optional(Shape::text_max(40), "The mobile number."),
        ),
        (
            "HomePhone",
            Field::optional(Shape::text_max(40), "The home number."),
        ),
        (
            "OtherPhone",
            Field::optional(Shape::text_max(40), "Another number."),
        ),
        (
            "AssistantPhone",
            Field::optional(Shape::text_max(40), "The assistant's number."),
        ),
        ("Fax", Field::optional(Shape::text_max(40), "The fax number.")),
        ("Title", Field::optional(Shape::text_max(128), "The title.")),
        (
            "Department",
            Field::optional(Shape::text_max(80), "The department."),
        ),
        (
            "LeadSource",
            Field::optional(Shape::text_max(255), "Where it came from."),
        ),
        (
            "Description",
            Field::optional(Shape::text_max(32_000), "Free text."),
        ),
        ("Birthdate", Field::optional(Shape::Date, "The day of birth.")),
        (
            "ReportsToId",
            Field::optional(Shape::text_max(18), "Whom the contact reports to."),
        ),
        (
            "MailingStreet",
            Field::optional(Shape::text_max(255), "Mailing address: street."),
        ),
        (
            "MailingCity",
            Field::optional(Shape::text_max(40), "Mailing address: city."),
        ),
        (
            "MailingState",
            Field::optional(Shape::text_max(80), "Mailing address: state or province."),
        ),
        (
            "MailingStateCode",
            Field::optional(
                Shape::text_max(10),
                "Mailing address: code of the state; only with state and country picklists.",
            ),
        ),
        (
            "MailingPostalCode",
            Field::optional(Shape::text_max(20), "Mailing address: postal code."),
        ),
        (
            "MailingCountry",
            Field::optional(Shape::text_max(80), "Mailing address: country."),
        ),
        (
            "MailingCountryCode",
            Field::optional(
                Shape::text_max(10),
                "Mailing address: two-letter code of the country; only with state and country picklists.",
            ),
        ),
        (
            "MailingLatitude",
            Field::optional(currency(18, 15), "Mailing address: latitude."),
        ),
        (
            "MailingLongitude",
            Field::optional(currency(18, 15), "Mailing address: longitude."),
        ),
        (
            "MailingGeocodeAccuracy",
            Field::optional(Shape::text_max(40), "Mailing address: how exact the place is."),
        ),
        (
            "OtherStreet",
            Field::optional(Shape::text_max(255), "Other address: street."),
        ),
        (
            "OtherCity",
            Field::optional(Shape::text_max(40), "Other address: city."),
        ),
        (
            "OtherState",
            Field::optional(Shape::text_max(80), "Other address: state or province."),
        ),
        (
            "OtherStateCode",
            Field::optional(
                Shape::text_max(10),
                "Other address: code of the state; only with state and country picklists.",
            ),
        ),
        (
            "OtherPostalCode",
            Field::optional(Shape::text_max(20), "Other address: postal code."),
        ),
        (
            "OtherCountry",
            Field::optional(Shape::text_max(80), "Other address: country."),
        ),
        (
            "OtherCountryCode",
            Field::optional(
                Shape::text_max(10),
                "Other address: two-letter code of the country; only with state and country picklists.",
            ),
        ),
        (
            "OtherLatitude",
            Field::optional(currency(18, 15), "Other address: latitude."),
        ),
        (
            "OtherLongitude",
            Field::optional(currency(18, 15), "Other address: longitude."),
        ),
        (
            "OtherGeocodeAccuracy",
            Field::optional(Shape::text_max(40), "Other address: how exact the place is."),
        ),
        (
            "HasOptedOutOfEmail",
            Field::optional(Shape::Boolean, "Whether e-mail is unwanted."),
        ),
        (
            "DoNotCall",
            Field::optional(Shape::Boolean, "Whether calls are unwanted."),
        ),
        ("OwnerId", Field::optional(Shape::text_max(18), "The owner.")),
        (
            "RecordTypeId",
            Field::optional(
                Shape::text_max(18),
                "The record type; only where there are record types.",
            ),
        ),
        (
            "CurrencyIsoCode",
            Field::optional(
                Shape::text_max(3),
                "The currency; only in orgs with several currencies.",
            ),
        ),
        (
            "EmailBouncedDate",
            Field::read_only(Shape::DateTime, "When e-mail came back."),
        ),
        (
            "EmailBouncedReason",
            Field::read_only(Shape::text_max(255), "Why e-mail came back."),
        ),
        (
            "IsPriorityRecord",
            Field::read_only(Shape::Boolean, "Whether it is a priority contact."),
        ),
    ]
}

/// Lead.
pub(super) fn lead() -> Vec<Row> {
    vec![
        (
            "LastName",
            Field::required(Shape::text_max(80), "The family name."),
        ),
        ("Company", Field::required(Shape::text_max(255), "The company.")),
        (
            "Status",
            Field::optional(Shape::text_max(255), "The status; a default applies."),
        ),
        (
            "FirstName",
            Field::optional(Shape::text_max(40), "The given name."),
        ),
        (
            "Salutation",
            Field::optional(Shape::text_max(40), "The salutation."),
        ),
        ("Name", Field::read_only(Shape::text_max(121), "The whole name.")),
        ("Title", Field::optional(Shape::text_max(128), "The title.")),
        (
            "Email",
            Field::optional(Shape::text_max(80), "The e-mail address."),
        ),
        ("Phone", Field::optional(Shape::text_max(40), "The phone number.")),
        (
            "MobilePhone",
            Field::optional(Shape::text_max(40), "The mobile number."),
        ),
        ("Fax", Field::optional(Shape::text_max(40), "The fax number.")),
        ("Website", Field::optional(Shape::text_max(255), "The web site.")),
        (
            "Street",
            Field::optional(Shape::text_max(255), "Address: street."),
        ),
        ("City", Field::optional(Shape::text_max(40), "Address: city.")),
        (
            "State",
            Field::optional(Shape::text_max(80), "Address: state or province."),
        ),
        (
            "StateCode",
            Field::optional(
                Shape::text_max(10),
                "Address: code of the state; only with state and country picklists.",
            ),
        ),
        (
            "PostalCode",
            Field::optional(Shape::text_max(20), "Address: postal code."),
        ),
        (
            "Country",
            Field::optional(Shape::text_max(80), "Address: country."),
        ),
        (
            "CountryCode",
            Field::optional(
                Shape::text_max(10),
                "Address: two-letter code of the country; only with state and country picklists.",
            ),
        ),
        (
            "Latitude",
            Field::optional(currency(18, 15), "Address: latitude."),
        ),
        (
            "Longitude",
            Field::optional(currency(18, 15), "Address: longitude."),
        ),
        (
            "GeocodeAccuracy",
            Field::optional(Shape::text_max(40), "Address: how exact the place is."),
        ),
        ("Industry", Field::optional(Shape::text_max(255), "The industry.")),
        ("Rating", Field::optional(Shape::text_max(255), "The rating.")),
        (
            "LeadSource",
            Field::optional(Shape::text_max(255), "Where it came from."),
        ),
        (
            "AnnualRevenue",
            Field::optional(currency(18, 0), "The yearly revenue."),
        ),
        (
            "NumberOfEmployees",
            Field::optional(Shape::Integer, "How many people work there."),
        ),
        (
            "Description",
            Field::optional(Shape::text_max(32_000), "Free text."),
        ),
        ("OwnerId", Field::optional(Shape::text_max(18), "The owner.")),
        (
            "RecordTypeId",
            Field::optional(
                Shape::text_max(18),
                "The record type; only where there are record types.",
            ),
        ),
        (
            "CurrencyIsoCode",
            Field::optional(
                Shape::text_max(3),
                "The currency; only in orgs with several currencies.",
            ),
        ),
        (
            "IsConverted",
            Field::read_only(Shape::Boolean, "Whether it was converted."),
        ),
        (
            "ConvertedDate",
            Field::read_only(Shape::Date, "When it was converted."),
        ),
        (
            "ConvertedAccountId",
            Field::read_only(Shape::text_max(18), "The account it became."),
        ),
        (
            "ConvertedContactId",
            Field::read_only(Shape::text_max(18), "The contact it became."),
        ),
        (
            "ConvertedOpportunityId",
            Field::read_only(Shape::text_max(18), "The opportunity it became."),
        ),
        (
            "IsUnreadByOwner",
            Field::optional(Shape::Boolean, "Whether the owner has not seen it yet."),
        ),
    ]
}

/// The name of an object whose name is plain text.
pub(super) fn named(length_max: u32) -> Vec<Row> {
    vec![("Name", Field::optional(Shape::text_max(length_max), "The name."))]
}
