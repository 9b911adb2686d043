//! Several calls in one, the later ones using results of the earlier ones.

use std::collections::HashSet;

use connector_api::{Map, Value, value::object};

use super::call::{Answer, Call, Content, Context};
use super::data::{over_limit, part};
use super::reference::{BadReference, Results, fill, fill_url};
use crate::salesforce::error::ApiError;
use crate::salesforce::state::State;

/// Parts of one call.
const PARTS_MAX: usize = 25;
/// Parts that query or save collections.
const HEAVY_PARTS_MAX: usize = 5;
/// What a part says that was undone or not begun because of another one.
const UNDONE: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// One part as the caller wrote it.
pub(super) struct Part {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) reference_id: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

/// `POST /composite`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call) -> Answer {
    if call.method != "POST" {
        return Answer::error(call.method_not_allowed("HEAD,GET,POST"));
    }
    run(state, context, call).into()
}

fn run(state: &mut State, context: &Context, call: &Call) -> Result<Answer, ApiError> {
    let body = call.members()?;
    let all_or_none = body.get("allOrNone").and_then(Value::as_bool).unwrap_or_default();
    let parts = read_parts(call, &body)?;
    if parts.len() > PARTS_MAX {
        return Err(over_limit(format!(
            "Cannot have more than {PARTS_MAX} subrequests"
        )));
    }
    if parts.iter().filter(|part| part.is_heavy()).count() > HEAVY_PARTS_MAX {
        return Err(over_limit(format!(
            "Cannot have more than {HEAVY_PARTS_MAX} query or sObject Collections subrequests"
        )));
    }
    let (responses, _) = run_parts(state, context, &parts, all_or_none);
    Ok(Answer::ok(object([("compositeResponse", responses.into())])))
}

/// Reads the parts of a composite request.
pub(super) fn read_parts(call: &Call, body: &Map) -> Result<Vec<Part>, ApiError> {
    let missing = |name: &str| ApiError::parser(format!("Missing required field: {name}"));
    let items = body
        .get("compositeRequest")
        .and_then(Value::as_array)
        .ok_or_else(|| missing("compositeRequest"))?;
    let client = call
        .headers
        .iter()
        .filter(|(name, _)| name == "sforce-call-options");
    let mut known = HashSet::new();
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let text = |name: &str| {
            item.get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| missing(name))
        };
        let reference_id = text("referenceId")?.to_owned();
        let valid = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if reference_id.is_empty() || !reference_id.chars().all(valid) || !known.insert(reference_id.clone())
        {
            return Err(ApiError::parser(format!(
                "Invalid or duplicate reference ID: {reference_id}. It must be alphanumeric and unique."
            )));
        }
        let own = item
            .get("httpHeaders")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let headers = own
            .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
            .chain(client.clone().cloned())
            .collect();
        parts.push(Part {
            method: text("method")?.to_ascii_uppercase(),
            url: text("url")?.to_owned(),
            reference_id,
            headers,
            body: item.get("body").cloned(),
        });
    }
    Ok(parts)
}

/// Runs parts in their order. With `all_or_none` the first failure undoes all; tells whether none failed.
pub(super) fn run_parts(
    state: &mut State,
    context: &Context,
    parts: &[Part],
    all_or_none: bool,
) -> (Vec<Value>, bool) {
    let mark = state.store.mark();
    let mut results = Results::new();
    let mut answers: Vec<Answer> = Vec::with_capacity(parts.len());
    let mut failed_at = None;
    for (index, item) in parts.iter().enumerate() {
        let answer = match item.call(&results, all_or_none) {
            _ if all_or_none && failed_at.is_some() => Answer::error(ApiError::halted(UNDONE)),
            Ok(call) => part(state, context, &call),
            Err(BadReference(message)) => Answer::error(ApiError::halted(&message)),
        };
        if failed(&answer) {
            failed_at = failed_at.or(Some(index));
        } else if let Some(body) = &answer.body {
            results.insert(item.reference_id.clone(), body.clone());
        }
        answers.push(answer);
    }
    if let (Some(culprit), true) = (failed_at, all_or_none) {
        state.store.roll_back(mark);
        for (index, answer) in answers.iter_mut().enumerate() {
            if index != culprit {
                *answer = Answer::error(ApiError::halted(UNDONE));
            }
        }
    }
    let responses = parts
        .iter()
        .zip(answers)
        .map(|(part, answer)| response(part, answer))
        .collect();
    (responses, failed_at.is_none())
}

/// Whether a part was refused, or one of its rows was.
fn failed(answer: &Answer) -> bool {
    let refused = answer.status >= 300 && answer.status != 304;
    let rows = answer.body.as_ref().and_then(Value::as_array).unwrap_or_default();
    refused
        || rows
            .iter()
            .any(|row| row.get("success").and_then(Value::as_bool) == Some(false))
}

fn response(part: &Part, answer: Answer) -> Value {
    let location = answer.headers.iter().find(|(name, _)| *name == "location");
    let mut headers = Map::new();
    if let Some((_, location)) = location {
        headers.insert("Location".to_owned(), location.as_str().into());
    }
    object([
        ("body", answer.body.into()),
        ("httpHeaders", headers.into()),
        ("httpStatusCode", i64::from(answer.status).into()),
        ("referenceId", part.reference_id.as_str().into()),
    ])
}

impl Part {
    fn is_heavy(&self) -> bool {
        self.url.contains("/query") || self.is_collection()
    }

    fn is_collection(&self) -> bool {
        self.url.contains("/composite/sobjects")
    }

    /// The part with its references replaced. All-or-none outside counts inside too.
    fn call(&self, results: &Results, all_or_none: bool) -> Result<Call, BadReference> {
        let url = fill_url(&self.url, results)?;
        let mut body = match &self.body {
            Some(body) => fill(body, results)?,
            None => Value::Null,
        };
        let force = all_or_none && self.is_collection();
        if force && let Some(members) = body.as_object_mut() {
            members.insert("allOrNone".to_owned(), true.into());
        }
        let mut call = Call::new(&self.method, &url, self.headers.clone(), Content::Json(body));
        if force {
            call.query.retain(|(name, _)| name != "allOrNone");
            call.query.push(("allOrNone".to_owned(), "true".to_owned()));
        }
        Ok(call)
    }
}
