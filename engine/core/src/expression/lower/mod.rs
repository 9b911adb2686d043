//! The syntax tree to code that only calls functions by name.
//!
//! minijinja's own operators compare undefined silently, add truth values and calculate money in doubles. So the tree
//! is written out again with every operator, filter, test and path as a call of ours, constants and paths by number:
//! `a.b + 1 | trim` becomes `add(_path(0), trim(_const(0)))`. Nothing of the author's text reaches that code.

mod call;
mod chain;
mod constant;
mod tree;

pub(crate) use tree::Lowering;
