//! From calls to the nodes of a graph; pure, so that a changeset that cannot be sent is refused before it is.

use std::ops::Range;

use connector_api::call::as_reference;
use connector_api::{ChangesetCall, ErrorClass, Map, OperationError, Value};
use uuid::Uuid;

use crate::api::Api;
use crate::input::Inputs;
use crate::operations::{create_records, update_record, upsert_record};

/// How many nodes the service takes in one graph.
const NODES_MAX: usize = 500;
/// What the service would replace by something of its own.
const SERVICE_REFERENCE: &str = "@{";

/// A changeset ready to be sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) calls: Vec<PlannedCall>,
    pub(super) nodes: Vec<Node>,
}

/// One call of the changeset.
#[derive(Debug)]
pub(super) struct PlannedCall {
    pub(super) action: String,
    pub(super) kind: Kind,
    pub(super) object: String,
    /// The written values per node; references to other calls are left as they came.
    pub(super) rows: Vec<Map>,
    /// Field and value, for an upsert.
    pub(super) external_id: Option<(String, String)>,
    pub(super) nodes: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Create,
    CreateMany,
    Update,
    Upsert,
    Delete,
}

/// One request within the graph.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) call: usize,
    pub(super) action: String,
    pub(super) reference_id: String,
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) body: Option<Value>,
    pub(super) precondition: Option<String>,
    pub(super) external_id_field: Option<String>,
    /// The record's id, where the call gives it.
    pub(super) known_id: Option<String>,
    /// The node whose record this one is about, where the call refers to it.
    pub(super) same_as: Option<usize>,
}

impl Plan {
    /// Reads all calls. `key` makes the names of the nodes unlike anything a text could hold by chance.
    pub(super) fn build(api: &Api, calls: &[ChangesetCall], key: Uuid) -> Result<Self, OperationError> {
        let mut plan = Plan {
            calls: Vec::new(),
            nodes: Vec::new(),
        };
        for (index, call) in calls.iter().enumerate() {
            plan.add(api, index, call, key).map_err(|error| OperationError {
                failed_call: Some(index),
                ..error
            })?;
            if plan.nodes.len() > NODES_MAX {
                return Err(OperationError {
                    failed_call: Some(index),
                    ..OperationError::new(
                        ErrorClass::Rejected,
                        "changeset_too_large",
                        format!("a changeset writes at most {NODES_MAX} records; split it"),
                    )
                });
            }
        }
        Ok(plan)
    }

    /// The node whose record an action stands for in references.
    pub(super) fn node_of(&self, action: &str) -> Option<usize> {
        let call = self.calls.iter().find(|call| call.action == action)?;
        match call.kind {
            Kind::Create | Kind::Upsert | Kind::Update => Some(call.nodes.start),
            Kind::CreateMany | Kind::Delete => None,
        }
    }

    /// The values of a row with references replaced by the ids known for the nodes; those unknown are left out.
    pub(super) fn resolved(&self, row: &Map, ids: &[Option<String>]) -> Map {
        row.iter()
            .filter_map(|(name, value)| {
                let Some(action) = as_reference(value) else {
                    return Some((name.clone(), value.clone()));
                };
                let id = ids[self.node_of(action)?].as_deref()?;
                Some((name.clone(), id.into()))
            })
            .collect()
    }

