//! Which path and method lead where, with the sign-in and headers each group of paths has.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connector_api::{Value, value::object};

use super::error::{ApiError, HookError};
use super::login::{self, Version};
use super::registration::{self, ValidationError};
use super::signature::{self, CERTIFICATE_PATH};
use super::{create, list, moment, update, view};
use crate::body::{empty, json, read_json};
use crate::faults::StaleRead;
use crate::shared::Shared;

/// A body, or why it could not be read.
type ReadBody = Result<Bytes, BytesRejection>;

/// Headers of a request that come back with its answer.
const ECHOED: [&str; 3] = ["client-request-id", "ms-correlationid", "ms-requestid"];

/// All routes of the service.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let referrals = Router::new()
        .route(
            "/v1.0/engagements/referrals",
            get(list_referrals).post(create_referral),
        )
        .route(
            "/v1.0/engagements/referrals/",
            get(list_referrals).post(create_referral),
        )
        .route(
            "/v1.0/engagements/referrals/{*id}",
            get(get_referral).patch(patch_referral).put(put_referral),
        )
        .route(
            "/engagements/v1/referrals/{*id}",
            get(get_by_event).put(put_by_event),
        )
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() });
    let webhooks = Router::new()
        .route("/webhooks/v1/registration/events", get(list_events))
        .route(
            "/webhooks/v1/registration",
            get(view_registration).post(register).put(update_registration),
        )
        .route(
            "/webhooks/v1/registration/validationEvents",
            post(send_validation),
        )
        .route(
            "/webhooks/v1/registration/validationEvents/{correlation}",
            get(view_validation),
        )
        .method_not_allowed_fallback(|| async {
            HookError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "methodNotAllowed",
                "The resource does not support this method.",
            )
        });
    let login = Router::new()
        .route("/{tenant}/oauth2/token", post(token_v1))
        .route("/{tenant}/oauth2/v2.0/token", post(token_v2))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code))
        .route(CERTIFICATE_PATH, get(certificate));
    referrals
        .merge(webhooks)
        .merge(login)
        .layer(from_fn_with_state(shared.clone(), correlate))
        .with_state(shared)
}

/// The answer to a path that neither service has.
pub(crate) async fn unknown_path(uri: Uri) -> Response {
    if uri.path().starts_with("/webhooks") {
        HookError::new(StatusCode::NOT_FOUND, "notFound", "There is no such resource.").into_response()
    } else {
        ApiError::not_found("There is no such resource.").into_response()
    }
}

