//! Users, the organization and configuration that the API reads.

use crate::salesforce::schema::{Field, Kind, ObjectType};

/// Active currencies: code, decimal places, units of one corporate unit. The first is the corporate currency.
pub(crate) const CURRENCIES: [(&str, i64, &str); 8] = [
    ("USD", 2, "1.0"),
    ("EUR", 2, "0.92"),
    ("GBP", 2, "0.79"),
    ("CHF", 2, "0.88"),
    ("JPY", 0, "150.0"),
    ("CAD", 2, "1.36"),
    ("AUD", 2, "1.52"),
    ("INR", 2, "83.0"),
];

/// Values of country code fields once state and country picklists are on, with their integration values.
pub(crate) const COUNTRIES: [(&str, &str); 20] = [
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("BE", "Belgium"),
    ("BR", "Brazil"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("DE", "Germany"),
    ("DK", "Denmark"),
    ("ES", "Spain"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("IE", "Ireland"),
    ("IN", "India"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("SE", "Sweden"),
    ("US", "United States"),
];

pub(super) fn objects() -> Vec<ObjectType> {
    vec![user(), organization(), record_type(), stage(), currency_type()]
}

fn user() -> ObjectType {
    let mut object = ObjectType::new(
        "User",
        "005",
        vec![
            Field::text("Username", 80).required().id_lookup(),
            Field::text("LastName", 80).required(),
            Field::text("FirstName", 40),
            Field::text("Name", 121)
                .read_only()
                .required()
                .defaulted("")
                .name_field()
                .label("Full Name"),
            Field::sized("Email", Kind::Email, 128).required(),
            Field::text("Alias", 8).required(),
            Field::text("CommunityNickname", 40).required().label("Nickname"),
            Field::text("Title", 80),
            Field::sized("Phone", Kind::Phone, 40),
            Field::boolean("IsActive").label("Active"),
            Field::picklist("UserType", &["Standard"]).read_only(),
            Field::picklist("TimeZoneSidKey", &["GMT"])
                .required()
                .restricted()
                .label("Time Zone"),
            Field::picklist("LocaleSidKey", &["en_US"])
                .required()
                .restricted()
                .label("Locale"),
            Field::picklist("EmailEncodingKey", &["UTF-8"])
                .required()
                .restricted()
                .label("Email Encoding"),
            Field::picklist("LanguageLocaleKey", &["en_US"])
                .required()
                .restricted()
                .label("Language"),
            Field::text("FederationIdentifier", 512),
            Field::picklist("DefaultCurrencyIsoCode", &[]).restricted(),
        ],
    );
    object.createable = false;
    object.deletable = false;
    object.undeletable = false;
    object
}

fn organization() -> ObjectType {
    ObjectType::new(
        "Organization",
        "00D",
        vec![
            Field::text("Name", 80).name_field(),
            Field::text("InstanceName", 5),
            Field::boolean("IsSandbox"),
            Field::picklist("OrganizationType", &["Enterprise Edition"]),
            Field::new("TrialExpirationDate", Kind::DateTime),
            Field::text("NamespacePrefix", 15),
            Field::picklist("DefaultLocaleSidKey", &["en_US"]),
            Field::picklist("TimeZoneSidKey", &["GMT"]),
        ],
    )
    .read_only()
}

fn record_type() -> ObjectType {
    ObjectType::new(
        "RecordType",
        "012",
        vec![
            Field::text("Name", 80).name_field(),
            Field::text("DeveloperName", 80),
            Field::text("NamespacePrefix", 15),
            Field::text("Description", 255),
            Field::sized("BusinessProcessId", Kind::Reference, 18),
            Field::picklist("SobjectType", &[]),
            Field::boolean("IsActive"),
        ],
    )
    .read_only()
}

fn stage() -> ObjectType {
    ObjectType::new(
        "OpportunityStage",
        "01J",
        vec![
            Field::text("MasterLabel", 255).name_field(),
            Field::text("ApiName", 255),
            Field::boolean("IsActive"),
            Field::number("SortOrder", Kind::Int, 9, 0),
            Field::boolean("IsClosed"),
            Field::boolean("IsWon"),
            Field::sized("ForecastCategory", Kind::Picklist, 40),
            Field::picklist("ForecastCategoryName", &[]),
            Field::number("DefaultProbability", Kind::Percent, 3, 0),
            Field::text("Description", 255),
        ],
    )
    .read_only()
}

fn currency_type() -> ObjectType {
    ObjectType::new(
        "CurrencyType",
        "01L",
        vec![
            Field::picklist("IsoCode", &[]).name_field(),
            Field::number("ConversionRate", Kind::Double, 18, 6),
            Field::number("DecimalPlaces", Kind::Int, 1, 0),
            Field::boolean("IsActive"),
            Field::boolean("IsCorporate"),
        ],
    )
    .read_only()
}
