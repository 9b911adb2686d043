//! Deletes several records of one object, 200 in a call; those already deleted count as done.

use connector_api::{
    Effect, Field, OperationDescriptor, OperationError, OperationOutput, Shape, Value, value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, incomplete, output};
use crate::error;
use crate::input::{Inputs, check_id};
use crate::operations::delete_record::write;

/// How many records the service takes in one call.
const RECORDS_PER_CALL: usize = 200;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "delete_records",
        doc: "Deletes several records of one object; those already deleted count as done.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `OpportunityContactRole`."),
            ),
            (
                "ids",
                Field::required(Shape::list(Shape::text()), "The records' ids."),
            ),
        ]),
        output: Shape::object([(
            "ids",
            Field::required(Shape::list(Shape::text_max(18)), "The deleted records' ids."),
        )]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "ids"])?;
    let name = inputs.identifier("object")?;
    let mut ids = Vec::new();
    for (index, id) in inputs.list("ids")?.iter().enumerate() {
        let place = format!("ids[{index}]");
        let id = id
            .as_str()
            .ok_or_else(|| OperationError::invalid_input(&place, format!("`{place}` is not a record id")))?;
        check_id(&place, id)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut result = OperationOutput::default();
    for chunk in ids.chunks(RECORDS_PER_CALL) {
        let target = format!(
            "{}?ids={}&allOrNone=false",
            api.path(&["composite", "sobjects"]),
            chunk.join(",")
        );
        let response = api.succeed(ApiCall::write(Method::DELETE, target)).await?;
        let answer = response.json()?;
        let results = answer
            .as_array()
            .filter(|results| results.len() == chunk.len())
            .ok_or_else(|| incomplete(&response, "a result for each record"))?;
        for (id, row) in chunk.iter().zip(results) {
            if row.get("success").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let error = error::of_row(row.get("errors").unwrap_or(&Value::Null));
            if !error::is_deleted(&error) {
                return Err(OperationError {
                    message: format!("{id}: {}", error.message),
                    status: Some(response.status),
                    ..error
                });
            }
        }
        result = output(&response, Value::Null, Vec::new());
    }
    let listed: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    Ok(OperationOutput {
        body: object([("ids", listed.into())]),
        writes: ids.iter().map(|id| write(name, id)).collect(),
        ..result
    })
}
