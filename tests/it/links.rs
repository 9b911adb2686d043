//! Links as an operator sees and mends them, beside a running engine and after it ended.

use std::fs::File;

use harness::Workplace;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn links_are_listed_shown_repaired_and_removed() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace
        .run(&["links", "list"])
        .exits(2)
        .says("there is no store");
    let story = workplace.story("inbound-deal");
    workplace.play(&[&story]).exits(0);

    let listed = workplace.run(&["links", "list", "--format", "json"]).exits(0);
    let links = json(&listed.stdout);
    assert_eq!(links.as_array().map(Vec::len), Some(1), "{links}");
    let text = |name: &str| links[0][name].as_str().unwrap_or_default().to_owned();
    let (link, referral, opportunity) = (text("id"), text("referral_id"), text("opportunity_id"));
    assert!(!referral.is_empty() && opportunity.starts_with("006"), "{links}");
    workplace
        .run(&["links", "list"])
        .exits(0)
        .says("links on the sandbox")
        .says(&opportunity);

    // By its own id and by the id of any of its records.
    for asked in [&link, &referral, &opportunity] {
        workplace.run(&["links", "show", asked]).exits(0).says(&link);
        let shown = workplace
            .run(&["links", "show", asked, "--format", "json"])
            .exits(0);
        assert_eq!(json(&shown.stdout)["id"], Value::from(link.as_str()));
    }
    workplace
        .run(&["links", "show", "nobody"])
        .exits(2)
        .says("there is no link `nobody`");

    // Beside an engine everything can be read and nothing changed.
    let held = File::open(workplace.path(".engine/sandbox/store.lock")).expect("the lock of the store");
    held.lock().expect("the store is free");
    workplace.run(&["links", "show", &link]).exits(0);
    workplace
        .run(&["links", "remove", &link])
        .exits(6)
        .says("in use by another engine");
    workplace
        .run(&["links", "repair", &link, "--lead", "00Q1"])
        .exits(6);
    drop(held);

    workplace
        .run(&["links", "repair", &link])
        .exits(2)
        .says("nothing to repair is named");
    workplace
        .run(&["links", "repair", &referral, "--lead", "00Q1"])
        .exits(0)
        .says("00Q1");
    workplace
        .run(&["links", "repair", "00Q1", "--opportunity", "006X", "--lead", ""])
        .exits(0);
    let shown = workplace
        .run(&["links", "show", "006X", "--format", "json"])
        .exits(0);
    let shown = json(&shown.stdout);
    assert_eq!((&shown["lead_id"], &shown["base"]), (&Value::Null, &json("{}")));
    assert_eq!(shown["referral_id"], Value::from(referral.as_str()));

    workplace
        .run(&["links", "remove", &referral])
        .exits(0)
        .says("removed")
        .says("006X");
    workplace.run(&["links", "list"]).exits(0).says("no links");
}
