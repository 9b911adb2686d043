//! The flow language and the run machine: text to document to flow to plan to run.
//!
//! Reading order: [`source`] and [`diagnostic`] (how we point at text), [`document`] (located YAML), [`expression`],
//! [`flow`] (what a flow means), [`mapping`], [`solution`] (all files together), [`catalog`] (what connectors offer),
//! [`check`] with its [`codes`], [`plan`], then [`run`], [`journal`] and [`store`]. This crate prints nothing, serves
//! nothing, reads no process variable and names no vendor.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod catalog;
pub mod check;
pub mod codes;
pub mod diagnostic;
pub mod document;
pub mod expression;
pub mod flow;
pub mod journal;
pub mod mapping;
pub mod plan;
pub mod run;
pub mod service;
pub mod solution;
pub mod source;
pub mod store;
#[cfg(test)]
mod testing;
