//! Microsoft Partner Center: co-sell referrals, and the webhook that tells of their changes.
//!
//! Reading order: [`settings`] is what a connection is told, [`sign_in`] gets the two tokens, [`connection`] holds it
//! all together, `operations` has one file per operation, [`webhook`] verifies deliveries, [`objects`] and
//! [`descriptor`] are the same knowledge as data. Nothing here tries a call again for passing trouble, keeps
//! anything of a run, or knows Salesforce.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod certificate;
mod check;
mod connection;
mod descriptor;
mod device_code;
mod error;
mod guid;
mod objects;
mod odata;
mod operations;
mod patch;
mod refresh_tokens;
mod settings;
mod sign_in;
#[cfg(test)]
mod testing;
mod webhook;

use std::sync::Arc;

use connector_api::{Connection, Connector, Descriptor, Settings, SettingsError};

pub use device_code::{DevicePrompt, device_code_login};

/// The connector, for the registry.
pub fn connector() -> Arc<dyn Connector> {
    Arc::new(PartnerCenterConnector {
        descriptor: Arc::new(descriptor::descriptor()),
    })
}

struct PartnerCenterConnector {
    descriptor: Arc<Descriptor>,
}

impl Connector for PartnerCenterConnector {
    fn descriptor(&self) -> Arc<Descriptor> {
        Arc::clone(&self.descriptor)
    }

    fn connect(&self, settings: Settings) -> Result<Arc<dyn Connection>, Vec<SettingsError>> {
        let config = settings::Config::read(&settings)?;
        Ok(Arc::new(connection::PartnerCenter::new(config)?))
    }
}
