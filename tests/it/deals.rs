//! What becomes of deals that do not go the straight way: lost, declined, upgraded, half made, foreign, repeated. Each
//! story says what both services hold afterwards.

use harness::{Finished, Workplace};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");

/// Plays stories of `tests/data/stories` on the shipped flows, one after the other.
pub(crate) fn play(workplace: &Workplace, stories: &[&str]) -> Finished {
    let files: Vec<String> = stories.iter().map(|name| workplace.story(name)).collect();
    workplace.play(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

fn agrees(stories: &[&str]) {
    play(&Workplace::with_flows(PROGRAM), stories)
        .exits(0)
        .says("both sides agree");
}

#[test]
fn edits_on_hold_are_kept_back_until_the_deal_leaves_it() {
    agrees(&["inbound-deal", "on-hold"]);
}

#[test]
fn a_deal_won_before_it_was_accepted_is_accepted_first() {
    agrees(&["inbound-deal", "won-unaccepted"]);
}

#[test]
fn a_lost_deal_carries_its_reason() {
    let workplace =
        Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_LOST_REASON", "Customer chose another vendor");
    play(&workplace, &["own-deal", "lost"]).exits(0);
}

#[test]
fn a_deal_that_was_never_accepted_is_declined() {
    let workplace = Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_DECLINED_REASON", "Not a customer");
    play(&workplace, &["inbound-deal", "declined"]).exits(0);
}

#[test]
fn what_is_closed_in_partner_center_is_closed_in_salesforce() {
    agrees(&["inbound-deal", "closed-in-partner-center-won"]);
    agrees(&["inbound-deal", "closed-in-partner-center-lost"]);
}

#[test]
fn microsoft_may_decline_and_the_deal_goes_on() {
    agrees(&["own-deal", "declined-by-microsoft"]);
}

#[test]
fn an_edit_is_not_lost_when_the_referral_changes_meanwhile() {
    agrees(&["own-deal", "changed-meanwhile"]);
}

#[test]
fn a_private_deal_becomes_visible_and_then_co_sell() {
    agrees(&["own-deal", "upgrade"]);
}

#[test]
fn a_pair_whose_second_half_was_refused_is_completed_by_the_next_edit() {
    agrees(&[
        "refused-copy",
        "half-made",
        "half-made-then-repaired",
        "whole-pair",
    ]);
}

#[test]
fn a_pair_whose_second_half_failed_is_completed_by_looking_first() {
    agrees(&["failing-copy", "half-made", "whole-pair"]);
}

#[test]
fn one_new_customer_is_one_account_with_all_its_contacts() {
    agrees(&["customers"]);
}

#[test]
fn deals_that_are_not_for_this_org_are_left_alone() {
    agrees(&["not-ours"]);
}

#[test]
fn a_deal_with_hardly_anything_said_becomes_an_opportunity() {
    agrees(&["nulls"]);
}

#[test]
fn words_nobody_knows_fail_clearly() {
    let workplace = Workplace::with_flows(PROGRAM);
    play(&workplace, &["inbound-deal", "unknown-words"]);
    let listed = workplace
        .run(&["runs", "list", "--format", "json", "--limit", "1000"])
        .exits(0);
    let runs: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let failed: Vec<&serde_json::Value> = runs
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["status"] == "failed")
        .collect();
    let because = |text: &str| {
        failed.iter().any(|run| {
            run["error"]["message"]
                .as_str()
                .is_some_and(|why| why.contains(text))
        })
    };
    assert!(because("Paused") && because("SingASong"), "{failed:#?}");
}

#[test]
fn repeated_and_reordered_events_end_in_one_right_opportunity() {
    agrees(&["mishaps", "inbound-deal", "reordered"]);
}

#[test]
fn solutions_are_kept_in_step_row_by_row() {
    agrees(&["inbound-deal", "solutions"]);
}
