//! The sandbox over real HTTP.

#![allow(clippy::unwrap_used)]

mod partner_center;
mod salesforce;
