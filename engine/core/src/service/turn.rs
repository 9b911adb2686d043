//! A run's place in the line of those that wait for the same key.

use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use connector_api::BoxFuture;
use uuid::Uuid;

use crate::run::KeyGuard;
use crate::service::queue::Started;
use crate::service::{Host, ServiceError};
use crate::store::RunRow;

/// A place in the line.
pub(super) enum Turn {
    /// Nothing to wait for: there is no key, or a caller up the chain holds it.
    Free,
    /// It is this run's turn.
    Held(KeyGuard),
    /// Others are before it.
    Waiting(BoxFuture<'static, KeyGuard>),
}

impl Host {
    /// The place of a run that starts.
    pub(super) fn line_up(&self, started: &Started, limit: u32) -> Turn {
        let caller = started.parent.as_ref().map(|parent| parent.run);
        self.line_up_under(started.key.as_deref(), limit, caller)
    }

    /// The place of a run that is taken up again.
    pub(super) fn line_up_again(&self, row: &RunRow, limit: u32) -> Turn {
        let caller = row.parent.as_ref().map(|parent| parent.run);
        self.line_up_under(row.key.as_deref(), limit, caller)
    }

    fn line_up_under(&self, key: Option<&str>, limit: u32, caller: Option<Uuid>) -> Turn {
        let Some(key) = key.filter(|key| !self.is_held_above(key, caller)) else {
            return Turn::Free;
        };
        let (carrier, key) = (self.inner.carrier.clone(), key.to_owned());
        let mut turn: BoxFuture<'static, KeyGuard> = Box::pin(async move { carrier.own(&key, limit).await });
        // A future asks for its turn when it is polled first. Whoever awaits it later leaves a waker of its own.
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(guard) => Turn::Held(guard),
            Poll::Pending => Turn::Waiting(turn),
        }
    }

    /// Waits for a turn; an error when the engine stops first. A called flow is part of a run that has begun, and so
    /// waits on until runs are left where they are.
    pub(super) async fn turn(&self, turn: Turn, is_called: bool) -> Result<Option<KeyGuard>, ServiceError> {
        let stop = if is_called {
            &self.inner.halt
        } else {
            &self.inner.stop
        };
        if stop.is_cancelled() {
            return Err(ServiceError::Stopping);
        }
        match turn {
            Turn::Free => Ok(None),
            Turn::Held(guard) => Ok(Some(guard)),
            Turn::Waiting(turn) => tokio::select! {
                biased;
                () = stop.cancelled() => Err(ServiceError::Stopping),
                guard = turn => Ok(Some(guard)),
            },
        }
    }

    fn is_held_above(&self, key: &str, caller: Option<Uuid>) -> bool {
        caller.is_some_and(|caller| {
            let live = self.inner.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.get(&caller)
                .is_some_and(|caller| caller.keys.iter().any(|held| held == key))
        })
    }
}
