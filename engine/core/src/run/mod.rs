//! The run: a pure machine that turns records into state and says what to do next, and the driver that does it.
//!
//! [`Machine`] holds no clock, no randomness and no input or output: equal records give equal states, live or when a
//! journal is read back. Its parts: `state` is what a run knows, `names` how expressions see it, `decide` and `begin`
//! make records, `settle` makes them of outcomes, `evolve` takes them in, `effect_of` says what to do. The driver is
//! the only loop that waits. [`Carrier`] and [`Performer`] are its two doors.

mod begin;
mod carrier;
mod changeset;
mod clock;
mod data;
mod decide;
mod driver;
mod effect;
mod effect_of;
mod event;
mod evolve;
mod flights;
mod keys;
mod link;
mod machine;
mod names;
mod parse_json;
mod performer;
mod retry;
mod settle;
mod sides;
mod state;
mod status;
mod store_carrier;
mod surroundings;
#[cfg(test)]
mod tests;
mod variables;

pub use begin::{CHILD_DEPTH_MAX, DELAY_MAX, ITERATIONS_MAX};
pub use carrier::Carrier;
pub use clock::{Clock, VirtualClock};
pub use driver::{DriveError, Driver};
pub use effect::{ChildCall, ChildEnd, Effect, HTTP, Outcome, Path, Place, Response};
pub use event::{RunEvent, RunEventKind};
pub use keys::{KeyGuard, Keys};
pub use machine::{IllegalRecord, Machine};
pub use parse_json::{KEYWORDS, faults};
pub use performer::{Performer, RunContext};
pub use state::{Instance, Phase, Rounds, RunStart, RunState};
pub use store_carrier::StoreCarrier;
pub use surroundings::Surroundings;
