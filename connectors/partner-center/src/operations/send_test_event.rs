//! Asks the service to send a test event.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape,
};
use connector_http::Request;

use crate::connection::{PartnerCenter, output_of, succeeded};

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        // A second one is one more test, which changes nothing.
        doc: "Asks for a test event; `test-created` must be registered. The service takes two a minute.",
        effect: Effect::Idempotent,
        inputs: Shape::object([]),
        output: Shape::open_object([(
            "correlationId",
            Field::required(Shape::text(), "What `get_test_event` asks by."),
        )]),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let request = Request::post(connection.registration_url("/validationEvents"));
    output_of(&succeeded(
        connection.ask_webhooks(request, &call.context).await?,
    )?)
}

#[cfg(test)]
mod tests {
    use connector_http::stub::Exchange;

    use crate::testing::{ENGAGEMENT_ID, Service};

    #[tokio::test]
    async fn posts_nothing_and_gets_an_id() {
        let body = format!(r#"{{"correlationId":"{ENGAGEMENT_ID}"}}"#);
        let service = Service::start([Exchange::json(200, &body)]).await;
        let output = service.call("send_test_event", "{}").await.unwrap();
        assert_eq!(output.body.to_json(), body);
        let [seen] = &service.calls()[..] else {
            panic!("one call")
        };
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            ("POST", "/webhooks/v1/registration/validationEvents")
        );
        assert!(seen.body.is_empty());
        assert_eq!(seen.header("content-length"), Some("0"));
    }
}
