//! Independent calls in one request: one after the other, none undone.

use connector_api::{Value, value::object};

use super::call::{Answer, Call, Content, Context};
use super::data::{over_limit, part};
use crate::salesforce::error::ApiError;
use crate::salesforce::state::State;

/// Parts of one batch.
const PARTS_MAX: usize = 25;

/// `POST /composite/batch`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call) -> Answer {
    if call.method != "POST" {
        return Answer::error(call.method_not_allowed("POST"));
    }
    run(state, context, call).into()
}

fn run(state: &mut State, context: &Context, call: &Call) -> Result<Answer, ApiError> {
    let body = call.members()?;
    let halt = body
        .get("haltOnError")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let items = body
        .get("batchRequests")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::parser("Missing required field: batchRequests"))?;
    if items.len() > PARTS_MAX {
        return Err(over_limit(format!(
            "Cannot have more than {PARTS_MAX} subrequests"
        )));
    }
    let mut failed = false;
    let mut results = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let answer = if failed && halt {
            Answer::error(ApiError::new(
                412,
                "BATCH_PROCESSING_HALTED",
                "Batch processing halted per request due to error in earlier subrequest",
            ))
        } else if index > 0 && !state.count_call(context.now) {
            Answer::error(ApiError::new(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            ))
        } else {
            one(state, context, call, item)
        };
        failed |= answer.status >= 400;
        results.push(object([
            ("statusCode", i64::from(answer.status).into()),
            ("result", answer.body.into()),
        ]));
    }
    Ok(Answer::ok(object([
        ("hasErrors", failed.into()),
        ("results", results.into()),
    ])))
}

fn one(state: &mut State, context: &Context, call: &Call, item: &Value) -> Answer {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let (Some(method), Some(url)) = (text("method"), text("url")) else {
        return Answer::error(ApiError::parser("A subrequest needs method and url"));
    };
    let url = format!("/services/data/{}", url.trim_start_matches('/'));
    let body = item.get("richInput").cloned().unwrap_or_default();
    let nested = Call::new(method, &url, call.headers.clone(), Content::Json(body));
    part(state, context, &nested)
}
