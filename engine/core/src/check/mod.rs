//! All that can be known about a solution without running it. One rule per file; every rule runs; nothing is fixed.
//!
//! No rule reads a disk, the network or the clock. A rule that cannot tell says nothing.

mod checked;

pub use checked::{CheckedSolution, check};
