//! A value with expressions in it, compiled from a document node.

use std::ops::Range;

use connector_api::Value;

use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::expression::Context;
use crate::source::Span;

/// A node of a document whose scalars may hold expressions.
#[derive(Clone, Debug)]
pub struct Template {
    /// What it is.
    pub kind: TemplateKind,
    /// Where it stands.
    pub span: Span,
}

/// What a template is.
#[derive(Clone, Debug)]
pub enum TemplateKind {
    /// No expression in it.
    Literal(Value),
    /// Exactly one `{{ ... }}`: the typed value.
    Expression(Expression),
    /// Text around expressions: always text.
    Text(Vec<(String, Option<Expression>)>),
    /// A list.
    List(Vec<Template>),
    /// A map; keys may hold expressions.
    Map(Vec<(Template, Template)>),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The text between the braces.
    pub text: String,
    /// Every path from a root name, with its place in `text`.
    pub references: Vec<Reference>,
    /// Every function and filter call, with its place in `text`.
    pub calls: Vec<Call>,
    /// Where the expression's text stands in the file; the whole scalar where it was folded or escaped.
    pub span: Span,
}

/// A path such as `actions.referral.body.details`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// `actions`, `trigger`, `env`, ...
    pub root: String,
    /// What follows, as far as it is written in constants.
    pub path: Vec<PathStep>,
    /// Whether a computed step cut the path short.
    pub computed: bool,
    /// Whether undefined is handled here (`default`, `coalesce`, `empty`, `is defined`).
    pub guarded: bool,
    /// Bytes of the expression's text.
    pub range: Range<usize>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// A member.
    Member(String),
    /// An item.
    Index(i64),
}

/// A function or filter call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name.
    pub name: String,
    /// Its arguments where they are constants.
    pub arguments: Vec<Option<Value>>,
    /// Bytes of the expression's text.
    pub range: Range<usize>,
}

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

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    /// A value.
    Value(Value),
    /// Nothing: a path through something absent. The text names the path.
    Undefined(String),
}

impl Template {
    /// Compiles a node, collecting all faults. A scalar that cannot be compiled becomes a literal.
    pub fn compile(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let _ = diagnostics;
        Self {
            kind: TemplateKind::Literal(node.to_value()),
            span: node.span,
        }
    }

    /// The value; an undefined value anywhere in it is an error.
    pub fn evaluate(&self, context: &Context) -> Result<Value, ExpressionError> {
        match self.evaluate_defined(context)? {
            Evaluated::Value(value) => Ok(value),
            Evaluated::Undefined(path) => Err(ExpressionError {
                code: "undefined_value",
                message: format!(
                    "`{path}` has no value; use default(), coalesce() or `is defined` if it may be absent"
                ),
            }),
        }
    }

    /// The value, or undefined when the whole template is one expression that gives nothing.
    pub fn evaluate_defined(&self, context: &Context) -> Result<Evaluated, ExpressionError> {
        let _ = context;
        match &self.kind {
            TemplateKind::Literal(value) => Ok(Evaluated::Value(value.clone())),
            _ => Err(ExpressionError {
                code: "invalid_template",
                message: "expressions are not compiled in".into(),
            }),
        }
    }

    /// Every expression in it, for checks.
    pub fn expressions(&self) -> Vec<&Expression> {
        match &self.kind {
            TemplateKind::Literal(_) => Vec::new(),
            TemplateKind::Expression(expression) => vec![expression],
            TemplateKind::Text(parts) => parts
                .iter()
                .filter_map(|(_, expression)| expression.as_ref())
                .collect(),
            TemplateKind::List(items) => items.iter().flat_map(Template::expressions).collect(),
            TemplateKind::Map(pairs) => pairs
                .iter()
                .flat_map(|(key, value)| [key, value])
                .flat_map(Template::expressions)
                .collect(),
        }
    }

    /// The literal value, when there is no expression in it.
    pub fn as_literal(&self) -> Option<&Value> {
        if let TemplateKind::Literal(value) = &self.kind {
            Some(value)
        } else {
            None
        }
    }
}
