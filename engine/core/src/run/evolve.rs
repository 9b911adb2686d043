//! How records change the state of a run. Total: every record either fits or is refused with a reason.

use std::sync::Arc;

use jiff::Timestamp;

use crate::flow::{ActionKind, Status};
use crate::journal::{
    ActionError, Address, Began, Ended, FORMAT_VERSION, Record, Responded, RunStarted, Start, Terminated,
    codes,
};
use crate::plan::{BlockIndex, ROOT};
use crate::run::machine::{IllegalRecord, Machine, Timer, Work, has_effect, later};
use crate::run::state::{Instance, Phase, Rounds, RunStart, RunState};
use crate::run::{Effect, Path, Place, Response, retry, variables};

impl Machine {
    pub(crate) fn evolve(&mut self, record: &Record, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        if self.ended.is_some() {
            return Err(illegal("there are records after the run's end"));
        }
        if self.state.start.is_none() != matches!(record, Record::RunStarted(_)) {
            return Err(illegal("a journal has one `run` record, and it is the first"));
        }
        match record {
            Record::RunStarted(started) => self.started(started),
            Record::Began(began) => self.began(began, effects),
            Record::Ended(ended) => self.action_ended(ended, effects),
            Record::Skipped(skipped) => {
                let place = self.take_ready(&skipped.action)?;
                let error = ActionError::new(codes::CONDITION_FAILED, skipped.message.clone());
                let instance = Instance::ended(skipped.at, Status::Skipped, Some(error));
                self.put(&place, instance);
                self.skip_inside(&place, skipped.at);
                self.finished(&place);
                Ok(())
            }
            Record::Retrying(retrying) => {
                let place = self.running(&retrying.action)?;
                let instance = self.instance_mut(&place)?;
                instance.phase = Phase::Waiting(retrying.until);
                instance.retries += 1;
                instance.uncertain |= retry::leaves_open(retrying.error.class);
                instance.error = Some(retrying.error.clone());
                self.in_flight.remove(&place);
                self.timers.insert((retrying.until, Timer::Wait, place));
                Ok(())
            }
            Record::TriedAgain(again) => {
                let place = self.place(&again.action)?;
                let instance = self.instance_mut(&place)?;
                let Phase::Waiting(until) = instance.phase else {
                    return Err(illegal(format!(
                        "`{}` was not waiting for its next try",
                        again.action
                    )));
                };
                instance.phase = Phase::Running;
                instance.attempts += 1;
                self.timers.remove(&(until, Timer::Wait, place.clone()));
                self.ask(&place, effects)
            }
            Record::Iterated(iterated) => {
                let place = self.take_ready(&iterated.action)?;
                self.next_round(&place)
            }
            Record::Responded(responded) => self.responded(responded, effects),
            Record::Terminated(terminated) => self.terminated(terminated, effects),
            Record::CancelRequested { at } => {
                self.close_down(None, *at, effects);
                self.ending = Some((
                    Status::Cancelled,
                    Some(ActionError::new(
                        codes::CANCELLED,
                        "the run was cancelled by a person",
                    )),
                ));
                Ok(())
            }
            Record::Resumed(resumed) => resumed
                .actions
                .iter()
                .try_for_each(|address| self.resumed(address, effects)),
            Record::RunEnded(ended) => {
                if self.ending.is_none() && self.ready.front() != Some(&Work::EndRun) {
                    return Err(illegal("the run ended before its actions did"));
                }
                self.ready.clear();
                self.ended = Some(*ended.clone());
                Ok(())
            }
        }
    }

    fn started(&mut self, record: &RunStarted) -> Result<(), IllegalRecord> {
        if record.format > FORMAT_VERSION {
            return Err(illegal(format!(
                "it has format {}, this engine knows {FORMAT_VERSION}; use the newer engine",
                record.format
            )));
        }
        if record.flow != self.state.plan.flow {
            return Err(illegal(format!(
                "it is of flow `{}`, the plan of `{}`",
                record.flow, self.state.plan.flow
            )));
        }
        self.state_mut().start = Some(RunStart::of_record(record));
        self.enter(ROOT, &Path::from([]));
        Ok(())
    }

