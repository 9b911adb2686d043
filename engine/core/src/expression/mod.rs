//! The expression language: `{{ ... }}` over minijinja, with exact numbers and Power Automate's functions.
//!
//! Reading order: [`template`] (a value with expressions in it), [`scalar`] (where expressions begin and end),
//! [`compile`], [`lower`] (operators and paths as calls), [`machine`] (the bridge to minijinja), [`path`], [`functions`]
//! and [`context`] (the names an expression may use).
//!
//! Where the language is neither minijinja's nor Power Automate's:
//!
//! - Numbers are JSON's, of one kind. A number that is only handed on keeps its text, through `coalesce`, `default`,
//!   `if`, `first` and whatever else does not calculate. The operators and `add`, `sub`, `mul`, `div`, `mod` work on
//!   64-bit integers, then on decimals of 28 digits, and on doubles only beyond these. `7 / 2` is 3.5, `div(7, 2)` is 3.
//! - As text a number is written with its significant digits: `48000.00` becomes `48000`; `format_number` gives places.
//! - `==` is `equals`, `<` is `less`, `in` is `contains`, `~` is `concat`. Conditions are true or false, nothing else.
//! - Undefined is an error wherever it is used. `default`, `coalesce`, `empty`, `is defined`, `is undefined` and
//!   `is none` handle it; both `default` and `coalesce` take null for absent too.

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

pub use context::{ActionView, Context, Names, Outputs};
pub use error::{ExpressionError, SyntaxError};
pub(crate) use functions::time_zone;
pub use jsonpath::JsonPath;
pub use template::{Call, Evaluated, Expression, PathStep, Reference, Template, TemplateKind};
pub(crate) use text::text_form;

#[cfg(test)]
mod tests;
