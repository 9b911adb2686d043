//! What runs ask of the host besides calls: links, and errors that keep secrets.

use connector_api::Value;

use crate::flow::Status;
use crate::service::ServiceError;
use crate::service::tests::bench::{bench, holding, json};
use crate::store::{Identities, Reader, RunFilter, Store};

#[tokio::test]
async fn a_run_finds_the_link_of_its_deal_by_the_links_id_and_by_an_identity() {
    let flow = "name: L\ntrigger: { type: http_request, signature: svc }\nactions:\n  link: { type: links.get }\n  tell: { type: svc.get, inputs: { opportunity: \"{{ actions.link.body.opportunity_id }}\" } }\n";
    let bench = bench(&[("link.yaml", flow)]).await;
    let event = || json(r#"{"kind":"k","uri":"own"}"#);
    let told = |bench: &super::bench::Bench| {
        let calls = bench.stub.calls.lock().unwrap();
        calls.last().unwrap().inputs.get("opportunity").cloned()
    };
    bench.host.run_event("link", event()).await.unwrap();
    assert_eq!(told(&bench), Some(Value::Null), "nothing is known yet");
    let identities = Identities {
        referral_id: Some("own".into()),
        opportunity_id: Some("006".into()),
        ..Identities::default()
    };
    let link = bench
        .store
        .save_link(
            crate::store::LinkSave {
                identities,
                ..crate::store::LinkSave::default()
            },
            uuid::Uuid::from_u128(9),
        )
        .await
        .unwrap();
    bench.host.run_event("link", event()).await.unwrap();
    assert_eq!(told(&bench), Some("006".into()), "by the link's id");
    for (deal, found) in [
        (link.id.to_string(), true),
        ("own".into(), true),
        ("006".into(), true),
        ("007".into(), false),
    ] {
        assert_eq!(
            bench.host.links_of_deal(&deal).await.unwrap().len(),
            usize::from(found),
            "{deal}"
        );
    }
}

#[tokio::test]
async fn errors_of_secure_inputs_quote_nothing() {
    let flow = |secure: &str, action: &str| {
        format!(
            "name: S\ntrigger: {{ type: manual, inputs: {{ word: {{ type: text }} }} }}\nactions:\n  a: {{ {action}{secure} }}\n"
        )
    };
    for action in [
        "type: svc.get, inputs: { n: \"{{ int(inputs.word) }}\" }",
        "type: compose, inputs: \"{{ int(inputs.word) }}\"",
        "type: delay, inputs: { for: \"{{ inputs.word }}\" }",
    ] {
        let mut quotes = Vec::new();
        for secure in ["", ", secure: [inputs]"] {
            let bench = bench(&[("x.yaml", &flow(secure, action))]).await;
            let one = bench
                .host
                .run_manual("x", &json(r#"{"word":"hunter2"}"#))
                .await
                .unwrap();
            assert_eq!(one.end.status, Status::Failed, "{action}");
            let error = one.end.error.unwrap();
            quotes.push(format!("{error:?}").contains("hunter2"));
        }
        assert_eq!(quotes, [true, false], "{action}");
    }
}

#[tokio::test]
async fn what_cannot_be_started_by_hand_says_why() {
    let typed = "name: T\ntrigger: { type: manual, inputs: { id: { type: text } } }\nactions: {}\n";
    let bench = bench(&[
        ("typed.yaml", typed),
        ("door.yaml", &holding("{ type: http_request }")),
    ])
    .await;
    for (flow, inputs, says) in [
        ("other", "{}", "no flow `other`"),
        ("door", "{}", "--event"),
        ("typed", "{}", "input `id` is missing"),
        ("typed", "[]", "must be an object"),
    ] {
        let error: ServiceError = bench.host.run_manual(flow, &json(inputs)).await.unwrap_err();
        assert!(error.to_string().contains(says), "{flow}: {error}");
    }
    assert_eq!(bench.store.runs(RunFilter::default()).await.unwrap(), []);
}
