//! `engine connections`, and running on services that a connections file names. A sandbox stands in for them.

use harness::Workplace;
use harness::http::{get, post};
use serde_json::Value;

use crate::stand_in::{FILE, StandIn};

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");
const REGISTER: &str = "flows/partner-center-webhook-registration.yaml";
const CHECK: [&str; 2] = ["connections", "check"];

/// Whether only the owner may read a file.
#[cfg(unix)]
fn is_private(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o777 == 0o600
}

#[test]
fn a_list_shows_references_and_no_secret() {
    let stand_in = StandIn::start();
    let listed = stand_in.workplace.run(&["connections", "list"]).exits(0);
    assert!(
        listed
            .stdout
            .contains("file:connections.secrets/salesforce.private_key")
    );
    let secrets = stand_in.secrets();
    assert_eq!(secrets.len(), 3, "{secrets:?}");
    for (name, secret) in &secrets {
        assert!(listed.stdout.contains(name.as_str()), "{name} is referred to");
        assert!(!listed.stdout.contains(secret.as_str()), "{name} is shown");
        let file = stand_in.workplace.path("connections.secrets").join(name);
        #[cfg(unix)]
        assert!(is_private(&file), "{}", file.display());
    }
    let written = std::fs::read_to_string(stand_in.workplace.path(FILE)).expect("the file");
    assert!(
        secrets
            .iter()
            .all(|(_, secret)| !written.contains(secret.as_str()))
    );
}

#[test]
fn no_secret_reaches_the_log_or_the_store() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    let mut written = String::new();
    for arguments in [&["-vv", "run", REGISTER][..], &["-vv", "connections", "check"]] {
        let done = workplace.run(arguments).exits(0);
        assert!(done.stderr.contains("DEBUG"), "the log is on: {}", done.stderr);
        written.push_str(&done.stdout);
        written.push_str(&done.stderr);
    }
    for entry in std::fs::read_dir(workplace.path(".engine")).expect("the store") {
        let bytes = std::fs::read(entry.expect("a file").path()).expect("a file can be read");
        written.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(
        written.contains("partner-center-webhook-registration"),
        "the store was read"
    );
    for (name, secret) in stand_in.secrets() {
        assert!(!written.contains(&secret), "{name} was written");
    }
}

#[test]
fn a_sandbox_replaces_no_file_of_somebody_else() {
    let workplace = Workplace::new(PROGRAM);
    workplace.write("mine.yaml", "connections: {}\n");
    workplace
        .run(&["sandbox", "--write-connections", "mine.yaml"])
        .exits(4)
        .says("was not written by a sandbox");
    let left = std::fs::read_to_string(workplace.path("mine.yaml")).expect("it is still there");
    assert_eq!(left, "connections: {}\n");
}

#[test]
fn a_check_names_what_is_missing() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    // A new tenant lacks one thing, and says how to get it.
    workplace
        .run(&CHECK)
        .exits(4)
        .says("missing webhook registration: no webhook is registered");
    workplace.run(&["run", REGISTER]).exits(0);
    let fine = workplace.run(&CHECK).exits(0);
    assert!(
        fine.stdout
            .contains("ok webhook registration: 4 kinds of events are delivered")
    );
    assert!(!fine.stdout.contains("missing"), "{}", fine.stdout);
    for object in ["Opportunity", "Lead", "Microsoft_Partner_Center_Solution__c"] {
        assert!(
            fine.stdout.contains(&format!("ok object {object}")),
            "{}",
            fine.stdout
        );
    }

    stand_in.order(
        "salesforce/fields",
        r#"{"object":"Opportunity","name":"Audit__c","hidden":true}"#,
    );
    stand_in.order(
        "salesforce/fields",
        r#"{"object":"Lead","name":"Referral_Link__c","read_only":true}"#,
    );
    let lacking = workplace.run(&CHECK).exits(4).stdout;
    for line in [
        "missing field Opportunity.Audit__c: missing: install `schemas/salesforce`",
        "missing field Lead.Referral_Link__c: cannot be written: grant the permission set",
        "ok field Opportunity.Referral_Identifier__c",
    ] {
        assert!(lacking.contains(line), "{line}\n{lacking}");
    }
    assert_eq!(lacking.matches("missing field").count(), 2, "{lacking}");
}

