//! Lists referrals.

use connector_api::value::object;
use connector_api::{
    Effect, Field, Map, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape, Value,
};

use super::{inputs, look};
use crate::connection::PartnerCenter;
use crate::{objects, odata};

/// Asking for more at once brings no more.
const PAGE_SIZE_MAX: usize = 100;

const ORDERS: [&str; 6] = [
    "createdDateTime",
    "createdDateTime asc",
    "createdDateTime desc",
    "updatedDateTime",
    "updatedDateTime asc",
    "updatedDateTime desc",
];

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Lists referrals, all pages of them.",
        effect: Effect::Read,
        inputs: Shape::object([
            (
                "filter",
                Field::optional(
                    Shape::text(),
                    "An OData filter such as `status eq :status`; values stand in `parameters`, never in the text.",
                ),
            ),
            (
                "parameters",
                Field::optional(Shape::open_object([]), "The values of the `:name` in the filter."),
            ),
            (
                "order_by",
                Field::optional(
                    Shape::one_of(&ORDERS),
                    "The order; by creation or last change only.",
                ),
            ),
            ("top", Field::optional(Shape::Integer, "At most this many.")),
        ]),
        output: output(),
    }
}

/// What a list operation hands back.
pub(super) fn output() -> Shape {
    Shape::object([
        (
            "referrals",
            Field::required(Shape::list(objects::referral()), "The referrals."),
        ),
        (
            "count",
            Field::optional(
                Shape::Integer,
                "How many there are in all, if the service said so.",
            ),
        ),
    ])
}

pub(super) fn body(listed: look::Listed) -> Value {
    let mut body = object([("referrals", listed.referrals.into())]);
    if let (Some(count), Some(members)) = (listed.count, body.as_object_mut()) {
        members.insert("count".into(), count);
    }
    body
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let nothing = Map::new();
    let parameters = inputs::optional_object(call, "parameters")?.unwrap_or(&nothing);
    let filter = inputs::optional_text(call, "filter")?.unwrap_or_default();
    let filter = odata::fill(filter, parameters)?;
    let order = inputs::optional_text(call, "order_by")?;
    if let Some(order) = order
        && !ORDERS.contains(&order)
    {
        return Err(OperationError::invalid_input(
            "order_by",
            format!("`order_by` must be one of: {}", ORDERS.join(", ")),
        ));
    }
    let top = inputs::optional_count(call, "top")?;
    let page_size = top.filter(|top| *top <= PAGE_SIZE_MAX).map(|top| top.to_string());
    let mut options = Vec::new();
    if !filter.trim().is_empty() {
        options.push(("$filter", filter.as_str()));
    }
    options.extend(order.map(|order| ("$orderby", order)));
    options.extend(page_size.as_deref().map(|size| ("$top", size)));
    let listed = look::list(connection, &odata::query(&options), top, &call.context).await?;
    Ok(OperationOutput {
        status: Some(200),
        body: body(listed),
        ..OperationOutput::default()
    })
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::Service;

    #[tokio::test]
    async fn follows_pages_on_the_configured_address() {
        let first = r#"{"@odata.count":3,"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=a91Qk0TzXb"}"#;
        let service = Service::start([
            Exchange::json(200, first),
            Exchange::json(200, r#"{"value":[{"id":"3"}]}"#),
        ])
        .await;
        let inputs = r#"{"filter":"status eq :status","parameters":{"status":"New"},"order_by":"updatedDateTime asc"}"#;
        let output = service.call("list_referrals", inputs).await.unwrap();
        assert_eq!(
            output.body.to_json(),
            r#"{"referrals":[{"id":"1"},{"id":"2"},{"id":"3"}],"count":3}"#
        );
        let calls = service.calls();
        assert_eq!(
            calls[0].query(),
            [
                ("$filter".into(), "status eq 'New'".into()),
                ("$orderby".into(), "updatedDateTime asc".into())
            ]
        );
        assert_eq!(
            calls[1].target,
            "/v1.0/engagements/referrals?$skiptoken=a91Qk0TzXb"
        );
    }

    #[tokio::test]
    async fn stops_at_top() {
        let page = r#"{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"http://x/?$skiptoken=a"}"#;
        let service = Service::start([Exchange::json(200, page)]).await;
        let output = service.call("list_referrals", r#"{"top":1}"#).await.unwrap();
        assert_eq!(output.body.to_json(), r#"{"referrals":[{"id":"1"}]}"#);
        assert_eq!(service.calls()[0].target, "/v1.0/engagements/referrals?$top=1");
        let service = Service::start([Exchange::json(200, r#"{"value":[]}"#)]).await;
        service.call("list_referrals", r#"{"top":250}"#).await.unwrap();
        assert_eq!(service.calls()[0].target, "/v1.0/engagements/referrals");
    }

    #[tokio::test]
    async fn answers_that_are_no_list_are_errors() {
        let link = |link: &str| format!(r#"{{"value":[],"@odata.nextLink":{link}}}"#);
        for (pages, code) in [
            (vec!["{}".to_owned()], "no_list"),
            (vec!["[]".to_owned()], "no_list"),
            (vec![r#"{"value":{"id":"1"}}"#.to_owned()], "no_list"),
            (vec![link("5")], "no_list"),
            (vec![link(r#""http://x/y""#)], "no_list"),
            (
                vec![
                    link(r#""http://x/?$skiptoken=a""#),
                    link(r#""http://x/?$skiptoken=a""#),
                ],
                "endless_list",
            ),
        ] {
            let service = Service::start(pages.iter().map(|page| Exchange::json(200, page))).await;
            let error = service.call("list_referrals", "{}").await.unwrap_err();
            assert_eq!(
                (error.class, error.code.as_str()),
                (ErrorClass::UnexpectedResponse, code),
                "{pages:?}"
            );
        }
    }

    #[tokio::test]
    async fn wrong_inputs_are_not_sent() {
        let service = Service::start([]).await;
        for (inputs, field) in [
            (r#"{"filter":"status eq :s"}"#, "parameters.s"),
            (r#"{"filter":5}"#, "filter"),
            (r#"{"parameters":[]}"#, "parameters"),
            (r#"{"order_by":"name"}"#, "order_by"),
            (r#"{"top":0}"#, "top"),
            (r#"{"top":1.5}"#, "top"),
        ] {
            let error = service.call("list_referrals", inputs).await.unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{inputs}");
        }
        assert!(service.calls().is_empty());
    }
}
