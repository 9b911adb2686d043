//! The program under test: the very entry point of `engine`, so that tests of this package can run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    engine::main_impl()
}
