//! Token requests as the identity platform documents them, and what happens when it refuses.

use std::path::Path;

use connector_api::{ErrorClass, Setting};
use connector_http::stub::{Exchange, Stub};

use crate::testing::{REFERRAL_ID, Service, TOKEN, connect, settings};

const REFERRAL: &str = r#"{"id":"x"}"#;
const ROTATED: &str =
    r#"{"token_type":"Bearer","expires_in":"3599","access_token":"access-1","refresh_token":"refresh-1"}"#;
const REFUSED: &str = r#"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired.\r\nTrace ID: 1"}"#;

fn text(value: &str) -> Setting {
    Setting::Text(value.into())
}

fn token_file(path: &Path) -> (&'static str, Setting) {
    ("token_file", text(path.to_str().unwrap()))
}

/// A stub whose first answer is not a token already.
async fn bare(exchanges: impl IntoIterator<Item = Exchange>, more: Vec<(&'static str, Setting)>) -> Service {
    let stub = Stub::start(exchanges).await;
    let connection = connect(&stub, more);
    Service { stub, connection }
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_refresh_token_is_redeemed_at_the_first_address() {
    let service = Service::start([Exchange::json(200, REFERRAL)]).await;
    service.call_referral("get_referral").await.unwrap();
    let sign_in = &service.sign_ins()[0];
    assert_eq!(
        (sign_in.method.as_str(), sign_in.target.as_str()),
        ("POST", "/tenant/oauth2/token")
    );
    let mut form = sign_in.form();
    form.sort();
    let expected = [
        ("client_id", "app"),
        ("client_secret", "app-secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-0"),
        ("resource", "https://api.partner.microsoft.com"),
        ("scope", "openid"),
    ];
    assert_eq!(
        form,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn the_second_address_takes_a_scope() {
    let service = bare(
        [Exchange::json(200, TOKEN), Exchange::json(200, REFERRAL)],
        vec![("token_version", text("v2"))],
    )
    .await;
    service.call_referral("get_referral").await.unwrap();
    let sign_in = &service.sign_ins()[0];
    assert_eq!(sign_in.target, "/tenant/oauth2/v2.0/token");
    let form = sign_in.form();
    assert_eq!(
        field(&form, "scope"),
        Some("https://api.partner.microsoft.com/.default")
    );
    assert_eq!(field(&form, "resource"), None);
}

#[tokio::test]
async fn one_token_serves_many_calls_and_each_service_has_its_own() {
    let service = Service::start([
        Exchange::json(200, REFERRAL),
        Exchange::json(200, REFERRAL),
        Exchange::json(200, TOKEN),
        Exchange::json(200, "[]"),
        Exchange::json(200, REFERRAL),
    ])
    .await;
    service.call_referral("get_referral").await.unwrap();
    service.call_referral("get_referral").await.unwrap();
    service.call("list_webhook_events", "{}").await.unwrap();
    service.call_referral("get_referral").await.unwrap();
    let audiences: Vec<_> = service
        .sign_ins()
        .iter()
        .map(|sign_in| field(&sign_in.form(), "resource").unwrap().to_owned())
        .collect();
    assert_eq!(
        audiences,
        [
            "https://api.partner.microsoft.com",
            "https://api.partnercenter.microsoft.com"
        ]
    );
    let bearers: Vec<_> = service
        .calls()
        .iter()
        .filter_map(|call| call.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        bearers,
        [
            "Bearer access-1",
            "Bearer access-1",
            "Bearer access-2",
            "Bearer access-1"
        ]
    );
}

#[tokio::test]
async fn a_rotated_token_is_kept_and_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let answers = [Exchange::json(200, ROTATED), Exchange::json(200, REFERRAL)];
    let service = bare(answers.clone(), vec![token_file(&path)]).await;
    service.call_referral("get_referral").await.unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains("refresh-1"));

    let service = bare(answers, vec![token_file(&path)]).await;
    service.call_referral("get_referral").await.unwrap();
    assert_eq!(
        field(&service.sign_ins()[0].form(), "refresh_token"),
        Some("refresh-1")
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_that_cannot_be_kept_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    // Nothing is there to read, and no folder can be made where a link leads into the void.
    std::os::unix::fs::symlink(folder.path().join("void/void"), &nowhere).unwrap();
    let service = bare(
        [Exchange::json(200, ROTATED), Exchange::json(200, REFERRAL)],
        vec![token_file(&nowhere.join("token"))],
    )
    .await;
    let error = service.call_referral("get_referral").await.unwrap_err();
    assert_eq!(error.code, "token_file");
    assert!(!format!("{error:?}").contains("refresh-1"));
    assert_eq!(service.sign_ins().len(), 1);
    assert_eq!(
        service.stub.requests().len(),
        1,
        "the referral was never asked for"
    );
}

#[tokio::test]
async fn a_newer_token_in_the_settings_takes_over_from_one_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, r#"{"version":"v2","refresh_token":"old"}"#).unwrap();
    let service = bare(
        [
            Exchange::json(400, REFUSED),
            Exchange::json(200, TOKEN),
            Exchange::json(200, REFERRAL),
        ],
        vec![token_file(&path)],
    )
    .await;
    service.call_referral("get_referral").await.unwrap();
    let tried: Vec<_> = service
        .sign_ins()
        .iter()
        .map(|sign_in| {
            (
                sign_in.target.clone(),
                field(&sign_in.form(), "refresh_token").unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(
        tried,
        [
            ("/tenant/oauth2/v2.0/token".into(), "old".into()),
            ("/tenant/oauth2/token".into(), "refresh-0".into())
        ]
    );
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_no_secret() {
    for (answer, class, code, word) in [
        (
            Exchange::json(400, REFUSED),
            ErrorClass::Unauthorized,
            "invalid_grant",
            "connections login",
        ),
        (
            Exchange::json(
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#,
            ),
            ErrorClass::Unauthorized,
            "invalid_client",
            "client_secret",
        ),
        (
            Exchange::text(503, "text/html", "<h1>Later</h1>"),
            ErrorClass::Transient,
            "http_503",
            "503",
        ),
        (
            Exchange::json(200, "{}"),
            ErrorClass::UnexpectedResponse,
            "no_access_token",
            "access token",
        ),
        (
            Exchange::text(200, "text/html", "<p>access_token app-secret</p>"),
            ErrorClass::UnexpectedResponse,
            "not_json",
            "web page",
        ),
        (
            Exchange::drop_connection(),
            ErrorClass::Transient,
            "connection_lost",
            "broke off",
        ),
    ] {
        let service = bare([answer], Vec::new()).await;
        let inputs = r#"{"referral":{"name":"x"}}"#;
        let error = service.call("create_referral", inputs).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (class, code),
            "{}",
            error.message
        );
        assert!(error.message.contains(word), "{}", error.message);
        for secret in ["app-secret", "refresh-0", "Trace ID"] {
            assert!(!format!("{error:?}").contains(secret), "{error:?}");
        }
    }
}

#[tokio::test]
async fn without_a_user_only_the_webhook_service_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start([Exchange::json(200, TOKEN), Exchange::json(200, "[]")]).await;
    let mut settings = settings(&stub.base());
    settings.values.remove("refresh_token");
    let (name, value) = token_file(&folder.path().join("token"));
    settings.values.insert(name.into(), value);
    let connection = crate::connector().connect(settings).ok().unwrap();
    let service = Service { stub, connection };
    let inputs = format!(r#"{{"id":"{REFERRAL_ID}"}}"#);
    let error = service.call("get_referral", &inputs).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Unauthorized, "not_signed_in")
    );
    service.call("list_webhook_events", "{}").await.unwrap();
    let form = service.sign_ins()[0].form();
    assert_eq!(field(&form, "grant_type"), Some("client_credentials"));
    assert_eq!(
        field(&form, "resource"),
        Some("https://api.partnercenter.microsoft.com")
    );
}
