//! Deals kept in step by links: flows that compare by the shipped mappings, two services that keep values in their
//! own way, and the values both must hold in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector_api::{Map, Value};

use crate::flow::Status;
use crate::mapping::tests::fixture::{catalog, environment};
use crate::run::{Clock, StoreCarrier, VirtualClock};
use crate::service::{Host, HostOptions, Timing};
use crate::solution::load;
use crate::testing::{MANIFEST, files};

const COMPARE: &str = r#"
name: Compare
trigger: { type: manual, inputs: { mapping: { type: text }, referral: { type: object }, opportunity: { type: object } } }
actions:
  link: { type: links.get, inputs: { referral_id: "{{ inputs.referral.id }}" } }
  which:
    type: switch
    on: "{{ inputs.mapping }}"
    cases:
      deal:
        deal:
          type: diff
          mapping: deal
          from: { referral: "{{ inputs.referral }}", opportunity: "{{ inputs.opportunity }}" }
          link: "{{ actions.link.body }}"
      solutions:
        solutions:
          type: diff
          mapping: solutions
          from: { referral: "{{ inputs.referral }}", opportunity: "{{ inputs.opportunity }}" }
          link: "{{ actions.link.body }}"
  answer: { type: response, inputs: { body: "{{ coalesce(actions.deal.body, actions.solutions.body) }}" } }
"#;

const REMEMBER: &str = r#"
name: Remember
trigger:
  type: manual
  inputs:
    mapping: { type: text }
    referral: { type: object }
    opportunity: { type: object }
    written: { type: object }
    answered: { type: object, required: false }
actions:
  save:
    type: links.save
    inputs:
      referral_id: "{{ inputs.referral.id }}"
      opportunity_id: "{{ inputs.opportunity.Id }}"
      etag: "{{ inputs.referral.eTag }}"
      mapping: "{{ inputs.mapping }}"
      base: { referral: "{{ inputs.referral }}", opportunity: "{{ inputs.opportunity }}" }
      written: "{{ inputs.written }}"
      answered: "{{ inputs.answered | default(null) }}"
  answer: { type: response, inputs: { body: "{{ actions.save.body }}" } }
"#;

/// Two services with one deal, and an engine between them.
struct Deal {
    host: Host,
    referral: Value,
    opportunity: Value,
    edits: u32,
    /// How many characters of notes Partner Center keeps.
    notes_max: usize,
}

