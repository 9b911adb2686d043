//! Salesforce as the reference describes it.

mod behaviour;
mod composite;
mod harness;
mod queries;
mod replication;
mod rows;
mod sign_in;
mod upsert;
