//! Whether a connection works: sign-in, version, and every field the co-sell flows need.

use connector_api::{CheckItem, CheckStatus, ErrorClass, OperationError, Value};

use crate::api::{Api, ApiCall};
use crate::describe::{self, Describe};
use crate::objects;

const REMEDY: &str = "install `schemas/salesforce` or grant the permission set `Co_sell_Sync`";
/// The field that upserts go by.
const EXTERNAL_ID: &str = "Referral_Identifier__c";
/// Standard objects that the flows write besides those with package fields.
const STANDARD_OBJECTS: [&str; 3] = ["Account", "Contact", "OpportunityContactRole"];

/// Looks at everything; the first items say why the rest cannot be looked at.
pub(crate) async fn run(api: &Api) -> Vec<CheckItem> {
    let mut items = Vec::new();
    match api.instance_host().await {
        Ok(host) => items.push(fine("sign-in", format!("signed in to `{host}`"))),
        Err(error) => {
            items.push(missing("sign-in", error.message));
            return items;
        }
    }
    items.push(version(api).await);
    for object in STANDARD_OBJECTS {
        let subject = format!("object {object}");
        match describe::fresh(api, object).await {
            Ok(_) => items.push(fine(&subject, String::new())),
            Err(error) => items.push(missing(&subject, unreadable(&error))),
        }
    }
    for (object, fields) in objects::package_fields() {
        let subject = format!("object {object}");
        match describe::fresh(api, object).await {
            Ok((_, describe)) => {
                items.push(fine(&subject, String::new()));
                for (field, expected) in fields {
                    items.push(check_field(&describe, object, field, expected.required));
                }
            }
            Err(error) => items.push(missing(&subject, unreadable(&error))),
        }
    }
    items
}

async fn version(api: &Api) -> CheckItem {
    let subject = format!("interface version {}", api.version());
    let answer = match api.succeed(ApiCall::get("/services/data".into())).await {
        Ok(response) => response.json(),
        Err(error) => Err(error),
    };
    match answer {
        Err(error) => missing(&subject, error.message),
        Ok(versions) => {
            let offered: Vec<&str> = versions
                .as_array()
                .unwrap_or_default()
                .iter()
                .filter_map(|version| version.get("version").and_then(Value::as_str))
                .collect();
            if offered.contains(&api.version()) {
                return fine(&subject, String::new());
            }
            let range = match (offered.first(), offered.last()) {
                (Some(first), Some(last)) => format!("the org offers {first} to {last}"),
                _ => "the org offers none that can be read".to_owned(),
            };
            missing(&subject, format!("{range}; set `api_version` to one of them"))
        }
    }
}

fn check_field(describe: &Describe, object: &str, name: &str, create_only: bool) -> CheckItem {
    let subject = format!("field {object}.{name}");
    let Some(field) = describe.field(name) else {
        return missing(&subject, format!("missing: {REMEDY}"));
    };
    // A master-detail field is set once, when the row is created.
    let once = create_only && field.kind == "reference";
    if !field.createable || !(field.updateable || once) {
        return missing(
            &subject,
            "cannot be written: grant the permission set `Co_sell_Sync` to the signed-in user".to_owned(),
        );
    }
    if name == EXTERNAL_ID && !(field.external_id && field.unique) {
        return missing(
            &subject,
            "must be an external id and unique, or one referral could become two records".to_owned(),
        );
    }
    fine(&subject, String::new())
}

fn unreadable(error: &OperationError) -> String {
    if error.class == ErrorClass::Rejected && error.status == Some(404) {
        format!("missing: {REMEDY}")
    } else {
        error.message.clone()
    }
}

fn fine(subject: &str, message: String) -> CheckItem {
    CheckItem {
        subject: subject.to_owned(),
        status: CheckStatus::Ok,
        message,
    }
}

fn missing(subject: &str, message: String) -> CheckItem {
    CheckItem {
        subject: subject.to_owned(),
        status: CheckStatus::Missing,
        message,
    }
}
