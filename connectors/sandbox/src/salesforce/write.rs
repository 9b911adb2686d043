//! Saving and deleting rows: every rule the service applies between a request's body and the row.
//!
//! A row is saved whole or not at all. Several rows as one are the caller's affair, by the store's marks.

use std::sync::Arc;

use connector_api::{Map, Value};
use jiff::{SignedDuration, Timestamp};

use super::catalog::COUNTRIES;
use super::coerce;
use super::error::{ApiError, Errors};
use super::id;
use super::moment;
use super::schema::{Field, Kind, ObjectType};
use super::state::State;
use super::store::{ROWS_MAX, Row};

/// Objects whose new and changed rows assignment rules give to somebody.
const ASSIGNED: [&str; 2] = ["Lead", "Account"];
/// What tells one opportunity team member from another.
const MEMBER_KEY: [&str; 2] = ["OpportunityId", "UserId"];

/// Who writes, and what the headers of the call say about it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: String,
    /// From `Sforce-Call-Options`.
    pub(crate) client: Option<String>,
    /// From `Sforce-Auto-Assign`, on by default.
    pub(crate) auto_assign: bool,
    /// From `Sforce-Duplicate-Rule-Header`.
    pub(crate) may_save_duplicates: bool,
    pub(crate) version: u32,
    pub(crate) now: Timestamp,
}

impl State {
    /// An object of the schema, by its name in any case.
    pub(crate) fn object(&self, name: &str) -> Result<Arc<ObjectType>, ApiError> {
        self.schema.object(name).cloned().ok_or_else(ApiError::not_found)
    }

    /// Creates a row and returns its id.
    pub(crate) fn insert(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        body: &Map,
    ) -> Result<String, Errors> {
        if !object.createable {
            return Err(vec![no_access(&object.name)]);
        }
        let mut given = self.read_body(object, body, true)?;
        let mark = self.store.mark();
        let saved = match self.existing_member(object, &given) {
            Some(existing) => {
                given.retain(|name, _| !MEMBER_KEY.contains(&name.as_str()));
                self.change(caller, object, &existing, given)
                    .map(|()| existing.id.clone())
            }
            None => self.create(caller, object, given),
        };
        if saved.is_err() {
            self.store.roll_back(mark);
        }
        saved
    }

    /// Changes the fields a body names.
    pub(crate) fn update(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        id: &str,
        body: &Map,
    ) -> Result<(), Errors> {
        let before = self.writable(object, id).map_err(|error| vec![error])?;
        if !object.updateable {
            return Err(vec![no_access(&object.name)]);
        }
        if before.flag("IsConverted") {
            return Err(vec![ApiError::row(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                [],
            )]);
        }
        let given = self.read_body(object, body, false)?;
        let mark = self.store.mark();
        let changed = self.change(caller, object, &before, given);
        if changed.is_err() {
            self.store.roll_back(mark);
        }
        changed
    }

    /// Moves a row and everything that goes with it to the recycle bin.
    pub(crate) fn delete(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        id: &str,
    ) -> Result<(), Errors> {
        let row = self.writable(object, id).map_err(|error| vec![error])?;
        if !object.deletable {
            return Err(vec![no_access(&object.name)]);
        }
        self.rules.take_lock(id).map_err(|error| vec![error])?;
        self.remove(caller, object, &row);
        Ok(())
    }

