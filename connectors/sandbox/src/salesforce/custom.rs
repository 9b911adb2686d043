//! What an admin customises: fields, stages, converted leads.

use connector_api::{Value, value::object};
use jiff::Timestamp;
use serde::Deserialize;

use super::id;
use super::moment;
use super::opportunity::forecast_category;
use super::schema::{Field, Kind};
use super::state::{State, members};
use super::store::Row;

/// Fields one object may have.
const FIELDS_MAX: usize = 500;

/// A new field, or a change of one that exists: what is absent stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldChange {
    pub(crate) object: String,
    pub(crate) name: String,
    /// As describe names it; needed for a new field.
    #[serde(default, rename = "type")]
    pub(crate) type_name: Option<String>,
    #[serde(default)]
    pub(crate) label: Option<String>,
    #[serde(default)]
    pub(crate) length: Option<u32>,
    #[serde(default)]
    pub(crate) precision: Option<u32>,
    #[serde(default)]
    pub(crate) scale: Option<u32>,
    #[serde(default)]
    pub(crate) required: Option<bool>,
    #[serde(default)]
    pub(crate) unique: Option<bool>,
    #[serde(default)]
    pub(crate) external_id: Option<bool>,
    #[serde(default)]
    pub(crate) read_only: Option<bool>,
    #[serde(default)]
    pub(crate) hidden: Option<bool>,
    #[serde(default)]
    pub(crate) values: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) restricted: Option<bool>,
    /// The object a reference points to.
    #[serde(default)]
    pub(crate) reference_to: Option<String>,
    /// What the other direction of a reference is called.
    #[serde(default)]
    pub(crate) child_relationship: Option<String>,
}

/// A new stage, or a change of the one of the same name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStage {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) probability: u8,
    #[serde(default)]
    pub(crate) closed: bool,
    #[serde(default)]
    pub(crate) won: bool,
    #[serde(default = "yes")]
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) forecast_category: Option<String>,
    #[serde(default)]
    pub(crate) sort_order: Option<i64>,
}

fn yes() -> bool {
    true
}

impl State {
    /// Adds or changes a field; the error says what is wrong.
    pub(crate) fn change_field(&mut self, change: FieldChange, now: Timestamp) -> Result<(), String> {
        let target = match &change.reference_to {
            Some(name) => {
                let target = self.schema.object(name);
                Some(
                    target
                        .ok_or_else(|| format!("there is no object `{name}`"))?
                        .name
                        .clone(),
                )
            }
            None => None,
        };
        let of = self
            .schema
            .object_mut(&change.object)
            .ok_or_else(|| format!("there is no object `{}`", change.object))?;
        let mut field = match of
            .all_fields()
            .find(|field| field.name.eq_ignore_ascii_case(&change.name))
        {
            Some(field) => field.clone(),
            None if of.all_fields().count() >= FIELDS_MAX => {
                return Err(format!("an object has at most {FIELDS_MAX} fields"));
            }
            None => new_field(&change, target.as_deref())?,
        };
        let set = |flag: &mut bool, change: Option<bool>| *flag = change.unwrap_or(*flag);
        field.length = change.length.unwrap_or(field.length);
        field.precision = change.precision.unwrap_or(field.precision).min(18);
        field.scale = change.scale.unwrap_or(field.scale).min(field.precision);
        field.label = change.label.unwrap_or(field.label);
        field.values = change.values.unwrap_or(field.values);
        set(&mut field.restricted, change.restricted);
        set(&mut field.unique, change.unique);
        set(&mut field.hidden, change.hidden);
        if let Some(external) = change.external_id {
            field.external_id = external;
            field.id_lookup = external;
        }
        if let Some(required) = change.required {
            field.nillable = !required;
        }
        if let Some(read_only) = change.read_only {
            field.createable = !read_only;
            field.updateable = !read_only;
        }
        of.set(field);
        self.schema_changed = now;
        Ok(())
    }

