//! The functions an expression may call, one family a file. Each works as `f(x, ...)` and as the filter `x | f(...)`.
//!
//! Names are Power Automate's in snake_case, and so are behaviour and edge cases unless a function says otherwise.

mod arguments;
mod collections;
pub(crate) mod internal;
mod logic;
mod math;
mod objects;
mod strings;
mod table;

pub(crate) use arguments::{Arguments, Outcome};
pub(crate) use table::{Function, all, find};
