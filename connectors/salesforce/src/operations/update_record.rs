//! Updates one record by its id.

use connector_api::{
    Effect, Field, OperationDescriptor, OperationError, OperationOutput, RecordWrite, Shape, Value,
    value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, output};
use crate::input::Inputs;
use crate::soql::parse_datetime;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "update_record",
        doc: "Updates the given fields of a record.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            ("id", Field::required(Shape::text(), "The record's id.")),
            (
                "fields",
                Field::required(Shape::FieldsOf("object"), "The values by field."),
            ),
            (
                "if_unmodified_since",
                Field::optional(
                    Shape::DateTime,
                    "Refuse with a conflict when the record changed after this time; whole seconds count.",
                ),
            ),
        ]),
        output: Shape::object([("id", Field::required(Shape::text_max(18), "The record's id."))]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "id", "fields", "if_unmodified_since"])?;
    let name = inputs.identifier("object")?;
    let id = inputs.id("id")?;
    let fields = inputs.fields("fields")?;
    let mut request =
        ApiCall::write(Method::PATCH, api.path(&["sobjects", name, id])).body(fields.clone().into());
    if let Some(value) = precondition(&inputs)? {
        request = request.header("If-Unmodified-Since", value);
    }
    let response = api.succeed(request).await?;
    let write = RecordWrite {
        object: name.to_owned(),
        id: id.to_owned(),
        fields: fields.clone().into(),
    };
    Ok(output(&response, object([("id", id.into())]), vec![write]))
}

/// The value of `If-Unmodified-Since`, if the input asks for it.
pub(crate) fn precondition(inputs: &Inputs<'_>) -> Result<Option<String>, OperationError> {
    let Some(text) = inputs.text_or_none("if_unmodified_since")? else {
        return Ok(None);
    };
    let time = parse_datetime(text).ok_or_else(|| {
        OperationError::invalid_input(
            "if_unmodified_since",
            format!("`{text}` is not a point in time; write it as `2026-01-31T09:00:00Z`"),
        )
    })?;
    Ok(Some(time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()))
}
