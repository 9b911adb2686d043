//! Rules a referral's content must follow.
//!
//! The required parts are always asked for. The rest is known from the portal and the bulk upload only and can be
//! left out (`SandboxOptions::lenient`).

use connector_api::Value;
use rust_decimal::Decimal;

use super::error::ApiError;
use super::identity::MICROSOFT_ID;
use super::schema::decimal;

const SOLUTIONS_MAX: usize = 50;
const TEAM_MAX: usize = 50;

/// Parts without which there is no referral.
const REQUIRED: [&str; 4] = ["type", "customerProfile", "consent", "details"];

const TYPES: &[&str] = &["Shared", "Independent"];
const QUALIFICATIONS: &[&str] = &["None", "Direct", "MarketingQualified", "SalesQualified"];
const TARGETS: &[&str] = &["None", "BusinessProfileLocation", "SolutionProfile"];
const SOLUTION_TYPES: &[&str] = &["None", "Category", "Name"];
const STATUSES: &[&str] = &["None", "New", "Active", "Closed"];
const SUBSTATUSES: &[&str] = &[
    "None", "Pending", "Received", "Accepted", "Won", "Lost", "Declined", "Expired", "Error",
];
const ASSISTANCE: &[&str] = &[
    "WorkloadSpecificValueProposition",
    "CustomerTechnicalArchitecture",
    "ProofOfConceptOrDemo",
    "QuotesOrLicensing",
    "PostSalesCustomerSuccess",
    "GeneralOrOther",
    "Unknown",
];
const SALES_STAGES: &[&str] = &["Qualify", "Develop", "Propose", "Close"];

/// Refuses a body without the required parts.
pub(crate) fn required(entity: &Value) -> Result<(), ApiError> {
    for name in REQUIRED {
        if entity.get(name).is_none_or(Value::is_null) {
            return Err(missing(name));
        }
    }
    Ok(())
}

/// Whether a referral is addressed to Microsoft.
pub(crate) fn addresses_microsoft(entity: &Value) -> bool {
    let targets = entity.get("target").and_then(Value::as_array).unwrap_or_default();
    targets
        .iter()
        .any(|target| target.get("id").and_then(Value::as_str) == Some(MICROSOFT_ID))
}

/// The rules for a referral that a partner creates.
pub(crate) fn strict_create(entity: &Value) -> Result<(), ApiError> {
    for path in [
        &["name"][..],
        &["details", "dealValue"],
        &["details", "currency"],
        &["details", "closingDateTime"],
        &["customerProfile", "name"],
        &["customerProfile", "address", "addressLine1"],
        &["customerProfile", "address", "city"],
        &["customerProfile", "address", "country"],
    ] {
        if is_missing(entity.at(path)) {
            return Err(missing(&path.join(".")));
        }
    }
    one_of(entity, &["type"], TYPES)?;
    one_of(entity, &["qualification"], QUALIFICATIONS)?;
    one_of(entity, &["status"], STATUSES)?;
    one_of(entity, &["substatus"], SUBSTATUSES)?;
    for (index, target) in list(entity, &["target"]).iter().enumerate() {
        member_of(target.get("type"), &format!("target[{index}].type"), TARGETS)?;
    }
    letters(entity, &["customerProfile", "address", "country"], 2)?;
    for name in ["consentToToShareInfoWithOthers", "consentToContact"] {
        if entity.at(&["consent", name]).and_then(Value::as_bool) != Some(true) {
            let path = format!("consent.{name}");
            return Err(ApiError::invalid(path.clone(), format!("{path} must be true.")));
        }
    }
    if addresses_microsoft(entity) {
        for_microsoft(entity)?;
    } else {
        team(entity)?;
    }
    strict_content(&Value::Null, entity)
}

