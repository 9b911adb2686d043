//! The located tree: maps, lists and scalars with the place of every key and value.

use connector_api::{Number, Value};

use crate::document::Places;
use crate::source::{Span, Spanned};

/// A value of the document and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: NodeValue,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Key and value pairs in order; keys are unique (a repeated key is a diagnostic and only the first is kept).
    Map(Vec<Entry>),
    /// Items in order.
    List(Vec<Node>),
    /// Text, number, truth value or nothing.
    Scalar(Scalar),
}

/// One pair of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key and its place.
    pub key: Spanned<String>,
    /// What the key is when it is read as a value: text, or a number where it was written without quotes.
    pub key_kind: ScalarKind,
    /// The value.
    pub value: Node,
}

/// A scalar.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text after YAML's unquoting and folding.
    pub text: String,
    /// What it is by the YAML 1.2 core schema; quoted and block scalars are always text.
    pub kind: ScalarKind,
    /// How it was written.
    pub style: ScalarStyle,
    /// Whether byte `n` of `text` stands at byte `content_start + n` of the file (no escapes, no folding).
    pub verbatim: bool,
    /// Where the text starts in the file, after an opening quote.
    pub content_start: usize,
    /// Where each byte of the text stands in the file.
    pub places: Places,
}

/// What a plain scalar resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number; its text is kept.
    Number,
    /// Text.
    Text,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

impl Node {
    /// The pairs, when this is a map.
    pub fn as_map(&self) -> Option<&[Entry]> {
        if let NodeValue::Map(entries) = &self.value {
            Some(entries)
        } else {
            None
        }
    }

    /// The items, when this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let NodeValue::List(items) = &self.value {
            Some(items)
        } else {
            None
        }
    }

    /// The scalar, when this is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let NodeValue::Scalar(scalar) = &self.value {
            Some(scalar)
        } else {
            None
        }
    }

    /// The text, when this is a scalar that is text.
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar()
            .filter(|scalar| scalar.kind == ScalarKind::Text)
            .map(|scalar| scalar.text.as_str())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The pair of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.value == key)
    }

    /// `map`, `list`, `text`, `number`, `true or false` or `nothing`: for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Map(_) => "map",
            NodeValue::List(_) => "list",
            NodeValue::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Bool => "true or false",
                ScalarKind::Number => "number",
                ScalarKind::Text => "text",
            },
        }
    }

    /// The node as a JSON value; text stays text even where it holds an expression.
    pub fn to_value(&self) -> Value {
        match &self.value {
            NodeValue::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.value.clone(), entry.value.to_value()))
                .collect(),
            NodeValue::List(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            NodeValue::Scalar(scalar) => scalar.to_value(),
        }
    }
}

impl Scalar {
    /// The scalar as a JSON value. A number that JSON cannot write as it stands (`0x1F`, `.5`) stays text.
    pub fn to_value(&self) -> Value {
        match self.kind {
            ScalarKind::Null => Value::Null,
            ScalarKind::Bool => Value::Bool(self.text.eq_ignore_ascii_case("true")),
            ScalarKind::Number => {
                Number::parse(&self.text).map_or_else(|| Value::String(self.text.clone()), Value::Number)
            }
            ScalarKind::Text => Value::String(self.text.clone()),
        }
    }
}
