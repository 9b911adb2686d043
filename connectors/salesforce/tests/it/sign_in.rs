//! Signing in: both grants, renewal, and where the org may be.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_api::{ErrorClass, Secret, Setting};
use connector_http::stub::{Exchange, Stub};
use connector_salesforce::connector;

use crate::org::{DATA, Org, TOKEN, json, refusal, settings, token};

const GET: &str = r#"{"object":"Account","id":"001000000000001AAA"}"#;

fn expired() -> Exchange {
    refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

fn account() -> Exchange {
    Exchange::json(200, r#"{"Id":"001000000000001AAA"}"#)
}

#[tokio::test]
async fn client_credentials_go_as_a_form() {
    let org = Org::new([account()]).await;
    org.call("get_record", GET).await.unwrap();
    let request = &org.stub.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", TOKEN)
    );
    let form = request.form();
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "consumer"),
        ("client_secret", "hunter2"),
    ] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
}

#[tokio::test]
async fn jwt_bearer_sends_an_assertion_for_the_audience() {
    let stub = Stub::start([]).await;
    stub.push([token(&stub, "00D!first"), account()]);
    let mut settings = settings(&stub);
    let key = include_str!("../keys/pkcs8.pem");
    settings
        .values
        .insert("grant".into(), Setting::Text("jwt_bearer".into()));
    settings
        .values
        .insert("username".into(), Setting::Text("sync@example.com".into()));
    settings.values.insert(
        "private_key".into(),
        Setting::Secret(Secret::new("file:key.pem", key)),
    );
    settings.values.insert(
        "audience".into(),
        Setting::Text("https://test.salesforce.com".into()),
    );
    let connection = connector().connect(settings).unwrap();
    let org = Org { stub, connection };
    org.call("get_record", GET).await.unwrap();
    let form = org.stub.requests()[0].form();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    assert!(!form.iter().any(|(name, _)| name == "client_secret"));
    let claims = form[1].1.split('.').nth(1).unwrap();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let claims = json(&claims);
    for (name, value) in [
        ("iss", "consumer"),
        ("sub", "sync@example.com"),
        ("aud", "https://test.salesforce.com"),
    ] {
        assert_eq!(claims.get(name).unwrap().as_str(), Some(value));
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let org = Org::new([expired()]).await;
    org.stub.push([token(&org.stub, "00D!second"), account()]);
    org.call("get_record", GET).await.unwrap();
    assert_eq!(org.logins(), 2);
    assert_eq!(org.last().header("authorization"), Some("Bearer 00D!second"));

    let path = format!("{DATA}/sobjects/Account/001000000000001AAA");
    let org = Org::new([expired().at(&path), expired().at(&path)]).await;
    org.stub.push([token(&org.stub, "00D!second")]);
    let error = org.call("get_record", GET).await.unwrap_err();
    assert_eq!(
        (error.class, error.code.as_str()),
        (ErrorClass::Unauthorized, "INVALID_SESSION_ID")
    );
    assert_eq!((org.logins(), org.requests().len()), (2, 2));
}

#[tokio::test]
async fn many_refusals_at_once_make_one_sign_in() {
    let ids = [
        "001000000000001AAA",
        "001000000000002AAA",
        "001000000000003AAA",
        "001000000000004AAA",
    ];
    let org = Org::new([account()]).await;
    org.call("get_record", GET).await.unwrap();
    for id in ids {
        let path = format!("{DATA}/sobjects/Account/{id}");
        org.stub.push([expired().at(&path), account().at(&path)]);
    }
    org.stub.push([token(&org.stub, "00D!second")]);
    let inputs = ids.map(|id| format!(r#"{{"object":"Account","id":"{id}"}}"#));
    let (first, second, third, fourth) = tokio::join!(
        org.call("get_record", &inputs[0]),
        org.call("get_record", &inputs[1]),
        org.call("get_record", &inputs[2]),
        org.call("get_record", &inputs[3]),
    );
    for result in [first, second, third, fourth] {
        result.unwrap();
    }
    assert_eq!(org.logins(), 2);
}

#[tokio::test]
async fn a_refused_sign_in_says_why_without_secrets() {
    for (status, body, class, message) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}"#,
            ErrorClass::Unauthorized,
            "invalid_grant: user hasn't approved this consumer",
        ),
        (
            503,
            "<html>hunter2</html>",
            ErrorClass::Transient,
            "the sign-in was answered with 503",
        ),
    ] {
        let stub = Stub::start([Exchange::json(status, body)]).await;
        let connection = connector().connect(settings(&stub)).unwrap();
        let org = Org { stub, connection };
        let error = org.call("get_record", GET).await.unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (class, message));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn the_org_must_be_on_a_known_host() {
    for (instance, told) in [
        ("https://acme.my.salesforce.com.evil.test", "instance_hosts"),
        ("https://evil.test", "instance_hosts"),
        ("http://acme.my.salesforce.com", "plain http"),
        ("nonsense", "not a web address"),
    ] {
        let body = format!(r#"{{"access_token":"00D!secret","instance_url":"{instance}"}}"#);
        let stub = Stub::start([Exchange::json(200, &body)]).await;
        let connection = connector().connect(settings(&stub)).unwrap();
        let org = Org { stub, connection };
        let error = org.call("get_record", GET).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::UnexpectedResponse);
        assert!(error.message.contains(told), "{error}");
        assert!(!error.message.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_sign_in_without_token_is_refused() {
    for (body, missing) in [
        (
            r#"{"instance_url":"https://a.my.salesforce.com"}"#,
            "access_token",
        ),
        (r#"{"access_token":"x"}"#, "instance_url"),
    ] {
        let stub = Stub::start([Exchange::json(200, body)]).await;
        let connection = connector().connect(settings(&stub)).unwrap();
        let org = Org { stub, connection };
        let error = org.call("get_record", GET).await.unwrap_err();
        assert_eq!(error.code, "incomplete_sign_in");
        assert!(error.message.contains(missing), "{error}");
    }
}
