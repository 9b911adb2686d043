//! The connector against a stub that answers as the service's documents say.

#![allow(clippy::unwrap_used)]

mod changeset;
mod check;
mod operations;
mod org;
mod package;
mod poll;
mod sandbox_org;
mod settings;
mod sign_in;
mod watch;
