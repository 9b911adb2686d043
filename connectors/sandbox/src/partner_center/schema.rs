//! The properties of a referral: what kind of value each holds and who may set it.
//!
//! One table serves the reading of bodies (unknown properties are dropped, wrong kinds refused), `$select` and
//! `$filter`. It says nothing of rules that look at several properties or at the state a deal is in.

use connector_api::{Map, Number, Value};
use jiff::Timestamp;

use super::moment;

/// What a property holds. Every property may also be `null`.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    Date,
    /// Not looked into.
    Any,
    Object(&'static [Property]),
    List(&'static Kind),
}

/// One property of an object.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether a caller's value counts; otherwise the service sets it.
    pub(crate) settable: bool,
}

const fn set(name: &'static str, kind: Kind) -> Property {
    Property {
        name,
        kind,
        settable: true,
    }
}

const fn read(name: &'static str, kind: Kind) -> Property {
    Property {
        name,
        kind,
        settable: false,
    }
}

static MEMBER: Kind = Kind::Object(&[
    set("firstName", Kind::Text),
    set("lastName", Kind::Text),
    set("title", Kind::Text),
    set("phoneNumber", Kind::Text),
    set("email", Kind::Text),
    set(
        "contactPreference",
        Kind::Object(&[set("locale", Kind::Text), set("disableNotifications", Kind::Flag)]),
    ),
    read("emailValidationStatus", Kind::Text),
    read("phoneValidationStatus", Kind::Text),
]);

static TAG: Kind = Kind::Object(&[set("id", Kind::Text)]);

static SOLUTION: Kind = Kind::Object(&[
    set("id", Kind::Text),
    set("name", Kind::Text),
    set("type", Kind::Text),
    set("price", Kind::Number),
    set("quantity", Kind::Number),
    set("currency", Kind::Text),
    set("publisherName", Kind::Text),
    set("solutionType", Kind::Text),
    set("closingDateTime", Kind::Date),
]);

