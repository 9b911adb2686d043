//! YAML text as located nodes. Everything that points at a flow's text points through here.

pub mod decode;
mod duration;
mod node;
mod parse;
mod places;
mod recover;
mod resolve;
mod syntax;
#[cfg(test)]
mod tests;

pub use decode::MapReader;
pub use duration::{DURATION_MAX, duration};
pub use node::{Entry, Node, NodeValue, Scalar, ScalarKind, ScalarStyle};
pub use parse::{ALIASES_MAX, DEPTH_MAX, Document, FILE_BYTES_MAX};
pub use places::Places;
pub use recover::parse;
