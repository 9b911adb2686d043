//! Document to flow: shapes are decoded by hand so that every fault is found and placed. Looks at no connector.

mod action;
mod kind;
mod root;
#[cfg(test)]
mod tests;
mod trigger;
mod values;

pub use root::lower;
pub(crate) use values::{name, named, typed, typed_default};
