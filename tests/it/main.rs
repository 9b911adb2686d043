//! Tests of the whole system, one module for each thing that is promised.

#![allow(clippy::unwrap_used)]

mod flows_readme;
mod schemas;
mod story;