    fn add(
        &mut self,
        api: &Api,
        index: usize,
        call: &ChangesetCall,
        key: Uuid,
    ) -> Result<(), OperationError> {
        refuse_service_references("inputs", &call.inputs)?;
        let first = self.nodes.len();
        let node = |row: usize, method: &'static str, url: String, body: Option<Value>| Node {
            call: index,
            action: call.action.clone(),
            reference_id: format!("n{index}r{row}x{}", key.simple()),
            method,
            url,
            body,
            precondition: None,
            external_id_field: None,
            known_id: None,
            same_as: None,
        };
        let mut external_id = None;
        let (kind, object, rows, nodes) = match call.operation.as_str() {
            "create_record" => {
                let inputs = Inputs::read(&call.inputs, &["object", "fields"])?;
                let object = inputs.identifier("object")?;
                let fields = inputs.fields("fields")?;
                let body = self.sent(fields, "fields")?;
                let node = node(0, "POST", api.path(&["sobjects", object]), Some(body));
                (Kind::Create, object, vec![fields.clone()], vec![node])
            }
            "create_records" => {
                let inputs = Inputs::read(&call.inputs, &["object", "records", "set"])?;
                let (object, rows) = create_records::rows(&inputs)?;
                let mut nodes = Vec::with_capacity(rows.len());
                for (place, row) in rows.iter().enumerate() {
                    let body = self.sent(row, &format!("records[{place}]"))?;
                    nodes.push(node(place, "POST", api.path(&["sobjects", object]), Some(body)));
                }
                (Kind::CreateMany, object, rows, nodes)
            }
            "update_record" => {
                let inputs = Inputs::read(&call.inputs, &["object", "id", "fields", "if_unmodified_since"])?;
                let object = inputs.identifier("object")?;
                let fields = inputs.fields("fields")?;
                let body = self.sent(fields, "fields")?;
                let record = self.record(&inputs)?;
                let url = record.url(api, object);
                let node = Node {
                    precondition: update_record::precondition(&inputs)?,
                    known_id: record.known_id,
                    same_as: record.same_as,
                    ..node(0, "PATCH", url, Some(body))
                };
                (Kind::Update, object, vec![fields.clone()], vec![node])
            }
            "upsert_record" => {
                let known = ["object", "external_id_field", "external_id", "fields"];
                let inputs = Inputs::read(&call.inputs, &known)?;
                let object = inputs.identifier("object")?;
                let (field, value) = upsert_record::external_id(&inputs)?;
                let fields = inputs.fields("fields")?;
                let body = self.sent(fields, "fields")?;
                let url = api.path(&["sobjects", object, field, value]);
                let node = Node {
                    external_id_field: Some(field.to_owned()),
                    ..node(0, "PATCH", url, Some(body))
                };
                external_id = Some((field.to_owned(), value.to_owned()));
                (Kind::Upsert, object, vec![fields.clone()], vec![node])
            }
            "delete_record" => {
                let inputs = Inputs::read(&call.inputs, &["object", "id"])?;
                let object = inputs.identifier("object")?;
                let record = self.record(&inputs)?;
                let url = record.url(api, object);
                let node = Node {
                    known_id: record.known_id,
                    same_as: record.same_as,
                    ..node(0, "DELETE", url, None)
                };
                (Kind::Delete, object, vec![Map::new()], vec![node])
            }
            other => {
                return Err(OperationError::new(
                    ErrorClass::Rejected,
                    "not_in_changeset",
                    format!(
                        "`{other}` cannot be part of a changeset; `create_record`, `create_records`, \
                         `update_record`, `upsert_record` and `delete_record` can"
                    ),
                ));
            }
        };
        self.calls.push(PlannedCall {
            action: call.action.clone(),
            kind,
            object: object.to_owned(),
            rows,
            external_id,
            nodes: first..first + nodes.len(),
        });
        self.nodes.extend(nodes);
        Ok(())
    }

    /// The record an update or deletion is about: given by its id or by reference.
    fn record(&self, inputs: &Inputs<'_>) -> Result<Record, OperationError> {
        let Some(action) = inputs.get("id").and_then(as_reference) else {
            return Ok(Record {
                segment: inputs.id("id")?.to_owned(),
                known_id: Some(inputs.id("id")?.to_owned()),
                same_as: None,
            });
        };
        let (node, segment) = self.target(action, "id")?;
        Ok(Record {
            segment,
            known_id: None,
            same_as: Some(node),
        })
    }

    /// The node an action stands for, and what is sent in its place.
    fn target(&self, action: &str, place: &str) -> Result<(usize, String), OperationError> {
        let index = self.node_of(action).ok_or_else(|| {
            OperationError::invalid_input(
                place,
                format!(
                    "`{place}` refers to `{action}`, which is no earlier action of this changeset that has one id"
                ),
            )
        })?;
        let mut index = index;
        while let Some(same) = self.nodes[index].same_as {
            index = same;
        }
        let node = &self.nodes[index];
        let text = node
            .known_id
            .clone()
            .unwrap_or_else(|| format!("{SERVICE_REFERENCE}{}.id}}", node.reference_id));
        Ok((index, text))
    }

    /// Field values as they are sent: references in the service's form.
    fn sent(&self, fields: &Map, place: &str) -> Result<Value, OperationError> {
        fields
            .iter()
            .map(|(name, value)| {
                let value = match as_reference(value) {
                    Some(action) => self.target(action, &format!("{place}.{name}"))?.1.into(),
                    None if holds_reference(value) => {
                        return Err(OperationError::invalid_input(
                            format!("{place}.{name}"),
                            format!("`{place}.{name}` refers to another action inside its value; only a whole value can"),
                        ));
                    }
                    None => value.clone(),
                };
                Ok((name.clone(), value))
            })
            .collect::<Result<Map, OperationError>>()
            .map(Value::Object)
    }
}

struct Record {
    segment: String,
    known_id: Option<String>,
    same_as: Option<usize>,
}

impl Record {
    /// The address of the record. A reference must stay as it is, or the service would not see it.
    fn url(&self, api: &Api, object: &str) -> String {
        format!("{}/{}", api.path(&["sobjects", object]), self.segment)
    }
}

fn holds_reference(value: &Value) -> bool {
    as_reference(value).is_some()
        || match value {
            Value::Array(items) => items.iter().any(holds_reference),
            Value::Object(members) => members.values().any(holds_reference),
            _ => false,
        }
}

/// Refuses text that the service would take for a reference and replace.
fn refuse_service_references(place: &str, value: &Value) -> Result<(), OperationError> {
    match value {
        Value::String(text) if text.contains(SERVICE_REFERENCE) => Err(OperationError::invalid_input(
            place,
            format!(
                "`{place}` holds `{SERVICE_REFERENCE}`, which the service replaces inside a changeset; \
                 write this record by an action of its own"
            ),
        )),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_service_references(&format!("{place}[{index}]"), item)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            let inner = if place == "inputs" {
                name.clone()
            } else {
                format!("{place}.{name}")
            };
            refuse_service_references(&inner, value)
        }),
        _ => Ok(()),
    }
}
