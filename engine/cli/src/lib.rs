//! The command `engine`: terminal, files, web and wiring around `engine-core`.
//!
//! Start at [`main_impl`]; `args` is what can be typed, `settings` what was meant, `commands` one file per command,
//! `render` values to text, `serve` the door for webhooks, `story` the sandbox's demonstration. `connectors` is the
//! only file that names connectors.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod args;
mod commands;
mod connectors;
mod exit_code;
mod process_vars;
mod render;
mod serve;
mod settings;
mod story;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Color, Command};
use crate::commands::Failure;
pub use crate::exit_code::Exit;

/// Threads walk nested data of authors; their stacks are sized for the deepest that is let in.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// The whole program: parses the command line, carries it out, picks the exit code.
pub fn main_impl() -> ExitCode {
    let cli = Cli::parse();
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    start_log(cli.global.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("error: threads cannot be started: {error}");
            return Exit::Unforeseen.into();
        }
    };
    // The command itself runs on a thread of that stack size too.
    let outcome = runtime.block_on(async {
        match tokio::spawn(dispatch(cli.command)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(Failure::unforeseen(format!("the command broke off: {error}"))),
        }
    });
    runtime.shutdown_background();
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit().into()
        }
    }
}

async fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => commands::run::run(args).await,
        Command::Validate(args) => commands::validate::validate(&args),
        Command::Graph(args) => commands::graph::graph(&args),
        Command::Runs(command) => commands::runs::runs(command).await,
        Command::Links(command) => commands::links::links(command).await,
        Command::Connections(command) => commands::connections::connections(command).await,
        Command::Sandbox(args) => commands::sandbox::sandbox(args).await,
        Command::Schema(args) => commands::schema::schema(&args),
        Command::Explain(args) => commands::explain::explain(&args),
        Command::Completions(args) => commands::completions::completions(&args),
    }
}

fn start_log(verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "info,engine=debug,engine_core=debug",
        _ => "debug",
    };
    let filter = process_vars::log_filter().unwrap_or_else(|| default.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .try_init();
}
