//! The flow as a program somebody wrote: no engine, each step durable through the store before the next.

use std::path::Path;
use std::sync::Arc;

use connector_api::{Map, Value, value::object};
use engine_core::flow::Status;
use engine_core::journal::{Address, Ended, Record, Responded, RunEnded};
use engine_core::store::{Batch, DiskStore, RunStatus, Store};
use jiff::Timestamp;
use uuid::Uuid;

use crate::Services;

pub(crate) struct ByHand {
    store: DiskStore,
    services: Services,
}

/// One run's journal.
struct Journal<'a> {
    store: &'a DiskStore,
    run: Uuid,
    seq: u64,
}

impl ByHand {
    pub(crate) fn new(folder: &Path, services: Services) -> Self {
        Self {
            store: DiskStore::open(folder).unwrap(),
            services,
        }
    }

    pub(crate) async fn run(&self, body: &[u8]) -> Result<Value, String> {
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        let event = Value::from_json(text).map_err(|error| error.to_string())?;
        let uri = event.get("ResourceUri").and_then(Value::as_str).ok_or("no uri")?;
        let id = uri.rsplit('/').next().unwrap_or(uri).to_owned();
        let run = Uuid::now_v7();
        let first = crate::shared::new_run(run, object([("body", event)]));
        self.store
            .begin_run(first)
            .await
            .map_err(|error| error.to_string())?;
        let mut journal = Journal {
            store: &self.store,
            run,
            seq: 1,
        };

        let referral = Arc::new(self.services.get_referral(&id).await?);
        journal.step("referral", &referral).await?;

        let name = text_at(&referral, &["customerProfile", "name"])?;
        let known = Arc::new(self.services.find_account(&name).await?);
        journal.step("known_account", &known).await?;

        let account = object([
            ("Name", name.into()),
            (
                "BillingCountry",
                text_at(&referral, &["customerProfile", "address", "country"])?.into(),
            ),
        ]);
        let account = Arc::new(self.services.create_account(&account).await?);
        journal.step("account", &account).await?;

        let mut fields = map(&referral)?;
        journal
            .step("fields", &Arc::new(Value::Object(fields.clone())))
            .await?;

        fields.insert("AccountId".into(), account.get("id").cloned().unwrap_or_default());
        let opportunity = self
            .services
            .upsert_opportunity(&id, &Value::Object(fields))
            .await?;
        let opportunity = Arc::new(opportunity);
        journal.step("opportunity", &opportunity).await?;

        let answer = object([(
            "opportunity_id",
            opportunity.get("id").cloned().unwrap_or_default(),
        )]);
        journal.end(&answer).await?;
        Ok(answer)
    }
}

impl Journal<'_> {
    async fn step(&mut self, action: &str, body: &Arc<Value>) -> Result<(), String> {
        let ended = Record::Ended(Box::new(Ended {
            action: Address::of(action),
            at: Timestamp::now(),
            status: Status::Succeeded,
            body: Some(Arc::clone(body)),
            answer: None,
            error: None,
            children: Vec::new(),
            secure: false,
        }));
        self.append(vec![ended]).await
    }

    async fn end(&mut self, answer: &Value) -> Result<(), String> {
        let at = Timestamp::now();
        let responded = Record::Responded(Box::new(Responded {
            action: Address::of("answer"),
            at,
            status: 200,
            headers: Vec::new(),
            body: Some(answer.clone()),
            secure: false,
        }));
        let ended = Record::RunEnded(Box::new(RunEnded {
            at,
            status: Status::Succeeded,
            error: None,
        }));
        self.append(vec![responded, ended]).await
    }

    async fn append(&mut self, records: Vec<Record>) -> Result<(), String> {
        let batch = Batch {
            run: self.run,
            seq: self.seq,
            records,
            status: RunStatus::Running,
        };
        self.seq += 1;
        self.store.append(batch).await.map_err(|error| error.to_string())
    }
}

/// The twelve fields of `flow/mappings/deal.yaml`.
fn map(referral: &Value) -> Result<Map, String> {
    let at = |path: &[&str]| referral.at(path).cloned().unwrap_or_default();
    let id = text_at(referral, &["id"])?;
    let closes = text_at(referral, &["details", "closingDateTime"])?;
    let stage = if text_at(referral, &["status"])? == "Active" {
        "Qualification"
    } else {
        "Prospecting"
    };
    let help = match text_at(referral, &["inviteContext", "assistanceRequestCode"])?.as_str() {
        "ProofOfConceptOrDemo" => "Proof of concept or demo",
        "QuotesOrLicensing" => "Quotes or licensing",
        "GeneralOrOther" => "General or other",
        other => return Err(format!("no help is called {other}")),
    };
    let fields: [(&str, Value); 12] = [
        ("Name", at(&["name"])),
        ("Amount", at(&["details", "dealValue"])),
        ("CurrencyIsoCode", at(&["details", "currency"])),
        ("CloseDate", closes.get(..10).unwrap_or_default().into()),
        ("Description", at(&["details", "notes"])),
        ("StageName", stage.into()),
        ("How_can_Microsoft_help__c", help.into()),
        (
            "Visibility__c",
            at(&["consent", "consentToShareReferralWithMicrosoftSellers"]),
        ),
        (
            "Microsoft_CRM_Identifier__c",
            at(&["trackingInfo", "microsoftMsxId"]),
        ),
        ("Referral_Identifier__c", id.as_str().into()),
        (
            "Referral_Link__c",
            format!("https://partner.example/referrals/{id}").into(),
        ),
        ("City__c", at(&["customerProfile", "address", "city"])),
    ];
    Ok(fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

fn text_at(value: &Value, path: &[&str]) -> Result<String, String> {
    let text = value.at(path).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("no text at {path:?}"))
}
