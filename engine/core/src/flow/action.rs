//! A named step of a flow and the blocks that hold steps.

use std::time::Duration;

use connector_api::Value;

use crate::expression::Template;
use crate::source::{Span, Spanned};

/// Actions that belong together: the flow's root, a scope, a branch, a loop's body.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// In the order written.
    pub actions: Vec<Action>,
}

/// A named step.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name, unique in the flow.
    pub name: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub kind: ActionKind,
    /// Which siblings release it. `None`: the one written above, if that succeeded.
    pub run_after: Option<RunAfter>,
    /// How often a failing call is tried again; the default policy when absent.
    pub retry: Option<RetryPolicy>,
    /// The longest it may take, retries included.
    pub timeout: Option<Duration>,
    /// Whether its inputs are hidden in every view.
    pub secure_inputs: bool,
    /// Whether its outputs are hidden in every view.
    pub secure_outputs: bool,
    /// Where it stands, key included.
    pub span: Span,
}

/// Which siblings release an action, with which statuses. Empty: it starts at once.
#[derive(Clone, Debug)]
pub struct RunAfter {
    /// All of them must have ended in a listed status.
    pub predecessors: Vec<Predecessor>,
    /// Where it stands.
    pub span: Span,
}

/// One sibling with the statuses that release.
#[derive(Clone, Debug)]
pub struct Predecessor {
    /// The sibling's name.
    pub name: Spanned<String>,
    /// Statuses, not empty; never `cancelled`.
    pub statuses: Vec<Status>,
}

/// How an action or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed,
    /// It did not start.
    Skipped,
    /// It took too long.
    TimedOut,
    /// Somebody or a terminate stopped it.
    Cancelled,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// `<connection>.<operation>`.
    Operation {
        /// The connection.
        connection: Spanned<String>,
        /// The operation.
        operation: Spanned<String>,
        /// Its inputs.
        inputs: Template,
    },
    /// `http`: inputs `method`, `url`, `headers`, `query`, `body`.
    Http {
        /// Its inputs.
        inputs: Template,
    },
    /// A group with one status.
    Scope {
        /// The group.
        actions: Block,
    },
    /// A branch on a condition.
    If {
        /// Must give true or false.
        condition: Template,
        /// When true.
        actions: Block,
        /// When false.
        otherwise: Block,
    },
    /// A branch on a value.
    Switch {
        /// Must give text or a whole number.
        on: Template,
        /// Compared strictly, in order.
        cases: Vec<SwitchCase>,
        /// When no case matches.
        default: Block,
    },
    /// A loop over a list.
    ForEach {
        /// Must give a list.
        items: Template,
        /// How many iterations at once; 1 keeps the order.
        concurrency: u32,
        /// The body.
        actions: Block,
    },
    /// A loop that ends when a condition holds after an iteration.
    Until {
        /// Must give true or false.
        condition: Template,
        /// When to give up.
        limit: UntilLimit,
        /// The body.
        actions: Block,
    },
    /// Makes one side's object out of others by a mapping.
    Map {
        /// The mapping's name.
        mapping: Spanned<String>,
        /// The side made.
        to: Spanned<String>,
        /// The sides read.
        from: Vec<(Spanned<String>, Template)>,
        /// Whether rows marked `create` take part.
        creating: bool,
        /// Only the rows of this list of the mapping.
        list: Option<Spanned<String>>,
        /// Fields that add to or override the mapping's.
        fields: Vec<(Spanned<String>, Template)>,
    },
    /// What differs between sides, and which way it goes.
    Diff {
        /// The mapping's name.
        mapping: Spanned<String>,
        /// The sides compared.
        from: Vec<(Spanned<String>, Template)>,
        /// The link, with the values last seen on each side.
        link: Option<Template>,
    },
    /// Calls of one connection that go out as one, all or nothing.
    Changeset {
        /// Operations, and ifs around operations.
        actions: Block,
    },
    /// A value under a name.
    Compose {
        /// The value.
        inputs: Template,
    },
    /// A list made of another, item by item.
    Select {
        /// The list.
        from: Template,
        /// One item's result; sees `item`.
        select: Template,
    },
    /// The items of a list for which a condition holds.
    Filter {
        /// The list.
        from: Template,
        /// Sees `item`.
        condition: Template,
    },
    /// A list as text.
    Join {
        /// The list.
        from: Template,
        /// Between items.
        separator: Template,
    },
    /// Text as a value, checked by a JSON Schema.
    ParseJson {
        /// The text, or a value taken as it is.
        content: Template,
        /// The schema.
        schema: Option<Spanned<Value>>,
    },
    /// Sets a variable.
    SetVariable {
        /// Which.
        name: Spanned<String>,
        /// To what.
        value: Template,
    },
    /// Appends to a text or list variable.
    AppendToVariable {
        /// Which.
        name: Spanned<String>,
        /// What.
        value: Template,
    },
    /// Adds to a number variable.
    IncrementVariable {
        /// Which.
        name: Spanned<String>,
        /// How much; 1 when absent.
        by: Option<Template>,
    },
    /// Runs another flow and waits for its end.
    RunFlow {
        /// The flow's file name without `.yaml`.
        flow: Spanned<String>,
        /// Its inputs.
        inputs: Template,
    },
    /// Answers the caller.
    Response {
        /// The HTTP status; 200 when absent.
        status: Option<Template>,
        /// Headers.
        headers: Option<Template>,
        /// The body.
        body: Option<Template>,
    },
    /// Waits for a time.
    Delay {
        /// `30s`, `15m`, ISO 8601, or seconds.
        duration: Template,
    },
    /// Waits until a time.
    DelayUntil {
        /// ISO 8601; a past time ends at once.
        timestamp: Template,
    },
    /// Ends the run.
    Terminate {
        /// `succeeded`, `failed` or `cancelled`.
        status: Status,
        /// `{code, message}` for `failed`; an action's error or cause may be handed on whole.
        error: Option<Template>,
    },
    /// Reads what the engine knows of a deal.
    LinksGet {
        /// Identities to look by; the trigger's deal when absent.
        inputs: Template,
    },
    /// Saves identities of a deal.
    LinksSave {
        /// Identities.
        inputs: Template,
    },
}

