//! What a watching trigger reads besides the base object: parents and child rows, as the mapping names them.

use connector_api::{ErrorClass, OperationError, Value};

use super::source::Source;
use crate::api::Api;
use crate::describe::{self, Describe};
use crate::input::{is_identifier, is_path};

/// Everything that is watched.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Fields of the base object.
    fields: Vec<String>,
    parents: Vec<Parent>,
    children: Vec<Child>,
}

/// A parent of the base object, or of its child rows.
#[derive(Debug)]
struct Parent {
    relationship: String,
    fields: Vec<String>,
    /// A parent that may be one of several objects has no time of change that a query could ask for.
    has_stamp: bool,
}

/// Child rows of the base object.
#[derive(Debug)]
struct Child {
    relationship: String,
    object: String,
    /// The field that points back to the base record.
    field: String,
    fields: Vec<String>,
    parents: Vec<Parent>,
}

impl Watch {
    /// Reads the list of sides and fields; relationships come from the org's description of its objects.
    pub(super) async fn read(api: &Api, base: &str, value: &Value) -> Result<Self, OperationError> {
        let entries = value
            .as_array()
            .ok_or_else(|| invalid("`watch` must be a list of sides"))?;
        let base_describe = describe::cached(api, base).await?;
        let mut watch = Watch::default();
        for entry in entries {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let side = text("side").ok_or_else(|| invalid("a watched side has no `side`"))?;
            let object = side.rsplit('.').next().unwrap_or(side);
            let fields = field_names(entry)?;
            if let Some(relationship) = text("relationship") {
                let child = base_describe
                    .child(relationship)
                    .ok_or_else(|| invalid(format!("`{base}` has no child rows called `{relationship}`")))?;
                let child_describe = describe::cached(api, &child.object).await?;
                let place = match watch
                    .children
                    .iter()
                    .position(|known| known.relationship == child.name)
                {
                    Some(place) => place,
                    None => {
                        watch.children.push(Child {
                            relationship: child.name.clone(),
                            object: child.object.clone(),
                            field: child.field.clone(),
                            fields: Vec::new(),
                            parents: Vec::new(),
                        });
                        watch.children.len() - 1
                    }
                };
                let child = &mut watch.children[place];
                for field in fields {
                    add_field(&mut child.fields, &mut child.parents, &child_describe, field);
                }
            } else if object.eq_ignore_ascii_case(base) {
                for field in fields {
                    add_field(&mut watch.fields, &mut watch.parents, &base_describe, field);
                }
            } else {
                let relationship = parent_relationship(&base_describe, base, object)?;
                // A side of which nothing is read is not watched.
                for field in fields {
                    add_parent(&mut watch.parents, &base_describe, &relationship, field);
                }
            }
        }
        Ok(watch)
    }

    /// Where else than at the base object changes show.
    pub(super) fn sources(&self, base: &str, filter: Option<&str>) -> Vec<Source> {
        let parent =
            |parent: &Parent, name: String, from: &str, base_id: &str, filter: Option<&str>| Source {
                name,
                from: from.to_owned(),
                stamp: format!("{}.SystemModstamp", parent.relationship),
                author: format!("{}.LastModifiedById", parent.relationship),
                base_id: base_id.to_owned(),
                columns: Vec::new(),
                with_deleted: false,
                filter: filter.map(str::to_owned),
            };
        let mut sources: Vec<Source> = self
            .parents
            .iter()
            .filter(|found| found.has_stamp)
            .map(|found| parent(found, found.relationship.clone(), base, "Id", filter))
            .collect();
        for child in &self.children {
            sources.push(Source {
                name: child.relationship.clone(),
                from: child.object.clone(),
                stamp: "SystemModstamp".into(),
                author: "LastModifiedById".into(),
                base_id: child.field.clone(),
                columns: Vec::new(),
                with_deleted: true,
                filter: None,
            });
            for found in child.parents.iter().filter(|found| found.has_stamp) {
                let name = format!("{}.{}", child.relationship, found.relationship);
                sources.push(parent(found, name, &child.object, &child.field, None));
            }
        }
        sources
    }

    /// The select list that reads a base record whole.
    pub(super) fn select(&self, columns: &[String]) -> String {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: String| {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        };
        columns.iter().chain(&self.fields).cloned().for_each(&mut add);
        parent_columns(&self.parents).for_each(&mut add);
        for child in &self.children {
            let mut inner = vec!["Id".to_owned()];
            for name in child.fields.iter().cloned().chain(parent_columns(&child.parents)) {
                if !inner.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                    inner.push(name);
                }
            }
            names.push(format!(
                "(SELECT {} FROM {})",
                inner.join(","),
                child.relationship
            ));
        }
        names.join(",")
    }
}

fn parent_columns(parents: &[Parent]) -> impl Iterator<Item = String> {
    parents.iter().flat_map(|parent| {
        parent
            .fields
            .iter()
            .map(move |field| format!("{}.{field}", parent.relationship))
    })
}

fn add_field(own: &mut Vec<String>, parents: &mut Vec<Parent>, describe: &Describe, field: &str) {
    match field.split_once('.') {
        Some((relationship, rest)) => add_parent(parents, describe, relationship, rest),
        None => {
            if !own.iter().any(|known| known.eq_ignore_ascii_case(field)) {
                own.push(field.to_owned());
            }
        }
    }
}

fn add_parent(parents: &mut Vec<Parent>, describe: &Describe, relationship: &str, field: &str) {
    let known = parents
        .iter_mut()
        .find(|parent| parent.relationship.eq_ignore_ascii_case(relationship));
    if let Some(parent) = known {
        if !parent
            .fields
            .iter()
            .any(|known| known.eq_ignore_ascii_case(field))
        {
            parent.fields.push(field.to_owned());
        }
        return;
    }
    let has_stamp = describe.fields.iter().any(|found| {
        found.reference_to.len() == 1
            && found
                .relationship_name
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(relationship))
    });
    parents.push(Parent {
        relationship: relationship.to_owned(),
        fields: vec![field.to_owned()],
        has_stamp,
    });
}

/// The relationship through which a base record reaches the object of another side.
fn parent_relationship(describe: &Describe, base: &str, object: &str) -> Result<String, OperationError> {
    let found: Vec<&str> = describe
        .fields
        .iter()
        .filter(|field| {
            field
                .reference_to
                .iter()
                .any(|target| target.eq_ignore_ascii_case(object))
        })
        .filter_map(|field| field.relationship_name.as_deref())
        .collect();
    let plain_name = found.iter().find(|name| name.eq_ignore_ascii_case(object));
    match (plain_name, found.as_slice()) {
        (Some(name), _) | (None, [name]) => Ok((*name).to_owned()),
        (None, []) => Err(invalid(format!(
            "`{base}` has no lookup to `{object}`, so the trigger cannot watch it"
        ))),
        (None, several) => Err(invalid(format!(
            "`{base}` reaches `{object}` through {}; name the fields by their path instead",
            several.join(", ")
        ))),
    }
}

fn field_names(entry: &Value) -> Result<Vec<&str>, OperationError> {
    entry
        .get("fields")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .map(|field| {
            let text = field.as_str().unwrap_or_default();
            if is_identifier(text) || is_path(text) {
                Ok(text)
            } else {
                Err(invalid(format!("`{field}` is not a field that can be watched")))
            }
        })
        .collect()
}

fn invalid(message: impl Into<String>) -> OperationError {
    OperationError {
        field: Some("watch".into()),
        ..OperationError::new(ErrorClass::Rejected, "invalid_input", message)
    }
}
