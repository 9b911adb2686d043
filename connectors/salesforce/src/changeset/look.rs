//! Looking whether an earlier try of a changeset was carried out.
//!
//! A changeset is carried out whole or not at all, so one of its records tells about all. If it holds an upsert, that
//! record is looked up by its external id: it was written by the earlier try if it has been created since then, or
//! changed since then and holds what was to be written. Without an upsert, the records it creates are looked for
//! among those we created since. A changeset that creates nothing is simply sent again.
//!
//! The other ids come from the found record where its fields refer to them, else from the records we created since;
//! an id that cannot be found this way (somebody changed or deleted the record meanwhile) is null in the outputs.

use connector_api::call::as_reference;
use connector_api::{Map, OperationError, Value};
use jiff::Timestamp;

use super::NodeResult;
use super::plan::{Kind, Plan, PlannedCall};
use crate::api::Api;
use crate::look::{columns, created_since, earliest};
use crate::query;
use crate::record::holds;
use crate::soql::{parse_datetime, quoted};

/// The results of all nodes if an earlier try was carried out.
pub(super) async fn done_since(
    api: &Api,
    plan: &Plan,
    since: Timestamp,
) -> Result<Option<Vec<NodeResult>>, OperationError> {
    let creates = |call: &&PlannedCall| matches!(call.kind, Kind::Create | Kind::CreateMany);
    if !plan.calls.iter().any(|call| creates(&call)) {
        return Ok(None);
    }
    let mut ids: Vec<Option<String>> = plan.nodes.iter().map(|node| node.known_id.clone()).collect();
    let mut created = vec![false; plan.nodes.len()];
    let mut found_any = false;
    for call in plan.calls.iter().filter(|call| call.kind == Kind::Upsert) {
        let Some(found) = upserted(api, plan, call, since).await? else {
            return Ok(None);
        };
        found_any = true;
        created[call.nodes.start] = found.created;
        ids[call.nodes.start] = text(&found.record, "Id");
        for (name, value) in call.rows.iter().flatten() {
            if let Some(node) = as_reference(value).and_then(|action| plan.node_of(action))
                && ids[node].is_none()
            {
                ids[node] = text(&found.record, name);
            }
        }
    }
    for call in plan.calls.iter().filter(creates) {
        let open: Vec<usize> = call.nodes.clone().filter(|node| ids[*node].is_none()).collect();
        let rows: Vec<Map> = open
            .iter()
            .map(|node| plan.resolved(&call.rows[node - call.nodes.start], &ids))
            .collect();
        let found = created_since(api, &call.object, &rows, since).await?;
        found_any |= found.iter().any(Option::is_some);
        for (node, id) in open.into_iter().zip(found) {
            ids[node] = id;
        }
    }
    if !found_any {
        return Ok(None);
    }
    let results = ids
        .into_iter()
        .zip(created)
        .map(|(id, created)| NodeResult { id, created });
    Ok(Some(results.collect()))
}

struct Upserted {
    record: Value,
    created: bool,
}

/// The upserted record, if the earlier try wrote it.
async fn upserted(
    api: &Api,
    plan: &Plan,
    call: &PlannedCall,
    since: Timestamp,
) -> Result<Option<Upserted>, OperationError> {
    let Some((key, value)) = &call.external_id else {
        return Ok(None);
    };
    let mut names: Vec<&str> = columns(&call.rows);
    let referring = call
        .rows
        .iter()
        .flatten()
        .filter(|(_, value)| as_reference(value).is_some());
    for name in referring
        .map(|(name, _)| name.as_str())
        .chain(["CreatedDate", "SystemModstamp"])
    {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let soql = format!(
        "SELECT {} FROM {} WHERE {key} = {} LIMIT 2",
        names.join(", "),
        call.object,
        quoted(value)
    );
    let mut records = query::run(api, &soql, false).await?.records;
    let (Some(record), None) = (records.pop(), records.pop()) else {
        return Ok(None);
    };
    let after = |name: &str| {
        record
            .get(name)
            .and_then(Value::as_str)
            .and_then(parse_datetime)
            .is_some_and(|time| time >= earliest(since))
    };
    let none = vec![None; plan.nodes.len()];
    let as_written = call
        .rows
        .iter()
        .all(|row| holds(&record, &plan.resolved(row, &none)));
    let created = after("CreatedDate");
    let done = created || (after("SystemModstamp") && as_written);
    Ok(done.then_some(Upserted { record, created }))
}

fn text(record: &Value, name: &str) -> Option<String> {
    record
        .as_object()?
        .iter()
        .find(|(member, _)| member.eq_ignore_ascii_case(name))?
        .1
        .as_str()
        .map(str::to_owned)
}
