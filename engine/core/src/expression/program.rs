//! A compiled expression as it is evaluated.

use std::sync::Arc;

use connector_api::Value;

use crate::expression::jsonpath::JsonPath;
use crate::expression::machine::{Code, Draws, Scope};
use crate::expression::operand::Operand;
use crate::expression::path::Path;
use crate::expression::{Context, ExpressionError};

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Program {
    /// Follow a path; minijinja has no part in it.
    Path(Path),
    /// Nothing: the value is known.
    Constant(Value),
    /// Run lowered code over its tables.
    Code(Code, Arc<Tables>),
}

/// What lowered code refers to by number.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Constants.
    pub(crate) constants: Vec<Operand>,
    /// Paths.
    pub(crate) paths: Vec<Path>,
    /// JSONPath queries.
    pub(crate) queries: Vec<JsonPath>,
}

impl Program {
    /// Evaluates it. Equal contexts and equal draws give equal results.
    pub(crate) fn evaluate(&self, context: &Context, draws: &Draws) -> Result<Operand, ExpressionError> {
        match self {
            Self::Path(path) => path.resolve(context),
            Self::Constant(value) => Ok(Operand::new(value.clone())),
            Self::Code(code, tables) => code.run(Scope {
                context: context.clone(),
                tables: tables.clone(),
                draws: draws.clone(),
            }),
        }
    }
}
