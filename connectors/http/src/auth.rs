//! Holds one token, fetches it once however many ask, and renews it once when the service no longer takes it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use connector_api::connection::BoxFuture;
use connector_api::{ErrorClass, OperationError, Secret};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::response::Response;

/// A token is renewed this long before it ends, or after half of its life when that is shorter.
const EARLY: Duration = Duration::from_secs(300);

/// A token as fetched.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// How long it lives from now, if the service said so.
    pub lifetime: Option<Duration>,
}

/// Gets a new token from the service. Called by one task at a time, and always carried to its end, so that a
/// rotated refresh token is never lost on the way.
pub trait FetchToken: Send + Sync + 'static {
    /// Fetches.
    fn fetch(&self) -> BoxFuture<'_, Result<Token, OperationError>>;
}

/// A cached token for one audience. Cloning shares the cache.
#[derive(Clone)]
pub struct TokenSource {
    fetch: Arc<dyn FetchToken>,
    cache: Arc<Mutex<Cache>>,
    fetches: Arc<AtomicU64>,
}

#[derive(Default)]
struct Cache {
    held: Option<Held>,
    last_error: Option<OperationError>,
}

#[derive(Clone)]
struct Held {
    secret: Secret,
    number: u64,
    renew_at: Option<Instant>,
}

impl TokenSource {
    /// A source without a token yet.
    pub fn new(fetch: impl FetchToken) -> Self {
        Self {
            fetch: Arc::new(fetch),
            cache: Arc::default(),
            fetches: Arc::default(),
        }
    }

    /// The token in force, fetched if there is none. Tasks that ask while it is being fetched share the result,
    /// failures included.
    pub async fn token(&self) -> Result<Secret, OperationError> {
        Ok(self.held().await?.secret)
    }

    /// Calls `send` with a token. When the answer is 401, the token is dropped and `send` is called once more with
    /// a fresh one; a second 401 is handed back and the token is dropped again.
    pub async fn with_token<F, S>(&self, send: F) -> Result<Response, OperationError>
    where
        F: Fn(Secret) -> S,
        S: Future<Output = Result<Response, OperationError>>,
    {
        let first = self.held().await?;
        let response = send(first.secret).await?;
        if response.status != 401 {
            return Ok(response);
        }
        self.drop_token(first.number).await;
        let second = self.held().await?;
        let response = send(second.secret).await?;
        if response.status == 401 {
            self.drop_token(second.number).await;
        }
        Ok(response)
    }

    /// Forgets the token, unless somebody has renewed it in the meantime.
    async fn drop_token(&self, number: u64) {
        let mut cache = self.cache.lock().await;
        if cache.held.as_ref().is_some_and(|held| held.number == number) {
            cache.held = None;
        }
    }

    async fn held(&self) -> Result<Held, OperationError> {
        let seen = self.fetches.load(Ordering::Acquire);
        let cache = Arc::clone(&self.cache).lock_owned().await;
        if let Some(held) = &cache.held
            && held.renew_at.is_none_or(|at| Instant::now() < at)
        {
            return Ok(held.clone());
        }
        let fetches = self.fetches.load(Ordering::Acquire);
        if fetches != seen {
            // Somebody fetched while this task waited: what came out is as good for this task.
            if let Some(held) = &cache.held {
                return Ok(held.clone());
            }
            if let Some(error) = &cache.last_error {
                return Err(error.clone());
            }
        }
        let source = self.clone();
        // A task of its own, so that a caller who gives up does not break off the exchange with the service.
        let fetching = tokio::spawn(async move {
            let mut cache = cache;
            let fetched = source.fetch.fetch().await;
            let number = source.fetches.fetch_add(1, Ordering::AcqRel) + 1;
            match fetched {
                Ok(token) => {
                    let held = Held {
                        secret: token.secret,
                        number,
                        renew_at: token.lifetime.and_then(renew_at),
                    };
                    cache.held = Some(held.clone());
                    cache.last_error = None;
                    Ok(held)
                }
                Err(error) => {
                    cache.held = None;
                    cache.last_error = Some(error.clone());
                    Err(error)
                }
            }
        });
        fetching.await.map_err(|_| {
            OperationError::new(
                ErrorClass::Transient,
                "sign_in_broken_off",
                "the sign-in was broken off",
            )
        })?
    }
}

