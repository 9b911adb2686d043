//! YAML text as located nodes. Everything that points at a flow's text points through here.

mod node;
mod parse;

pub use node::{Entry, Node, NodeValue, Scalar, ScalarKind, ScalarStyle};
pub use parse::{ALIASES_MAX, DEPTH_MAX, Document, FILE_BYTES_MAX, parse};
