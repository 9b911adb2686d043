//! Why an expression cannot be compiled or evaluated.

use std::ops::Range;

/// An expression that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Bytes of the expression's text.
    pub range: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}

/// An expression that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// `undefined_value`, `invalid_template`, `limit_exceeded`.
    pub code: &'static str,
    /// What went wrong, naming the expression.
    pub message: String,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self {
            message: message.into(),
            range,
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl ExpressionError {
    /// The values do not fit the expression.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: "invalid_template",
            message: message.into(),
        }
    }

    /// Something absent was used.
    pub(crate) fn undefined(path: &str) -> Self {
        Self {
            code: "undefined_value",
            message: format!(
                "`{path}` has no value; use default(), coalesce() or `is defined` if it may be absent"
            ),
        }
    }

    /// A size limit was reached.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self {
            code: "limit_exceeded",
            message: message.into(),
        }
    }

    /// The same error, naming the expression it happened in.
    pub(crate) fn inside(mut self, expression: &str) -> Self {
        const SHOWN: usize = 120;
        let mut shown: String = expression.chars().take(SHOWN).collect();
        if shown.len() < expression.len() {
            shown.push('…');
        }
        self.message = format!("{} in `{{{{ {shown} }}}}`", self.message);
        self
    }
}
