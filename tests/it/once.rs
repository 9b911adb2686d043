//! One flow, once: on a saved event or with inputs.

use harness::Workplace;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");
const RECEIVER: &str = "flows/partner-center-to-salesforce.yaml";
const CUSTOMIZE: &str = "flows/customize-create-or-get-details-from-salesforce.yaml";
const EVENT: &str = "flows/tests/events/referral-created.json";

/// Action, status, duration of each line of the table.
fn actions(stdout: &str) -> Vec<(String, String, String)> {
    let start = stdout.find("ACTION").expect("a table of actions");
    let table: Vec<&str> = stdout[start..]
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .collect();
    table
        .iter()
        .map(|line| {
            let mut words = line.split_whitespace();
            let (action, status) = (words.next().expect("an action"), words.next().expect("a status"));
            let took = match words.next() {
                Some(number) if number.contains('.') => {
                    format!("{number} {}", words.next().unwrap_or_default())
                }
                _ => String::new(),
            };
            (action.to_owned(), status.to_owned(), took)
        })
        .collect()
}

#[test]
fn a_saved_event_runs_its_flow_and_shows_each_action() {
    let workplace = Workplace::with_flows(PROGRAM);
    let done = workplace
        .run(&["run", RECEIVER, "--event", EVENT])
        .exits(0)
        .says("status   succeeded");
    let shown = actions(&done.stdout);
    let status = |name: &str| {
        let found = shown.iter().find(|(action, ..)| action == name);
        found.map(|(_, status, _)| status.as_str())
    };
    for (action, expected) in [
        ("synchronize_the_lead_or_opportunity", "succeeded"),
        ("referral", "succeeded"),
        ("creating_a_new_opportunity_in_the_crm", "succeeded"),
        ("tell_partner_center_the_crm_id", "succeeded"),
        ("record_failure", "skipped"),
    ] {
        assert_eq!(status(action), Some(expected), "{action}\n{}", done.stdout);
    }
    for (action, status, took) in &shown {
        assert_eq!(
            took.ends_with(" s"),
            status != "skipped",
            "{action}: what ran has a duration"
        );
    }
    // The outcome of an action is on its line.
    let kind = done.stdout.lines().find(|line| line.trim().starts_with("kind "));
    assert!(
        kind.is_some_and(|line| line.trim_end().ends_with("new")),
        "{kind:?}"
    );
    assert!(
        done.stderr.contains("on the sandbox"),
        "what stands in is said: {}",
        done.stderr
    );
    workplace
        .run(&["runs", "list"])
        .exits(0)
        .says("partner-center-to-salesforce");
}

#[test]
fn a_run_can_be_read_as_json() {
    let workplace = Workplace::with_flows(PROGRAM);
    let done = workplace
        .run(&["run", RECEIVER, "--event", EVENT, "--format", "json"])
        .exits(0);
    let run: Value = serde_json::from_str(&done.stdout).expect("nothing but JSON on stdout");
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["flow"], "partner-center-to-salesforce");
    assert_eq!(run["event"]["body"]["EventName"], "referral-created");
    let referral = run["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .find(|action| action["action"] == "referral")
        .expect("the action");
    assert_eq!(referral["body"]["customerProfile"]["name"], "Fjordkraft Bygg AS");
}

#[test]
fn an_unknown_referral_fails_the_run_with_the_services_words() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write(
        "unknown.json",
        r#"{"EventName":"referral-updated","ResourceUri":"https://api.partnercenter.microsoft.com/engagements/v1/referrals/00000000-0000-4000-8000-000000000000","ResourceName":"referral","ResourceChangeUtcDate":"2026-11-20T09:00:00Z"}"#,
    );
    let failed = workplace
        .run(&["run", RECEIVER, "--event", "unknown.json"])
        .exits(5)
        .says("status   failed")
        .says("why: There is no referral 00000000-0000-4000-8000-000000000000.");
    let shown = actions(&failed.stdout);
    let by_name = |name: &str| {
        shown
            .iter()
            .find(|(action, ..)| action == name)
            .map(|(_, status, _)| status.as_str())
    };
    assert_eq!(by_name("referral"), Some("failed"));
    assert_eq!(
        by_name("record_failure"),
        Some("succeeded"),
        "\n{}",
        failed.stdout
    );
    workplace
        .run(&["runs", "list", "--failed"])
        .exits(0)
        .says("There is no referral");
}

#[test]
fn inputs_start_a_manual_flow() {
    let workplace = Workplace::with_flows(PROGRAM);
    let done = workplace
        .run(&["run", CUSTOMIZE, "--inputs", "crm_operation=get_details"])
        .exits(0);
    assert!(done.stdout.contains(r#"inputs   {"crm_operation":"get_details""#));
    for (inputs, code, says) in [
        (
            &["crm_operaton=get_details"][..],
            2,
            "did you mean `crm_operation`?",
        ),
        (
            &["crm_operation=get_detials"],
            2,
            "input `crm_operation` must be one of \"get_details\"",
        ),
        (
            &["crm_operation=get_details", "opportunity_id=7"],
            2,
            "input `opportunity_id` must be",
        ),
        (&["crm_operation"], 2, "`crm_operation` is not NAME=VALUE"),
        (&[], 2, "input `crm_operation` is missing"),
    ] {
        let mut arguments = vec!["run", CUSTOMIZE];
        if !inputs.is_empty() {
            arguments.push("--inputs");
            arguments.extend(inputs);
        }
        workplace.run(&arguments).exits(code).says(says);
    }
}

#[test]
fn an_event_that_cannot_be_used_is_refused_at_its_place() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write(
        "bad.json",
        "{\n  \"EventName\": \"referral-created\",\n  oops\n}\n",
    );
    workplace
        .run(&["run", RECEIVER, "--event", "bad.json"])
        .exits(2)
        .says("`bad.json`")
        .says("line 3, column 3");
    workplace
        .run(&["run", RECEIVER, "--event", "missing.json"])
        .exits(2)
        .says("`missing.json` cannot be read");
    workplace
        .run(&["run", RECEIVER])
        .exits(2)
        .says("--event event.json");
    workplace
        .run(&["run", "flows/", "--event", EVENT])
        .exits(2)
        .says("for one flow");
    workplace
        .run(&["run", RECEIVER, "--event", EVENT, "--inputs", "a=b"])
        .exits(2)
        .says("cannot be used with");
}
