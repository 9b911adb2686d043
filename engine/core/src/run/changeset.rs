//! A changeset when it begins: which of its calls take part, and with what.

use jiff::Timestamp;

use crate::flow::{ActionKind, Status};
use crate::journal::{ActionError, CallRecord, codes};
use crate::plan::{BlockIndex, PlanAction};
use crate::run::Place;
use crate::run::begin::{hidden, truth, value};
use crate::run::machine::Machine;
use crate::run::names::Sight;

/// The calls whose conditions hold, in running order. What a later call reads of an earlier one's id is a stand-in that
/// the connection resolves.
pub(crate) fn calls(
    machine: &Machine,
    place: &Place,
    sight: &Sight,
    now: Timestamp,
    seed: u64,
) -> Result<Vec<CallRecord>, ActionError> {
    let mut gathering = Gathering {
        machine,
        sight: sight.clone(),
        connection: None,
        calls: Vec::new(),
        now,
        seed,
    };
    for block in &machine.state.plan.action(place.action).blocks {
        gathering.block(*block)?;
    }
    Ok(gathering.calls)
}

struct Gathering<'a> {
    machine: &'a Machine,
    sight: Sight,
    connection: Option<String>,
    calls: Vec<CallRecord>,
    now: Timestamp,
    seed: u64,
}

impl Gathering<'_> {
    fn block(&mut self, block: BlockIndex) -> Result<(), ActionError> {
        let plan = &self.machine.state.plan;
        for index in &plan.block(block).actions {
            let action = plan.action(*index);
            let takes_part = self.is_released(action);
            self.sight.with_call(*index, takes_part);
            match &action.kind {
                _ if !takes_part => self.leave_out(action),
                ActionKind::Operation {
                    connection, inputs, ..
                } => {
                    let first = self.connection.get_or_insert_with(|| connection.value.clone());
                    if *first != connection.value {
                        return Err(ActionError::new(
                            codes::INVALID_TEMPLATE,
                            format!(
                                "`{}` calls `{}`, but this changeset goes to `{first}`; a changeset has one connection",
                                action.name, connection.value
                            ),
                        ));
                    }
                    let context = self.sight.clone().context(self.now, self.seed);
                    let inputs = value(inputs, &context)
                        .map_err(|error| named(&action.name, hidden(action, error)))?;
                    self.calls.push(CallRecord {
                        action: action.name.clone(),
                        inputs,
                        secure: action.secure_inputs,
                    });
                }
                ActionKind::If { condition, .. } => {
                    let context = self.sight.clone().context(self.now, self.seed);
                    let holds = truth(condition, &context, "the condition")
                        .map_err(|error| named(&action.name, error))?;
                    let chosen = usize::from(!holds);
                    for (position, block) in action.blocks.iter().enumerate() {
                        if position == chosen {
                            self.block(*block)?;
                        } else {
                            self.leave_out_block(*block);
                        }
                    }
                }
                _ => {
                    return Err(ActionError::new(
                        codes::INVALID_TEMPLATE,
                        format!(
                            "`{}` cannot stand in a changeset; operations and ifs can",
                            action.name
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether an action's predecessors let it take part, each call counting as one that succeeds.
    fn is_released(&self, action: &PlanAction) -> bool {
        action.predecessors.iter().all(|(predecessor, wanted)| {
            let status = match self.sight.takes_part(*predecessor) {
                Some(true) => Status::Succeeded,
                Some(false) | None => Status::Skipped,
            };
            wanted.contains(&status)
        })
    }

    fn leave_out(&mut self, action: &PlanAction) {
        for block in &action.blocks {
            self.leave_out_block(*block);
        }
    }

    fn leave_out_block(&mut self, block: BlockIndex) {
        let plan = &self.machine.state.plan;
        for index in &plan.block(block).actions {
            self.sight.with_call(*index, false);
            self.leave_out(plan.action(*index));
        }
    }
}

fn named(action: &str, mut error: ActionError) -> ActionError {
    error.message = format!("`{action}`: {}", error.message);
    error
}
