//! Running a query to its end: pages are followed by their address, never guessed from their size.

use connector_api::{BoxFuture, ErrorClass, OperationError, Value, value::object};
use connector_http::Response;

use crate::api::{Api, ApiCall, escaped, incomplete};
use crate::error;
use crate::record::{clean, is_child_result};
use crate::soql::child_relationships;

/// How many records one query may hand back, child rows not counted.
pub(crate) const RECORDS_MAX: usize = 10_000;
/// How many pages are read for one query, those of child rows included.
const PAGES_MAX: usize = 500;

/// How many queries the service takes in one composite call.
const QUERIES_PER_CALL: usize = 5;

/// What a query found.
pub(crate) struct Found {
    /// The records, without the service's wrapping.
    pub(crate) records: Vec<Value>,
    /// How many there are according to the service.
    pub(crate) total_size: Value,
    /// The first answer.
    pub(crate) response: Response,
}

/// A query to run.
pub(crate) struct Query {
    /// Its text.
    pub(crate) soql: String,
    /// Whether deleted records are found too.
    pub(crate) all: bool,
}

impl Query {
    fn target(&self, api: &Api) -> String {
        let resource = if self.all { "queryAll" } else { "query" };
        format!("{}?q={}", api.path(&[resource]), escaped(&self.soql))
    }
}

/// Runs a query; `all` includes deleted records.
pub(crate) async fn run(api: &Api, soql: &str, all: bool) -> Result<Found, OperationError> {
    let query = Query {
        soql: soql.to_owned(),
        all,
    };
    let mut pages = PAGES_MAX;
    let first = page(api, query.target(api), &mut pages).await?;
    finish(api, &query.soql, first, pages).await
}

/// Runs several queries with as few calls as possible; the records of each in their order.
pub(crate) async fn run_many(api: &Api, queries: &[Query]) -> Result<Vec<Vec<Value>>, OperationError> {
    let mut found = Vec::with_capacity(queries.len());
    for chunk in queries.chunks(QUERIES_PER_CALL) {
        if let [query] = chunk {
            found.push(run(api, &query.soql, query.all).await?.records);
            continue;
        }
        let parts = chunk.iter().enumerate().map(|(index, query)| {
            object([
                ("method", "GET".into()),
                ("url", query.target(api).into()),
                ("referenceId", format!("q{index}").into()),
            ])
        });
        let body = object([
            ("allOrNone", false.into()),
            ("compositeRequest", parts.collect::<Vec<_>>().into()),
        ]);
        let response = api
            .succeed(ApiCall::read_by_post(api.path(&["composite"])).body(body))
            .await?;
        let answer = response.json()?;
        let parts = answer
            .get("compositeResponse")
            .and_then(Value::as_array)
            .ok_or_else(|| incomplete(&response, "compositeResponse"))?;
        for (index, query) in chunk.iter().enumerate() {
            let name = format!("q{index}");
            let part = parts
                .iter()
                .find(|part| part.get("referenceId").and_then(Value::as_str) == Some(&name))
                .ok_or_else(|| incomplete(&response, &name))?;
            let status = part
                .get("httpStatusCode")
                .and_then(Value::as_i64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or_default();
            let body = part.get("body").cloned().unwrap_or_default();
            if status != 200 {
                return Err(error::of_part(status, &body, true));
            }
            let first = Page::read(body, response.clone())?;
            found.push(finish(api, &query.soql, first, PAGES_MAX).await?.records);
        }
    }
    Ok(found)
}

/// Reads what follows a first page.
async fn finish(api: &Api, soql: &str, first: Page, pages: usize) -> Result<Found, OperationError> {
    let mut pages = pages;
    let children = child_relationships(soql);
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
        total_size: first.total_size,
        response: first.response,
    })
}

struct Page {
    records: Vec<Value>,
    total_size: Value,
    next: Option<String>,
    response: Response,
}

impl Page {
    fn read(body: Value, response: Response) -> Result<Self, OperationError> {
        let Value::Object(mut body) = body else {
            return Err(incomplete(&response, "records"));
        };
        let Some(Value::Array(records)) = body.swap_remove("records") else {
            return Err(incomplete(&response, "records"));
        };
        let next = next_address(body.get("nextRecordsUrl"))?;
        if next.is_none() && body.get("done").and_then(Value::as_bool) == Some(false) {
            return Err(incomplete(&response, "nextRecordsUrl"));
        }
        Ok(Self {
            records,
            total_size: body.swap_remove("totalSize").unwrap_or_default(),
            next,
            response,
        })
    }
}

async fn page(api: &Api, target: String, pages: &mut usize) -> Result<Page, OperationError> {
    *pages = pages
        .checked_sub(1)
        .ok_or_else(|| too_large(format!("more than {PAGES_MAX} pages")))?;
    let response = api.succeed(ApiCall::get(target)).await?;
    Page::read(response.json()?, response)
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