fn renew_at(lifetime: Duration) -> Option<Instant> {
    Instant::now().checked_add(lifetime - EARLY.min(lifetime / 2))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Semaphore;

    use super::*;

    struct Counting {
        count: Arc<AtomicUsize>,
        gate: Arc<Semaphore>,
        lifetime: Option<Duration>,
        fails: bool,
    }

    impl FetchToken for Counting {
        fn fetch(&self) -> BoxFuture<'_, Result<Token, OperationError>> {
            Box::pin(async {
                let _pass = self.gate.acquire().await.unwrap();
                let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
                if self.fails {
                    return Err(OperationError::new(
                        ErrorClass::Unauthorized,
                        "invalid_grant",
                        "no",
                    ));
                }
                Ok(Token {
                    secret: Secret::new("token", format!("token-{number}")),
                    lifetime: self.lifetime,
                })
            })
        }
    }

    struct Setup {
        source: TokenSource,
        count: Arc<AtomicUsize>,
        gate: Arc<Semaphore>,
    }

    fn source(passes: usize, lifetime: Option<Duration>, fails: bool) -> Setup {
        let count = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Semaphore::new(passes));
        let fetch = Counting {
            count: Arc::clone(&count),
            gate: Arc::clone(&gate),
            lifetime,
            fails,
        };
        Setup {
            source: TokenSource::new(fetch),
            count,
            gate,
        }
    }

    fn answer(status: u16) -> Result<Response, OperationError> {
        Ok(Response::new(status, Vec::new(), ""))
    }

    #[tokio::test]
    async fn a_token_is_fetched_once_and_kept() {
        let setup = source(8, Some(Duration::from_secs(3600)), false);
        for _ in 0..3 {
            assert_eq!(setup.source.token().await.unwrap().expose(), "token-1");
        }
        assert_eq!(setup.count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_ended_token_is_fetched_again() {
        let setup = source(8, Some(Duration::ZERO), false);
        assert_eq!(setup.source.token().await.unwrap().expose(), "token-1");
        assert_eq!(setup.source.token().await.unwrap().expose(), "token-2");
    }

    #[tokio::test]
    async fn many_refusals_at_once_fetch_one_token() {
        let setup = source(1, None, false);
        setup.source.token().await.unwrap();
        let arrived = Arc::new(tokio::sync::Barrier::new(16));
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let source = setup.source.clone();
                let arrived = Arc::clone(&arrived);
                tokio::spawn(async move {
                    source
                        .with_token(|token| {
                            let arrived = Arc::clone(&arrived);
                            async move {
                                if token.expose() == "token-1" {
                                    arrived.wait().await;
                                    answer(401)
                                } else {
                                    answer(200)
                                }
                            }
                        })
                        .await
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap().status, 200);
        }
        assert_eq!(setup.count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_second_refusal_ends_it() {
        let setup = source(8, None, false);
        let sent = AtomicUsize::new(0);
        let response = setup
            .source
            .with_token(|_| {
                sent.fetch_add(1, Ordering::SeqCst);
                async { answer(401) }
            })
            .await
            .unwrap();
        assert_eq!(response.class(), ErrorClass::Unauthorized);
        assert_eq!(sent.load(Ordering::SeqCst), 2);
        assert_eq!(setup.count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn those_who_wait_share_a_failure() {
        let setup = source(0, None, true);
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let source = setup.source.clone();
                tokio::spawn(async move { source.token().await })
            })
            .collect();
        // On this single-threaded runtime every task has begun to wait once all have been polled.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        setup.gate.add_permits(1);
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap_err().code, "invalid_grant");
        }
        assert_eq!(setup.count.load(Ordering::SeqCst), 1);
        assert_eq!(setup.source.token().await.unwrap_err().code, "invalid_grant");
        assert_eq!(setup.count.load(Ordering::SeqCst), 2, "a later caller tries anew");
    }
}
