//! Signing in: JWT bearer or client credentials, and where the service says its interface is.
//!
//! Neither grant gives a refresh token and no answer says how long a token lives; a token is used until the service
//! refuses it. Sharing one sign-in among many calls is the token source's work.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connector_api::{BoxFuture, ErrorClass, OperationError, Secret, Value, value::object};
use connector_http::{AllowedHosts, FetchToken, Request, Token, Transport, Url, is_loopback};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::error;

/// How long an assertion holds; the service wants the near future.
const ASSERTION_SECONDS: i64 = 180;
const TOKEN_PATH: &str = "services/oauth2/token";

/// How the connection proves who it is.
pub(crate) enum Grant {
    /// An assertion signed with the key whose certificate the app knows.
    JwtBearer {
        /// Whom the app acts for.
        username: String,
        /// Whom the assertion is made for.
        audience: String,
        /// The key.
        key: Box<SigningKey>,
    },
    /// The app's own secret; the org says which user it acts for.
    ClientCredentials {
        /// The secret.
        secret: Secret,
    },
}

/// An RSA key that signs assertions.
pub(crate) struct SigningKey(RsaKeyPair);

/// What a sign-in told besides the token.
#[derive(Clone)]
pub(crate) struct Session {
    /// The origin of the interface.
    pub(crate) instance: Url,
    /// The 18-character id of the signed-in user.
    pub(crate) user_id: Option<String>,
}

/// Signs in. Cloning shares what the last sign-in told.
#[derive(Clone)]
pub(crate) struct SignIn {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    login_url: Url,
    client_id: String,
    grant: Grant,
    instance_hosts: AllowedHosts,
    session: RwLock<Option<Session>>,
}

impl SigningKey {
    /// Reads a PEM key, PKCS #8 or PKCS #1. Line breaks written as `\n` are understood, since many environments
    /// cannot hold real ones. The error never quotes the key.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, String> {
        let pem = pem.replace("\\n", "\n");
        let begin = pem
            .find("-----BEGIN ")
            .ok_or("not a PEM key: there is no `-----BEGIN` line")?;
        let (label, rest) = pem[begin + 11..]
            .split_once("-----")
            .ok_or("not a PEM key: its first line is not whole")?;
        let (body, _) = rest
            .split_once("-----END ")
            .ok_or("not a PEM key: there is no `-----END` line")?;
        let body: String = body.chars().filter(|char| !char.is_whitespace()).collect();
        let der = STANDARD
            .decode(body)
            .map_err(|_| "not a PEM key: what stands between its first and last line is not base64")?;
        let pair = match label {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
            "ENCRYPTED PRIVATE KEY" => return Err("the key is encrypted; give it without a password".into()),
            other => {
                return Err(format!(
                    "`{other}` is not an RSA private key; the service takes RS256 only"
                ));
            }
        };
        pair.map(Self).map_err(|reason| {
            format!("not a usable RSA private key: {reason}; 2048 to 4096 bits are possible")
        })
    }

    fn assertion(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, OperationError> {
        let claims = object([
            ("iss", issuer.into()),
            ("sub", subject.into()),
            ("aud", audience.into()),
            ("exp", (now.as_second() + ASSERTION_SECONDS).into()),
        ]);
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
        let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_json()));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .map_err(|_| {
                OperationError::new(
                    ErrorClass::Unauthorized,
                    "cannot_sign",
                    "the sign-in assertion could not be signed with `private_key`",
                )
            })?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl SignIn {
    /// Signs in at `login_url`; the interface must then be on one of `instance_hosts`.
    pub(crate) fn new(
        transport: Transport,
        login_url: Url,
        client_id: String,
        grant: Grant,
        instance_hosts: AllowedHosts,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                login_url,
                client_id,
                grant,
                instance_hosts,
                session: RwLock::new(None),
            }),
        }
    }

    /// What the last sign-in told.
    pub(crate) fn session(&self) -> Result<Session, OperationError> {
        self.inner
            .session
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| OperationError::new(ErrorClass::Unauthorized, "not_signed_in", "not signed in"))
    }

    async fn sign_in(&self) -> Result<Token, OperationError> {
        let inner = &self.inner;
        let mut address = inner.login_url.clone();
        address.set_path(&format!(
            "{}/{TOKEN_PATH}",
            inner.login_url.path().trim_end_matches('/')
        ));
        #[allow(
            clippy::disallowed_methods,
            reason = "the service compares this time with its own clock"
        )]
        let form = match &inner.grant {
            Grant::JwtBearer {
                username,
                audience,
                key,
            } => vec![
                field("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                field(
                    "assertion",
                    &key.assertion(&inner.client_id, username, audience, Timestamp::now())?,
                ),
            ],
            Grant::ClientCredentials { secret } => vec![
                field("grant_type", "client_credentials"),
                field("client_id", &inner.client_id),
                field("client_secret", secret.expose()),
            ],
        };
        let request = Request::post(address).form(form).harmless().confidential();
        let response = inner.transport.send(request).await?;
        if !response.is_success() {
            return Err(error::of_sign_in(&response));
        }
        let body = response.json()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let token = text("access_token").ok_or_else(|| incomplete("access_token"))?;
        let instance = text("instance_url").ok_or_else(|| incomplete("instance_url"))?;
        let session = Session {
            instance: self.allowed_instance(instance)?,
            user_id: text("id")
                .and_then(|id| id.trim_end_matches('/').rsplit('/').next())
                .map(crate::record::long_id),
        };
        *inner.session.write().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(Token {
            secret: Secret::new("salesforce access token", token),
            lifetime: None,
        })
    }

    /// The token would be sent there with every call, so only known hosts are accepted.
    fn allowed_instance(&self, text: &str) -> Result<Url, OperationError> {
        let refused = |message: String| {
            OperationError::new(ErrorClass::UnexpectedResponse, "instance_not_allowed", message)
        };
        let url = connector_http::endpoint(text)
            .map_err(|reason| refused(format!("the sign-in names no usable instance: {reason}")))?;
        let local = is_loopback(&self.inner.login_url) && is_loopback(&url);
        if local || self.inner.instance_hosts.allows(&url) {
            return Ok(url);
        }
        Err(refused(format!(
            "the sign-in leads to `{}`, which is not in `instance_hosts`; add it there if it is yours",
            url.host_str().unwrap_or_default()
        )))
    }
}

