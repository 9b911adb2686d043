//! Links: which records of the two services are the same deal, and what was last seen of it on each side.

use connector_api::{Map, Value};
use jiff::Timestamp;
use uuid::Uuid;

use crate::store::StoreError;

/// The identities of one deal, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    /// Our referral.
    pub referral_id: Option<String>,
    /// The engagement both referrals belong to.
    pub engagement_id: Option<String>,
    /// The service's own copy of the referral.
    pub microsoft_referral_id: Option<String>,
    /// The opportunity.
    pub opportunity_id: Option<String>,
    /// The lead.
    pub lead_id: Option<String>,
}

/// One deal.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The deal's own id.
    pub id: Uuid,
    /// Its identities.
    pub identities: Identities,
    /// The values last seen on each side when both agreed: an object for each side, in the form of its records.
    pub base: Map,
    /// The referral's last entity tag.
    pub etag: Option<String>,
    /// When all that was compared last agreed.
    pub agreed: Option<Timestamp>,
}

/// What is to be remembered of a deal. What is not given stays as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkSave {
    /// Identities to look by and to add.
    pub identities: Identities,
    /// Values seen, an object for each side. Objects are merged member by member, anything else is replaced.
    pub base: Map,
    /// The referral's entity tag.
    pub etag: Option<String>,
    /// When all that was compared agreed.
    pub agreed: Option<Timestamp>,
}

/// The names of the identities, as in a link's value.
pub const IDENTITY_NAMES: [&str; 5] = [
    "referral_id",
    "engagement_id",
    "microsoft_referral_id",
    "opportunity_id",
    "lead_id",
];

/// Longest identity or entity tag, in bytes.
pub const IDENTITY_LENGTH_MAX: usize = 256;
/// Longest base of a link, in bytes of JSON.
pub const BASE_LENGTH_MAX: usize = 4 * 1024 * 1024;

/// The members of a link's value beside its id and its identities.
const BASE: &str = "base";
const ETAG: &str = "etag";
const AGREED: &str = "agreed";

impl Identities {
    /// The identities in the order of [`IDENTITY_NAMES`].
    pub fn all(&self) -> [&Option<String>; 5] {
        [
            &self.referral_id,
            &self.engagement_id,
            &self.microsoft_referral_id,
            &self.opportunity_id,
            &self.lead_id,
        ]
    }

    /// The same, for change.
    pub fn all_mut(&mut self) -> [&mut Option<String>; 5] {
        [
            &mut self.referral_id,
            &mut self.engagement_id,
            &mut self.microsoft_referral_id,
            &mut self.opportunity_id,
            &mut self.lead_id,
        ]
    }

    /// The same text as each identity: what it takes to find a deal by a text of which only that much is known.
    pub fn each(text: &str) -> Self {
        let mut identities = Self::default();
        for identity in identities.all_mut() {
            *identity = Some(text.to_owned());
        }
        identities
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.all().iter().all(|identity| identity.is_none())
    }

    /// Reads an object of identities. Absent, null and empty members are not known. The message names what is wrong.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("identities must be an object, not {}", value.kind()))?;
        let mut identities = Self::default();
        for (name, value) in map {
            let position = position(name)
                .ok_or_else(|| format!("`{name}` is no identity; known are {}", IDENTITY_NAMES.join(", ")))?;
            *identities.all_mut()[position] = short_text(name, value)?;
        }
        Ok(identities)
    }

    /// Whether any known identity is the same on both.
    pub fn meets(&self, other: &Self) -> bool {
        self.all()
            .into_iter()
            .zip(other.all())
            .any(|(one, two)| one.is_some() && one == two)
    }
}

/// The place of an identity among all.
fn position(name: &str) -> Option<usize> {
    IDENTITY_NAMES.iter().position(|known| *known == name)
}

/// A text that is known, unless it is null or empty.
fn short_text(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.len() <= IDENTITY_LENGTH_MAX => Ok(Some(text.clone())),
        Value::String(_) => Err(format!("`{name}` is longer than {IDENTITY_LENGTH_MAX} bytes")),
        other => Err(format!("`{name}` must be text, not {}", other.kind())),
    }
}

impl From<Identities> for LinkSave {
    fn from(identities: Identities) -> Self {
        Self {
            identities,
            ..Self::default()
        }
    }
}

impl LinkSave {
    /// Reads `{<identities>, base, etag, agreed}`. The message names what is wrong.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("what a link keeps must be an object, not {}", value.kind()))?;
        let mut save = Self::default();
        for (name, value) in map {
            match name.as_str() {
                BASE => save.base = base_of(value)?,
                ETAG => save.etag = short_text(ETAG, value)?,
                AGREED => {
                    let agreed = short_text(AGREED, value)?.map(|text| text.parse());
                    save.agreed = agreed
                        .transpose()
                        .map_err(|_| format!("`{AGREED}` must be a point in time"))?;
                }
                _ => {
                    let position = position(name).ok_or_else(|| {
                        let known = IDENTITY_NAMES.join(", ");
                        format!("a link keeps no `{name}`; it keeps {known}, {BASE} and {ETAG}")
                    })?;
                    *save.identities.all_mut()[position] = short_text(name, value)?;
                }
            }
        }
        Ok(save)
    }

    /// The form [`from_value`](Self::from_value) reads, without what is not known.
    pub fn to_value(&self) -> Value {
        let mut value = Map::new();
        for (name, identity) in IDENTITY_NAMES.iter().zip(self.identities.all()) {
            if let Some(identity) = identity {
                value.insert((*name).to_owned(), identity.as_str().into());
            }
        }
        if !self.base.is_empty() {
            value.insert(BASE.to_owned(), Value::Object(self.base.clone()));
        }
        if let Some(etag) = &self.etag {
            value.insert(ETAG.to_owned(), etag.as_str().into());
        }
        if let Some(agreed) = &self.agreed {
            value.insert(AGREED.to_owned(), agreed.to_string().into());
        }
        Value::Object(value)
    }
}

