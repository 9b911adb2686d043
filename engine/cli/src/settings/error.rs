//! Something the operator has to mend before anything can start.

use engine_core::diagnostic::Diagnostic;
use engine_core::source::Sources;

/// A connection, environment variable or file that is missing or cannot be right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// One or several sentences, and what to do.
    #[error("{}", .messages.join("\n       "))]
    Plain {
        /// What is wrong; never a secret's value.
        messages: Vec<String>,
        /// The next step.
        hint: Option<String>,
    },
    /// Mistakes in a file, each with its place.
    #[error("mistakes in the configuration")]
    Located {
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
        /// The files.
        sources: Sources,
    },
}

impl SetupError {
    /// One sentence with a next step.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Plain {
            messages: vec![message.into()],
            hint: Some(hint.into()),
        }
    }
}