#[test]
fn a_refused_sign_in_is_told_in_the_services_words_without_the_secret() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    workplace.write(
        "connections.secrets/partner_center.client_secret",
        "hunter2-wrong",
    );
    let refused = workplace
        .run(&CHECK)
        .exits(4)
        .says("missing sign-in to referrals: the identity platform refused to sign in")
        .says("AADSTS7000215");
    let all = format!("{}{}", refused.stdout, refused.stderr);
    assert!(!all.contains("hunter2"), "{all}");
    assert!(
        all.contains("ok sign-in: signed in to"),
        "the other connection is checked all the same\n{all}"
    );

    workplace.edit(FILE, "integration@contoso.example", "nobody@contoso.example");
    workplace
        .run(&CHECK)
        .exits(4)
        .says("missing sign-in: ")
        .says("invalid_grant");
}

#[test]
fn a_revoked_token_is_told_with_the_next_step() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    stand_in.order("tokens", r#"{"revoke_refresh":true}"#);
    workplace
        .run(&CHECK)
        .exits(4)
        .says("AADSTS70008")
        .says("engine connections login");
    let failed = workplace
        .run(&["run", REGISTER, "--format", "json"])
        .exits(5)
        .stdout;
    let failed: Value = serde_json::from_str(&failed).expect("JSON");
    let message = failed["error"]["cause"]["message"].as_str().expect("a message");
    assert!(message.contains("AADSTS70008"), "{message}");

    // Signing in anew mends it.
    workplace.run(&["connections", "login"]).exits(0);
    workplace.run(&["run", REGISTER]).exits(0);
    workplace.run(&CHECK).exits(0);
}

#[test]
fn an_html_page_from_the_token_endpoint_is_no_riddle() {
    let stand_in = StandIn::start();
    stand_in.order(
        "faults",
        r#"{"service":"salesforce","path":"/services/oauth2/token","html":true,"remaining":1000}"#,
    );
    let refused = stand_in
        .workplace
        .run(&CHECK)
        .exits(4)
        .says("missing sign-in: ")
        .says("503");
    assert!(!refused.stdout.contains("<html"), "{}", refused.stdout);
}

#[test]
fn a_first_sign_in_keeps_a_private_token() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    let token = workplace.path("connections.secrets/partner_center.token");
    assert!(!token.exists());
    let signed_in = workplace
        .run(&["connections", "login", "partner_center"])
        .exits(0)
        .says("/sandbox/device-login and enter ")
        .says("signed in");
    #[cfg(unix)]
    assert!(is_private(&token));
    let kept = std::fs::read_to_string(&token).expect("the token is kept");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    let kept = kept["refresh_token"].as_str().expect("a refresh token");
    assert!(!format!("{}{}", signed_in.stdout, signed_in.stderr).contains(kept));

    // The token alone is enough from now on.
    std::fs::remove_file(workplace.path("connections.secrets/partner_center.refresh_token"))
        .expect("it is there");
    workplace.edit(
        FILE,
        "    refresh_token: \"file:connections.secrets/partner_center.refresh_token\"\n",
        "",
    );
    workplace.run(&["run", REGISTER]).exits(0);
    workplace.run(&CHECK).exits(0);

    workplace
        .run(&["connections", "login", "salesforce"])
        .exits(4)
        .says("needs no sign-in by hand");
    workplace
        .run(&["connections", "login", "nobody"])
        .exits(2)
        .says("there is no connection `nobody`");
}

