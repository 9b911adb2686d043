//! Mapping documents: which value of one side is which of the other, written once for both directions.
//!
//! [`model`] is the document as nouns, [`lower`] reads it; [`map`], [`diff`], [`compare`] and [`watched`] use it.
//! Everything here is pure: sides come in as values, expressions see nothing but their context.

mod base;
mod column;
mod compare;
mod decide;
mod diff;
mod diff_list;
mod error;
mod given;
mod lower;
mod map;
mod model;
mod names;
mod path;
mod reads;
mod rows;
pub(crate) mod shapes;
#[cfg(test)]
pub(crate) mod tests;
mod translate;
mod watch;

pub use base::{Base, BaseRequest, base, reduced};
pub use compare::compare;
pub use diff::{DiffRequest, diff};
pub use error::MapError;
pub use given::in_sight;
pub use lower::lower;
pub use map::{MapRequest, map};
pub use model::{
    Conflict, Direction, FieldEnd, ListField, ListRow, Mapping, REFERRAL, Row, Side, Translation,
};
pub use path::{Path, Step};
pub use watch::{watch_request, watched};
