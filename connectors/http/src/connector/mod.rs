//! The connector `http`: plain requests to hosts that a deployment lists. It knows no vendor, signs nothing in and
//! never looks for what an earlier request may have done, because nobody could know where to look.

mod connection;
mod descriptor;
mod inputs;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_api::{Connection, Connector, Descriptor, Settings, SettingsError};

use connection::HttpConnection;

/// The connector, for the registry.
pub fn connector() -> Arc<dyn Connector> {
    Arc::new(HttpConnector {
        descriptor: Arc::new(descriptor::descriptor()),
    })
}

struct HttpConnector {
    descriptor: Arc<Descriptor>,
}

impl Connector for HttpConnector {
    fn descriptor(&self) -> Arc<Descriptor> {
        Arc::clone(&self.descriptor)
    }

    fn connect(&self, settings: Settings) -> Result<Arc<dyn Connection>, Vec<SettingsError>> {
        Ok(Arc::new(HttpConnection::new(&settings)?))
    }
}
