//! What a test or story tells the org to be: settings, fields, stages, rules, faults of single rows.
//!
//! Under `/sandbox/salesforce/`, without sign-in. No client of the real service knows these paths.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;
use connector_api::{Value, value::object};
use serde::Deserialize;

use crate::admin::{read, refuse};
use crate::body::{BODY_BYTES_MAX, empty, json};
use crate::salesforce::custom::{FieldChange, NewStage};
use crate::salesforce::rules::{DuplicateRule, LateCommits, RowLock, ValidationRule};
use crate::salesforce::state::{SettingsChange, State};
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversion {
    lead: String,
    opportunity: Option<String>,
    account: Option<String>,
    contact: Option<String>,
}

/// Every admin path of the org.
pub(super) async fn serve(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES_MAX).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    };
    let now = shared.clock.now();
    let mut state = shared.salesforce();
    let path = parts.uri.path().trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    let done = match (parts.method.as_str(), name) {
        ("POST", "expire-tokens") => {
            state.sessions.expire_all();
            Ok(())
        }
        ("POST", "settings") => read::<SettingsChange>(&bytes).map(|change| {
            state.change_settings(change);
            state.schema_changed = now;
        }),
        ("POST", "fields") => read::<FieldChange>(&bytes).and_then(|change| state.change_field(change, now)),
        ("POST", "stages") => read::<NewStage>(&bytes).map(|stage| state.add_stage(stage, now)),
        ("POST", "validation-rules") => add(&bytes, &mut state, |state, rule: ValidationRule| {
            let known = state
                .schema
                .object(&rule.object)
                .and_then(|of| of.field(&rule.field))
                .is_some();
            if known {
                Ok(state.rules.add_validation(rule))
            } else {
                Err("the object has no such field")
            }
        }),
        ("POST", "duplicate-rules") => add(&bytes, &mut state, |state, rule: DuplicateRule| {
            let of = state.schema.object(&rule.object);
            let known = of.is_some_and(|of| rule.fields.iter().all(|field| of.field(field).is_some()));
            if known {
                Ok(state.rules.add_duplicate(rule))
            } else {
                Err("the object has no such field")
            }
        }),
        ("POST", "locks") => add(&bytes, &mut state, |state, lock: RowLock| {
            Ok(state.rules.add_lock(lock))
        }),
        ("POST", "late-commits") => add(&bytes, &mut state, |state, late: LateCommits| {
            Ok(state.rules.add_late(late))
        }),
        ("DELETE", "rules") => {
            state.rules.clear();
            Ok(())
        }
        ("POST", "convert-lead") => read::<Conversion>(&bytes).and_then(|conversion| {
            let ids = [conversion.account, conversion.contact, conversion.opportunity];
            state.convert_lead(&conversion.lead, ids, now)
        }),
        ("GET", "settings") => return json(StatusCode::OK, &settings(&state)),
        _ => {
            return refuse(
                StatusCode::NOT_FOUND,
                format!("there is no `{} {path}`", parts.method),
            );
        }
    };
    state.store.commit(now);
    match done {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(message) => refuse(StatusCode::BAD_REQUEST, message),
    }
}

fn add<T: serde::de::DeserializeOwned>(
    bytes: &Bytes,
    state: &mut State,
    add: impl FnOnce(&mut State, T) -> Result<bool, &'static str>,
) -> Result<(), String> {
    let rule = read::<T>(bytes)?;
    match add(state, rule) {
        Ok(true) => Ok(()),
        Ok(false) => Err("there are too many of them; delete the rules first".to_owned()),
        Err(message) => Err(message.to_owned()),
    }
}

fn settings(state: &State) -> Value {
    let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    object([
        ("api_calls", number(state.calls())),
        ("api_calls_max", number(state.settings.api_calls_max)),
        (
            "page_rows",
            state.settings.page_rows.map(|rows| number(rows as u64)).into(),
        ),
        ("assignment_rules", state.settings.assignment_rules.into()),
        (
            "modstamp_milliseconds",
            state.settings.modstamp_milliseconds.into(),
        ),
        (
            "rotate_refresh_tokens",
            state.settings.rotate_refresh_tokens.into(),
        ),
        ("session_seconds", state.settings.session_seconds.into()),
    ])
}