/// The rules that hold for whatever of a referral's content changed. What came from Microsoft may break them: a
/// lead without a solution can still be accepted.
pub(crate) fn strict_content(before: &Value, entity: &Value) -> Result<(), ApiError> {
    let changed = |path: &[&str]| before.is_null() || before.at(path) != entity.at(path);
    if changed(&["details", "currency"]) {
        letters(entity, &["details", "currency"], 3)?;
    }
    if let Some(value) = entity.at(&["details", "dealValue"])
        && let Some(value) = value.as_number()
        && decimal(value).is_none_or(|value| value < Decimal::ZERO)
        && changed(&["details", "dealValue"])
    {
        return Err(ApiError::invalid(
            "details.dealValue",
            "details.dealValue must not be negative.",
        ));
    }
    if changed(&["details", "requirements", "solutions"]) {
        solutions(entity)?;
    }
    if changed(&["team"]) {
        at_most(list(entity, &["team"]).len(), TEAM_MAX, "team")?;
    }
    if changed(&["inviteContext", "assistanceRequestCode"]) {
        one_of(entity, &["inviteContext", "assistanceRequestCode"], ASSISTANCE)?;
    }
    if let Some(stage) = entity.get("salesStage").and_then(Value::as_str)
        && !SALES_STAGES.contains(&stage)
        && !stage.parse::<u8>().is_ok_and(|percent| percent <= 100)
        && changed(&["salesStage"])
    {
        return Err(unknown("salesStage", stage));
    }
    Ok(())
}

fn solutions(entity: &Value) -> Result<(), ApiError> {
    let solutions = list(entity, &["details", "requirements", "solutions"]);
    if solutions.is_empty() {
        return Err(missing("details.requirements.solutions"));
    }
    at_most(solutions.len(), SOLUTIONS_MAX, "details.requirements.solutions")?;
    for (index, solution) in solutions.iter().enumerate() {
        let path = format!("details.requirements.solutions[{index}]");
        if is_missing(solution.get("id")) {
            return Err(missing(&format!("{path}.id")));
        }
        member_of(solution.get("type"), &format!("{path}.type"), SOLUTION_TYPES)?;
    }
    Ok(())
}

/// Microsoft takes part only with consent, with a customer contact and when told what help is wanted.
fn for_microsoft(entity: &Value) -> Result<(), ApiError> {
    let share = ["consent", "consentToShareReferralWithMicrosoftSellers"];
    if entity.at(&share).and_then(Value::as_bool) != Some(true) {
        let path = share.join(".");
        return Err(ApiError::invalid(path.clone(), format!("{path} must be true.")));
    }
    if is_missing(entity.at(&["inviteContext", "assistanceRequestCode"])) {
        return Err(missing("inviteContext.assistanceRequestCode"));
    }
    people(entity, &["customerProfile", "team"])
}

fn team(entity: &Value) -> Result<(), ApiError> {
    people(entity, &["team"])
}

fn people(entity: &Value, path: &[&str]) -> Result<(), ApiError> {
    let name = path.join(".");
    let people = list(entity, path);
    if people.is_empty() {
        return Err(missing(&name));
    }
    for (index, person) in people.iter().enumerate() {
        for property in ["firstName", "lastName", "phoneNumber", "email"] {
            if is_missing(person.get(property)) {
                return Err(missing(&format!("{name}[{index}].{property}")));
            }
        }
    }
    Ok(())
}

fn list<'a>(entity: &'a Value, path: &[&str]) -> &'a [Value] {
    entity.at(path).and_then(Value::as_array).unwrap_or_default()
}

fn is_missing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

fn missing(path: &str) -> ApiError {
    ApiError::invalid(path, format!("{path} is required.")).with_inner("missingProperty", path)
}

fn unknown(path: &str, value: &str) -> ApiError {
    ApiError::invalid(path, format!("{path} cannot be {value}.")).with_inner("invalidValue", path)
}

fn at_most(count: usize, max: usize, path: &str) -> Result<(), ApiError> {
    if count <= max {
        return Ok(());
    }
    let message = format!("{path} holds {count} entries, at most {max} are allowed.");
    Err(ApiError::invalid(path, message))
}

fn one_of(entity: &Value, path: &[&str], known: &[&str]) -> Result<(), ApiError> {
    member_of(entity.at(path), &path.join("."), known)
}

fn member_of(value: Option<&Value>, path: &str, known: &[&str]) -> Result<(), ApiError> {
    match value.and_then(Value::as_str) {
        Some(text) if !known.contains(&text) => Err(unknown(path, text)),
        _ => Ok(()),
    }
}

fn letters(entity: &Value, path: &[&str], count: usize) -> Result<(), ApiError> {
    let Some(text) = entity.at(path).and_then(Value::as_str) else {
        return Ok(());
    };
    if text.len() == count && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    let path = path.join(".");
    let message = format!("{path} must be a code of {count} capital letters.");
    Err(ApiError::invalid(path.clone(), message).with_inner("invalidValue", path))
}
