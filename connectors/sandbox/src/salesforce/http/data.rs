//! The resources of one version.

use connector_api::{Value, value::object};

use super::call::{Answer, Call, Context};
use super::identity::id_url;
use super::{batch, collections, composite, graph, limits, query, rows, tree};
use crate::salesforce::error::ApiError;
use crate::salesforce::state::State;

/// The answer of the resource a path names, below its version.
pub(super) fn answer(state: &mut State, context: &Context, call: &Call, path: &[&str]) -> Answer {
    match path {
        [] if call.method == "GET" => resources(context),
        ["limits", rest @ ..] => limits::answer(state, call, rest),
        ["query"] => query::answer(state, context, call, false),
        ["queryAll"] => query::answer(state, context, call, true),
        ["query" | "queryAll", locator] => query::next_page(state, context, call, locator),
        ["tooling", "query"] => query::tooling(call),
        ["sobjects", rest @ ..] => rows::answer(state, context, call, rest),
        ["recent"] if call.method == "GET" => Answer::ok(Value::Array(Vec::new())),
        ["composite", "sobjects", rest @ ..] => collections::answer(state, context, call, rest),
        ["composite", ..] if context.nested => Answer::error(ApiError::not_found()),
        ["composite"] => composite::answer(state, context, call),
        ["composite", "batch"] => batch::answer(state, context, call),
        ["composite", "graph"] => graph::answer(state, context, call),
        ["composite", "tree", object] => tree::answer(state, context, call, object),
        _ => Answer::error(ApiError::not_found()),
    }
}

fn resources(context: &Context) -> Answer {
    let names = [
        "tooling",
        "query",
        "queryAll",
        "sobjects",
        "composite",
        "limits",
        "recent",
    ];
    let mut body: Value = names
        .into_iter()
        .map(|name| {
            let path = format!("/services/data/v{}.0/{name}", context.version);
            (name.to_owned(), Value::from(path))
        })
        .collect();
    if let Some(members) = body.as_object_mut() {
        members.insert(
            "identity".to_owned(),
            id_url(&context.base_url, &context.user).into(),
        );
    }
    Answer::ok(body)
}

/// What a part of a composite call answers.
pub(super) fn part(state: &mut State, context: &Context, call: &Call) -> Answer {
    let names: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let ["services", "data", version, rest @ ..] = names.as_slice() else {
        return Answer::error(ApiError::not_found());
    };
    match super::serve::read_version(version) {
        Ok(version) => {
            let context = Context {
                version,
                nested: true,
                ..context.clone()
            };
            answer(state, &context, call, rest)
        }
        Err(error) => Answer::error(error),
    }
}

/// Refuses what is over a limit.
pub(super) fn over_limit(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "LIMIT_EXCEEDED", message)
}

/// A save result of a row that was saved.
pub(super) fn saved_row(id: &str, created: Option<bool>) -> Value {
    let mut body = object([
        ("id", id.into()),
        ("success", true.into()),
        ("errors", Value::Array(Vec::new())),
    ]);
    if let (Some(created), Some(members)) = (created, body.as_object_mut()) {
        members.insert("created".to_owned(), created.into());
    }
    body
}
