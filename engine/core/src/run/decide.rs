//! The next thing a run can decide by itself: from its state, the time and a seed, and nothing else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::flow::{ActionKind, Status};
use crate::journal::{ActionError, Cause, Ended, Iterated, Record, RunEnded, Skipped, TriedAgain, codes};
use crate::plan::{ActionIndex, BlockIndex, ROOT};
use crate::run::machine::{Machine, Timer, Work, later, millis};
use crate::run::names::Sight;
use crate::run::state::Instance;
use crate::run::{Path, Place, begin, status};

impl Machine {
    /// The next record that needs nothing from outside; `None` when the run has ended or waits for an outcome or a time.
    /// Apply the record before asking again.
    pub fn decide(&self, now: Timestamp, seed: u64) -> Option<Record> {
        let now = millis(now);
        if self.state.start.is_none() || self.ended.is_some() {
            return None;
        }
        if let Some((status, error)) = &self.ending {
            return Some(Record::RunEnded(Box::new(RunEnded {
                at: now,
                status: *status,
                error: error.clone(),
            })));
        }
        if let Some((due, timer, place)) = self.timers.first().filter(|(due, _, _)| *due <= now) {
            return Some(self.due(*due, *timer, place, now));
        }
        Some(match self.ready.front()? {
            Work::Start(place) => self
                .unreleased(place)
                .map_or_else(
                    || begin::begin(self, place, now, seed),
                    |message| {
                        Record::Skipped(Skipped {
                            action: self.state.address(place),
                            at: now,
                            message,
                        })
                    },
                ),
            Work::Finish(place) => self.finish(place, now, seed),
            Work::Lost(place) => self.end_as(
                place,
                now,
                Status::Failed,
                Some(ActionError::new(
                    codes::OUTCOME_UNKNOWN,
                    "the engine stopped during this request and nobody knows whether it was carried out; look at the \
                     other side, then run the flow again",
                )),
            ),
            Work::EndRun => {
                let (status, culprit) = self.block_status(ROOT, &Path::from([]));
                Record::RunEnded(Box::new(RunEnded {
                    at: now,
                    status,
                    error: culprit.map(|culprit| self.failure_of(culprit, &Path::from([]))),
                }))
            }
        })
    }

    /// An end without a result.
    pub(crate) fn end_as(
        &self,
        place: &Place,
        at: Timestamp,
        status: Status,
        error: Option<ActionError>,
    ) -> Record {
        Record::Ended(Box::new(Ended {
            action: self.state.address(place),
            at,
            status,
            body: None,
            answer: None,
            error,
            children: Vec::new(),
            secure: false,
        }))
    }

    fn due(&self, due: Timestamp, timer: Timer, place: &Place, now: Timestamp) -> Record {
        let action = self.state.plan.action(place.action);
        match timer {
            Timer::Deadline => {
                let since = self
                    .state
                    .instance(place)
                    .map_or(due, |instance| instance.started);
                let allowed = due.duration_since(since);
                let message = format!("`{}` took longer than its timeout of {allowed:#}", action.name);
                self.end_as(
                    place,
                    now,
                    Status::TimedOut,
                    Some(ActionError::new(codes::TIMED_OUT, message)),
                )
            }
            Timer::Wait => match action.kind {
                ActionKind::Delay { .. } | ActionKind::DelayUntil { .. } => {
                    self.end_as(place, now, Status::Succeeded, None)
                }
                _ => Record::TriedAgain(TriedAgain {
                    action: self.state.address(place),
                    at: now,
                }),
            },
        }
    }

    /// Why an action's `run_after` does not hold; `None` when it does.
    fn unreleased(&self, place: &Place) -> Option<String> {
        let plan = &self.state.plan;
        plan.action(place.action)
            .predecessors
            .iter()
            .find_map(|(predecessor, wanted)| {
                let status = self.state.status(*predecessor, &place.path)?;
                (!wanted.contains(&status)).then(|| {
                    let wanted: Vec<&str> = wanted.iter().map(|status| status.name()).collect();
                    format!(
                        "it runs after `{}` {}, which was {}",
                        plan.action(*predecessor).name,
                        wanted.join(", "),
                        status.name()
                    )
                })
            })
    }

    /// All inside a container has ended: it ends too, or an `until` goes round once more.
    fn finish(&self, place: &Place, now: Timestamp, seed: u64) -> Record {
        let action = self.state.plan.action(place.action);
        let Some(instance) = self.state.instance(place) else {
            return self.end_as(place, now, Status::Succeeded, None);
        };
        match &action.kind {
            ActionKind::ForEach { .. } => {
                let (status, error) = self.loop_status(place, instance);
                self.end_as(place, now, status, error)
            }
            ActionKind::Until { .. } => self.finish_round(place, instance, now, seed),
            _ => {
                let block = action
                    .blocks
                    .iter()
                    .copied()
                    .find(|block| self.was_taken(*block, instance));
                let (status, culprit) = block.map_or((Status::Succeeded, None), |block| {
                    self.block_status(block, &place.path)
                });
                let error = culprit.map(|culprit| self.failure_of(culprit, &place.path));
                self.end_as(place, now, status, error)
            }
        }
    }

