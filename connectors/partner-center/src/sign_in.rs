//! Gets access tokens. Two services, two audiences, two tokens; referrals take a signed-in user only, the webhook
//! service also takes the application alone.

use std::sync::Arc;
use std::time::Duration;

use connector_api::connection::BoxFuture;
use connector_api::{ErrorClass, OperationError, Secret, Value};
use connector_http::{FetchToken, Request, Response, Token, Transport, Url};
use tokio::sync::Mutex;

use crate::refresh_tokens::{RefreshToken, RefreshTokens};
use crate::settings::{SignInConfig, TokenVersion};

/// Longest life of a token believed; a longer one is renewed after it.
const LIFETIME_SECONDS_MAX: u64 = 24 * 3600;
const DESCRIPTION_CHARS_MAX: usize = 500;

/// The sign-in of one connection, shared by its audiences.
pub(crate) struct SignIn {
    transport: Transport,
    config: SignInConfig,
    /// Held while a refresh token is exchanged: two exchanges at once could lose the newer of two rotated tokens.
    tokens: Mutex<RefreshTokens>,
}

/// Gets tokens for one audience.
pub(crate) struct Audience {
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) audience: String,
    /// Whether the service also takes the application without a user.
    pub(crate) takes_application: bool,
}

impl SignIn {
    pub(crate) fn new(transport: Transport, config: SignInConfig) -> Self {
        let configured = config.refresh_token.clone().map(|secret| RefreshToken {
            secret,
            version: config.token_version,
        });
        let tokens = Mutex::new(RefreshTokens::new(config.token_file.clone(), configured));
        Self {
            transport,
            config,
            tokens,
        }
    }

    pub(crate) fn config(&self) -> &SignInConfig {
        &self.config
    }

    /// Keeps a refresh token that was handed out.
    pub(crate) async fn keep(&self, secret: &str, version: TokenVersion) -> Result<(), OperationError> {
        let token = RefreshToken {
            secret: Secret::new("issued", secret),
            version,
        };
        self.tokens.lock().await.keep(token)
    }

    /// An address of the identity platform below the tenant.
    pub(crate) fn address(&self, path: &str) -> Url {
        let mut url = self.config.login_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}/{path}", self.config.tenant));
        url
    }

    /// Posts a form to the identity platform. The answer may hold tokens, so nothing of it is ever quoted.
    pub(crate) async fn post(
        &self,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Result<Response, OperationError> {
        let request = Request::post(self.address(path))
            .form(fields)
            .harmless()
            .confidential();
        self.transport.send(request).await
    }

    /// `client_id`, `client_secret` if there is one, and the given fields.
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut form = vec![("client_id".to_owned(), self.config.client_id.clone())];
        if let Some(secret) = &self.config.client_secret {
            form.push(("client_secret".to_owned(), secret.expose().to_owned()));
        }
        form.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        form
    }

    async fn exchange(
        &self,
        version: TokenVersion,
        audience: &str,
        grant: &[(&str, &str)],
    ) -> Result<Value, OperationError> {
        let scope = format!("{audience}/.default");
        let (path, target) = match version {
            TokenVersion::V1 => ("oauth2/token", ("resource", audience)),
            TokenVersion::V2 => ("oauth2/v2.0/token", ("scope", scope.as_str())),
        };
        let mut fields = vec![target];
        fields.extend_from_slice(grant);
        let response = self.post(path, self.form(&fields)).await?;
        if response.is_success() {
            response.json()
        } else {
            Err(refusal(&response))
        }
    }

    /// Signs in as the user. `None` when there is no refresh token at all.
    async fn as_user(&self, audience: &str) -> Result<Option<Token>, OperationError> {
        let mut tokens = self.tokens.lock().await;
        let mut refused = None;
        for candidate in tokens.candidates()? {
            let mut grant = vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", candidate.secret.expose()),
            ];
            if candidate.version == TokenVersion::V1 {
                grant.push(("scope", "openid"));
            }
            match self.exchange(candidate.version, audience, &grant).await {
                Ok(answer) => {
                    let token = access_token(&answer)?;
                    let rotated = answer.get("refresh_token").and_then(Value::as_str);
                    if let Some(rotated) = rotated.filter(|rotated| *rotated != candidate.secret.expose()) {
                        tokens.keep(RefreshToken {
                            secret: Secret::new("issued", rotated),
                            version: candidate.version,
                        })?;
                    }
                    return Ok(Some(token));
                }
                // A token that has ended may have a successor elsewhere: a new one in the settings, say.
                Err(error) if error.code == "invalid_grant" => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        refused.map_or(Ok(None), Err)
    }

    async fn as_application(&self, audience: &str) -> Result<Token, OperationError> {
        let grant = [("grant_type", "client_credentials")];
        let answer = self.exchange(self.config.token_version, audience, &grant).await?;
        access_token(&answer)
    }
}

impl FetchToken for Audience {
    fn fetch(&self) -> BoxFuture<'_, Result<Token, OperationError>> {
        Box::pin(async {
            if let Some(token) = self.sign_in.as_user(&self.audience).await? {
                return Ok(token);
            }
            if self.takes_application && self.sign_in.config.client_secret.is_some() {
                return self.sign_in.as_application(&self.audience).await;
            }
            Err(OperationError::new(
                ErrorClass::Unauthorized,
                "not_signed_in",
                "nobody has signed in yet: use `engine connections login`",
            ))
        })
    }
}

fn access_token(answer: &Value) -> Result<Token, OperationError> {
    let text = answer
        .get("access_token")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| {
            OperationError::new(
                ErrorClass::UnexpectedResponse,
                "no_access_token",
                "the identity platform answered without an access token",
            )
        })?;
    // The first token address writes numbers as text, the second as numbers.
    let seconds = match answer.get("expires_in") {
        Some(Value::String(text)) => text.trim().parse::<u64>().ok(),
        Some(value) => value.as_i64().and_then(|seconds| u64::try_from(seconds).ok()),
        None => None,
    };
    Ok(Token {
        secret: Secret::new("access token", text),
        lifetime: seconds.map(|seconds| Duration::from_secs(seconds.min(LIFETIME_SECONDS_MAX))),
    })
}

/// The error of a token request that was turned down: the platform's own code and the first line of its reason.
pub(crate) fn refusal(response: &Response) -> OperationError {
    let mut error = connector_http::classify::error_of(response);
    let Ok(body) = response.json() else {
        return error;
    };
    let text = |name| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = text("error");
    if code.is_empty() {
        return error;
    }
    let reason: String = text("error_description")
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(DESCRIPTION_CHARS_MAX)
        .collect();
    let advice = match code {
        "invalid_grant" | "interaction_required" | "consent_required" => {
            "; sign in again with `engine connections login`"
        }
        "invalid_client" | "unauthorized_client" => "; check `tenant`, `client_id` and `client_secret`",
        _ => "",
    };
    if (400..500).contains(&response.status) && error.class == ErrorClass::Rejected {
        error.class = ErrorClass::Unauthorized;
    }
    error.code = code.to_owned();
    error.message = format!("the identity platform refused to sign in: {reason}{advice}");
    error
}

#[cfg(test)]
mod tests;
