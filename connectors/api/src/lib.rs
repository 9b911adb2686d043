//! The contract between the engine and its connectors.
//!
//! Reading order: [`value`] is the data that travels, [`shape`] says what data looks like, [`descriptor`] says what
//! a connector can do without any network, [`connection`] is a configured connector that does it, [`call`] and
//! [`error`] are what goes in and comes out. Nothing here speaks HTTP, waits, or knows a vendor.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod call;
pub mod connection;
pub mod descriptor;
pub mod error;
pub mod secret;
pub mod shape;
pub mod value;

pub use call::{
    CallContext, ChangesetCall, OperationCall, OperationOutput, PollCall, PollOutput, PolledRecord,
    RecordWrite, WebhookRequest,
};
pub use connection::{
    BoxFuture, CheckItem, CheckStatus, Connection, Connector, Setting, Settings, SettingsError,
};
pub use descriptor::{
    Descriptor, Effect, Identity, ObjectDescriptor, OperationDescriptor, SettingDescriptor, SettingKind,
    TriggerDescriptor, WebhookDescriptor,
};
pub use error::{ErrorClass, OperationError, WebhookError};
pub use secret::Secret;
pub use shape::{Field, Shape};
pub use value::{Map, Number, Value, ValueError};
