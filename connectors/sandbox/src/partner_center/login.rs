//! The identity platform's token endpoints, in both versions, and sign-in by device code.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use connector_api::{Map, Value, value::object};
use jiff::{SignedDuration, Timestamp};

use super::identity::{CLIENT_ID, CLIENT_SECRET, TENANT};
use super::state::State;
use super::token::{ACCESS_SECONDS, Audience, Caller, DEVICE_SECONDS, DeviceCode};
use crate::body::json;
use crate::shared::Shared;

/// Seconds a client should wait between two polls for a device code.
const POLL_SECONDS: i64 = 1;
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Which generation of the endpoint was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `resource`; numbers come as text.
    V1,
    /// `scope`; numbers come as numbers.
    V2,
}

/// An OAuth error.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    /// The platform's number for it.
    number: i64,
    description: String,
}

fn refusal(error: &'static str, number: i64, description: impl Into<String>) -> Refusal {
    let status = if error == "invalid_client" {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    Refusal {
        status,
        error,
        number,
        description: description.into(),
    }
}

type Form = HashMap<String, String>;

/// Answers a token request.
pub(crate) fn token(
    state: &mut State,
    shared: &Shared,
    tenant: &str,
    version: Version,
    body: &[u8],
) -> Response {
    let form = form(body);
    let answer = tenant_known(tenant).and_then(|()| grant(state, shared, tenant, version, &form));
    answer.unwrap_or_else(|refusal| refuse(shared, &refusal))
}

/// Answers a request for a device code.
pub(crate) fn device_code(state: &mut State, shared: &Shared, tenant: &str, body: &[u8]) -> Response {
    let form = form(body);
    let answer = tenant_known(tenant).and_then(|()| {
        client_known(&form)?;
        let scope = required(&form, "scope")?;
        let audience = audience_of_scope(scope)?;
        let user: String = shared.ids.bytes()[..9]
            .iter()
            .map(|byte| char::from(b"BCDFGHJKLMNPQRSTVWXZ"[usize::from(byte % 20)]))
            .collect();
        let device = shared.ids.token();
        let now = shared.clock.now();
        state.tokens.add_device(DeviceCode {
            device: device.clone(),
            user: user.clone(),
            audience,
            offline: scope.split_whitespace().any(|scope| scope == "offline_access"),
            expires: now
                .checked_add(SignedDuration::from_secs(DEVICE_SECONDS))
                .unwrap_or(Timestamp::MAX),
            polls: 0,
            answer: None,
        });
        let page = format!("{}/sandbox/device-login", shared.base_url);
        let message =
            format!("To sign in, open the page {page}?user_code={user} and approve the code {user}.");
        Ok(json(
            StatusCode::OK,
            &object([
                ("user_code", user.into()),
                ("device_code", device.into()),
                ("verification_uri", page.into()),
                ("expires_in", DEVICE_SECONDS.into()),
                ("interval", POLL_SECONDS.into()),
                ("message", message.into()),
            ]),
        ))
    });
    answer.unwrap_or_else(|refusal| refuse(shared, &refusal))
}

fn grant(
    state: &mut State,
    shared: &Shared,
    tenant: &str,
    version: Version,
    form: &Form,
) -> Result<Response, Refusal> {
    let grant = required(form, "grant_type")?;
    client_known(form)?;
    match grant {
        "client_credentials" => {
            secret(form)?;
            if tenant != TENANT {
                let description = "No directory is named; an application signs in to its own.";
                return Err(refusal("invalid_request", 50059, description));
            }
            let audience = audience(form, version)?;
            Ok(granted(state, shared, version, audience, Caller::App, None))
        }
        "refresh_token" => {
            let token = required(form, "refresh_token")?;
            let Some(public) = state.tokens.refresh(token) else {
                let description = "The refresh token is not valid, has expired or was revoked.";
                return Err(refusal("invalid_grant", 70008, description));
            };
            if !public || form.contains_key("client_secret") {
                secret(form)?;
            }
            let audience = audience(form, version)?;
            let refresh = state.tokens.issue_refresh(&shared.ids, public);
            Ok(granted(
                state,
                shared,
                version,
                audience,
                Caller::User,
                Some(refresh),
            ))
        }
        DEVICE_GRANT | "device_code" => device_grant(state, shared, version, form),
        "password" => {
            secret(form)?;
            let description = "Multi-factor authentication is required to sign in.";
            Err(refusal("invalid_grant", 50076, description))
        }
        "authorization_code" => {
            secret(form)?;
            required(form, "code")?;
            let description = "The authorization code is not valid or has expired.";
            Err(refusal("invalid_grant", 70008, description))
        }
        other => {
            let description = format!("The grant type {other} is not supported.");
            Err(refusal("unsupported_grant_type", 70003, description))
        }
    }
}

fn device_grant(
    state: &mut State,
    shared: &Shared,
    version: Version,
    form: &Form,
) -> Result<Response, Refusal> {
    let device = required(form, "device_code")?.to_owned();
    let now = shared.clock.now();
    let auto = state.tokens.auto_approve;
    let Some(code) = state.tokens.device(&device) else {
        return Err(refusal(
            "bad_verification_code",
            70000,
            "The device code is unknown.",
        ));
    };
    code.polls = code.polls.saturating_add(1);
    if now >= code.expires {
        return Err(refusal("expired_token", 70020, "The device code has expired."));
    }
    match code.answer.or((auto && code.polls > 1).then_some(true)) {
        None => Err(refusal(
            "authorization_pending",
            70016,
            "The user has not signed in yet; poll again.",
        )),
        Some(false) => {
            state.tokens.remove_device(&device);
            Err(refusal("authorization_declined", 70018, "The user declined."))
        }
        Some(true) => {
            let (audience, offline) = (code.audience, code.offline);
            state.tokens.remove_device(&device);
            let refresh = offline.then(|| state.tokens.issue_refresh(&shared.ids, true));
            Ok(granted(state, shared, version, audience, Caller::User, refresh))
        }
    }
}

fn granted(
    state: &mut State,
    shared: &Shared,
    version: Version,
    audience: Audience,
    caller: Caller,
    refresh: Option<String>,
) -> Response {
    let now = shared.clock.now();
    let token = state.tokens.issue(&shared.ids, audience, caller, now);
    let number = |number: i64| match version {
        Version::V1 => Value::from(number.to_string()),
        Version::V2 => Value::from(number),
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    put("token_type", "Bearer".into());
    match (version, caller) {
        (Version::V1, Caller::User) => put("scope", "user_impersonation".into()),
        (Version::V2, Caller::User) => {
            put(
                "scope",
                format!("{}/user_impersonation", audience.address()).into(),
            );
        }
        (_, Caller::App) => {}
    }
    put("expires_in", number(ACCESS_SECONDS));
    put("ext_expires_in", number(ACCESS_SECONDS));
    if version == Version::V1 {
        put("expires_on", number(now.as_second() + ACCESS_SECONDS));
        put("not_before", number(now.as_second()));
        put("resource", audience.address().into());
    }
    put("access_token", token.into());
    if let Some(refresh) = refresh {
        put("refresh_token", refresh.into());
    }
    json(StatusCode::OK, &Value::Object(body))
}

fn refuse(shared: &Shared, refusal: &Refusal) -> Response {
    let (trace, correlation) = (shared.ids.guid().to_string(), shared.ids.guid().to_string());
    let time = shared.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
        refusal.number, refusal.description
    );
    json(
        refusal.status,
        &object([
            ("error", refusal.error.into()),
            ("error_description", description.into()),
            ("error_codes", Value::Array(vec![refusal.number.into()])),
            ("timestamp", time.into()),
            ("trace_id", trace.into()),
            ("correlation_id", correlation.into()),
        ]),
    )
}

fn form(body: &[u8]) -> Form {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refusal> {
    form.get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            let description = format!("The request body must contain the parameter {name}.");
            refusal("invalid_request", 900_144, description)
        })
}