impl FetchToken for SignIn {
    fn fetch(&self) -> BoxFuture<'_, Result<Token, OperationError>> {
        Box::pin(self.sign_in())
    }
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn incomplete(member: &str) -> OperationError {
    OperationError::new(
        ErrorClass::UnexpectedResponse,
        "incomplete_sign_in",
        format!("the sign-in succeeded but its answer has no `{member}`"),
    )
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    const PKCS8: &str = include_str!("../tests/keys/pkcs8.pem");
    const PKCS1: &str = include_str!("../tests/keys/pkcs1.pem");
    const PUBLIC: &str = include_str!("../tests/keys/public.pem");

    #[test]
    fn assertions_carry_the_claims_and_verify() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let der: String = PUBLIC.lines().filter(|line| !line.starts_with("-----")).collect();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, STANDARD.decode(der).unwrap());
        for pem in [PKCS8.to_owned(), PKCS1.to_owned(), PKCS8.replace('\n', "\\n")] {
            let key = SigningKey::from_pem(&pem).unwrap();
            let assertion = key
                .assertion(
                    "consumer",
                    "user@example.com",
                    "https://login.salesforce.com",
                    now,
                )
                .unwrap();
            let parts: Vec<&str> = assertion.split('.').collect();
            let decoded = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
            assert_eq!(decoded(parts[0]), r#"{"alg":"RS256"}"#);
            assert_eq!(
                decoded(parts[1]),
                r#"{"iss":"consumer","sub":"user@example.com","aud":"https://login.salesforce.com","exp":1795168980}"#
            );
            let signed = format!("{}.{}", parts[0], parts[1]);
            public
                .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap())
                .unwrap();
        }
    }

    #[test]
    fn keys_that_cannot_sign_are_refused_without_quoting_them() {
        for (pem, told) in [
            ("hunter2", "-----BEGIN"),
            ("-----BEGIN PRIVATE KEY-----\nhunter2", "-----END"),
            (
                "-----BEGIN PRIVATE KEY-----\nhunter2!\n-----END PRIVATE KEY-----",
                "base64",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----",
                "RSA",
            ),
            (
                "-----BEGIN EC PRIVATE KEY-----\naHVudGVyMg==\n-----END EC PRIVATE KEY-----",
                "EC PRIVATE KEY",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----",
                "encrypted",
            ),
        ] {
            let message = SigningKey::from_pem(pem).err().unwrap();
            assert!(message.contains(told), "{message}");
            assert!(
                !message.contains("hunter2") && !message.contains("aHVud"),
                "{message}"
            );
        }
    }
}
