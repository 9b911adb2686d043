//! What both services stand on. Lock one service's state at a time, never across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::{RealClock, SandboxClock};
use crate::faults::Faults;
use crate::ids::Ids;
use crate::sandbox::SandboxOptions;
use crate::{partner_center, salesforce};

/// The state of one sandbox.
pub struct Shared {
    pub(crate) clock: SandboxClock,
    /// Address of the sandbox without a slash at its end; links and events are built from it.
    pub(crate) base_url: String,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) options: SandboxOptions,
    pub(crate) partner_center: Mutex<partner_center::State>,
    pub(crate) salesforce: Mutex<salesforce::State>,
    /// Told when a webhook delivery is waiting to be sent.
    pub(crate) deliveries: Notify,
}

impl Shared {
    /// State for a sandbox that clients reach at `base_url`.
    pub fn new(options: SandboxOptions, base_url: &str) -> Arc<Self> {
        let seed = options.seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(RealClock));
        let ids = Ids::new(seed);
        let partner_center = partner_center::State::new();
        let salesforce = salesforce::State::new(&ids);
        Arc::new(Self {
            clock: SandboxClock::new(clock),
            base_url: base_url.trim_end_matches('/').to_owned(),
            ids,
            faults: Faults::default(),
            options,
            partner_center: Mutex::new(partner_center),
            salesforce: Mutex::new(salesforce),
            deliveries: Notify::new(),
        })
    }

    /// Forgets all data of both services and all faults. The clock keeps its place, ids are not handed out again.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        *self.partner_center() = partner_center::State::new();
        *self.salesforce() = salesforce::State::new(&self.ids);
    }

    pub(crate) fn partner_center(&self) -> MutexGuard<'_, partner_center::State> {
        self.partner_center.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn salesforce(&self) -> MutexGuard<'_, salesforce::State> {
        self.salesforce.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
