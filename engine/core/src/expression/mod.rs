//! The expression language: `{{ ... }}` over minijinja, with exact numbers and Power Automate's functions.
//!
//! [`template`] is a value with expressions in it, [`context`] the names an expression may use.

mod context;
mod template;

pub use context::{ActionView, Context, Names};
pub use template::{
    Call, Evaluated, Expression, ExpressionError, PathStep, Reference, SyntaxError, Template, TemplateKind,
};
