//! What Partner Center holds, and the one way to change a referral.
//!
//! Every write goes through [`State::commit`]: it stamps, tags, remembers what was there before (for stale reads)
//! and raises the events. Nothing else may touch the referrals.

use connector_api::{Map, Value, value::object};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::delivery::Deliveries;
use super::error::ApiError;
use super::identity::MICROSOFT_ID;
use super::list::Pages;
use super::registration::{Registration, Validations};
use super::token::Tokens;
use super::{event, lifecycle, moment};
use crate::shared::Shared;

/// How many referrals the sandbox keeps.
pub(crate) const REFERRALS_MAX: usize = 100_000;

/// One organisation's copy of a deal.
#[derive(Debug, Clone)]
pub(crate) struct Referral {
    /// All properties but `eTag`, `links` and `@odata.context`.
    pub(crate) entity: Value,
    /// With its inner quotes.
    pub(crate) etag: String,
}

impl Referral {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.entity.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn is_microsofts(&self) -> bool {
        self.text("organizationId") == MICROSOFT_ID
    }
}

/// The service's data.
pub(crate) struct State {
    pub(crate) referrals: IndexMap<String, Referral>,
    /// What the last write found, for reads that come too early.
    before_last_write: Vec<(String, Option<Referral>)>,
    last_stamp: Timestamp,
    next_expiry: Option<Timestamp>,
    writes: u64,
    pub(crate) tokens: Tokens,
    pub(crate) pages: Pages,
    pub(crate) registration: Option<Registration>,
    pub(crate) validations: Validations,
    pub(crate) deliveries: Deliveries,
}

impl State {
    /// A partner without deals.
    pub(crate) fn new() -> Self {
        Self {
            referrals: IndexMap::new(),
            before_last_write: Vec::new(),
            last_stamp: Timestamp::MIN,
            next_expiry: None,
            writes: 0,
            tokens: Tokens::default(),
            pages: Pages::default(),
            registration: None,
            validations: Validations::default(),
            deliveries: Deliveries::default(),
        }
    }

    /// The present moment, later than any handed out before, in the service's grain of 100 ns.
    pub(crate) fn stamp(&mut self, shared: &Shared) -> Timestamp {
        let grain = SignedDuration::from_nanos(100);
        let now = shared.clock.now();
        let now = now
            .checked_sub(SignedDuration::from_nanos(i64::from(
                now.subsec_nanosecond().rem_euclid(100),
            )))
            .unwrap_or(now);
        let next = self.last_stamp.checked_add(grain).unwrap_or(Timestamp::MAX);
        self.last_stamp = now.max(next);
        self.last_stamp
    }

    /// Refuses when `new` more referrals would be too many.
    pub(crate) fn room_for(&self, new: usize) -> Result<(), ApiError> {
        if self.referrals.len() + new <= REFERRALS_MAX {
            return Ok(());
        }
        Err(ApiError::unavailable(format!(
            "The sandbox keeps at most {REFERRALS_MAX} referrals."
        )))
    }

    /// Stores whole entities in one write, raises their events, and returns the moment of the write.
    pub(crate) fn commit(&mut self, shared: &Shared, entities: Vec<Value>) -> Result<Timestamp, ApiError> {
        let new = entities.iter().filter(|entity| {
            let id = entity.get("id").and_then(Value::as_str).unwrap_or_default();
            !self.referrals.contains_key(id)
        });
        let new = new.count();
        self.room_for(new)?;
        let now = self.stamp(shared);
        self.before_last_write.clear();
        for entity in entities {
            let (id, before) = self.place(entity, now);
            let microsofts = self.referrals.get(&id).is_some_and(Referral::is_microsofts);
            let name = event::name(microsofts, before.is_none());
            self.before_last_write.push((id.clone(), before));
            event::raise(self, shared, name, &id, now);
        }
        Ok(now)
    }

