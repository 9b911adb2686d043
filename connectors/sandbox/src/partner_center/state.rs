//! What Partner Center holds.

use crate::ids::Ids;

/// The service's data.
pub(crate) struct State {}

impl State {
    pub(crate) fn new(_ids: &Ids) -> Self {
        Self {}
    }
}
