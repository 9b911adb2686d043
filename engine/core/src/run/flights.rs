//! The effects that are going on, each in a task of its own.

use std::collections::HashMap;
use std::sync::Arc;

use connector_api::{ErrorClass, OperationError, OperationOutput, Value};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, codes};
use crate::run::{ChildEnd, Effect, Outcome, Performer, Place, RunContext};

/// Effects of one run. Dropping it gives them up.
pub(crate) struct Flights {
    performer: Arc<dyn Performer>,
    run: RunContext,
    tasks: JoinSet<Option<Outcome>>,
    flying: HashMap<Id, Flight>,
}

struct Flight {
    place: Place,
    kind: Kind,
    handle: AbortHandle,
    /// Stops a child run, which has to end by itself.
    cancel: Option<CancellationToken>,
}

#[derive(Clone, Copy)]
enum Kind {
    Call,
    Changeset,
    Child,
}

impl Flights {
    pub(crate) fn new(performer: Arc<dyn Performer>, run: RunContext) -> Self {
        Self {
            performer,
            run,
            tasks: JoinSet::new(),
            flying: HashMap::new(),
        }
    }

    /// Whether nothing is going on.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Starts, or gives up.
    pub(crate) fn perform(&mut self, effect: Effect) {
        let performer = Arc::clone(&self.performer);
        let run = self.run.clone();
        match effect {
            Effect::Call {
                place,
                connection,
                call,
            } => self.fly(place, Kind::Call, None, async move {
                Some(Outcome::Call(performer.call(&connection, call).await))
            }),
            Effect::Changeset {
                place,
                connection,
                calls,
                context,
            } => self.fly(place, Kind::Changeset, None, async move {
                Some(Outcome::Changeset(
                    performer.changeset(&connection, calls, context).await,
                ))
            }),
            Effect::Child { place, child } => {
                let cancel = CancellationToken::new();
                let stop = cancel.clone();
                self.fly(place, Kind::Child, Some(cancel), async move {
                    performer.run_child(child, stop).await.map(Outcome::Child)
                });
            }
            Effect::LinksGet { place, inputs } => self.fly(place, Kind::Call, None, async move {
                Some(Outcome::Call(performer.links_get(run, inputs).await.map(of_link)))
            }),
            Effect::LinksSave { place, inputs } => self.fly(place, Kind::Call, None, async move {
                Some(Outcome::Call(
                    performer.links_save(run, inputs).await.map(of_link),
                ))
            }),
            Effect::Respond(response) => performer.respond(run.run, response),
            Effect::Abort(place) => {
                for flight in self.flying.values().filter(|flight| flight.place == place) {
                    match &flight.cancel {
                        Some(cancel) => cancel.cancel(),
                        None => flight.handle.abort(),
                    }
                }
            }
        }
    }

    fn fly(
        &mut self,
        place: Place,
        kind: Kind,
        cancel: Option<CancellationToken>,
        task: impl Future<Output = Option<Outcome>> + Send + 'static,
    ) {
        let handle = self.tasks.spawn(task);
        self.flying.insert(
            handle.id(),
            Flight {
                place,
                kind,
                handle,
                cancel,
            },
        );
    }

    /// The next outcome; `None` when nothing is going on.
    pub(crate) async fn next(&mut self) -> Option<(Place, Outcome)> {
        loop {
            let ended = self.tasks.join_next_with_id().await?;
            if let Some(outcome) = self.landed(ended) {
                return Some(outcome);
            }
        }
    }

    /// An outcome that is already there.
    pub(crate) fn try_next(&mut self) -> Option<(Place, Outcome)> {
        loop {
            let ended = self.tasks.try_join_next_with_id()?;
            if let Some(outcome) = self.landed(ended) {
                return Some(outcome);
            }
        }
    }

    fn landed(&mut self, ended: Result<(Id, Option<Outcome>), JoinError>) -> Option<(Place, Outcome)> {
        match ended {
            Ok((id, outcome)) => {
                let flight = self.flying.remove(&id)?;
                Some((flight.place, outcome?))
            }
            Err(error) => {
                let flight = self.flying.remove(&error.id())?;
                if error.is_cancelled() {
                    return None;
                }
                tracing::error!(run = %self.run.run, "a call ended with a panic");
                Some((flight.place, crashed(flight.kind)))
            }
        }
    }
}

fn of_link(link: Value) -> OperationOutput {
    OperationOutput {
        body: link,
        ..OperationOutput::default()
    }
}

/// A panic in a call is a fault of ours: the action fails with it, the run goes on.
fn crashed(kind: Kind) -> Outcome {
    let message = "the engine made a mistake in this call; its log says which";
    let error = OperationError::new(ErrorClass::UnexpectedResponse, "internal_error", message);
    match kind {
        Kind::Call => Outcome::Call(Err(error)),
        Kind::Changeset => Outcome::Changeset(Err(error)),
        Kind::Child => Outcome::Child(ChildEnd {
            status: Status::Failed,
            response: None,
            error: Some(ActionError::new(codes::ACTION_FAILED, message)),
        }),
    }
}

impl RunContext {
    /// Whose effects these are.
    pub(crate) fn new(run: Uuid, flow: &str, deal: Option<&Value>) -> Self {
        Self {
            run,
            flow: flow.to_owned(),
            deal: deal.cloned(),
        }
    }
}
