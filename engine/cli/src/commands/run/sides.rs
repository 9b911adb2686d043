//! The two sides of each deal, field by field, as the solution's mappings see them.

use std::sync::Arc;

use connector_api::{Connection, Value, value::object};
use engine_core::expression::{ActionView, Context, Names};
use engine_core::mapping;
use engine_core::store::{Link, Reader};

use super::assembled::{Assembled, read};
use crate::commands::Failure;

/// The flow that reads an opportunity with everything the mappings need.
const DETAILS: &str = "customize-create-or-get-details-from-salesforce";
/// Most deals compared.
const DEALS_MAX: u32 = 1_000;

/// A deal with its fields.
pub(crate) struct Deal {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

/// One mapped field of a deal.
pub(crate) struct Field {
    pub(crate) row: String,
    pub(crate) referral: Value,
    pub(crate) field: String,
    pub(crate) value: Value,
    pub(crate) agrees: bool,
}

/// Reads both sides of every deal and compares them by every mapping between a referral and an opportunity.
pub(super) async fn compare(assembled: &Assembled) -> Result<Vec<Deal>, Failure> {
    let mut deals = Vec::new();
    for link in assembled.store.links(DEALS_MAX).await? {
        if let Some(deal) = deal(assembled, &link).await? {
            deals.push(deal);
        }
    }
    Ok(deals)
}

async fn deal(assembled: &Assembled, link: &Link) -> Result<Option<Deal>, Failure> {
    let (Some(referral_id), Some(opportunity_id)) =
        (&link.identities.referral_id, &link.identities.opportunity_id)
    else {
        return Ok(None);
    };
    let Some(partner_center) = assembled.host.connections().get("partner_center") else {
        return Ok(None);
    };
    let mut referral = referral_of(&**partner_center, referral_id).await?;
    if let Some(copy) = &link.identities.microsoft_referral_id
        && referral.get("inviteContext").is_none_or(Value::is_null)
    {
        // What was asked of Microsoft stands on Microsoft's copy.
        let asked = referral_of(&**partner_center, copy)
            .await?
            .get("inviteContext")
            .cloned();
        if let (Some(map), Some(asked)) = (referral.as_object_mut(), asked) {
            map.insert("inviteContext".to_owned(), asked);
        }
    }
    let inputs = object([
        ("crm_operation", "get_details".into()),
        ("opportunity_id", opportunity_id.as_str().into()),
    ]);
    let one = assembled.host.run_manual(DETAILS, &inputs).await?;
    let body = one
        .end
        .response
        .and_then(|response| response.body)
        .unwrap_or_default();
    let opportunity = body.get("opportunity").cloned().unwrap_or_default();
    #[allow(
        clippy::disallowed_methods,
        reason = "sides are compared as they are now, outside of any run"
    )]
    let context = Context {
        names: Arc::new(Environment(Arc::new(assembled.environment.clone()))),
        now: jiff::Timestamp::now(),
        seed: 0,
    };
    let mut fields = Vec::new();
    for mapping in assembled.solution.mappings.values() {
        let from = vec![
            ("referral".to_owned(), referral.clone()),
            ("opportunity".to_owned(), opportunity.clone()),
            (
                "account".to_owned(),
                opportunity.get("Account").cloned().unwrap_or_default(),
            ),
        ];
        let from = from
            .into_iter()
            .filter(|(side, _)| mapping.side(side).is_some())
            .map(|(side, value)| (side, Arc::new(value)))
            .collect();
        let lines = mapping::compare(mapping, from, &assembled.catalog, &context)
            .map_err(|error| Failure::unforeseen(error.to_string()))?;
        fields.extend(lines.as_array().unwrap_or_default().iter().map(field));
    }
    let name = opportunity
        .get("Name")
        .and_then(Value::as_str)
        .unwrap_or(opportunity_id)
        .to_owned();
    Ok(Some(Deal { name, fields }))
}

async fn referral_of(partner_center: &dyn Connection, id: &str) -> Result<Value, Failure> {
    let read = read(partner_center, "get_referral", object([("id", id.into())])).await;
    read.map_err(|error| Failure::unforeseen(error.to_string()))
}

fn field(line: &Value) -> Field {
    let text = |name: &str| {
        line.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Field {
        row: text("row"),
        referral: line.get("referral").cloned().unwrap_or_default(),
        field: text("field"),
        value: line.get("value").cloned().unwrap_or_default(),
        agrees: line.get("agrees").and_then(Value::as_bool) == Some(true),
    }
}

/// Mapping expressions outside a run see the environment only.
struct Environment(Arc<Value>);

impl Names for Environment {
    fn name(&self, name: &str) -> Option<Arc<Value>> {
        (name == "env").then(|| self.0.clone())
    }

    fn action(&self, _: &str) -> Option<ActionView> {
        None
    }

    fn items(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn result(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn flow_url(&self, _: &str) -> Option<String> {
        None
    }
}
