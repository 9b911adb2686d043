//! The connector to Salesforce: its operations, changesets and polling triggers over the REST interface.
//!
//! Reading order: [`connector`] is the entrance, `connection` reads settings and hands calls out, `operations` holds
//! one file per operation, `changeset` sends several calls as one graph, `poll` follows changes. Below them lie
//! `api` (every request), `auth` (sign-in), `query`, `soql` (the only place where values become query text), `error`
//! (what refusals mean) and `objects` (shapes for checks without an org). Nothing here tries a call again for
//! passing trouble, with one exception: a lost race of two upserts.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod api;
mod auth;
mod changeset;
mod check;
mod clock;
mod connection;
mod describe;
mod descriptor;
mod error;
mod input;
mod look;
mod objects;
mod operations;
mod poll;
mod query;
mod record;
mod soql;

use std::sync::Arc;

use connector_api::Connector;

/// The connector.
pub fn connector() -> Arc<dyn Connector> {
    Arc::new(connection::Salesforce::new())
}
