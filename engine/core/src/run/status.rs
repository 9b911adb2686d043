//! The status of a block from those of its actions: the leaves decide, a skipped leaf standing for what it ran after.

use std::collections::BTreeSet;

use crate::flow::Status;
use crate::plan::{ActionIndex, BlockIndex, Plan};

/// The status of a block all of whose actions have ended, and the first action, in running order, that made it so;
/// `None` when it succeeded.
pub(crate) fn of_block(
    plan: &Plan,
    block: BlockIndex,
    status: impl Fn(ActionIndex) -> Status,
) -> (Status, Option<ActionIndex>) {
    let block = plan.block(block);
    let mut seen: BTreeSet<ActionIndex> = block.leaves.iter().copied().collect();
    let mut open: Vec<ActionIndex> = block.leaves.clone();
    let mut deciding = BTreeSet::new();
    while let Some(action) = open.pop() {
        if status(action) != Status::Skipped {
            deciding.insert(action);
            continue;
        }
        for (predecessor, _) in &plan.action(action).predecessors {
            if seen.insert(*predecessor) {
                open.push(*predecessor);
            }
        }
    }
    for wanted in [Status::Failed, Status::TimedOut] {
        let first = block
            .actions
            .iter()
            .copied()
            .find(|action| deciding.contains(action) && status(*action) == wanted);
        if first.is_some() {
            return (wanted, first);
        }
    }
    (Status::Succeeded, None)
}
