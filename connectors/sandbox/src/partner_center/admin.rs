//! Partner Center's part of the admin API: Microsoft's sellers, deliveries and their mishaps, tokens.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use connector_api::{Map, Value, value::object};
use serde::Deserialize;

use super::delivery::Mishaps;
use super::microsoft::{self, Inbound, Refused};
use super::view;
use crate::admin::{read, refuse};
use crate::body::{empty, json, read_json};
use crate::shared::Shared;

pub(crate) fn admin_router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/sandbox/microsoft/referrals", post(share))
        .route("/sandbox/microsoft/referrals/{id}/{action}", post(act))
        .route("/sandbox/deliveries", get(deliveries))
        .route("/sandbox/deliveries/mishaps", get(mishaps).post(set_mishaps))
        .route("/sandbox/tokens", post(tokens))
        .route("/sandbox/device-login", get(device_login))
        .with_state(shared)
}

/// Reads a body as an object of referral properties; an empty body counts as `{}`.
fn properties(bytes: &Bytes) -> Result<Map, String> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match read_json(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err("the body must be an object".to_owned()),
    }
}

/// `{"kind": "co_sell" | "lead", ...referral properties}`; answers the partner's copy.
async fn share(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Response {
    let mut given = match properties(&bytes) {
        Ok(given) => given,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
    };
    let inbound = match given.shift_remove("kind") {
        None => Inbound::CoSell,
        Some(kind) => match kind.as_str() {
            Some("co_sell") => Inbound::CoSell,
            Some("lead") => Inbound::Lead,
            _ => return refuse(StatusCode::BAD_REQUEST, "`kind` is `co_sell` or `lead`"),
        },
    };
    let mut state = shared.partner_center();
    match microsoft::share(&mut state, &shared, inbound, &given) {
        Ok(id) => show(&state, &shared, &id),
        Err(refused) => answer_refused(refused),
    }
}

async fn act(
    State(shared): State<Arc<Shared>>,
    Path((id, action)): Path<(String, String)>,
    bytes: Bytes,
) -> Response {
    let given = match properties(&bytes) {
        Ok(given) => given,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
    };
    let mut state = shared.partner_center();
    let done = match action.as_str() {
        "accept" => microsoft::accept(&mut state, &shared, &id),
        "decline" => {
            let reason = given.get("reason").and_then(Value::as_str);
            let reason = reason.unwrap_or("No Microsoft seller manages this customer");
            microsoft::decline(&mut state, &shared, &id, reason)
        }
        "update" => microsoft::update(&mut state, &shared, &id, &given),
        "won" => microsoft::close(&mut state, &shared, &id, "Won"),
        "lost" => microsoft::close(&mut state, &shared, &id, "Lost"),
        _ => {
            let message = format!("`{action}` is not one of accept, decline, update, won, lost");
            return refuse(StatusCode::NOT_FOUND, message);
        }
    };
    match done {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(refused) => answer_refused(refused),
    }
}

fn show(state: &super::State, shared: &Shared, id: &str) -> Response {
    match state.referrals.get(id) {
        Some(referral) => json(StatusCode::CREATED, &Value::Object(view::item(shared, referral))),
        None => refuse(StatusCode::NOT_FOUND, format!("there is no referral `{id}`")),
    }
}

fn answer_refused(refused: Refused) -> Response {
    match refused {
        Refused::NotFound(message) => refuse(StatusCode::NOT_FOUND, message),
        Refused::NotNow(message) => refuse(StatusCode::CONFLICT, message),
    }
}

async fn deliveries(State(shared): State<Arc<Shared>>) -> Response {
    let state = shared.partner_center();
    json(
        StatusCode::OK,
        &object([
            ("idle", state.deliveries.idle().into()),
            ("deliveries", state.deliveries.to_value()),
        ]),
    )
}

async fn mishaps(State(shared): State<Arc<Shared>>) -> Response {
    json(StatusCode::OK, &shared.partner_center().deliveries.mishaps)
}

async fn set_mishaps(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Response {
    let set =
        read::<Mishaps>(&bytes).and_then(|mishaps| shared.partner_center().deliveries.set_mishaps(mishaps));
    match set {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(message) => refuse(StatusCode::BAD_REQUEST, message),
    }
}

/// What is to happen to tokens.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TokenOrders {
    expire: bool,
    revoke_refresh: bool,
    require_mfa: Option<bool>,
    auto_approve: Option<bool>,
}

async fn tokens(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Response {
    let orders = match read::<TokenOrders>(&bytes) {
        Ok(orders) => orders,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
    };
    let now = shared.clock.now();
    let mut state = shared.partner_center();
    if orders.expire {
        state.tokens.expire_access(now);
    }
    if orders.revoke_refresh {
        state.tokens.revoke_refresh();
    }
    if let Some(require_mfa) = orders.require_mfa {
        state.tokens.require_mfa = require_mfa;
    }
    if let Some(auto_approve) = orders.auto_approve {
        state.tokens.auto_approve = auto_approve;
    }
    empty(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct DeviceLogin {
    user_code: Option<String>,
    #[serde(default)]
    decline: bool,
}

/// The page a device code sends its user to: opening it with the code approves.
async fn device_login(State(shared): State<Arc<Shared>>, Query(login): Query<DeviceLogin>) -> Response {
    let Some(code) = login.user_code else {
        let message = "add `?user_code=` and the code you were shown";
        return refuse(StatusCode::BAD_REQUEST, message);
    };
    let known = shared
        .partner_center()
        .tokens
        .answer_device(&code, !login.decline);
    if known {
        empty(StatusCode::NO_CONTENT)
    } else {
        refuse(
            StatusCode::NOT_FOUND,
            "there is no such code, or it was used already",
        )
    }
}
