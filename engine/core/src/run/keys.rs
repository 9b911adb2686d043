//! Turns under keys: whoever asks first holds a key first.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Keys held and asked for. Keys nobody holds take no memory.
#[derive(Clone, Default)]
pub struct Keys {
    held: Arc<Mutex<HashMap<String, Holders>>>,
}

#[derive(Default)]
struct Holders {
    holding: u32,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    limit: u32,
    turn: oneshot::Sender<KeyGuard>,
}

/// A turn under a key; it ends when this is dropped.
pub struct KeyGuard {
    keys: Keys,
    key: String,
}

impl Keys {
    /// Waits for a turn. A limit of 0 counts as 1.
    pub async fn own(&self, key: &str, limit: u32) -> KeyGuard {
        let limit = limit.max(1);
        let receiver = {
            let mut held = self.lock();
            let holders = held.entry(key.to_owned()).or_default();
            if holders.waiting.is_empty() && holders.holding < limit {
                holders.holding += 1;
                None
            } else {
                let (turn, receiver) = oneshot::channel();
                holders.waiting.push_back(Waiting { limit, turn });
                Some(receiver)
            }
        };
        match receiver {
            None => self.guard(key),
            Some(receiver) => receiver
                .await
                .expect("a waiting asker is kept until it is served"),
        }
    }

    fn guard(&self, key: &str) -> KeyGuard {
        KeyGuard {
            keys: self.clone(),
            key: key.to_owned(),
        }
    }

    /// Ends one turn and answers who is next.
    fn release(&self, key: &str) -> Vec<oneshot::Sender<KeyGuard>> {
        let mut held = self.lock();
        let Some(holders) = held.get_mut(key) else {
            return Vec::new();
        };
        holders.holding = holders.holding.saturating_sub(1);
        let mut next = Vec::new();
        while let Some(waiting) = holders.waiting.pop_front() {
            if waiting.turn.is_closed() {
                continue;
            }
            if holders.holding >= waiting.limit {
                holders.waiting.push_front(waiting);
                break;
            }
            holders.holding += 1;
            next.push(waiting.turn);
        }
        if holders.holding == 0 {
            held.remove(key);
        }
        next
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Holders>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        for turn in self.keys.release(&self.key) {
            // An asker that went away at this very moment drops the guard, which passes the turn on.
            drop(turn.send(self.keys.guard(&self.key)));
        }
    }
}

impl fmt::Debug for KeyGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyGuard({})", self.key)
    }
}
