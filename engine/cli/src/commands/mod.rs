//! One file per command.

pub(crate) mod completions;
pub(crate) mod connections;
pub(crate) mod explain;
mod failure;
pub(crate) mod graph;
pub(crate) mod links;
mod load;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod schema;
mod store;
pub(crate) mod validate;

pub(crate) use failure::Failure;
pub(crate) use load::{Checked, catalog_of, load_checked};

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::Connection;

use crate::settings::{Services, SetupError};

/// Every configured connection, whether a solution uses it or not.
pub(crate) fn connectors_of(
    services: &Services,
) -> Result<BTreeMap<String, Arc<dyn Connection>>, SetupError> {
    services.connect_all()
}
