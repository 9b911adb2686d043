//! The arguments of one call: what a function reads and how it complains.

use connector_api::{Map, Number, Value};

use crate::expression::ExpressionError;
use crate::expression::machine::Scope;
use crate::expression::number::Numeric;
use crate::expression::operand::{Operand, noun};

/// What a function gives.
pub(crate) type Outcome = Result<Value, ExpressionError>;

/// The arguments of one call.
pub(crate) struct Arguments<'c> {
    function: &'static str,
    operands: &'c [Operand],
    scope: &'c Scope,
}

impl<'c> Arguments<'c> {
    /// Of a call of `function`.
    pub(crate) fn new(function: &'static str, operands: &'c [Operand], scope: &'c Scope) -> Self {
        Self {
            function,
            operands,
            scope,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.operands.len()
    }

    /// The names, the time and the random numbers.
    pub(crate) fn scope(&self) -> &'c Scope {
        self.scope
    }

    /// An argument; null when it is missing or was not given.
    pub(crate) fn value(&self, index: usize) -> &'c Value {
        static NULL: Value = Value::Null;
        self.operands.get(index).map_or(&NULL, Operand::value)
    }

    /// All arguments.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'c Value> {
        self.operands.iter().map(Operand::value)
    }

    /// Text.
    pub(crate) fn text(&self, index: usize) -> Result<&'c str, ExpressionError> {
        self.value(index)
            .as_str()
            .ok_or_else(|| self.wrong(index, "text"))
    }

    /// Text that may be left out; null counts as left out.
    pub(crate) fn optional_text(&self, index: usize) -> Result<Option<&'c str>, ExpressionError> {
        if self.value(index).is_null() {
            Ok(None)
        } else {
            self.text(index).map(Some)
        }
    }

    /// A number.
    pub(crate) fn number(&self, index: usize) -> Result<&'c Number, ExpressionError> {
        self.value(index)
            .as_number()
            .ok_or_else(|| self.wrong(index, "a number"))
    }

    /// A number to calculate with.
    pub(crate) fn numeric(&self, index: usize) -> Result<Numeric, ExpressionError> {
        Numeric::of(self.number(index)?)
            .ok_or_else(|| self.wrong(index, "a number that can be calculated with"))
    }

    /// A whole number, however it is written.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, ExpressionError> {
        Numeric::of(self.number(index)?)
            .and_then(Numeric::whole)
            .ok_or_else(|| self.wrong(index, "a whole number"))
    }

    /// A whole number that may be left out; null counts as left out.
    pub(crate) fn optional_integer(&self, index: usize) -> Result<Option<i64>, ExpressionError> {
        if self.value(index).is_null() {
            Ok(None)
        } else {
            self.integer(index).map(Some)
        }
    }

    /// A list.
    pub(crate) fn list(&self, index: usize) -> Result<&'c [Value], ExpressionError> {
        self.value(index)
            .as_array()
            .ok_or_else(|| self.wrong(index, "a list"))
    }

    /// An object.
    pub(crate) fn object(&self, index: usize) -> Result<&'c Map, ExpressionError> {
        self.value(index)
            .as_object()
            .ok_or_else(|| self.wrong(index, "an object"))
    }

    /// The error for an argument of the wrong kind.
    pub(crate) fn wrong(&self, index: usize, expected: &str) -> ExpressionError {
        ExpressionError::invalid(format!(
            "`{}`: argument {} must be {expected}, not {}",
            self.function,
            index + 1,
            noun(self.value(index))
        ))
    }

    /// Any other error of this call.
    pub(crate) fn fault(&self, message: impl std::fmt::Display) -> ExpressionError {
        ExpressionError::invalid(format!("`{}`: {message}", self.function))
    }
}

/// A text from data, short enough for a message.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
