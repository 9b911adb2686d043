//! Changes a referral, on the condition that nobody else has changed it since it was read.

use connector_api::{
    Effect, ErrorClass, Field, Map, OperationCall, OperationDescriptor, OperationError, OperationOutput,
    Shape, Value,
};
use uuid::Uuid;

use super::inputs;
use crate::connection::{PartnerCenter, output_of, succeeded, written};
use crate::{objects, patch};

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Changes a referral if it is still the version that was read; fails with a conflict otherwise.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "id",
                Field::required(
                    Shape::text(),
                    "The referral's id, or an address that ends with it.",
                ),
            ),
            (
                "etag",
                Field::required(
                    Shape::text(),
                    "The `eTag` of the referral as it was read, quotes included.",
                ),
            ),
            (
                "changes",
                Field::required(
                    objects::referral(),
                    "The part of the referral that changes; lists are replaced as a whole. It must not be empty.",
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
    let id = inputs::guid(call, "id")?;
    let etag = inputs::text(call, "etag")?;
    let changes = inputs::object(call, "changes")?;
    let request = connection
        .patch(id)
        .header("if-match", etag)
        .header("prefer", "return=representation")
        .json(patch::operations(changes)?);
    let response = connection.ask_referrals(request, &call.context).await?;
    let mut output = match succeeded(response) {
        Ok(response) if response.bytes().is_empty() => {
            // The service need not honour the wish for the changed referral.
            connection.read_referral(id, &call.context).await?
        }
        Ok(response) => output_of(&response)?,
        Err(error) if error.class == ErrorClass::Conflict && call.context.look_since.is_some() => {
            done_before(connection, id, changes, call).await?.ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    output.writes = vec![written(id.to_string(), Value::Object(changes.clone()))];
    Ok(output)
}

/// An earlier try whose answer got lost has moved the version on. If the referral holds every change, it was that
/// try; otherwise somebody else was first.
async fn done_before(
    connection: &PartnerCenter,
    id: Uuid,
    changes: &Map,
    call: &OperationCall,
) -> Result<Option<OperationOutput>, OperationError> {
    let current = connection.read_referral(id, &call.context).await?;
    Ok(patch::holds(&current.body, changes).then_some(current))
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::{REFERRAL_ID, Service};

    fn inputs(changes: &str) -> String {
        format!(r#"{{"id":"{REFERRAL_ID}","etag":"\"2500ec5a-0000\"","changes":{changes}}}"#)
    }

    const ACCEPT: &str = r#"{"status":"Active","substatus":"Accepted","externalReferenceId":"006A"}"#;

    fn conflict() -> Exchange {
        Exchange::json(
            412,
            r#"{"error":{"code":"preconditionFailed","message":"changed","innerError":{"code":"resourceModified"}}}"#,
        )
    }

    #[tokio::test]
    async fn sends_one_patch_with_the_version() {
        let updated = r#"{"id":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355","status":"Active","eTag":"\"2\""}"#;
        let service = Service::start([Exchange::json(200, updated)]).await;
        let output = service.call("update_referral", &inputs(ACCEPT)).await.unwrap();
        assert_eq!(output.body.to_json(), updated);
        assert_eq!(output.writes[0].fields.to_json(), ACCEPT);
        let [seen] = &service.calls()[..] else {
            panic!("one call")
        };
        assert_eq!(seen.method, "PATCH");
        assert_eq!(seen.target, format!("/v1.0/engagements/referrals/{REFERRAL_ID}"));
        assert_eq!(seen.header("if-match"), Some("\"2500ec5a-0000\""));
        assert_eq!(seen.header("prefer"), Some("return=representation"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(
            seen.text(),
            r#"[{"op":"replace","path":"/externalReferenceId","value":"006A"},{"op":"replace","path":"/status","value":"Active"},{"op":"replace","path":"/substatus","value":"Accepted"}]"#
        );
    }

    #[tokio::test]
    async fn an_empty_answer_is_followed_by_a_read() {
        let service = Service::start([
            Exchange::json(204, ""),
            Exchange::json(200, r#"{"id":"x","status":"Active"}"#),
        ])
        .await;
        let output = service.call("update_referral", &inputs(ACCEPT)).await.unwrap();
        assert_eq!(output.body.to_json(), r#"{"id":"x","status":"Active"}"#);
        assert_eq!(service.calls()[1].method, "GET");
    }

    #[tokio::test]
    async fn somebody_elses_change_is_a_conflict() {
        for status in [409, 412] {
            let body = r#"{"error":{"code":"resourceModified","message":"changed"}}"#;
            let service = Service::start([Exchange::json(status, body)]).await;
            let error = service
                .call("update_referral", &inputs(ACCEPT))
                .await
                .unwrap_err();
            assert_eq!((error.class, error.status), (ErrorClass::Conflict, Some(status)));
        }
    }

    #[tokio::test]
    async fn a_repeated_update_knows_its_own_earlier_try() {
        let since = "2026-07-05T08:00:00Z";
        let ours = r#"{"id":"x","status":"Active","substatus":"Accepted","externalReferenceId":"006A"}"#;
        let service = Service::start([conflict(), Exchange::json(200, ours)]).await;
        let output = service
            .call_again("update_referral", &inputs(ACCEPT), since)
            .await
            .unwrap();
        assert_eq!(output.body.to_json(), ours);
        let theirs = r#"{"id":"x","status":"Closed","substatus":"Declined"}"#;
        let service = Service::start([conflict(), Exchange::json(200, theirs)]).await;
        let error = service
            .call_again("update_referral", &inputs(ACCEPT), since)
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Conflict, "resourceModified")
        );
    }

    #[tokio::test]
    async fn a_lost_answer_leaves_the_outcome_open() {
        let service = Service::start([Exchange::drop_connection()]).await;
        let error = service
            .call("update_referral", &inputs(ACCEPT))
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::OutcomeUnknown);
    }

    #[tokio::test]
    async fn wrong_inputs_are_not_sent() {
        let service = Service::start([]).await;
        let without_etag = format!(r#"{{"id":"{REFERRAL_ID}","changes":{ACCEPT}}}"#);
        for (inputs, field) in [
            (inputs("{}"), "changes"),
            (
                inputs(r#"{"customerProfile":{"name":"x"}}"#),
                "changes.customerProfile.name",
            ),
            (inputs("null"), "changes"),
            (without_etag, "etag"),
        ] {
            let error = service.call("update_referral", &inputs).await.unwrap_err();
            assert_eq!(
                (error.code.as_str(), error.field.as_deref()),
                ("invalid_input", Some(field))
            );
        }
        assert!(service.calls().is_empty());
    }
}
