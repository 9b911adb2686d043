//! New rows with their children in one body, all or nothing.

use std::collections::HashSet;
use std::sync::Arc;

use connector_api::{Map, Value, value::object};

use super::call::{Answer, Call, Context};
use super::data::over_limit;
use crate::salesforce::error::{ApiError, Errors, failed_row};
use crate::salesforce::schema::ObjectType;
use crate::salesforce::state::State;
use crate::salesforce::write::Caller;

const ROWS_MAX: usize = 200;
const TYPES_MAX: usize = 5;
const LEVELS_MAX: usize = 5;

/// `POST /composite/tree/{object}`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call, object: &str) -> Answer {
    if call.method != "POST" {
        return Answer::error(call.method_not_allowed("POST"));
    }
    run(state, context, call, object).into()
}

fn run(state: &mut State, context: &Context, call: &Call, name: &str) -> Result<Answer, ApiError> {
    let of = state.object(name)?;
    let body = call.members()?;
    let mut tree = Tree {
        caller: call.caller(context),
        references: HashSet::new(),
        types: HashSet::new(),
        saved: Vec::new(),
        failed: Vec::new(),
    };
    let mark = state.store.mark();
    tree.save(state, &of, &Value::Object(body), None, 1)?;
    if tree.failed.is_empty() {
        return Ok(Answer::new(201, Some(results(false, tree.saved))));
    }
    state.store.roll_back(mark);
    Ok(Answer::new(400, Some(results(true, tree.failed))))
}

fn results(has_errors: bool, results: Vec<Value>) -> Value {
    object([("hasErrors", has_errors.into()), ("results", results.into())])
}

struct Tree {
    caller: Caller,
    references: HashSet<String>,
    types: HashSet<String>,
    saved: Vec<Value>,
    failed: Vec<Value>,
}

impl Tree {
    /// Saves the records of a list below a parent, given as the child's field and the parent's id.
    fn save(
        &mut self,
        state: &mut State,
        of: &Arc<ObjectType>,
        list: &Value,
        parent: Option<(&str, &str)>,
        level: usize,
    ) -> Result<(), ApiError> {
        if level > LEVELS_MAX {
            return Err(over_limit(format!("a tree has at most {LEVELS_MAX} levels")));
        }
        self.types.insert(of.name.clone());
        if self.types.len() > TYPES_MAX {
            return Err(over_limit(format!("a tree holds at most {TYPES_MAX} types")));
        }
        let records = list
            .get("records")
            .and_then(Value::as_array)
            .ok_or_else(|| ApiError::parser("Missing required field: records"))?;
        for record in records {
            let reference = record
                .at(&["attributes", "referenceId"])
                .and_then(Value::as_str)
                .unwrap_or_default();
            if reference.is_empty() || !self.references.insert(reference.to_owned()) {
                return Err(ApiError::parser("each record needs a reference ID of its own"));
            }
            if self.references.len() > ROWS_MAX {
                return Err(over_limit(format!("a tree holds at most {ROWS_MAX} records")));
            }
            let relations = state.schema.children(&of.name);
            let mut own = Map::new();
            let mut below = Vec::new();
            for (name, value) in record.as_object().into_iter().flatten() {
                let named = |child: &&crate::salesforce::schema::ChildRelation| {
                    child
                        .name
                        .as_deref()
                        .is_some_and(|known| known.eq_ignore_ascii_case(name))
                };
                match relations.iter().find(named) {
                    Some(child) if value.get("records").is_some() => below.push((child, value)),
                    _ => {
                        own.insert(name.clone(), value.clone());
                    }
                }
            }
            if let Some((field, id)) = parent {
                own.insert(field.to_owned(), id.into());
            }
            match state.insert(&self.caller, of, &own) {
                Ok(id) => {
                    self.saved.push(object([
                        ("referenceId", reference.into()),
                        ("id", id.as_str().into()),
                    ]));
                    for (child, list) in below {
                        self.save(state, &child.object, list, Some((&child.field, &id)), level + 1)?;
                    }
                }
                Err(errors) => self.failed.push(failure(reference, &errors)),
            }
        }
        Ok(())
    }
}

fn failure(reference: &str, errors: &Errors) -> Value {
    let errors = failed_row(errors).get("errors").cloned().unwrap_or_default();
    object([("referenceId", reference.into()), ("errors", errors)])
}
