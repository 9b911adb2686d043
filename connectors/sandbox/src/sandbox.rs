//! Starting and stopping the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::body::BODY_BYTES_MAX;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::faults::{Service, inject};
use crate::listener::{Cut, CutListener};
use crate::shared::Shared;
use crate::{admin, partner_center, salesforce};

/// How long open requests may take to end after a shutdown was asked for.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// What can be chosen about a sandbox. The default is right for most uses.
#[derive(Clone, Default)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The clock to start from; the system's when absent.
    pub clock: Option<Arc<dyn Clock>>,
    /// Address that links and events carry instead of `http://127.0.0.1:<port>`.
    pub public_url: Option<String>,
    /// Seed of all ids and tokens; a new one each time when absent.
    pub seed: Option<u64>,
    /// Pause before a webhook's second attempt, doubled for each further one up to ten times; 100 ms when absent.
    pub webhook_retry: Option<Duration>,
    /// Leave out the checks on referrals that only the portal is known to make (country and currency codes, a
    /// solution, a contact when help is wanted).
    pub lenient: bool,
    /// Write the next link of a list as the service does, with a shortened path that cannot be followed as it
    /// stands; a client has to take the query string only.
    pub short_next_link: bool,
    /// Let events about another party's copy carry the id of the partner's own referral instead. Which one the
    /// service sends is not documented, so a receiver has to cope with both.
    pub related_events_name_own: bool,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken or may not be used.
    #[error("the sandbox cannot listen on `{address}`; choose another port, or 0 for any free one")]
    Bind {
        /// Where it should have listened.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The client that delivers webhooks could not be built.
    #[error("the sandbox cannot deliver webhooks")]
    Client {
        /// What the HTTP client said.
        source: reqwest::Error,
    },
}

/// A running sandbox. Dropping it stops the server without waiting.
pub struct Sandbox {
    shared: Arc<Shared>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    courier: JoinHandle<()>,
}

impl Sandbox {
    /// Listens on loopback and serves both services and the admin API.
    ///
    /// # Errors
    /// [`SandboxError::Bind`] when the port cannot be had.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let bind_error = |source| SandboxError::Bind {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let base_url = options
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"));
        let client = partner_center::courier_client().map_err(|source| SandboxError::Client { source })?;
        let shared = Shared::new(options, &base_url);
        let stop = CancellationToken::new();
        let courier = tokio::spawn(partner_center::deliver(shared.clone(), client, stop.clone()));
        let service = Self::router(&shared).into_make_service_with_connect_info::<Cut>();
        let serve = axum::serve(CutListener(listener), service)
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let server = tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Self {
            shared,
            stop,
            server,
            courier,
        })
    }

    /// The routes of both services and the admin API, for use without a socket. Webhooks are not delivered and
    /// a response cannot be lost there.
    pub fn router(shared: &Arc<Shared>) -> Router {
        let partner_center = partner_center::router(shared.clone()).layer(from_fn_with_state(
            (shared.clone(), Service::PartnerCenter),
            inject,
        ));
        let salesforce = salesforce::router(shared.clone())
            .layer(from_fn_with_state((shared.clone(), Service::Salesforce), inject));
        Router::new()
            .merge(partner_center)
            .merge(salesforce)
            .merge(admin::router(shared.clone()))
            .fallback(partner_center::unknown_path)
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
    }

    /// Where it is reached, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// What a client must be told.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            partner_center: partner_center::credentials(&self.shared),
            salesforce: salesforce::credentials(&self.shared),
        }
    }

    /// Whether no webhook is under way or waiting for another attempt.
    pub fn idle(&self) -> bool {
        partner_center::idle(&self.shared.partner_center())
    }

    /// Stops serving and waits for open requests, for a short while.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(SHUTDOWN_MAX, &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
        self.courier.abort();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
        self.courier.abort();
    }
}
