//! The names an expression of a mapping may use: every side by its name, `value`, `creating`, and what is in sight anyway.

use std::sync::Arc;

use connector_api::Value;

use crate::expression::{ActionView, Context, Names};

/// The name of a row's source value in its expressions.
pub(crate) const VALUE: &str = "value";
/// The name that says whether the target is being made.
pub(crate) const CREATING: &str = "creating";
/// The name of an item or row in the expressions of a list's fields.
pub(crate) const ITEM: &str = "item";

/// Names laid over others. What the overlay does not know is asked of the names beneath.
struct Overlay {
    names: Vec<(String, Option<Arc<Value>>)>,
    beneath: Option<Arc<dyn Names>>,
}

impl Names for Overlay {
    fn name(&self, name: &str) -> Option<Arc<Value>> {
        match self.names.iter().find(|(known, _)| known == name) {
            Some((_, value)) => value.clone(),
            None => self.beneath.as_ref()?.name(name),
        }
    }

    fn action(&self, name: &str) -> Option<ActionView> {
        self.beneath.as_ref()?.action(name)
    }

    fn items(&self, for_each: &str) -> Option<Arc<Value>> {
        self.beneath.as_ref()?.items(for_each)
    }

    fn result(&self, scope: &str) -> Option<Arc<Value>> {
        self.beneath.as_ref()?.result(scope)
    }

    fn flow_url(&self, flow: &str) -> Option<String> {
        self.beneath.as_ref()?.flow_url(flow)
    }
}

/// The context with more names in sight; a name with `None` is undefined, whatever is beneath.
pub(crate) fn overlaid(context: &Context, names: Vec<(String, Option<Arc<Value>>)>) -> Context {
    Context {
        names: Arc::new(Overlay {
            names,
            beneath: Some(Arc::clone(&context.names)),
        }),
        now: context.now,
        seed: context.seed,
    }
}

/// A context with nothing but the environment variables in sight, and no clock: what is computed in it depends on
/// its input alone.
pub(crate) fn of_environment(environment: &Value) -> Context {
    Context {
        names: Arc::new(Overlay {
            names: vec![("env".to_owned(), Some(Arc::new(environment.clone())))],
            beneath: None,
        }),
        now: jiff::Timestamp::UNIX_EPOCH,
        seed: 0,
    }
}
