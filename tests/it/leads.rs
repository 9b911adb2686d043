//! Leads: wanted or not, brought up to date, accepted, converted.

use harness::Workplace;

use crate::deals::{PROGRAM, play};

fn with_leads() -> Workplace {
    Workplace::with_flows(PROGRAM)
        .variable("ENGINE_ENV_SYNC_CO_SELL_ONLY", "false")
        .variable("ENGINE_ENV_NEW_LEAD_STATUS", "Working - Contacted")
}

#[test]
fn a_lead_is_a_lead_until_it_is_accepted() {
    play(&with_leads(), &["lead", "lead-comes"])
        .exits(0)
        .says("both sides agree");
}

#[test]
fn a_converted_lead_is_left_alone() {
    play(&with_leads(), &["lead", "lead-converted"]).exits(0);
}

#[test]
fn leads_stay_out_while_only_co_sell_deals_are_wanted() {
    play(&Workplace::with_flows(PROGRAM), &["lead", "lead-stays-out"]).exits(0);
}

#[test]
fn co_sell_deals_come_whether_or_not_leads_do() {
    play(&with_leads(), &["inbound-deal", "on-hold"])
        .exits(0)
        .says("both sides agree");
}
