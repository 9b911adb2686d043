//! The engine at work: what starts runs, what carries out their effects, and when nothing is left to do.
//!
//! Reading order: [`Host`] holds everything, `webhook` and `poll` and `clock` accept events, `queue` turns accepted
//! events into runs, `turn` lines them up under their keys, `child` carries one run, `performer` carries out what runs ask for, `idle` knows when all is
//! quiet. Everything here is vendor-free; connections come in as trait objects.

mod child;
mod clock;
mod host;
mod identity;
mod idle;
mod inputs;
mod names;
mod performer;
mod poll;
mod progress;
mod queue;
#[cfg(test)]
mod tests;
mod timing;
mod turn;
mod version;
mod webhook;

pub use host::{Host, HostOptions, OneRun, ServiceError};
pub use inputs::InputError;
pub use progress::Progress;
pub use timing::Timing;
pub use version::digest;
pub use webhook::{HttpAnswer, HttpCall};
