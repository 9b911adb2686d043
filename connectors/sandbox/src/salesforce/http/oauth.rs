//! Signing in: the grants of OAuth 2.0 that an org offers, and their refusals.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connector_api::{Map, Value, value::object};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::call::{Answer, Call, Content};
use super::identity::{id_url, userinfo};
use crate::salesforce::error::ApiError;
use crate::salesforce::session::{App, Code, Grant, PASSWORD, app, signed_by_the_apps_key};
use crate::salesforce::state::{State, USERS};
use crate::shared::Shared;

/// Audiences every org accepts, beside its own address.
const AUDIENCES: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];
const SCOPE: &str = "api";

/// A refusal: error and description.
type Refusal = (&'static str, &'static str);

/// An endpoint under `/services/oauth2/`.
pub(super) fn answer(shared: &Shared, call: &Call, endpoint: &str) -> Answer {
    match (endpoint, call.method.as_str()) {
        ("token", "POST") => token(shared, &form(call), call).unwrap_or_else(refuse),
        ("authorize", "GET") => authorize(shared, call).unwrap_or_else(refuse),
        ("userinfo", "GET" | "POST") => userinfo(shared, call),
        ("revoke", "GET" | "POST") => revoke(shared, call),
        ("token", _) => Answer::error(call.method_not_allowed("POST")),
        ("authorize", _) => Answer::error(call.method_not_allowed("GET")),
        _ => Answer::error(ApiError::not_found()),
    }
}

/// `/.well-known/openid-configuration`
pub(super) fn discovery(shared: &Shared) -> Answer {
    let base = &shared.base_url;
    let endpoint = |name: &str| Value::from(format!("{base}/services/oauth2/{name}"));
    let list = |items: &[&str]| Value::Array(items.iter().map(|item| (*item).into()).collect());
    Answer::ok(object([
        ("issuer", base.as_str().into()),
        ("authorization_endpoint", endpoint("authorize")),
        ("token_endpoint", endpoint("token")),
        ("revocation_endpoint", endpoint("revoke")),
        ("userinfo_endpoint", endpoint("userinfo")),
        (
            "scopes_supported",
            list(&["api", "id", "openid", "refresh_token"]),
        ),
        ("response_types_supported", list(&["code"])),
        ("subject_types_supported", list(&["public"])),
    ]))
}

fn refuse((error, description): Refusal) -> Answer {
    Answer::new(
        400,
        Some(object([
            ("error", error.into()),
            ("error_description", description.into()),
        ])),
    )
}

/// Parameters of a form body; those of the query stand in for missing ones.
fn form(call: &Call) -> Vec<(String, String)> {
    let mut parameters: Vec<(String, String)> = match &call.content {
        Content::Bytes(bytes) => form_urlencoded::parse(bytes).into_owned().collect(),
        Content::Json(_) => Vec::new(),
    };
    parameters.extend(call.query.iter().cloned());
    parameters
}

