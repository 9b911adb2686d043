//! The first sign-in of a user: a code is shown, the user enters it in a browser, and the refresh token that comes
//! of it is kept in the token file.

use std::time::Duration;

use connector_api::{ErrorClass, OperationError, Settings, Value};
use connector_http::{AllowedHosts, ClientOptions, Limits, Transport, client, is_loopback};
use tokio::time::Instant;

use crate::settings::{Config, TokenVersion};
use crate::sign_in::{SignIn, refusal};

const INTERVAL_DEFAULT: u64 = 5;
const INTERVAL_MAX: u64 = 60;
const LIFETIME_DEFAULT: u64 = 900;
const LIFETIME_MAX: u64 = 3600;

/// What to show to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePrompt {
    /// The page to open.
    pub verification_uri: String,
    /// The code to enter there.
    pub user_code: String,
    /// How long the code is good for.
    pub expires_in: Duration,
}

/// Signs a user in by device code and keeps the refresh token in the connection's `token_file`. Calls `on_prompt`
/// once with what the user must do, then waits until it is done, refused or too late.
pub async fn device_code_login(
    settings: &Settings,
    on_prompt: impl Fn(&DevicePrompt),
) -> Result<(), OperationError> {
    let (config, audience, ca_file) = Config::read_for_login(settings).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        OperationError::new(ErrorClass::Rejected, "invalid_settings", texts.join("; "))
    })?;
    let options = ClientOptions {
        no_proxy: is_loopback(&config.login_url),
        ca_file,
        ..ClientOptions::default()
    };
    let client = client(&options)
        .map_err(|error| OperationError::new(ErrorClass::Rejected, "invalid_settings", error.to_string()))?;
    let hosts = AllowedHosts::new().with_url(&config.login_url);
    let limits = Limits {
        concurrency: 1,
        requests_per_second: std::num::NonZeroU32::MIN.saturating_add(4),
    };
    let sign_in = SignIn::new(Transport::new(client, hosts, limits), config);
    login(&sign_in, &audience, on_prompt).await
}

async fn login(
    sign_in: &SignIn,
    audience: &str,
    on_prompt: impl Fn(&DevicePrompt),
) -> Result<(), OperationError> {
    let client_id = ("client_id".to_owned(), sign_in.config().client_id.clone());
    let scope = format!("{audience}/.default offline_access openid");
    let response = sign_in
        .post(
            "oauth2/v2.0/devicecode",
            vec![client_id, ("scope".to_owned(), scope)],
        )
        .await?;
    if !response.is_success() {
        return Err(refusal(&response));
    }
    let answer = response.json()?;
    let device_code = text(&answer, "device_code")?;
    let prompt = DevicePrompt {
        verification_uri: text(&answer, "verification_uri")?,
        user_code: text(&answer, "user_code")?,
        expires_in: Duration::from_secs(seconds(&answer, "expires_in", LIFETIME_DEFAULT, LIFETIME_MAX)),
    };
    let ends_at = Instant::now() + prompt.expires_in;
    let mut interval = seconds(&answer, "interval", INTERVAL_DEFAULT, INTERVAL_MAX);
    on_prompt(&prompt);
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let form = sign_in.form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &device_code),
        ]);
        let response = sign_in.post("oauth2/v2.0/token", form).await?;
        if response.is_success() {
            let token = text(&response.json()?, "refresh_token")?;
            return sign_in.keep(&token, TokenVersion::V2).await;
        }
        let error = refusal(&response);
        match error.code.as_str() {
            "authorization_pending" => {}
            "slow_down" => interval = (interval + INTERVAL_DEFAULT).min(INTERVAL_MAX),
            _ => return Err(error),
        }
        if Instant::now() >= ends_at {
            return Err(OperationError::new(
                ErrorClass::Unauthorized,
                "expired_token",
                "nobody entered the code in time; start the sign-in again",
            ));
        }
    }
}

fn text(answer: &Value, name: &str) -> Result<String, OperationError> {
    answer
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| {
            OperationError::new(
                ErrorClass::UnexpectedResponse,
                "incomplete_answer",
                format!("the identity platform answered without `{name}`"),
            )
        })
}

fn seconds(answer: &Value, name: &str, default: u64, most: u64) -> u64 {
    let seconds = match answer.get(name) {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_i64().and_then(|seconds| u64::try_from(seconds).ok()),
        None => None,
    };
    seconds.unwrap_or(default).min(most)
}

#[cfg(test)]
mod tests;
