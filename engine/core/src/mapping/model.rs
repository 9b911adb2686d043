//! A mapping document as typed nouns.

use connector_api::Value;

use crate::expression::Template;
use crate::mapping::Path;
use crate::source::{Span, Spanned};

/// The name of the side every row starts from.
pub const REFERRAL: &str = "referral";

/// One mapping document.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its name.
    pub name: Spanned<String>,
    /// The sides, in the order written; `referral` is always one of them.
    pub sides: Vec<Side>,
    /// The rows by name, in the order written.
    pub fields: Vec<Row>,
    /// The lists by name, in the order written.
    pub lists: Vec<ListRow>,
    /// The whole file.
    pub span: Span,
}

/// One side of a mapping.
#[derive(Clone, Debug)]
pub struct Side {
    /// Its name in the mapping: `referral`, `opportunity`.
    pub name: Spanned<String>,
    /// The connection that knows its shape.
    pub connection: Spanned<String>,
    /// The object at the service.
    pub object: Spanned<String>,
}

/// One row: a value of the referral and a value of one other side.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name in the mapping.
    pub name: Spanned<String>,
    /// Where in the referral: one path, several that change together, or none where the other side gets a value that
    /// stands in no referral.
    pub referral: Vec<Spanned<Path>>,
    /// The other side's name.
    pub side: Spanned<String>,
    /// The other side's field; may be `{{ env.name }}`.
    pub field: FieldEnd,
    /// Towards the referral.
    pub to_referral: Direction,
    /// Towards the other side.
    pub to_side: Direction,
    /// How values are rewritten.
    pub translation: Option<Translation>,
    /// Written when the source is absent, null or blank.
    pub default: Option<Template>,
    /// The sentence the seller reads when there is no value; `None` when the value may be absent.
    pub required: Option<String>,
    /// Who wins when both sides changed.
    pub conflict: Conflict,
    /// Where it stands.
    pub span: Span,
}

/// The field at the other side: a literal name or an environment variable that names it.
#[derive(Clone, Debug)]
pub struct FieldEnd {
    /// The template; gives a field name.
    pub template: Template,
    /// Where it stands.
    pub span: Span,
}

/// Whether and how a row goes one way.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a mapping has some dozens of these, made once; a box would only stand in the way of matching"
)]
pub enum Direction {
    /// The value as it is, always.
    Always,
    /// Only when the target is made.
    Create,
    /// Not this way.
    Never,
    /// Only when `on` holds; `value` with both sides in sight.
    Computed {
        /// The condition; always when absent.
        on: Option<Template>,
        /// The value; the row's own when absent. A list gives one value for each referral path.
        value: Option<Template>,
    },
}

/// How values are rewritten between the sides.
#[derive(Clone, Debug)]
pub enum Translation {
    /// The date of a point in time; towards the referral midnight UTC.
    Date,
    /// A table of referral value and other value, read both ways.
    Values(Vec<(Spanned<Value>, Spanned<Value>)>),
}

/// Who wins when both sides changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// The later edit by record time; the other side on a tie.
    #[default]
    Newest,
    /// The referral.
    Referral,
    /// The other side.
    Other,
    /// Nobody: the diff fails.
    Fail,
}

/// A list whose rows are paired by key. Rows without a key take no part.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its name in the mapping.
    pub name: Spanned<String>,
    /// Where in the referral.
    pub referral: Spanned<Path>,
    /// The other side's name.
    pub side: Spanned<String>,
    /// The child relationship at the other side.
    pub relationship: Spanned<String>,
    /// What pairs the referral's items with the other side's rows; compared without regard to case.
    pub key: ListField,
    /// The other fields of an item.
    pub fields: Vec<ListField>,
    /// Towards the referral.
    pub to_referral: Direction,
    /// Towards the other side.
    pub to_side: Direction,
    /// The sentence the seller reads when the list would be made empty.
    pub required: Option<String>,
    /// Who wins when both sides changed.
    pub conflict: Conflict,
    /// Where it stands.
    pub span: Span,
}

/// One field of a list's items.
#[derive(Clone, Debug)]
pub struct ListField {
    /// Its name in the mapping.
    pub name: Spanned<String>,
    /// The member of the referral's item.
    pub referral: Spanned<String>,
    /// The field of the other side's row; dots reach a related record (`Contact.Email`).
    pub field: Spanned<String>,
    /// Written when the source is absent, null or blank.
    pub default: Option<Template>,
    /// The sentence the seller reads when there is no value.
    pub required: Option<String>,
}

impl Mapping {
    /// A side by name.
    pub fn side(&self, name: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.name.value == name)
    }

    /// A list by name.
    pub fn list(&self, name: &str) -> Option<&ListRow> {
        self.lists.iter().find(|list| list.name.value == name)
    }

    /// The sides other than the referral.
    pub fn other_sides(&self) -> impl Iterator<Item = &Side> {
        self.sides.iter().filter(|side| side.name.value != REFERRAL)
    }
}

impl Direction {
    /// Whether a value ever goes this way.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Never)
    }

    /// The computed value, if this way has one.
    pub fn value(&self) -> Option<&Template> {
        match self {
            Self::Computed { value, .. } => value.as_ref(),
            _ => None,
        }
    }

    /// Every template of this way.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let (on, value) = match self {
            Self::Computed { on, value } => (on.as_ref(), value.as_ref()),
            _ => (None, None),
        };
        on.into_iter().chain(value)
    }
}

impl ListRow {
    /// The key and the other fields.
    pub fn all_fields(&self) -> impl Iterator<Item = &ListField> {
        std::iter::once(&self.key).chain(&self.fields)
    }
}