fn parameter<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn token(shared: &Shared, form: &[(String, String)], call: &Call) -> Result<Answer, Refusal> {
    let now = shared.clock.now();
    let mut state = shared.salesforce();
    match parameter(form, "grant_type").unwrap_or_default() {
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let assertion = parameter(form, "assertion").unwrap_or_default();
            let grant = jwt_bearer(shared, &state, assertion, now)?;
            Ok(Answer::ok(granted(shared, &mut state, &grant, now, false)))
        }
        "client_credentials" => {
            let app = client(form, call, true)?;
            let run_as = app
                .run_as
                .ok_or(("invalid_grant", "no client credentials user enabled"))?;
            let grant = user_grant(&state, app, run_as)?;
            Ok(Answer::ok(granted(shared, &mut state, &grant, now, true)))
        }
        "password" => {
            let app = client(form, call, true)?;
            let given = parameter(form, "password").unwrap_or_default();
            if !given.starts_with(PASSWORD) {
                return Err(("invalid_grant", "authentication failure"));
            }
            let username = parameter(form, "username").unwrap_or_default();
            let grant = user_grant(&state, app, username)?;
            Ok(Answer::ok(granted(shared, &mut state, &grant, now, true)))
        }
        "refresh_token" => {
            let app = client(form, call, false)?;
            let rotate = state.settings.rotate_refresh_tokens;
            let given = parameter(form, "refresh_token").unwrap_or_default();
            let grant = state
                .sessions
                .use_refresh(given, rotate)
                .filter(|grant| grant.app == app.key)
                .ok_or(("invalid_grant", "expired access/refresh token"))?;
            let mut body = granted(shared, &mut state, &grant, now, true);
            if rotate {
                let fresh = state.sessions.issue_refresh(&grant, &shared.ids);
                insert(&mut body, "refresh_token", fresh);
            }
            Ok(Answer::ok(body))
        }
        "authorization_code" => {
            let app = client(form, call, false)?;
            let code = parameter(form, "code").unwrap_or_default();
            let code = state
                .sessions
                .use_code(code, now)
                .ok_or(("invalid_grant", "expired authorization code"))?;
            if code.grant.app != app.key {
                return Err(("invalid_grant", "invalid authorization code"));
            }
            if parameter(form, "redirect_uri") != Some(&code.redirect_uri) {
                return Err(("redirect_uri_mismatch", "redirect_uri must match configuration"));
            }
            if let Some(challenge) = &code.challenge {
                let verifier = parameter(form, "code_verifier").unwrap_or_default();
                if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != challenge.trim_end_matches('=') {
                    return Err(("invalid_grant", "invalid code verifier"));
                }
            }
            let mut body = granted(shared, &mut state, &code.grant, now, true);
            let refresh = state.sessions.issue_refresh(&code.grant, &shared.ids);
            insert(&mut body, "refresh_token", refresh);
            Ok(Answer::ok(body))
        }
        _ => Err(("unsupported_grant_type", "grant type not supported")),
    }
}

/// The app of a token request, from form or Basic header.
fn client(form: &[(String, String)], call: &Call, secret_needed: bool) -> Result<&'static App, Refusal> {
    let basic = call
        .header("authorization")
        .and_then(|header| header.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|decoded| String::from_utf8(decoded).ok());
    let pair = basic.as_deref().and_then(|pair| pair.split_once(':'));
    let (key, secret) = match pair {
        Some((key, secret)) => (Some(key), Some(secret)),
        None => (parameter(form, "client_id"), parameter(form, "client_secret")),
    };
    let app = key
        .and_then(app)
        .ok_or(("invalid_client_id", "client identifier invalid"))?;
    match secret {
        Some(secret) if secret == app.secret => Ok(app),
        None if !secret_needed => Ok(app),
        _ => Err(("invalid_client", "invalid client credentials")),
    }
}

/// Checks an assertion. An expiry as number or text and audiences with or without a slash at the end are taken, because
/// clients in use send them. One client writes milliseconds, a few hundred ahead: read as seconds, as here, that is far
/// in the future, and a slow sign-in does not fail.
fn jwt_bearer(shared: &Shared, state: &State, assertion: &str, now: Timestamp) -> Result<Grant, Refusal> {
    const INVALID: Refusal = ("invalid_grant", "invalid assertion");
    let (signed, signature) = assertion.rsplit_once('.').ok_or(INVALID)?;
    let (header, claims) = signed.split_once('.').ok_or(INVALID)?;
    let (header, claims) = (jwt_part(header).ok_or(INVALID)?, jwt_part(claims).ok_or(INVALID)?);
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let app = app(claim("iss")).ok_or(("invalid_client_id", "client identifier invalid"))?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature.trim_end_matches('='))
        .map_err(|_| INVALID)?;
    let algorithm = header.get("alg").and_then(Value::as_str);
    if algorithm != Some("RS256") || !signed_by_the_apps_key(signed.as_bytes(), &signature) {
        return Err(INVALID);
    }
    let audience = claim("aud").trim_end_matches('/');
    let secure = shared.base_url.replacen("http://", "https://", 1);
    if !AUDIENCES.contains(&audience) && audience != shared.base_url && audience != secure {
        return Err(("invalid_grant", "audience is invalid"));
    }
    let expires = match claims.get("exp") {
        Some(Value::Number(number)) => Some(number.as_f64() as i64),
        Some(Value::String(text)) => text.parse::<f64>().ok().map(|seconds| seconds as i64),
        _ => None,
    };
    let expires = expires.ok_or(INVALID)?;
    if expires <= now.as_second() {
        return Err(("invalid_grant", "expired assertion"));
    }
    let unapproved = ("invalid_grant", "user hasn't approved this consumer");
    let approved = |username: &str| {
        let known = USERS
            .iter()
            .position(|user| user.username.eq_ignore_ascii_case(username));
        known.is_some_and(State::is_approved)
    };
    let subject = claim("sub");
    if !approved(subject) {
        return Err(unapproved);
    }
    user_grant(state, app, subject)
}

