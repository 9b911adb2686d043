//! Shared transport for connectors that speak HTTP.
//!
//! Reading order: [`client`] makes the one HTTP client (`trust` says which servers it believes), [`request`] and
//! [`response`] are what goes out and comes back, [`transport`] sends within limits and only to allowed hosts,
//! [`auth`] holds a token and renews it once, [`classify`] says what a status means for the next try. [`connector`] is
//! a connector of its own on top of these: plain requests to listed hosts. Nothing here knows a vendor, and nothing
//! here tries a call again for passing trouble: that is the engine's business, which keeps the tries in its journal.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod auth;
pub mod classify;
pub mod client;
pub mod connector;
pub mod hosts;
pub mod request;
pub mod response;
#[cfg(any(test, feature = "testing"))]
pub mod stub;
pub mod transport;
mod trust;

pub use auth::{FetchToken, Token, TokenSource};
pub use client::{ClientError, ClientOptions, client};
pub use connector::connector;
pub use hosts::{AllowedHosts, endpoint, is_loopback};
pub use request::{Body, Request};
pub use reqwest::Method;
pub use response::Response;
pub use transport::{Limits, Transport};
pub use url::Url;
