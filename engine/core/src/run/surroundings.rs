//! What a run sees besides its own records: the same for all runs of one solution version.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::flow::RetryPolicy;
use crate::mapping::Mapping;

/// The fixed surroundings of runs.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The solution's mappings by name.
    pub mappings: Arc<BTreeMap<String, Mapping>>,
    /// What the services offer: comparing values needs their columns.
    pub catalog: Arc<Catalog>,
    /// The address of each flow's HTTP trigger, by flow id.
    pub flow_urls: BTreeMap<String, String>,
    /// The policy of actions that state none.
    pub default_retry: RetryPolicy,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("mappings", &self.mappings.keys())
            .field("flow_urls", &self.flow_urls)
            .field("default_retry", &self.default_retry)
            .finish_non_exhaustive()
    }
}
