//! Events: which are raised, how they are signed, and what becomes of those that do not arrive.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector_api::Value;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};
use sandbox::SandboxOptions;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring::RSA_PKCS1_2048_8192_SHA256};

use super::bench::{Bench, PRIVATE, Received, Receiver};

const ALL: &str =
    r#"["referral-created","referral-updated","related-referral-created","related-referral-updated"]"#;

async fn register(bench: &Bench, receiver: &Receiver, own_header: bool) {
    let body = format!(
        r#"{{"WebhookUrl":"{}","WebhookEvents":{ALL},"SignatureTokenToMsSignatureHeader":{own_header}}}"#,
        receiver.url
    );
    assert_eq!(bench.hooks("POST", "", &body).await.status, 200);
}

/// Waits until no delivery is under way.
async fn settle(bench: &Bench) -> Vec<Value> {
    loop {
        if bench.sandbox.idle() {
            let answer = bench.raw("GET", "/sandbox/deliveries", &[], "").await;
            return answer.at(&["deliveries"]).as_array().unwrap().to_vec();
        }
        tokio::task::yield_now().await;
    }
}

fn outcome(delivery: &Value) -> (&str, usize) {
    (
        delivery.get("outcome").and_then(Value::as_str).unwrap(),
        delivery.get("attempts").and_then(Value::as_array).unwrap().len(),
    )
}

/// What a careful receiver checks, and nothing of ours takes part in.
async fn verifies(bench: &Bench, received: &Received, signature: &str) -> bool {
    let url = received.header("x-ms-certificate-url");
    let host = &bench.credentials.partner_center.certificate_host;
    assert!(url.starts_with(&format!("http://{host}/cert/")), "{url}");
    let certificate = bench.http.get(url).send().await.unwrap().bytes().await.unwrap();
    let certificate = CertificateDer::from(certificate.to_vec());
    let leaf = EndEntityCert::try_from(&certificate).unwrap();
    let root = &bench.credentials.partner_center.root_certificate;
    let root = CertificateDer::from_pem_slice(root.as_bytes()).unwrap();
    let anchor = anchor_from_trusted_cert(&root).unwrap();
    leaf.verify_for_usage(
        &[RSA_PKCS1_2048_8192_SHA256],
        &[anchor],
        &[],
        UnixTime::now(),
        KeyUsage::client_auth(),
        None,
        None,
    )
    .unwrap();
    let issuer = leaf.issuer();
    let name = b"Microsoft Corporation";
    assert!(issuer.windows(name.len()).any(|part| part == name));
    let signature = STANDARD
        .decode(signature.strip_prefix("Signature ").unwrap())
        .unwrap();
    leaf.verify_signature(RSA_PKCS1_2048_8192_SHA256, &received.body, &signature)
        .is_ok()
}

#[tokio::test]
async fn deliveries_are_signed_in_either_header() {
    for own_header in [false, true] {
        let bench = Bench::start().await;
        let mut receiver = Receiver::start(Vec::new()).await;
        register(&bench, &receiver, own_header).await;
        let id = bench.create(PRIVATE).await.string(&["id"]);
        let received = receiver.next().await;
        let (used, other) = if own_header {
            ("x-ms-signature", "authorization")
        } else {
            ("authorization", "x-ms-signature")
        };
        assert_eq!(received.header(other), "");
        assert_eq!(received.header("content-type"), "application/json");
        assert_eq!(received.header("x-ms-signature-algorithm"), "rsa-sha256");
        assert!(verifies(&bench, &received, received.header(used)).await);
        let changed = Received {
            headers: received.headers.clone(),
            body: [&received.body[..], b" "].concat().into(),
        };
        assert!(!verifies(&bench, &changed, received.header(used)).await);

        let names: Vec<String> = received.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            names,
            [
                "EventName",
                "ResourceUri",
                "ResourceName",
                "AuditUri",
                "ResourceChangeUtcDate"
            ]
        );
        assert_eq!(received.string("EventName"), "referral-created");
        assert_eq!(received.string("ResourceName"), "referral");
        assert_eq!(
            received.string("ResourceUri"),
            format!("{}/engagements/v1/referrals/{id}", bench.sandbox.base_url())
        );
        let moment = received.string("ResourceChangeUtcDate");
        assert!(moment.ends_with("+00:00"), "{moment}");
        let updated = bench.get(&id).await.string(&["updatedDateTime"]);
        assert_eq!(moment.trim_end_matches("+00:00"), updated.trim_end_matches('Z'));
    }
}

