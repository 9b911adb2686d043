//! Lists the kinds of events the webhook service knows.

use connector_api::{Effect, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape};
use connector_http::Request;

use crate::connection::{PartnerCenter, output_of, succeeded};

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Lists the kinds of events that can be registered for.",
        effect: Effect::Read,
        inputs: Shape::object([]),
        output: Shape::list(Shape::text()),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let request = Request::get(connection.registration_url("/events"));
    output_of(&succeeded(
        connection.ask_webhooks(request, &call.context).await?,
    )?)
}

#[cfg(test)]
mod tests {
    use connector_http::stub::Exchange;

    use crate::testing::Service;

    #[tokio::test]
    async fn lists_names_with_the_other_audience() {
        let service = Service::start([Exchange::json(200, r#"["referral-created","test-created"]"#)]).await;
        let output = service.call("list_webhook_events", "{}").await.unwrap();
        assert_eq!(output.body.to_json(), r#"["referral-created","test-created"]"#);
        assert_eq!(service.calls()[0].target, "/webhooks/v1/registration/events");
        assert_eq!(service.calls()[0].header("ms-contract-version"), Some("v1"));
        assert!(service.calls()[0].header("ms-requestid").is_some());
        let resource = service.sign_ins()[0].form();
        assert!(resource.contains(&(
            "resource".into(),
            "https://api.partnercenter.microsoft.com".into()
        )));
    }
}
