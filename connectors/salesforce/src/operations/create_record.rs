//! Creates one record; a repeated try first looks whether it is there.

use connector_api::{
    CallContext, Effect, Field, OperationDescriptor, OperationError, OperationOutput, RecordWrite, Shape,
    Value, value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, incomplete, output};
use crate::input::Inputs;
use crate::look;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "create_record",
        doc: "Creates a record.",
        effect: Effect::Create,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            (
                "fields",
                Field::required(Shape::FieldsOf("object"), "The values by field."),
            ),
        ]),
        output: Shape::object([("id", Field::required(Shape::text_max(18), "The new record's id."))]),
    }
}

pub(crate) async fn call(
    api: &Api,
    inputs: &Value,
    context: &CallContext,
) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "fields"])?;
    let object = inputs.identifier("object")?;
    let fields = inputs.fields("fields")?;
    let write = |id: &str| RecordWrite {
        object: object.to_owned(),
        id: id.to_owned(),
        fields: fields.clone().into(),
    };
    if let Some(since) = context.look_since {
        let found = look::created_since(api, object, std::slice::from_ref(fields), since).await?;
        if let Some(Some(id)) = found.first() {
            return Ok(OperationOutput {
                body: body(id),
                writes: vec![write(id)],
                ..OperationOutput::default()
            });
        }
    }
    let request = ApiCall::write(Method::POST, api.path(&["sobjects", object])).body(fields.clone().into());
    let response = api.succeed(request).await?;
    let answer = response.json()?;
    let id = answer
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| incomplete(&response, "id"))?;
    Ok(output(&response, body(id), vec![write(id)]))
}

fn body(id: &str) -> Value {
    object([("id", id.into())])
}
