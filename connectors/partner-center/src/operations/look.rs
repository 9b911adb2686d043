//! Walks lists of referrals, page by page, and looks for one that was created by a call whose answer got lost.

use std::time::Duration;

use connector_api::{CallContext, ErrorClass, OperationError, Value};
use connector_http::Request;
use jiff::{SignedDuration, Timestamp};

use crate::connection::{PartnerCenter, output_of, succeeded};
use crate::odata;

/// Longest list walked, and most referrals kept of it.
const PAGES_MAX: usize = 200;
const REFERRALS_MAX: usize = 10_000;
/// Clocks differ, and a change may become visible a little after its own time.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// A walked list.
pub(super) struct Listed {
    pub(super) referrals: Vec<Value>,
    pub(super) count: Option<Value>,
}

/// All referrals that `query` asks for, at most `top`. A list too long to be walked is an error, never a part of it.
pub(super) async fn list(
    connection: &PartnerCenter,
    query: &str,
    top: Option<usize>,
    context: &CallContext,
) -> Result<Listed, OperationError> {
    let mut listed = Listed {
        referrals: Vec::new(),
        count: None,
    };
    let mut query = query.to_owned();
    for _ in 0..PAGES_MAX {
        let request = Request::get(connection.referrals_url(&query));
        let response = succeeded(connection.ask_referrals(request, context).await?)?;
        let page = output_of(&response)?.body;
        let rows = page.get("value").and_then(Value::as_array).ok_or_else(no_list)?;
        listed.referrals.extend_from_slice(rows);
        if listed.count.is_none() {
            listed.count = page.get("@odata.count").cloned();
        }
        if let Some(top) = top
            && listed.referrals.len() >= top
        {
            listed.referrals.truncate(top);
            return Ok(listed);
        }
        if listed.referrals.len() > REFERRALS_MAX {
            return Err(too_long());
        }
        let Some(next) = page.get("@odata.nextLink").filter(|next| !next.is_null()) else {
            return Ok(listed);
        };
        // The link's scheme and path are wrong at the service; only its query is of use.
        let next = next
            .as_str()
            .and_then(|link| link.split_once('?'))
            .map(|(_, next)| next.split('#').next().unwrap_or_default())
            .filter(|next| !next.is_empty())
            .ok_or_else(no_list)?;
        if next == query {
            return Err(OperationError::new(
                ErrorClass::UnexpectedResponse,
                "endless_list",
                "the service's list of referrals leads back to the same page",
            ));
        }
        next.clone_into(&mut query);
    }
    Err(too_long())
}

fn no_list() -> OperationError {
    OperationError::new(
        ErrorClass::UnexpectedResponse,
        "no_list",
        "the service answered with something that is no list of referrals",
    )
}

fn too_long() -> OperationError {
    OperationError::new(
        ErrorClass::Rejected,
        "too_many_referrals",
        format!(
            "the list has more than {REFERRALS_MAX} referrals or {PAGES_MAX} pages; narrow it with `filter` or `top`"
        ),
    )
}

/// The referrals of one deal, as the filter that is documented asks for them.
pub(super) async fn of_engagement(
    connection: &PartnerCenter,
    engagement: uuid::Uuid,
    context: &CallContext,
) -> Result<Listed, OperationError> {
    let filter = format!("engagementId eq {}", odata::text_literal(&engagement.to_string()));
    list(connection, &odata::query(&[("$filter", &filter)]), None, context).await
}

/// Our own referral that an earlier try of creating `wanted` has left, if it did. A filter by the caller's id is not
/// documented, so everything changed since then is listed and compared here.
pub(super) async fn created_since(
    connection: &PartnerCenter,
    wanted: &Value,
    since: Timestamp,
    context: &CallContext,
) -> Result<Option<Value>, OperationError> {
    let from = since.saturating_sub(MARGIN).unwrap_or(since);
    let filter = format!("updatedDateTime ge {}", odata::time_literal(from));
    let query = odata::query(&[("$filter", &filter), ("$orderby", "updatedDateTime asc")]);
    let listed = list(connection, &query, None, context).await?;
    Ok(listed
        .referrals
        .into_iter()
        .find(|referral| is_the_same_deal(referral, wanted, from)))
}

/// By the caller's id; without one by name, and then only if it is new.
fn is_the_same_deal(referral: &Value, wanted: &Value, from: Timestamp) -> bool {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if is_microsofts(referral) {
        return false;
    }
    if let Some(external) = text(wanted, "externalReferenceId") {
        return text(referral, "externalReferenceId") == Some(external);
    }
    let is_new = text(referral, "createdDateTime")
        .and_then(|time| time.parse::<Timestamp>().ok())
        .is_some_and(|time| time >= from);
    is_new && text(wanted, "name").is_some() && text(referral, "name") == text(wanted, "name")
}

/// Whether this is Microsoft's copy of a deal.
pub(super) fn is_microsofts(referral: &Value) -> bool {
    let is_microsoft = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .is_some_and(|id| id.eq_ignore_ascii_case("msft"))
    };
    let targets = referral
        .get("target")
        .and_then(Value::as_array)
        .unwrap_or_default();
    is_microsoft(referral.get("organizationId"))
        || targets.iter().any(|target| is_microsoft(target.get("id")))
}

/// How long to wait until whatever was created since then must be visible in lists.
pub(super) fn time_until_visible(delay: Duration, since: Timestamp, now: Timestamp) -> Duration {
    let passed = Duration::try_from(now.duration_since(since)).unwrap_or(Duration::ZERO);
    delay.saturating_sub(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_only_for_the_rest_of_the_delay() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let since = at("2026-07-05T08:00:00Z");
        for (now, seconds) in [
            ("2026-07-05T08:00:00Z", 30),
            ("2026-07-05T08:00:20Z", 10),
            ("2026-07-05T08:00:30Z", 0),
            ("2026-07-06T08:00:00Z", 0),
            ("2026-07-05T07:00:00Z", 30),
        ] {
            let wait = time_until_visible(Duration::from_secs(30), since, at(now));
            assert_eq!(wait, Duration::from_secs(seconds), "{now}");
        }
    }

    #[test]
    fn the_deal_is_found_by_our_id_or_else_by_its_name() {
        let from: Timestamp = "2026-07-05T08:00:00Z".parse().unwrap();
        let value = |text: &str| Value::from_json(text).unwrap();
        for (referral, wanted, expected) in [
            (
                r#"{"externalReferenceId":"006"}"#,
                r#"{"externalReferenceId":"006","name":"a"}"#,
                true,
            ),
            (
                r#"{"externalReferenceId":"007","name":"a"}"#,
                r#"{"externalReferenceId":"006","name":"a"}"#,
                false,
            ),
            (
                r#"{"externalReferenceId":"006","organizationId":"msft"}"#,
                r#"{"externalReferenceId":"006"}"#,
                false,
            ),
            (
                r#"{"name":"a","createdDateTime":"2026-07-05T08:00:01Z"}"#,
                r#"{"name":"a"}"#,
                true,
            ),
            (
                r#"{"name":"a","createdDateTime":"2026-07-05T07:59:59Z"}"#,
                r#"{"name":"a"}"#,
                false,
            ),
            (r#"{"createdDateTime":"2026-07-05T08:00:01Z"}"#, "{}", false),
            (
                r#"{"name":null,"createdDateTime":"2026-07-05T08:00:01Z"}"#,
                r#"{"name":null}"#,
                false,
            ),
        ] {
            assert_eq!(
                is_the_same_deal(&value(referral), &value(wanted), from),
                expected,
                "{referral} {wanted}"
            );
        }
    }
}