#[tokio::test]
async fn every_write_is_told_whoever_made_it() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(Vec::new()).await;
    register(&bench, &receiver, false).await;
    let (own, copy, engagement) = bench.co_sell().await;
    let rename = r#"[{"op":"replace","path":"/name","value":"x"}]"#;
    bench.patch(&own, rename).await;
    assert_eq!(bench.patch(&own, "[]").await.status, 400);
    bench
        .admin(&format!("microsoft/referrals/{engagement}/accept"), "")
        .await;
    let inbound = bench.inbound("").await.string(&["id"]);
    bench
        .admin(
            &format!("microsoft/referrals/{inbound}/update"),
            r#"{"details":{"dealValue":1}}"#,
        )
        .await;
    settle(&bench).await;
    let mut told: BTreeMap<(String, String), u32> = BTreeMap::new();
    while !receiver.is_empty() {
        let received = receiver.next().await;
        let id = received
            .string("ResourceUri")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        *told.entry((received.string("EventName"), id)).or_default() += 1;
    }
    let filter = format!("$filter=organizationId eq 'msft' and engagementId ne {engagement}");
    let microsofts = bench.list(&filter).await.string(&["value", "0", "id"]);
    let expected: BTreeMap<(String, String), u32> = [
        (("referral-created", &own), 1),
        (("related-referral-created", &copy), 1),
        (("referral-updated", &own), 2),
        (("related-referral-updated", &copy), 1),
        (("referral-created", &inbound), 1),
        (("referral-updated", &inbound), 1),
        (("related-referral-updated", &microsofts), 1),
    ]
    .into_iter()
    .map(|((name, id), count)| ((name.to_owned(), id.clone()), count))
    .collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn related_events_may_name_the_partners_own_referral() {
    let bench = Bench::with(SandboxOptions {
        related_events_name_own: true,
        ..SandboxOptions::default()
    })
    .await;
    let mut receiver = Receiver::start(Vec::new()).await;
    register(&bench, &receiver, false).await;
    let (own, _, _) = bench.co_sell().await;
    settle(&bench).await;
    let mut names = Vec::new();
    while !receiver.is_empty() {
        let received = receiver.next().await;
        assert!(received.string("ResourceUri").ends_with(&own));
        names.push(received.string("EventName"));
    }
    names.sort();
    assert_eq!(names, ["referral-created", "related-referral-created"]);
}

#[tokio::test]
async fn only_registered_events_are_sent() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(Vec::new()).await;
    bench.create(PRIVATE).await;
    let body = format!(
        r#"{{"WebhookUrl":"{}","WebhookEvents":["referral-updated"]}}"#,
        receiver.url
    );
    bench.hooks("POST", "", &body).await;
    let id = bench.create(PRIVATE).await.string(&["id"]);
    bench
        .patch(&id, r#"[{"op":"replace","path":"/name","value":"x"}]"#)
        .await;
    assert_eq!(settle(&bench).await.len(), 1);
    assert_eq!(receiver.next().await.string("EventName"), "referral-updated");
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn a_failing_receiver_is_tried_ten_times() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start([vec![503; 9], vec![200], vec![500; 10]].concat()).await;
    register(&bench, &receiver, false).await;
    bench.create(PRIVATE).await;
    let first = settle(&bench).await;
    assert_eq!(outcome(&first[0]), ("delivered", 10));
    bench.create(PRIVATE).await;
    let second = settle(&bench).await;
    assert_eq!(outcome(&second[1]), ("dead", 10));
    let mut count = 0;
    while !receiver.is_empty() {
        receiver.next().await;
        count += 1;
    }
    assert_eq!(count, 20);
}

#[tokio::test]
async fn nobody_outside_this_machine_is_called() {
    let bench = Bench::start().await;
    let body = format!(r#"{{"WebhookUrl":"https://connector.quantdock.example/h","WebhookEvents":{ALL}}}"#);
    bench.hooks("POST", "", &body).await;
    bench.create(PRIVATE).await;
    let deliveries = settle(&bench).await;
    assert_eq!(outcome(&deliveries[0]), ("dead", 10));
    let error = deliveries[0].at(&["attempts", "0", "error"]).unwrap();
    assert!(error.as_str().unwrap().contains("this machine only"));
}

#[tokio::test]
async fn mishaps_happen_when_asked_for() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(Vec::new()).await;
    register(&bench, &receiver, true).await;
    let mut create = async |mishaps: &str| {
        let answer = bench.admin("deliveries/mishaps", mishaps).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        let id = bench.create(PRIVATE).await.string(&["id"]);
        settle(&bench).await;
        let mut received = Vec::new();
        while !receiver.is_empty() {
            received.push(receiver.next().await);
        }
        (id, received)
    };
    assert_eq!(create(r#"{"drop":1}"#).await.1.len(), 0);
    assert_eq!(create(r#"{}"#).await.1.len(), 1);
    let twice = create(r#"{"duplicate":1}"#).await.1;
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].body, twice[1].body);
    assert_eq!(create(r#"{"delay":1,"delay_ms":5}"#).await.1.len(), 1);
    let corrupt = create(r#"{"corrupt_signature":1}"#).await.1;
    assert!(!verifies(&bench, &corrupt[0], corrupt[0].header("x-ms-signature")).await);
    let good = create(r#"{}"#).await.1;
    assert!(verifies(&bench, &good[0], good[0].header("x-ms-signature")).await);
    for bad in [r#"{"lose":1}"#, r#"{"delay_ms":600001}"#, r#"{"drop":-1}"#, "x"] {
        assert_eq!(bench.admin("deliveries/mishaps", bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn reordered_events_arrive_last_first() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(Vec::new()).await;
    register(&bench, &receiver, true).await;
    bench.admin("deliveries/mishaps", r#"{"reorder":3}"#).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(bench.create(PRIVATE).await.string(&["id"]));
    }
    for id in ids.into_iter().rev() {
        assert!(receiver.next().await.string("ResourceUri").ends_with(&id));
    }
}