/// One case of a switch.
#[derive(Clone, Debug)]
pub struct SwitchCase {
    /// Text or whole number.
    pub value: Spanned<Value>,
    /// What then.
    pub actions: Block,
}

/// When an until loop gives up.
#[derive(Clone, Debug)]
pub struct UntilLimit {
    /// Most iterations.
    pub count: u32,
    /// Longest time, checked between iterations.
    pub timeout: Duration,
    /// Whether giving up fails the loop.
    pub fail: bool,
}

/// How often a failing call is tried again.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// How waits grow.
    pub kind: RetryKind,
    /// Tries after the first.
    pub count: u32,
    /// The base wait.
    pub interval: Duration,
    /// Shortest wait.
    pub minimum: Duration,
    /// Longest wait.
    pub maximum: Duration,
}

/// How waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryKind {
    /// Not tried again.
    None,
    /// Always the base wait.
    Fixed,
    /// Doubling, with jitter.
    Exponential,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            kind: RetryKind::Exponential,
            count: 4,
            interval: Duration::from_millis(7_500),
            minimum: Duration::from_secs(5),
            maximum: Duration::from_secs(45),
        }
    }
}

impl Default for UntilLimit {
    fn default() -> Self {
        Self {
            count: 60,
            timeout: Duration::from_secs(3_600),
            fail: false,
        }
    }
}

impl Status {
    /// Its name as written in flows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Action {
    /// The blocks inside, in the order written.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            ActionKind::Scope { actions }
            | ActionKind::ForEach { actions, .. }
            | ActionKind::Until { actions, .. }
            | ActionKind::Changeset { actions } => vec![actions],
            ActionKind::If {
                actions, otherwise, ..
            } => vec![actions, otherwise],
            ActionKind::Switch { cases, default, .. } => cases
                .iter()
                .map(|case| &case.actions)
                .chain(std::iter::once(default))
                .collect(),
            _ => Vec::new(),
        }
    }
}
