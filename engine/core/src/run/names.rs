//! The names an expression sees, from where it stands: its loops decide which iteration of an action it means.

use std::sync::Arc;

use connector_api::{Value, call::reference, value::object};
use jiff::Timestamp;

use crate::expression::{ActionView, Context, Names, Outputs};
use crate::flow::{ActionKind, Status};
use crate::plan::{ActionIndex, BlockIndex};
use crate::run::state::{Instance, RunState};
use crate::run::{Path, Place};

/// The state of a run as seen from one place.
#[derive(Clone)]
pub(crate) struct Sight {
    state: Arc<RunState>,
    /// The loops around the viewer, outermost first, one for each index of `path`.
    loops: Vec<ActionIndex>,
    path: Path,
    /// What a data operation shows as `item`.
    item: Option<Arc<Value>>,
    /// In a changeset: its calls so far, and whether each takes part.
    calls: Vec<(ActionIndex, bool)>,
}

impl Sight {
    /// As an action sees it when it starts.
    pub(crate) fn of_action(state: &Arc<RunState>, place: &Place) -> Self {
        Self {
            loops: state.plan.action(place.action).loops.clone(),
            state: Arc::clone(state),
            path: Arc::clone(&place.path),
            item: None,
            calls: Vec::new(),
        }
    }

    /// As a loop's own condition sees it: from inside one iteration.
    pub(crate) fn of_iteration(state: &Arc<RunState>, place: &Place, iteration: u32) -> Self {
        let mut sight = Self::of_action(state, place);
        sight.loops.push(place.action);
        sight.path = place.path.iter().copied().chain([iteration]).collect();
        sight
    }

    /// With another `item`.
    pub(crate) fn with_item(&self, item: Arc<Value>) -> Self {
        Self {
            item: Some(item),
            ..self.clone()
        }
    }

    /// With one more call of a changeset.
    pub(crate) fn with_call(&mut self, action: ActionIndex, takes_part: bool) {
        self.calls.push((action, takes_part));
    }

    /// Whether a call of the changeset takes part; `None` when it has not been looked at.
    pub(crate) fn takes_part(&self, action: ActionIndex) -> Option<bool> {
        self.calls
            .iter()
            .find(|(call, _)| *call == action)
            .map(|(_, part)| *part)
    }

    /// A context for one evaluation.
    pub(crate) fn context(self, now: Timestamp, seed: u64) -> Context {
        Context {
            names: Arc::new(self),
            now,
            seed,
        }
    }

    /// How many of the viewer's loops are also around `action`.
    fn shared_loops(&self, action: ActionIndex) -> usize {
        let theirs = &self.state.plan.action(action).loops;
        self.loops
            .iter()
            .zip(theirs)
            .take_while(|(ours, theirs)| ours == theirs)
            .count()
    }

    fn view(&self, action: ActionIndex) -> Option<ActionView> {
        let shared = self.shared_loops(action);
        let prefix = &self.path[..shared];
        if self.state.plan.action(action).loops.len() == shared {
            let place = Place {
                action,
                path: prefix.into(),
            };
            return self.state.instance(&place).map(view_of);
        }
        // The action stands deeper in loops than the viewer: it is the list of its iterations, or skipped with the loop.
        let outer = self.state.plan.action(action).loops[shared];
        let place = Place {
            action: outer,
            path: prefix.into(),
        };
        let around = self.state.instance(&place)?;
        if around.status == Some(Status::Skipped) {
            return Some(ActionView {
                status: Some(Status::Skipped.name()),
                ..ActionView::default()
            });
        }
        Some(list_view(
            self.state
                .iterations(action, prefix)
                .map(|(_, instance)| instance),
        ))
    }

    fn record(&self, action: ActionIndex, view: &ActionView) -> Value {
        let mut record = object([("name", self.state.plan.action(action).name.as_str().into())]);
        if let Some(map) = record.as_object_mut() {
            if let Some(status) = view.status {
                map.insert("status".into(), status.into());
            }
            let outputs = view.outputs.as_ref().map(Outputs::to_value);
            for (name, part) in [
                ("outputs", &outputs),
                ("body", &view.body),
                ("error", &view.error),
            ] {
                if let Some(part) = part {
                    map.insert(name.into(), Value::clone(part));
                }
            }
        }
        record
    }
}

