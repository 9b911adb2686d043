//! Connected apps, sessions, refresh tokens and authorization codes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};

use super::state::{ORG_ID, USERS};
use crate::ids::Ids;

/// The key that JWT assertions are signed with. Made for tests, published with the source, worth nothing elsewhere.
pub(crate) const JWT_PRIVATE_KEY: &str = include_str!("../../keys/salesforce-jwt.test-only.pem");
/// What a person types after her name; a security token may follow it.
pub(crate) const PASSWORD: &str = "sandbox-password";
/// Live refresh tokens per user and app.
const REFRESH_TOKENS_MAX: usize = 5;
/// Codes that wait to be redeemed.
const CODES_MAX: usize = 20;
/// How long a code waits.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// A connected app.
pub(crate) struct App {
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    /// Name of the user that client credentials run as.
    pub(crate) run_as: Option<&'static str>,
}

/// The org's apps: of the integration user, of two sellers, and one that lacks a user for client credentials.
pub(crate) const APPS: [App; 4] = [
    App {
        key: "3MVG9sandbox.integration.consumer.key",
        secret: "sandbox-integration-consumer-secret",
        run_as: Some(USERS[0].username),
    },
    App {
        key: "3MVG9sandbox.seller.consumer.key",
        secret: "sandbox-seller-consumer-secret",
        run_as: Some(USERS[1].username),
    },
    App {
        key: "3MVG9sandbox.second.seller.consumer.key",
        secret: "sandbox-second-seller-consumer-secret",
        run_as: Some(USERS[2].username),
    },
    App {
        key: "3MVG9sandbox.unassigned.consumer.key",
        secret: "sandbox-unassigned-consumer-secret",
        run_as: None,
    },
];

/// Who is signed in, through which app.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grant {
    /// The user's id.
    pub(crate) user: String,
    /// The app's key.
    pub(crate) app: &'static str,
}

struct Session {
    token: String,
    grant: Grant,
    used: Timestamp,
}

/// What an authorization code stands for.
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) issued: Timestamp,
}

/// Everything that has been handed out.
#[derive(Default)]
pub(crate) struct Sessions {
    sessions: Vec<Session>,
    refresh_tokens: Vec<(String, Grant)>,
    codes: Vec<Code>,
}

/// The app with this key.
pub(crate) fn app(key: &str) -> Option<&'static App> {
    APPS.iter().find(|app| app.key == key)
}

impl Sessions {
    /// A token for a grant: that of the living session when there is one.
    pub(crate) fn open(&mut self, grant: &Grant, ids: &Ids, now: Timestamp, lifetime: i64) -> String {
        self.drop_expired(now, lifetime);
        if let Some(session) = self.sessions.iter_mut().find(|session| session.grant == *grant) {
            session.used = now;
            return session.token.clone();
        }
        let token = format!("{ORG_ID}!AQ{}", ids.token());
        self.sessions.push(Session {
            token: token.clone(),
            grant: grant.clone(),
            used: now,
        });
        token
    }

    /// Whose token this is; its use keeps the session alive.
    pub(crate) fn find(&mut self, token: &str, now: Timestamp, lifetime: i64) -> Option<Grant> {
        self.drop_expired(now, lifetime);
        let session = self.sessions.iter_mut().find(|session| session.token == token)?;
        session.used = now;
        Some(session.grant.clone())
    }

    /// Ends every session. Refresh tokens live on.
    pub(crate) fn expire_all(&mut self) {
        self.sessions.clear();
    }

    /// Ends the session of a token or a refresh token with its sessions; whether there was one.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        let before = self.sessions.len();
        self.sessions.retain(|session| session.token != token);
        if let Some(index) = self.refresh_tokens.iter().position(|(known, _)| known == token) {
            let (_, grant) = self.refresh_tokens.remove(index);
            self.sessions.retain(|session| session.grant != grant);
            return true;
        }
        self.sessions.len() < before
    }

    /// A new refresh token; the oldest of the same user and app goes when there are too many.
    pub(crate) fn issue_refresh(&mut self, grant: &Grant, ids: &Ids) -> String {
        let of_grant = self
            .refresh_tokens
            .iter()
            .filter(|(_, known)| known == grant)
            .count();
        if of_grant >= REFRESH_TOKENS_MAX
            && let Some(oldest) = self.refresh_tokens.iter().position(|(_, known)| known == grant)
        {
            self.refresh_tokens.remove(oldest);
        }
        let token = format!("5Aep{}", ids.token());
        self.refresh_tokens.push((token.clone(), grant.clone()));
        token
    }

    /// Whose refresh token this is; with rotation it dies here.
    pub(crate) fn use_refresh(&mut self, token: &str, rotate: bool) -> Option<Grant> {
        let index = self.refresh_tokens.iter().position(|(known, _)| known == token)?;
        let grant = self.refresh_tokens[index].1.clone();
        if rotate {
            self.refresh_tokens.remove(index);
        }
        Some(grant)
    }

    pub(crate) fn issue_code(&mut self, code: Code) {
        if self.codes.len() >= CODES_MAX {
            self.codes.remove(0);
        }
        self.codes.push(code);
    }

    /// What a code stands for; it works once.
    pub(crate) fn use_code(&mut self, code: &str, now: Timestamp) -> Option<Code> {
        let index = self.codes.iter().position(|known| known.code == code)?;
        let code = self.codes.remove(index);
        (now.duration_since(code.issued) <= CODE_LIFETIME).then_some(code)
    }

    fn drop_expired(&mut self, now: Timestamp, lifetime: i64) {
        self.sessions
            .retain(|session| now.duration_since(session.used) < SignedDuration::from_secs(lifetime));
    }
}

/// Whether a signature over `signed` was made with [`JWT_PRIVATE_KEY`].
pub(crate) fn signed_by_the_apps_key(signed: &[u8], signature: &[u8]) -> bool {
    let Some(key) = der(JWT_PRIVATE_KEY).and_then(|der| RsaKeyPair::from_pkcs8(&der).ok()) else {
        return false;
    };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key())
        .verify(signed, signature)
        .is_ok()
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(app: usize) -> Grant {
        Grant {
            user: "005".to_owned(),
            app: APPS[app].key,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_session_lives_while_it_is_used() {
        let (ids, mut sessions) = (Ids::new(1), Sessions::default());
        let token = sessions.open(&grant(0), &ids, at(0), 100);
        assert!(token.starts_with("00D") && token.contains('!'));
        assert_eq!(sessions.open(&grant(0), &ids, at(1), 100), token);
        assert_ne!(sessions.open(&grant(1), &ids, at(1), 100), token);
        assert_eq!(sessions.find(&token, at(99), 100), Some(grant(0)));
        assert_eq!(sessions.find(&token, at(198), 100), Some(grant(0)));
        assert_eq!(sessions.find(&token, at(298), 100), None);
    }

    #[test]
    fn the_sixth_refresh_token_pushes_out_the_first() {
        let (ids, mut sessions) = (Ids::new(1), Sessions::default());
        let tokens: Vec<_> = (0..6).map(|_| sessions.issue_refresh(&grant(0), &ids)).collect();
        assert_eq!(sessions.use_refresh(&tokens[0], false), None);
        assert_eq!(sessions.use_refresh(&tokens[1], true), Some(grant(0)));
        assert_eq!(sessions.use_refresh(&tokens[1], true), None);
    }

    #[test]
    fn the_published_key_can_be_read() {
        assert!(der(JWT_PRIVATE_KEY).is_some_and(|der| RsaKeyPair::from_pkcs8(&der).is_ok()));
        assert!(!signed_by_the_apps_key(b"text", b"no signature"));
    }
}
