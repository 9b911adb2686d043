//! Both services in a few lines: what is read is always the same, what is written is counted and the last one kept.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use tokio::net::TcpListener;

const REFERRAL: &str = include_str!("referral.json");

/// What the services were told.
#[derive(Default)]
pub(crate) struct Told {
    /// Accounts created.
    pub(crate) accounts: u64,
    /// Opportunities written.
    pub(crate) opportunities: u64,
    /// The body of the last opportunity.
    pub(crate) last: String,
}

type Shared = State<Arc<Mutex<Told>>>;

/// Serves for as long as the process lives; gives the address and what will have been told.
pub(crate) async fn serve() -> (String, Arc<Mutex<Told>>) {
    let told = Arc::new(Mutex::new(Told::default()));
    let router = Router::new()
        .route("/referrals/{id}", get(referral))
        .route(
            "/accounts",
            get(async || r#"{"totalSize":0,"done":true,"records":[]}"#).post(account),
        )
        .route("/opportunities/{id}", patch(opportunity))
        .with_state(Arc::clone(&told));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, told)
}

async fn referral(Path(id): Path<String>) -> String {
    REFERRAL.replace("{id}", &id)
}

async fn account(State(told): Shared, _: String) -> &'static str {
    told.lock().unwrap().accounts += 1;
    r#"{"id":"0011x00000AbCdEAAV","success":true,"errors":[]}"#
}

async fn opportunity(State(told): Shared, Path(id): Path<String>, body: String) -> String {
    let mut told = told.lock().unwrap();
    told.opportunities += 1;
    told.last = body.replace(&id, "{id}");
    r#"{"id":"0061x00000AbCdEAAV","success":true,"created":true,"errors":[]}"#.to_owned()
}