/// What a comparison found, and how both sides looked to it.
struct Compared {
    found: Value,
    referral: Value,
    opportunity: Value,
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Deal {
    /// A deal both sides agree on, seen once.
    async fn agreed() -> Self {
        let deal = Self {
            host: host().await,
            referral: json(
                r#"{"id":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355","eTag":"\"0\"","status":"Active","substatus":"Accepted",
                    "name":"Fjordkraft Bygg AS","externalReferenceId":"006Hn00001Rk2PQIAZ",
                    "details":{"dealValue":65000,"currency":"NOK","closingDateTime":"2026-11-01T00:00:00.0000000Z","notes":"Scheduling.",
                        "requirements":{"solutions":[{"id":"SOL-1","name":"Rota","type":"Name"}]}},
                    "inviteContext":{"assistanceRequestCode":"Unknown"},"trackingInfo":{"microsoftMsxId":"7-2ABC"}}"#,
            ),
            opportunity: json(
                r#"{"Id":"006Hn00001Rk2PQIAZ","Name":"✓ Fjordkraft Bygg AS","StageName":"Qualification","IsClosed":false,"IsWon":false,
                    "CloseDate":"2026-11-01","Amount":65000.00,"CurrencyIsoCode":"NOK","Description":"Scheduling.",
                    "Referral_Identifier__c":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
                    "Referral_Link__c":"https://portal.example/referrals/d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355",
                    "Microsoft_CRM_Identifier__c":"7-2ABC","Sync_with_Partner_Center__c":true,
                    "Microsoft_Partner_Center_Solutions__r":[{"Id":"a01","Solution_Id__c":"SOL-1","Name":"Rota","Type__c":null}]}"#,
            ),
            edits: 0,
            notes_max: 100_000,
        };
        for mapping in ["deal", "solutions"] {
            let compared = deal.compare(mapping).await;
            let link = deal
                .remember(mapping, &compared, Value::Object(Map::new()), None)
                .await;
            assert!(
                link.get("agreed").is_some_and(|agreed| !agreed.is_null()),
                "{mapping}"
            );
        }
        deal
    }

    /// Somebody edits the referral.
    fn microsoft(&mut self, changes: &str) {
        self.edits += 1;
        let time = format!("2026-07-05T09:{:02}:00.1234567Z", self.edits);
        merge(&mut self.referral, &json(changes));
        merge(
            &mut self.referral,
            &json(&format!(r#"{{"updatedDateTime":"{time}"}}"#)),
        );
        self.referral = kept_by_partner_center(&self.referral, self.notes_max);
    }

    /// Somebody edits the opportunity.
    fn seller(&mut self, changes: &str) {
        self.edits += 1;
        let time = format!("2026-07-05T09:{:02}:00.000+0000", self.edits);
        merge(&mut self.opportunity, &json(changes));
        merge(
            &mut self.opportunity,
            &json(&format!(r#"{{"LastModifiedDate":"{time}"}}"#)),
        );
        self.opportunity = kept_by_salesforce(&self.opportunity);
    }

    async fn compare(&self, mapping: &str) -> Compared {
        let inputs = self.inputs(mapping, &self.referral, &self.opportunity);
        Compared {
            found: run(&self.host, "compare", inputs).await,
            referral: self.referral.clone(),
            opportunity: self.opportunity.clone(),
        }
    }

    /// What an event of Partner Center sets off; gives what was written to the opportunity.
    async fn event_of_partner_center(&mut self, mapping: &str) -> String {
        let compared = self.compare(mapping).await;
        let changes = compared.found.get("to_opportunity").unwrap().clone();
        let lists = compared.found.get("lists").unwrap().clone();
        if changes != json("{}") {
            self.seller(&changes.to_json());
            // Our own mark.
            let bare = self
                .opportunity
                .get("Name")
                .unwrap()
                .as_str()
                .unwrap()
                .replace("✗ ", "")
                .replace("✓ ", "");
            self.seller(&format!(r#"{{"Name":"✓ {bare}"}}"#));
        }
        let written = connector_api::value::object([("opportunity", changes.clone()), ("lists", lists)]);
        self.remember(mapping, &compared, written, None).await;
        changes.to_json()
    }

    /// What a change in Salesforce sets off; gives what was written to the referral.
    async fn change_in_salesforce(&mut self, mapping: &str) -> String {
        let compared = self.compare(mapping).await;
        let changes = compared.found.get("to_referral").unwrap().clone();
        let mut answered = None;
        if changes != json("{}") {
            self.microsoft(&changes.to_json());
            answered = Some(self.referral.clone());
        }
        let written = connector_api::value::object([("referral", changes.clone())]);
        self.remember(mapping, &compared, written, answered).await;
        changes.to_json()
    }

    async fn remember(
        &self,
        mapping: &str,
        compared: &Compared,
        written: Value,
        answered: Option<Value>,
    ) -> Value {
        let mut inputs = self.inputs(mapping, &compared.referral, &compared.opportunity);
        let members = inputs.as_object_mut().unwrap();
        members.insert("written".into(), written);
        if let Some(referral) = answered {
            members.insert(
                "answered".into(),
                connector_api::value::object([("referral", referral)]),
            );
        }
        run(&self.host, "remember", inputs).await
    }

    fn inputs(&self, mapping: &str, referral: &Value, opportunity: &Value) -> Value {
        connector_api::value::object([
            ("mapping", mapping.into()),
            ("referral", referral.clone()),
            ("opportunity", opportunity.clone()),
        ])
    }

    /// Events of both sides until a whole round writes nothing; gives how many rounds wrote something.
    async fn settle(&mut self, mapping: &str) -> usize {
        for round in 0..5 {
            let there = self.event_of_partner_center(mapping).await;
            let back = self.change_in_salesforce(mapping).await;
            if there == "{}" && back == "{}" {
                return round;
            }
        }
        panic!("the sides write to each other without end");
    }

    fn holds(&self, path: &str) -> String {
        let steps: Vec<&str> = path.split('.').collect();
        let value = self.referral.at(&steps).or_else(|| self.opportunity.at(&steps));
        value.map(Value::to_json).unwrap_or_default()
    }
}

/// Salesforce keeps two decimals, rounded half away from zero, and texts as long as the column.
fn kept_by_salesforce(record: &Value) -> Value {
    let mut record = record.clone();
    if record
        .get("Amount")
        .is_some_and(|amount| amount.to_json() == "72500.505")
    {
        merge(&mut record, &json(r#"{"Amount":72500.51}"#));
    }
    if let Some(text) = record.get("Description").and_then(Value::as_str) {
        let cut: String = text.chars().take(32_000).collect();
        record
            .as_object_mut()
            .unwrap()
            .insert("Description".into(), cut.into());
    }
    record
}

/// Partner Center shows points in time with seven decimals; how long its notes are is not documented.
fn kept_by_partner_center(record: &Value, notes_max: usize) -> Value {
    let mut record = record.clone();
    let details = record.as_object_mut().unwrap()["details"]
        .as_object_mut()
        .unwrap();
    if let Some(time) = details["closingDateTime"].as_str() {
        let time = time.replace("T00:00:00Z", "T00:00:00.0000000Z");
        details.insert("closingDateTime".into(), time.into());
    }
    if let Some(text) = details["notes"].as_str() {
        let cut: String = text.chars().take(notes_max).collect();
        details.insert("notes".into(), cut.into());
    }
    record
}

fn merge(record: &mut Value, changes: &Value) {
    match (record, changes) {
        (Value::Object(record), Value::Object(changes)) => {
            for (name, value) in changes {
                merge(record.entry(name.clone()).or_default(), value);
            }
        }
        (record, changes) => *record = changes.clone(),
    }
}

async fn host() -> Host {
    const DEAL: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../flows/mappings/deal.yaml"
    ));
    const SOLUTIONS: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../flows/mappings/solutions.yaml"
    ));
    let files = files(&[
        ("solution.yaml", MANIFEST),
        ("compare.yaml", COMPARE),
        ("remember.yaml", REMEMBER),
        ("mappings/deal.yaml", DEAL),
        ("mappings/solutions.yaml", SOLUTIONS),
    ]);
    let clock = Clock::Virtual(VirtualClock::jumping("2026-07-05T08:00:00Z".parse().unwrap()));
    let carrier = Arc::new(StoreCarrier::in_memory(clock, 3));
    let options = HostOptions {
        solution: Arc::new(load(&files).solution),
        files,
        catalog: catalog(),
        connections: BTreeMap::new(),
        environment: environment(),
        store: Arc::clone(carrier.store()),
        carrier,
        timing: Timing::default(),
        public_url: None,
        off: BTreeSet::new(),
    };
    Host::new(options).await.unwrap()
}

async fn run(host: &Host, flow: &str, inputs: Value) -> Value {
    let run = host.run_manual(flow, &inputs).await.unwrap();
    assert_eq!(run.end.status, Status::Succeeded, "{:?}", run.end.error);
    run.end.response.and_then(|response| response.body).unwrap()
}

#[tokio::test]
async fn our_own_echo_is_no_difference() {
    let mut deal = Deal::agreed().await;
    deal.microsoft(r#"{"details":{"dealValue":70000,"closingDateTime":"2026-12-01T00:00:00Z"}}"#);
    assert_eq!(
        deal.event_of_partner_center("deal").await,
        r#"{"Amount":70000,"CloseDate":"2026-12-01"}"#
    );
    let echo = deal.compare("deal").await.found;
    assert_eq!(echo.get("rows"), Some(&json("[]")));
    deal.seller(r#"{"Amount":71000}"#);
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"details":{"dealValue":71000}}"#
    );
    let echo = deal.compare("deal").await.found;
    assert_eq!(echo.get("rows"), Some(&json("[]")));
}

#[tokio::test]
async fn changes_of_both_sides_merge() {
    let mut deal = Deal::agreed().await;
    deal.microsoft(r#"{"details":{"dealValue":70000,"notes":"Two regions."}}"#);
    deal.seller(r#"{"CloseDate":"2026-12-18","CurrencyIsoCode":"EUR"}"#);
    let found = deal.compare("deal").await.found;
    assert_eq!(
        found.get("to_opportunity"),
        Some(&json(r#"{"Amount":70000,"Description":"Two regions."}"#))
    );
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"currency":"EUR","closingDateTime":"2026-12-18T00:00:00Z"}}"#
        ))
    );
    assert_eq!(found.get("conflicts"), Some(&json("[]")));
    // Whichever flow comes first, the other side's edit is still on its way and arrives.
    deal.event_of_partner_center("deal").await;
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"details":{"currency":"EUR","closingDateTime":"2026-12-18T00:00:00Z"}}"#
    );
    assert_eq!(deal.settle("deal").await, 0);
    let held = [
        "details.dealValue",
        "details.currency",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
    ];
    assert_eq!(
        held.map(|path| deal.holds(path)),
        ["70000", "\"EUR\"", "70000", "\"EUR\"", "\"2026-12-18\""]
    );
}

