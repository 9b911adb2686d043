//! The sandbox's time: a clock from outside plus what the admin API has moved it ahead.
//!
//! Everything the services stamp or let expire reads this clock and never the system's.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealClock;

impl Clock for RealClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the sandbox asks the machine"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that can be moved ahead and never goes back.
pub(crate) struct SandboxClock {
    base: Arc<dyn Clock>,
    ahead: Mutex<SignedDuration>,
}

impl SandboxClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self {
            base,
            ahead: Mutex::new(SignedDuration::ZERO),
        }
    }

    /// The base clock's time plus everything advanced; stays at the last representable moment beyond it.
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        self.base.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&self, seconds: u64) {
        let step = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(step);
    }
}
