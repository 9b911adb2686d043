//! Environment variables of a solution and variables of a flow.

use connector_api::Value;

use crate::source::{Span, Spanned};

/// A named value the solution declares and a deployment sets.
#[derive(Clone, Debug)]
pub struct EnvironmentVariable {
    /// Its name, as in `env.<name>`.
    pub name: Spanned<String>,
    /// The documents' name for it, if any.
    pub display_name: Option<String>,
    /// Its type; a value of another type is an error.
    pub value_type: ValueType,
    /// Its value when a deployment sets none.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<String>,
}

/// A variable of a flow.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name, as in `variables.<name>`.
    pub name: Spanned<String>,
    /// Its type.
    pub value_type: ValueType,
    /// Where it starts; the type's empty value when absent.
    pub default: Option<Value>,
    /// Where it stands.
    pub span: Span,
}

/// The type of an input, a variable or an environment variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    Text,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// The name of a field at a service: text that must be an identifier.
    Field,
    /// Anything.
    Any,
}

impl ValueType {
    /// Every type's name, sorted.
    pub const NAMES: [&str; 8] = [
        "any", "boolean", "field", "integer", "list", "number", "object", "text",
    ];

    /// The type of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "list" => Self::List,
            "object" => Self::Object,
            "field" => Self::Field,
            "any" => Self::Any,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Object => "object",
            Self::Field => "field",
            Self::Any => "any",
        }
    }

    /// Whether a value is of this type.
    pub fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Text, Value::String(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::List, Value::Array(_))
            | (Self::Object, Value::Object(_))
            | (Self::Number, Value::Number(_)) => true,
            (Self::Integer, Value::Number(number)) => number.as_i64().is_some(),
            (Self::Field, Value::String(text)) => is_field_name(text),
            _ => false,
        }
    }

    /// What a variable of this type holds when nothing was said.
    pub fn empty(self) -> Value {
        match self {
            Self::Text | Self::Field => Value::from(""),
            Self::Number | Self::Integer => Value::from(0),
            Self::Boolean => Value::Bool(false),
            Self::List => Value::Array(Vec::new()),
            Self::Object | Self::Any => Value::Null,
        }
    }
}

/// Whether a text can be the name of a field: nothing in it can change a query.
pub fn is_field_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= 80
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}
