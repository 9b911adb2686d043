//! A flow as a plan. Refuses what cannot be ordered; every other rule is the checks' business.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use connector_api::Effect as EffectClass;
use petgraph::Direction;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};

use crate::catalog::Catalog;
use crate::flow::{Action, ActionKind, Block, Flow, RunAfter, Status};
use crate::plan::{ActionIndex, BlockIndex, Plan, PlanAction, PlanBlock};

/// A flow that cannot be planned. The checks find each of these first and point at its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two actions share a name.
    #[error("flow `{flow}` has two actions named `{action}`; run `validate` to see where")]
    DuplicateName {
        /// The flow.
        flow: String,
        /// The name.
        action: String,
    },
    /// A `run_after` names no sibling.
    #[error("action `{action}` of flow `{flow}` runs after `{predecessor}`, which does not stand beside it")]
    UnknownPredecessor {
        /// The flow.
        flow: String,
        /// The action.
        action: String,
        /// What it names.
        predecessor: String,
    },
    /// Actions wait for each other.
    #[error("actions of flow `{flow}` wait for each other: {}", .actions.join(", "))]
    Cycle {
        /// The flow.
        flow: String,
        /// The actions that can never start.
        actions: Vec<String>,
    },
}

/// Plans a flow. The catalog says what repeating an operation does; an operation it does not know counts as one that
/// must not be repeated blindly.
pub fn build(flow: &Flow, catalog: &Catalog) -> Result<Plan, PlanError> {
    let mut builder = Builder {
        flow: flow.id.clone(),
        catalog,
        actions: Vec::new(),
        blocks: Vec::new(),
        by_name: HashMap::new(),
    };
    builder.block(None, String::new(), &flow.actions, &[])?;
    Ok(Plan {
        flow: flow.id.clone(),
        name: flow.name.value.clone(),
        variables: flow.variables.clone(),
        actions: builder.actions,
        blocks: builder.blocks,
        by_name: builder.by_name,
    })
}

struct Builder<'a> {
    flow: String,
    catalog: &'a Catalog,
    actions: Vec<PlanAction>,
    blocks: Vec<PlanBlock>,
    by_name: HashMap<String, ActionIndex>,
}

