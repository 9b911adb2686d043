//! The run: a pure machine that turns records into state and says what to do next, and the driver that does it.
//!
//! `machine` holds no clock, no randomness and no input or output: equal records give equal states, live or when a
//! journal is read back. `driver` is the only loop that waits. [`Carrier`] and [`Performer`] are its two doors.

mod carrier;
mod effect;
mod event;
mod keys;
mod performer;
mod surroundings;

pub use carrier::Carrier;
pub use effect::{ChildCall, ChildEnd, Effect, Outcome, Path, Place, Response};
pub use event::{RunEvent, RunEventKind};
pub use keys::{KeyGuard, Keys};
pub use performer::{Performer, RunContext};
pub use surroundings::Surroundings;
