//! What the org holds.

use crate::ids::Ids;

/// The org's data.
pub(crate) struct State {}

impl State {
    /// An org with its standard records and nothing else.
    pub(crate) fn new(_ids: &Ids) -> Self {
        Self {}
    }
}
