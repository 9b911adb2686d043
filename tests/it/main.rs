//! Tests of the whole system, one module for each thing that is promised.

#![allow(clippy::unwrap_used)]

mod connections;
mod customise;
mod deals;
mod flows_readme;
mod layers;
mod leads;
mod links;
mod once;
mod readme;
mod schemas;
mod serve;
mod stand_in;
mod story;
mod validate;
