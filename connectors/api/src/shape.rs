//! What data looks like: enough to find a misspelt field, a wrong type or a value too long before anything runs.

use indexmap::IndexMap;

/// The shape of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Anything; nothing is known.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal number; digits before and after the point where a column limits them.
    Number {
        /// Total digits, if limited.
        precision: Option<u32>,
        /// Digits after the point, if limited.
        scale: Option<u32>,
    },
    /// Text.
    Text {
        /// Longest text in characters, if limited.
        length_max: Option<u32>,
        /// The allowed values of a closed list; empty when any text is allowed.
        one_of: Vec<String>,
    },
    /// A date without time, `YYYY-MM-DD`.
    Date,
    /// A point in time, ISO 8601.
    DateTime,
    /// A list of equal items.
    List(Box<Shape>),
    /// An object with known members.
    Object(ObjectShape),
    /// An input that names one of the connector's objects.
    ObjectName,
    /// An input that names a field, or a path to one, of the object that the input of this name beside it names.
    FieldName(&'static str),
    /// An input of values to write, by field of the object that the input of this name beside it names.
    FieldsOf(&'static str),
}

/// The members of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectShape {
    /// Known members in the order of the documentation.
    pub fields: IndexMap<String, Field>,
    /// Whether members that are not listed may exist (custom fields, new API versions).
    pub open: bool,
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its shape.
    pub shape: Shape,
    /// Must be given (inputs) or is always there (outputs).
    pub required: bool,
    /// May be written by us (objects only; inputs are always writable).
    pub writable: bool,
    /// One sentence for help texts.
    pub doc: &'static str,
}

impl Shape {
    /// Text of any length.
    pub fn text() -> Self {
        Shape::Text {
            length_max: None,
            one_of: Vec::new(),
        }
    }

    /// Text of at most `length_max` characters.
    pub fn text_max(length_max: u32) -> Self {
        Shape::Text {
            length_max: Some(length_max),
            one_of: Vec::new(),
        }
    }

    /// One of a closed list of texts.
    pub fn one_of(values: &[&str]) -> Self {
        Shape::Text {
            length_max: None,
            one_of: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    /// A number without known limits.
    pub fn number() -> Self {
        Shape::Number {
            precision: None,
            scale: None,
        }
    }

    /// A list of `item`.
    pub fn list(item: Shape) -> Self {
        Shape::List(Box::new(item))
    }

    /// An object with exactly these members.
    pub fn object<const N: usize>(fields: [(&str, Field); N]) -> Self {
        Shape::Object(ObjectShape {
            fields: fields
                .into_iter()
                .map(|(name, field)| (name.to_owned(), field))
                .collect(),
            open: false,
        })
    }

    /// An object with these members and possibly more.
    pub fn open_object<const N: usize>(fields: [(&str, Field); N]) -> Self {
        Shape::Object(ObjectShape {
            fields: fields
                .into_iter()
                .map(|(name, field)| (name.to_owned(), field))
                .collect(),
            open: true,
        })
    }

    /// The members, when this is an object.
    pub fn as_object(&self) -> Option<&ObjectShape> {
        if let Shape::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    /// What a person calls it: `text`, `number`, `list of text`.
    pub fn name(&self) -> String {
        match self {
            Shape::Any => "anything".into(),
            Shape::Boolean => "true or false".into(),
            Shape::Integer => "whole number".into(),
            Shape::Number { .. } => "number".into(),
            Shape::Text { .. } | Shape::ObjectName | Shape::FieldName(_) => "text".into(),
            Shape::Date => "date".into(),
            Shape::DateTime => "date and time".into(),
            Shape::List(item) => format!("list of {}", item.name()),
            Shape::Object(_) | Shape::FieldsOf(_) => "object".into(),
        }
    }
}

impl Field {
    /// A member that may be left out.
    pub fn optional(shape: Shape, doc: &'static str) -> Self {
        Self {
            shape,
            required: false,
            writable: true,
            doc,
        }
    }

    /// A member that must be given.
    pub fn required(shape: Shape, doc: &'static str) -> Self {
        Self {
            shape,
            required: true,
            writable: true,
            doc,
        }
    }

    /// A member that the service sets and nobody may write.
    pub fn read_only(shape: Shape, doc: &'static str) -> Self {
        Self {
            shape,
            required: false,
            writable: false,
            doc,
        }
    }
}
