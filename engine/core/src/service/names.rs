//! The names a trigger's own expressions may use: the payload, the inputs and the environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

use crate::expression::{ActionView, Context, ExpressionError, Names, Template};

/// `trigger`, `inputs`, `env` and the flows' addresses.
pub(super) struct TriggerNames {
    pub(super) trigger: Arc<Value>,
    pub(super) inputs: Arc<Value>,
    pub(super) environment: Arc<Value>,
    pub(super) flow_urls: Arc<BTreeMap<String, String>>,
}

impl Names for TriggerNames {
    fn name(&self, name: &str) -> Option<Arc<Value>> {
        match name {
            "trigger" => Some(self.trigger.clone()),
            "inputs" => Some(self.inputs.clone()),
            "env" => Some(self.environment.clone()),
            _ => None,
        }
    }

    fn action(&self, _: &str) -> Option<ActionView> {
        None
    }

    fn items(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn result(&self, _: &str) -> Option<Arc<Value>> {
        None
    }

    fn flow_url(&self, flow: &str) -> Option<String> {
        self.flow_urls.get(flow).cloned()
    }
}

impl TriggerNames {
    /// A context at a time.
    pub(super) fn context(self, now: Timestamp, seed: u64) -> Context {
        Context {
            names: Arc::new(self),
            now,
            seed,
        }
    }
}

/// A template that gives a key. Null and empty text are no key: what is unknown is not the same as something else that
/// is unknown.
pub(super) fn key(template: &Template, context: &Context) -> Result<Option<String>, ExpressionError> {
    Ok(match template.evaluate(context)? {
        Value::Null => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_json()),
    })
}

/// A template that must give true or false.
pub(super) fn truth(template: &Template, context: &Context) -> Result<bool, ExpressionError> {
    match template.evaluate(context)? {
        Value::Bool(value) => Ok(value),
        other => Err(ExpressionError {
            code: "invalid_template",
            message: format!("a condition must give true or false, not {}", other.kind()),
        }),
    }
}
