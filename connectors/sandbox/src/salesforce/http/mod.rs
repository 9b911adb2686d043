//! The org over HTTP: one door for all paths, then a plain function from call to answer.

mod admin;
mod batch;
mod call;
mod collections;
mod composite;
mod data;
mod graph;
mod identity;
mod limits;
mod oauth;
mod query;
mod reference;
mod replication;
mod rows;
mod serve;
mod soap;
mod tree;

pub(crate) use serve::router;
