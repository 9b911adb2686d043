//! What starts a run, and the shape of its payload.

use std::time::Duration;

use connector_api::Value;

use crate::expression::Template;
use crate::flow::ValueType;
use crate::source::{Span, Spanned};

/// What starts a flow.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// How.
    pub kind: TriggerKind,
    /// A condition on the payload; false starts nothing. With `split_on` it sees one element.
    pub when: Option<Template>,
    /// A list in the payload: one run for each element.
    pub split_on: Option<Template>,
    /// How many runs of one key at once.
    pub concurrency: Option<Concurrency>,
    /// Repeats within a time are dropped.
    pub dedupe: Option<Dedupe>,
    /// Where it stands.
    pub span: Span,
}

impl Trigger {
    /// How many runs of one key at once.
    pub fn limit(&self) -> u32 {
        self.concurrency
            .as_ref()
            .map_or(1, |concurrency| concurrency.limit)
    }
}

/// How a flow is started.
#[derive(Clone, Debug)]
pub enum TriggerKind {
    /// By a person or by another flow.
    Manual {
        /// Typed inputs.
        inputs: Vec<Input>,
    },
    /// By an HTTP request to the flow's own address.
    HttpRequest {
        /// The accepted method; `POST` by default.
        method: String,
        /// A JSON Schema of the body.
        schema: Option<Spanned<Value>>,
        /// The connection that verifies the signature.
        signature: Option<Spanned<String>>,
    },
    /// By the clock.
    Recurrence {
        /// Every so often.
        every: Option<Duration>,
        /// Or by a cron expression.
        cron: Option<Spanned<String>>,
        /// The zone the cron expression is read in.
        time_zone: Option<Spanned<String>>,
    },
    /// By a connector that polls.
    Poll {
        /// The connection.
        connection: Spanned<String>,
        /// The trigger's name at the connector.
        trigger: Spanned<String>,
        /// Its inputs.
        inputs: Template,
        /// The mapping whose values decide what counts as a change.
        watch: Option<Spanned<String>>,
        /// How often; the deployment's default when absent.
        every: Option<Duration>,
    },
}

/// One typed input of a manual trigger.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type.
    pub value_type: ValueType,
    /// Whether a run cannot start without it.
    pub required: bool,
    /// Its value when none is given.
    pub default: Option<Value>,
    /// The only allowed values, if listed.
    pub one_of: Vec<Value>,
    /// What it is for.
    pub description: Option<String>,
}

/// How many runs of one key at once.
#[derive(Clone, Debug)]
pub struct Concurrency {
    /// The key; all runs share one when absent.
    pub key: Option<Template>,
    /// Most runs of one key at once.
    pub limit: u32,
    /// Whether of several waiting events of one key only the latest is run.
    pub coalesce_latest: bool,
}

/// Repeats within a time are dropped.
#[derive(Clone, Debug)]
pub struct Dedupe {
    /// What is equal for repeats.
    pub key: Template,
    /// For how long.
    pub window: Duration,
}
