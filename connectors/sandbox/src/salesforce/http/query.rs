//! Queries and their pages.

use connector_api::{Value, value::object};

use super::call::{Answer, Call, Context};
use crate::salesforce::error::ApiError;
use crate::salesforce::soql::{Paging, prepare};
use crate::salesforce::state::State;

/// Rows per page: least, most and usual.
const PAGE_ROWS: (usize, usize, usize) = (200, 2_000, 2_000);

/// `/query` and, with deleted rows, `/queryAll`
pub(super) fn answer(state: &mut State, context: &Context, call: &Call, deleted: bool) -> Answer {
    if call.method != "GET" {
        return Answer::error(call.method_not_allowed("HEAD,GET"));
    }
    if let Some(text) = call.parameter("explain") {
        let query = prepare(state, text, context.view(deleted), context.version);
        return query
            .map(|query| Answer::ok(query.plans(&state.store, text)))
            .into();
    }
    let Some(text) = call.parameter("q") else {
        return Answer::error(ApiError::new(
            400,
            "MALFORMED_QUERY",
            "SOQL statement not found: give it in the parameter q",
        ));
    };
    let columns = call.parameter("columns") == Some("true");
    run(state, context, call, text, deleted, columns).into()
}

/// Runs a query for a call.
pub(super) fn run(
    state: &mut State,
    context: &Context,
    call: &Call,
    text: &str,
    deleted: bool,
    columns: bool,
) -> Result<Answer, ApiError> {
    let page_rows = page_rows(state, call);
    let query = prepare(state, text, context.view(deleted), context.version)?;
    if columns {
        return Ok(Answer::ok(query.columns()));
    }
    let mut paging = Paging {
        cursors: &mut state.cursors,
        page_rows,
    };
    Ok(Answer::ok(query.run(&state.store, &mut paging)))
}

/// `/query/01g...-2000`
pub(super) fn next_page(state: &State, context: &Context, call: &Call, locator: &str) -> Answer {
    if call.method != "GET" {
        return Answer::error(call.method_not_allowed("HEAD,GET"));
    }
    let page = state.cursors.fetch(locator, context.version, context.now);
    page.map(Answer::ok).into()
}

/// The one question of the tooling API that is understood: whether the org has sandboxes of its own. It has none.
pub(super) fn tooling(call: &Call) -> Answer {
    let text = call.parameter("q").unwrap_or_default();
    let mut words = text
        .split_whitespace()
        .skip_while(|word| !word.eq_ignore_ascii_case("FROM"));
    let name = words.nth(1).unwrap_or_default();
    if call.method != "GET" || !name.eq_ignore_ascii_case("SandboxProcess") {
        return Answer::error(ApiError::no_object(name));
    }
    Answer::ok(object([
        ("size", 0.into()),
        ("totalSize", 0.into()),
        ("done", true.into()),
        ("queryLocator", Value::Null),
        ("entityTypeName", "SandboxProcess".into()),
        ("records", Value::Array(Vec::new())),
    ]))
}

fn page_rows(state: &State, call: &Call) -> usize {
    let (least, most, usual) = PAGE_ROWS;
    let asked = call
        .header("sforce-query-options")
        .into_iter()
        .flat_map(|options| options.split([',', ';']))
        .filter_map(|option| option.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("batchSize"))
        .and_then(|(_, rows)| rows.trim().parse::<usize>().ok());
    let rows = asked.map_or(usual, |rows| rows.clamp(least, most));
    state.settings.page_rows.unwrap_or(rows)
}
