//! Several calls as one composite graph: all of them are carried out, or none.

mod look;
mod plan;

use std::collections::HashSet;

use connector_api::{
    CallContext, ChangesetCall, ErrorClass, Map, OperationError, OperationOutput, RecordWrite, Value,
    value::object,
};
use connector_http::{Method, Response};

use crate::api::{Api, ApiCall, incomplete, output};
use crate::error;
use crate::operations::delete_record;
use plan::{Kind, Node, Plan, PlannedCall};

/// Carries out the calls; outputs come in their order.
///
/// When an earlier try may have been carried out, the changeset is looked up first (see [`look`]). A record that
/// one of the calls deletes and that is already deleted is left out, and the rest is sent again.
pub(crate) async fn run(
    api: &Api,
    calls: &[ChangesetCall],
    context: &CallContext,
) -> Result<Vec<OperationOutput>, OperationError> {
    let plan = Plan::build(api, calls, context.idempotency_key)?;
    if let Some(since) = context.look_since
        && let Some(results) = look::done_since(api, &plan, since).await?
    {
        return Ok(outputs(&plan, results, None));
    }
    let mut gone = HashSet::new();
    while gone.len() < plan.nodes.len() {
        let response = api.succeed(request(api, &plan, context, &gone)).await?;
        match read(&plan, &gone, &response)? {
            Outcome::Done(results) => return Ok(outputs(&plan, results, Some(&response))),
            Outcome::AlreadyDeleted(node) => {
                gone.insert(node);
            }
        }
    }
    let nothing_to_do = plan.nodes.iter().map(|node| done(node, None)).collect();
    Ok(outputs(&plan, nothing_to_do, None))
}

/// What became of one node.
#[derive(Clone, Debug, Default)]
struct NodeResult {
    id: Option<String>,
    created: bool,
}

enum Outcome {
    Done(Vec<NodeResult>),
    AlreadyDeleted(usize),
}

fn request(api: &Api, plan: &Plan, context: &CallContext, gone: &HashSet<usize>) -> ApiCall {
    let nodes = plan
        .nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| !gone.contains(index))
        .map(|(_, node)| {
            let mut part = vec![
                ("method".to_owned(), node.method.into()),
                ("url".to_owned(), node.url.as_str().into()),
                ("referenceId".to_owned(), node.reference_id.as_str().into()),
            ];
            // Headers of the whole are not promised to hold for its parts.
            let mut headers = vec![("Sforce-Auto-Assign".to_owned(), Value::from("FALSE"))];
            if let Some(value) = &node.precondition {
                headers.push(("If-Unmodified-Since".to_owned(), value.as_str().into()));
            }
            part.push(("httpHeaders".to_owned(), headers.into_iter().collect()));
            if let Some(body) = &node.body {
                part.push(("body".to_owned(), body.clone()));
            }
            part.into_iter().collect::<Value>()
        });
    let graph = object([
        ("graphId", format!("g{}", context.idempotency_key.simple()).into()),
        ("compositeRequest", nodes.collect::<Vec<_>>().into()),
    ]);
    ApiCall::write(Method::POST, api.path(&["composite", "graph"]))
        .body(object([("graphs", vec![graph].into())]))
}

