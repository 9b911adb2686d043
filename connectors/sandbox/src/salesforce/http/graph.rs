//! Graphs of rows: each saved whole or not at all, independent of the others.

use std::collections::{HashMap, HashSet};

use connector_api::{Map, Value, value::object};

use super::call::{Answer, Call, Content, Context};
use super::composite::{Part, read_parts, run_parts};
use super::data::over_limit;
use super::reference::{named, named_in_text};
use crate::salesforce::error::ApiError;
use crate::salesforce::state::State;

const GRAPHS_MAX: usize = 75;
/// Parts of all graphs together.
const NODES_MAX: usize = 500;
/// How long a chain of references may be.
const DEPTH_MAX: usize = 15;
/// Different pairs of method and object, over all graphs.
const NODE_KINDS_MAX: usize = 15;
/// After so many failed graphs the rest is not begun.
const FAILED_GRAPHS_MAX: usize = 14;
const GRAPH_ID_CHARS_MAX: usize = 39;

struct Graph {
    id: String,
    parts: Vec<Part>,
}

/// `POST /composite/graph`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call) -> Answer {
    if call.method != "POST" {
        return Answer::error(call.method_not_allowed("POST"));
    }
    match read(call) {
        Ok(graphs) => Answer::ok(object([("graphs", run(state, context, &graphs).into())])),
        Err(error) => Answer::error(error),
    }
}

fn run(state: &mut State, context: &Context, graphs: &[Graph]) -> Vec<Value> {
    let mut failures = 0;
    graphs
        .iter()
        .map(|graph| {
            let (responses, successful) = if failures >= FAILED_GRAPHS_MAX {
                (graph.parts.iter().map(not_begun).collect(), false)
            } else {
                run_parts(state, context, &graph.parts, true)
            };
            failures += usize::from(!successful);
            object([
                ("graphId", graph.id.as_str().into()),
                ("graphResponse", object([("compositeResponse", responses.into())])),
                ("isSuccessful", successful.into()),
            ])
        })
        .collect()
}

fn not_begun(part: &Part) -> Value {
    let error = ApiError::halted("The request was not processed because too many graphs failed.");
    object([
        ("body", Value::Array(vec![error.to_value()])),
        ("httpHeaders", Value::Object(Map::new())),
        ("httpStatusCode", 400.into()),
        ("referenceId", part.reference_id.as_str().into()),
    ])
}

fn read(call: &Call) -> Result<Vec<Graph>, ApiError> {
    let body = call.members()?;
    let items = body
        .get("graphs")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::parser("Missing required field: graphs"))?;
    if items.len() > GRAPHS_MAX {
        return Err(over_limit(format!("Cannot have more than {GRAPHS_MAX} graphs")));
    }
    let mut ids = HashSet::new();
    let mut kinds = HashSet::new();
    let mut nodes = 0;
    let mut graphs = Vec::with_capacity(items.len());
    for item in items {
        let id = item
            .get("graphId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let begins_well = id.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if !begins_well || id.len() > GRAPH_ID_CHARS_MAX || id.contains('.') || !ids.insert(id.clone()) {
            return Err(ApiError::parser(format!(
                "Invalid or duplicate graph ID: {}",
                crate::salesforce::coerce::echo(&id)
            )));
        }
        let members = item.as_object().cloned().unwrap_or_default();
        let parts = read_parts(call, &members)?;
        nodes += parts.len();
        for part in &parts {
            kinds.insert(node_kind(part)?);
        }
        if depth(&parts) > DEPTH_MAX {
            return Err(over_limit(format!("The maximum depth of a graph is {DEPTH_MAX}")));
        }
        graphs.push(Graph { id, parts });
    }
    if nodes > NODES_MAX {
        return Err(over_limit(format!("Cannot have more than {NODES_MAX} nodes")));
    }
    if kinds.len() > NODE_KINDS_MAX {
        return Err(over_limit(format!(
            "Cannot have more than {NODE_KINDS_MAX} different kinds of nodes"
        )));
    }
    Ok(graphs)
}

/// Version, method and object of a node; rows are all that a graph takes.
fn node_kind(part: &Part) -> Result<(String, String, String), ApiError> {
    let call = Call::new(&part.method, &part.url, Vec::new(), Content::Json(Value::Null));
    match call.path.as_slice() {
        [services, data, version, sobjects, object, rest @ ..]
            if services == "services" && data == "data" && sobjects == "sobjects" && rest.len() <= 2 =>
        {
            Ok((version.clone(), call.method.clone(), object.clone()))
        }
        _ => Err(ApiError::parser(format!(
            "The URL of a graph's node must name rows: {}",
            crate::salesforce::coerce::echo(&part.url)
        ))),
    }
}

/// The longest chain of references to earlier parts, counted in parts.
fn depth(parts: &[Part]) -> usize {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    for part in parts {
        let mut names = Vec::new();
        named_in_text(&part.url, &mut names);
        if let Some(body) = &part.body {
            named(body, &mut names);
        }
        let below = names.iter().filter_map(|name| depths.get(name.as_str())).max();
        let depth = 1 + below.copied().unwrap_or_default();
        depths.insert(&part.reference_id, depth);
    }
    depths.into_values().max().unwrap_or_default()
}
