//! Reads one record by its id.

use connector_api::{Effect, Field, OperationDescriptor, OperationError, OperationOutput, Shape, Value};

use crate::api::{Api, ApiCall, output};
use crate::input::Inputs;
use crate::record::clean;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "get_record",
        doc: "Reads one record by its id.",
        effect: Effect::Read,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            ("id", Field::required(Shape::text(), "The record's id.")),
            (
                "fields",
                Field::optional(
                    Shape::list(Shape::FieldName("object")),
                    "The fields to read; all when left out.",
                ),
            ),
        ]),
        output: Shape::open_object([("Id", Field::required(Shape::text_max(18), "The record's id."))]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "id", "fields"])?;
    let object = inputs.identifier("object")?;
    let id = inputs.id("id")?;
    let mut target = api.path(&["sobjects", object, id]);
    if let Some(fields) = inputs.field_names("fields", false)? {
        target.push_str(&format!("?fields={}", fields.join(",")));
    }
    let response = api.succeed(ApiCall::get(target)).await?;
    let record = clean(response.json()?, &[]);
    Ok(output(&response, record, Vec::new()))
}