    fn was_taken(&self, block: BlockIndex, instance: &Instance) -> bool {
        let Some(crate::journal::Start::Block(chosen)) = instance.start.as_deref() else {
            return false;
        };
        let owner = self.state.plan.block(block).owner;
        owner.is_some_and(|owner| self.state.plan.action(owner).blocks.get(*chosen as usize) == Some(&block))
    }

    /// A `for_each` fails when any iteration did; the first of them, by index, is its cause.
    fn loop_status(&self, place: &Place, instance: &Instance) -> (Status, Option<ActionError>) {
        let body = self.state.plan.action(place.action).blocks.first().copied();
        let count = instance.rounds.as_ref().map_or(0, |rounds| rounds.begun);
        let mut worst: Option<(Status, ActionError)> = None;
        let is_empty = body.is_none_or(|body| self.state.plan.block(body).actions.is_empty());
        for index in (0..count).take_while(|_| !is_empty) {
            let path: Path = place.path.iter().copied().chain([index]).collect();
            let (status, culprit) =
                body.map_or((Status::Succeeded, None), |body| self.block_status(body, &path));
            let replaces = match &worst {
                None => status != Status::Succeeded,
                Some((Status::TimedOut, _)) => status == Status::Failed,
                Some(_) => false,
            };
            if let (true, Some(culprit)) = (replaces, culprit) {
                worst = Some((status, self.failure_of(culprit, &path)));
            }
        }
        match worst {
            None => (Status::Succeeded, None),
            Some((status, error)) => (status, Some(error)),
        }
    }

    /// After an iteration of an `until`: done when the condition holds, given up at a limit, otherwise once more.
    fn finish_round(&self, place: &Place, instance: &Instance, now: Timestamp, seed: u64) -> Record {
        let action = self.state.plan.action(place.action);
        let ActionKind::Until { condition, limit, .. } = &action.kind else {
            return self.end_as(place, now, Status::Succeeded, None);
        };
        let round = instance
            .rounds
            .as_ref()
            .map_or(0, |rounds| rounds.begun.saturating_sub(1));
        let context = Sight::of_iteration(&self.state, place, round).context(now, seed);
        let is_done = match begin::truth(condition, &context, "the condition") {
            Ok(is_done) => is_done,
            Err(error) => return self.end_as(place, now, Status::Failed, Some(error)),
        };
        let out_of_rounds = round + 1 >= limit.count;
        let out_of_time = later(instance.started, limit.timeout) <= now;
        if !is_done && !out_of_rounds && !out_of_time {
            return Record::Iterated(Iterated {
                action: self.state.address(place),
                at: now,
            });
        }
        if !is_done && limit.fail {
            let what = if out_of_rounds {
                format!("{} iterations", limit.count)
            } else {
                "the time allowed".to_owned()
            };
            let message = format!(
                "`{}` gave up after {what} with its condition still false",
                action.name
            );
            return self.end_as(
                place,
                now,
                Status::TimedOut,
                Some(ActionError::new(codes::TIMED_OUT, message)),
            );
        }
        let path: Path = place.path.iter().copied().chain([round]).collect();
        let (status, culprit) = action
            .blocks
            .first()
            .map_or((Status::Succeeded, None), |body| self.block_status(*body, &path));
        let error = culprit.map(|culprit| self.failure_of(culprit, &path));
        self.end_as(place, now, status, error)
    }

    fn block_status(&self, block: BlockIndex, path: &Path) -> (Status, Option<ActionIndex>) {
        status::of_block(&self.state.plan, block, |action| {
            // Everything in a block has ended when its status is asked for.
            self.state.status(action, path).unwrap_or(Status::Succeeded)
        })
    }

    /// The error of a container that failed because `culprit` did.
    fn failure_of(&self, culprit: ActionIndex, path: &Path) -> ActionError {
        let cause = self.innermost(&Place {
            action: culprit,
            path: Arc::clone(path),
        });
        let message = format!("`{}` failed: {}", cause.action, cause.message);
        ActionError::new(codes::ACTION_FAILED, message).caused_by(Some(cause))
    }

    /// The innermost failure behind a failed action.
    pub(crate) fn innermost(&self, place: &Place) -> Cause {
        let name = &self.state.plan.action(place.action).name;
        let error = self
            .state
            .instance(place)
            .and_then(|instance| instance.error.clone())
            .unwrap_or_else(|| ActionError::new(codes::ACTION_FAILED, "no reason was given"));
        error.innermost(&self.state.plan.flow, name)
    }
}