#[test]
fn what_cannot_be_right_is_told_with_the_next_step() {
    let sound = |secret: &str| {
        format!(
            "connections:\n  partner_center:\n    connector: partner_center\n    tenant: contoso.example\n    client_id: \
             app\n    refresh_token: {secret}\n  salesforce:\n    connector: salesforce\n    login_url: \
             http://127.0.0.1:9\n    grant: client_credentials\n    client_id: app\n    client_secret: env:GIVEN\n"
        )
    };
    let cases: [(&str, String, &[&str]); 8] = [
        ("empty", String::new(), &["is empty", "connections.example.yaml"]),
        (
            "a connection is missing",
            sound("env:GIVEN").replace("  partner_center:", "  partner_centre:"),
            &["connection `partner_center` is missing in connections.yaml"],
        ),
        (
            "a secret written out",
            sound("hunter2"),
            &[
                "connections.yaml:6:20: `refresh_token` is a secret",
                "`env:NAME` or `file:path`",
            ],
        ),
        (
            "a variable that is not set",
            sound("env:NOT_GIVEN"),
            &[
                "connections.yaml:6:20: `refresh_token` names the process variable `NOT_GIVEN`, which is not set",
            ],
        ),
        (
            "a file that is not there",
            sound("file:no/token"),
            &["connections.yaml:6:20: `refresh_token` names the file `no/token`, which cannot be read"],
        ),
        (
            "a connector that is not there",
            sound("env:GIVEN").replace("connector: salesforce", "connector: salesfroce"),
            &[
                "there is no connector `salesfroce`",
                "did you mean `salesforce`?",
                "connections.yaml:8:",
            ],
        ),
        (
            "a misspelt setting",
            sound("env:GIVEN").replace("login_url", "loginurl"),
            &["connections.yaml:9:", "did you mean `login_url`?"],
        ),
        (
            "no YAML",
            format!("{}    [hunter2", sound("env:GIVEN")),
            &["connections.yaml:13:5: this is not YAML"],
        ),
    ];
    for (why, file, says) in cases {
        let workplace = Workplace::with_flows(PROGRAM).variable("GIVEN", "given-secret");
        workplace.write(FILE, &file);
        for arguments in [
            &["run", "flows/", "--until-idle"][..],
            &["run", REGISTER],
            &["run", "flows/", "--connections", FILE, "--until-idle"],
        ] {
            let refused = workplace.run(arguments).exits(4);
            let all = format!("{}{}", refused.stdout, refused.stderr);
            for text in says {
                assert!(all.contains(text), "{why}: {text}\n{all}");
            }
            for hidden in ["hunter2", "given-secret", "panicked", "SANDBOX", "sandbox"] {
                assert!(!all.contains(hidden), "{why}: {hidden}\n{all}");
            }
        }
        assert!(!workplace.path(".engine").exists(), "{why}: nothing was started");
    }
    let workplace = Workplace::with_flows(PROGRAM);
    workplace
        .run(&["run", "flows/", "--until-idle", "--connections", "elsewhere.yaml"])
        .exits(4)
        .says("`elsewhere.yaml` cannot be read")
        .says("connections.example.yaml");
    for command in ["list", "check", "login"] {
        workplace
            .run(&["connections", command])
            .exits(4)
            .says("no connection is configured")
            .says("connections.example.yaml");
    }
}

#[test]
fn running_on_configured_services_registers_nothing_unasked() {
    let stand_in = StandIn::start();
    let workplace = &stand_in.workplace;
    let registered = || stand_in.state()["partner_center"]["registration"]["WebhookUrl"].clone();
    let mut serving = workplace.start(&["run", "flows/"]);
    serving.until("connections from connections.yaml");
    serving
        .until("Partner Center does not send its events here yet: engine run flows/partner-center-webhook");
    serving.until("serving; Ctrl-C stops it");
    let stopped = serving.stop("TERM").exits(0);
    assert!(!stopped.stdout.contains("SANDBOX"), "{}", stopped.stdout);
    assert_eq!(registered(), Value::Null, "nothing was registered");

    // Another program's registration stays, even when flow 1 is run.
    workplace
        .run(&[
            "run",
            REGISTER,
            "--inputs",
            "http_trigger_endpoint=https://other.example/hook",
        ])
        .exits(0);
    workplace
        .run(&["run", REGISTER])
        .exits(5)
        .says("events are registered for another address, `https://other.example/hook`");
    let mut serving = workplace.start(&["run", "flows/"]);
    serving.until("Partner Center does not send its events here yet");
    serving.until("serving; Ctrl-C stops it");
    serving.stop("TERM").exits(0);
    assert_eq!(registered(), "https://other.example/hook");

    // Asked to take it over, flow 1 does, and events arrive.
    workplace
        .run(&[
            "run",
            REGISTER,
            "--inputs",
            "overwrite_existing_trigger_endpoints_if_present=true",
        ])
        .exits(0);
    let mut serving = workplace.start(&["run", "flows/"]);
    let line = serving.until("webhooks at ");
    let door = harness::after(&line, "webhooks at ").to_owned();
    serving.until("serving; Ctrl-C stops it");
    let url = registered();
    let url = url.as_str().expect("an address");
    assert!(
        url.starts_with(&format!("{door}/hooks/")),
        "{url} is not at {door}"
    );
    assert_eq!(get(&format!("{door}/health")).status, 200);
    assert_eq!(
        post(url, "{}").status / 100,
        4,
        "an unsigned event is refused here too"
    );
    stand_in.order(
        "microsoft/referrals",
        r#"{"name":"Harbour cranes","customerProfile":{"name":"Nordhavn AS","address":{"country":"NO","city":"Bergen","postalCode":"5003","addressLine1":"Kaien 1"}},"details":{"dealValue":100,"currency":"EUR","closingDateTime":"2027-11-01T00:00:00Z"}}"#,
    );
    serving.until("✓ Partner Center to Salesforce");
    let stopped = serving.stop("INT").exits(0);
    assert!(
        !stopped.stdout.contains("does not send its events here yet"),
        "{}",
        stopped.stdout
    );
    let held = stand_in.state().to_string();
    assert!(
        held.contains("Nordhavn AS"),
        "the account is in Salesforce: {held}"
    );
}
