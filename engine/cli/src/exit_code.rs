//! How the process ends: documented, tested, stable.

use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Success = 0,
    /// Something unforeseen.
    Unforeseen = 1,
    /// The command line cannot be understood (clap says why).
    Usage = 2,
    /// The flows have mistakes; each is shown at its line.
    Diagnostics = 3,
    /// A connection, environment variable or file is missing or cannot be right.
    Setup = 4,
    /// A run ended failed, or the two sides do not agree.
    RunFailed = 5,
    /// The store cannot be used.
    Store = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
