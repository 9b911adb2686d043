//! Creates or updates the one record that carries an external id.

use connector_api::{
    Effect, Field, OperationDescriptor, OperationError, OperationOutput, RecordWrite, Shape, Value,
    value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, incomplete, output};
use crate::error;
use crate::input::Inputs;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "upsert_record",
        doc: "Updates the record that carries an external id, or creates it.",
        effect: Effect::Idempotent,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `Opportunity`."),
            ),
            (
                "external_id_field",
                Field::required(
                    Shape::FieldName("object"),
                    "A field that is an external id and unique: `Referral_Identifier__c`.",
                ),
            ),
            ("external_id", Field::required(Shape::text(), "Its value.")),
            (
                "fields",
                Field::required(
                    Shape::FieldsOf("object"),
                    "The values by field, without the external id.",
                ),
            ),
        ]),
        output: Shape::object([
            ("id", Field::required(Shape::text_max(18), "The record's id.")),
            (
                "created",
                Field::required(Shape::Boolean, "Whether it was created."),
            ),
        ]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["object", "external_id_field", "external_id", "fields"])?;
    let name = inputs.identifier("object")?;
    let (key, value) = external_id(&inputs)?;
    let fields = inputs.fields("fields")?;
    let request =
        ApiCall::write(Method::PATCH, api.path(&["sobjects", name, key, value])).body(fields.clone().into());
    let mut response = api.send(request.clone()).await?;
    if response.status == 400 && error::is_lost_race(&error::of_response(&response), key) {
        response = api.send(request).await?;
    }
    if response.status == 300 {
        return Err(error::ambiguous(300, key, &response.json()?));
    }
    if !response.is_success() {
        return Err(error::of_response(&response));
    }
    let (id, created) = if response.status == 204 {
        (find(api, name, key, value).await?, false)
    } else {
        let answer = response.json()?;
        let id = answer.get("id").and_then(Value::as_str).map(str::to_owned);
        let created = answer.get("created").and_then(Value::as_bool);
        (
            id.ok_or_else(|| incomplete(&response, "id"))?,
            created.unwrap_or(response.status == 201),
        )
    };
    let write = RecordWrite {
        object: name.to_owned(),
        id: id.clone(),
        fields: fields.clone().into(),
    };
    let body = object([("id", id.into()), ("created", created.into())]);
    Ok(output(&response, body, vec![write]))
}

/// Reads field and value of the external id.
pub(crate) fn external_id<'a>(inputs: &Inputs<'a>) -> Result<(&'a str, &'a str), OperationError> {
    let key = inputs.identifier("external_id_field")?;
    let value = inputs.text("external_id")?;
    if value == "." || value == ".." {
        return Err(OperationError::invalid_input(
            "external_id",
            format!("`{value}` cannot be an external id: it would be read as part of the address"),
        ));
    }
    Ok((key, value))
}

/// Old versions answer an update without a body; the id is then asked for.
async fn find(api: &Api, name: &str, key: &str, value: &str) -> Result<String, OperationError> {
    let target = format!("{}?fields=Id", api.path(&["sobjects", name, key, value]));
    let response = api.succeed(ApiCall::get(target)).await?;
    let record = response.json()?;
    record
        .get("Id")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| incomplete(&response, "Id"))
}
