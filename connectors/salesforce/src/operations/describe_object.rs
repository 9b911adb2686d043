//! Tells what an object looks like to the signed-in user.

use connector_api::{Effect, Field, OperationDescriptor, OperationError, OperationOutput, Shape, Value};

use crate::api::Api;
use crate::describe;
use crate::input::Inputs;

pub(crate) fn descriptor() -> OperationDescriptor {
    let member = |shape, doc| Field::required(shape, doc);
    OperationDescriptor {
        name: "describe_object",
        doc: "Tells the fields and child relationships of an object as the signed-in user sees them.",
        effect: Effect::Read,
        inputs: Shape::object([("object", member(Shape::ObjectName, "The object: `Opportunity`."))]),
        output: Shape::open_object([
            ("name", member(Shape::text(), "The object's name.")),
            (
                "fields",
                member(Shape::list(Shape::open_object([])), "Its fields."),
            ),
            (
                "childRelationships",
                member(
                    Shape::list(Shape::open_object([])),
                    "Its child relationships that have a name.",
                ),
            ),
        ]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object"])?;
    let (body, _) = describe::fresh(api, inputs.identifier("object")?).await?;
    Ok(OperationOutput {
        status: Some(200),
        body: describe::shortened(&body),
        ..OperationOutput::default()
    })
}
