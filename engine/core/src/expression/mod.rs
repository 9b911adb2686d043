//! The expression language: `{{ ... }}` over minijinja, with exact numbers and Power Automate's functions.
//!
//! Reading order: [`template`] (a value with expressions in it), [`scalar`] (where expressions begin and end),
//! [`compile`], [`lower`] (operators and paths as calls), [`machine`] (the bridge to minijinja), [`path`], [`functions`]
//! and [`context`] (the names an expression may use).

mod compare;
mod compile;
mod context;
mod error;
mod functions;
mod jsonpath;
mod limits;
mod lower;
mod machine;
mod number;
mod operand;
mod path;
mod program;
mod scalar;
mod template;
mod text;

pub use context::{ActionView, Context, Names};
pub use error::{ExpressionError, SyntaxError};
pub use jsonpath::JsonPath;
pub use template::{Call, Evaluated, Expression, PathStep, Reference, Template, TemplateKind};
pub(crate) use text::text_form;

#[cfg(test)]
mod tests;
