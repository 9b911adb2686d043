//! All that can be known about a solution without running it. One rule per file; every rule runs; nothing is fixed.
//!
//! No rule reads a disk, the network or the clock. A rule that cannot tell says nothing.

mod checked;
mod mapping_ends;
mod mapping_field;
mod mapping_inline;
mod mapping_name;
mod mapping_required;
mod mapping_side;
#[cfg(test)]
mod mapping_tests;
mod mapping_type;
mod mapping_value;

pub use checked::{CheckedSolution, check};