/// A referral as it is read.
pub(crate) static REFERRAL: &[Property] = &[
    read("id", Kind::Text),
    set("engagementId", Kind::Text),
    read("organizationId", Kind::Text),
    read("organizationName", Kind::Text),
    read("businessProfileId", Kind::Text),
    set("name", Kind::Text),
    set("externalReferenceId", Kind::Text),
    read("createdDateTime", Kind::Date),
    read("updatedDateTime", Kind::Date),
    read("expirationDateTime", Kind::Date),
    read("acceptedDateTime", Kind::Date),
    read("closedDateTime", Kind::Date),
    set("status", Kind::Text),
    set("substatus", Kind::Text),
    set("statusReason", Kind::Text),
    set("qualification", Kind::Text),
    set("type", Kind::Text),
    read("direction", Kind::Text),
    read("eTag", Kind::Text),
    set("favorite", Kind::Flag),
    set("campaignId", Kind::Text),
    set("salesStage", Kind::Text),
    set("referralProgram", Kind::Text),
    set("mpnId", Kind::Text),
    read("referralSource", Kind::Text),
    read("callToAction", Kind::Text),
    read("quality", Kind::Text),
    read("isSpam", Kind::Flag),
    read("dealSensitivity", Kind::Text),
    read("tags", Kind::List(&Kind::Any)),
    read("registrationStatus", Kind::Text),
    read("registrations", Kind::List(&Kind::Any)),
    set("lastModifiedVia", Kind::Text),
    set("lastRunId", Kind::Text),
    read("createdVia", Kind::Text),
    set(
        "target",
        Kind::List(&Kind::Object(&[set("type", Kind::Text), set("id", Kind::Text)])),
    ),
    set(
        "customerProfile",
        Kind::Object(&[
            set("name", Kind::Text),
            set("size", Kind::Text),
            set(
                "address",
                Kind::Object(&[
                    set("addressLine1", Kind::Text),
                    set("addressLine2", Kind::Text),
                    set("city", Kind::Text),
                    set("state", Kind::Text),
                    set("postalCode", Kind::Text),
                    set("country", Kind::Text),
                    set("region", Kind::Text),
                ]),
            ),
            set("team", Kind::List(&MEMBER)),
            set("ids", Kind::List(&Kind::Any)),
            read("isMatchingComplete", Kind::Flag),
        ]),
    ),
    set(
        "consent",
        Kind::Object(&[
            set("consentToToShareInfoWithOthers", Kind::Flag),
            set("consentToContact", Kind::Flag),
            set("consentToShareReferralWithMicrosoftSellers", Kind::Flag),
        ]),
    ),
    set(
        "details",
        Kind::Object(&[
            set("notes", Kind::Text),
            set("dealValue", Kind::Number),
            set("currency", Kind::Text),
            set("closingDateTime", Kind::Date),
            set("customerRequestedContact", Kind::Flag),
            set("customerAction", Kind::Text),
            read("incentiveLevel", Kind::Text),
            set(
                "requirements",
                Kind::Object(&[
                    set("industries", Kind::List(&TAG)),
                    set("products", Kind::List(&TAG)),
                    set("services", Kind::List(&TAG)),
                    set("solutions", Kind::List(&SOLUTION)),
                    set("offers", Kind::List(&Kind::Any)),
                    set("salesPlays", Kind::List(&Kind::Any)),
                    set("additionalRequirements", Kind::Any),
                ]),
            ),
        ]),
    ),
    set("team", Kind::List(&MEMBER)),
    set(
        "inviteContext",
        Kind::Object(&[
            set("notes", Kind::Text),
            set("assistanceRequestCode", Kind::Text),
            set("invitedMpnId", Kind::Text),
            set(
                "invitedBy",
                Kind::Object(&[
                    set("organizationId", Kind::Text),
                    set("organizationName", Kind::Text),
                ]),
            ),
        ]),
    ),
    read(
        "trackingInfo",
        Kind::Object(&[
            read("microsoftMsxId", Kind::Text),
            read("microsoftUSFedOpportunityId", Kind::Text),
            read("microsoftUSFedLeadId", Kind::Text),
            read("migratedPSCDealId", Kind::Text),
            read("migratedPSCPartnerDealId", Kind::Text),
        ]),
    ),
    read("links", Kind::Any),
];

/// The property of a referral named `name`.
pub(crate) fn property(name: &str) -> Option<&'static Property> {
    REFERRAL.iter().find(|property| property.name == name)
}

/// The kind at a path of property names; `None` when the referral has no such property.
pub(crate) fn kind_at<'a>(path: impl IntoIterator<Item = &'a str>) -> Option<&'static Kind> {
    let mut path = path.into_iter();
    let mut kind = &property(path.next()?)?.kind;
    for step in path {
        kind = member_kind(kind, step)?;
    }
    Some(kind)
}

/// The kind of the member `name` of an object of `kind`.
pub(crate) fn member_kind(kind: &'static Kind, name: &str) -> Option<&'static Kind> {
    match kind {
        Kind::Object(properties) => properties
            .iter()
            .find(|property| property.name == name)
            .map(|property| &property.kind),
        Kind::Any => Some(kind),
        _ => None,
    }
}

/// A value of the wrong kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Dotted path of the property.
    pub(crate) path: String,
    /// What it should have been.
    pub(crate) expected: &'static str,
}

/// What a caller's referral amounts to: properties the service knows and lets callers set, in their right form.
pub(crate) fn settable(body: &Map) -> Result<Map, Misfit> {
    members(REFERRAL, body, "")
}

fn members(properties: &'static [Property], given: &Map, path: &str) -> Result<Map, Misfit> {
    let mut kept = Map::new();
    for property in properties.iter().filter(|property| property.settable) {
        if let Some(value) = given.get(property.name) {
            let path = if path.is_empty() {
                property.name.to_owned()
            } else {
                format!("{path}.{}", property.name)
            };
            kept.insert(property.name.to_owned(), fit(&property.kind, value, &path)?);
        }
    }
    Ok(kept)
}