fn base_of(value: &Value) -> Result<Map, String> {
    let sides = match value {
        Value::Null => return Ok(Map::new()),
        Value::Object(sides) => sides,
        other => return Err(format!("`{BASE}` must be an object, not {}", other.kind())),
    };
    let mut base = Map::new();
    for (side, values) in sides {
        match values {
            Value::Null => {}
            Value::Object(_) => {
                base.insert(side.clone(), values.clone());
            }
            other => return Err(format!("`{BASE}.{side}` must be an object, not {}", other.kind())),
        }
    }
    Ok(base)
}

/// Objects are merged member by member, whatever else is replaced. The depth of a value is bounded by its reader.
fn merge(known: &mut Map, values: &Map) {
    for (name, value) in values {
        match (known.get_mut(name), value) {
            (Some(Value::Object(known)), Value::Object(values)) => merge(known, values),
            _ => {
                known.insert(name.clone(), value.clone());
            }
        }
    }
}

impl Link {
    /// As `actions.<name>.body` of `links.get` and `links.save`: `id`, every identity, `base`, `etag` and `agreed`,
    /// null where not known.
    pub fn to_value(&self) -> Value {
        let mut value = Self::unknown();
        if let Some(members) = value.as_object_mut() {
            members.insert("id".to_owned(), self.id.to_string().into());
            for (name, identity) in IDENTITY_NAMES.iter().zip(self.identities.all()) {
                members.insert((*name).to_owned(), Value::from(identity.clone()));
            }
            members.insert(BASE.to_owned(), Value::Object(self.base.clone()));
            members.insert(ETAG.to_owned(), Value::from(self.etag.clone()));
            let agreed = self.agreed.map(|agreed| agreed.to_string());
            members.insert(AGREED.to_owned(), Value::from(agreed));
        }
        value
    }

    /// The value of a link nothing is known of: the members of every link's value, null.
    pub fn unknown() -> Value {
        std::iter::once("id")
            .chain(IDENTITY_NAMES)
            .chain([BASE, ETAG, AGREED])
            .map(|name| (name.to_owned(), Value::Null))
            .collect()
    }

    /// The link that results when `wanted` is saved and `found` are the links that share an identity with it. The
    /// first of them is kept, the others become part of it. An identity with two values is an error that names both.
    pub fn merged(found: &[Link], wanted: &LinkSave, new_id: Uuid) -> Result<Link, StoreError> {
        let mut merged = Link {
            id: found.first().map_or(new_id, |link| link.id),
            identities: Identities::default(),
            base: Map::new(),
            etag: None,
            agreed: None,
        };
        for source in found
            .iter()
            .map(|link| &link.identities)
            .chain([&wanted.identities])
        {
            let names = IDENTITY_NAMES.iter();
            for ((name, into), from) in names.zip(merged.identities.all_mut()).zip(source.all()) {
                match (into.as_deref(), from.as_deref()) {
                    (Some(one), Some(two)) if one != two => {
                        return Err(StoreError::LinkConflict(format!(
                            "this deal would have two values for `{name}`: `{one}` and `{two}`; a deal has one of each"
                        )));
                    }
                    (None, Some(_)) => into.clone_from(from),
                    _ => {}
                }
            }
        }
        // What was saved before yields to what is saved now, and the joined links to the one that is kept.
        for link in found.iter().rev() {
            merge(&mut merged.base, &link.base);
            merged.etag = link.etag.clone().or(merged.etag);
            merged.agreed = link.agreed.or(merged.agreed);
        }
        merge(&mut merged.base, &wanted.base);
        merged.etag = wanted.etag.clone().or(merged.etag);
        merged.agreed = wanted.agreed.or(merged.agreed);
        let length = Value::Object(merged.base.clone()).to_json().len();
        if length > BASE_LENGTH_MAX {
            return Err(StoreError::LinkConflict(format!(
                "the values of this deal would take {length} bytes; a link keeps {BASE_LENGTH_MAX} at most"
            )));
        }
        Ok(merged)
    }

    /// This link with other identities; `others` are the links that share one with them. Values seen on a record the
    /// link no longer names are forgotten, so that they are not taken for the new record's.
    pub fn with_identities(&self, identities: Identities, others: &[Link]) -> Result<Link, StoreError> {
        if let Some(other) = others.iter().find(|other| other.id != self.id) {
            let taken = IDENTITY_NAMES
                .iter()
                .zip(identities.all())
                .zip(other.identities.all())
                .find(|((_, wanted), held)| wanted.is_some() && wanted == held);
            let (name, value) = match taken {
                Some(((name, Some(value)), _)) => (*name, value.as_str()),
                _ => ("id", ""),
            };
            return Err(StoreError::LinkConflict(format!(
                "link `{}` has the `{name}` `{value}` already; remove or repair that one first",
                other.id
            )));
        }
        if identities.is_empty() {
            return Err(StoreError::LinkConflict(
                "a link needs at least one identity; remove it instead".into(),
            ));
        }
        let stays = self
            .identities
            .all()
            .into_iter()
            .zip(identities.all())
            .all(|(known, wanted)| known.is_none() || known == wanted);
        Ok(if stays {
            Link {
                identities,
                ..self.clone()
            }
        } else {
            Link {
                id: self.id,
                identities,
                base: Map::new(),
                etag: None,
                agreed: None,
            }
        })
    }
}
