//! The tokens the identity platform has handed out, and the check of one that comes with a request.

use std::collections::VecDeque;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::error::{ApiError, HookError};
use super::identity::REFRESH_TOKEN;
use crate::ids::Ids;

/// How long an access token lasts.
pub(crate) const ACCESS_SECONDS: i64 = 3_599;
/// How long a device code can be used.
pub(crate) const DEVICE_SECONDS: i64 = 900;
const ACCESS_TOKENS_MAX: usize = 10_000;
const REFRESH_TOKENS_MAX: usize = 1_000;
const DEVICE_CODES_MAX: usize = 100;

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Referrals,
    Webhooks,
}

impl Audience {
    /// The address or application id that names the audience in a token request.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim_end_matches('/') {
            "https://api.partner.microsoft.com" | "4990cffe-04e8-4e8b-808a-1175604b879f" => {
                Some(Audience::Referrals)
            }
            "https://api.partnercenter.microsoft.com" | "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd" => {
                Some(Audience::Webhooks)
            }
            _ => None,
        }
    }

    pub(crate) fn address(self) -> &'static str {
        match self {
            Audience::Referrals => "https://api.partner.microsoft.com",
            Audience::Webhooks => "https://api.partnercenter.microsoft.com",
        }
    }
}

/// For whom a token speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The application and a signed-in referrals administrator.
    User,
    /// The application alone.
    App,
}

struct Access {
    audience: Audience,
    caller: Caller,
    expires: Timestamp,
}

struct Refresh {
    token: String,
    /// Issued to a public client (device code), which has no secret.
    public: bool,
}

/// A sign-in on another device.
pub(crate) struct DeviceCode {
    pub(crate) device: String,
    pub(crate) user: String,
    pub(crate) audience: Audience,
    pub(crate) offline: bool,
    pub(crate) expires: Timestamp,
    pub(crate) polls: u32,
    pub(crate) answer: Option<bool>,
}

/// All tokens.
pub(crate) struct Tokens {
    access: IndexMap<String, Access>,
    refresh: VecDeque<Refresh>,
    devices: VecDeque<DeviceCode>,
    /// Approve a device code at its second poll without anybody's doing.
    pub(crate) auto_approve: bool,
    /// Every call of the Referrals API is refused for want of a second factor.
    pub(crate) require_mfa: bool,
}

impl Default for Tokens {
    fn default() -> Self {
        let consented = Refresh {
            token: REFRESH_TOKEN.to_owned(),
            public: false,
        };
        Self {
            access: IndexMap::new(),
            refresh: VecDeque::from([consented]),
            devices: VecDeque::new(),
            auto_approve: true,
            require_mfa: false,
        }
    }
}

impl Tokens {
    /// A new access token.
    pub(crate) fn issue(&mut self, ids: &Ids, audience: Audience, caller: Caller, now: Timestamp) -> String {
        if self.access.len() >= ACCESS_TOKENS_MAX {
            self.access.retain(|_, access| now < access.expires);
            if self.access.len() >= ACCESS_TOKENS_MAX {
                self.access.shift_remove_index(0);
            }
        }
        let token = format!("sandbox.{}", ids.token());
        let life = SignedDuration::from_secs(ACCESS_SECONDS);
        let expires = now.checked_add(life).unwrap_or(Timestamp::MAX);
        self.access.insert(
            token.clone(),
            Access {
                audience,
                caller,
                expires,
            },
        );
        token
    }

    /// A new refresh token. Older ones stay valid, as on the real platform, until they are revoked.
    pub(crate) fn issue_refresh(&mut self, ids: &Ids, public: bool) -> String {
        if self.refresh.len() >= REFRESH_TOKENS_MAX {
            // The first is the one the credentials name.
            self.refresh.remove(1);
        }
        let token = format!("0.AQ-{}", ids.token());
        self.refresh.push_back(Refresh {
            token: token.clone(),
            public,
        });
        token
    }

    /// Whether a refresh token is valid, and if so whether it was issued to a public client.
    pub(crate) fn refresh(&self, token: &str) -> Option<bool> {
        self.refresh
            .iter()
            .find(|refresh| refresh.token == token)
            .map(|refresh| refresh.public)
    }

    /// All access tokens end now.
    pub(crate) fn expire_access(&mut self, now: Timestamp) {
        for access in self.access.values_mut() {
            access.expires = now;
        }
    }

    /// No refresh token is valid any more.
    pub(crate) fn revoke_refresh(&mut self) {
        self.refresh.clear();
    }

    pub(crate) fn add_device(&mut self, code: DeviceCode) {
        if self.devices.len() >= DEVICE_CODES_MAX {
            self.devices.pop_front();
        }
        self.devices.push_back(code);
    }

    pub(crate) fn device(&mut self, device: &str) -> Option<&mut DeviceCode> {
        self.devices.iter_mut().find(|code| code.device == device)
    }

    pub(crate) fn remove_device(&mut self, device: &str) {
        self.devices.retain(|code| code.device != device);
    }

    /// Somebody answers on the other device; whether there is such a code.
    pub(crate) fn answer_device(&mut self, user: &str, approve: bool) -> bool {
        let code = self
            .devices
            .iter_mut()
            .find(|code| code.user.eq_ignore_ascii_case(user));
        code.map(|code| code.answer = Some(approve)).is_some()
    }

    fn access(&self, headers: &HeaderMap, now: Timestamp) -> Result<&Access, &'static str> {
        let header = headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .ok_or("The Authorization header is missing.")?;
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or("The Authorization header carries no bearer token.")?;
        let access = self.access.get(token).ok_or("The access token is not valid.")?;
        if now < access.expires {
            Ok(access)
        } else {
            Err("The access token has expired.")
        }
    }

    /// Lets a request to the Referrals API pass. The address that events point at takes either audience.
    pub(crate) fn check_referrals(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
        either: bool,
    ) -> Result<(), ApiError> {
        let access = self.access(headers, now).map_err(ApiError::unauthenticated)?;
        if access.audience != Audience::Referrals && !either {
            return Err(ApiError::unauthenticated(
                "The access token is for another audience.",
            ));
        }
        if access.caller == Caller::App {
            let message = "Referrals need a signed-in user; an application alone is not enough.";
            return Err(ApiError::denied(message));
        }
        if self.require_mfa {
            return Err(ApiError::denied("Conditional access asks for more.")
                .with_inner("insufficent_claims", "Multi-factor authentication is required."));
        }
        Ok(())
    }

    /// Lets a request to the webhook API pass.
    pub(crate) fn check_webhooks(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), HookError> {
        let access = self.access(headers, now).map_err(HookError::unauthorized)?;
        if access.audience == Audience::Webhooks {
            Ok(())
        } else {
            Err(HookError::unauthorized(
                "The access token is for another audience.",
            ))
        }
    }
}
