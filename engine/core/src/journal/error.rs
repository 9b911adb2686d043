//! What went wrong with an action or a run, as data: read back by a process that never raised it.

use connector_api::{ErrorClass, OperationError, Value, value::object};
use serde::{Deserialize, Serialize};

/// Codes of errors raised by the engine itself. Those of a service are the service's own.
pub mod codes {
    /// The action's own `run_after` does not hold.
    pub const CONDITION_FAILED: &str = "ActionConditionFailed";
    /// It stands in a container that did not run its body.
    pub const DEPENDENCY_FAILED: &str = "ActionDependencyFailed";
    /// It stands in the branch not taken.
    pub const BRANCH_NOT_TAKEN: &str = "ActionBranchingConditionNotSatisfied";
    /// The run or the container ended first.
    pub const TERMINATED: &str = "Terminated";
    /// A container failed because of what is in it.
    pub const ACTION_FAILED: &str = "ActionFailed";
    /// It took longer than its `timeout`.
    pub const TIMED_OUT: &str = "ActionTimedOut";
    /// An expression cannot be evaluated.
    pub const INVALID_TEMPLATE: &str = "InvalidTemplate";
    /// The expression of a container gives the wrong type.
    pub const EXPRESSION_FAILED: &str = "ExpressionEvaluationFailed";
    /// A second answer to one caller.
    pub const RESPONSE_SKIPPED: &str = "ActionResponseSkipped";
    /// A person cancelled the run.
    pub const CANCELLED: &str = "Cancelled";
    /// Nobody knows whether the call was carried out, and it cannot be looked up.
    pub const OUTCOME_UNKNOWN: &str = "OutcomeUnknown";
    /// Data does not fit its schema or its variable's type.
    pub const INVALID_DATA: &str = "InvalidData";
    /// A named limit of the engine is reached.
    pub const LIMIT_EXCEEDED: &str = "LimitExceeded";
}

/// Why an action or a run did not succeed. Messages are safe to show and hold no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionError {
    /// The service's code or one of [`codes`].
    #[serde(rename = "c")]
    pub code: String,
    /// What happened, for people.
    #[serde(rename = "m")]
    pub message: String,
    /// The field complained of, by the service's name.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What a connector says about trying again.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ErrorClass>,
    /// The service's id of the call, for its support.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// For a container, a child flow and a run: the innermost failure.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
}

/// The innermost failure, and where it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The flow's id.
    #[serde(rename = "l")]
    pub flow: String,
    /// The action's name.
    #[serde(rename = "a")]
    pub action: String,
    /// Its error's code.
    #[serde(rename = "c")]
    pub code: String,
    /// Its error's message.
    #[serde(rename = "m")]
    pub message: String,
    /// Its error's field.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ActionError {
    /// An error with code and message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            field: None,
            class: None,
            request_id: None,
            cause: None,
        }
    }

    /// What a connector reported.
    pub fn of_operation(error: &OperationError) -> Self {
        Self {
            field: error.field.clone(),
            class: Some(error.class),
            request_id: error.request_id.clone(),
            ..Self::new(error.code.clone(), error.message.clone())
        }
    }

    /// With the innermost failure.
    pub fn caused_by(mut self, cause: Option<Cause>) -> Self {
        self.cause = cause.map(Box::new);
        self
    }

    /// The innermost failure behind this error of `action`: its own cause, or itself.
    pub fn innermost(&self, flow: &str, action: &str) -> Cause {
        self.cause.as_deref().cloned().unwrap_or_else(|| Cause {
            flow: flow.to_owned(),
            action: action.to_owned(),
            code: self.code.clone(),
            message: self.message.clone(),
            field: self.field.clone(),
        })
    }

    /// As `actions.<name>.error`: `{code, message, field, class, request_id, cause}`, absent members left out.
    pub fn to_value(&self) -> Value {
        let mut value = object([
            ("code", self.code.as_str().into()),
            ("message", self.message.as_str().into()),
        ]);
        if let Some(map) = value.as_object_mut() {
            let mut put = |key: &str, text: Option<&str>| {
                if let Some(text) = text {
                    map.insert(key.to_owned(), text.into());
                }
            };
            put("field", self.field.as_deref());
            put("class", self.class.map(class_name));
            put("request_id", self.request_id.as_deref());
            if let Some(cause) = &self.cause {
                map.insert("cause".to_owned(), cause.to_value());
            }
        }
        value
    }
}

impl Cause {
    /// As `error.cause`.
    pub fn to_value(&self) -> Value {
        let mut value = object([
            ("flow", self.flow.as_str().into()),
            ("action", self.action.as_str().into()),
            ("code", self.code.as_str().into()),
            ("message", self.message.as_str().into()),
        ]);
        if let (Some(map), Some(field)) = (value.as_object_mut(), &self.field) {
            map.insert("field".to_owned(), field.as_str().into());
        }
        value
    }

    /// Reads what [`Cause::to_value`] wrote; `None` when the value names no flow and action.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            flow: text("flow")?,
            action: text("action")?,
            code: text("code")?,
            message: text("message").unwrap_or_default(),
            field: text("field"),
        })
    }
}

fn class_name(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Transient => "transient",
        ErrorClass::RateLimited => "rate_limited",
        ErrorClass::Unauthorized => "unauthorized",
        ErrorClass::Rejected => "rejected",
        ErrorClass::Conflict => "conflict",
        ErrorClass::UnexpectedResponse => "unexpected_response",
        ErrorClass::OutcomeUnknown => "outcome_unknown",
    }
}
