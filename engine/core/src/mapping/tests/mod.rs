//! Mappings as documents: what is read from YAML, and what becomes of values.

pub(crate) mod fixture;

mod base;
mod diff;
mod lists;
mod lower;
mod map;
mod shipped;
mod three_way;
mod watch;
