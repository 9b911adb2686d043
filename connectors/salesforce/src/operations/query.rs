//! Runs a query to its end.

use connector_api::{
    Effect, Field, OperationDescriptor, OperationError, OperationOutput, Shape, Value, value::object,
};

use crate::api::{Api, output};
use crate::input::Inputs;
use crate::{query, soql};

pub(crate) fn descriptor() -> OperationDescriptor {
    OperationDescriptor {
        name: "query",
        doc: "Runs a SOQL query; values come from `parameters` by `:name`, child rows come as lists.",
        effect: Effect::Read,
        inputs: Shape::object([
            (
                "query",
                Field::required(Shape::text(), "The query, with `:name` wherever a value belongs."),
            ),
            (
                "parameters",
                Field::optional(
                    Shape::open_object([]),
                    "The values by name: text, number, true or false, null, a list for IN, `{date: …}`, \
                     `{datetime: …}`; after LIKE also `{contains: …}`, `{starts_with: …}`, `{ends_with: …}`.",
                ),
            ),
            (
                "all",
                Field::optional(
                    Shape::Boolean,
                    "Whether deleted records are found too; false when left out.",
                ),
            ),
        ]),
        output: Shape::object([
            (
                "records",
                Field::required(
                    Shape::list(Shape::open_object([])),
                    "The records in the query's order.",
                ),
            ),
            (
                "total_size",
                Field::required(Shape::Integer, "How many records there are."),
            ),
        ]),
    }
}

pub(crate) async fn call(api: &Api, inputs: &Value) -> Result<OperationOutput, OperationError> {
    let inputs = Inputs::read(inputs, &["query", "parameters", "all"])?;
    let text = soql::bind(inputs.text("query")?, inputs.parameters()?, "query")?;
    let found = query::run(api, &text, inputs.flag("all")?).await?;
    let body = object([
        ("records", found.records.into()),
        ("total_size", found.total_size),
    ]);
    Ok(output(&found.response, body, Vec::new()))
}
