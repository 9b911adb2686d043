//! A value on its way through an evaluation: shared, never copied to be looked into, or missing with the path that
//! gave nothing. Knows nothing of minijinja.

use std::sync::Arc;

use connector_api::Value;

use crate::expression::{ExpressionError, PathStep};

static NULL: Value = Value::Null;

/// What a part of an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// A value.
    Held(Held),
    /// Nothing; the text is the path as it was written.
    Missing(Arc<str>),
}

/// A value inside a shared one. The steps are positions, so that looking deeper copies nothing and following them
/// costs no comparison of keys.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    root: Arc<Value>,
    steps: Vec<usize>,
}

impl Operand {
    /// A value of its own.
    pub(crate) fn new(value: Value) -> Self {
        Self::Held(Held::new(Arc::new(value)))
    }

    /// The value; null where it is missing.
    pub(crate) fn value(&self) -> &Value {
        match self {
            Self::Held(held) => held.value(),
            Self::Missing(_) => &NULL,
        }
    }

    /// Whether there is neither a value nor an explicit null.
    pub(crate) fn is_empty_handed(&self) -> bool {
        self.value().is_null()
    }

    /// Follows one step. Absent members, absent items and anything below null are missing under the name `path`.
    pub(crate) fn step(self, step: &PathStep, path: &Arc<str>) -> Result<Self, ExpressionError> {
        let Self::Held(mut held) = self else {
            return Ok(self);
        };
        let position = match (held.value(), step) {
            (Value::Null, _) => None,
            (Value::Object(map), PathStep::Member(name)) => map.get_index_of(name.as_str()),
            (Value::Array(items), PathStep::Index(index)) => {
                usize::try_from(*index).ok().filter(|index| *index < items.len())
            }
            (value, step) => return Err(wrong_receiver(value, step, path)),
        };
        Ok(match position {
            Some(position) => {
                held.steps.push(position);
                Self::Held(held)
            }
            None => Self::Missing(path.clone()),
        })
    }

    /// The value as one that may be kept.
    pub(crate) fn into_value(self) -> Option<Value> {
        match self {
            Self::Held(held) => Some(held.into_value()),
            Self::Missing(_) => None,
        }
    }
}

impl Held {
    /// The whole of a shared value.
    pub(crate) fn new(root: Arc<Value>) -> Self {
        Self {
            root,
            steps: Vec::new(),
        }
    }

    /// The value.
    pub(crate) fn value(&self) -> &Value {
        self.steps.iter().fold(self.root.as_ref(), |value, step| {
            match value {
                Value::Object(map) => map.get_index(*step).map(|(_, value)| value),
                Value::Array(items) => items.get(*step),
                _ => None,
            }
            .unwrap_or(&NULL)
        })
    }

    /// The value, not copied where all of it is meant.
    pub(crate) fn into_shared(self) -> Arc<Value> {
        if self.steps.is_empty() {
            self.root
        } else {
            Arc::new(self.value().clone())
        }
    }

    fn into_value(self) -> Value {
        if self.steps.is_empty() {
            Arc::unwrap_or_clone(self.root)
        } else {
            self.value().clone()
        }
    }
}

fn wrong_receiver(value: &Value, step: &PathStep, path: &str) -> ExpressionError {
    let step = match step {
        PathStep::Member(name) => format!("member `{name}`"),
        PathStep::Index(index) => format!("item {index}"),
    };
    ExpressionError::invalid(format!("`{path}` looks for {step} in {}", noun(value)))
}

/// The kind of a value with its article, for messages.
pub(crate) fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