    fn began(&mut self, record: &Began, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let place = self.take_ready(&record.action)?;
        let plan = Arc::clone(&self.state.plan);
        let action = plan.action(place.action);
        let mut instance = Instance::begun(record.at, record.start.clone());
        if let Some(timeout) = action.timeout {
            self.timers
                .insert((later(record.at, timeout), Timer::Deadline, place.clone()));
        }
        let wrong = || illegal(format!("`{}` cannot begin like this", record.action));
        match (&action.kind, &record.start) {
            (
                ActionKind::Scope { .. } | ActionKind::If { .. } | ActionKind::Switch { .. },
                Start::Block(chosen),
            ) => {
                let chosen = *action.blocks.get(*chosen as usize).ok_or_else(wrong)?;
                self.put(&place, instance);
                for block in action.blocks.iter().filter(|block| **block != chosen) {
                    self.skip_block(*block, &place.path, codes::BRANCH_NOT_TAKEN, record.at);
                }
                self.enter(chosen, &place.path);
            }
            (ActionKind::ForEach { concurrency, .. }, Start::Items(items)) => {
                let count = items.len() as u32;
                let body = *action.blocks.first().ok_or_else(wrong)?;
                let first = (*concurrency).max(1).min(count);
                let is_empty = plan.block(body).actions.is_empty();
                instance.rounds = Some(Rounds {
                    items: items.iter().cloned().map(Arc::new).collect(),
                    begun: if is_empty { count } else { first },
                    ended: if is_empty { count } else { 0 },
                });
                instance.start = None;
                self.put(&place, instance);
                if is_empty || count == 0 {
                    self.ready.push_back(Work::Finish(place));
                } else {
                    for index in 0..first {
                        self.enter(body, &deeper(&place.path, index));
                    }
                }
            }
            (ActionKind::Until { .. }, Start::Until) => {
                instance.rounds = Some(Rounds::default());
                self.put(&place, instance);
                self.next_round(&place)?;
            }
            (ActionKind::Delay { .. } | ActionKind::DelayUntil { .. }, Start::Delay(until)) => {
                instance.phase = Phase::Waiting(*until);
                self.put(&place, instance);
                self.timers.insert((*until, Timer::Wait, place));
            }
            (ActionKind::Changeset { .. }, Start::Calls(_)) => {
                self.put(&place, instance);
                self.ask(&place, effects)?;
            }
            (kind, Start::Call(_)) if has_effect(kind) => {
                self.put(&place, instance);
                self.ask(&place, effects)?;
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    fn action_ended(&mut self, record: &Ended, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let place = self.place(&record.action)?;
        let plan = Arc::clone(&self.state.plan);
        let action = plan.action(place.action);
        let was_running = match self.state.instance(&place).map(|instance| instance.phase) {
            Some(Phase::Ended) => return Err(illegal(format!("`{}` ended twice", record.action))),
            Some(phase) => Some(phase),
            None => None,
        };
        match was_running {
            None => {
                self.take_ready(&record.action)?;
                // What takes time begins before it ends, unless it could not even begin, or had nothing to do.
                if record.status != Status::Failed && takes_time(&action.kind) {
                    return Err(illegal(format!("`{}` ended before it began", record.action)));
                }
                let mut instance = Instance::ended(record.at, record.status, None);
                instance.attempts = 1;
                self.put(&place, instance);
                self.skip_inside(&place, record.at);
            }
            Some(phase) => {
                let works = self.ready.len();
                self.ready
                    .retain(|work| !matches!(work, Work::Finish(at) | Work::Lost(at) if *at == place));
                let finished = self.ready.len() < works;
                let timed_out = record.status == Status::TimedOut;
                let fits = match phase {
                    _ if timed_out || finished => true,
                    Phase::Waiting(until) => !has_effect(&action.kind) && record.at >= until,
                    _ => self.in_flight.contains(&place),
                };
                if !fits {
                    return Err(illegal(format!("`{}` could not end yet", record.action)));
                }
                if has_effect(&action.kind) {
                    if timed_out && phase == Phase::Running {
                        effects.push(Effect::Abort(place.clone()));
                    }
                    self.in_flight.remove(&place);
                } else if !action.blocks.is_empty() && !finished {
                    self.close_down(Some(&place), record.at, effects);
                }
            }
        }
        self.timers.retain(|(_, _, at)| *at != place);
        let instance = self.instance_mut(&place)?;
        instance.end(record.status, record.error.clone());
        instance.answered(record.body.clone(), record.answer.as_ref());
        if matches!(action.kind, ActionKind::Changeset { .. }) && was_running.is_some() {
            self.settle_children(&place, record)?;
        }
        if record.status == Status::Succeeded {
            let state = self.state_mut();
            variables::take_in(
                &action.kind,
                record.body.as_deref(),
                Arc::make_mut(&mut state.variables),
            )
            .map_err(illegal)?;
        }
        self.finished(&place);
        Ok(())
    }

    /// The children of a changeset end with it: those that went out as recorded, an `if` like the whole, the rest
    /// skipped.
    fn settle_children(&mut self, changeset: &Place, record: &Ended) -> Result<(), IllegalRecord> {
        let plan = Arc::clone(&self.state.plan);
        for child in &record.children {
            let action = plan
                .find(&child.action)
                .filter(|action| plan.is_inside(*action, changeset.action))
                .ok_or_else(|| illegal(format!("`{}` is not in `{}`", child.action, record.action)))?;
            let mut instance = Instance::ended(record.at, child.status, child.error.clone());
            instance.answered(child.body.clone().map(Arc::new), child.answer.as_ref());
            self.put(
                &Place {
                    action,
                    path: Arc::clone(&changeset.path),
                },
                instance,
            );
        }
        let mut blocks = plan.action(changeset.action).blocks.clone();
        while let Some(block) = blocks.pop() {
            for action in &plan.block(block).actions {
                let planned = plan.action(*action);
                let place = Place {
                    action: *action,
                    path: Arc::clone(&changeset.path),
                };
                if !planned.blocks.is_empty() {
                    blocks.extend(&planned.blocks);
                    self.put(
                        &place,
                        Instance::ended(record.at, record.status, record.error.clone()),
                    );
                } else if self.state.instance(&place).is_none() {
                    self.put(
                        &place,
                        skipped(record.at, codes::BRANCH_NOT_TAKEN, "the changeset left it out"),
                    );
                }
            }
        }
        Ok(())
    }

    fn responded(&mut self, record: &Responded, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let place = self.take_ready(&record.action)?;
        if self.state.response.is_some() {
            return Err(illegal("the caller was answered twice"));
        }
        let response = Response {
            status: record.status,
            headers: record.headers.clone(),
            body: record.body.clone(),
        };
        let mut instance = Instance::ended(record.at, Status::Succeeded, None);
        instance.body = Some(Arc::new(record.body.clone().unwrap_or_default()));
        self.put(&place, instance);
        self.state_mut().response = Some(response.clone());
        effects.push(Effect::Respond(response));
        self.finished(&place);
        Ok(())
    }

    fn terminated(&mut self, record: &Terminated, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let place = self.take_ready(&record.action)?;
        self.put(&place, Instance::ended(record.at, Status::Succeeded, None));
        self.close_down(None, record.at, effects);
        self.ending = Some((record.status, record.error.clone()));
        Ok(())
    }

    fn resumed(&mut self, address: &Address, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let place = self.running(address)?;
        let plan = Arc::clone(&self.state.plan);
        let action = plan.action(place.action);
        let instance = self.instance_mut(&place)?;
        instance.attempts += 1;
        instance.uncertain = true;
        let start = instance
            .start
            .clone()
            .ok_or_else(|| illegal(format!("`{address}` has no beginning")))?;
        if retry::is_repeatable(action, &start) {
            self.ask(&place, effects)
        } else {
            self.in_flight.remove(&place);
            self.ready.push_back(Work::Lost(place));
            Ok(())
        }
    }

    /// Begins the next iteration of an `until`.
    fn next_round(&mut self, place: &Place) -> Result<(), IllegalRecord> {
        let plan = Arc::clone(&self.state.plan);
        let body = plan.action(place.action).blocks.first().copied();
        let rounds = self.instance_mut(place)?.rounds.as_mut();
        let (Some(rounds), Some(body)) = (rounds, body) else {
            return Err(illegal(format!("`{}` is no loop", self.state.address(place))));
        };
        let round = rounds.begun;
        rounds.begun += 1;
        self.enter(body, &deeper(&place.path, round));
        Ok(())
    }

    /// Begins a block: its first actions can be decided, or it is done at once.
    fn enter(&mut self, block: BlockIndex, path: &Path) {
        let plan = Arc::clone(&self.state.plan);
        let planned = plan.block(block);
        if planned.actions.is_empty() {
            self.block_done(block, path);
            return;
        }
        self.open
            .insert((block, Arc::clone(path)), planned.actions.len() as u32);
        for action in planned.actions.iter().copied() {
            if plan.action(action).predecessors.is_empty() {
                self.ready.push_back(Work::Start(Place {
                    action,
                    path: Arc::clone(path),
                }));
            }
        }
    }

    /// An action has ended: its successors may be free, its block may be done.
    fn finished(&mut self, place: &Place) {
        let plan = Arc::clone(&self.state.plan);
        let action = plan.action(place.action);
        for successor in &action.successors {
            let free = plan
                .action(*successor)
                .predecessors
                .iter()
                .all(|(predecessor, _)| self.state.status(*predecessor, &place.path).is_some());
            if free {
                self.ready.push_back(Work::Start(Place {
                    action: *successor,
                    path: Arc::clone(&place.path),
                }));
            }
        }
        let key = (action.block, Arc::clone(&place.path));
        if let Some(remaining) = self.open.get_mut(&key) {
            *remaining -= 1;
            if *remaining == 0 {
                self.open.remove(&key);
                self.block_done(action.block, &place.path);
            }
        }
    }

    fn block_done(&mut self, block: BlockIndex, path: &Path) {
        let plan = Arc::clone(&self.state.plan);
        let Some(owner) = plan.block(block).owner else {
            self.ready.push_back(Work::EndRun);
            return;
        };
        let is_loop = plan.action(owner).is_loop();
        let place = Place {
            action: owner,
            path: if is_loop {
                path[..path.len() - 1].into()
            } else {
                Arc::clone(path)
            },
        };
        let next = {
            let state = self.state_mut();
            state
                .instances
                .get_mut(&place)
                .and_then(|instance| instance.rounds.as_mut())
                .and_then(|rounds| {
                    rounds.ended += 1;
                    let count = rounds.items.len() as u32;
                    (rounds.ended < count).then(|| {
                        let next = (rounds.begun < count).then_some(rounds.begun);
                        rounds.begun += u32::from(next.is_some());
                        next
                    })
                })
        };
        match next {
            None => self.ready.push_back(Work::Finish(place)),
            Some(Some(index)) => self.enter(block, &deeper(&place.path, index)),
            Some(None) => {}
        }
    }

    /// Stops everything inside a container, or everything: what goes on is cancelled, the rest is skipped.
    fn close_down(&mut self, container: Option<&Place>, at: Timestamp, effects: &mut Vec<Effect>) {
        let plan = Arc::clone(&self.state.plan);
        let inside = |place: &Place| {
            container.is_none_or(|container| {
                plan.is_inside(place.action, container.action) && place.path.starts_with(&container.path)
            })
        };
        let going_on: Vec<Place> = self
            .state
            .instances
            .iter()
            .filter(|(place, instance)| instance.phase != Phase::Ended && inside(place))
            .map(|(place, _)| place.clone())
            .collect();
        for place in &going_on {
            let has_effect = has_effect(&plan.action(place.action).kind);
            self.in_flight.remove(place);
            if let Some(instance) = self.state_mut().instances.get_mut(place) {
                if has_effect && instance.phase == Phase::Running {
                    effects.push(Effect::Abort(place.clone()));
                }
                let why = ActionError::new(codes::TERMINATED, "stopped because what is around it ended");
                instance.end(Status::Cancelled, Some(why));
            }
            if has_effect {
                self.skip_inside(place, at);
            }
        }
        let open: Vec<(BlockIndex, Path)> = self.open.keys().cloned().collect();
        for (block, path) in open {
            for action in &plan.block(block).actions {
                let place = Place {
                    action: *action,
                    path: Arc::clone(&path),
                };
                if !inside(&place) {
                    break;
                }
                self.open.remove(&(block, Arc::clone(&path)));
                if self.state.instance(&place).is_none() {
                    self.put(
                        &place,
                        skipped(
                            at,
                            codes::TERMINATED,
                            "what is around it ended before it could start",
                        ),
                    );
                    self.skip_inside(&place, at);
                }
            }
        }
        self.ready.retain(|work| match work {
            Work::Start(place) | Work::Finish(place) | Work::Lost(place) => !inside(place),
            Work::EndRun => container.is_some(),
        });
        self.timers.retain(|(_, _, place)| !inside(place));
    }

    /// Skips all that is inside a container that did not run its body. Iterations that never were leave nothing.
    fn skip_inside(&mut self, place: &Place, at: Timestamp) {
        let plan = Arc::clone(&self.state.plan);
        let action = plan.action(place.action);
        if !action.is_loop() {
            for block in &action.blocks {
                self.skip_block(*block, &place.path, codes::DEPENDENCY_FAILED, at);
            }
        }
    }

    fn skip_block(&mut self, block: BlockIndex, path: &Path, code: &'static str, at: Timestamp) {
        let plan = Arc::clone(&self.state.plan);
        let why = if code == codes::BRANCH_NOT_TAKEN {
            "it stands in the branch not taken"
        } else {
            "what is around it did not run"
        };
        for action in &plan.block(block).actions {
            let place = Place {
                action: *action,
                path: Arc::clone(path),
            };
            self.put(&place, skipped(at, code, why));
            self.skip_inside(&place, at);
        }
    }

    fn place(&self, address: &Address) -> Result<Place, IllegalRecord> {
        self.state
            .place(address)
            .ok_or_else(|| illegal(format!("the flow has no action `{address}`")))
    }

    fn running(&self, address: &Address) -> Result<Place, IllegalRecord> {
        let place = self.place(address)?;
        match self.state.instance(&place) {
            Some(instance) if instance.phase == Phase::Running => Ok(place),
            _ => Err(illegal(format!("`{address}` was not running"))),
        }
    }

    /// Takes an action out of what can be decided.
    fn take_ready(&mut self, address: &Address) -> Result<Place, IllegalRecord> {
        let place = self.place(address)?;
        let position = self
            .ready
            .iter()
            .position(|work| matches!(work, Work::Start(at) | Work::Finish(at) if *at == place))
            .ok_or_else(|| illegal(format!("`{address}` could not start yet")))?;
        self.ready.remove(position);
        Ok(place)
    }

    fn state_mut(&mut self) -> &mut RunState {
        Arc::make_mut(&mut self.state)
    }

    fn put(&mut self, place: &Place, instance: Instance) {
        self.state_mut().instances.insert(place.clone(), instance);
    }

    fn instance_mut(&mut self, place: &Place) -> Result<&mut Instance, IllegalRecord> {
        let address = self.state.address(place);
        self.state_mut()
            .instances
            .get_mut(place)
            .ok_or_else(|| illegal(format!("`{address}` has not begun")))
    }

    fn ask(&mut self, place: &Place, effects: &mut Vec<Effect>) -> Result<(), IllegalRecord> {
        let effect = self
            .effect_of(place)
            .ok_or_else(|| illegal(format!("`{}` has no effect", self.state.address(place))))?;
        effects.push(effect);
        self.in_flight.insert(place.clone());
        Ok(())
    }
}

fn deeper(path: &[u32], index: u32) -> Path {
    path.iter().copied().chain([index]).collect()
}

fn skipped(at: Timestamp, code: &str, why: &str) -> Instance {
    Instance::ended(at, Status::Skipped, Some(ActionError::new(code, why)))
}

fn illegal(reason: impl Into<String>) -> IllegalRecord {
    IllegalRecord {
        reason: reason.into(),
    }
}

fn takes_time(kind: &ActionKind) -> bool {
    use ActionKind::{Changeset, Delay, DelayUntil, ForEach, If, Scope, Switch, Until};
    match kind {
        Changeset { .. } => false,
        Delay { .. }
        | DelayUntil { .. }
        | ForEach { .. }
        | If { .. }
        | Scope { .. }
        | Switch { .. }
        | Until { .. } => true,
        kind => has_effect(kind),
    }
}
