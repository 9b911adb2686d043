//! The time: the machine's own, or one that a test moves.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::run::machine::{later, millis};

/// The longest single sleep: the wall clock may be set, or the machine be suspended, while we sleep.
const NAP_MAX: Duration = Duration::from_secs(30);

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is moved.
    Virtual(VirtualClock),
}

/// A clock that is moved by hand, or by whoever waits for it.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    now: Arc<watch::Sender<Timestamp>>,
    jumps: bool,
}

impl Clock {
    /// The time, to the millisecond.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the core asks the machine for the time"
    )]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => millis(Timestamp::now()),
            Self::Virtual(clock) => clock.now(),
        }
    }

    /// Returns at a time; at once when it is past.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the core asks the machine for the time"
    )]
    pub async fn wait_until(&self, at: Timestamp) {
        match self {
            Self::System => loop {
                let left = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(NAP_MAX)).await;
            },
            Self::Virtual(clock) => clock.wait_until(at).await,
        }
    }
}

impl VirtualClock {
    /// A clock that stands at a time until it is moved.
    pub fn new(at: Timestamp) -> Self {
        Self {
            now: Arc::new(watch::Sender::new(millis(at))),
            jumps: false,
        }
    }

    /// A clock that whoever waits moves on: waiting takes no time.
    pub fn jumping(at: Timestamp) -> Self {
        Self {
            jumps: true,
            ..Self::new(at)
        }
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = later(*now, by));
    }

    /// Returns when it shows a time.
    pub async fn wait_until(&self, at: Timestamp) {
        if self.jumps {
            // Everything that is ready goes first, or a deadline would overtake the answer it waits for.
            tokio::task::yield_now().await;
            self.now.send_modify(|now| *now = (*now).max(at));
            return;
        }
        let mut shown = self.now.subscribe();
        // The sender lives as long as this clock, so waiting ends only when the time has come.
        if shown.wait_for(|now| *now >= at).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
