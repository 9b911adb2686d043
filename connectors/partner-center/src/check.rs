//! Whether a connection works right now, and in words what is missing.

use connector_api::{CallContext, CheckItem, CheckStatus, ErrorClass, OperationError, Value};
use connector_http::{Request, TokenSource};
use uuid::Uuid;

use crate::connection::{PartnerCenter, output_of, succeeded};
use crate::{error, odata};

/// Looks at sign-in, role, registration and what verification of webhooks needs.
pub(crate) async fn check(connection: &PartnerCenter) -> Vec<CheckItem> {
    let context = CallContext {
        run_id: Uuid::new_v4(),
        action: "check".into(),
        attempt: 1,
        idempotency_key: Uuid::new_v4(),
        look_since: None,
    };
    let mut items = Vec::new();
    if sign_in(&mut items, "sign-in to referrals", &connection.referrals().tokens).await {
        items.push(role(connection, &context).await);
    }
    if sign_in(&mut items, "sign-in to webhooks", &connection.webhooks().tokens).await {
        items.push(registration(connection, &context).await);
    }
    items.push(match connection.verifier().missing() {
        None => item("webhook signatures", CheckStatus::Ok, "can be verified"),
        Some(missing) => item("webhook signatures", CheckStatus::Missing, missing),
    });
    items
}

fn item(subject: &str, status: CheckStatus, message: impl Into<String>) -> CheckItem {
    CheckItem {
        subject: subject.into(),
        status,
        message: message.into(),
    }
}

async fn sign_in(items: &mut Vec<CheckItem>, subject: &str, tokens: &TokenSource) -> bool {
    match tokens.token().await {
        Ok(_) => {
            items.push(item(subject, CheckStatus::Ok, "signed in"));
            true
        }
        Err(error) => {
            items.push(item(subject, CheckStatus::Missing, error.message));
            false
        }
    }
}

async fn role(connection: &PartnerCenter, context: &CallContext) -> CheckItem {
    const SUBJECT: &str = "role for referrals";
    let request = Request::get(connection.referrals_url(&odata::query(&[("$top", "1")])));
    let listed = async { output_of(&succeeded(connection.ask_referrals(request, context).await?)?) };
    match listed.await {
        Ok(_) => item(SUBJECT, CheckStatus::Ok, "referrals can be listed"),
        Err(error) => item(SUBJECT, CheckStatus::Missing, in_words(&error)),
    }
}

async fn registration(connection: &PartnerCenter, context: &CallContext) -> CheckItem {
    const SUBJECT: &str = "webhook registration";
    let request = Request::get(connection.registration_url(""));
    let response = match connection.ask_webhooks(request, context).await {
        Ok(response) => response,
        Err(error) => return item(SUBJECT, CheckStatus::Missing, in_words(&error)),
    };
    if response.status == 404 {
        return item(
            SUBJECT,
            CheckStatus::Missing,
            "no webhook is registered: run the flow that registers it",
        );
    }
    if !response.is_success() {
        return item(
            SUBJECT,
            CheckStatus::Missing,
            in_words(&error::from_response(&response)),
        );
    }
    let events = output_of(&response).ok().and_then(|output| {
        let events = crate::operations::registration_of(&output.body);
        let count = events.get("WebhookEvents")?.as_array().map(<[Value]>::len)?;
        (count > 0).then_some(count)
    });
    match events {
        Some(count) => item(
            SUBJECT,
            CheckStatus::Ok,
            format!("{count} kinds of events are delivered"),
        ),
        None => item(SUBJECT, CheckStatus::Warning, "the registration names no events"),
    }
}

fn in_words(error: &OperationError) -> String {
    let advice = match (error.class, error.status) {
        (_, Some(403)) => {
            "; the signed-in user needs the role Referrals admin, which takes up to an hour to show"
        }
        (ErrorClass::Unauthorized, _) => {
            "; the token is not accepted: check the audience and the application's permissions, then sign in again"
        }
        _ => "",
    };
    format!("{}{advice}", error.message)
}

#[cfg(test)]
mod tests;
