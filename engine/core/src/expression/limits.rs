//! What an expression may cost. Every limit is a size that no reasonable flow comes near.

use connector_api::Value;

use crate::expression::ExpressionError;

/// Bytes of one expression.
pub(crate) const EXPRESSION_BYTES_MAX: usize = 16 * 1024;
/// Tokens of one expression.
pub(crate) const TOKENS_MAX: usize = 512;
/// Brackets open at once, and branches of one chain of `if ... else`.
pub(crate) const NESTING_MAX: usize = 24;
/// `not` and `-` in a row.
pub(crate) const PREFIXES_MAX: usize = 4;
/// Operations inside one another, a filter chain counting once for each filter.
pub(crate) const DEPTH_MAX: usize = 40;
/// Instructions of one evaluation.
pub(crate) const FUEL: u64 = 20_000;
/// Bytes of a text that an expression may build.
pub(crate) const TEXT_MAX: usize = 4 * 1024 * 1024;
/// What a list or an object that an expression builds may weigh, in bytes or thereabouts.
pub(crate) const VALUE_MAX: usize = 8 * 1024 * 1024;
/// Items that `range` may make.
pub(crate) const RANGE_MAX: i64 = 100_000;

/// Adds up what an expression builds and stops before it is too much.
pub(crate) struct Budget {
    left: usize,
    unit: &'static str,
}

impl Budget {
    /// For a text.
    pub(crate) fn text() -> Self {
        Self {
            left: TEXT_MAX,
            unit: "text",
        }
    }

    /// For a list or an object.
    pub(crate) fn value() -> Self {
        Self {
            left: VALUE_MAX,
            unit: "value",
        }
    }

    /// Takes `size` off.
    pub(crate) fn take(&mut self, size: usize) -> Result<(), ExpressionError> {
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| ExpressionError::limit(format!("the {} becomes too large", self.unit)))?;
        Ok(())
    }

    /// Takes off what a value weighs.
    pub(crate) fn take_value(&mut self, value: &Value) -> Result<(), ExpressionError> {
        const EACH: usize = 32;
        self.take(EACH)?;
        match value {
            Value::Null | Value::Bool(_) => Ok(()),
            Value::Number(number) => self.take(number.as_str().len()),
            Value::String(text) => self.take(text.len()),
            Value::Array(items) => items.iter().try_for_each(|item| self.take_value(item)),
            Value::Object(map) => map.iter().try_for_each(|(key, value)| {
                self.take(key.len())?;
                self.take_value(value)
            }),
        }
    }
}
