//! `engine run`: all flows of a folder until stopped or idle, or one flow once.

mod assembled;
mod folder;
mod once;
mod sides;

pub(crate) use sides::Deal;

use super::{Failure, load_checked};
use crate::args::RunArgs;
use crate::exit_code::Exit;

pub(crate) async fn run(args: RunArgs) -> Result<Exit, Failure> {
    let checked = load_checked(&args.path)?;
    if !checked.diagnostics.is_empty() {
        anstream::eprint!(
            "{}",
            crate::render::diagnostic::human(&checked.diagnostics, &checked.sources)
        );
    }
    if args.path.is_file() {
        once::once(args, checked).await
    } else {
        folder::folder(args, checked).await
    }
}

/// Returns when Ctrl-C is pressed or the system asks the process to end.
pub(crate) async fn until_interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
