//! Mapping documents: which value of one side is which of the other, written once for both directions.

mod model;

pub use model::{Conflict, Direction, FieldEnd, ListRow, Mapping, Row, Side, Translation};
