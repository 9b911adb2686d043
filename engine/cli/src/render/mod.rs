//! Values to text. Nothing here decides anything.

pub(crate) mod compare;
pub(crate) mod diagnostic;
pub(crate) mod link;
pub(crate) mod live;
pub(crate) mod run;
pub(crate) mod style;
