//! The mapping documents that are shipped, against the samples and tables of the two services' documentation.

use connector_api::Value;

use super::fixture::{context, differences, environment, json, mapped, mapped_with, mapping, sides};
use crate::catalog::Catalog;
use crate::mapping::{Mapping, compare, watched};

fn deal() -> Mapping {
    mapping(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../flows/mappings/deal.yaml"
    )))
}

fn solutions() -> Mapping {
    mapping(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../flows/mappings/solutions.yaml"
    )))
}

fn lead() -> Mapping {
    mapping(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../flows/mappings/lead.yaml"
    )))
}

/// An inbound co-sell referral: no name, help unknown, a contact, a solution.
const INBOUND: &str = r#"{
    "id":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355","name":null,"externalReferenceId":null,
    "status":"New","substatus":"Pending","statusReason":null,
    "customerProfile":{"name":"Fjordkraft Bygg AS",
        "address":{"addressLine1":"Havnegata 3","addressLine2":null,"city":"Bergen","state":null,"postalCode":"5013","country":"NO","region":null},
        "team":[{"firstName":"Ingrid","lastName":"Moe","phoneNumber":"+4755000011","email":"ingrid.moe@fjordkraftbygg.example","contactPreference":null}]},
    "consent":{"consentToShareReferralWithMicrosoftSellers":true},
    "details":{"notes":"Customer asks for scheduling on mobile.","dealValue":65000,"currency":"NOK",
        "closingDateTime":"2026-11-01T00:00:00Z",
        "requirements":{"solutions":[{"id":"SOL-70455-SCH","name":"Rota Planner","type":"Name"}]}},
    "inviteContext":{"assistanceRequestCode":"Unknown"},
    "trackingInfo":{"microsoftMsxId":"7-2ABCDEF9KQ"}}"#;

const SELLERS: &str = r#"{
    "Id":"006Hn00001Rk2PQIAZ","Name":"✗ Clinic scheduling rollout","StageName":"Qualification","IsClosed":false,"IsWon":false,
    "CloseDate":"2026-12-18","Amount":210000.00,"CurrencyIsoCode":"GBP","Description":"Two regions.",
    "How_can_Microsoft_help__c":"Customer technical architecture","Microsoft_Partner_Center_Referral_Visibility__c":false,
    "OpportunityContactRoles":{"records":[{"Id":"00K1","Contact":{"FirstName":"Priya","LastName":"Nair","Email":"priya.nair@aldermoor.example","Phone":"+441132223344"}}]}}"#;

const ACCOUNT: &str = r#"{"Name":"Aldermoor Health Trust","BillingStreet":"1 Mill Lane","BillingCity":"Leeds",
    "BillingState":"West Yorkshire","BillingPostalCode":"LS1 4AP","BillingCountry":"GB"}"#;

#[test]
fn an_inbound_deal_becomes_opportunity_account_contact_and_solutions() {
    let from = format!(r#"{{"referral":{INBOUND}}}"#);
    assert_eq!(
        mapped(&deal(), "opportunity", &from, true).unwrap(),
        json(
            r#"{"Name":"Fjordkraft Bygg AS","Amount":65000,"CurrencyIsoCode":"NOK","CloseDate":"2026-11-01",
                "Description":"Customer asks for scheduling on mobile.","StageName":"Prospecting",
                "How_can_Microsoft_help__c":null,"Microsoft_Partner_Center_Referral_Visibility__c":true,
                "Microsoft_CRM_Identifier__c":"7-2ABCDEF9KQ",
                "Referral_Link__c":"https://portal.example/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
                "Sync_with_Partner_Center__c":true}"#
        )
    );
    assert_eq!(
        mapped(&deal(), "account", &from, true).unwrap(),
        json(
            r#"{"Name":"Fjordkraft Bygg AS","BillingStreet":"Havnegata 3","BillingCity":"Bergen","BillingState":null,
                "BillingPostalCode":"5013","BillingCountry":"NO"}"#
        )
    );
    assert_eq!(
        mapped_with(&deal(), "opportunity", &from, true, Some("contacts"), "{}").unwrap(),
        json(
            r#"[{"Contact":{"Email":"ingrid.moe@fjordkraftbygg.example","FirstName":"Ingrid","LastName":"Moe","Phone":"+4755000011"}}]"#
        )
    );
    assert_eq!(
        mapped_with(&solutions(), "opportunity", &from, true, Some("solutions"), "{}").unwrap(),
        json(r#"[{"Solution_Id__c":"SOL-70455-SCH","Name":"Rota Planner","Type__c":"Name"}]"#)
    );
}

