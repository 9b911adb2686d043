//! Salesforce as the reference describes it.

mod harness;
mod rows;
mod sign_in;
mod upsert;
