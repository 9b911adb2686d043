//! The binary `engine`.

use std::process::ExitCode;

fn main() -> ExitCode {
    engine::main_impl()
}
