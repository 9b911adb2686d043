//! What a check says of connections in good and bad order.

use connector_api::{CheckStatus, Setting};
use connector_http::stub::{Exchange, Stub};

use crate::testing::{Service, TOKEN, connect};

const REGISTERED: &str =
    r#"{"WebhookUrl":"https://c.example/hook?key=hunter2","WebhookEvents":["referral-updated"]}"#;

fn list() -> Exchange {
    Exchange::json(200, r#"{"value":[]}"#)
}

async fn statuses(service: &Service) -> Vec<(String, CheckStatus)> {
    let items = service.connection.check().await;
    items
        .into_iter()
        .map(|item| (item.subject, item.status))
        .collect()
}

#[tokio::test]
async fn a_connection_in_order() {
    let root = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/root.pem"));
    let service = Service::with(
        [
            list(),
            Exchange::json(200, TOKEN),
            Exchange::json(200, REGISTERED),
        ],
        [
            ("webhook_roots", Setting::TextList(vec![root.into()])),
            (
                "webhook_certificate_hosts",
                Setting::TextList(vec!["certificates.example.com".into()]),
            ),
        ],
    )
    .await;
    let found = statuses(&service).await;
    assert_eq!(found.len(), 5);
    assert!(
        found.iter().all(|(_, status)| *status == CheckStatus::Ok),
        "{found:?}"
    );
    assert_eq!(service.calls()[0].target, "/v1.0/engagements/referrals?$top=1");
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let forbidden = Exchange::json(403, r#"{"error":{"code":"accessDenied","message":"no role"}}"#);
    let service = Service::start([
        forbidden,
        Exchange::json(200, TOKEN),
        Exchange::json(404, r#"{"code":"404","description":"none"}"#),
    ])
    .await;
    let items = service.connection.check().await;
    let message = |subject: &str| {
        let item = items.iter().find(|item| item.subject == subject).unwrap();
        assert_eq!(item.status, CheckStatus::Missing, "{subject}");
        item.message.clone()
    };
    let role = message("role for referrals");
    assert!(
        role.contains("no role") && role.contains("Referrals admin"),
        "{role}"
    );
    assert!(message("webhook registration").contains("no webhook is registered"));
    assert!(message("webhook signatures").contains("webhook_roots"));
}

#[tokio::test]
async fn a_refused_sign_in_is_said_once_per_service() {
    let refused = Exchange::json(400, r#"{"error":"invalid_grant","error_description":"expired"}"#);
    let stub = Stub::start([refused.clone(), refused]).await;
    let connection = connect(&stub, []);
    let service = Service { stub, connection };
    let found = statuses(&service).await;
    let missing: Vec<_> = found
        .iter()
        .filter(|(_, status)| *status == CheckStatus::Missing)
        .map(|(subject, _)| subject.as_str())
        .collect();
    assert_eq!(
        missing,
        [
            "sign-in to referrals",
            "sign-in to webhooks",
            "webhook signatures"
        ]
    );
    assert_eq!(service.stub.requests().len(), 2);
}
