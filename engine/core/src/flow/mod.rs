//! What a flow means: typed nouns, each with its place. Knows nothing of connectors.

mod action;
mod environment;
pub(crate) mod lower;
mod trigger;

pub use action::{
    Action, ActionKind, Block, Predecessor, RetryKind, RetryPolicy, RunAfter, Status, SwitchCase, UntilLimit,
};
pub use environment::{EnvironmentVariable, ValueType, Variable, is_field_name};
pub use lower::lower;
pub use trigger::{Concurrency, Dedupe, Input, Trigger, TriggerKind};

pub use crate::document::duration;
use crate::source::{Span, Spanned};

/// One flow, as written.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The file's name without `.yaml`: how other flows call it.
    pub id: String,
    /// The name people read.
    pub name: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What starts it.
    pub trigger: Trigger,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// What it does.
    pub actions: Block,
    /// The whole file.
    pub span: Span,
}
