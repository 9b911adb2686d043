//! What was typed, what files say and what the process was given, turned into what was meant.

mod connections;
mod deployment;
mod environment;
mod error;
mod sandbox_file;
mod solution;

pub(crate) use connections::Configuration;
pub(crate) use deployment::Services;
pub(crate) use environment::current;
pub(crate) use error::SetupError;
pub(crate) use sandbox_file::write_connections;
pub(crate) use solution::read_solution;
