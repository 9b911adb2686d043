//! The objects an org starts with.

mod cosell;
mod sales;
mod setup;
mod stages;

use super::schema::Schema;

pub(crate) use setup::{COUNTRIES, CURRENCIES};
pub(crate) use stages::STAGES;

/// Standard objects and the co-sell package.
pub(crate) fn schema() -> Schema {
    let mut schema = Schema::default();
    for object in sales::objects().into_iter().chain(setup::objects()) {
        schema.add(object);
    }
    cosell::install(&mut schema);
    schema
}
