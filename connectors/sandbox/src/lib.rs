//! Partner Center and Salesforce on loopback: one HTTP server that answers as the two services do.
//!
//! Reading order: `sandbox` starts and stops the server, `shared` is what both services stand on (clock, ids,
//! faults), `admin` is the door for tests and stories, `partner_center` and `salesforce` are the services. What a
//! service does not know gets that service's own error. Nothing here knows a connector of ours, and nothing here
//! may be reached from outside this machine.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod admin;
mod body;
mod clock;
mod credentials;
mod faults;
mod ids;
mod listener;
mod partner_center;
mod salesforce;
mod sandbox;
mod shared;

pub use clock::{Clock, RealClock};
pub use credentials::{
    Credentials, PartnerCenterCredentials, SalesforceCredentials, SalesforceUserCredentials,
};
pub use sandbox::{Sandbox, SandboxError, SandboxOptions};
pub use shared::Shared;
