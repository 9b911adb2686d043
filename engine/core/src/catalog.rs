//! What operations, triggers and objects exist, by connection name: data only.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_api::{Descriptor, ObjectDescriptor, OperationDescriptor, TriggerDescriptor};

/// The descriptors known to this build, and which connection uses which.
#[derive(Clone, Default)]
pub struct Catalog {
    connectors: BTreeMap<String, Arc<Descriptor>>,
    connections: BTreeMap<String, String>,
}

impl Catalog {
    /// A catalog of these connectors, without connections.
    pub fn new(descriptors: impl IntoIterator<Item = Arc<Descriptor>>) -> Self {
        Self {
            connectors: descriptors
                .into_iter()
                .map(|descriptor| (descriptor.name.to_owned(), descriptor))
                .collect(),
            connections: BTreeMap::new(),
        }
    }

    /// Says that a connection uses a connector (a solution's connection references do).
    pub fn connect(&mut self, connection: impl Into<String>, connector: impl Into<String>) {
        self.connections.insert(connection.into(), connector.into());
    }

    /// The connector of a connection.
    pub fn of_connection(&self, connection: &str) -> Option<&Arc<Descriptor>> {
        self.connectors.get(self.connections.get(connection)?)
    }

    /// A connector by its own name.
    pub fn connector(&self, name: &str) -> Option<&Arc<Descriptor>> {
        self.connectors.get(name)
    }

    /// An operation of a connection.
    pub fn operation(&self, connection: &str, operation: &str) -> Option<&OperationDescriptor> {
        self.of_connection(connection)?.operation(operation)
    }

    /// A trigger of a connection.
    pub fn trigger(&self, connection: &str, trigger: &str) -> Option<&TriggerDescriptor> {
        self.of_connection(connection)?.trigger(trigger)
    }

    /// An object of a connection.
    pub fn object(&self, connection: &str, object: &str) -> Option<&ObjectDescriptor> {
        self.of_connection(connection)?.object(object)
    }

    /// The names of all connections, sorted.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        self.connections.keys().map(String::as_str)
    }

    /// The names of all connectors, sorted.
    pub fn connectors(&self) -> impl Iterator<Item = &str> {
        self.connectors.keys().map(String::as_str)
    }
}
