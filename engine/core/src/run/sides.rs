//! `map` and `diff`: the mapping's work, seen from an action.

use connector_api::Value;
use jiff::Timestamp;

use crate::flow::ActionKind;
use crate::journal::{ActionError, codes};
use crate::run::machine::Machine;
use crate::run::names::Sight;

/// The result of a `map` or a `diff`.
pub(crate) fn evaluate(
    machine: &Machine,
    kind: &ActionKind,
    sight: &Sight,
    now: Timestamp,
    seed: u64,
) -> Result<Value, ActionError> {
    let _ = (machine, kind, sight, now, seed);
    let message = "this build carries out no mappings";
    Err(ActionError::new(codes::INVALID_TEMPLATE, message))
}
