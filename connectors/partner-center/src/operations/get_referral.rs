//! Reads one referral.

use connector_api::{
    Effect, Field, OperationCall, OperationDescriptor, OperationError, OperationOutput, Shape,
};

use super::inputs;
use crate::connection::PartnerCenter;
use crate::objects;

pub(super) fn descriptor(name: &'static str) -> OperationDescriptor {
    OperationDescriptor {
        name,
        doc: "Reads one referral by its id.",
        effect: Effect::Read,
        inputs: Shape::object([(
            "id",
            Field::required(
                Shape::text(),
                "The referral's id, or an address that ends with it.",
            ),
        )]),
        output: objects::referral(),
    }
}

pub(super) async fn run(
    connection: &PartnerCenter,
    call: &OperationCall,
) -> Result<OperationOutput, OperationError> {
    let id = inputs::guid(call, "id")?;
    connection.read_referral(id, &call.context).await
}

#[cfg(test)]
mod tests {
    use connector_api::ErrorClass;
    use connector_http::stub::Exchange;

    use crate::testing::{REFERRAL_ID, Service, TOKEN};

    const BODY: &str = r#"{"id":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355","eTag":"\"1100c0de\"","details":{"dealValue":9999999999999999.99},"status":"Rebooted","name":null}"#;

    #[tokio::test]
    async fn reads_a_referral_as_it_is() {
        let service = Service::start([Exchange::json(200, BODY)
            .header("request-id", "r-7")
            .header("etag", "\"1100c0de\"")])
        .await;
        let uri = format!("https://api.partnercenter.microsoft.com/engagements/v1/referrals/{REFERRAL_ID}");
        let output = service
            .call("get_referral", &format!(r#"{{"id":"{uri}"}}"#))
            .await
            .unwrap();
        assert_eq!(output.status, Some(200));
        assert_eq!(output.body.to_json(), BODY);
        assert_eq!(
            output.headers,
            [
                ("etag".into(), "\"1100c0de\"".into()),
                ("request-id".into(), "r-7".into())
            ]
        );
        let [seen] = &service.calls()[..] else {
            panic!("one call")
        };
        assert_eq!(seen.method, "GET");
        assert_eq!(seen.target, format!("/v1.0/engagements/referrals/{REFERRAL_ID}"));
        assert_eq!(seen.header("authorization"), Some("Bearer access-1"));
        assert!(seen.header("client-request-id").is_some());
        assert!(seen.header("ms-correlationid").is_some());
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let refused = Exchange::json(401, r#"{"error":{"code":"unauthenticated","message":"expired"}}"#);
        let service = Service::start([
            refused.clone(),
            Exchange::json(200, TOKEN),
            Exchange::json(200, BODY),
        ])
        .await;
        service.call_referral("get_referral").await.unwrap();
        assert_eq!(service.calls().len(), 3);
        assert_eq!(
            service.calls()[2].header("authorization"),
            Some("Bearer access-2")
        );

        let service = Service::start([refused.clone(), Exchange::json(200, TOKEN), refused]).await;
        let error = service.call_referral("get_referral").await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Unauthorized, "unauthenticated")
        );
        assert_eq!(service.calls().len(), 3);
    }

    #[tokio::test]
    async fn trouble_is_classified() {
        for (exchange, class, code) in [
            (
                Exchange::json(
                    404,
                    r#"{"error":{"code":"itemNotFound","message":"no such referral"}}"#,
                ),
                ErrorClass::Rejected,
                "itemNotFound",
            ),
            (
                Exchange::json(
                    503,
                    r#"{"error":{"code":"serviceNotAvailable","message":"later"}}"#,
                ),
                ErrorClass::Transient,
                "serviceNotAvailable",
            ),
            (
                Exchange::text(502, "text/html", "<h1>Bad gateway</h1>"),
                ErrorClass::Transient,
                "http_502",
            ),
            (
                Exchange::text(200, "text/html", "<h1>Sign in</h1>"),
                ErrorClass::UnexpectedResponse,
                "not_json",
            ),
            (
                Exchange::json(200, r#"{"id": "#),
                ErrorClass::UnexpectedResponse,
                "not_json",
            ),
            (
                Exchange::drop_connection(),
                ErrorClass::Transient,
                "connection_lost",
            ),
        ] {
            let service = Service::start([exchange]).await;
            let error = service.call_referral("get_referral").await.unwrap_err();
            assert_eq!(
                (error.class, error.code.as_str()),
                (class, code),
                "{}",
                error.message
            );
        }
    }

    #[tokio::test]
    async fn throttling_says_how_long_to_wait() {
        let body = r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}"#;
        let service = Service::start([Exchange::json(429, body).header("retry-after", "57")]).await;
        let error = service.call_referral("get_referral").await.unwrap_err();
        assert_eq!(
            (error.class, error.retry_after_ms),
            (ErrorClass::RateLimited, Some(57_000))
        );
        assert_eq!(error.message, "Rate limit is exceeded. Try again in 57 seconds.");
    }

    #[tokio::test]
    async fn an_id_that_is_none_is_not_sent() {
        let service = Service::start([]).await;
        for inputs in [r#"{"id":"x"}"#, r#"{"id":null}"#, "{}", r#"{"id":5}"#] {
            let error = service.call("get_referral", inputs).await.unwrap_err();
            assert_eq!(
                (error.code.as_str(), error.field.as_deref()),
                ("invalid_input", Some("id"))
            );
        }
        assert!(service.calls().is_empty());
    }
}
