//! Deletes one record; one that is already deleted counts as done.

use connector_api::{
    Effect, Field, OperationDescriptor, OperationError, OperationOutput, RecordWrite, Shape, Value,
    value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, output};
use crate::error;
use crate::input::Inputs;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "delete_record",
        doc: "Deletes a record; one that is already deleted counts as done.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            ("id", Field::required(Shape::text(), "The record's id.")),
        ]),
        output: Shape::object([(
            "id",
            Field::required(Shape::text_max(18), "The deleted record's id."),
        )]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "id"])?;
    let name = inputs.identifier("object")?;
    let id = inputs.id("id")?;
    let request = ApiCall::write(Method::DELETE, api.path(&["sobjects", name, id]));
    let response = api.send(request).await?;
    if !response.is_success() {
        let error = error::of_response(&response);
        if !error::is_deleted(&error) {
            return Err(error);
        }
    }
    Ok(output(
        &response,
        object([("id", id.into())]),
        vec![write(name, id)],
    ))
}

/// A deletion as a write.
pub(crate) fn write(object_name: &str, id: &str) -> RecordWrite {
    RecordWrite {
        object: object_name.to_owned(),
        id: id.to_owned(),
        fields: object([("IsDeleted", true.into())]),
    }
}
