//! The health check names what is missing.

use connector_api::{CheckItem, CheckStatus};
use connector_http::stub::{Exchange, Stub};
use connector_salesforce::connector;

use crate::org::{DATA, Org, refusal, settings};

fn versions() -> Exchange {
    Exchange::json(
        200,
        r#"[{"label":"x","url":"/services/data/v67.0","version":"67.0"},{"label":"y","url":"/services/data/v68.0","version":"68.0"}]"#,
    )
    .at("/services/data")
}

fn describe(object: &str, fields: &[String]) -> Exchange {
    let fields = fields.join(",");
    Exchange::json(
        200,
        &format!(r#"{{"name":"{object}","fields":[{fields}],"childRelationships":[]}}"#),
    )
    .at(&format!("{DATA}/sobjects/{object}/describe"))
}

fn field(name: &str, kind: &str, updateable: bool, unique: bool) -> String {
    format!(
        r#"{{"name":"{name}","type":"{kind}","createable":true,"updateable":{updateable},"externalId":{unique},"unique":{unique}}}"#
    )
}

/// All fields of the package as the org shows them when everything is installed.
fn installed(object: &str) -> Vec<String> {
    let names: &[&str] = match object {
        "Opportunity" => &[
            "Sync_with_Partner_Center__c",
            "Referral_Link__c",
            "How_can_Microsoft_help__c",
            "Microsoft_Partner_Center_Referral_Visibility__c",
            "Microsoft_CRM_Identifier__c",
            "Audit__c",
        ],
        "Lead" => &["Referral_Link__c", "Audit__c"],
        _ => &[
            "Solution_Id__c",
            "Type__c",
            "Price__c",
            "Quantity__c",
            "Currency__c",
        ],
    };
    let mut fields: Vec<String> = names
        .iter()
        .map(|name| field(name, "string", true, false))
        .collect();
    if object == "Microsoft_Partner_Center_Solution__c" {
        fields.push(field("Opportunity__c", "reference", false, false));
    } else {
        fields.push(field("Referral_Identifier__c", "string", true, true));
    }
    fields
}

fn wrong(items: &[CheckItem]) -> Vec<(&str, &str)> {
    items
        .iter()
        .filter(|item| item.status != CheckStatus::Ok)
        .map(|item| (item.subject.as_str(), item.message.as_str()))
        .collect()
}

#[tokio::test]
async fn an_org_with_everything_passes() {
    let objects = [
        "Account",
        "Contact",
        "OpportunityContactRole",
        "Opportunity",
        "Lead",
        "Microsoft_Partner_Center_Solution__c",
    ];
    let org = Org::new(
        [versions()]
            .into_iter()
            .chain(objects.map(|object| describe(object, &installed(object)))),
    )
    .await;
    let items = org.connection.check().await;
    assert_eq!(wrong(&items), []);
    assert_eq!(items[0].subject, "sign-in");
    assert_eq!(items.len(), 2 + objects.len() + 16);
}

#[tokio::test]
async fn everything_missing_is_named_with_its_remedy() {
    let mut opportunity = installed("Opportunity");
    opportunity.retain(|field| !field.contains("Audit__c") && !field.contains("Referral_"));
    opportunity.push(field("Referral_Link__c", "url", false, false));
    opportunity.push(field("Referral_Identifier__c", "string", true, false));
    opportunity.push(field(
        "Microsoft_Partner_Center_Referral_Visibility__c",
        "boolean",
        true,
        false,
    ));
    let org = Org::new([
        Exchange::json(200, r#"[{"version":"66.0"},{"version":"67.0"}]"#).at("/services/data"),
        describe("Account", &[]),
        describe("Contact", &[]),
        describe("OpportunityContactRole", &[]),
        describe("Opportunity", &opportunity),
        describe("Lead", &installed("Lead")),
        refusal(404, "NOT_FOUND", "The requested resource does not exist").at(&format!(
            "{DATA}/sobjects/Microsoft_Partner_Center_Solution__c/describe"
        )),
    ])
    .await;
    let items = org.connection.check().await;
    let remedy = "missing: install `schemas/salesforce` or grant the permission set `Co_sell_Sync`";
    assert_eq!(
        wrong(&items),
        [
            (
                "interface version 68.0",
                "the org offers 66.0 to 67.0; set `api_version` to one of them"
            ),
            (
                "field Opportunity.Referral_Identifier__c",
                "must be an external id and unique, or one referral could become two records"
            ),
            (
                "field Opportunity.Referral_Link__c",
                "cannot be written: grant the permission set `Co_sell_Sync` to the signed-in user"
            ),
            ("field Opportunity.Audit__c", remedy),
            ("object Microsoft_Partner_Center_Solution__c", remedy),
        ]
    );
}

#[tokio::test]
async fn a_refused_sign_in_ends_the_check() {
    let stub = Stub::start([Exchange::json(
        400,
        r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#,
    )])
    .await;
    let connection = connector().connect(settings(&stub)).unwrap();
    let items = connection.check().await;
    assert_eq!(
        wrong(&items),
        [("sign-in", "invalid_client_id: client identifier invalid")]
    );
    assert_eq!(items.len(), 1);
}
