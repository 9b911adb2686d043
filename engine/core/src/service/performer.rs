//! Carries out what runs ask for: calls of connections, child flows, links, answers.

use connector_api::{
    BoxFuture, CallContext, ChangesetCall, Effect, ErrorClass, OperationCall, OperationError,
    OperationOutput, Value,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::run::{ChildCall, ChildEnd, Performer, Response, RunContext};
use crate::service::{Host, Progress};
use crate::store::{Identities, Link, LinkSave, StoreError};

impl Performer for Host {
    fn call<'a>(
        &'a self,
        connection: &'a str,
        call: OperationCall,
    ) -> BoxFuture<'a, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            let found = self.connection(connection)?;
            let run = call.context.run_id;
            let (action, operation) = (call.context.action.clone(), call.operation.clone());
            let output = found.call(call).await?;
            self.wrote(run, connection, (&action, &operation), &output).await;
            Ok(output)
        })
    }

    fn changeset<'a>(
        &'a self,
        connection: &'a str,
        calls: Vec<ChangesetCall>,
        context: CallContext,
    ) -> BoxFuture<'a, Result<Vec<OperationOutput>, OperationError>> {
        Box::pin(async move {
            let found = self.connection(connection)?;
            let run = context.run_id;
            let named = |call: &ChangesetCall| (call.action.clone(), call.operation.clone());
            let named: Vec<(String, String)> = calls.iter().map(named).collect();
            let outputs = found.changeset(calls, context).await?;
            for (output, (action, operation)) in outputs.iter().zip(&named) {
                self.wrote(run, connection, (action, operation), output).await;
            }
            Ok(outputs)
        })
    }

    fn run_child(&self, child: ChildCall, cancel: CancellationToken) -> BoxFuture<'_, Option<ChildEnd>> {
        Box::pin(self.child(child, cancel))
    }

    fn links_get(&self, run: RunContext, inputs: Value) -> BoxFuture<'_, Result<Value, OperationError>> {
        Box::pin(async move {
            let links = if inputs.is_null() {
                match run.deal.as_ref().and_then(Value::as_str) {
                    Some(deal) => self.links_of_deal(deal).await?,
                    None => Vec::new(),
                }
            } else {
                let identities = identities(&inputs)?;
                if identities.is_empty() {
                    Vec::new()
                } else {
                    self.inner.store.find_links(identities).await.map_err(of_store)?
                }
            };
            Ok(match links.first() {
                Some(link) => link.to_value(),
                None => Link::unknown(),
            })
        })
    }

    fn links_save(&self, _: RunContext, inputs: Value) -> BoxFuture<'_, Result<Value, OperationError>> {
        Box::pin(async move {
            let save = LinkSave::from_value(&inputs)
                .map_err(|message| OperationError::invalid_input("inputs", message))?;
            if save.identities.is_empty() {
                return Err(OperationError::invalid_input(
                    "inputs",
                    "no identity of the deal is given",
                ));
            }
            let link = self
                .inner
                .store
                .save_link(save, self.inner.carrier.new_id())
                .await;
            Ok(link.map_err(of_store)?.to_value())
        })
    }

    fn respond(&self, run: Uuid, response: Response) {
        if let Some(caller) = self.callers().remove(&run) {
            let _ = caller.send(response);
        }
    }
}

impl Host {
    fn connection(&self, name: &str) -> Result<&dyn connector_api::Connection, OperationError> {
        self.inner
            .connections
            .get(name)
            .map(|connection| &**connection)
            .ok_or_else(|| {
                OperationError::new(
                    ErrorClass::Rejected,
                    "no_connection",
                    format!("connection `{name}` is not configured; add it to connections.yaml"),
                )
            })
    }

    /// Tells the watchers and remembers our own writes. A store that fails here costs one superfluous run later.
    async fn wrote(
        &self,
        run: Uuid,
        connection: &str,
        (action, operation): (&str, &str),
        output: &OperationOutput,
    ) {
        let secure = self.is_secure(action);
        let effect = self
            .inner
            .catalog
            .operation(connection, operation)
            .map(|operation| operation.effect);
        // An upsert says in its result whether the record was there.
        let created = effect == Some(Effect::Create)
            || output.body.get("created").and_then(Value::as_bool) == Some(true);
        for write in &output.writes {
            self.inner.idle.stir();
            if let Err(error) = self
                .remember_write(&write.object, &write.id, &write.fields, created)
                .await
            {
                tracing::warn!(object = write.object, id = write.id, %error, "a write of ours could not be remembered");
            }
            let _ = self.inner.progress.send(Progress::Wrote {
                run,
                connection: connection.to_owned(),
                object: write.object.clone(),
                id: write.id.clone(),
                fields: if secure {
                    hidden(&write.fields)
                } else {
                    write.fields.clone()
                },
            });
        }
    }

    /// Whether views hide what an action was given. Any flow's action of that name counts: hiding too much is safe.
    fn is_secure(&self, action: &str) -> bool {
        let plans = self.inner.edition.plans.values();
        plans
            .filter_map(|plan| plan.find(action).map(|index| plan.action(index)))
            .any(|action| action.secure_inputs)
    }

    /// A deal is named by its link's id, or by an identity as long as it has no link.
    pub(super) async fn links_of_deal(&self, deal: &str) -> Result<Vec<Link>, OperationError> {
        if let Ok(id) = deal.parse()
            && let Some(link) = self.inner.store.link(id).await.map_err(of_store)?
        {
            return Ok(vec![link]);
        }
        let named = Identities::each(deal);
        self.inner.store.find_links(named).await.map_err(of_store)
    }
}

/// The names of fields without their values.
fn hidden(fields: &Value) -> Value {
    let names = fields.as_object().into_iter().flat_map(|fields| fields.keys());
    names
        .map(|name| (name.clone(), Value::from(crate::journal::HIDDEN)))
        .collect()
}

fn identities(inputs: &Value) -> Result<Identities, OperationError> {
    Identities::from_value(inputs).map_err(|message| OperationError::invalid_input("inputs", message))
}

fn of_store(error: StoreError) -> OperationError {
    let class = if matches!(error, StoreError::LinkConflict(_)) {
        ErrorClass::Rejected
    } else {
        ErrorClass::Transient
    };
    OperationError::new(class, "store", error.to_string())
}
