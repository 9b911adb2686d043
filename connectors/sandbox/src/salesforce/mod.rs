//! Salesforce: one org with its standard objects and the co-sell package. Declarations only.

mod catalog;
mod coerce;
mod cursor;
mod custom;
mod describe;
mod error;
mod http;
mod id;
mod moment;
mod opportunity;
mod render;
mod rules;
mod schema;
mod session;
mod snapshot;
mod soql;
mod state;
mod store;
mod upsert;
mod write;

pub(crate) use http::router;
pub(crate) use snapshot::{credentials, snapshot};
pub(crate) use state::State;
