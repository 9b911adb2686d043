//! Who carries out what a run asks for: the service around the engine implements it.

use connector_api::{
    BoxFuture, CallContext, ChangesetCall, OperationCall, OperationError, OperationOutput, Value,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::run::{ChildCall, ChildEnd, Response};

/// Carries out effects. Retries nothing: the machine does.
pub trait Performer: Send + Sync + 'static {
    /// One call of one connection; `http` is a connection too.
    fn call<'a>(
        &'a self,
        connection: &'a str,
        call: OperationCall,
    ) -> BoxFuture<'a, Result<OperationOutput, OperationError>>;

    /// Several calls of one connection as one.
    fn changeset<'a>(
        &'a self,
        connection: &'a str,
        calls: Vec<ChangesetCall>,
        context: CallContext,
    ) -> BoxFuture<'a, Result<Vec<OperationOutput>, OperationError>>;

    /// Runs a child flow to its end. A child that already runs or has ended under this id is not started again. When
    /// `cancel` fires the child is to be cancelled. `None` when the engine halts before it ended: it goes on later, and
    /// so does its parent.
    fn run_child(&self, child: ChildCall, cancel: CancellationToken) -> BoxFuture<'_, Option<ChildEnd>>;

    /// What is known of a deal: the link's value, or an object of nulls. Null inputs mean the run's own deal.
    fn links_get(&self, run: RunContext, inputs: Value) -> BoxFuture<'_, Result<Value, OperationError>>;

    /// Saves identities of a deal and gives the link's value.
    fn links_save(&self, run: RunContext, inputs: Value) -> BoxFuture<'_, Result<Value, OperationError>>;

    /// Hands an answer to the caller, who may be gone.
    fn respond(&self, run: Uuid, response: Response);
}

/// Whose effect it is.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// The run.
    pub run: Uuid,
    /// The flow's id.
    pub flow: String,
    /// What `trigger.deal` shows.
    pub deal: Option<Value>,
}
