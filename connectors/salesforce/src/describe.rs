//! What the org says about an object, kept for a while.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use connector_api::{Map, OperationError, Value};

use crate::api::{Api, ApiCall, incomplete};

/// How long an answer is used: fields and relationships of an org change seldom.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// How many objects are remembered.
const KEPT_MAX: usize = 200;

/// An object as the signed-in user sees it.
pub(crate) struct Describe {
    pub(crate) fields: Vec<DescribedField>,
    pub(crate) children: Vec<ChildRelationship>,
}

/// A field of an object.
pub(crate) struct DescribedField {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) external_id: bool,
    pub(crate) unique: bool,
    pub(crate) reference_to: Vec<String>,
    pub(crate) relationship_name: Option<String>,
}

/// Rows of another object that belong to a record of this one.
pub(crate) struct ChildRelationship {
    pub(crate) name: String,
    pub(crate) object: String,
    /// The field of the other object that points back.
    pub(crate) field: String,
}

/// An answer and when it came.
pub(crate) struct CachedDescribe {
    at: Instant,
    describe: Arc<Describe>,
}

impl Describe {
    /// The field of that name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&DescribedField> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The child relationship of that name, in any case.
    pub(crate) fn child(&self, name: &str) -> Option<&ChildRelationship> {
        self.children
            .iter()
            .find(|child| child.name.eq_ignore_ascii_case(name))
    }

    fn read(body: &Value) -> Option<Self> {
        let fields = body.get("fields")?.as_array()?.iter().filter_map(|field| {
            let flag = |name: &str| field.get(name).and_then(Value::as_bool).unwrap_or(false);
            Some(DescribedField {
                name: text(field, "name")?,
                kind: text(field, "type")?,
                createable: flag("createable"),
                updateable: flag("updateable"),
                external_id: flag("externalId"),
                unique: flag("unique"),
                reference_to: field
                    .get("referenceTo")
                    .and_then(Value::as_array)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|object| object.as_str().map(str::to_owned))
                    .collect(),
                relationship_name: text(field, "relationshipName"),
            })
        });
        let children = body
            .get("childRelationships")
            .and_then(Value::as_array)
            .unwrap_or_default();
        Some(Self {
            fields: fields.collect(),
            children: children
                .iter()
                .filter_map(|child| {
                    Some(ChildRelationship {
                        name: text(child, "relationshipName")?,
                        object: text(child, "childSObject")?,
                        field: text(child, "field")?,
                    })
                })
                .collect(),
        })
    }
}

/// Describes an object, from memory if it was asked for lately.
pub(crate) async fn cached(api: &Api, object: &str) -> Result<Arc<Describe>, OperationError> {
    let key = object.to_ascii_lowercase();
    {
        let kept = api.describes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&key)
            && found.at.elapsed() < KEPT_FOR
        {
            return Ok(Arc::clone(&found.describe));
        }
    }
    Ok(fresh(api, object).await?.1)
}

/// Asks the org; the answer as it came and as it is understood.
pub(crate) async fn fresh(api: &Api, object: &str) -> Result<(Value, Arc<Describe>), OperationError> {
    let response = api
        .succeed(ApiCall::get(api.path(&["sobjects", object, "describe"])))
        .await?;
    let body = response.json()?;
    let describe = Arc::new(Describe::read(&body).ok_or_else(|| incomplete(&response, "fields"))?);
    let mut kept = api.describes.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    let cached = CachedDescribe {
        at: Instant::now(),
        describe: Arc::clone(&describe),
    };
    kept.insert(object.to_ascii_lowercase(), cached);
    drop(kept);
    Ok((body, describe))
}

/// The parts of a description that a flow can use; the rest is about screens.
pub(crate) fn shortened(body: &Value) -> Value {
    const OBJECT: [&str; 9] = [
        "name",
        "label",
        "labelPlural",
        "keyPrefix",
        "custom",
        "createable",
        "updateable",
        "deletable",
        "queryable",
    ];
    const FIELD: [&str; 18] = [
        "name",
        "label",
        "type",
        "length",
        "precision",
        "scale",
        "nillable",
        "createable",
        "updateable",
        "defaultedOnCreate",
        "externalId",
        "idLookup",
        "unique",
        "custom",
        "calculated",
        "restrictedPicklist",
        "referenceTo",
        "relationshipName",
    ];
    const CHILD: [&str; 3] = ["relationshipName", "childSObject", "field"];
    let mut short = picked(body, &OBJECT);
    let items = |name: &str| body.get(name).and_then(Value::as_array).unwrap_or_default();
    let fields = items("fields").iter().map(|field| {
        let mut members = picked(field, &FIELD);
        members.insert("picklistValues".into(), active_values(field));
        Value::Object(members)
    });
    short.insert("fields".into(), fields.collect::<Vec<_>>().into());
    let children = items("childRelationships")
        .iter()
        .filter(|child| child.get("relationshipName").is_some_and(|name| !name.is_null()))
        .map(|child| Value::Object(picked(child, &CHILD)));
    short.insert("childRelationships".into(), children.collect::<Vec<_>>().into());
    Value::Object(short)
}

fn active_values(field: &Value) -> Value {
    field
        .get("picklistValues")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter(|entry| entry.get("active").and_then(Value::as_bool) != Some(false))
        .filter_map(|entry| entry.get("value").cloned())
        .collect::<Vec<_>>()
        .into()
}

fn picked(value: &Value, names: &[&str]) -> Map {
    names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())))
        .collect()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}
