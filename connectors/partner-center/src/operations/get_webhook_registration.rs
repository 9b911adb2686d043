//! Reads the webhook registration.

use connector_api::{
    Effect, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape, Value,
};
use connector_http::Request;

use crate::connection::{PartnerCenter, output_of, output_with, succeeded};
use crate::objects;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Reads the webhook registration; null when there is none.",
        effect: Effect::Read,
        inputs: Shape::object([]),
        output: objects::registration(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    read(connection, call).await
}

/// The registration; `null` with status 404 when there is none.
pub(super) async fn read(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let request = Request::get(connection.registration_url(""));
    let response = connection.ask_webhooks(request, &call.context).await?;
    if response.status == 404 {
        return Ok(output_with(&response, Value::Null));
    }
    let mut output = output_of(&succeeded(response)?)?;
    output.body = registration_of(&output.body);
    Ok(output)
}

/// The registration with its documented names: they have been seen in another case.
pub(crate) fn registration_of(body: &Value) -> Value {
    const NAMES: [&str; 4] = [
        "SubscriberId",
        "WebhookUrl",
        "WebhookEvents",
        "SignatureTokenToMsSignatureHeader",
    ];
    let Some(members) = body.as_object() else {
        return body.clone();
    };
    members
        .iter()
        .map(|(name, value)| {
            let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
            (
                known.map_or_else(|| name.clone(), ToString::to_string),
                value.clone(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use connector_http::stub::Exchange;

    use crate::testing::Service;

    #[tokio::test]
    async fn reads_it_whatever_the_case_of_its_names() {
        let body = r#"{"webhookUrl":"https://c.example/hook","WebhookEvents":["test-created"]}"#;
        let service = Service::start([Exchange::json(200, body)]).await;
        let output = service.call("get_webhook_registration", "{}").await.unwrap();
        assert_eq!(
            output.body.to_json(),
            r#"{"WebhookUrl":"https://c.example/hook","WebhookEvents":["test-created"]}"#
        );
    }

    #[tokio::test]
    async fn none_is_null_and_no_error() {
        let service = Service::start([Exchange::json(404, r#"{"code":"404","description":"none"}"#)]).await;
        let output = service.call("get_webhook_registration", "{}").await.unwrap();
        assert_eq!((output.status, output.body.is_null()), (Some(404), true));
    }
}
