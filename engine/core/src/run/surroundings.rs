//! What a run sees besides its own records: the same for all runs of one solution version.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::flow::RetryPolicy;
use crate::mapping::Mapping;

/// The fixed surroundings of runs.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The solution's mappings by name.
    pub mappings: Arc<BTreeMap<String, Mapping>>,
    /// The address of each flow's HTTP trigger, by flow id.
    pub flow_urls: BTreeMap<String, String>,
    /// The policy of actions that state none.
    pub default_retry: RetryPolicy,
}
