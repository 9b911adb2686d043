//! `engine run flows/` as a server: its door for webhooks, its store, its end.

use harness::http::{get, post, request};
use harness::{Running, Workplace, after};
use serde_json::Value;

use crate::stand_in::StandIn;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");
const SERVE: [&str; 3] = ["run", "flows/", "--no-story"];
const EVENT: &str = r#"{"EventName":"referral-created","ResourceUri":"https://api.partnercenter.microsoft.com/engagements/v1/referrals/00000000-0000-4000-8000-000000000000","ResourceName":"referral","ResourceChangeUtcDate":"2026-11-20T09:00:00Z"}"#;

/// A serving engine: where its sandbox and its door are.
struct Served {
    running: Running,
    sandbox: String,
    door: String,
}

fn serve(workplace: &Workplace) -> Served {
    let mut running = workplace.start(&SERVE);
    let line = running.until("SANDBOX.");
    let sandbox = after(&line, "are played at ").to_owned();
    let line = running.until("webhooks at ");
    let door = after(&line, "webhooks at ").to_owned();
    running.until("serving; Ctrl-C stops it");
    Served {
        running,
        sandbox,
        door,
    }
}

fn runs(workplace: &Workplace) -> Vec<Value> {
    let listed = workplace.run(&["runs", "list", "--format", "json"]).exits(0);
    serde_json::from_str(&listed.stdout).expect("runs as JSON")
}

#[test]
fn it_serves_until_it_is_interrupted() {
    let workplace = Workplace::with_flows(PROGRAM);
    for signal in ["INT", "TERM"] {
        let served = serve(&workplace);
        let health = get(&format!("{}/health", served.door));
        assert_eq!((health.status, health.body.as_str()), (200, "ok"));
        let stopped = served.running.stop(signal).exits(0);
        assert!(stopped.stdout.contains("stopping ..."), "{}", stopped.stdout);
        // What ran before is read back.
        assert_eq!(runs(&workplace).len(), 1, "the registration of the webhook");
    }
}

#[test]
fn a_story_that_is_interrupted_is_no_success() {
    let workplace = Workplace::with_flows(PROGRAM);
    let mut running = workplace.start(&["run", "flows/", "--until-idle"]);
    running.until("1. Microsoft refers a customer to us");
    running
        .stop("INT")
        .exits(5)
        .says("stopped before everything was done");
}

#[test]
fn the_door_lets_in_only_what_is_signed() {
    let workplace = Workplace::with_flows(PROGRAM);
    let served = serve(&workplace);
    let state: Value =
        serde_json::from_str(&get(&format!("{}/sandbox/state", served.sandbox)).body).expect("JSON");
    let hook = state["partner_center"]["registration"]["WebhookUrl"]
        .as_str()
        .expect("flow 1 registered the address")
        .to_owned();
    assert!(
        hook.starts_with(&format!("{}/hooks/partner-center-to-salesforce/", served.door)),
        "{hook}"
    );
    let before = runs(&workplace).len();
    let door = &served.door;
    for (url, why) in [
        (
            format!("{door}/hooks/partner-center-to-salesforce/guessed"),
            "a wrong secret",
        ),
        (format!("{door}/hooks/no-such-flow/guessed"), "an unknown flow"),
        (
            format!("{door}/hooks/salesforce-to-partner-center/guessed"),
            "a flow without an address",
        ),
        (format!("{door}/elsewhere"), "an unknown path"),
    ] {
        assert_eq!(post(&url, EVENT).status, 404, "{why}");
    }
    let json = ("Content-Type", "application/json");
    for (headers, statuses, why) in [
        (&[json][..], [400, 401], "no signature"),
        (
            &[
                json,
                ("Authorization", "Signature bm90IGEgc2lnbmF0dXJl"),
                ("X-MS-Certificate-Url", "https://attacker.example/certificate.cer"),
                ("X-MS-Signature-Algorithm", "rsa-sha256"),
            ],
            [401, 401],
            "a certificate from elsewhere",
        ),
    ] {
        let answer = request("POST", &hook, headers, EVENT);
        assert!(
            statuses.contains(&answer.status),
            "{why}: {} {}",
            answer.status,
            answer.body
        );
    }
    assert_eq!(request("GET", &hook, &[], "").status, 405);
    assert_eq!(runs(&workplace).len(), before, "nothing was started");
    let stopped = served.running.stop("INT").exits(0);
    assert!(
        stopped.stdout.contains("a request was refused"),
        "refusals are shown: {}",
        stopped.stdout
    );
    assert_eq!(runs(&workplace).len(), before, "nothing was started later either");
}

#[test]
fn a_signed_event_starts_its_flow() {
    let workplace = Workplace::with_flows(PROGRAM);
    let mut served = serve(&workplace);
    let shared = post(
        &format!("{}/sandbox/microsoft/referrals", served.sandbox),
        r#"{"name":"Harbour cranes","customerProfile":{"name":"Nordhavn AS","address":{"country":"NO","city":"Bergen","postalCode":"5003","addressLine1":"Kaien 1"}},"details":{"dealValue":100,"currency":"EUR","closingDateTime":"2027-11-01T00:00:00Z"}}"#,
    );
    assert_eq!(shared.status, 201, "{}", shared.body);
    served.running.until("Partner Center to Salesforce");
    served.running.stop("TERM").exits(0);
    let ran = runs(&workplace);
    // The oldest: what came in just before the stop keeps waiting in the store.
    let run = ran
        .iter()
        .rfind(|run| run["flow"] == "partner-center-to-salesforce")
        .expect("a run");
    assert_eq!(run["status"], "succeeded", "{run}");
}

#[test]
fn a_store_has_one_engine() {
    let workplace = Workplace::with_flows(PROGRAM);
    let served = serve(&workplace);
    let before = runs(&workplace);
    workplace
        .run(&SERVE)
        .exits(6)
        .says("the store `.engine/sandbox` is in use by another engine");
    assert_eq!(runs(&workplace), before, "the store of the first was not touched");
    assert_eq!(get(&format!("{}/health", served.door)).status, 200);
    // Another store is another matter.
    workplace
        .run(&["run", "flows/", "--no-story", "--until-idle", "--store", "other"])
        .exits(0);
    served.running.stop("INT").exits(0);
    workplace
        .run(&["run", "flows/", "--no-story", "--until-idle"])
        .exits(0);
}

#[test]
fn a_damaged_store_is_named_and_left_as_it_is() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    let garbage = "this was a store once ".repeat(1_000);
    workplace.write(".engine/store.db", &garbage);
    for arguments in [
        &["run", "flows/", "--until-idle"][..],
        &["runs", "list"],
        &["runs", "show", "0"],
    ] {
        let refused = workplace
            .run(arguments)
            .exits(6)
            .says(".engine/store.db")
            .says("damaged");
        assert!(!refused.stderr.contains("panicked"), "{}", refused.stderr);
    }
    let left = std::fs::read_to_string(workplace.path(".engine/store.db")).expect("it is still there");
    assert_eq!(left, garbage);
}
