//! The effect a running action asks for, made from its record: the same when it is asked for again.

use connector_api::{CallContext, ChangesetCall, Effect as EffectClass, OperationCall, Value};
use jiff::Timestamp;
use uuid::Uuid;

use crate::flow::ActionKind;
use crate::journal::{Parent, Start};
use crate::run::effect::HTTP;
use crate::run::machine::Machine;
use crate::run::{ChildCall, Effect, Place, retry};

impl Machine {
    /// Whether an effect only looks: done once more after a crash, it changes nothing.
    pub(crate) fn is_read(&self, effect: &Effect) -> bool {
        match effect {
            Effect::LinksGet { .. } => true,
            Effect::Call { place, call, .. } => {
                let action = self.state.plan.action(place.action);
                match &action.kind {
                    ActionKind::Http { .. } => retry::is_safe(&call.inputs),
                    _ => action.effect == Some(EffectClass::Read),
                }
            }
            _ => false,
        }
    }

    /// The effect of a running action; `None` when it has none.
    pub(crate) fn effect_of(&self, place: &Place) -> Option<Effect> {
        let instance = self.state.instance(place)?;
        let action = self.state.plan.action(place.action);
        let context = || {
            let look = retry::must_look(action, instance.uncertain);
            self.context_of(place, instance.attempts, look.then_some(instance.started))
        };
        let place = place.clone();
        let inputs = match instance.start.as_deref()? {
            Start::Call(inputs) => inputs.clone(),
            Start::Calls(calls) => {
                let operation = |name: &str| match &self.state.plan.action(self.state.plan.find(name)?).kind {
                    ActionKind::Operation {
                        connection,
                        operation,
                        ..
                    } => Some((connection.value.clone(), operation.value.clone())),
                    _ => None,
                };
                let (connection, _) = operation(&calls.first()?.action)?;
                let calls = calls
                    .iter()
                    .map(|call| {
                        Some(ChangesetCall {
                            action: call.action.clone(),
                            operation: operation(&call.action)?.1,
                            inputs: call.inputs.clone(),
                        })
                    })
                    .collect::<Option<_>>()?;
                return Some(Effect::Changeset {
                    context: context()?,
                    place,
                    connection,
                    calls,
                });
            }
            _ => return None,
        };
        Some(match &action.kind {
            ActionKind::Operation {
                connection,
                operation,
                ..
            } => Effect::Call {
                call: OperationCall {
                    operation: operation.value.clone(),
                    inputs,
                    context: context()?,
                },
                connection: connection.value.clone(),
                place,
            },
            ActionKind::Http { .. } => Effect::Call {
                call: OperationCall {
                    operation: "request".into(),
                    inputs,
                    context: context()?,
                },
                connection: HTTP.into(),
                place,
            },
            ActionKind::LinksGet { .. } => Effect::LinksGet { place, inputs },
            ActionKind::LinksSave { .. } => Effect::LinksSave { place, inputs },
            ActionKind::RunFlow { flow, .. } => Effect::Child {
                child: self.child(&place, &flow.value, inputs, instance.retries)?,
                place,
            },
            _ => return None,
        })
    }

    fn context_of(&self, place: &Place, attempt: u32, look_since: Option<Timestamp>) -> Option<CallContext> {
        let run = self.state.start.as_ref()?.run;
        let address = self.state.address(place);
        Some(CallContext {
            run_id: run,
            idempotency_key: Uuid::new_v5(&run, address.to_string().as_bytes()),
            action: address.action,
            attempt,
            look_since,
        })
    }

    fn child(&self, place: &Place, flow: &str, inputs: Value, retries: u32) -> Option<ChildCall> {
        let start = self.state.start.as_ref()?;
        let action = self.state.address(place);
        Some(ChildCall {
            run: Uuid::new_v5(&start.run, format!("{action} {retries}").as_bytes()),
            flow: flow.to_owned(),
            inputs,
            parent: Parent {
                run: start.run,
                flow: self.state.plan.flow.clone(),
                action,
                depth: start
                    .parent
                    .as_ref()
                    .map_or(1, |parent| parent.depth.saturating_add(1)),
            },
            key: start.key.clone(),
            deal: self.state.deal().cloned(),
        })
    }
}
