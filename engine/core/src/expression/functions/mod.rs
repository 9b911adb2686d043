//! The functions an expression may call, one family a file. Each works as `f(x, ...)` and as the filter `x | f(...)`.
//!
//! Names are Power Automate's in snake_case, and so are behaviour and edge cases unless a function says otherwise.

mod arguments;
mod collections;
mod conversion;
mod dates;
pub(crate) mod internal;
mod logic;
mod math;
mod number_format;
mod number_pattern;
mod objects;
mod strings;
mod table;
mod uri;

pub(crate) use arguments::{Arguments, Outcome};
pub(crate) use dates::time_zone;
#[cfg(test)]
pub(crate) use dates::windows_names as windows_zones;
pub(crate) use table::{Function, all, find};