    /// Stores an entity without a word to anyone; returns its id and what was there before.
    pub(crate) fn place(&mut self, mut entity: Value, now: Timestamp) -> (String, Option<Referral>) {
        let id = entity
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if let Some(members) = entity.as_object_mut() {
            members.insert("updatedDateTime".to_owned(), moment::text(now).into());
        }
        self.writes += 1;
        let etag = etag(self.writes, now);
        let referral = Referral { entity, etag };
        if let Some(expiry) = expiry_of(&referral) {
            self.next_expiry = Some(self.next_expiry.map_or(expiry, |next| next.min(expiry)));
        }
        let before = self.referrals.insert(id.clone(), referral);
        (id, before)
    }

    /// Every referral, or what it was before the last write if `stale`.
    pub(crate) fn seen(&self, stale: bool) -> impl Iterator<Item = &Referral> {
        self.referrals
            .keys()
            .filter_map(move |id| self.look_up(id, stale))
    }

    /// A referral by id, or what it was before the last write if `stale`.
    pub(crate) fn look_up(&self, id: &str, stale: bool) -> Option<&Referral> {
        if stale && let Some((_, before)) = self.before_last_write.iter().find(|(written, _)| written == id) {
            return before.as_ref();
        }
        self.referrals.get(id)
    }

    /// The referrals of one deal.
    pub(crate) fn engagement(&self, engagement: &str) -> impl Iterator<Item = &Referral> {
        self.referrals
            .values()
            .filter(move |referral| referral.text("engagementId") == engagement)
    }

    /// Closes new referrals whose answer window has passed.
    pub(crate) fn expire(&mut self, shared: &Shared) {
        let now = shared.clock.now();
        if self.next_expiry.is_none_or(|next| now < next) {
            return;
        }
        let due: Vec<Value> = self
            .referrals
            .values()
            .filter(|referral| expiry_of(referral).is_some_and(|expiry| expiry <= now))
            .map(|referral| {
                let mut entity = referral.entity.clone();
                if let Some(members) = entity.as_object_mut() {
                    members.insert("status".to_owned(), "Closed".into());
                    members.insert("substatus".to_owned(), "Expired".into());
                }
                lifecycle::stamp(&referral.entity, &mut entity, now);
                entity
            })
            .collect();
        self.next_expiry = None;
        if let Err(error) = self.commit(shared, due) {
            tracing::error!(message = error.message, "referrals could not expire");
        }
        self.next_expiry = self.referrals.values().filter_map(expiry_of).min();
    }
}

/// When a referral that waits for an answer expires.
fn expiry_of(referral: &Referral) -> Option<Timestamp> {
    if lifecycle::state(&referral.entity).0 != "New" {
        return None;
    }
    referral.text("expirationDateTime").parse().ok()
}

/// The shape of the service's tags: a counter, fixed parts, the epoch second.
fn etag(writes: u64, now: Timestamp) -> String {
    let counter = writes & 0xffff_ffff;
    let second = now.as_second().clamp(0, i64::from(u32::MAX));
    format!("\"{counter:08x}-0000-0d00-0000-{second:08x}0000\"")
}

/// All data but tokens, for the admin API.
pub(crate) fn snapshot(state: &State) -> Value {
    let referrals = state.referrals.values().map(|referral| {
        let mut entity = referral.entity.as_object().cloned().unwrap_or_else(Map::new);
        entity.insert("eTag".to_owned(), referral.etag.clone().into());
        Value::Object(entity)
    });
    object([
        ("referrals", Value::Array(referrals.collect())),
        (
            "registration",
            state
                .registration
                .as_ref()
                .map_or(Value::Null, Registration::to_value),
        ),
        ("deliveries", state.deliveries.to_value()),
    ])
}

/// The clock was moved: what is due happens now.
pub(crate) fn clock_advanced(shared: &Shared) {
    shared.partner_center().expire(shared);
    shared.deliveries.notify_one();
}

/// Whether no webhook is under way or waiting for another attempt.
pub(crate) fn idle(state: &State) -> bool {
    state.deliveries.idle()
}