impl Names for Sight {
    fn name(&self, name: &str) -> Option<Arc<Value>> {
        let start = self.state.start.as_ref()?;
        Some(Arc::clone(match name {
            "trigger" => &start.trigger,
            "inputs" => &start.inputs,
            "env" => &start.environment,
            "run" => &start.shown,
            "variables" => &self.state.variables,
            "item" => return self.current_item(),
            _ => return None,
        }))
    }

    fn action(&self, name: &str) -> Option<ActionView> {
        let action = self.state.plan.find(name)?;
        match self.takes_part(action) {
            Some(true) => {
                let body = Arc::new(object([("id", reference(name))]));
                Some(ActionView {
                    status: Some(Status::Succeeded.name()),
                    outputs: Some(Outputs::Result(Arc::clone(&body))),
                    body: Some(body),
                    error: None,
                })
            }
            Some(false) => Some(ActionView {
                status: Some(Status::Skipped.name()),
                ..ActionView::default()
            }),
            None => self.view(action),
        }
    }

    fn items(&self, for_each: &str) -> Option<Arc<Value>> {
        let action = self.state.plan.find(for_each)?;
        let depth = self.loops.iter().position(|around| *around == action)?;
        self.item_of(depth)
    }

    fn result(&self, scope: &str) -> Option<Arc<Value>> {
        let scope = self.state.plan.find(scope)?;
        let planned = self.state.plan.action(scope);
        let mut sight = self.clone();
        if let ActionKind::Until { .. } = planned.kind {
            // Of an `until`, the last iteration tells the result.
            let shared = self.shared_loops(scope);
            if shared == planned.loops.len() {
                let place = Place {
                    action: scope,
                    path: self.path[..shared].into(),
                };
                let begun = self
                    .state
                    .instance(&place)?
                    .rounds
                    .as_ref()
                    .map_or(0, |rounds| rounds.begun);
                sight = Self::of_iteration(&self.state, &place, begun.saturating_sub(1));
            }
        }
        let children = planned
            .blocks
            .iter()
            .flat_map(|block| written_order(&self.state, *block))
            .filter_map(|child| sight.view(child).map(|view| self.record(child, &view)))
            .collect();
        Some(Arc::new(Value::Array(children)))
    }

    fn flow_url(&self, flow: &str) -> Option<String> {
        self.state.surroundings.flow_urls.get(flow).cloned()
    }
}

impl Sight {
    fn current_item(&self) -> Option<Arc<Value>> {
        if self.item.is_some() {
            return self.item.clone();
        }
        (0..self.loops.len()).rev().find_map(|depth| self.item_of(depth))
    }

    /// The item of the loop at a depth; `None` for an `until`.
    fn item_of(&self, depth: usize) -> Option<Arc<Value>> {
        let place = Place {
            action: self.loops[depth],
            path: self.path[..depth].into(),
        };
        let rounds = self.state.instance(&place)?.rounds.as_ref()?;
        rounds.items.get(self.path[depth] as usize).cloned()
    }
}

fn written_order(state: &RunState, block: BlockIndex) -> Vec<ActionIndex> {
    let mut actions = state.plan.block(block).actions.clone();
    actions.sort();
    actions
}

fn view_of(instance: &Instance) -> ActionView {
    ActionView {
        status: instance.status.map(Status::name),
        outputs: instance.outputs(),
        body: instance.body.clone(),
        error: match instance.status {
            Some(Status::Skipped) | None => None,
            Some(_) => instance.error.as_ref().map(|error| Arc::new(error.to_value())),
        },
    }
}

/// The iterations of one action as one: lists of their outputs and bodies with null where there is none, the first
/// error, and the worst status.
fn list_view<'a>(instances: impl Iterator<Item = &'a Instance>) -> ActionView {
    let views: Vec<(Option<Status>, ActionView)> = instances
        .map(|instance| (instance.status, view_of(instance)))
        .collect();
    let bodies = views
        .iter()
        .map(|(_, view)| view.body.as_deref().cloned().unwrap_or_default());
    let outputs = views.iter().map(|(_, view)| view.outputs.clone());
    let has = |wanted: Status| views.iter().any(|(status, _)| *status == Some(wanted));
    let status = [Status::Failed, Status::TimedOut, Status::Cancelled]
        .into_iter()
        .find(|wanted| has(*wanted))
        .unwrap_or(Status::Succeeded);
    ActionView {
        status: Some(status.name()),
        outputs: Some(Outputs::List(outputs.collect())),
        body: Some(Arc::new(Value::Array(bodies.collect()))),
        error: views.iter().find_map(|(_, view)| view.error.clone()),
    }
}
