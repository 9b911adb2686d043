//! Creates Microsoft's copy of a co-sell deal, the second of two steps. It always looks first: the same call
//! completes a new deal, upgrades an old one, and repairs one that was left half made.

use connector_api::value::object;
use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape, Value,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{inputs, look};
use crate::connection::PartnerCenter;
use crate::{guid, objects};

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Creates Microsoft's copy of a co-sell deal, or hands back the one that is there.",
        effect: Effect::Create,
        inputs: Shape::object([
            (
                "engagement_id",
                Field::required(Shape::text(), "The engagement of our own referral."),
            ),
            (
                "referral",
                Field::required(
                    objects::referral(),
                    "The referral as Microsoft shall see it, with the help wanted in `inviteContext`.",
                ),
            ),
        ]),
        output: objects::referral(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let engagement = inputs::guid(call, "engagement_id")?;
    let referral = for_microsoft(engagement, call)?;
    let mut found = find(connection, engagement, call).await?;
    if let Some(since) = call.context.look_since
        && found.is_none()
    {
        #[allow(
            clippy::disallowed_methods,
            reason = "how long a new referral stays invisible is the service's time"
        )]
        let wait = look::time_until_visible(connection.list_delay(), since, Timestamp::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
            found = find(connection, engagement, call).await?;
        }
    }
    match found {
        Some(found) => Ok(OperationOutput {
            status: Some(200),
            body: found,
            ..OperationOutput::default()
        }),
        None => connection.create(referral, &call.context).await,
    }
}

/// Microsoft's copy, an open one before a closed one.
async fn find(
    connection: &PartnerCenter,
    engagement: Uuid,
    call: &OperationCall,
) -> Result<Option<Value>, OperationError> {
    let listed = look::of_engagement(connection, engagement, &call.context).await?;
    let mut copies: Vec<Value> = listed.referrals.into_iter().filter(look::is_microsofts).collect();
    let is_closed = |copy: &Value| copy.get("status").and_then(Value::as_str) == Some("Closed");
    copies.sort_by_key(is_closed);
    Ok(copies.into_iter().next())
}

fn for_microsoft(engagement: Uuid, call: &OperationCall) -> Result<Value, OperationError> {
    let mut referral = inputs::object(call, "referral")?.clone();
    let given = referral.get("engagementId").and_then(Value::as_str);
    if given.is_some_and(|given| guid::parse(given) != Some(engagement)) {
        return Err(OperationError::invalid_input(
            "referral.engagementId",
            "`referral.engagementId` differs from `engagement_id`; leave it out",
        ));
    }
    referral.insert("engagementId".into(), engagement.to_string().into());
    let targets = referral
        .get("target")
        .and_then(Value::as_array)
        .unwrap_or_default();
    if targets.is_empty() {
        let microsoft = object([("type", "BusinessProfileLocation".into()), ("id", "msft".into())]);
        referral.insert("target".into(), vec![microsoft].into());
    } else if !look::is_microsofts(&object([("target", targets.to_vec().into())])) {
        return Err(OperationError::invalid_input(
            "referral.target",
            "`referral.target` does not name `msft`; leave it out, this operation makes Microsoft's copy",
        ));
    }
    Ok(Value::Object(referral))
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::{ENGAGEMENT_ID, REFERRAL_ID, Service};

    fn inputs(referral: &str) -> String {
        format!(r#"{{"engagement_id":"{ENGAGEMENT_ID}","referral":{referral}}}"#)
    }

    #[tokio::test]
    async fn creates_microsofts_copy_once_it_has_looked() {
        let ours = r#"{"value":[{"id":"ours","organizationId":"5f7e","target":[{"type":"SolutionProfile","id":"SOL-1"}]}]}"#;
        let made = format!(r#"{{"id":"{REFERRAL_ID}","organizationId":"msft"}}"#);
        let service = Service::start([Exchange::json(200, ours), Exchange::json(200, &made)]).await;
        let output = service
            .call("create_connected_referral", &inputs(r#"{"name":"Rollout"}"#))
            .await
            .unwrap();
        assert_eq!(output.body.get("id").unwrap().as_str(), Some(REFERRAL_ID));
        assert_eq!(output.writes.len(), 1);
        let calls = service.calls();
        assert_eq!(
            (calls[0].method.as_str(), calls[1].method.as_str()),
            ("GET", "POST")
        );
        assert_eq!(
            calls[1].text(),
            format!(
                r#"{{"name":"Rollout","engagementId":"{ENGAGEMENT_ID}","target":[{{"type":"BusinessProfileLocation","id":"msft"}}]}}"#
            )
        );
    }

    #[tokio::test]
    async fn hands_back_the_copy_that_is_there() {
        for there in [
            r#"{"id":"m","organizationId":"msft"}"#,
            r#"{"id":"m","organizationId":"a-guid","target":[{"type":"BusinessProfileLocation","id":"msft"}]}"#,
        ] {
            let page = format!(
                r#"{{"value":[{{"id":"ours"}},{{"id":"old","organizationId":"msft","status":"Closed"}},{there}]}}"#
            );
            let service = Service::start([Exchange::json(200, &page)]).await;
            let output = service
                .call("create_connected_referral", &inputs(r#"{"name":"Rollout"}"#))
                .await
                .unwrap();
            assert_eq!(output.body.get("id").unwrap().as_str(), Some("m"));
            assert!(output.writes.is_empty(), "nothing was written");
            assert_eq!(service.calls().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_lost_answer_leaves_the_outcome_open() {
        let service = Service::start([
            Exchange::json(200, r#"{"value":[]}"#),
            Exchange::drop_connection(),
        ])
        .await;
        let error = service
            .call("create_connected_referral", &inputs("{}"))
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::OutcomeUnknown);
    }

    #[tokio::test]
    async fn contradictions_are_not_sent() {
        let service = Service::start([]).await;
        for (referral, field) in [
            (
                r#"{"engagementId":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355"}"#,
                "referral.engagementId",
            ),
            (
                r#"{"target":[{"type":"SolutionProfile","id":"SOL-1"}]}"#,
                "referral.target",
            ),
            ("5", "referral"),
        ] {
            let error = service
                .call("create_connected_referral", &inputs(referral))
                .await
                .unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
        assert!(service.calls().is_empty());
    }
}
