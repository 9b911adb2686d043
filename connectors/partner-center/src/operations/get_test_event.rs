//! Reads how a test event fared.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape,
};
use connector_http::Request;

use super::inputs;
use crate::connection::{PartnerCenter, output_of, succeeded};

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    let text = |doc| Field::optional(Shape::text(), doc);
    let result = Shape::open_object([
        ("responseCode", text("What the receiver answered, such as `OK`.")),
        ("responseMessage", text("Its text.")),
        (
            "systemError",
            Field::optional(Shape::Boolean, "Whether the service itself failed."),
        ),
        ("dateTimeUtc", text("When, without a zone.")),
    ]);
    OperationDescriptor {
        name,
        doc: "Reads how a test event fared, one result per delivery.",
        effect: Effect::Read,
        inputs: Shape::object([(
            "correlation_id",
            Field::required(Shape::text(), "The `correlationId` that `send_test_event` gave."),
        )]),
        output: Shape::open_object([
            ("correlationId", text("The test event's id.")),
            ("partnerId", text("The partner.")),
            ("status", text("`completed` at the end.")),
            ("callbackUrl", text("Where it was delivered.")),
            (
                "results",
                Field::optional(Shape::list(result), "One per delivery."),
            ),
        ]),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let id = inputs::guid(call, "correlation_id")?;
    let request = Request::get(connection.registration_url(&format!("/validationEvents/{id}")));
    output_of(&succeeded(
        connection.ask_webhooks(request, &call.context).await?,
    )?)
}

#[cfg(test)]
mod tests {
    use connector_http::stub::Exchange;

    use crate::testing::{ENGAGEMENT_ID, Service};

    #[tokio::test]
    async fn reads_by_id() {
        let service = Service::start([Exchange::json(200, r#"{"status":"completed","results":[]}"#)]).await;
        let inputs = format!(r#"{{"correlation_id":"{ENGAGEMENT_ID}"}}"#);
        let output = service.call("get_test_event", &inputs).await.unwrap();
        assert_eq!(output.body.get("status").unwrap().as_str(), Some("completed"));
        assert_eq!(
            service.calls()[0].target,
            format!("/webhooks/v1/registration/validationEvents/{ENGAGEMENT_ID}")
        );
    }
}