#[tokio::test]
async fn a_conflict_goes_to_the_later_edit_and_is_told() {
    for seller_last in [true, false] {
        let mut deal = Deal::agreed().await;
        if seller_last {
            deal.microsoft(r#"{"details":{"dealValue":70000}}"#);
            deal.seller(r#"{"Amount":80000}"#);
        } else {
            deal.seller(r#"{"Amount":80000}"#);
            deal.microsoft(r#"{"details":{"dealValue":70000}}"#);
        }
        let found = deal.compare("deal").await.found;
        let (winner, to_referral, to_opportunity, value) = if seller_last {
            ("opportunity", r#"{"details":{"dealValue":80000}}"#, "{}", "80000")
        } else {
            ("referral", "{}", r#"{"Amount":70000}"#, "70000")
        };
        assert_eq!(
            found.get("conflicts").unwrap().to_json(),
            format!(r#"[{{"row":"value","referral":70000,"opportunity":80000,"winner":"{winner}"}}]"#)
        );
        assert_eq!(found.get("to_referral").unwrap().to_json(), to_referral);
        assert_eq!(found.get("to_opportunity").unwrap().to_json(), to_opportunity);
        assert!(deal.settle("deal").await <= 1);
        assert_eq!(
            [deal.holds("details.dealValue"), deal.holds("Amount")],
            [value, value]
        );
    }
}

#[tokio::test]
async fn what_a_side_keeps_in_its_own_form_does_not_come_back() {
    let long = "å".repeat(33_000);
    let mut deal = Deal::agreed().await;
    deal.microsoft(&format!(
        r#"{{"details":{{"dealValue":72500.505,"notes":"{long}","closingDateTime":"2026-12-01T23:30:00Z"}}}}"#
    ));
    for _ in 0..3 {
        deal.settle("deal").await;
    }
    assert_eq!(deal.settle("deal").await, 0);
    // Each side has its own: nothing was rounded or cut where it came from.
    let held = [
        "details.dealValue",
        "Amount",
        "details.closingDateTime",
        "CloseDate",
    ];
    assert_eq!(
        held.map(|path| deal.holds(path)),
        [
            "72500.505",
            "72500.51",
            "\"2026-12-01T23:30:00Z\"",
            "\"2026-12-01\""
        ]
    );
    assert_eq!(deal.holds("details.notes").chars().count(), 33_002);
    assert_eq!(deal.holds("Description").chars().count(), 32_002);
    // A real edit of such a value still goes.
    deal.seller(r#"{"Amount":72500.52}"#);
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"details":{"dealValue":72500.52}}"#
    );

    // The other way round: Partner Center cuts what Salesforce holds.
    let mut deal = Deal::agreed().await;
    deal.notes_max = 20_000;
    let whole = "n".repeat(30_000);
    deal.seller(&format!(r#"{{"Description":"{whole}"}}"#));
    let sent = deal.change_in_salesforce("deal").await;
    assert_eq!(sent, format!(r#"{{"details":{{"notes":"{whole}"}}}}"#));
    for _ in 0..3 {
        assert_eq!(deal.settle("deal").await, 0);
    }
    assert_eq!(deal.holds("details.notes").chars().count(), 20_002);
    assert_eq!(deal.holds("Description").chars().count(), 30_002);
}

#[tokio::test]
async fn marks_never_travel() {
    let mut deal = Deal::agreed().await;
    for name in [
        "✗ Fjordkraft Bygg AS",
        "Fjordkraft Bygg AS",
        "✓ Fjordkraft Bygg AS",
    ] {
        deal.seller(&format!(r#"{{"Name":"{name}"}}"#));
        assert_eq!(deal.change_in_salesforce("deal").await, "{}", "{name}");
    }
    deal.seller(r#"{"Name":"✗ Fjordkraft, phase 2"}"#);
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"name":"Fjordkraft, phase 2"}"#
    );
    assert_eq!(deal.settle("deal").await, 0);
}

#[tokio::test]
async fn a_stage_that_takes_two_steps_is_not_taken_for_settled_after_one() {
    let mut deal = Deal::agreed().await;
    deal.microsoft(r#"{"status":"New","substatus":"Received"}"#);
    deal.seller(r#"{"StageName":"Prospecting"}"#);
    assert_eq!(deal.settle("deal").await, 0);
    deal.seller(r#"{"StageName":"Closed Won","IsClosed":true,"IsWon":true}"#);
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"status":"Active","substatus":"Accepted"}"#
    );
    assert_eq!(deal.event_of_partner_center("deal").await, "{}");
    assert_eq!(
        deal.change_in_salesforce("deal").await,
        r#"{"status":"Closed","substatus":"Won"}"#
    );
    assert_eq!(deal.settle("deal").await, 0);
}

#[tokio::test]
async fn what_only_a_condition_reads_counts_too() {
    // Wanting help shares the deal with Microsoft's sellers, although the checkbox for that stays as it was.
    let mut deal = Deal::agreed().await;
    deal.seller(r#"{"How_can_Microsoft_help__c":"General or other"}"#);
    let shared = r#"{"consent":{"consentToShareReferralWithMicrosoftSellers":true}}"#;
    assert_eq!(deal.change_in_salesforce("deal").await, shared);
    assert_eq!(
        deal.event_of_partner_center("deal").await,
        r#"{"Microsoft_Partner_Center_Referral_Visibility__c":true}"#
    );
    assert_eq!(deal.settle("deal").await, 0);
    // The checkbox itself gives the same constant, ticked or not, and still is an edit.
    let mut deal = Deal::agreed().await;
    deal.seller(r#"{"Microsoft_Partner_Center_Referral_Visibility__c":true}"#);
    assert_eq!(deal.change_in_salesforce("deal").await, shared);
    assert_eq!(deal.settle("deal").await, 0);
}

#[tokio::test]
async fn a_field_that_only_follows_is_mended() {
    let mut deal = Deal::agreed().await;
    deal.seller(r#"{"Referral_Identifier__c":null,"Microsoft_CRM_Identifier__c":"typo"}"#);
    assert_eq!(
        json(&deal.event_of_partner_center("deal").await),
        json(
            r#"{"Microsoft_CRM_Identifier__c":"7-2ABC","Referral_Identifier__c":"d2f5a7c9-1b36-4e0a-9c44-6a8be1f03355"}"#
        )
    );
    assert_eq!(deal.settle("deal").await, 0);
}

#[tokio::test]
async fn solutions_of_both_sides_merge() {
    let mut deal = Deal::agreed().await;
    deal.microsoft(
        r#"{"details":{"requirements":{"solutions":[{"id":"SOL-1","name":"Rota","type":"Name"},{"id":"SOL-2","name":"Shift","type":"Name"}]}}}"#,
    );
    deal.seller(
        r#"{"Microsoft_Partner_Center_Solutions__r":[{"Id":"a03","Solution_Id__c":"SOL-3","Name":"Pay","Type__c":"Name"}]}"#,
    );
    let found = deal.compare("solutions").await.found;
    assert_eq!(
        found.at(&["lists", "solutions", "create"]),
        Some(&json(
            r#"[{"Solution_Id__c":"SOL-2","Name":"Shift","Type__c":"Name"}]"#
        ))
    );
    assert_eq!(found.at(&["lists", "solutions", "delete"]), Some(&json("[]")));
    assert_eq!(
        found.get("to_referral"),
        Some(&json(
            r#"{"details":{"requirements":{"solutions":[{"id":"SOL-2","name":"Shift","type":"Name"},{"id":"SOL-3","name":"Pay","type":"Name"}]}}}"#
        ))
    );
    // A flow that writes the new row to Salesforce leaves the seller's edits on their way.
    deal.event_of_partner_center("solutions").await;
    let mut rows = deal
        .opportunity
        .get("Microsoft_Partner_Center_Solutions__r")
        .unwrap()
        .as_array()
        .unwrap()
        .to_vec();
    rows.push(json(
        r#"{"Id":"a02","Solution_Id__c":"SOL-2","Name":"Shift","Type__c":"Name"}"#,
    ));
    let rows = connector_api::value::object([("Microsoft_Partner_Center_Solutions__r", rows.into())]);
    deal.seller(&rows.to_json());
    let sent = deal.change_in_salesforce("solutions").await;
    assert!(
        !sent.contains("SOL-1") && sent.contains("SOL-2") && sent.contains("SOL-3"),
        "{sent}"
    );
    assert_eq!(deal.settle("solutions").await, 0);
}
