//! Registers an address for events. A tenant has one registration, so another's is never replaced without being
//! told to.

use std::collections::BTreeSet;

use connector_api::value::object;
use connector_api::{
    Effect, ErrorClass, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape,
    Value,
};
use connector_http::{Method, Request, Url, is_loopback};

use super::get_webhook_registration::{read, registration_of};
use super::inputs;
use crate::connection::{PartnerCenter, output_of, succeeded};
use crate::objects;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Registers an address for events, or updates the registration; does nothing if it is as wanted.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "url",
                Field::required(Shape::text(), "Where events shall be delivered."),
            ),
            (
                "events",
                Field::required(
                    Shape::list(Shape::text()),
                    "Which events, such as `referral-updated`.",
                ),
            ),
            (
                "signature_in_own_header",
                Field::optional(
                    Shape::Boolean,
                    "Sign in `x-ms-signature` instead of `Authorization`; true by default.",
                ),
            ),
            (
                "overwrite",
                Field::optional(
                    Shape::Boolean,
                    "Replace a registration that has another address; false by default.",
                ),
            ),
        ]),
        output: objects::registration(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let url = inputs::text(call, "url")?;
    let events = inputs::texts(call, "events")?;
    let own_header = inputs::boolean(call, "signature_in_own_header", true)?;
    let overwrite = inputs::boolean(call, "overwrite", false)?;
    let is_address = Url::parse(url)
        .is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)));
    if !is_address {
        return Err(OperationError::invalid_input(
            "url",
            "`url` is not an https address",
        ));
    }
    let wanted = object([
        ("WebhookUrl", url.into()),
        (
            "WebhookEvents",
            events.iter().cloned().map(Value::from).collect::<Vec<_>>().into(),
        ),
        ("SignatureTokenToMsSignatureHeader", own_header.into()),
    ]);
    let current = read(connection, call).await?;
    if current.body.is_null() {
        return write(connection, Method::POST, wanted, call).await;
    }
    let member = |name| current.body.get(name);
    let registered = member("WebhookUrl").and_then(Value::as_str).unwrap_or_default();
    if registered != url && !registered.is_empty() && !overwrite {
        return Err(OperationError {
            field: Some("url".into()),
            ..OperationError::new(
                ErrorClass::Rejected,
                "other_registration",
                format!(
                    "events are registered for another address, `{}`; set `overwrite: true` to take them over",
                    without_query(registered)
                ),
            )
        });
    }
    let has_events = member("WebhookEvents")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect::<BTreeSet<_>>();
    let wanted_events = events.iter().map(String::as_str).collect::<BTreeSet<_>>();
    // The service does not show where it signs; if it ever does, it counts.
    let signs_as_wanted = member("SignatureTokenToMsSignatureHeader")
        .and_then(Value::as_bool)
        .is_none_or(|current| current == own_header);
    if registered == url && has_events == wanted_events && signs_as_wanted {
        return Ok(current);
    }
    write(connection, Method::PUT, wanted, call).await
}

async fn write(
    connection: &PartnerCenter,
    method: Method,
    wanted: Value,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let request = Request::new(method, connection.registration_url("")).json(wanted);
    let mut output = output_of(&succeeded(
        connection.ask_webhooks(request, &call.context).await?,
    )?)?;
    output.body = registration_of(&output.body);
    Ok(output)
}

/// The query of a webhook's address may hold its secret.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::Service;

    const URL: &str = "https://connector.quantdock.example/hooks/partner-center?key=s";

    fn inputs(more: &str) -> String {
        format!(r#"{{"url":"{URL}","events":["referral-created","referral-updated"]{more}}}"#)
    }

    fn registered(url: &str, events: &str) -> Exchange {
        Exchange::json(
            200,
            &format!(r#"{{"WebhookUrl":"{url}","WebhookEvents":{events}}}"#),
        )
    }

    fn none() -> Exchange {
        Exchange::json(404, r#"{"code":"404","description":"none"}"#)
    }

    const BOTH: &str = r#"["referral-updated","referral-created"]"#;

    #[tokio::test]
    async fn registers_where_nothing_is() {
        let service = Service::start([none(), registered(URL, BOTH)]).await;
        let output = service.call("register_webhook", &inputs("")).await.unwrap();
        assert_eq!(output.body.get("WebhookUrl").unwrap().as_str(), Some(URL));
        let calls = service.calls();
        assert_eq!(
            (calls[1].method.as_str(), calls[1].target.as_str()),
            ("POST", "/webhooks/v1/registration")
        );
        assert_eq!(
            calls[1].text(),
            format!(
                r#"{{"WebhookUrl":"{URL}","WebhookEvents":["referral-created","referral-updated"],"SignatureTokenToMsSignatureHeader":true}}"#
            )
        );
    }

    #[tokio::test]
    async fn leaves_an_equal_registration_alone() {
        let service = Service::start([registered(URL, BOTH)]).await;
        service.call("register_webhook", &inputs("")).await.unwrap();
        assert_eq!(service.calls().len(), 1);
    }

    #[tokio::test]
    async fn updates_its_own_registration() {
        let service =
            Service::start([registered(URL, r#"["referral-created"]"#), registered(URL, BOTH)]).await;
        service
            .call("register_webhook", &inputs(r#","signature_in_own_header":false"#))
            .await
            .unwrap();
        let calls = service.calls();
        assert_eq!(calls[1].method, "PUT");
        assert_eq!(
            calls[1]
                .json()
                .get("SignatureTokenToMsSignatureHeader")
                .unwrap()
                .as_bool(),
            Some(false)
        );
    }

    #[tokio::test]
    async fn anothers_registration_is_replaced_only_when_told() {
        let other = registered("https://other.example/hook?secret=hunter2", BOTH);
        let service = Service::start([other.clone()]).await;
        let error = service.call("register_webhook", &inputs("")).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "other_registration")
        );
        assert!(
            error.message.contains("`https://other.example/hook`"),
            "{}",
            error.message
        );
        assert!(!error.message.contains("hunter2"));
        assert_eq!(service.calls().len(), 1);

        let service = Service::start([other, registered(URL, BOTH)]).await;
        service
            .call("register_webhook", &inputs(r#","overwrite":true"#))
            .await
            .unwrap();
        assert_eq!(service.calls()[1].method, "PUT");
    }

    #[tokio::test]
    async fn trouble_and_wrong_inputs() {
        let service =
            Service::start([Exchange::json(403, r#"{"code":"900150","description":"role"}"#)]).await;
        let error = service.call("register_webhook", &inputs("")).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "900150")
        );
        let service = Service::start([none(), Exchange::drop_connection()]).await;
        let error = service.call("register_webhook", &inputs("")).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::OutcomeUnknown);
        let service = Service::start([]).await;
        for (inputs, field) in [
            (r#"{"url":"http://c.example/","events":["a"]}"#, "url"),
            (r#"{"url":"hook","events":["a"]}"#, "url"),
            (r#"{"url":"https://c.example/","events":[]}"#, "events"),
            (r#"{"url":"https://c.example/","events":[5]}"#, "events"),
        ] {
            let error = service.call("register_webhook", inputs).await.unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
    }
}
