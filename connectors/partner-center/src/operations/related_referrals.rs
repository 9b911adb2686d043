//! Lists all referrals of one deal: ours, Microsoft's, other partners'.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape,
};

use super::{inputs, list_referrals, look};
use crate::connection::PartnerCenter;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Lists all referrals of one engagement: ours, Microsoft's and other partners'.",
        effect: Effect::Read,
        inputs: Shape::object([(
            "engagement_id",
            Field::required(Shape::text(), "The engagement's id."),
        )]),
        output: list_referrals::output(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let engagement = inputs::guid(call, "engagement_id")?;
    let listed = look::of_engagement(connection, engagement, &call.context).await?;
    Ok(OperationOutput {
        status: Some(200),
        body: list_referrals::body(listed),
        ..OperationOutput::default()
    })
}

#[cfg(test)]
mod tests {
    use connector_http::stub::Exchange;

    use crate::testing::{ENGAGEMENT_ID, Service};

    #[tokio::test]
    async fn asks_by_engagement() {
        let service = Service::start([Exchange::json(
            200,
            r#"{"value":[{"id":"1"},{"id":"2","organizationId":"msft"}]}"#,
        )])
        .await;
        let inputs = format!(r#"{{"engagement_id":"{ENGAGEMENT_ID}"}}"#);
        let output = service.call("related_referrals", &inputs).await.unwrap();
        assert_eq!(
            output.body.to_json(),
            r#"{"referrals":[{"id":"1"},{"id":"2","organizationId":"msft"}]}"#
        );
        assert_eq!(
            service.calls()[0].query(),
            [("$filter".into(), format!("engagementId eq '{ENGAGEMENT_ID}'"))]
        );
    }
}
