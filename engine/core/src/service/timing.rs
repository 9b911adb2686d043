//! How patient the engine is: minutes with real services, fractions of a second on the sandbox.

use std::time::Duration;

use crate::flow::{RetryKind, RetryPolicy};

/// How patient the engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How often polling triggers ask, unless a flow says otherwise.
    pub poll_every: Duration,
    /// The base wait of the default retry policy; the documented 7.5 s when absent.
    pub retry_interval: Option<Duration>,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            poll_every: Duration::from_secs(60),
            retry_interval: None,
        }
    }
}

impl Timing {
    /// The retry policy of actions that state none.
    pub fn default_retry(&self) -> RetryPolicy {
        let documented = RetryPolicy::default();
        match self.retry_interval {
            None => documented,
            Some(interval) => RetryPolicy {
                kind: RetryKind::Exponential,
                count: documented.count,
                interval,
                minimum: interval / 2,
                maximum: interval * 6,
            },
        }
    }
}
