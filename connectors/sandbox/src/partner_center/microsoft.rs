//! What Microsoft's sellers do, on demand: share a deal or a lead, answer an invitation, change, win and lose.
//!
//! These are the admin API's; a client of the service cannot do them.

use connector_api::{Map, Value, value::object};
use jiff::{SignedDuration, Timestamp};

use super::create::complete;
use super::identity::{MICROSOFT_ID, MICROSOFT_NAME, PARTNER_ID, PARTNER_NAME};
use super::state::{Referral, State};
use super::{lifecycle, moment};
use crate::shared::Shared;

/// What Microsoft brings to a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// A deal of a Microsoft seller, with a copy of Microsoft's own.
    CoSell,
    /// A customer's inquiry.
    Lead,
}

/// Why an action was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// No deal of that id.
    NotFound(String),
    /// The deal does not allow it now.
    NotNow(String),
}

/// Creates an inbound referral with the given properties over the usual ones; returns the partner's copy's id.
///
/// Nothing of what is given is checked: this is how values nobody expects get into the partner's view.
pub(crate) fn share(
    state: &mut State,
    shared: &Shared,
    inbound: Inbound,
    given: &Map,
) -> Result<String, Refused> {
    let id = given
        .get("id")
        .and_then(Value::as_str)
        .map_or_else(|| shared.ids.referral().to_string(), str::to_owned);
    if state.referrals.contains_key(&id) {
        return Err(Refused::NotNow(format!("there is a referral `{id}` already")));
    }
    state
        .room_for(2)
        .map_err(|error| Refused::NotNow(error.message))?;
    let now = state.stamp(shared);
    let Value::Object(usual) = usual(shared, inbound, now) else {
        return Err(Refused::NotNow("the usual referral is not an object".to_owned()));
    };
    let mut partners = complete(shared, &id, usual, arrival(now));
    let engagement = partners.get("engagementId").cloned().unwrap_or_default();
    merge(&mut partners, &Value::Object(given.clone()));
    // Ids and owner must stay texts, or the service itself would lose the referral.
    for (name, value) in [
        ("id", Value::from(id.as_str())),
        ("organizationId", PARTNER_ID.into()),
        ("organizationName", PARTNER_NAME.into()),
    ] {
        put(&mut partners, name, value);
    }
    if partners.get("engagementId").and_then(Value::as_str).is_none() {
        put(&mut partners, "engagementId", engagement);
    }
    if inbound == Inbound::CoSell {
        // It was there before the partner came in, so no event tells of it.
        let copy = microsofts(shared, &partners, now);
        state.place(copy, now);
    }
    commit(state, shared, partners)?;
    Ok(id)
}

/// Microsoft accepts the partner's invitation.
pub(crate) fn accept(state: &mut State, shared: &Shared, id: &str) -> Result<(), Refused> {
    let msx = msx_id(shared);
    answer(state, shared, id, "Active", "Accepted", |copy| {
        let team = copy.get("team").and_then(Value::as_array).unwrap_or_default();
        let mut team = team.to_vec();
        team.push(seller());
        put(copy, "team", Value::Array(team));
        track(copy, &msx);
    })?;
    let own = partners(state, id)?;
    if let Some(mut own) = own {
        track(&mut own, &msx);
        commit(state, shared, own)?;
    }
    Ok(())
}

/// Microsoft declines the partner's invitation.
pub(crate) fn decline(state: &mut State, shared: &Shared, id: &str, reason: &str) -> Result<(), Refused> {
    answer(state, shared, id, "Closed", "Declined", |copy| {
        put(copy, "statusReason", reason.into());
    })
}

/// Microsoft closes its copy.
pub(crate) fn close(state: &mut State, shared: &Shared, id: &str, substatus: &str) -> Result<(), Refused> {
    answer(state, shared, id, "Closed", substatus, |_| {})
}

/// Microsoft changes properties: of its own copy and, on a deal it brought, of what the partner sees.
pub(crate) fn update(state: &mut State, shared: &Shared, id: &str, given: &Map) -> Result<(), Refused> {
    let mut given = given.clone();
    for name in ["id", "engagementId", "organizationId", "organizationName"] {
        given.shift_remove(name);
    }
    let given = Value::Object(given);
    let copy = microsofts_copy(state, id)?;
    let own = partners(state, id)?
        .filter(|own| copy.is_none() || own.get("direction").and_then(Value::as_str) == Some("Incoming"));
    for entity in [copy, own].into_iter().flatten() {
        let mut after = entity.clone();
        merge(&mut after, &given);
        let now = shared.clock.now();
        lifecycle::stamp(&entity, &mut after, now);
        commit(state, shared, after)?;
    }
    Ok(())
}

