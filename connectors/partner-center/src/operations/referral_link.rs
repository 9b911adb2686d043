//! Makes the address of a referral in the portal. The portal's pattern is not published, so a setting holds it.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape, Value,
};

use super::inputs;
use crate::connection::PartnerCenter;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "The address of a referral in the portal; null while the setting `portal_link` is empty. Calls nobody.",
        effect: Effect::Read,
        inputs: Shape::object([(
            "id",
            Field::required(
                Shape::text(),
                "The referral's id, or an address that ends with it.",
            ),
        )]),
        output: Shape::text(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let id = inputs::guid(call, "id")?;
    let link = connection
        .portal_link()
        .map(|template| Value::from(template.replace("{id}", &id.to_string())));
    Ok(OperationOutput {
        body: link.unwrap_or_default(),
        ..OperationOutput::default()
    })
}

#[cfg(test)]
mod tests {
    use connector_api::Setting;

    use crate::testing::{REFERRAL_ID, Service};

    #[tokio::test]
    async fn fills_the_template() {
        let link = Setting::Text("https://portal.example/deals/{id}?tab=1".into());
        let service = Service::with([], [("portal_link", link)]).await;
        let output = service.call_referral("referral_link").await.unwrap();
        assert_eq!(
            output.body.as_str(),
            Some(format!("https://portal.example/deals/{REFERRAL_ID}?tab=1").as_str())
        );
        let service = Service::start([]).await;
        let output = service.call_referral("referral_link").await.unwrap();
        assert!(output.body.is_null());
        assert!(service.calls().is_empty());
    }
}
