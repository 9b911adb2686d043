//! Everything an org starts with, put together.

use super::{cosell, sales, setup};
use crate::salesforce::schema::Schema;

/// Standard objects and the co-sell package.
pub(crate) fn schema() -> Schema {
    let mut schema = Schema::default();
    for object in sales::objects().into_iter().chain(setup::objects()) {
        schema.add(object);
    }
    cosell::install(&mut schema);
    schema
}
