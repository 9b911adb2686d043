//! Creates our own referral: the whole of a private or partner-led deal, the first of two steps of a co-sell deal.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape, Value,
};
use jiff::Timestamp;

use super::{inputs, look};
use crate::connection::{PartnerCenter, id_of, written};
use crate::objects;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Creates our own referral; after a lost answer it first looks whether it is there.",
        effect: Effect::Create,
        inputs: Shape::object([(
            "referral",
            Field::required(
                objects::referral(),
                "The referral; `externalReferenceId` is what it is found by.",
            ),
        )]),
        output: objects::referral(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let referral = Value::Object(inputs::object(call, "referral")?.clone());
    if let Some(since) = call.context.look_since
        && let Some(found) = find(connection, &referral, since, call).await?
    {
        let id = id_of(&found)?;
        return Ok(OperationOutput {
            status: Some(200),
            body: found,
            writes: vec![written(id, referral)],
            ..OperationOutput::default()
        });
    }
    connection.create(referral, &call.context).await
}

/// Looks, and looks again once whatever the earlier try created must be visible.
async fn find(
    connection: &PartnerCenter,
    referral: &Value,
    since: Timestamp,
    call: &OperationCall,
) -> Result<Option<Value>, OperationError> {
    let found = look::created_since(connection, referral, since, &call.context).await?;
    if found.is_some() {
        return Ok(found);
    }
    #[allow(
        clippy::disallowed_methods,
        reason = "how long a new referral stays invisible is the service's time"
    )]
    let wait = look::time_until_visible(connection.list_delay(), since, Timestamp::now());
    if wait.is_zero() {
        return Ok(None);
    }
    tokio::time::sleep(wait).await;
    look::created_since(connection, referral, since, &call.context).await
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::{REFERRAL_ID, Service};

    const INPUTS: &str =
        r#"{"referral":{"name":"Rollout","externalReferenceId":"006A","details":{"dealValue":48000.00}}}"#;

    fn created(status: u16) -> Exchange {
        Exchange::json(
            status,
            &format!(r#"{{"id":"{REFERRAL_ID}","engagementId":"e","eTag":"\"1\""}}"#),
        )
    }

    #[tokio::test]
    async fn creates_and_says_what_was_written() {
        for status in [200, 201] {
            let service = Service::start([created(status)]).await;
            let output = service.call("create_referral", INPUTS).await.unwrap();
            assert_eq!(output.body.get("id").unwrap().as_str(), Some(REFERRAL_ID));
            let [write] = &output.writes[..] else {
                panic!("one write")
            };
            assert_eq!(
                (write.object.as_str(), write.id.as_str()),
                ("Referral", REFERRAL_ID)
            );
            assert_eq!(
                write.fields.get("externalReferenceId").unwrap().as_str(),
                Some("006A")
            );
            let [seen] = &service.calls()[..] else {
                panic!("one call")
            };
            assert_eq!(
                (seen.method.as_str(), seen.target.as_str()),
                ("POST", "/v1.0/engagements/referrals")
            );
            assert_eq!(
                seen.text(),
                r#"{"name":"Rollout","externalReferenceId":"006A","details":{"dealValue":48000.00}}"#
            );
        }
    }

    #[tokio::test]
    async fn an_open_outcome_says_so() {
        for exchange in [
            Exchange::drop_connection(),
            created(200).cut_short(),
            Exchange::text(502, "text/html", "<h1>Bad gateway</h1>"),
            Exchange::text(504, "text/plain", "timeout"),
            Exchange::json(500, r#"{"error":{"code":"generalException","message":"?"}}"#),
            Exchange::text(200, "text/html", "<h1>Sign in</h1>"),
            Exchange::json(204, ""),
            Exchange::json(200, r#"{"name":"no id"}"#),
        ] {
            let service = Service::start([exchange.clone()]).await;
            let error = service.call("create_referral", INPUTS).await.unwrap_err();
            assert_eq!(error.class, ErrorClass::OutcomeUnknown, "{exchange:?}");
            assert_eq!(service.calls().len(), 1, "never sent twice without looking");
        }
        let refused = Exchange::json(
            400,
            r#"{"error":{"code":"invalidRequest","message":"no country"}}"#,
        );
        let service = Service::start([refused]).await;
        let error = service.call("create_referral", INPUTS).await.unwrap_err();
        assert_eq!(
            (error.class, error.message.as_str()),
            (ErrorClass::Rejected, "no country")
        );
    }

    #[tokio::test]
    async fn looks_before_it_creates_again() {
        let found = format!(
            r#"{{"value":[{{"id":"x","externalReferenceId":"006B"}},{{"id":"m","externalReferenceId":"006A","organizationId":"msft"}},{{"id":"{REFERRAL_ID}","externalReferenceId":"006A"}}]}}"#
        );
        let service = Service::start([Exchange::json(200, &found)]).await;
        let output = service
            .call_again("create_referral", INPUTS, "2026-07-05T08:00:00Z")
            .await
            .unwrap();
        assert_eq!(output.body.get("id").unwrap().as_str(), Some(REFERRAL_ID));
        assert_eq!(output.writes[0].id, REFERRAL_ID);
        let [seen] = &service.calls()[..] else {
            panic!("one call")
        };
        assert_eq!(seen.method, "GET");
        assert_eq!(
            seen.query(),
            [
                (
                    "$filter".into(),
                    "updatedDateTime ge 2026-07-05T07:58:00.000Z".into()
                ),
                ("$orderby".into(), "updatedDateTime asc".into())
            ]
        );
    }

    #[tokio::test]
    async fn creates_when_the_earlier_try_left_nothing() {
        let nothing = Exchange::json(200, r#"{"value":[{"id":"x","name":"Rollout"}]}"#);
        let service = Service::start([nothing, created(200)]).await;
        let output = service
            .call_again("create_referral", INPUTS, "2026-07-05T08:00:00Z")
            .await
            .unwrap();
        assert_eq!(output.body.get("id").unwrap().as_str(), Some(REFERRAL_ID));
        let methods: Vec<_> = service.calls().into_iter().map(|call| call.method).collect();
        assert_eq!(methods, ["GET", "POST"]);
    }

    #[tokio::test]
    async fn a_look_that_fails_creates_nothing() {
        let service = Service::start([Exchange::json(503, "{}")]).await;
        let error = service
            .call_again("create_referral", INPUTS, "2026-07-05T08:00:00Z")
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient);
        assert_eq!(service.calls().len(), 1);
    }
}
