//! A mapping document as typed nouns.

use connector_api::Value;

use crate::expression::Template;
use crate::source::{Span, Spanned};

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
    /// Where in the referral: one path, or several that change together.
    pub referral: Vec<Spanned<String>>,
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
    /// Written when the source is absent or null.
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
    Values(Vec<(Value, Value)>),
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

/// A list whose rows are paired by key.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its name in the mapping.
    pub name: Spanned<String>,
    /// Where in the referral.
    pub referral: Spanned<String>,
    /// The other side's name.
    pub side: Spanned<String>,
    /// The child relationship at the other side.
    pub relationship: Spanned<String>,
    /// The key at the referral's items and at the other side's rows.
    pub key: (Spanned<String>, Spanned<String>),
    /// The fields of an item: referral member, other field.
    pub fields: Vec<(Spanned<String>, Spanned<String>)>,
    /// Towards the referral.
    pub to_referral: Direction,
    /// Towards the other side.
    pub to_side: Direction,
    /// Who wins when both sides changed.
    pub conflict: Conflict,
    /// Where it stands.
    pub span: Span,
}