fn jwt_part(text: &str) -> Option<Map> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    match Value::from_json(std::str::from_utf8(&bytes).ok()?).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

fn user_grant(state: &State, app: &App, username: &str) -> Result<Grant, Refusal> {
    let user = state
        .user_by_name(username)
        .ok_or(("invalid_grant", "authentication failure"))?;
    if !state
        .store
        .row("User", &user)
        .is_some_and(|row| row.flag("IsActive"))
    {
        return Err(("inactive_user", "user is inactive"));
    }
    Ok(Grant { user, app: app.key })
}

/// The body of a granted request; `signed` adds what only some grants return.
fn granted(shared: &Shared, state: &mut State, grant: &Grant, now: Timestamp, signed: bool) -> Value {
    let lifetime = state.settings.session_seconds;
    let token = state.sessions.open(grant, &shared.ids, now, lifetime);
    let id = id_url(&shared.base_url, &grant.user);
    let mut body = object([
        ("access_token", token.into()),
        ("scope", SCOPE.into()),
        ("instance_url", shared.base_url.as_str().into()),
        ("id", id.as_str().into()),
        ("token_type", "Bearer".into()),
    ]);
    if signed {
        let issued = now.as_millisecond().to_string();
        let secret = app(grant.app).map_or("", |app| app.secret);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = hmac::sign(&key, format!("{id}{issued}").as_bytes());
        insert(&mut body, "issued_at", issued);
        insert(&mut body, "signature", STANDARD.encode(signature));
    }
    body
}

fn insert(body: &mut Value, name: &str, value: String) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// Sends the browser back with a code at once: the user named in `login_hint`, or the app's own, has said yes.
fn authorize(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let wanted = |name| call.parameter(name);
    if wanted("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response type not supported"));
    }
    let app = wanted("client_id")
        .and_then(app)
        .ok_or(("invalid_client_id", "client identifier invalid"))?;
    let redirect_uri = wanted("redirect_uri").unwrap_or_default();
    if !redirect_uri.starts_with("http://") && !redirect_uri.starts_with("https://") {
        return Err(("redirect_uri_mismatch", "redirect_uri must match configuration"));
    }
    if wanted("code_challenge").is_some() && wanted("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code challenge method not supported"));
    }
    let mut state = shared.salesforce();
    let username = wanted("login_hint").or(app.run_as).unwrap_or_default();
    let grant = user_grant(&state, app, username)?;
    let code = format!("aPrx{}", shared.ids.token());
    state.sessions.issue_code(Code {
        code: code.clone(),
        grant,
        redirect_uri: redirect_uri.to_owned(),
        challenge: wanted("code_challenge").map(str::to_owned),
        issued: shared.clock.now(),
    });
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    let mut target = format!("{redirect_uri}{joint}code={code}");
    if let Some(given) = wanted("state") {
        target.push_str(&format!(
            "&state={}",
            utf8_percent_encode(given, NON_ALPHANUMERIC)
        ));
    }
    Ok(Answer::new(302, None).with_header("location", target))
}

fn revoke(shared: &Shared, call: &Call) -> Answer {
    let form = form(call);
    let token = parameter(&form, "token").unwrap_or_default();
    if shared.salesforce().sessions.revoke(token) {
        Answer::new(200, None)
    } else {
        refuse(("unsupported_token_type", "this token type is not supported"))
    }
}
