//! Who a token belongs to.

use connector_api::{Value, value::object};

use super::call::{Answer, Call};
use crate::salesforce::error::ApiError;
use crate::salesforce::id;
use crate::salesforce::state::ORG_ID;
use crate::salesforce::store::Row;
use crate::shared::Shared;

/// The token of the `Authorization` header.
pub(super) fn bearer(call: &Call) -> Result<&str, ApiError> {
    let Some(header) = call.header("authorization") else {
        return Err(ApiError::new(
            401,
            "INVALID_SESSION_ID",
            "Session expired or invalid",
        ));
    };
    let token = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth"))
        .map(|(_, token)| token.trim());
    token.filter(|token| !token.is_empty()).ok_or_else(|| {
        ApiError::new(
            401,
            "INVALID_AUTH_HEADER",
            "INVALID_HEADER_TYPE: the Authorization header must be of the form `Bearer <token>`",
        )
    })
}

/// The 18-character id of the org.
pub(super) fn org_id() -> String {
    id::long(ORG_ID).unwrap_or_default()
}

/// The address that names a user.
pub(super) fn id_url(base_url: &str, user: &str) -> String {
    format!("{base_url}/id/{}/{user}", org_id())
}

/// `/id/{organization}/{user}`
pub(super) fn identity(shared: &Shared, call: &Call, organization: &str, user: &str) -> Answer {
    let Some(row) = signed_in(shared, call) else {
        return bad_token();
    };
    if id::long(organization) != Some(org_id()) || id::long(user).as_deref() != Some(&row.id) {
        return bad_token();
    }
    let base = &shared.base_url;
    Answer::ok(object([
        ("id", id_url(base, &row.id).into()),
        ("asserted_user", true.into()),
        ("user_id", row.id.as_str().into()),
        ("organization_id", org_id().into()),
        ("username", row.get("Username").clone()),
        ("nick_name", row.get("CommunityNickname").clone()),
        ("display_name", row.get("Name").clone()),
        ("email", row.get("Email").clone()),
        ("email_verified", true.into()),
        ("first_name", row.get("FirstName").clone()),
        ("last_name", row.get("LastName").clone()),
        ("timezone", row.get("TimeZoneSidKey").clone()),
        ("photos", photos(base)),
        ("addr_street", Value::Null),
        ("addr_city", Value::Null),
        ("addr_state", Value::Null),
        ("addr_country", Value::Null),
        ("addr_zip", Value::Null),
        ("active", row.flag("IsActive").into()),
        ("user_type", "STANDARD".into()),
        ("language", row.get("LanguageLocaleKey").clone()),
        ("locale", row.get("LocaleSidKey").clone()),
        ("utcOffset", 0.into()),
        ("last_modified_date", row.get("LastModifiedDate").clone()),
        ("urls", urls(base, &row.id)),
    ]))
}

/// `/services/oauth2/userinfo`
pub(super) fn userinfo(shared: &Shared, call: &Call) -> Answer {
    let Some(row) = signed_in(shared, call) else {
        return bad_token();
    };
    let base = &shared.base_url;
    Answer::ok(object([
        ("sub", id_url(base, &row.id).into()),
        ("user_id", row.id.as_str().into()),
        ("organization_id", org_id().into()),
        ("preferred_username", row.get("Username").clone()),
        ("nickname", row.get("CommunityNickname").clone()),
        ("name", row.get("Name").clone()),
        ("email", row.get("Email").clone()),
        ("email_verified", true.into()),
        ("given_name", row.get("FirstName").clone()),
        ("family_name", row.get("LastName").clone()),
        ("zoneinfo", row.get("TimeZoneSidKey").clone()),
        ("photos", photos(base)),
        ("active", row.flag("IsActive").into()),
        ("user_type", "STANDARD".into()),
        ("language", row.get("LanguageLocaleKey").clone()),
        ("locale", row.get("LocaleSidKey").clone()),
        ("utcOffset", 0.into()),
        ("urls", urls(base, &row.id)),
    ]))
}

/// The user of the token in header or query.
fn signed_in(shared: &Shared, call: &Call) -> Option<Row> {
    let token = bearer(call).ok().or_else(|| call.parameter("oauth_token"))?;
    let mut state = shared.salesforce();
    let lifetime = state.settings.session_seconds;
    let grant = state.sessions.find(token, shared.clock.now(), lifetime)?;
    state.store.row("User", &grant.user).map(|row| Row::clone(row))
}

fn bad_token() -> Answer {
    Answer::new(403, Some("Bad_OAuth_Token".into()))
}

fn photos(base_url: &str) -> Value {
    object([
        ("picture", format!("{base_url}/profilephoto/005/F").into()),
        ("thumbnail", format!("{base_url}/profilephoto/005/T").into()),
    ])
}

fn urls(base_url: &str, user: &str) -> Value {
    let data = format!("{base_url}/services/data/v{{version}}/");
    object([
        ("rest", data.as_str().into()),
        ("sobjects", format!("{data}sobjects/").into()),
        ("query", format!("{data}query/").into()),
        ("recent", format!("{data}recent/").into()),
        ("profile", format!("{base_url}/{user}").into()),
    ])
}
