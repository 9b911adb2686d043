//! Why a command could not do what was asked: who can act on it decides voice and exit code.

use engine_core::diagnostic::Diagnostic;
use engine_core::service::ServiceError;
use engine_core::source::Sources;
use engine_core::store::StoreError;

use crate::exit_code::Exit;
use crate::render;
use crate::settings::SetupError;

/// A command that failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operator can mend it.
    Setup(SetupError),
    /// The author can mend it.
    Flows {
        diagnostics: Vec<Diagnostic>,
        sources: Sources,
    },
    /// The store cannot be used.
    Store(StoreError),
    /// The command line asks for something that is not there.
    Asked { message: String, hint: Option<String> },
    /// A story did not go as it should.
    Story(String),
    /// None of the above.
    Unforeseen(String),
}

impl Failure {
    pub(crate) fn asked(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Asked {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    pub(crate) fn story(message: impl Into<String>) -> Self {
        Self::Story(message.into())
    }

    pub(crate) fn unforeseen(message: impl Into<String>) -> Self {
        Self::Unforeseen(message.into())
    }

    /// Says it on stderr.
    pub(crate) fn print(&self) {
        let plain = |message: &str, hint: Option<&str>| {
            anstream::eprintln!("{} {message}", render::style::bad("error:"));
            if let Some(hint) = hint {
                anstream::eprintln!("{} {hint}", render::style::dim("hint:"));
            }
        };
        match self {
            Self::Setup(SetupError::Plain { messages, hint }) => {
                plain(&messages.join("\n       "), hint.as_deref())
            }
            Self::Setup(SetupError::Located { diagnostics, sources })
            | Self::Flows { diagnostics, sources } => {
                anstream::eprint!("{}", render::diagnostic::human(diagnostics, sources));
                anstream::eprintln!("{}", render::diagnostic::counts(diagnostics));
            }
            Self::Store(error) => plain(&error.to_string(), None),
            Self::Asked { message, hint } => plain(message, hint.as_deref()),
            Self::Story(message) => plain(&format!("the story stopped at {message}"), None),
            Self::Unforeseen(message) => plain(message, None),
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Setup(_) => Exit::Setup,
            Self::Flows { .. } => Exit::Diagnostics,
            Self::Store(_) => Exit::Store,
            Self::Asked { .. } => Exit::Usage,
            Self::Story(_) => Exit::RunFailed,
            Self::Unforeseen(_) => Exit::Unforeseen,
        }
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Store(error) => Self::Store(error),
            ServiceError::Inputs(error) => Self::Asked {
                message: error.to_string(),
                hint: None,
            },
            ServiceError::Flow(message) => Self::Asked { message, hint: None },
            ServiceError::Stopping => Self::Asked {
                message: error.to_string(),
                hint: None,
            },
            ServiceError::Drive(error) => Self::Unforeseen(error.to_string()),
            ServiceError::Journal(error) => Self::Unforeseen(error.to_string()),
            ServiceError::Plan(error) => Self::Unforeseen(error.to_string()),
        }
    }
}
