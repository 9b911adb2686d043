//! A connector as code: it makes connections from settings, and a connection makes calls.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::call::{
    CallContext, ChangesetCall, OperationCall, OperationOutput, PollCall, PollOutput, WebhookRequest,
};
use crate::descriptor::Descriptor;
use crate::error::{ErrorClass, OperationError, WebhookError};
use crate::secret::Secret;

/// A boxed future, so that the traits stay usable as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An adapter to one kind of service.
pub trait Connector: Send + Sync {
    /// What it can do.
    fn descriptor(&self) -> Arc<Descriptor>;

    /// Makes a connection. Checks all settings and reports all mistakes; uses no network.
    fn connect(&self, settings: Settings) -> Result<Arc<dyn Connection>, Vec<SettingsError>>;
}

/// A configured connector. Holds tokens and limits; holds nothing of a run.
pub trait Connection: Send + Sync {
    /// Whether it works right now: sign-in, permission, fields. Names what is missing.
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>>;

    /// Carries out one call.
    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>>;

    /// Carries out several calls as one, all or nothing; outputs in the order of the calls.
    fn changeset(
        &self,
        calls: Vec<ChangesetCall>,
        context: CallContext,
    ) -> BoxFuture<'_, Result<Vec<OperationOutput>, OperationError>> {
        let _ = (calls, context);
        Box::pin(async {
            Err(OperationError::new(
                ErrorClass::Rejected,
                "no_changesets",
                "this connector has no changesets",
            ))
        })
    }

    /// Asks for changes since a cursor.
    fn poll(&self, call: PollCall) -> BoxFuture<'_, Result<PollOutput, OperationError>> {
        Box::pin(async move {
            Err(OperationError::new(
                ErrorClass::Rejected,
                "unknown_trigger",
                format!("this connector has no trigger `{}`", call.trigger),
            ))
        })
    }

    /// Verifies the signature of a webhook delivery over its raw bytes.
    fn verify<'a>(&'a self, request: &'a WebhookRequest) -> BoxFuture<'a, Result<(), WebhookError>> {
        let _ = request;
        Box::pin(async {
            Err(WebhookError::Unverified(
                "this connector verifies no webhooks".into(),
            ))
        })
    }
}

/// One line of a health check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckItem {
    /// What was looked at: `sign-in`, `field Opportunity.Audit__c`.
    pub subject: String,
    /// How it is.
    pub status: CheckStatus,
    /// What is wrong and what to do, or a detail worth knowing.
    pub message: String,
}

/// How a checked thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStatus {
    /// Fine.
    Ok,
    /// Works, but somebody should look.
    Warning,
    /// Does not work.
    Missing,
}

/// The settings of one connection, with secrets already read.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The connection's name, for messages.
    pub name: String,
    /// By setting name.
    pub values: BTreeMap<String, Setting>,
}

/// One setting.
#[derive(Clone, Debug)]
pub enum Setting {
    /// Text.
    Text(String),
    /// A list of texts.
    TextList(Vec<String>),
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A duration.
    Duration(Duration),
    /// A secret.
    Secret(Secret),
}

/// A setting that is missing or cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting `{setting}`: {message}")]
pub struct SettingsError {
    /// The setting's name.
    pub setting: String,
    /// What is wrong and what to write; never a secret's value.
    pub message: String,
}

impl Settings {
    /// A text setting.
    pub fn text(&self, name: &str) -> Option<&str> {
        if let Setting::Text(text) = self.values.get(name)? {
            Some(text)
        } else {
            None
        }
    }

    /// A list setting; empty when absent.
    pub fn text_list(&self, name: &str) -> &[String] {
        if let Some(Setting::TextList(texts)) = self.values.get(name) {
            texts
        } else {
            &[]
        }
    }

    /// A boolean setting.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        if let Setting::Boolean(value) = self.values.get(name)? {
            Some(*value)
        } else {
            None
        }
    }

    /// An integer setting.
    pub fn integer(&self, name: &str) -> Option<i64> {
        if let Setting::Integer(value) = self.values.get(name)? {
            Some(*value)
        } else {
            None
        }
    }

    /// A duration setting.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        if let Setting::Duration(value) = self.values.get(name)? {
            Some(*value)
        } else {
            None
        }
    }

    /// A secret setting.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        if let Setting::Secret(value) = self.values.get(name)? {
            Some(value)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_never_show_secrets() {
        let mut settings = Settings {
            name: "salesforce".into(),
            ..Settings::default()
        };
        settings.values.insert(
            "client_secret".into(),
            Setting::Secret(Secret::new("env:SF_SECRET", "hunter2")),
        );
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
