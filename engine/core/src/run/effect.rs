//! What the machine wants done, and how it is told the outcome. Data only.

use std::sync::Arc;

use connector_api::{CallContext, ChangesetCall, OperationCall, OperationError, OperationOutput, Value};
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, Parent};
use crate::plan::ActionIndex;

/// The connection that plain requests go out through, and the connector it uses.
pub const HTTP: &str = "http";

/// An action in one iteration: the machine's own handle, good for one plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The action.
    pub action: ActionIndex,
    /// One index for each loop around it, outermost first.
    pub path: Path,
}

/// The iteration indexes of the loops around something, outermost first.
pub type Path = Arc<[u32]>;

/// Something to do outside the machine, after the records before it are durable.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Carry out a call and hand back [`Outcome::Call`].
    Call {
        /// For whom.
        place: Place,
        /// The connection's name; `http` for HTTP actions.
        connection: String,
        /// The call.
        call: OperationCall,
    },
    /// Carry out several calls as one and hand back [`Outcome::Changeset`].
    Changeset {
        /// For whom.
        place: Place,
        /// The connection's name.
        connection: String,
        /// The calls.
        calls: Vec<ChangesetCall>,
        /// Who calls.
        context: CallContext,
    },
    /// Start a child run, or find it by its id when it was started before, and hand back [`Outcome::Child`].
    Child {
        /// For whom.
        place: Place,
        /// The child.
        child: ChildCall,
    },
    /// Read what is known of a deal and hand back [`Outcome::Call`].
    LinksGet {
        /// For whom.
        place: Place,
        /// Identities; those of the run's own deal when null.
        inputs: Value,
    },
    /// Save identities of a deal and hand back [`Outcome::Call`].
    LinksSave {
        /// For whom.
        place: Place,
        /// Identities.
        inputs: Value,
    },
    /// Answer the caller. Nothing is handed back.
    Respond(Response),
    /// Give up what was asked for this place; its outcome is no longer wanted.
    Abort(Place),
}

/// A child run to start.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildCall {
    /// The child's id: the same at every try to start it.
    pub run: Uuid,
    /// The flow's id.
    pub flow: String,
    /// Its inputs.
    pub inputs: Value,
    /// Who calls.
    pub parent: Parent,
    /// The parent's key, under which the child runs without waiting for a turn of its own.
    pub key: Option<String>,
    /// The parent's `trigger.deal`.
    pub deal: Option<Value>,
}

/// How a child run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildEnd {
    /// Its status.
    pub status: Status,
    /// What its `response` said.
    pub response: Option<Response>,
    /// Why it did not succeed.
    pub error: Option<ActionError>,
}

/// An answer to a caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body; `None` for none.
    pub body: Option<Value>,
}

/// What came of an effect.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Of a call, of HTTP or of the link store.
    Call(Result<OperationOutput, OperationError>),
    /// Of a changeset; outputs in the order of the calls.
    Changeset(Result<Vec<OperationOutput>, OperationError>),
    /// Of a child run.
    Child(ChildEnd),
}
