//! Which deal an event is about: identities named by descriptors, grouped by the link store.

use connector_api::{Identity, Value};

use crate::store::{Identities, Store, StoreError};

/// The identities found in a body.
pub(super) fn found(body: &Value, identities: &[Identity]) -> Identities {
    let mut found = Identities::default();
    for identity in identities {
        let Some(text) = read(body, identity) else {
            continue;
        };
        let slot = match identity.kind {
            "referral" => &mut found.referral_id,
            "engagement" => &mut found.engagement_id,
            "opportunity" => &mut found.opportunity_id,
            "lead" => &mut found.lead_id,
            _ => continue,
        };
        slot.get_or_insert_with(|| text.to_owned());
    }
    found
}

/// The first identity in a body, for people.
pub(super) fn first<'b>(body: &'b Value, identities: &[Identity]) -> Option<&'b str> {
    identities.iter().find_map(|identity| read(body, identity))
}

fn read<'b>(body: &'b Value, identity: &Identity) -> Option<&'b str> {
    let text = body.at(identity.path)?.as_str()?;
    let text = if identity.last_segment {
        text.trim_end_matches('/').rsplit('/').next()?
    } else {
        text
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The key of the deal: its link's id where it has one, else the first identity known.
pub(super) async fn deal(store: &dyn Store, found: &Identities) -> Result<Option<String>, StoreError> {
    if found.is_empty() {
        return Ok(None);
    }
    let mut links = store.find_links(found.clone()).await?;
    if links.is_empty() && found.referral_id.is_some() {
        // An event about the other party's copy names it where ours would stand.
        let copy = Identities {
            microsoft_referral_id: found.referral_id.clone(),
            ..Identities::default()
        };
        links = store.find_links(copy).await?;
    }
    Ok(match links.first() {
        Some(link) => Some(link.id.to_string()),
        None => found.all().into_iter().flatten().next().cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_api::value::object;

    #[test]
    fn identities_are_read_where_the_descriptor_says() {
        let described = [
            Identity {
                kind: "referral",
                path: &["ResourceUri"],
                last_segment: true,
            },
            Identity {
                kind: "opportunity",
                path: &["Id"],
                last_segment: false,
            },
        ];
        let body = object([
            (
                "ResourceUri",
                "https://x.example/engagements/v1/referrals/abc/".into(),
            ),
            ("Id", Value::Null),
        ]);
        let identities = found(&body, &described);
        assert_eq!(identities.referral_id.as_deref(), Some("abc"));
        assert_eq!(identities.opportunity_id, None);
    }
}
