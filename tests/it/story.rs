//! The shipped story on the sandbox, compared with values written down.

use harness::Workplace;
use serde_yaml::{Mapping, Value};

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");

/// The shipped story with a step of expectations after each of its steps.
fn with_expectations() -> String {
    let story: Value =
        serde_yaml::from_str(&harness::text("engine/cli/src/story/co-sell.yaml")).expect("a story");
    let expected: Mapping =
        serde_yaml::from_str(&harness::text("tests/data/story-expectations.yaml")).expect("expectations");
    let steps = story["steps"].as_sequence().expect("steps");
    let mut all = Vec::new();
    let mut used = 0;
    for step in steps {
        all.push(step.clone());
        if let Some(calls) = expected.get(&step["title"]) {
            used += 1;
            let mut check = Mapping::new();
            check.insert(
                "title".into(),
                format!("What holds after: {}", step["title"].as_str().expect("text")).into(),
            );
            check.insert("calls".into(), calls.clone());
            all.push(check.into());
        }
    }
    assert_eq!(
        used,
        expected.len(),
        "each expectation belongs to a step of the story"
    );
    assert_eq!(used, steps.len(), "each step of the story has expectations");
    let mut whole = Mapping::new();
    whole.insert("steps".into(), Value::Sequence(all));
    serde_yaml::to_string(&whole).expect("a story is YAML")
}

#[test]
fn both_services_hold_what_the_story_should_leave() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write("story.yaml", &with_expectations());
    let played = workplace
        .play(&["story.yaml"])
        .exits(0)
        .says("both sides agree on every mapped field of 3 deals");
    assert!(
        played
            .stdout
            .contains("The account has no two-letter country code. (field: Account.BillingCountry)")
    );

    // What happened is read back from the store after the process has ended.
    let listed = workplace
        .run(&["runs", "list", "--format", "json", "--limit", "1000"])
        .exits(0);
    let runs: serde_json::Value = serde_json::from_str(&listed.stdout).expect("runs as JSON");
    let runs = runs.as_array().expect("a list").clone();
    let failed: Vec<_> = runs.iter().filter(|run| run["status"] == "failed").collect();
    assert_eq!(
        failed.len(),
        2,
        "the deal without a country failed once, in flow 7 and in flow 3 which it called"
    );
    assert_eq!(
        runs[0]["status"], "failed",
        "what somebody has to look at comes first"
    );
    let of = |flow: &str| runs.iter().filter(|run| run["flow"] == flow).count();
    assert_eq!(of("partner-center-webhook-registration"), 1);
    assert!(of("partner-center-to-salesforce") >= 5);
    let id = failed[0]["id"].as_str().expect("an id");
    workplace
        .run(&["runs", "show", id])
        .exits(0)
        .says("two-letter country code");
    workplace
        .run(&["runs", "show", "no-such-run"])
        .exits(2)
        .says("there is no run");
}

#[test]
fn what_is_secure_is_hidden_in_the_terminal_too() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.edit(
        "flows/customize-create-or-get-details-from-salesforce.yaml",
        "            update_existing_opportunity:\n",
        "            update_existing_opportunity:\n              secure: [inputs]\n",
    );
    let played = workplace.run(&["run", "flows/", "--until-idle"]).exits(0);
    assert!(
        played.stdout.contains("Amount = (hidden: secure)"),
        "{}",
        played.stdout
    );
    assert!(!played.stdout.contains("Amount = 72500.5"), "{}", played.stdout);
}