/// Brings a value into the form of its kind: numeric text becomes a number, date-times become UTC.
pub(crate) fn fit(kind: &'static Kind, value: &Value, path: &str) -> Result<Value, Misfit> {
    let misfit = |expected| Misfit {
        path: path.to_owned(),
        expected,
    };
    if value.is_null() {
        return Ok(Value::Null);
    }
    match (kind, value) {
        (Kind::Any, _) | (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => Ok(value.clone()),
        (Kind::Number, Value::Number(number)) => decimal(number)
            .map(|_| value.clone())
            .ok_or_else(|| misfit("a decimal number")),
        (Kind::Number, Value::String(text)) => Number::parse(text.trim())
            .filter(|number| decimal(number).is_some())
            .map(Value::Number)
            .ok_or_else(|| misfit("a decimal number")),
        (Kind::Date, Value::String(text)) => match date(text) {
            Some(_) if text.ends_with('Z') && text.contains('T') => Ok(value.clone()),
            Some(date) => Ok(moment::text(date).into()),
            None => Err(misfit("an ISO 8601 date-time")),
        },
        (Kind::Object(properties), Value::Object(given)) => {
            members(properties, given, path).map(Value::Object)
        }
        (Kind::List(kind), Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(index, item)| fit(kind, item, &format!("{path}[{index}]")))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        (Kind::Text, _) => Err(misfit("text")),
        (Kind::Flag, _) => Err(misfit("true or false")),
        (Kind::Number, _) => Err(misfit("a decimal number")),
        (Kind::Date, _) => Err(misfit("an ISO 8601 date-time")),
        (Kind::Object(_), _) => Err(misfit("an object")),
        (Kind::List(_), _) => Err(misfit("a list")),
    }
}

/// The decimal a JSON number stands for; `None` beyond 28 digits before the point.
pub(crate) fn decimal(number: &Number) -> Option<rust_decimal::Decimal> {
    let text = number.as_str();
    text.parse()
        .or_else(|_| rust_decimal::Decimal::from_scientific(text))
        .ok()
}

/// Reads a date-time with zone or `Z`, without (taken as UTC), or a plain date (midnight UTC).
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn unknown_and_service_properties_are_dropped() {
        let body = json(
            r#"{"name":"A","id":"x","colour":"red","details":{"dealValue":1.10,"incentiveLevel":"y","z":1}}"#,
        );
        let kept = Value::Object(settable(body.as_object().unwrap()).unwrap());
        assert_eq!(kept.to_json(), r#"{"name":"A","details":{"dealValue":1.10}}"#);
    }

    #[test]
    fn values_take_the_form_of_their_kind() {
        let deal = kind_at(["details", "dealValue"]).unwrap();
        let closing = kind_at(["details", "closingDateTime"]).unwrap();
        for (kind, given, wanted) in [
            (deal, r#""68500.50""#, "68500.50"),
            (deal, "9999999999999999.99", "9999999999999999.99"),
            (deal, "null", "null"),
            (closing, r#""2026-10-30T00:00:00Z""#, r#""2026-10-30T00:00:00Z""#),
            (
                closing,
                r#""2026-10-30T02:00:00+02:00""#,
                r#""2026-10-30T00:00:00.0000000Z""#,
            ),
            (closing, r#""2026-10-30""#, r#""2026-10-30T00:00:00.0000000Z""#),
        ] {
            assert_eq!(fit(kind, &json(given), "p").unwrap().to_json(), wanted);
        }
        for (kind, given) in [
            (deal, r#""lots""#),
            (deal, "true"),
            (deal, "1e400"),
            (closing, r#""soon""#),
            (closing, "5"),
        ] {
            assert!(fit(kind, &json(given), "p").is_err(), "{given}");
        }
    }

    #[test]
    fn a_misfit_names_its_place() {
        let body = json(r#"{"team":[{"firstName":"A"},{"firstName":7}]}"#);
        let misfit = settable(body.as_object().unwrap()).unwrap_err();
        assert_eq!(misfit.path, "team[1].firstName");
        assert_eq!(misfit.expected, "text");
    }
}
