//! The objects an org starts with.

mod cosell;
mod org;
mod sales;
mod setup;
mod stages;

pub(crate) use org::schema;
pub(crate) use setup::{COUNTRIES, CURRENCIES};
pub(crate) use stages::STAGES;