    /// Adds or changes a stage.
    pub(crate) fn add_stage(&mut self, stage: NewStage, now: Timestamp) {
        let last = self
            .store
            .live("OpportunityStage")
            .filter_map(|row| row.get("SortOrder").as_i64())
            .max();
        let order = stage.sort_order.unwrap_or_else(|| last.unwrap_or_default() + 1);
        let forecast = stage.forecast_category.unwrap_or_else(|| {
            let usual = match (stage.closed, stage.won) {
                (true, true) => "Closed",
                (true, false) => "Omitted",
                _ => "Pipeline",
            };
            usual.to_owned()
        });
        let values = object([
            ("MasterLabel", stage.name.as_str().into()),
            ("ApiName", stage.name.as_str().into()),
            ("IsActive", stage.active.into()),
            ("SortOrder", order.into()),
            ("IsClosed", (stage.closed || stage.won).into()),
            ("IsWon", stage.won.into()),
            ("ForecastCategory", forecast_category(&forecast).into()),
            ("ForecastCategoryName", forecast.as_str().into()),
            ("DefaultProbability", i64::from(stage.probability.min(100)).into()),
        ]);
        self.put_stage(members(values), now);
        self.schema_changed = now;
    }

    /// Marks a lead as converted into the given account, contact and opportunity.
    pub(crate) fn convert_lead(
        &mut self,
        lead: &str,
        ids: [Option<String>; 3],
        now: Timestamp,
    ) -> Result<(), String> {
        let id = id::long(lead).ok_or_else(|| format!("`{lead}` is no record id"))?;
        let row = self.store.row("Lead", &id).filter(|row| !row.deleted());
        let mut row = Row::clone(row.ok_or_else(|| format!("there is no lead `{lead}`"))?);
        let names = [
            "ConvertedAccountId",
            "ConvertedContactId",
            "ConvertedOpportunityId",
        ];
        for (name, id) in names.into_iter().zip(ids) {
            row.values
                .insert(name.to_owned(), id.as_deref().and_then(id::long).into());
        }
        let stamp = self.stamp(now);
        for (name, value) in [
            ("IsConverted", Value::Bool(true)),
            ("Status", "Closed - Converted".into()),
            ("ConvertedDate", moment::day(now).to_string().into()),
            ("LastModifiedDate", moment::second_text(stamp).into()),
            ("SystemModstamp", self.modstamp_text(stamp).into()),
        ] {
            row.values.insert(name.to_owned(), value);
        }
        self.store.put(row, None);
        Ok(())
    }
}

fn new_field(change: &FieldChange, target: Option<&str>) -> Result<Field, String> {
    let name = change.name.as_str();
    let valid = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !valid || !name.ends_with("__c") || name.len() > 43 {
        return Err(format!(
            "`{name}` is no custom field name; write letters, digits and `_`, ending in `__c`"
        ));
    }
    let length = change.length.unwrap_or(255);
    Ok(match change.type_name.as_deref() {
        Some("string") => Field::text(name, length),
        Some("textarea") => Field::sized(name, Kind::TextArea, length),
        Some("email") => Field::sized(name, Kind::Email, 80),
        Some("phone") => Field::sized(name, Kind::Phone, 40),
        Some("url") => Field::sized(name, Kind::Url, 255),
        Some("picklist") => Field::picklist(name, &[]),
        Some("multipicklist") => Field::sized(name, Kind::MultiPicklist, 4_099),
        Some("boolean") => Field::boolean(name),
        Some("double") => Field::number(name, Kind::Double, 18, 2),
        Some("currency") => Field::number(name, Kind::Currency, 18, 2),
        Some("percent") => Field::number(name, Kind::Percent, 18, 2),
        Some("date") => Field::new(name, Kind::Date),
        Some("datetime") => Field::new(name, Kind::DateTime),
        Some("reference") => {
            let target = target.ok_or("a reference needs `reference_to`")?;
            Field::reference(name, target, change.child_relationship.as_deref())
        }
        Some(other) => return Err(format!("`{other}` is no type of a custom field")),
        None => return Err(format!("`{name}` is new and needs a `type`")),
    })
}