#[test]
fn a_sellers_deal_becomes_a_referral() {
    let from = format!(r#"{{"opportunity":{SELLERS},"account":{ACCOUNT}}}"#);
    assert_eq!(
        mapped(&deal(), "referral", &from, true).unwrap(),
        json(
            r#"{"name":"Clinic scheduling rollout",
                "details":{"dealValue":210000.00,"currency":"GBP","closingDateTime":"2026-12-18T00:00:00Z","notes":"Two regions."},
                "inviteContext":{"assistanceRequestCode":"CustomerTechnicalArchitecture"},
                "consent":{"consentToShareReferralWithMicrosoftSellers":true},
                "externalReferenceId":"006Hn00001Rk2PQIAZ",
                "customerProfile":{"name":"Aldermoor Health Trust",
                    "address":{"addressLine1":"1 Mill Lane","city":"Leeds","state":"West Yorkshire","postalCode":"LS1 4AP","country":"GB"},
                    "team":[{"email":"priya.nair@aldermoor.example","firstName":"Priya","lastName":"Nair","phoneNumber":"+441132223344"}]}}"#
        )
    );
}

#[test]
fn help_is_paired_by_the_table_of_the_documentation() {
    for (code, label) in [
        (
            "WorkloadSpecificValueProposition",
            "Workload specific value proposition",
        ),
        ("CustomerTechnicalArchitecture", "Customer technical architecture"),
        ("ProofOfConceptOrDemo", "Proof of concept or demo"),
        ("QuotesOrLicensing", "Quotes or licensing"),
        ("PostSalesCustomerSuccess", "Post sales customer success"),
        ("GeneralOrOther", "General or other"),
    ] {
        let referral = INBOUND.replace(r#""Unknown""#, &format!("\"{code}\""));
        let found = mapped(
            &deal(),
            "opportunity",
            &format!(r#"{{"referral":{referral}}}"#),
            true,
        )
        .unwrap();
        assert_eq!(found.get("How_can_Microsoft_help__c"), Some(&label.into()));
        let seller = SELLERS.replace("Customer technical architecture", label);
        let from = format!(r#"{{"opportunity":{seller},"account":{ACCOUNT}}}"#);
        let found = mapped(&deal(), "referral", &from, true).unwrap();
        assert_eq!(
            found.at(&["inviteContext", "assistanceRequestCode"]),
            Some(&code.into())
        );
    }
    let unknown = INBOUND.replace(r#""Unknown""#, r#""SomethingNew""#);
    let error = mapped(
        &deal(),
        "opportunity",
        &format!(r#"{{"referral":{unknown}}}"#),
        true,
    )
    .unwrap_err();
    assert_eq!(
        (error.code, error.row.as_deref()),
        ("unmapped_value", Some("help"))
    );
    assert!(error.message.contains("`SomethingNew`"), "{error}");
}

#[test]
fn a_missing_or_long_country_is_named_to_the_seller() {
    for country in ["null", "\"\"", "\"Germany\""] {
        let account = ACCOUNT.replace(r#""GB""#, country);
        let from = format!(r#"{{"opportunity":{SELLERS},"account":{account}}}"#);
        let error = mapped(&deal(), "referral", &from, true).unwrap_err();
        assert_eq!(
            error.message, "The account has no two-letter country code.",
            "{country}"
        );
        assert_eq!(
            error.field.as_deref(),
            Some("Account.BillingCountry"),
            "{country}"
        );
    }
}

/// Status pairs of the state machine against stages, closed stages with and without the flags of the stage.
#[test]
fn stages_follow_the_state_machine() {
    let nothing = "null";
    // referral, stage, status to the referral, stage to the opportunity
    let cases = [
        ("New/Pending", "Prospecting", nothing, nothing),
        (
            "New/Pending",
            "Qualification",
            r#"["Active","Accepted"]"#,
            nothing,
        ),
        (
            "New/Received",
            "Negotiation/Review",
            r#"["Active","Accepted"]"#,
            nothing,
        ),
        ("New/Pending", "Closed Won", r#"["Active","Accepted"]"#, nothing),
        ("New/Pending", "Closed Lost", r#"["Closed","Declined"]"#, nothing),
        ("Active/Accepted", "Prospecting", nothing, "\"Qualification\""),
        ("Active/Accepted", "Qualification", nothing, nothing),
        ("Active/Accepted", "Negotiation/Review", nothing, nothing),
        ("Active/Accepted", "Closed Won", r#"["Closed","Won"]"#, nothing),
        ("Active/Accepted", "Closed Lost", r#"["Closed","Lost"]"#, nothing),
        ("Closed/Won", "Qualification", nothing, "\"Closed Won\""),
        ("Closed/Won", "Closed Won", nothing, nothing),
        ("Closed/Lost", "Prospecting", nothing, "\"Closed Lost\""),
        ("Closed/Declined", "Qualification", nothing, "\"Closed Lost\""),
        ("Closed/Expired", "Prospecting", nothing, "\"Closed Lost\""),
        ("Closed/Error", "Closed Won", nothing, "\"Closed Lost\""),
    ];
    for with_flags in [true, false] {
        for (pair, stage, to_referral, to_opportunity) in cases {
            let (status, substatus) = pair.split_once('/').unwrap();
            let flags = if with_flags {
                let closed = stage.starts_with("Closed");
                format!(r#","IsClosed":{closed},"IsWon":{}"#, stage == "Closed Won")
            } else {
                String::new()
            };
            let from = format!(
                r#"{{"referral":{{"id":"r","status":"{status}","substatus":"{substatus}"}},"opportunity":{{"StageName":"{stage}"{flags}}}}}"#
            );
            let found = differences(&deal(), &from, None).unwrap();
            let referral = found.get("to_referral").unwrap();
            let wanted = json(to_referral);
            let part = |name: &str, at: usize| {
                let wanted = wanted.as_array().map(|pair| pair[at].clone());
                assert_eq!(referral.get(name).cloned(), wanted, "{pair} {stage} {with_flags}");
            };
            part("status", 0);
            part("substatus", 1);
            assert_eq!(
                found
                    .at(&["to_opportunity", "StageName"])
                    .cloned()
                    .unwrap_or_default(),
                json(to_opportunity),
                "{pair} {stage} {with_flags}"
            );
        }
    }
}

#[test]
fn a_closed_stage_of_ones_own_is_left_alone() {
    let from = r#"{"referral":{"id":"r","status":"Closed","substatus":"Lost"},
        "opportunity":{"StageName":"Closed - No Budget","IsClosed":true,"IsWon":false}}"#;
    let found = differences(&deal(), from, None).unwrap();
    assert_eq!(found.at(&["to_opportunity", "StageName"]), None);
}

#[test]
fn a_closed_deal_sends_its_reason() {
    for (pair, reason) in [
        (("Active", "Accepted"), "Other"),
        (("New", "Pending"), "Not a customer"),
    ] {
        let from = format!(
            r#"{{"referral":{{"id":"r","status":"{}","substatus":"{}"}},"opportunity":{{"StageName":"Closed Lost","IsClosed":true,"IsWon":false}}}}"#,
            pair.0, pair.1
        );
        let found = differences(&deal(), &from, None).unwrap();
        assert_eq!(found.at(&["to_referral", "statusReason"]), Some(&reason.into()));
    }
}

#[test]
fn two_sides_in_step_show_no_difference() {
    let referral = INBOUND
        .replace(r#""name":null"#, r#""name":"Fjordkraft Bygg AS""#)
        .replace(
            r#""externalReferenceId":null"#,
            r#""externalReferenceId":"006Hn00001SaBcDIAX""#,
        );
    let opportunity = r#"{"Id":"006Hn00001SaBcDIAX","Name":"✓ Fjordkraft Bygg AS","Amount":65000.00,"CurrencyIsoCode":"NOK",
        "CloseDate":"2026-11-01","Description":"Customer asks for scheduling on mobile.","StageName":"Prospecting",
        "IsClosed":false,"IsWon":false,"How_can_Microsoft_help__c":null,"Microsoft_Partner_Center_Referral_Visibility__c":true,
        "Microsoft_CRM_Identifier__c":"7-2ABCDEF9KQ","Referral_Identifier__c":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
        "Referral_Link__c":"https://portal.example/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
        "OpportunityContactRoles":[{"Contact":{"Email":"Ingrid.Moe@fjordkraftbygg.example","FirstName":"Ingrid","LastName":"Moe","Phone":"+4755000011"}}]}"#;
    let account = r#"{"Name":"Fjordkraft Bygg AS","BillingStreet":"Havnegata 3","BillingCity":"Bergen","BillingState":null,
        "BillingPostalCode":"5013","BillingCountry":"NO"}"#;
    let from = format!(r#"{{"referral":{referral},"opportunity":{opportunity},"account":{account}}}"#);
    let found = differences(&deal(), &from, None).unwrap();
    assert_eq!(found.get("changed"), Some(&Value::Bool(false)), "{found}");
    let lines = compare(&deal(), sides(&from), &Catalog::default(), &context()).unwrap();
    for line in lines.as_array().unwrap() {
        assert_eq!(line.get("agrees"), Some(&Value::Bool(true)), "{line}");
    }
}

#[test]
fn only_yes_travels_for_visibility() {
    for (here, there, to_referral, to_opportunity) in [
        ("true", "false", None, Some(true)),
        ("false", "true", Some(true), None),
        ("false", "false", None, None),
        ("null", "false", None, None),
        ("true", "true", None, None),
    ] {
        let from = format!(
            r#"{{"referral":{{"id":"r","status":"Active","consent":{{"consentToShareReferralWithMicrosoftSellers":{here}}}}},
                "opportunity":{{"StageName":"Qualification","Microsoft_Partner_Center_Referral_Visibility__c":{there}}}}}"#
        );
        let found = differences(&deal(), &from, None).unwrap();
        let at_referral = found.at(&[
            "to_referral",
            "consent",
            "consentToShareReferralWithMicrosoftSellers",
        ]);
        let at_opportunity = found.at(&[
            "to_opportunity",
            "Microsoft_Partner_Center_Referral_Visibility__c",
        ]);
        assert_eq!(
            at_referral.and_then(Value::as_bool),
            to_referral,
            "{here} {there}"
        );
        assert_eq!(
            at_opportunity.and_then(Value::as_bool),
            to_opportunity,
            "{here} {there}"
        );
    }
}

#[test]
fn microsofts_id_is_never_taken_away() {
    let from = r#"{"referral":{"id":"r","status":"Active","trackingInfo":{"microsoftMsxId":null}},
        "opportunity":{"StageName":"Qualification","Microsoft_CRM_Identifier__c":"7-ABC"}}"#;
    let found = differences(&deal(), from, None).unwrap();
    assert_eq!(found.at(&["to_opportunity", "Microsoft_CRM_Identifier__c"]), None);
}

#[test]
fn the_mark_on_the_name_stays_in_salesforce() {
    let of = |name: &str| {
        let record = json(&SELLERS.replace("✗ Clinic scheduling rollout", name));
        watched(&deal(), "Opportunity", &record, &environment()).unwrap()
    };
    let plain = of("Clinic scheduling rollout");
    for marked in ["✓ Clinic scheduling rollout", "✗ Clinic scheduling rollout"] {
        assert_eq!(of(marked), plain, "{marked}");
    }
    assert_ne!(of("✓ Clinic rollout"), plain);
}

#[test]
fn an_unaccepted_lead_becomes_a_lead() {
    let from = format!(r#"{{"referral":{INBOUND}}}"#);
    let expected = r#"{"Company":"Fjordkraft Bygg AS","FirstName":"Ingrid","LastName":"Moe","Email":"ingrid.moe@fjordkraftbygg.example",
        "Phone":"+4755000011","Street":"Havnegata 3","City":"Bergen","State":null,"PostalCode":"5013","Country":"NO",
        "Description":"Customer asks for scheduling on mobile.","Status":"Open",
        "Referral_Link__c":"https://portal.example/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355"}"#;
    assert_eq!(mapped(&lead(), "lead", &from, true).unwrap(), json(expected));
    // A lead that exists keeps the status a seller gave it.
    let known = format!(r#"{{"referral":{INBOUND},"lead":{{"Id":"00Q1","Status":"Working"}}}}"#);
    assert_eq!(mapped(&lead(), "lead", &known, true).unwrap().get("Status"), None);
    // Without a contact the company stands in for the last name.
    let alone = r#"{"referral":{"id":"r","customerProfile":{"name":"Lumen Bakery Sarl"}}}"#;
    let found = mapped(&lead(), "lead", alone, true).unwrap();
    assert_eq!(found.get("LastName"), Some(&"Lumen Bakery Sarl".into()));
    assert_eq!(found.get("FirstName"), None);
}
