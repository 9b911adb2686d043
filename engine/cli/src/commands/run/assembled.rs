//! Everything a run needs, put together: services, environment, store, host and the door for webhooks.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector_api::{CallContext, Connection, OperationCall, OperationError, Value};
use engine_core::run::{Clock, StoreCarrier};
use engine_core::service::{Host, HostOptions};
use engine_core::solution::Solution;
use engine_core::store::DiskStore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::args::Deployment;
use crate::commands::{Checked, Failure};
use crate::process_vars;
use crate::serve;
use crate::settings::{Services, current};

/// How long a stop waits for runs to come to rest; the rest goes on at the next start.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// What a store says of whose runs it holds.
const SANDBOX_BINDING: &str = "sandbox";

/// A host with all it needs, its webhooks received.
pub(super) struct Assembled {
    pub(super) host: Host,
    pub(super) services: Services,
    pub(super) store: Arc<DiskStore>,
    pub(super) solution: Arc<Solution>,
    pub(super) catalog: engine_core::catalog::Catalog,
    pub(super) environment: Value,
    pub(super) address: SocketAddr,
    pub(super) store_folder: PathBuf,
    stop: CancellationToken,
}

impl Assembled {
    /// Puts everything together. Nothing is started yet but the door.
    pub(super) async fn of(checked: Checked, deployment: &Deployment) -> Result<Self, Failure> {
        let solution = checked.solution.solution().clone();
        let file = deployment
            .environment
            .as_ref()
            .map(|name| PathBuf::from("environments").join(format!("{name}.yaml")));
        let current = current(&solution, file.as_deref(), &process_vars::environment_values())?;
        let services = Services::of(deployment).await?;
        let connections = services.connect(&solution)?;
        let store_folder = match &services {
            Services::Configured(_) => deployment.store.clone(),
            Services::Sandbox(_) => deployment.store.join("sandbox"),
        };
        let store = Arc::new(match &services {
            Services::Configured(_) => DiskStore::open(&store_folder)?,
            // The sandbox forgets everything; runs about what it forgot would only mislead.
            Services::Sandbox(_) => DiskStore::open_emptied(&store_folder)?,
        });
        engine_core::store::Store::bind(&*store, binding(&services)).await?;
        let listen = match &services {
            Services::Configured(configuration) => configuration.listen,
            Services::Sandbox(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        let door = serve::bind(listen).await?;
        let address = door.address;
        let public_url = match &services {
            Services::Configured(configuration) => configuration.public_url.clone(),
            Services::Sandbox(_) => Some(format!("http://{address}")),
        };
        let host = Host::new(HostOptions {
            solution: solution.clone(),
            files: checked.files,
            catalog: checked.catalog.clone(),
            connections,
            environment: current.values.clone(),
            store: store.clone(),
            carrier: Arc::new(StoreCarrier::new(store.clone(), Clock::System)),
            timing: services.timing(),
            public_url,
            off: current.off,
        })
        .await?;
        let stop = CancellationToken::new();
        door.open(host.clone(), stop.clone());
        Ok(Self {
            host,
            services,
            store,
            solution,
            catalog: checked.catalog,
            environment: current.values,
            address,
            store_folder,
            stop,
        })
    }

    /// The names people read, by flow id.
    pub(super) fn flow_names(&self) -> BTreeMap<String, String> {
        self.solution
            .flows
            .values()
            .map(|flow| (flow.id.clone(), flow.name.value.clone()))
            .collect()
    }

    /// Closes the door, lets runs come to rest, stops the sandbox.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_WAIT, self.host.stop()).await.is_err() {
            anstream::eprintln!("some runs have not ended; they go on at the next start");
            // What even this does not bring to rest is taken up again by what its journal says.
            drop(tokio::time::timeout(STOP_WAIT, self.host.halt()).await);
        }
        if let Services::Sandbox(sandbox) = self.services {
            sandbox.shutdown().await;
        }
    }
}

/// One reading call outside any run.
pub(super) async fn read(
    connection: &dyn Connection,
    operation: &str,
    inputs: Value,
) -> Result<Value, OperationError> {
    let context = CallContext {
        run_id: Uuid::nil(),
        action: operation.to_owned(),
        attempt: 1,
        idempotency_key: Uuid::nil(),
        look_since: None,
    };
    let call = OperationCall {
        operation: operation.to_owned(),
        inputs,
        context,
    };
    Ok(connection.call(call).await?.body)
}

fn binding(services: &Services) -> String {
    match services {
        Services::Sandbox(_) => SANDBOX_BINDING.to_owned(),
        Services::Configured(configuration) => configuration.binding(),
    }
}
