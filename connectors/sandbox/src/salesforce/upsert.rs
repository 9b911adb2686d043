//! Saving by a key of one's own: create when no row has it, change when one has, refuse when several have.

use std::sync::Arc;

use connector_api::{Map, Value};

use super::coerce;
use super::error::{ApiError, Errors};
use super::schema::{Field, ObjectType};
use super::state::State;
use super::write::Caller;

/// What became of an upsert.
pub(crate) enum Upserted {
    Created(String),
    Updated(String),
    /// Several rows have the key; nothing was written.
    Ambiguous(Vec<String>),
}

impl State {
    /// The field a row may be found by.
    pub(crate) fn key_field(object: &ObjectType, name: &str) -> Result<Field, ApiError> {
        let field = object
            .field(name)
            .filter(|field| field.external_id || field.id_lookup);
        field.cloned().ok_or_else(|| {
            ApiError::new(
                404,
                "NOT_FOUND",
                format!("Provided external ID field does not exist or is not accessible: {name}"),
            )
        })
    }

    /// Rows with this key, as text from a path or a value from a body.
    pub(crate) fn by_key(
        &self,
        object: &ObjectType,
        field: &Field,
        key: &Value,
    ) -> Result<Vec<String>, ApiError> {
        if field.name == "Id" {
            let id = key
                .as_str()
                .and_then(super::id::long)
                .ok_or_else(ApiError::not_found)?;
            let live = self
                .store
                .row(&object.name, &id)
                .is_some_and(|row| !row.deleted() && !row.purged);
            return Ok(if live { vec![id] } else { Vec::new() });
        }
        let key = coerce::read(field, key)?;
        Ok(self.matches(object, field, &key))
    }

    /// Creates or changes the row with this key.
    pub(crate) fn upsert(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        field: &Field,
        key: &Value,
        body: &Map,
        update_only: bool,
    ) -> Result<Upserted, Errors> {
        let one = |error| vec![error];
        for name in body.keys() {
            if name.eq_ignore_ascii_case(&field.name) || name.eq_ignore_ascii_case("Id") {
                return Err(one(ApiError::new(
                    400,
                    "INVALID_FIELD",
                    format!("The {name} field should not be specified in the sobject data."),
                )));
            }
        }
        let found = self.by_key(object, field, key).map_err(one)?;
        match found.as_slice() {
            [id] => {
                self.update(caller, object, id, body)?;
                Ok(Upserted::Updated(id.clone()))
            }
            [] if update_only || field.name == "Id" => Err(one(ApiError::not_found())),
            [] => {
                let mut with_key = body.clone();
                with_key.insert(field.name.clone(), key.clone());
                Ok(Upserted::Created(self.insert(caller, object, &with_key)?))
            }
            _ => Ok(Upserted::Ambiguous(found)),
        }
    }
}
