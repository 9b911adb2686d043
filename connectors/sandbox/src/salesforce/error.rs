//! The service's errors: a code, a message, the fields concerned. Messages carry the service's wording, because
//! clients read them.

use connector_api::{Map, Value, value::object};

/// One error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Absent where the service leaves the member out.
    pub(crate) fields: Option<Vec<String>>,
    /// The matches of a duplicate rule.
    pub(crate) duplicates: Option<Value>,
}

/// What a call answers that was not carried out; never empty.
pub(crate) type Errors = Vec<ApiError>;

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: None,
            duplicates: None,
        }
    }

    /// A 400 about fields.
    pub(crate) fn row<const N: usize>(
        code: &'static str,
        message: impl Into<String>,
        fields: [&str; N],
    ) -> Self {
        Self {
            fields: Some(fields.iter().map(|field| (*field).to_owned()).collect()),
            ..Self::new(400, code, message)
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(crate) fn method_not_allowed(method: &str, allowed: &str) -> Self {
        Self::new(
            405,
            "METHOD_NOT_ALLOWED",
            format!("HTTP Method '{method}' not allowed. Allowed are {allowed}"),
        )
    }

    pub(crate) fn parser(message: impl Into<String>) -> Self {
        Self::new(400, "JSON_PARSER_ERROR", message)
    }

    pub(crate) fn no_object(name: &str) -> Self {
        Self::new(
            400,
            "INVALID_TYPE",
            format!(
                "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to \
                 append the '__c' after the entity name. Please reference your WSDL or the describe call for the \
                 appropriate names."
            ),
        )
    }

    pub(crate) fn no_column(name: &str, object: &str) -> Self {
        Self::new(
            400,
            "INVALID_FIELD",
            format!("No such column '{name}' on sobject of type {object}"),
        )
    }

    pub(crate) fn rolled_back() -> Self {
        Self::row(
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using AllOrNone header",
            [],
        )
    }

    pub(crate) fn halted(message: &str) -> Self {
        Self::new(400, "PROCESSING_HALTED", message)
    }

    /// As a member of an error answer.
    pub(crate) fn to_value(&self) -> Value {
        let mut members = Map::new();
        if let Some(duplicates) = &self.duplicates {
            members.insert("duplicateResut".to_owned(), duplicates.clone());
        }
        members.insert("message".to_owned(), self.message.as_str().into());
        members.insert("errorCode".to_owned(), self.code.into());
        if let Some(fields) = &self.fields {
            members.insert("fields".to_owned(), field_list(fields));
        }
        Value::Object(members)
    }

    /// As a member of a save result, where the code has another name.
    pub(crate) fn to_row_value(&self) -> Value {
        let mut members = Map::new();
        if let Some(duplicates) = &self.duplicates {
            members.insert("duplicateResut".to_owned(), duplicates.clone());
        }
        members.insert("statusCode".to_owned(), self.code.into());
        members.insert("message".to_owned(), self.message.as_str().into());
        members.insert(
            "fields".to_owned(),
            field_list(self.fields.as_deref().unwrap_or_default()),
        );
        Value::Object(members)
    }
}

/// A save result of a row that was not saved.
pub(crate) fn failed_row(errors: &Errors) -> Value {
    object([
        ("success", false.into()),
        (
            "errors",
            errors
                .iter()
                .map(ApiError::to_row_value)
                .collect::<Vec<_>>()
                .into(),
        ),
    ])
}

fn field_list(fields: &[String]) -> Value {
    fields
        .iter()
        .map(|field| field.as_str().into())
        .collect::<Vec<Value>>()
        .into()
}
