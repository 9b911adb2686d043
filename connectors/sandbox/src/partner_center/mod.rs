//! Partner Center: the Referrals API, the webhook API and the identity platform in front of them.
//!
//! Start reading at `routes`; `state` holds the data and is the only one to change it.

mod admin;
mod create;
mod delivery;
mod error;
mod event;
mod filter;
mod identity;
mod lifecycle;
mod list;
mod login;
mod microsoft;
mod moment;
mod patch;
mod registration;
mod routes;
mod schema;
mod signature;
mod state;
mod token;
mod update;
mod validate;
mod view;

pub(crate) use admin::admin_router;
pub(crate) use delivery::{courier_client, deliver};
pub(crate) use identity::credentials;
pub(crate) use routes::{router, unknown_path};
pub(crate) use state::{State, clock_advanced, idle, snapshot};
