//! `engine completions`: scripts for the common shells.

use clap::CommandFactory;

use super::Failure;
use crate::args::{Cli, CompletionsArgs};
use crate::exit_code::Exit;

pub(crate) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "engine", &mut script);
    anstream::print!("{}", String::from_utf8_lossy(&script));
    Ok(Exit::Success)
}
