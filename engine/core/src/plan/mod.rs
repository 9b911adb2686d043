//! The plan of one flow: its actions and blocks by index, in running order, acyclic by construction.

mod build;
mod picture;
#[cfg(test)]
mod tests;

pub use build::{PlanError, build};

use std::collections::HashMap;
use std::time::Duration;

use connector_api::Effect as EffectClass;

use crate::flow::{ActionKind, RetryPolicy, Status, Variable};

/// Which action of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionIndex(pub u32);

/// Which block of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockIndex(pub u32);

/// One flow, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The flow's id.
    pub flow: String,
    /// The name people read.
    pub name: String,
    /// The flow's variables.
    pub variables: Vec<Variable>,
    /// Every action, a container before what is in it, siblings in the order written.
    pub actions: Vec<PlanAction>,
    /// Every block; the first is the flow's own.
    pub blocks: Vec<PlanBlock>,
    by_name: HashMap<String, ActionIndex>,
}

/// One action of a plan.
#[derive(Clone, Debug)]
pub struct PlanAction {
    /// Its name.
    pub name: String,
    /// What it does. Its blocks are empty here: they are blocks of the plan.
    pub kind: ActionKind,
    /// The block it stands in.
    pub block: BlockIndex,
    /// The loops around it, outermost first.
    pub loops: Vec<ActionIndex>,
    /// The siblings that must have ended, with the statuses that release it.
    pub predecessors: Vec<(ActionIndex, Vec<Status>)>,
    /// The siblings that wait for it.
    pub successors: Vec<ActionIndex>,
    /// Its own blocks, in the order written; for an `if`: when true, when false.
    pub blocks: Vec<BlockIndex>,
    /// Its own retry policy.
    pub retry: Option<RetryPolicy>,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// Whether views hide its inputs.
    pub secure_inputs: bool,
    /// Whether views hide its outputs.
    pub secure_outputs: bool,
    /// What repeating it does, where it acts on a service.
    pub effect: Option<EffectClass>,
}

/// One block of a plan.
#[derive(Clone, Debug)]
pub struct PlanBlock {
    /// The action it belongs to; `None` for the flow's own.
    pub owner: Option<ActionIndex>,
    /// What it is to its owner: `then`, `else`, `case "x"`, `default`; empty where there is only one.
    pub label: String,
    /// Its actions in running order: after their predecessors, otherwise as written.
    pub actions: Vec<ActionIndex>,
    /// The actions no sibling waits for, as written.
    pub leaves: Vec<ActionIndex>,
}

/// The flow's own block.
pub const ROOT: BlockIndex = BlockIndex(0);

impl Plan {
    /// An action.
    pub fn action(&self, index: ActionIndex) -> &PlanAction {
        &self.actions[index.0 as usize]
    }

    /// A block.
    pub fn block(&self, index: BlockIndex) -> &PlanBlock {
        &self.blocks[index.0 as usize]
    }

    /// The action of that name.
    pub fn find(&self, name: &str) -> Option<ActionIndex> {
        self.by_name.get(name).copied()
    }

    /// The container an action stands in; `None` at the top.
    pub fn parent(&self, index: ActionIndex) -> Option<ActionIndex> {
        self.block(self.action(index).block).owner
    }

    /// Whether `inner` stands somewhere inside `outer`.
    pub fn is_inside(&self, inner: ActionIndex, outer: ActionIndex) -> bool {
        std::iter::successors(self.parent(inner), |parent| self.parent(*parent)).any(|parent| parent == outer)
    }
}

impl PlanAction {
    /// Whether it goes round.
    pub fn is_loop(&self) -> bool {
        matches!(self.kind, ActionKind::ForEach { .. } | ActionKind::Until { .. })
    }
}
