//! Creates several records of one object, 200 in a call; a repeated try creates only those not yet there.

use connector_api::{
    CallContext, Effect, ErrorClass, Field, Map, OperationDescriptor, OperationError, OperationOutput,
    RecordWrite, Shape, Value, value::object,
};
use connector_http::Method;

use crate::api::{Api, ApiCall, incomplete, output};
use crate::input::{Inputs, check_fields};
use crate::{error, look};

/// How many records the service takes in one call.
const RECORDS_PER_CALL: usize = 200;
/// How many records one operation takes.
const RECORDS_MAX: usize = 2_000;

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "create_records",
        doc: "Creates several records of one object; up to 200 of them are created all or not at all.",
        effect: Effect::Create,
        inputs: Shape::object([
            (
                "object",
                Field::required(Shape::ObjectName, "The object: `OpportunityContactRole`."),
            ),
            (
                "records",
                Field::required(
                    Shape::list(Shape::FieldsOf("object")),
                    "The values by field, per record.",
                ),
            ),
            (
                "set",
                Field::optional(
                    Shape::FieldsOf("object"),
                    "Values that every record gets besides its own.",
                ),
            ),
        ]),
        output: Shape::object([(
            "ids",
            Field::required(
                Shape::list(Shape::text_max(18)),
                "The new ids in the order of `records`.",
            ),
        )]),
    }
}

/// Reads object and rows, with `set` laid over each row.
pub(crate) fn rows<'a>(inputs: &Inputs<'a>) -> Result<(&'a str, Vec<Map>), OperationError> {
    let object = inputs.identifier("object")?;
    let set = inputs.fields_or_none("set")?;
    let records = inputs.list("records")?;
    if records.len() > RECORDS_MAX {
        return Err(OperationError::invalid_input(
            "records",
            format!(
                "`records` has {} records; at most {RECORDS_MAX} are possible",
                records.len()
            ),
        ));
    }
    let rows = records.iter().enumerate().map(|(index, record)| {
        let mut row = check_fields(&format!("records[{index}]"), record)?.clone();
        for (name, value) in set.into_iter().flatten() {
            row.insert(name.clone(), value.clone());
        }
        Ok(row)
    });
    Ok((object, rows.collect::<Result<_, OperationError>>()?))
}

pub(crate) async fn call(
    api: &Api,
    inputs: &Value,
    context: &CallContext,
) -> Result<OperationOutput, OperationError> {
    let (object, rows) = rows(&Inputs::read(inputs, &["object", "records", "set"])?)?;
    let mut ids: Vec<Option<String>> = match context.look_since {
        Some(since) => look::created_since(api, object, &rows, since).await?,
        None => vec![None; rows.len()],
    };
    let missing: Vec<usize> = (0..rows.len()).filter(|index| ids[*index].is_none()).collect();
    let mut result = OperationOutput::default();
    for (call, chunk) in missing.chunks(RECORDS_PER_CALL).enumerate() {
        let created = create(api, object, &rows, chunk).await;
        let (answer, new) =
            created.map_err(|error| after_some(error, call * RECORDS_PER_CALL, rows.len()))?;
        for (index, id) in chunk.iter().zip(new) {
            ids[*index] = Some(id);
        }
        result = answer;
    }
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    Ok(OperationOutput {
        writes: ids
            .iter()
            .zip(rows)
            .map(|(id, fields)| RecordWrite {
                object: object.to_owned(),
                id: id.clone(),
                fields: fields.into(),
            })
            .collect(),
        body: body(&ids),
        ..result
    })
}

/// The body for these ids.
pub(crate) fn body(ids: &[String]) -> Value {
    let ids: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
    object([("ids", ids.into())])
}

async fn create(
    api: &Api,
    name: &str,
    rows: &[Map],
    chunk: &[usize],
) -> Result<(OperationOutput, Vec<String>), OperationError> {
    let records = chunk.iter().map(|index| {
        let mut record = Map::new();
        record.insert("attributes".into(), object([("type", name.into())]));
        record.extend(rows[*index].clone());
        Value::Object(record)
    });
    let request = ApiCall::write(Method::POST, api.path(&["composite", "sobjects"])).body(object([
        ("allOrNone", true.into()),
        ("records", records.collect::<Vec<_>>().into()),
    ]));
    let response = api.succeed(request).await?;
    let answer = response.json()?;
    let results = answer
        .as_array()
        .filter(|results| results.len() == chunk.len())
        .ok_or_else(|| incomplete(&response, "a result for each record"))?;
    let mut followers = None;
    for (index, result) in chunk.iter().zip(results) {
        if result.get("success").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let error = error::of_row(result.get("errors").unwrap_or(&Value::Null));
        let error = OperationError {
            message: format!("records[{index}]: {}", error.message),
            status: Some(response.status),
            ..error
        };
        if !error::is_following(&error) {
            return Err(error);
        }
        followers.get_or_insert(error);
    }
    if let Some(error) = followers {
        return Err(error);
    }
    let ids: Option<Vec<String>> = results
        .iter()
        .map(|result| result.get("id")?.as_str().map(str::to_owned))
        .collect();
    let ids = ids.ok_or_else(|| incomplete(&response, "id"))?;
    Ok((output(&response, Value::Null, Vec::new()), ids))
}

/// Once some calls have succeeded, trying again as if nothing had happened would create those records twice.
fn after_some(error: OperationError, created: usize, of: usize) -> OperationError {
    if created == 0 {
        return error;
    }
    let class = if error.class.is_retryable() {
        ErrorClass::OutcomeUnknown
    } else {
        error.class
    };
    OperationError {
        class,
        message: format!(
            "{} (after {created} of {of} records had been created)",
            error.message
        ),
        ..error
    }
}
