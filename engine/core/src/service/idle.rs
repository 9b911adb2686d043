//! When nothing is left to do: no event or run is waiting, and each poll came back empty since the last activity.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Counts what goes on.
#[derive(Clone, Default)]
pub(super) struct Idle {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Events and runs accepted and not ended.
    open: AtomicU64,
    /// Grows with every start and end.
    activity: AtomicU64,
    /// For each poll: the activity when its last empty answer was asked for.
    quiet: Mutex<BTreeMap<String, Option<u64>>>,
    changed: Notify,
}

/// Something that goes on until dropped.
pub(super) struct Open(Idle);

impl Idle {
    /// Something starts.
    pub(super) fn open(&self) -> Open {
        self.inner.open.fetch_add(1, Ordering::SeqCst);
        self.inner.activity.fetch_add(1, Ordering::SeqCst);
        Open(self.clone())
    }

    /// Something happened that a poll may find.
    pub(super) fn stir(&self) {
        self.inner.activity.fetch_add(1, Ordering::SeqCst);
    }

    /// A poll exists.
    pub(super) fn poll_exists(&self, flow: &str) {
        self.quiet().insert(flow.to_owned(), None);
    }

    /// A poll is about to ask: hand the answer to [`Idle::poll_answered`].
    pub(super) fn poll_asks(&self) -> u64 {
        self.inner.activity.load(Ordering::SeqCst)
    }

    /// A poll was answered.
    pub(super) fn poll_answered(&self, flow: &str, asked: u64, empty: bool) {
        self.quiet().insert(flow.to_owned(), empty.then_some(asked));
        self.inner.changed.notify_waiters();
    }

    /// Whether nothing is left to do.
    pub(super) fn is_idle(&self) -> bool {
        let activity = self.inner.activity.load(Ordering::SeqCst);
        self.inner.open.load(Ordering::SeqCst) == 0
            && self.quiet().values().all(|quiet| *quiet == Some(activity))
    }

    /// Waits until something changed that may have made it idle.
    pub(super) async fn changed(&self) {
        self.inner.changed.notified().await;
    }

    fn quiet(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<u64>>> {
        self.inner.quiet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.inner.activity.fetch_add(1, Ordering::SeqCst);
        self.0.inner.open.fetch_sub(1, Ordering::SeqCst);
        self.0.inner.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_needs_an_empty_poll_after_the_last_activity() {
        let idle = Idle::default();
        assert!(idle.is_idle());
        idle.poll_exists("p");
        assert!(!idle.is_idle());
        let asked = idle.poll_asks();
        let open = idle.open();
        idle.poll_answered("p", asked, true);
        assert!(!idle.is_idle());
        drop(open);
        assert!(!idle.is_idle(), "the empty answer is older than the activity");
        idle.poll_answered("p", idle.poll_asks(), false);
        assert!(!idle.is_idle());
        idle.poll_answered("p", idle.poll_asks(), true);
        assert!(idle.is_idle());
    }
}
