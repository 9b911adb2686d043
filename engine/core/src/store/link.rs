//! Links: which records of the two services are the same deal.

use connector_api::Value;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The deal's own id.
    pub id: Uuid,
    /// Its identities.
    pub identities: Identities,
}

/// The names of the identities, as in a link's value.
pub const IDENTITY_NAMES: [&str; 5] = [
    "referral_id",
    "engagement_id",
    "microsoft_referral_id",
    "opportunity_id",
    "lead_id",
];

/// Longest identity, in bytes.
pub const IDENTITY_LENGTH_MAX: usize = 256;

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
            let position = IDENTITY_NAMES
                .iter()
                .position(|known| known == name)
                .ok_or_else(|| format!("`{name}` is no identity; known are {}", IDENTITY_NAMES.join(", ")))?;
            let text = match value {
                Value::Null => continue,
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) if text.len() <= IDENTITY_LENGTH_MAX => text.clone(),
                Value::String(_) => {
                    return Err(format!("`{name}` is longer than {IDENTITY_LENGTH_MAX} bytes"));
                }
                other => return Err(format!("`{name}` must be text, not {}", other.kind())),
            };
            *identities.all_mut()[position] = Some(text);
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

impl Link {
    /// As `actions.<name>.body` of `links.get` and `links.save`: `id` and every identity, null where not known.
    pub fn to_value(&self) -> Value {
        std::iter::once(("id".to_owned(), Value::from(self.id.to_string())))
            .chain(
                IDENTITY_NAMES
                    .iter()
                    .zip(self.identities.all())
                    .map(|(name, identity)| ((*name).to_owned(), Value::from(identity.clone()))),
            )
            .collect()
    }

    /// The link that results when `wanted` is saved and `found` are the links that share an identity with it. The
    /// first of them is kept, the others become part of it. An identity with two values is an error that names both.
    pub fn merged(found: &[Link], wanted: &Identities, new_id: Uuid) -> Result<Link, StoreError> {
        let mut merged = Link {
            id: found.first().map_or(new_id, |link| link.id),
            identities: Identities::default(),
        };
        for source in found.iter().map(|link| &link.identities).chain([wanted]) {
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
        Ok(merged)
    }
}