    /// The live row that a call wants to write.
    fn writable(&self, object: &ObjectType, id: &str) -> Result<Arc<Row>, ApiError> {
        match self.store.row(&object.name, id) {
            Some(row) if !row.deleted() && !row.purged => Ok(row.clone()),
            Some(row) if row.deleted() && !row.purged => Err(ApiError {
                fields: Some(Vec::new()),
                ..ApiError::new(404, "ENTITY_IS_DELETED", "entity is deleted")
            }),
            _ => Err(ApiError {
                fields: Some(Vec::new()),
                ..ApiError::new(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            }),
        }
    }

    /// Field values of a body by the schema's names, each checked against its field.
    pub(crate) fn read_body(&self, object: &ObjectType, body: &Map, create: bool) -> Result<Map, Errors> {
        let mut given = Map::new();
        let mut read_only: Vec<&str> = Vec::new();
        let mut errors = Errors::new();
        for (name, value) in body {
            if name == "attributes" {
                continue;
            }
            let Some(field) = object.field(name) else {
                let (field, id) = self
                    .parent_by_key(object, name, value)
                    .map_err(|error| vec![error])?;
                given.insert(field, id);
                continue;
            };
            if field.kind == Kind::Id {
                return Err(vec![id_in_body(create)]);
            }
            if !(if create {
                field.createable
            } else {
                field.updateable
            }) {
                read_only.push(&field.name);
                continue;
            }
            match coerce::read(field, value).and_then(|value| self.check_reference(object, field, value)) {
                Ok(value) => {
                    given.insert(field.name.clone(), value);
                }
                Err(error) if error.code == "JSON_PARSER_ERROR" => return Err(vec![error]),
                Err(error) => errors.push(error),
            }
        }
        if !read_only.is_empty() {
            return Err(vec![ApiError {
                fields: Some(read_only.iter().map(|name| (*name).to_owned()).collect()),
                ..ApiError::new(
                    400,
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    format!(
                        "Unable to create/update fields: {}. Please check the security settings of this field and \
                         verify that it is read/write for your profile or permission set.",
                        read_only.join(", ")
                    ),
                )
            }]);
        }
        if errors.is_empty() { Ok(given) } else { Err(errors) }
    }

    /// `"Account": {"Ext__c": "A-1"}` names a parent by a key of its own.
    fn parent_by_key(
        &self,
        object: &ObjectType,
        name: &str,
        value: &Value,
    ) -> Result<(String, Value), ApiError> {
        let no_column = || ApiError::no_column(name, &object.name);
        let field = object.parent(name).ok_or_else(no_column)?;
        if !field.updateable && !field.createable {
            return Err(no_column());
        }
        if value.is_null() {
            return Ok((field.name.clone(), Value::Null));
        }
        let target = field
            .reference
            .as_ref()
            .map(|reference| reference.to.as_str())
            .unwrap_or_default();
        let target = self.object(target)?;
        let mut keys = value
            .as_object()
            .ok_or_else(no_column)?
            .iter()
            .filter(|(key, _)| key.as_str() != "attributes");
        let (Some((key, wanted)), None) = (keys.next(), keys.next()) else {
            return Err(no_column());
        };
        let key = target
            .field(key)
            .filter(|key| key.external_id || key.id_lookup)
            .ok_or_else(|| ApiError::no_column(key, &target.name))?;
        let wanted = coerce::read(key, wanted)?;
        let found = self.matches(&target, key, &wanted);
        match found.as_slice() {
            [id] => Ok((field.name.clone(), id.as_str().into())),
            [] => Err(ApiError::row(
                "INVALID_FIELD",
                format!(
                    "Foreign key external ID: {} not found for field {} in entity {}",
                    wanted.as_str().unwrap_or_default().to_lowercase(),
                    key.name,
                    target.name
                ),
                [],
            )),
            _ => Err(ApiError::row(
                "DUPLICATE_EXTERNAL_ID",
                format!("{}: more than one record found for external id field", key.name),
                [key.name.as_str()],
            )),
        }
    }

    /// Live rows whose field has this value.
    pub(crate) fn matches(&self, object: &ObjectType, field: &Field, value: &Value) -> Vec<String> {
        if value.is_null() {
            return Vec::new();
        }
        let equal = |row: &&Arc<Row>| same_key(field, row.get(&field.name), value);
        self.store
            .live(&object.name)
            .filter(equal)
            .map(|row| row.id.clone())
            .collect()
    }

    fn check_reference(&self, object: &ObjectType, field: &Field, value: Value) -> Result<Value, ApiError> {
        let (Some(reference), Some(text)) = (&field.reference, value.as_str()) else {
            return Ok(value);
        };
        let malformed = || {
            ApiError::row(
                "MALFORMED_ID",
                format!(
                    "{}: id value of incorrect type: {}",
                    field.label,
                    coerce::echo(text)
                ),
                [field.name.as_str()],
            )
        };
        let target = self.object(&reference.to)?;
        let id = id::long(text)
            .filter(|id| id.starts_with(&target.prefix))
            .ok_or_else(malformed)?;
        match self.store.row(&target.name, &id) {
            Some(row) if row.purged => {}
            Some(row) if row.deleted() => {
                return Err(ApiError::row(
                    "ENTITY_IS_DELETED",
                    "entity is deleted",
                    [&field.name],
                ));
            }
            Some(row) if target.name == "User" && !row.flag("IsActive") => {
                return Err(ApiError::row(
                    "INACTIVE_OWNER_OR_USER",
                    format!(
                        "operation performed with inactive user [{}] as owner of {}",
                        id::short(&id),
                        object.label.to_lowercase()
                    ),
                    [&field.name],
                ));
            }
            Some(_) => return Ok(id.into()),
            None => {}
        }
        Err(ApiError::row(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            [&field.name],
        ))
    }

    fn create(&mut self, caller: &Caller, object: &Arc<ObjectType>, given: Map) -> Result<String, Errors> {
        if self.store.count() >= ROWS_MAX {
            return Err(vec![ApiError::new(
                400,
                "STORAGE_LIMIT_EXCEEDED",
                "storage limit exceeded",
            )]);
        }
        let id = self.next_id(&object.prefix);
        let mut values = Map::new();
        for field in object.all_fields() {
            let absent = given.get(&field.name).is_none_or(Value::is_null);
            let value = match given.get(&field.name) {
                _ if absent && !field.default.is_null() => field.default.clone(),
                Some(value) => value.clone(),
                None => Value::Null,
            };
            values.insert(field.name.clone(), value);
        }
        if object.field("OwnerId").is_some() && values.get("OwnerId").is_none_or(Value::is_null) {
            values.insert("OwnerId".to_owned(), caller.user.as_str().into());
        }
        if object.custom() && values.get("Name").is_none_or(Value::is_null) {
            values.insert("Name".to_owned(), id.as_str().into());
        }
        let missing: Vec<&str> = object
            .fields()
            .filter(|field| field.required_on_create() && values.get(&field.name).is_none_or(Value::is_null))
            .map(|field| field.name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(vec![required(&missing)]);
        }
        let stamp = self.stamp(caller.now);
        for (field, value) in [
            ("Id", id.as_str().into()),
            ("IsDeleted", false.into()),
            ("CreatedDate", moment::second_text(stamp).into()),
            ("CreatedById", caller.user.as_str().into()),
        ] {
            values.insert(field.to_owned(), value);
        }
        self.finish(caller, object, None, &given, values, stamp)?;
        self.after_save(caller, object, &id, &given)?;
        Ok(id)
    }

    fn change(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        before: &Row,
        given: Map,
    ) -> Result<(), Errors> {
        let emptied: Vec<&str> = given
            .iter()
            .filter(|(name, value)| {
                value.is_null() && object.field(name).is_some_and(|field| !field.nillable)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if !emptied.is_empty() {
            return Err(vec![required(&emptied)]);
        }
        self.rules.take_lock(&before.id).map_err(|error| vec![error])?;
        let mut values = before.values.clone();
        for (name, value) in &given {
            values.insert(name.clone(), value.clone());
        }
        let stamp = self.stamp(caller.now);
        self.finish(caller, object, Some(before), &given, values, stamp)?;
        self.after_save(caller, object, &before.id, &given)
    }

    /// Derived values, rules and the row itself.
    fn finish(
        &mut self,
        caller: &Caller,
        object: &Arc<ObjectType>,
        before: Option<&Row>,
        given: &Map,
        mut values: Map,
        stamp: Timestamp,
    ) -> Result<(), Errors> {
        let second = moment::second_text(stamp);
        if caller.auto_assign
            && self.settings.assignment_rules
            && ASSIGNED.contains(&object.name.as_str())
            && let Some(assignee) = self.assignee()
        {
            values.insert("OwnerId".to_owned(), assignee.into());
        }
        if object.field("LastName").is_some() {
            let parts = ["FirstName", "LastName"]
                .map(|part| values.get(part).and_then(Value::as_str).unwrap_or_default());
            let name = parts.join(" ").trim().to_owned();
            values.insert("Name".to_owned(), name.into());
        }
        if object.name == "Opportunity" {
            self.derive_opportunity(before, given, &mut values, &second);
        }
        country_names(object, given, &mut values);
        let id = values
            .get("Id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        for field in object.all_fields().filter(|field| field.unique) {
            let Some(value) = given.get(&field.name) else {
                continue;
            };
            if let Some(other) = self
                .matches(object, field, value)
                .into_iter()
                .find(|other| *other != id)
            {
                return Err(vec![ApiError::row(
                    "DUPLICATE_VALUE",
                    format!(
                        "duplicate value found: {} duplicates value on record with id: {}",
                        field.name,
                        id::short(&other)
                    ),
                    [],
                )]);
            }
        }
        let broken = self.rules.broken(&object.name, &values);
        if !broken.is_empty() {
            return Err(broken);
        }
        let own = Some(id.as_str());
        if let Some(error) = self.rules.duplicate(
            &self.store,
            &object.name,
            own,
            &values,
            caller.may_save_duplicates,
            caller.version,
        ) {
            return Err(vec![error]);
        }
        values.insert("LastModifiedDate".to_owned(), second.into());
        values.insert("LastModifiedById".to_owned(), caller.user.as_str().into());
        values.insert("SystemModstamp".to_owned(), self.modstamp_text(stamp).into());
        self.put(caller, object, id, values);
        Ok(())
    }

    fn put(&mut self, caller: &Caller, object: &ObjectType, id: String, values: Map) {
        let late = self.rules.take_late(&object.name);
        let late = late.and_then(|seconds| {
            caller
                .now
                .checked_add(SignedDuration::from_secs(i64::from(seconds)))
                .ok()
        });
        let row = Row {
            object: object.name.clone(),
            id,
            values,
            purged: false,
            client: caller.client.clone(),
        };
        self.store.put(row, late);
    }

    /// Rows that a saved row changes or brings along.
    fn after_save(
        &mut self,
        caller: &Caller,
        object: &ObjectType,
        id: &str,
        given: &Map,
    ) -> Result<(), Errors> {
        let primary = given.get("IsPrimary").and_then(Value::as_bool) == Some(true);
        if object.name == "OpportunityContactRole" && primary {
            self.make_only_primary(caller, id);
        }
        if object.name == "Opportunity"
            && let Some(contact) = given.get("ContactId").filter(|contact| !contact.is_null())
        {
            let role = self
                .object("OpportunityContactRole")
                .map_err(|error| vec![error])?;
            let values = super::state::members(connector_api::value::object([
                ("OpportunityId", id.into()),
                ("ContactId", contact.clone()),
                ("IsPrimary", true.into()),
            ]));
            self.create(caller, &role, values)?;
        }
        Ok(())
    }

    /// Takes the mark from the former primary contact role and shows the new one on the opportunity.
    fn make_only_primary(&mut self, caller: &Caller, id: &str) {
        let Some(role) = self.store.row("OpportunityContactRole", id).cloned() else {
            return;
        };
        let former: Vec<_> = self
            .store
            .live("OpportunityContactRole")
            .filter(|other| other.id != id && other.flag("IsPrimary"))
            .filter(|other| other.get("OpportunityId") == role.get("OpportunityId"))
            .cloned()
            .collect();
        for other in former {
            let stamp = self.stamp(caller.now);
            let mut row = Row::clone(&other);
            row.values.insert("IsPrimary".to_owned(), false.into());
            row.values
                .insert("LastModifiedDate".to_owned(), moment::second_text(stamp).into());
            row.values
                .insert("LastModifiedById".to_owned(), caller.user.as_str().into());
            row.values
                .insert("SystemModstamp".to_owned(), self.modstamp_text(stamp).into());
            row.client.clone_from(&caller.client);
            self.store.put(row, None);
        }
        if let Some(opportunity) = self.store.row("Opportunity", role.text("OpportunityId")).cloned() {
            let mut row = Row::clone(&opportunity);
            row.values
                .insert("ContactId".to_owned(), role.get("ContactId").clone());
            self.store.put(row, None);
        }
    }

    /// The team member row that a create for the same opportunity and user changes instead.
    fn existing_member(&self, object: &ObjectType, given: &Map) -> Option<Arc<Row>> {
        if object.name != "OpportunityTeamMember" {
            return None;
        }
        let same = |row: &&Arc<Row>| {
            MEMBER_KEY
                .iter()
                .all(|field| given.get(*field) == Some(row.get(field)))
        };
        self.store.live(&object.name).find(same).cloned()
    }

    fn remove(&mut self, caller: &Caller, object: &Arc<ObjectType>, row: &Row) {
        let stamp = self.stamp(caller.now);
        let mut gone = row.clone();
        gone.values.insert("IsDeleted".to_owned(), true.into());
        gone.values
            .insert("LastModifiedDate".to_owned(), moment::second_text(stamp).into());
        gone.values
            .insert("LastModifiedById".to_owned(), caller.user.as_str().into());
        gone.values
            .insert("SystemModstamp".to_owned(), self.modstamp_text(stamp).into());
        gone.purged = !object.undeletable;
        gone.client.clone_from(&caller.client);
        self.store.put(gone, None);
        for relation in self.schema.children(&object.name) {
            let points_here = |child: &&Arc<Row>| child.text(&relation.field) == row.id;
            let children: Vec<_> = self
                .store
                .live(&relation.object.name)
                .filter(points_here)
                .cloned()
                .collect();
            for child in children {
                if relation.cascade {
                    self.remove(caller, &relation.object, &child);
                } else {
                    let mut orphan = Row::clone(&child);
                    orphan.values.insert(relation.field.clone(), Value::Null);
                    self.store.put(orphan, None);
                }
            }
        }
    }
}

/// Whether two values are the same key: text in any case unless the field minds it.
pub(crate) fn same_key(field: &Field, left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) if !field.case_sensitive && field.is_text() => {
            left.to_lowercase() == right.to_lowercase()
        }
        _ => left == right,
    }
}

/// With state and country picklists, the country follows its code.
fn country_names(object: &ObjectType, given: &Map, values: &mut Map) {
    for (name, code) in given {
        let Some(prefix) = name.strip_suffix("CountryCode") else {
            continue;
        };
        let country = format!("{prefix}Country");
        if object.field(&country).is_none() {
            continue;
        }
        let known = COUNTRIES.iter().find(|(known, _)| code.as_str() == Some(known));
        let country_name = known.map_or(Value::Null, |(_, country_name)| (*country_name).into());
        values.insert(country, country_name);
    }
}

fn required(fields: &[&str]) -> ApiError {
    ApiError {
        fields: Some(fields.iter().map(|field| (*field).to_owned()).collect()),
        ..ApiError::new(
            400,
            "REQUIRED_FIELD_MISSING",
            format!("Required fields are missing: [{}]", fields.join(", ")),
        )
    }
}

fn id_in_body(create: bool) -> ApiError {
    if create {
        ApiError::row(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert call",
            ["Id"],
        )
    } else {
        ApiError::row(
            "INVALID_FIELD",
            "The Id field should not be specified in the sobject data.",
            [],
        )
    }
}

fn no_access(object: &str) -> ApiError {
    ApiError::row(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        format!("insufficient access rights on object {object}"),
        [],
    )
}