/// Moves Microsoft's copy to another state, with what else changes about it.
fn answer(
    state: &mut State,
    shared: &Shared,
    id: &str,
    status: &str,
    substatus: &str,
    change: impl FnOnce(&mut Value),
) -> Result<(), Refused> {
    let Some(before) = microsofts_copy(state, id)? else {
        return Err(Refused::NotNow(format!(
            "Microsoft has no copy of the deal `{id}`"
        )));
    };
    if lifecycle::state(&before) == (status, substatus) {
        return Err(Refused::NotNow(format!(
            "Microsoft's copy is {status}/{substatus} already"
        )));
    }
    lifecycle::may_become(lifecycle::state(&before), (status, substatus))
        .map_err(|error| Refused::NotNow(error.message))?;
    let mut after = before.clone();
    put(&mut after, "status", status.into());
    put(&mut after, "substatus", substatus.into());
    change(&mut after);
    lifecycle::stamp(&before, &mut after, shared.clock.now());
    commit(state, shared, after)
}

fn commit(state: &mut State, shared: &Shared, entity: Value) -> Result<(), Refused> {
    state
        .commit(shared, vec![entity])
        .map(|_| ())
        .map_err(|error| Refused::NotNow(error.message))
}

/// Microsoft's copy of the deal that `id` names: either copy's id, or the engagement's.
fn microsofts_copy(state: &State, id: &str) -> Result<Option<Value>, Refused> {
    copy(state, id, Referral::is_microsofts)
}

/// The partner's own referral of the deal that `id` names.
fn partners(state: &State, id: &str) -> Result<Option<Value>, Refused> {
    copy(state, id, |referral| !referral.is_microsofts())
}

/// The newest copy that fits, unless the id itself names one that does.
fn copy(state: &State, id: &str, fits: impl Fn(&Referral) -> bool) -> Result<Option<Value>, Refused> {
    if let Some(named) = state.referrals.get(id).filter(|referral| fits(referral)) {
        return Ok(Some(named.entity.clone()));
    }
    let engagement = state
        .referrals
        .get(id)
        .map_or(id, |referral| referral.text("engagementId"));
    let mut copies = state.engagement(engagement).peekable();
    if copies.peek().is_none() {
        return Err(Refused::NotFound(format!(
            "there is no referral or engagement `{id}`"
        )));
    }
    Ok(copies
        .filter(|referral| fits(referral))
        .last()
        .map(|referral| referral.entity.clone()))
}

/// What a referral from Microsoft looks like when nothing else is said.
fn usual(shared: &Shared, inbound: Inbound, now: Timestamp) -> Value {
    let closing = now
        .checked_add(SignedDuration::from_hours(90 * 24))
        .unwrap_or(Timestamp::MAX)
        .strftime("%Y-%m-%dT00:00:00Z")
        .to_string();
    let none = || Value::Array(Vec::new());
    let consent = object([
        ("consentToToShareInfoWithOthers", true.into()),
        ("consentToContact", true.into()),
        ("consentToShareReferralWithMicrosoftSellers", true.into()),
    ]);
    match inbound {
        Inbound::CoSell => object([
            ("type", "Shared".into()),
            ("qualification", "SalesQualified".into()),
            (
                "target",
                list([("type", "SolutionProfile"), ("id", "SOL-70455-SCH")]),
            ),
            (
                "customerProfile",
                object([
                    ("name", "Fjordkraft Bygg AS".into()),
                    ("size", "51to250employees".into()),
                    (
                        "address",
                        object([
                            ("addressLine1", "Havnegata 3".into()),
                            ("addressLine2", Value::Null),
                            ("city", "Bergen".into()),
                            ("state", Value::Null),
                            ("postalCode", "5013".into()),
                            ("country", "NO".into()),
                            ("region", Value::Null),
                        ]),
                    ),
                    (
                        "team",
                        list([
                            ("firstName", "Ingrid"),
                            ("lastName", "Moe"),
                            ("phoneNumber", "+4755000011"),
                            ("email", "ingrid.moe@fjordkraftbygg.example"),
                        ]),
                    ),
                    ("ids", none()),
                ]),
            ),
            ("consent", consent),
            (
                "details",
                object([
                    ("notes", "Customer asks for scheduling on mobile.".into()),
                    ("dealValue", Value::from(65_000)),
                    ("currency", "NOK".into()),
                    ("closingDateTime", closing.into()),
                    (
                        "requirements",
                        object([
                            ("industries", none()),
                            ("products", list([("id", "Microsoft365")])),
                            ("services", none()),
                            (
                                "solutions",
                                list([
                                    ("id", "SOL-70455-SCH"),
                                    ("name", "Rota Planner"),
                                    ("type", "Name"),
                                ]),
                            ),
                        ]),
                    ),
                ]),
            ),
            (
                "inviteContext",
                object([
                    ("notes", "Please take the technical lead.".into()),
                    ("assistanceRequestCode", "Unknown".into()),
                    (
                        "invitedBy",
                        object([
                            ("organizationId", MICROSOFT_ID.into()),
                            ("organizationName", MICROSOFT_NAME.into()),
                        ]),
                    ),
                ]),
            ),
            (
                "trackingInfo",
                object([("microsoftMsxId", msx_id(shared).into())]),
            ),
        ]),
        Inbound::Lead => object([
            ("type", "Independent".into()),
            ("qualification", "Direct".into()),
            (
                "customerProfile",
                object([
                    ("name", "Lumen Bakery Sarl".into()),
                    (
                        "address",
                        object([
                            ("addressLine1", "12 Rue du Four".into()),
                            ("addressLine2", "".into()),
                            ("city", "Lyon".into()),
                            ("state", "".into()),
                            ("postalCode", "69002".into()),
                            ("country", "FR".into()),
                        ]),
                    ),
                    (
                        "team",
                        list([
                            ("firstName", "Claire"),
                            ("lastName", "Dubois"),
                            ("phoneNumber", "+33400000012"),
                            ("email", "claire.dubois@lumenbakery.example"),
                        ]),
                    ),
                    ("ids", none()),
                ]),
            ),
            ("consent", consent),
            (
                "details",
                object([
                    ("notes", "Looking for staff training.".into()),
                    ("dealValue", Value::from(10_000)),
                    ("currency", "EUR".into()),
                    ("closingDateTime", closing.into()),
                    ("customerRequestedContact", true.into()),
                    (
                        "requirements",
                        object([
                            ("industries", list([("id", "Retail & Consumer Goods")])),
                            ("products", list([("id", "Microsoft365")])),
                            ("services", list([("id", "LearningAndCertification")])),
                            ("solutions", none()),
                        ]),
                    ),
                ]),
            ),
        ]),
    }
}

