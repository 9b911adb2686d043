//! Deliveries, good and bad, against certificates made once by `tests/keys/make.sh`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_api::{Setting, WebhookError, WebhookRequest};
use connector_http::stub::{Exchange, Stub, closed_address};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::testing::connect;

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/", $name))
    };
}

const EVENT: &str = key!("event.json");
const ROOT: &str = key!("root.pem");
const DISPATCH: &str = key!("dispatch.pem");

fn sign(algorithm: &'static dyn RsaEncoding, message: &str) -> String {
    let der = PrivatePkcs8KeyDer::from_pem_slice(key!("dispatch.key.pem").as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        algorithm,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    STANDARD.encode(signature)
}

fn certificate(pem: &str) -> Exchange {
    Exchange::text(200, "application/octet-stream", pem)
}

fn trust(stub: &Stub, root: &str) -> [(&'static str, Setting); 2] {
    let host = stub.base().trim_start_matches("http://").to_owned();
    [
        ("webhook_roots", Setting::TextList(vec![root.to_owned()])),
        ("webhook_certificate_hosts", Setting::TextList(vec![host])),
    ]
}

/// A good delivery whose certificate is at `url`.
fn delivery(url: &str) -> WebhookRequest {
    let signature = format!("Signature {}", key!("event.sig"));
    let headers = [
        ("content-type", "application/json"),
        ("x-ms-signature", signature.as_str()),
        ("x-ms-certificate-url", url),
        ("x-ms-signature-algorithm", "rsa-sha256"),
    ];
    WebhookRequest {
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: EVENT.as_bytes().to_vec(),
    }
}

fn set(request: &mut WebhookRequest, name: &str, value: Option<&str>) {
    request.headers.retain(|(key, _)| key != name);
    if let Some(value) = value {
        request.headers.push((name.to_owned(), value.to_owned()));
    }
}

async fn verify_with(
    answer: Exchange,
    root: &str,
    change: impl FnOnce(&mut WebhookRequest),
) -> Result<(), WebhookError> {
    let stub = Stub::start([answer]).await;
    let mut request = delivery(stub.url("/cert/dispatch.cer").as_str());
    change(&mut request);
    connect(&stub, trust(&stub, root)).verify(&request).await
}

#[tokio::test]
async fn signed_deliveries_are_accepted_in_every_documented_form() {
    let der = CertificateDer::from_pem_slice(DISPATCH.as_bytes())
        .unwrap()
        .to_vec();
    let der = Exchange::bytes(200, "application/pkix-cert", der);
    let with_algorithm = |name: &'static str, algorithm: &'static dyn RsaEncoding| {
        move |request: &mut WebhookRequest| {
            let signature = format!("Signature {}", sign(algorithm, EVENT));
            set(request, "x-ms-signature", Some(&signature));
            set(request, "x-ms-signature-algorithm", Some(name));
        }
    };
    verify_with(certificate(DISPATCH), ROOT, |_| {}).await.unwrap();
    verify_with(der, ROOT, |_| {}).await.unwrap();
    verify_with(certificate(key!("chained.pem")), ROOT, |_| {})
        .await
        .unwrap();
    verify_with(certificate(DISPATCH), ROOT, |request| {
        let signature = request.header("x-ms-signature").unwrap().to_owned();
        set(request, "x-ms-signature", None);
        set(request, "authorization", Some(&signature));
    })
    .await
    .unwrap();
    verify_with(
        certificate(DISPATCH),
        ROOT,
        with_algorithm("RSA-SHA256", &RSA_PKCS1_SHA256),
    )
    .await
    .unwrap();
    verify_with(
        certificate(DISPATCH),
        ROOT,
        with_algorithm("rsa-sha384", &RSA_PKCS1_SHA384),
    )
    .await
    .unwrap();
    verify_with(
        certificate(DISPATCH),
        ROOT,
        with_algorithm("rsa-sha512", &RSA_PKCS1_SHA512),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn what_is_not_proven_is_refused() {
    type Change = fn(&mut WebhookRequest);
    let cases: [(&str, Change); 10] = [
        ("does not hold", |request| request.body[5] ^= 1),
        ("does not hold", |request| request.body.push(b'\n')),
        ("not signed", |request| set(request, "x-ms-signature", None)),
        ("not signed", |request| {
            let token = format!("Bearer {}", key!("event.sig"));
            set(request, "x-ms-signature", Some(&token));
        }),
        ("empty", |request| {
            set(request, "x-ms-signature", Some("Signature"))
        }),
        ("base64", |request| {
            set(request, "x-ms-signature", Some("Signature !!!"))
        }),
        ("does not hold", |request| {
            set(request, "x-ms-signature", Some("Signature AAAA"))
        }),
        ("does not hold", |request| {
            set(request, "x-ms-signature-algorithm", Some("rsa-sha512"));
        }),
        ("not one of", |request| {
            set(request, "x-ms-signature-algorithm", Some("none"))
        }),
        ("not one of", |request| {
            set(request, "x-ms-signature-algorithm", Some("hmac-sha256"));
        }),
    ];
    for (word, change) in cases {
        let error = verify_with(certificate(DISPATCH), ROOT, change)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, WebhookError::Unverified(message) if message.contains(word)),
            "{word}: {error:?}"
        );
    }
}

#[tokio::test]
async fn missing_headers_are_malformed() {
    let cases = [
        ("x-ms-certificate-url", None),
        ("x-ms-certificate-url", Some("not an address")),
        ("x-ms-signature-algorithm", None),
        ("x-ms-signature-algorithm", Some(" ")),
    ];
    for (name, value) in cases {
        let result = verify_with(certificate(DISPATCH), ROOT, |request| set(request, name, value)).await;
        assert!(
            matches!(&result, Err(WebhookError::Malformed(message)) if message.contains(name)),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn certificates_must_lead_to_a_root_and_its_issuer() {
    for (certificate_pem, root, word) in [
        (key!("expired.pem"), ROOT, "does not lead"),
        (key!("foreign.pem"), ROOT, "does not lead"),
        (DISPATCH, key!("other-root.pem"), "does not lead"),
        (
            key!("other.pem"),
            key!("other-root.pem"),
            "issuer is not `O=Microsoft Corporation`",
        ),
        (ROOT, ROOT, "does not lead"),
        ("<html>sign in</html>", ROOT, "certificate is refused"),
        ("", ROOT, "certificate is refused"),
    ] {
        let error = verify_with(certificate(certificate_pem), root, |_| {})
            .await
            .unwrap_err();
        assert!(
            matches!(&error, WebhookError::Unverified(message) if message.contains(word)),
            "{word}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_certificate_elsewhere_is_not_even_fetched() {
    let stub = Stub::start([certificate(DISPATCH)]).await;
    let connection = connect(&stub, trust(&stub, ROOT));
    let elsewhere = Stub::start([certificate(DISPATCH)]).await;
    let port = stub.url("/").port().unwrap();
    for url in [
        elsewhere.url("/cert/dispatch.cer").to_string(),
        format!("http://localhost:{port}/cert/dispatch.cer"),
        format!("http://127.0.0.1:{port}@evil.test/cert/dispatch.cer"),
        "https://evil.test/cert/dispatch.cer".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let error = connection.verify(&delivery(&url)).await.unwrap_err();
        assert!(
            matches!(&error, WebhookError::Unverified(message) if message.contains("webhook_certificate_hosts")),
            "{url}: {error:?}"
        );
    }
    assert!(stub.requests().is_empty() && elsewhere.requests().is_empty());
}

#[tokio::test]
async fn plain_http_is_for_this_machine_only() {
    let stub = Stub::start([]).await;
    let mut trust = trust(&stub, ROOT);
    trust[1].1 = Setting::TextList(vec!["certificates.example.com:80".into()]);
    let url = "http://certificates.example.com/dispatch.cer";
    let error = connect(&stub, trust).verify(&delivery(url)).await.unwrap_err();
    assert_eq!(
        error,
        WebhookError::Unverified("the certificate address is not an https address".into())
    );
}

#[tokio::test]
async fn a_proven_certificate_is_fetched_once() {
    let stub = Stub::start([certificate("<html>"), certificate(DISPATCH)]).await;
    let connection = connect(&stub, trust(&stub, ROOT));
    let request = delivery(stub.url("/cert/dispatch.cer").as_str());
    connection.verify(&request).await.unwrap_err();
    for _ in 0..3 {
        connection.verify(&request).await.unwrap();
    }
    assert_eq!(
        stub.requests().len(),
        2,
        "what was refused is not kept, what was proven is"
    );
}

#[tokio::test]
async fn passing_trouble_asks_for_another_delivery() {
    for answer in [
        Exchange::text(503, "text/html", "<h1>Later</h1>"),
        Exchange::text(429, "text/plain", ""),
        Exchange::drop_connection(),
    ] {
        let error = verify_with(answer, ROOT, |_| {}).await.unwrap_err();
        assert!(matches!(error, WebhookError::Unavailable(_)), "{error:?}");
    }
    for answer in [
        Exchange::text(404, "text/plain", "gone"),
        Exchange::text(302, "text/plain", "").header("location", "http://127.0.0.1:1/"),
        certificate(&"x".repeat(70_000)),
    ] {
        let error = verify_with(answer, ROOT, |_| {}).await.unwrap_err();
        assert!(matches!(error, WebhookError::Unverified(_)), "{error:?}");
    }
    let closed = closed_address().await;
    let stub = Stub::start([]).await;
    let mut trust = trust(&stub, ROOT);
    let host = format!("127.0.0.1:{}", closed.port().unwrap());
    trust[1].1 = Setting::TextList(vec![host]);
    let error = connect(&stub, trust)
        .verify(&delivery(closed.as_str()))
        .await
        .unwrap_err();
    assert!(matches!(error, WebhookError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn without_roots_nothing_is_accepted() {
    let stub = Stub::start([certificate(DISPATCH)]).await;
    let [_, hosts] = trust(&stub, ROOT);
    let request = delivery(stub.url("/cert/dispatch.cer").as_str());
    let error = connect(&stub, [hosts]).verify(&request).await.unwrap_err();
    assert!(matches!(&error, WebhookError::Unverified(message) if message.contains("webhook_roots")));
    assert!(stub.requests().is_empty());
}