fn read(plan: &Plan, gone: &HashSet<usize>, response: &Response) -> Result<Outcome, OperationError> {
    let answer = response.json()?;
    let graph = answer
        .at(&["graphs", "0"])
        .ok_or_else(|| incomplete(response, "graphs"))?;
    let parts = graph
        .at(&["graphResponse", "compositeResponse"])
        .and_then(Value::as_array)
        .ok_or_else(|| incomplete(response, "compositeResponse"))?;
    let part = |node: &Node| {
        parts
            .iter()
            .find(|part| part.get("referenceId").and_then(Value::as_str) == Some(node.reference_id.as_str()))
    };
    let mut results = Vec::with_capacity(plan.nodes.len());
    let mut follower = None;
    for (index, node) in plan.nodes.iter().enumerate() {
        if gone.contains(&index) {
            results.push(done(node, None));
            continue;
        }
        let part = part(node).ok_or_else(|| incomplete(response, &format!("result of `{}`", node.action)))?;
        let status = part
            .get("httpStatusCode")
            .and_then(Value::as_i64)
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_default();
        let body = part.get("body").unwrap_or(&Value::Null);
        if (200..300).contains(&status) {
            results.push(done(node, Some((status, body))));
            continue;
        }
        let failure = failure(node, status, body);
        if error::is_following(&failure) {
            follower.get_or_insert(failure);
        } else if node.method == "DELETE" && error::is_deleted(&failure) {
            return Ok(Outcome::AlreadyDeleted(index));
        } else {
            return Err(failure);
        }
    }
    if let Some(failure) = follower {
        return Err(failure);
    }
    if graph.get("isSuccessful").and_then(Value::as_bool) != Some(true) {
        return Err(incomplete(response, "isSuccessful"));
    }
    if let Some(node) = results
        .iter()
        .zip(&plan.nodes)
        .find_map(|(result, node)| (result.id.is_none() && node.same_as.is_none()).then_some(node))
    {
        return Err(incomplete(response, &format!("id of `{}`", node.action)));
    }
    Ok(Outcome::Done(results))
}

fn failure(node: &Node, status: u16, body: &Value) -> OperationError {
    let failure = match &node.external_id_field {
        Some(field) if status == 300 => error::ambiguous(status, field, body),
        Some(field) => {
            let failure = error::of_part(status, body, false);
            // Nothing was written. Sent again as it is, the changeset would create the other records for a record
            // that somebody else has made meanwhile: what is there must be read first.
            if error::is_lost_race(&failure, field) {
                OperationError {
                    class: ErrorClass::Conflict,
                    ..failure
                }
            } else {
                failure
            }
        }
        None => error::of_part(status, body, false),
    };
    OperationError {
        failed_call: Some(node.call),
        ..failure
    }
}

/// The result of a node that was carried out; `None` for a deletion that was not needed.
fn done(node: &Node, answer: Option<(u16, &Value)>) -> NodeResult {
    let told = answer
        .and_then(|(_, body)| body.get("id"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let created = answer.is_some_and(|(status, body)| {
        body.get("created")
            .and_then(Value::as_bool)
            .unwrap_or(status == 201)
    });
    NodeResult {
        id: told.or_else(|| node.known_id.clone()),
        created,
    }
}

/// The outputs of all calls. Ids that a call only referred to are filled in from the record it referred to.
fn outputs(plan: &Plan, mut results: Vec<NodeResult>, response: Option<&Response>) -> Vec<OperationOutput> {
    for (index, node) in plan.nodes.iter().enumerate() {
        if let Some(same) = node.same_as {
            results[index].id = results[same].id.clone();
        }
    }
    let ids: Vec<Option<String>> = results.iter().map(|result| result.id.clone()).collect();
    plan.calls
        .iter()
        .map(|call| {
            let results = &results[call.nodes.clone()];
            let rows = call.rows.iter().map(|row| plan.resolved(row, &ids));
            let writes = writes(call, results, rows);
            match response {
                Some(response) => output(response, body(call.kind, results), writes),
                None => OperationOutput {
                    body: body(call.kind, results),
                    writes,
                    ..OperationOutput::default()
                },
            }
        })
        .collect()
}

fn body(kind: Kind, results: &[NodeResult]) -> Value {
    let first = results.first().cloned().unwrap_or_default();
    match kind {
        Kind::CreateMany => {
            let ids: Vec<Value> = results.iter().map(|result| result.id.as_deref().into()).collect();
            object([("ids", ids.into())])
        }
        Kind::Upsert => object([("id", first.id.into()), ("created", first.created.into())]),
        Kind::Create | Kind::Update | Kind::Delete => object([("id", first.id.into())]),
    }
}

fn writes(call: &PlannedCall, results: &[NodeResult], rows: impl Iterator<Item = Map>) -> Vec<RecordWrite> {
    results
        .iter()
        .zip(rows)
        .filter_map(|(result, row)| {
            let id = result.id.as_deref()?;
            Some(match call.kind {
                Kind::Delete => delete_record::write(&call.object, id),
                _ => RecordWrite {
                    object: call.object.clone(),
                    id: id.to_owned(),
                    fields: row.into(),
                },
            })
        })
        .collect()
}
