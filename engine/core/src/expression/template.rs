//! A value with expressions in it, compiled from a document node.

use std::ops::Range;
use std::sync::Arc;

use connector_api::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeValue, Places, Scalar, ScalarKind};
use crate::expression::compile::{Fault, compile};
use crate::expression::limits::Budget;
use crate::expression::machine::Draws;
use crate::expression::operand::{Operand, noun};
use crate::expression::program::Program;
use crate::expression::scalar::{Part, parts};
use crate::expression::text::text_form;
use crate::expression::{Context, ExpressionError, SyntaxError};
use crate::source::{Span, Spanned};

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
    /// A scalar written out, or an empty list or map.
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
    /// Where the expression's text stands in the file, from its first to its last byte; the whole scalar where that
    /// is not known.
    pub span: Span,
    places: Places,
    program: Arc<Program>,
}

/// A path such as `actions.referral.body.details`. `items('deal').id` and `result('scope')` are paths of the roots
/// `items` and `result` whose first step is the name in brackets.
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

/// A function or filter call; what is piped into a filter is its first argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name.
    pub name: String,
    /// Its arguments where they are constants.
    pub arguments: Vec<Option<Value>>,
    /// Bytes of the expression's text.
    pub range: Range<usize>,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    /// A value.
    Value(Value),
    /// Nothing: a path through something absent. The text names the path.
    Undefined(String),
}

impl Expression {
    /// Compiles the text between the braces. Of several faults the first is returned.
    pub fn compile(text: &str) -> Result<Self, SyntaxError> {
        Self::compile_all(text, Span::default(), Places::default()).map_err(|faults| {
            faults.into_iter().next().map_or_else(
                || SyntaxError::new("not an expression", 0..text.len()),
                |fault| fault.error,
            )
        })
    }

    /// The value, or the path that gave nothing.
    pub fn evaluate(&self, context: &Context) -> Result<Evaluated, ExpressionError> {
        self.evaluate_drawing(context, &Draws::default())
    }

    /// The place of some bytes of the expression's text; all of [`span`](Self::span) where that is not known.
    pub fn place(&self, range: &Range<usize>) -> Span {
        located(&self.places, range.clone(), self.span)
    }

    fn compile_all(text: &str, span: Span, places: Places) -> Result<Self, Vec<Fault>> {
        let compiled = compile(text)?;
        Ok(Self {
            text: text.to_owned(),
            references: compiled.references,
            calls: compiled.calls,
            span,
            places,
            program: Arc::new(compiled.program),
        })
    }

    fn operand(&self, context: &Context, draws: &Draws) -> Result<Operand, ExpressionError> {
        self.program
            .evaluate(context, draws)
            .map_err(|error| error.inside(&self.text))
    }

    fn evaluate_drawing(&self, context: &Context, draws: &Draws) -> Result<Evaluated, ExpressionError> {
        Ok(match self.operand(context, draws)? {
            Operand::Missing(path) => Evaluated::Undefined(path.to_string()),
            held => Evaluated::Value(held.into_value().unwrap_or_default()),
        })
    }
}

impl Template {
    /// Compiles a node, collecting all faults. A scalar that cannot be compiled becomes a literal.
    pub fn compile(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let kind = match &node.value {
            NodeValue::List(items) if items.is_empty() => TemplateKind::Literal(Value::Array(Vec::new())),
            NodeValue::Map(entries) if entries.is_empty() => TemplateKind::Literal(Value::Object(Map::new())),
            // Kept in parts even where no expression is inside, so that checks can point at each of them.
            NodeValue::List(items) => TemplateKind::List(
                items
                    .iter()
                    .map(|item| Self::compile(item, diagnostics))
                    .collect(),
            ),
            NodeValue::Map(entries) => TemplateKind::Map(
                entries
                    .iter()
                    .map(|entry| {
                        let key = Place::of_key(&entry.key).template(diagnostics);
                        (key, Self::compile(&entry.value, diagnostics))
                    })
                    .collect(),
            ),
            NodeValue::Scalar(scalar) if scalar.kind == ScalarKind::Text => {
                return Place::of_scalar(scalar, node.span).template(diagnostics);
            }
            NodeValue::Scalar(scalar) => TemplateKind::Literal(scalar.to_value()),
        };
        Self {
            kind,
            span: node.span,
        }
    }

    /// The value; an undefined value anywhere in it is an error.
    pub fn evaluate(&self, context: &Context) -> Result<Value, ExpressionError> {
        self.value(context, &Draws::default())
    }

    /// The value, or undefined when the whole template is one expression that gives nothing.
    pub fn evaluate_defined(&self, context: &Context) -> Result<Evaluated, ExpressionError> {
        match &self.kind {
            TemplateKind::Expression(expression) => expression.evaluate(context),
            _ => self.evaluate(context).map(Evaluated::Value),
        }
    }

    /// The same without a copy where an expression hands on a whole value; `None` where it gives nothing.
    pub fn evaluate_shared(&self, context: &Context) -> Result<Option<Arc<Value>>, ExpressionError> {
        let TemplateKind::Expression(expression) = &self.kind else {
            return self.evaluate(context).map(|value| Some(Arc::new(value)));
        };
        Ok(match expression.operand(context, &Draws::default())? {
            Operand::Held(held) => Some(held.into_shared()),
            Operand::Missing(_) => None,
        })
    }