/// What the service sets on a referral that comes in.
fn arrival(now: Timestamp) -> Value {
    let expiration = now
        .checked_add(lifecycle::ANSWER_WINDOW)
        .unwrap_or(Timestamp::MAX);
    object([
        ("organizationId", PARTNER_ID.into()),
        ("organizationName", PARTNER_NAME.into()),
        ("createdDateTime", moment::text(now).into()),
        ("expirationDateTime", moment::text(expiration).into()),
        ("status", "New".into()),
        ("substatus", "Pending".into()),
        ("direction", "Incoming".into()),
    ])
}

/// Microsoft's copy of a deal it brought: accepted from the start, as any deal is for whoever made it.
fn microsofts(shared: &Shared, partners: &Value, now: Timestamp) -> Value {
    let mut copy = partners.clone();
    for (name, value) in [
        ("id", Value::from(shared.ids.guid().to_string())),
        ("organizationId", MICROSOFT_ID.into()),
        ("organizationName", MICROSOFT_NAME.into()),
        ("direction", "Outgoing".into()),
        ("status", "Active".into()),
        ("substatus", "Accepted".into()),
        ("statusReason", Value::Null),
        ("acceptedDateTime", moment::text(now).into()),
        ("expirationDateTime", Value::Null),
        ("externalReferenceId", Value::Null),
        ("team", Value::Array(vec![seller()])),
    ] {
        put(&mut copy, name, value);
    }
    copy
}

fn seller() -> Value {
    object([
        ("firstName", "Sam".into()),
        ("lastName", "Okafor".into()),
        ("phoneNumber", "+14250000100".into()),
        ("email", "sam.okafor@microsoft.example".into()),
    ])
}

/// `7-` and ten characters.
fn msx_id(shared: &Shared) -> String {
    let letters = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let tail: String = shared.ids.bytes()[..10]
        .iter()
        .map(|byte| char::from(letters[usize::from(*byte) % letters.len()]))
        .collect();
    format!("7-{tail}")
}

fn track(entity: &mut Value, msx: &str) {
    let mut tracking = entity
        .get("trackingInfo")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    tracking.insert("microsoftMsxId".to_owned(), msx.into());
    put(entity, "trackingInfo", Value::Object(tracking));
}

fn put(entity: &mut Value, name: &str, value: Value) {
    if let Some(members) = entity.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn list<const N: usize>(members: [(&str, &str); N]) -> Value {
    Value::Array(vec![object(
        members.map(|(name, text)| (name, Value::from(text))),
    )])
}

/// Objects are merged member by member, anything else is replaced. As deep as a parsed value can be.
fn merge(into: &mut Value, given: &Value) {
    match (into, given) {
        (Value::Object(into), Value::Object(given)) => {
            for (name, value) in given {
                merge(into.entry(name.clone()).or_default(), value);
            }
        }
        (into, given) => *into = given.clone(),
    }
}