fn tenant_known(tenant: &str) -> Result<(), Refusal> {
    if matches!(tenant, TENANT | "common" | "organizations") {
        return Ok(());
    }
    let description = "There is no such directory.";
    Err(refusal("invalid_request", 90_002, description))
}

fn client_known(form: &Form) -> Result<(), Refusal> {
    if required(form, "client_id")? == CLIENT_ID {
        return Ok(());
    }
    let description = "The directory has no application with this client id.";
    Err(refusal("unauthorized_client", 700_016, description))
}

fn secret(form: &Form) -> Result<(), Refusal> {
    match form.get("client_secret").map(String::as_str) {
        Some(CLIENT_SECRET) => Ok(()),
        Some(_) => Err(refusal(
            "invalid_client",
            7_000_215,
            "The client secret is wrong.",
        )),
        None => Err(refusal(
            "invalid_client",
            7_000_218,
            "The client secret is missing.",
        )),
    }
}

fn audience(form: &Form, version: Version) -> Result<Audience, Refusal> {
    match version {
        Version::V1 => {
            let resource = required(form, "resource")?;
            Audience::parse(resource).ok_or_else(|| {
                let description = format!("The resource {resource} was not found in the directory.");
                refusal("invalid_resource", 500_011, description)
            })
        }
        Version::V2 => audience_of_scope(required(form, "scope")?),
    }
}

/// The one audience a scope names, whatever else is in it.
fn audience_of_scope(scope: &str) -> Result<Audience, Refusal> {
    let mut found: Option<Audience> = None;
    for part in scope.split_whitespace() {
        if matches!(part, "openid" | "profile" | "email" | "offline_access") {
            continue;
        }
        let audience = part
            .rsplit_once('/')
            .filter(|(_, permission)| matches!(*permission, ".default" | "user_impersonation"))
            .and_then(|(resource, _)| Audience::parse(resource));
        match (audience, found) {
            (Some(audience), None) => found = Some(audience),
            (Some(audience), Some(before)) if audience == before => {}
            (Some(_), Some(_)) => {
                return Err(refusal(
                    "invalid_scope",
                    28_000,
                    "A token is for one audience only.",
                ));
            }
            (None, _) => {
                let description = format!("The scope {part} is not valid.");
                return Err(refusal("invalid_scope", 70_011, description));
            }
        }
    }
    found.ok_or_else(|| refusal("invalid_scope", 70_011, "The scope names no audience."))
}
