//! Running a query to its end: pages are followed by their address, never guessed from their size.

use connector_api::{BoxFuture, ErrorClass, OperationError, Value};
use connector_http::Response;

use crate::api::{Api, ApiCall, escaped, incomplete};
use crate::record::{clean, is_child_result};
use crate::soql::child_relationships;

/// How many records one query may hand back, child rows not counted.
pub(crate) const RECORDS_MAX: usize = 10_000;
/// How many pages are read for one query, those of child rows included.
const PAGES_MAX: usize = 500;

/// What a query found.
pub(crate) struct Found {
    /// The records, without the service's wrapping.
    pub(crate) records: Vec<Value>,
    /// How many there are according to the service.
    pub(crate) total_size: Value,
    /// The first answer.
    pub(crate) response: Response,
}

/// Runs a query; `all` includes deleted records.
pub(crate) async fn run(api: &Api, soql: &str, all: bool) -> Result<Found, OperationError> {
    let resource = if all { "queryAll" } else { "query" };
    let target = format!("{}?q={}", api.path(&[resource]), escaped(soql));
    let children = child_relationships(soql);
    let mut pages = PAGES_MAX;
    let first = page(api, target, &mut pages).await?;
    let response = first.response;
    let total_size = first.total_size;
    let mut records = first.records;
    let mut next = first.next;
    while let Some(target) = next {
        let more = page(api, target, &mut pages).await?;
        records.extend(more.records);
        next = more.next;
        if records.len() > RECORDS_MAX {
            return Err(too_large(format!("more than {RECORDS_MAX} records")));
        }
    }
    for record in &mut records {
        if has_unread_children(record) {
            complete(api, record, &mut pages).await?;
        }
    }
    Ok(Found {
        records: records
            .into_iter()
            .map(|record| clean(record, &children))
            .collect(),
        total_size,
        response,
    })
}

struct Page {
    records: Vec<Value>,
    total_size: Value,
    next: Option<String>,
    response: Response,
}

async fn page(api: &Api, target: String, pages: &mut usize) -> Result<Page, OperationError> {
    *pages = pages
        .checked_sub(1)
        .ok_or_else(|| too_large(format!("more than {PAGES_MAX} pages")))?;
    let response = api.succeed(ApiCall::get(target)).await?;
    let Value::Object(mut body) = response.json()? else {
        return Err(incomplete(&response, "records"));
    };
    let Some(Value::Array(records)) = body.swap_remove("records") else {
        return Err(incomplete(&response, "records"));
    };
    let next = next_address(body.get("nextRecordsUrl"))?;
    if next.is_none() && body.get("done").and_then(Value::as_bool) == Some(false) {
        return Err(incomplete(&response, "nextRecordsUrl"));
    }
    Ok(Page {
        records,
        total_size: body.swap_remove("totalSize").unwrap_or_default(),
        next,
        response,
    })
}

/// The address of the next page: a path at the same service, or nothing.
fn next_address(value: Option<&Value>) -> Result<Option<String>, OperationError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(path)) if path.starts_with("/services/data/") => Ok(Some(path.clone())),
        Some(_) => Err(OperationError::new(
            ErrorClass::UnexpectedResponse,
            "address_elsewhere",
            "`nextRecordsUrl` is not a path of the service",
        )),
    }
}

fn has_unread_children(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            (is_child_result(members) && members.contains_key("nextRecordsUrl"))
                || members.values().any(has_unread_children)
        }
        Value::Array(items) => items.iter().any(has_unread_children),
        _ => false,
    }
}

/// Reads the rest of all child rows below a record.
fn complete<'a>(
    api: &'a Api,
    value: &'a mut Value,
    pages: &'a mut usize,
) -> BoxFuture<'a, Result<(), OperationError>> {
    Box::pin(async move {
        match value {
            Value::Object(members) => {
                if is_child_result(members) {
                    let mut next = next_address(members.get("nextRecordsUrl"))?;
                    members.swap_remove("nextRecordsUrl");
                    while let Some(target) = next {
                        let more = page(api, target, pages).await?;
                        next = more.next;
                        if let Some(Value::Array(rows)) = members.get_mut("records") {
                            rows.extend(more.records);
                            if rows.len() > RECORDS_MAX {
                                return Err(too_large(format!("more than {RECORDS_MAX} child rows")));
                            }
                        }
                    }
                }
                for member in members.values_mut() {
                    complete(api, member, pages).await?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    complete(api, item, pages).await?;
                }
            }
            _ => {}
        }
        Ok(())
    })
}

fn too_large(what: String) -> OperationError {
    OperationError::new(
        ErrorClass::Rejected,
        "result_too_large",
        format!("the query finds {what}; narrow its condition or set LIMIT"),
    )
}