    fn value(&self, context: &Context, draws: &Draws) -> Result<Value, ExpressionError> {
        match &self.kind {
            TemplateKind::Literal(value) => Ok(value.clone()),
            TemplateKind::Expression(expression) => defined(expression, context, draws),
            TemplateKind::Text(parts) => {
                let mut budget = Budget::text();
                let mut text = String::new();
                for (literal, expression) in parts {
                    text.push_str(literal);
                    if let Some(expression) = expression {
                        let value = text_form(&defined(expression, context, draws)?);
                        budget.take(value.len())?;
                        text.push_str(&value);
                    }
                }
                Ok(Value::String(text))
            }
            TemplateKind::List(items) => items
                .iter()
                .map(|item| item.value(context, draws))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            TemplateKind::Map(pairs) => pairs
                .iter()
                .map(|(key, value)| match key.value(context, draws)? {
                    Value::String(key) => Ok((key, value.value(context, draws)?)),
                    other => Err(ExpressionError::invalid(format!(
                        "a key must be text, not {}",
                        noun(&other)
                    ))),
                })
                .collect::<Result<_, _>>()
                .map(Value::Object),
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

    /// The value, when this is a scalar written out, or an empty list or map.
    pub fn as_literal(&self) -> Option<&Value> {
        if let TemplateKind::Literal(value) = &self.kind {
            Some(value)
        } else {
            None
        }
    }
}

fn defined(expression: &Expression, context: &Context, draws: &Draws) -> Result<Value, ExpressionError> {
    match expression.evaluate_drawing(context, draws)? {
        Evaluated::Value(value) => Ok(value),
        Evaluated::Undefined(path) => Err(ExpressionError::undefined(&path)),
    }
}

/// The place of some bytes of a text, or of all of it.
fn located(places: &Places, range: Range<usize>, whole: Span) -> Span {
    places.range(range).map_or(whole, |range| Span {
        file: whole.file,
        start: range.start,
        end: range.end,
    })
}

/// A text of the document and where its bytes stand in the file.
struct Place<'d> {
    text: &'d str,
    span: Span,
    places: Places,
}

impl<'d> Place<'d> {
    fn of_scalar(scalar: &'d Scalar, span: Span) -> Self {
        Self {
            text: &scalar.text,
            span,
            places: scalar.places.clone(),
        }
    }

    /// A key does not say how it was written: if its place is as long as its text, with or without two quotes, no byte
    /// of it was changed.
    fn of_key(key: &'d Spanned<String>) -> Self {
        let quotes = (key.span.end - key.span.start).checked_sub(key.value.len());
        let start = match quotes {
            Some(0) => Some(key.span.start),
            Some(2) => Some(key.span.start + 1),
            _ => None,
        };
        Self {
            text: &key.value,
            span: key.span,
            places: start.map_or_else(Places::default, |start| Places::verbatim(start, key.value.len())),
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        located(&self.places, range, self.span)
    }

    fn template(&self, diagnostics: &mut Vec<Diagnostic>) -> Template {
        let kind = self
            .kind(diagnostics)
            .unwrap_or_else(|| TemplateKind::Literal(self.text.into()));
        Template {
            kind,
            span: self.span,
        }
    }

    /// `None` when a fault was found.
    fn kind(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<TemplateKind> {
        let parts = match parts(self.text) {
            Ok(parts) => parts,
            Err(fault) => {
                diagnostics.push(self.diagnostic(fault, 0));
                return None;
            }
        };
        let blank =
            |part: &&Part| matches!(part, Part::Literal(range) if self.text[range.clone()].trim().is_empty());
        let count = parts
            .iter()
            .filter(|part| matches!(part, Part::Expression(_)))
            .count();
        if count == 0 {
            return Some(TemplateKind::Literal(self.text.into()));
        }
        let alone = count == 1 && parts.iter().filter(|part| !blank(part)).count() == 1;
        let mut compiled = Vec::new();
        let mut literal = "";
        let mut sound = true;
        for part in &parts {
            match part {
                Part::Literal(range) => literal = &self.text[range.clone()],
                Part::Expression(range) => {
                    let text = &self.text[range.clone()];
                    let places = self.places.part(range.clone());
                    match Expression::compile_all(text, self.span(range.clone()), places) {
                        Ok(expression) => {
                            compiled.push((std::mem::take(&mut literal).to_owned(), Some(expression)))
                        }
                        Err(faults) => {
                            sound = false;
                            diagnostics.extend(
                                faults
                                    .into_iter()
                                    .map(|fault| self.diagnostic(fault, range.start)),
                            );
                        }
                    }
                }
            }
        }
        if !sound {
            return None;
        }
        if alone {
            return compiled
                .into_iter()
                .find_map(|(_, expression)| expression)
                .map(TemplateKind::Expression);
        }
        if !literal.is_empty() {
            compiled.push((literal.to_owned(), None));
        }
        Some(TemplateKind::Text(compiled))
    }

    fn diagnostic(&self, fault: Fault, offset: usize) -> Diagnostic {
        let range = fault.error.range;
        let span = self.span(range.start + offset..range.end + offset);
        let diagnostic = Diagnostic::error(fault.code, span, fault.error.message);
        match fault.error.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}
