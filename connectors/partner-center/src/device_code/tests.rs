//! The first sign-in against a stub of the identity platform.

use std::sync::Mutex;

use connector_api::Setting;
use connector_http::stub::{Exchange, Stub};

use super::*;
use crate::testing::settings;

const CODE: &str = r#"{"device_code":"d-1","user_code":"ABC-123","verification_uri":"https://login.example/device","expires_in":"900","interval":0}"#;
const PENDING: &str = r#"{"error":"authorization_pending","error_description":"waiting"}"#;

async fn sign_in(
    exchanges: impl IntoIterator<Item = Exchange>,
    file: &std::path::Path,
) -> (Stub, Result<(), OperationError>, Vec<DevicePrompt>) {
    let stub = Stub::start(exchanges).await;
    let mut settings = settings(&stub.base());
    settings.values.remove("refresh_token");
    let path = Setting::Text(file.to_str().unwrap().into());
    settings.values.insert("token_file".into(), path);
    let prompts = Mutex::new(Vec::new());
    let result = device_code_login(&settings, |prompt| prompts.lock().unwrap().push(prompt.clone())).await;
    (stub, result, prompts.into_inner().unwrap())
}

#[tokio::test]
async fn waits_for_the_user_and_keeps_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let done = r#"{"access_token":"a","refresh_token":"refresh-9","expires_in":3599}"#;
    let (stub, result, prompts) = sign_in(
        [
            Exchange::json(200, CODE),
            Exchange::json(400, PENDING),
            Exchange::json(200, done),
        ],
        &file,
    )
    .await;
    result.unwrap();
    let [prompt] = &prompts[..] else {
        panic!("one prompt")
    };
    assert_eq!(
        (prompt.verification_uri.as_str(), prompt.user_code.as_str()),
        ("https://login.example/device", "ABC-123")
    );
    assert_eq!(prompt.expires_in, Duration::from_secs(900));
    assert!(std::fs::read_to_string(&file).unwrap().contains("refresh-9"));
    let requests = stub.requests();
    assert_eq!(requests[0].target, "/tenant/oauth2/v2.0/devicecode");
    let scope = (
        "scope".to_owned(),
        "https://api.partner.microsoft.com/.default offline_access openid".to_owned(),
    );
    assert!(requests[0].form().contains(&scope));
    assert!(requests[0].form().iter().all(|(name, _)| name != "client_secret"));
    assert_eq!(requests[2].target, "/tenant/oauth2/v2.0/token");
    assert!(requests[2].form().contains(&("device_code".into(), "d-1".into())));
}

#[tokio::test]
async fn a_refusal_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let declined = r#"{"error":"authorization_declined","error_description":"The user said no."}"#;
    let (_, result, _) = sign_in([Exchange::json(200, CODE), Exchange::json(400, declined)], &file).await;
    let error = result.unwrap_err();
    assert_eq!(error.code, "authorization_declined");
    assert!(error.message.contains("The user said no."));
    assert!(!file.exists());
}

#[tokio::test]
async fn a_code_not_used_in_time_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let code = CODE.replace("\"900\"", "0");
    let answers = [Exchange::json(200, &code), Exchange::json(400, PENDING)];
    let (_, result, _) = sign_in(answers, &folder.path().join("token")).await;
    assert_eq!(result.unwrap_err().code, "expired_token");
}

#[tokio::test]
async fn an_unknown_application_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = r#"{"error":"unauthorized_client","error_description":"AADSTS700016: not found"}"#;
    let (_, result, prompts) = sign_in([Exchange::json(400, refused)], &folder.path().join("token")).await;
    assert!(result.unwrap_err().message.contains("`client_id`"));
    assert!(prompts.is_empty());
}

#[tokio::test]
async fn a_file_for_the_token_is_needed() {
    let stub = Stub::start([]).await;
    let error = device_code_login(&settings(&stub.base()), |_| {})
        .await
        .unwrap_err();
    assert!(error.message.contains("`token_file`"), "{}", error.message);
    assert!(stub.requests().is_empty());
}