/// Gives every answer its own id and time, and the caller's ids back.
async fn correlate(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let echoed: Vec<(HeaderName, HeaderValue)> = ECHOED
        .iter()
        .filter_map(|name| {
            let value = request.headers().get(*name)?.clone();
            Some((HeaderName::from_static(name), value))
        })
        .collect();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(echoed);
    for (name, text) in [
        ("request-id", shared.ids.guid().to_string()),
        ("timestamp", moment::text(shared.clock.now())),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Reads the JSON body of a request to the Referrals API.
fn api_body(headers: &HeaderMap, body: ReadBody) -> Result<Value, ApiError> {
    let bytes = body.map_err(|_| ApiError {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        ..ApiError::invalid("body", "The body is too large.")
    })?;
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    if !matches!(
        kind.as_deref(),
        Some("application/json" | "application/json-patch+json")
    ) {
        return Err(ApiError {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ..ApiError::invalid("Content-Type", "The body must be application/json.")
        });
    }
    read_json(&bytes).map_err(|message| ApiError::invalid("body", message))
}

/// Reads the JSON body of a request to the webhook API.
fn hook_body(body: ReadBody) -> Result<Value, HookError> {
    let bytes = body.map_err(|_| HookError::malformed("The body could not be read."))?;
    read_json(&bytes).map_err(HookError::malformed)
}

/// The id in a path; slashes at its end do not count.
fn id_of(path: &str) -> Result<&str, ApiError> {
    let id = path.trim_end_matches('/');
    if id.is_empty() || id.contains('/') {
        return Err(ApiError::not_found("There is no such resource."));
    }
    Ok(id)
}

async fn list_referrals(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    let stale = request.extensions().get::<StaleRead>().is_some();
    let mut state = shared.partner_center();
    state
        .tokens
        .check_referrals(&headers, shared.clock.now(), false)?;
    state.expire(&shared);
    let page = list::list(&mut state, &shared, query.as_deref().unwrap_or_default(), stale)?;
    Ok(json(StatusCode::OK, &page))
}

async fn create_referral(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, ApiError> {
    let mut state = shared.partner_center();
    state
        .tokens
        .check_referrals(&headers, shared.clock.now(), false)?;
    let body = api_body(&headers, body)?;
    let id = create::create(&mut state, &shared, &body)?;
    shown(&state, &shared, &id, false)
}

async fn get_referral(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    read_one(&shared, &id, &headers, &request, false)
}

async fn get_by_event(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    read_one(&shared, &id, &headers, &request, true)
}

fn read_one(
    shared: &Shared,
    path: &str,
    headers: &HeaderMap,
    request: &Request,
    either: bool,
) -> Result<Response, ApiError> {
    let stale = request.extensions().get::<StaleRead>().is_some();
    let mut state = shared.partner_center();
    state
        .tokens
        .check_referrals(headers, shared.clock.now(), either)?;
    state.expire(shared);
    shown(&state, shared, id_of(path)?, stale)
}

async fn patch_referral(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, ApiError> {
    let mut state = shared.partner_center();
    state
        .tokens
        .check_referrals(&headers, shared.clock.now(), false)?;
    state.expire(&shared);
    let id = id_of(&id)?;
    let body = api_body(&headers, body)?;
    update::patch(&mut state, &shared, id, &headers, &body)?;
    if wants_entity(&headers) {
        return shown(&state, &shared, id, false);
    }
    let mut response = empty(StatusCode::NO_CONTENT);
    let tag = state
        .referrals
        .get(id)
        .and_then(|referral| HeaderValue::from_str(&referral.etag).ok());
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

async fn put_referral(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, ApiError> {
    replace(&shared, &id, &headers, body, false)
}

async fn put_by_event(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, ApiError> {
    replace(&shared, &id, &headers, body, true)
}

fn replace(
    shared: &Shared,
    path: &str,
    headers: &HeaderMap,
    body: ReadBody,
    either: bool,
) -> Result<Response, ApiError> {
    let mut state = shared.partner_center();
    state
        .tokens
        .check_referrals(headers, shared.clock.now(), either)?;
    state.expire(shared);
    let id = id_of(path)?;
    let body = api_body(headers, body)?;
    update::put(&mut state, shared, id, headers, &body)?;
    shown(&state, shared, id, false)
}

fn shown(state: &super::State, shared: &Shared, id: &str, stale: bool) -> Result<Response, ApiError> {
    state
        .look_up(id, stale)
        .map(|referral| view::entity(shared, referral))
        .ok_or_else(|| ApiError::not_found(format!("There is no referral {id}.")))
}

fn wants_entity(headers: &HeaderMap) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("return=representation"))
}

async fn list_events(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, HookError> {
    let state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    Ok(json(StatusCode::OK, &registration::events()))
}

async fn view_registration(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, HookError> {
    let state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    Ok(json(StatusCode::OK, &registration::view(&state)?))
}

async fn register(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, HookError> {
    let mut state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    let body = hook_body(body)?;
    let registration = registration::register(&mut state, &shared, &body)?;
    Ok(json(StatusCode::OK, &registration))
}

async fn update_registration(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: ReadBody,
) -> Result<Response, HookError> {
    let mut state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    let body = hook_body(body)?;
    Ok(json(StatusCode::OK, &registration::update(&mut state, &body)?))
}

async fn send_validation(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, HookError> {
    let mut state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    match registration::validate(&mut state, &shared) {
        Ok(correlation) => Ok(json(StatusCode::OK, &correlation)),
        Err(ValidationError::Api(error)) => Err(error),
        Err(ValidationError::TooMany(seconds)) => {
            let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
            let body = object([("statusCode", 429.into()), ("message", message.into())]);
            let mut response = json(StatusCode::TOO_MANY_REQUESTS, &body);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
    }
}

async fn view_validation(
    State(shared): State<Arc<Shared>>,
    Path(correlation): Path<String>,
    headers: HeaderMap,
) -> Result<Response, HookError> {
    let mut state = shared.partner_center();
    state.tokens.check_webhooks(&headers, shared.clock.now())?;
    let result = registration::validation(&mut state, &shared, &correlation)?;
    Ok(json(StatusCode::OK, &result))
}

async fn token_v1(State(shared): State<Arc<Shared>>, Path(tenant): Path<String>, body: Bytes) -> Response {
    login::token(&mut shared.partner_center(), &shared, &tenant, Version::V1, &body)
}

async fn token_v2(State(shared): State<Arc<Shared>>, Path(tenant): Path<String>, body: Bytes) -> Response {
    login::token(&mut shared.partner_center(), &shared, &tenant, Version::V2, &body)
}

async fn device_code(State(shared): State<Arc<Shared>>, Path(tenant): Path<String>, body: Bytes) -> Response {
    login::device_code(&mut shared.partner_center(), &shared, &tenant, &body)
}

async fn certificate() -> Response {
    let mut response = Response::new(Body::from(signature::certificate()));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/pkix-cert"),
    );
    response
}