impl Builder<'_> {
    fn block(
        &mut self,
        owner: Option<ActionIndex>,
        label: String,
        block: &Block,
        loops: &[ActionIndex],
    ) -> Result<BlockIndex, PlanError> {
        let index = BlockIndex(self.blocks.len() as u32);
        self.blocks.push(PlanBlock {
            owner,
            label,
            actions: Vec::new(),
            leaves: Vec::new(),
        });
        let mut members = Vec::with_capacity(block.actions.len());
        for action in &block.actions {
            members.push(self.action(action, index, loops)?);
        }
        self.connect(block, &members)?;
        let order = self.order(&members)?;
        let leaves = members
            .iter()
            .copied()
            .filter(|member| self.actions[member.0 as usize].successors.is_empty())
            .collect();
        let planned = &mut self.blocks[index.0 as usize];
        planned.actions = order;
        planned.leaves = leaves;
        Ok(index)
    }

    fn action(
        &mut self,
        action: &Action,
        block: BlockIndex,
        loops: &[ActionIndex],
    ) -> Result<ActionIndex, PlanError> {
        let index = ActionIndex(self.actions.len() as u32);
        let name = action.name.value.clone();
        if self.by_name.insert(name.clone(), index).is_some() {
            return Err(PlanError::DuplicateName {
                flow: self.flow.clone(),
                action: name,
            });
        }
        self.actions.push(PlanAction {
            name,
            kind: without_blocks(&action.kind),
            block,
            loops: loops.to_vec(),
            predecessors: Vec::new(),
            successors: Vec::new(),
            blocks: Vec::new(),
            retry: action.retry.clone(),
            timeout: action.timeout,
            secure_inputs: action.secure_inputs,
            secure_outputs: action.secure_outputs,
            effect: self.effect(&action.kind),
        });
        let mut inner = loops.to_vec();
        if self.actions[index.0 as usize].is_loop() {
            inner.push(index);
        }
        let labels = labels(&action.kind);
        let mut blocks = Vec::new();
        for (block, label) in action.blocks().into_iter().zip(labels) {
            blocks.push(self.block(Some(index), label, block, &inner)?);
        }
        self.actions[index.0 as usize].blocks = blocks;
        Ok(index)
    }

    fn effect(&self, kind: &ActionKind) -> Option<EffectClass> {
        match kind {
            ActionKind::Operation {
                connection,
                operation,
                ..
            } => Some(
                self.catalog
                    .operation(&connection.value, &operation.value)
                    .map_or(EffectClass::Create, |operation| operation.effect),
            ),
            // What a plain request does is not known, so that its connector decides whether it may be sent again.
            ActionKind::Changeset { .. } | ActionKind::Http { .. } => Some(EffectClass::Create),
            ActionKind::LinksGet { .. } => Some(EffectClass::Read),
            ActionKind::LinksSave { .. } | ActionKind::RunFlow { .. } => Some(EffectClass::Idempotent),
            _ => None,
        }
    }

    /// Fills in who waits for whom. Without `run_after` an action waits for the one written above it.
    fn connect(&mut self, block: &Block, members: &[ActionIndex]) -> Result<(), PlanError> {
        for (position, action) in block.actions.iter().enumerate() {
            let predecessors = match (&action.run_after, position.checked_sub(1)) {
                (Some(run_after), _) => self.named(action, run_after, block, members)?,
                (None, Some(above)) => vec![(members[above], vec![Status::Succeeded])],
                (None, None) => Vec::new(),
            };
            for (predecessor, _) in &predecessors {
                self.actions[predecessor.0 as usize]
                    .successors
                    .push(members[position]);
            }
            self.actions[members[position].0 as usize].predecessors = predecessors;
        }
        Ok(())
    }

    fn named(
        &self,
        action: &Action,
        run_after: &RunAfter,
        block: &Block,
        members: &[ActionIndex],
    ) -> Result<Vec<(ActionIndex, Vec<Status>)>, PlanError> {
        run_after
            .predecessors
            .iter()
            .map(|predecessor| {
                let position = block
                    .actions
                    .iter()
                    .position(|sibling| sibling.name.value == predecessor.name.value)
                    .ok_or_else(|| PlanError::UnknownPredecessor {
                        flow: self.flow.clone(),
                        action: action.name.value.clone(),
                        predecessor: predecessor.name.value.clone(),
                    })?;
                Ok((members[position], predecessor.statuses.clone()))
            })
            .collect()
    }

    /// Running order by Kahn's algorithm; among those that are free, the one written first.
    fn order(&self, members: &[ActionIndex]) -> Result<Vec<ActionIndex>, PlanError> {
        let mut graph = StableDiGraph::<ActionIndex, ()>::new();
        let nodes: HashMap<ActionIndex, NodeIndex> = members
            .iter()
            .map(|member| (*member, graph.add_node(*member)))
            .collect();
        for member in members {
            for (predecessor, _) in &self.actions[member.0 as usize].predecessors {
                graph.update_edge(nodes[predecessor], nodes[member], ());
            }
        }
        let mut free: BinaryHeap<Reverse<NodeIndex>> =
            graph.externals(Direction::Incoming).map(Reverse).collect();
        let mut order = Vec::with_capacity(members.len());
        while let Some(Reverse(node)) = free.pop() {
            order.push(graph[node]);
            let successors: Vec<NodeIndex> = graph.neighbors(node).collect();
            graph.remove_node(node);
            free.extend(
                successors
                    .into_iter()
                    .filter(|successor| {
                        graph
                            .edges_directed(*successor, Direction::Incoming)
                            .next()
                            .is_none()
                    })
                    .map(Reverse),
            );
        }
        if order.len() == members.len() {
            return Ok(order);
        }
        let ordered: HashSet<ActionIndex> = order.into_iter().collect();
        Err(PlanError::Cycle {
            flow: self.flow.clone(),
            actions: members
                .iter()
                .filter(|member| !ordered.contains(member))
                .map(|member| self.actions[member.0 as usize].name.clone())
                .collect(),
        })
    }
}

/// What each block of a container is to it, in the order of [`Action::blocks`].
fn labels(kind: &ActionKind) -> Vec<String> {
    match kind {
        ActionKind::If { .. } => vec!["then".into(), "else".into()],
        ActionKind::Switch { cases, .. } => cases
            .iter()
            .map(|case| format!("case {}", case.value.value))
            .chain(["default".to_owned()])
            .collect(),
        _ => vec![String::new()],
    }
}

fn without_blocks(kind: &ActionKind) -> ActionKind {
    match kind {
        ActionKind::Scope { .. } => ActionKind::Scope {
            actions: Block::default(),
        },
        ActionKind::Changeset { .. } => ActionKind::Changeset {
            actions: Block::default(),
        },
        ActionKind::If { condition, .. } => ActionKind::If {
            condition: condition.clone(),
            actions: Block::default(),
            otherwise: Block::default(),
        },
        ActionKind::Switch { on, cases, .. } => ActionKind::Switch {
            on: on.clone(),
            cases: cases
                .iter()
                .map(|case| crate::flow::SwitchCase {
                    value: case.value.clone(),
                    actions: Block::default(),
                })
                .collect(),
            default: Block::default(),
        },
        ActionKind::ForEach {
            items, concurrency, ..
        } => ActionKind::ForEach {
            items: items.clone(),
            concurrency: *concurrency,
            actions: Block::default(),
        },
        ActionKind::Until { condition, limit, .. } => ActionKind::Until {
            condition: condition.clone(),
            limit: limit.clone(),
            actions: Block::default(),
        },
        other => other.clone(),
    }
}
