//! What an admin changes, the way an admin changes it: a variable of the process, an environment file, a line of a flow
//! or mapping. Each change is played through.

use harness::Workplace;

use crate::deals::{PROGRAM, play};

fn agrees(workplace: &Workplace, stories: &[&str]) {
    play(workplace, stories).exits(0).says("both sides agree");
}

#[test]
fn another_field_holds_the_country() {
    let workplace = Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_COUNTRY_FIELD", "Country_Code__c");
    agrees(&workplace, &["country-field"]);
}

#[test]
fn another_field_holds_the_deal_value() {
    let workplace = Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_DEAL_VALUE_FIELD", "Deal_Value__c");
    agrees(&workplace, &["value-field", "inbound-deal", "value-field-used"]);
}

#[test]
fn an_org_with_one_currency_keeps_it_in_a_text_field() {
    let workplace =
        Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_DEAL_VALUE_CURRENCY_FIELD", "Currency_Code__c");
    agrees(
        &workplace,
        &["currency-field", "inbound-deal", "currency-field-used"],
    );
}

#[test]
fn stages_have_other_names() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write(
        "environments/acme.yaml",
        "on_hold_stage_name: Incoming\nactive_stage_name: Taken on\nwon_stage_name: Signed\nlost_stage_name: Gone\n",
    );
    let story = workplace.story("stage-names");
    let arguments = [
        "run",
        "flows/",
        "--until-idle",
        "--environment",
        "acme",
        "--story",
        &story,
    ];
    workplace.run(&arguments).exits(0).says("both sides agree");
}

#[test]
fn without_the_mark_names_are_left_alone() {
    let workplace = Workplace::with_flows(PROGRAM).variable("ENGINE_ENV_DISPLAY_CHECK_MARK", "false");
    agrees(&workplace, &["inbound-deal", "no-mark"]);
}

#[test]
fn rows_are_added_and_changed_in_the_mapping() {
    let workplace = Workplace::with_flows(PROGRAM);
    let mapping = "flows/mappings/deal.yaml";
    workplace.edit(
        mapping,
        "opportunity: Description\n",
        "opportunity: Notes_for_Microsoft__c\n",
    );
    workplace.edit(
        mapping,
        "opportunity: CloseDate\n",
        "opportunity: Signing_Date__c\n",
    );
    workplace.edit(
        mapping,
        "  # The stage. Stage names",
        "  campaign:\n    referral: \"$.campaignId\"\n    opportunity: Campaign_Code__c\n\n  # The stage. Stage names",
    );
    let details = "flows/customize-create-or-get-details-from-salesforce.yaml";
    workplace.edit(
        details,
        "SELECT Id, Name, StageName,",
        "SELECT Id, Name, Campaign_Code__c, Notes_for_Microsoft__c, Signing_Date__c, StageName,",
    );
    // A close date of its own is still what Salesforce insists on.
    workplace.edit(
        details,
        "\"AccountId\": coalesce(actions.find_the_customer",
        "\"CloseDate\": actions.new_opportunity_fields.body.Signing_Date__c,\n                           \"AccountId\": coalesce(actions.find_the_customer",
    );
    workplace.run(&["validate", "flows/"]).exits(0);
    agrees(&workplace, &["own-row", "inbound-deal", "own-row-used"]);
}

#[test]
fn a_value_of_the_wrong_type_stops_before_anything_starts() {
    for (variable, value, said) in [
        ("ENGINE_ENV_DISPLAY_CHECK_MARK", "perhaps", "display_check_mark"),
        ("ENGINE_ENV_SYNC_CO_SELL_ONLY", "1", "sync_co_sell_only"),
        ("ENGINE_ENV_COUNTRY_FIELD", "Billing Country", "country_field"),
        ("ENGINE_ENV_COUNTRY_FIELDS", "BillingCountry", "country_field"),
    ] {
        let workplace = Workplace::with_flows(PROGRAM).variable(variable, value);
        workplace
            .run(&["run", "flows/", "--until-idle"])
            .exits(4)
            .says(said);
    }
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write("environments/acme.yaml", "display_check_mark: \"yes\"\n");
    let arguments = ["run", "flows/", "--until-idle", "--environment", "acme"];
    workplace.run(&arguments).exits(4).says("display_check_mark");
}
