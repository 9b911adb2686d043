//! The durable store: one SQLite file with one writer.
//!
//! `schema` makes and recognises the file, `writer` commits, `rows` reads rows, `store` is the [`DiskStore`] and
//! `reader` the [`DiskReader`] that others open beside it.

mod fault;
mod reader;
mod rows;
mod schema;
mod statements;
mod store;
mod worker;

pub use reader::DiskReader;
pub use store::DiskStore;
