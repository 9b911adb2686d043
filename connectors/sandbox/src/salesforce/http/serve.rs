//! The door: from an HTTP request to a [`Call`], and from an [`Answer`] to a response.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::any;
use connector_api::{Value, value::object};

use super::call::{Answer, Call, Content, Context};
use super::{admin, data, identity, oauth, soap};
use crate::body::BODY_BYTES_MAX;
use crate::faults::StaleRead;
use crate::salesforce::error::ApiError;
use crate::salesforce::moment;
use crate::shared::Shared;

/// Versions that answer.
const VERSIONS: std::ops::RangeInclusive<u32> = 31..=68;
/// Versions that once answered.
const RETIRED: std::ops::RangeInclusive<u32> = 21..=30;
/// Bytes of a request's path and query, and of these with all headers.
const TARGET_BYTES_MAX: usize = 16_384;

/// All paths of the org and its part of the admin API. A second slash at the beginning does not matter.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/services/{*path}", any(serve))
        .route("//services/{*path}", any(serve))
        .route("/id/{*path}", any(serve))
        .route("/.well-known/openid-configuration", any(serve))
        .route("/sandbox/salesforce/{*path}", any(admin::serve))
        .with_state(shared)
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let stale = request.extensions().get::<StaleRead>().is_some();
    let (parts, body) = request.into_parts();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    let mut headers = Vec::with_capacity(parts.headers.len());
    let mut bytes = target.len();
    for (name, value) in &parts.headers {
        bytes += name.as_str().len() + value.len();
        headers.push((
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        ));
    }
    if target.len() > TARGET_BYTES_MAX {
        return respond(
            Answer::error(ApiError::new(414, "URI_TOO_LONG", "the URI is too long")),
            false,
        );
    }
    if bytes > TARGET_BYTES_MAX {
        return respond(
            Answer::error(ApiError::new(
                431,
                "REQUEST_HEADER_TOO_LARGE",
                "URI and headers are too long",
            )),
            false,
        );
    }
    let Ok(content) = to_bytes(body, BODY_BYTES_MAX).await else {
        return respond(
            Answer::error(ApiError::new(
                413,
                "REQUEST_ENTITY_TOO_LARGE",
                "the request body is too large",
            )),
            false,
        );
    };
    let mut call = Call::new(
        parts.method.as_str(),
        &target,
        headers,
        Content::Bytes(content.to_vec()),
    );
    if call.method == "POST"
        && let Some(method) = call.parameter("_HttpMethod")
    {
        call.method = method.to_ascii_uppercase();
    }
    let head = call.method == "HEAD";
    if head {
        "GET".clone_into(&mut call.method);
    }
    respond(answer(&shared, &call, stale), head)
}

/// The answer to a call from the wire.
fn answer(shared: &Shared, call: &Call, stale: bool) -> Answer {
    let names: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["services", "oauth2", endpoint] => oauth::answer(shared, call, endpoint),
        [".well-known", "openid-configuration"] => oauth::discovery(shared),
        ["id", organization, user] => identity::identity(shared, call, organization, user),
        ["services", "Soap", "u" | "c", version, ..] => soap::answer(shared, call, version),
        ["services", "data"] => versions(call),
        ["services", "data", version, rest @ ..] => {
            versioned(shared, call, version, rest, stale).unwrap_or_else(Answer::error)
        }
        _ => Answer::error(ApiError::not_found()),
    }
}

/// Sign-in, quota and version, then the resource.
fn versioned(
    shared: &Shared,
    call: &Call,
    version: &str,
    rest: &[&str],
    stale: bool,
) -> Result<Answer, ApiError> {
    let now = shared.clock.now();
    let mut state = shared.salesforce();
    let token = identity::bearer(call)?;
    let lifetime = state.settings.session_seconds;
    let grant = state
        .sessions
        .find(token, now, lifetime)
        .ok_or_else(|| ApiError::new(401, "INVALID_SESSION_ID", "Session expired or invalid"))?;
    if !state.count_call(now) {
        return Err(ApiError::new(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        ));
    }
    let context = Context {
        user: grant.user,
        now,
        version: read_version(version)?,
        base_url: shared.base_url.clone(),
        stale,
        nested: false,
    };
    let answer = data::answer(&mut state, &context, call, rest);
    state.store.commit(now);
    let usage = format!("api-usage={}/{}", state.calls(), state.settings.api_calls_max);
    Ok(answer
        .with_header("sforce-limit-info", usage)
        .with_header("date", moment::http_date(now)))
}

/// `v68.0` to 68.
pub(super) fn read_version(text: &str) -> Result<u32, ApiError> {
    let version = text
        .strip_prefix('v')
        .and_then(|text| text.strip_suffix(".0"))
        .and_then(|text| text.parse().ok())
        .ok_or_else(ApiError::not_found)?;
    if VERSIONS.contains(&version) {
        Ok(version)
    } else if RETIRED.contains(&version) {
        Err(ApiError::new(
            410,
            "GONE",
            format!("API version {version}.0 has been retired"),
        ))
    } else {
        Err(ApiError::not_found())
    }
}

/// Every version, oldest first. Releases are called after season and year, three a year.
fn versions(call: &Call) -> Answer {
    if call.method != "GET" {
        return Answer::error(call.method_not_allowed("HEAD,GET"));
    }
    let entry = |version: u32| {
        let season = ["Winter", "Spring", "Summer"][(version as usize + 1) % 3];
        let year = 4 + (version + 1) / 3;
        object([
            ("label", format!("{season} '{year:02}").into()),
            ("url", format!("/services/data/v{version}.0").into()),
            ("version", format!("{version}.0").into()),
        ])
    };
    Answer::ok(Value::Array(VERSIONS.map(entry).collect()))
}

/// An HTTP response. `head` leaves out the body.
pub(super) fn respond(answer: Answer, head: bool) -> Response {
    let text = answer.body.filter(|_| !head).map(|body| match body {
        Value::String(text) => (text, "text/plain;charset=UTF-8"),
        body => (body.to_json(), "application/json;charset=UTF-8"),
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache,must-revalidate,max-age=0,no-store,private"),
    );
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    if let Some((text, kind)) = text {
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static(kind));
        *response.body_mut() = Body::from(text);
    }
    response
}
