//! The names an expression may use.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

/// Everything an evaluation needs from outside: equal contexts give equal results.
#[derive(Clone)]
pub struct Context {
    /// The names in sight.
    pub names: Arc<dyn Names>,
    /// What `utc_now()` says; recorded with the action.
    pub now: Timestamp,
    /// Where `guid()` and `rand()` start; recorded with the action.
    pub seed: u64,
}

/// The names in sight.
pub trait Names: Send + Sync + 'static {
    /// `trigger`, `inputs`, `variables`, `env`, `run`, `item` and whatever a data operation adds. `None` is undefined.
    fn name(&self, name: &str) -> Option<Arc<Value>>;

    /// `actions.<name>`; `None` when nothing of that name is known.
    fn action(&self, name: &str) -> Option<ActionView>;

    /// `items('<loop>')`.
    fn items(&self, for_each: &str) -> Option<Arc<Value>>;

    /// `result('<scope>')`: the records of the direct children.
    fn result(&self, scope: &str) -> Option<Arc<Value>>;

    /// `flow_url('<flow>')`: the address of a flow's HTTP trigger.
    fn flow_url(&self, flow: &str) -> Option<String>;
}

/// What is known of an action. A part that is `None` is undefined.
#[derive(Clone, Debug, Default)]
pub struct ActionView {
    /// `succeeded`, `failed`, `skipped`, `timed_out`, `cancelled`.
    pub status: Option<&'static str>,
    /// `{status, headers, body}`, or the value itself where there is no answer.
    pub outputs: Option<Outputs>,
    /// The result.
    pub body: Option<Arc<Value>>,
    /// `{code, message, field, cause: {flow, action, code, message, field}}`.
    pub error: Option<Arc<Value>>,
}

/// What `outputs` shows: put together only where an expression asks for it, because it copies the body.
#[derive(Clone, Debug)]
pub enum Outputs {
    /// The result itself.
    Result(Arc<Value>),
    /// An answer.
    Answer {
        /// `{status, headers}`.
        head: Arc<Value>,
        /// The body that came with it.
        body: Option<Arc<Value>>,
    },
    /// Those of a loop's iterations; null where one has none.
    List(Vec<Option<Outputs>>),
}

impl Outputs {
    /// The value shown.
    pub fn to_value(&self) -> Arc<Value> {
        match self {
            Self::Result(value) => Arc::clone(value),
            Self::Answer { head, body } => {
                let mut outputs = head.as_object().cloned().unwrap_or_default();
                if let Some(body) = body {
                    outputs.insert("body".into(), Value::clone(body));
                }
                Arc::new(Value::Object(outputs))
            }
            Self::List(outputs) => Arc::new(Value::Array(
                outputs
                    .iter()
                    .map(|outputs| {
                        outputs
                            .as_ref()
                            .map(|outputs| Arc::unwrap_or_clone(outputs.to_value()))
                            .unwrap_or_default()
                    })
                    .collect(),
            )),
        }
    }
}
