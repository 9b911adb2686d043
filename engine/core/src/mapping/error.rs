//! Why values could not be carried from one side to the other, in words a seller can act on.

use crate::expression::ExpressionError;

/// A row that could not be mapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MapError {
    /// `required_value`, `unmapped_value`, `invalid_value`, `invalid_field_name`, `unknown_side`, `unknown_list`,
    /// `conflict`, or the code of a failed expression.
    pub code: &'static str,
    /// What is wrong; for a required value the sentence of the mapping.
    pub message: String,
    /// The row or list of the mapping, where the fault belongs to one.
    pub row: Option<String>,
    /// The field a person has to look at, as `Object.Field` or as a path of the referral.
    pub field: Option<String>,
}

impl MapError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            row: None,
            field: None,
        }
    }

    pub(crate) fn row(mut self, row: &str) -> Self {
        self.row.get_or_insert_with(|| row.to_owned());
        self
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field.get_or_insert_with(|| field.into());
        self
    }
}

impl From<ExpressionError> for MapError {
    fn from(error: ExpressionError) -> Self {
        Self::new(error.code, error.message)
    }
}
