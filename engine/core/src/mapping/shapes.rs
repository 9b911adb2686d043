//! What the catalog knows of the places a mapping names.

use connector_api::shape::ObjectShape;
use connector_api::{Field, Shape};

use crate::catalog::Catalog;
use crate::mapping::model::{ListRow, Mapping, Side, Translation};
use crate::mapping::path::{Path, Step};

static ANYTHING: Shape = Shape::Any;
static DATE: Shape = Shape::Date;

/// What is known of a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'s> {
    /// A known member, and whether we may write it: it and everything on the way to it.
    Known(&'s Field, bool),
    /// Nothing is known, and nothing speaks against it.
    Open,
    /// The object has no such member, or none that is known: the object and the name that is missing.
    Missing(&'s ObjectShape, &'s str),
    /// A member of something that has no members: what it is.
    NoObject(&'s Shape, &'s str),
}

impl<'s> Place<'s> {
    /// The shape at this place; anything where nothing is known.
    pub(crate) fn shape(self) -> &'s Shape {
        match self {
            Self::Known(field, _) => &field.shape,
            _ => &ANYTHING,
        }
    }
}

/// The shape of a side's object; `None` when the catalog does not know it.
pub(crate) fn object<'c>(catalog: &'c Catalog, side: &Side) -> Option<&'c Shape> {
    catalog
        .object(&side.connection.value, &side.object.value)
        .map(|object| &object.shape)
}

/// Walks member names, through related records where a name has dots.
pub(crate) fn field<'s>(shape: &'s Shape, name: &'s str) -> Place<'s> {
    walk(shape, name.split('.').map(Some))
}

/// Walks a path of a referral.
pub(crate) fn place<'s>(shape: &'s Shape, path: &'s Path) -> Place<'s> {
    walk(
        shape,
        path.steps().iter().map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Index(_) => None,
        }),
    )
}

/// `None` steps into the items of a list.
fn walk<'s>(mut shape: &'s Shape, steps: impl Iterator<Item = Option<&'s str>>) -> Place<'s> {
    let mut last = None;
    let mut writable = true;
    for step in steps {
        match (shape, step) {
            (Shape::Any, _) => return Place::Open,
            (Shape::List(item), None) => shape = item,
            (Shape::Object(object), Some(name)) => match object.fields.get(name) {
                Some(field) => {
                    last = Some(field);
                    writable &= field.writable;
                    shape = &field.shape;
                }
                // An open object without a single known member is one nobody has described.
                None if object.open && object.fields.is_empty() => return Place::Open,
                None => return Place::Missing(object, name),
            },
            (other, step) => return Place::NoObject(other, step.unwrap_or("[]")),
        }
    }
    last.map_or(Place::Open, |field| Place::Known(field, writable))
}

/// The column of a side's field: how it keeps values. A row `as: date` compares by date whatever is known.
pub(crate) fn column<'c>(
    catalog: &'c Catalog,
    mapping: &Mapping,
    side: &str,
    name: &'c str,
    translation: Option<&Translation>,
) -> &'c Shape {
    if matches!(translation, Some(Translation::Date)) {
        return &DATE;
    }
    mapping
        .side(side)
        .and_then(|side| object(catalog, side))
        .map_or(&ANYTHING, |shape| field(shape, name).shape())
}

/// The shape of one item of a list, which may also be described as a query result.
pub(crate) fn items(shape: &Shape) -> Option<&Shape> {
    match shape {
        Shape::Any => Some(&ANYTHING),
        Shape::List(item) => Some(item),
        Shape::Object(result) => match &result.fields.get("records")?.shape {
            Shape::List(item) => Some(item),
            _ => None,
        },
        _ => None,
    }
}

/// The shape of one row of a list's relationship.
pub(crate) fn row<'c>(catalog: &'c Catalog, mapping: &Mapping, list: &'c ListRow) -> &'c Shape {
    let relationship = column(catalog, mapping, &list.side.value, &list.relationship.value, None);
    items(relationship).unwrap_or(&ANYTHING)
}
