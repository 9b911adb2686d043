//! What a connection is told, read and checked as a whole: every mistake is reported, none is guessed around.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use connector_api::{Secret, Setting, SettingKind, Settings, SettingsError};
use connector_http::{Url, endpoint};
use rustls_pki_types::CertificateDer;
use uuid::Uuid;

use crate::certificate::{IssuerRule, parse_certificates};
use crate::descriptor;
use crate::guid;

const ROOT_FILE_BYTES_MAX: u64 = 1024 * 1024;
const LIST_DELAY_MAX: Duration = Duration::from_secs(300);

/// The settings of one connection.
pub(crate) struct Config {
    pub(crate) referrals_url: Url,
    pub(crate) webhooks_url: Url,
    pub(crate) referrals_audience: String,
    pub(crate) webhooks_audience: String,
    pub(crate) sign_in: SignInConfig,
    pub(crate) caller_id: Option<Uuid>,
    pub(crate) portal_link: Option<String>,
    /// How long a referral may exist before a list shows it.
    pub(crate) list_delay: Duration,
    pub(crate) requests_per_second: NonZeroU32,
    pub(crate) concurrency: usize,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) webhook: WebhookTrust,
}

/// Who signs in, and where.
pub(crate) struct SignInConfig {
    pub(crate) login_url: Url,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) token_version: TokenVersion,
}

/// Which of the identity platform's two token addresses is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenVersion {
    /// `/{tenant}/oauth2/token`, which takes a `resource`.
    V1,
    /// `/{tenant}/oauth2/v2.0/token`, which takes a `scope`.
    V2,
}

/// What a webhook delivery must prove.
#[derive(Debug)]
pub(crate) struct WebhookTrust {
    pub(crate) roots: Vec<CertificateDer<'static>>,
    pub(crate) hosts: Vec<String>,
    pub(crate) issuer: IssuerRule,
}

impl TokenVersion {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "v2" => Some(Self::V2),
            _ => None,
        }
    }
}

impl Config {
    /// Reads all settings.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Vec<SettingsError>> {
        let mut reader = Reader::new(settings);
        let config = Self::read_with(&mut reader);
        match config {
            Some(config) if reader.errors.is_empty() => Ok(config),
            _ => Err(reader.errors),
        }
    }

    /// Reads what sign-in needs, for a first sign-in when there is no token yet.
    pub(crate) fn read_for_login(
        settings: &Settings,
    ) -> Result<(SignInConfig, String, Option<PathBuf>), Vec<SettingsError>> {
        let mut reader = Reader::new(settings);
        let sign_in = reader.sign_in(false);
        let audience = reader.text("referrals_audience").to_owned();
        let ca_file = reader.optional_text("ca_file").map(PathBuf::from);
        match sign_in {
            Some(sign_in) if reader.errors.is_empty() => Ok((sign_in, audience, ca_file)),
            _ => Err(reader.errors),
        }
    }

    /// `None` only after at least one error was noted.
    fn read_with(reader: &mut Reader<'_>) -> Option<Self> {
        let referrals_url = reader.url("referrals_url");
        let webhooks_url = reader.url("webhooks_url");
        let sign_in = reader.sign_in(true);
        let caller_id = reader.caller_id();
        let portal_link = reader.portal_link();
        let requests_per_second = reader.integer("requests_per_second", 5, 1, 100);
        let concurrency = reader.integer("concurrency", 4, 1, 64);
        let list_delay = reader.list_delay();
        let webhook = reader.webhook();
        Some(Self {
            referrals_url: referrals_url?,
            webhooks_url: webhooks_url?,
            referrals_audience: reader.text("referrals_audience").to_owned(),
            webhooks_audience: reader.text("webhooks_audience").to_owned(),
            sign_in: sign_in?,
            caller_id,
            portal_link,
            list_delay,
            requests_per_second: NonZeroU32::new(u32::try_from(requests_per_second?).ok()?)?,
            concurrency: usize::try_from(concurrency?).ok()?,
            ca_file: reader.optional_text("ca_file").map(PathBuf::from),
            webhook: webhook?,
        })
    }
}

struct Reader<'a> {
    settings: &'a Settings,
    errors: Vec<SettingsError>,
}

impl<'a> Reader<'a> {
    /// Notes every setting that is unknown, of the wrong kind, or required and missing.
    fn new(settings: &'a Settings) -> Self {
        let known = descriptor::settings();
        let mut reader = Self {
            settings,
            errors: Vec::new(),
        };
        for (name, value) in &settings.values {
            match known.iter().find(|setting| setting.name == name) {
                None => reader.error(name, "there is no such setting; see `engine schema connections`"),
                Some(setting) if !is_of_kind(value, setting.kind) => {
                    reader.error(name, format!("write {}", kind_in_words(setting.kind)));
                }
                Some(_) => {}
            }
        }
        for setting in known.iter().filter(|setting| setting.required) {
            if !settings.values.contains_key(setting.name) {
                reader.error(setting.name, "missing");
            }
        }
        reader
    }

    fn error(&mut self, setting: &str, message: impl Into<String>) {
        self.errors.push(SettingsError {
            setting: setting.to_owned(),
            message: message.into(),
        });
    }

    fn optional_text(&self, name: &str) -> Option<&'a str> {
        self.settings
            .text(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// The text as written, or its default.
    fn text(&self, name: &str) -> &'a str {
        self.optional_text(name).unwrap_or_else(|| {
            descriptor::settings()
                .into_iter()
                .find(|setting| setting.name == name)
                .and_then(|setting| setting.default)
                .unwrap_or_default()
        })
    }

    fn url(&mut self, name: &str) -> Option<Url> {
        match endpoint(self.text(name)) {
            Ok(url) => Some(url),
            Err(message) => {
                self.error(name, message);
                None
            }
        }
    }

    fn integer(&mut self, name: &str, default: i64, least: i64, most: i64) -> Option<i64> {
        let value = self.settings.integer(name).unwrap_or(default);
        if (least..=most).contains(&value) {
            Some(value)
        } else {
            self.error(name, format!("write a whole number from {least} to {most}"));
            None
        }
    }

    fn sign_in(&mut self, token_needed: bool) -> Option<SignInConfig> {
        let login_url = self.url("login_url");
        let tenant = self.text("tenant");
        let is_tenant = tenant
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        if !is_tenant {
            self.error("tenant", "write the directory's id or one of its domain names");
        }
        let token_version = TokenVersion::parse(self.text("token_version"));
        if token_version.is_none() {
            self.error("token_version", "write `v1` or `v2`");
        }
        let refresh_token = self.settings.secret("refresh_token").cloned();
        let token_file = self.optional_text("token_file").map(PathBuf::from);
        if token_needed && refresh_token.is_none() && token_file.is_none() {
            self.error(
                "refresh_token",
                "referrals accept a signed-in user only: give a refresh token, or a `token_file` and sign in with \
                 `engine connections login`",
            );
        }
        if !token_needed && token_file.is_none() {
            self.error(
                "token_file",
                "name the file in which the refresh token shall be kept",
            );
        }
        Some(SignInConfig {
            login_url: login_url?,
            tenant: tenant.to_owned(),
            client_id: self.text("client_id").to_owned(),
            client_secret: self.settings.secret("client_secret").cloned(),
            refresh_token,
            token_file,
            token_version: token_version?,
        })
    }

    fn caller_id(&mut self) -> Option<Uuid> {
        let text = self.optional_text("caller_id")?;
        let id = guid::parse(text);
        if id.is_none() {
            self.error("caller_id", "write a guid");
        }
        id
    }

    fn portal_link(&mut self) -> Option<String> {
        let text = self.optional_text("portal_link")?;
        let sample = text.replace("{id}", "0");
        if !text.contains("{id}") || Url::parse(&sample).is_err() {
            self.error(
                "portal_link",
                "write a web address with `{id}` where the referral's id belongs",
            );
        }
        Some(text.to_owned())
    }

    fn list_delay(&mut self) -> Duration {
        let delay = self
            .settings
            .duration("list_delay")
            .unwrap_or(descriptor::LIST_DELAY);
        if delay > LIST_DELAY_MAX {
            self.error(
                "list_delay",
                format!("write at most {}s", LIST_DELAY_MAX.as_secs()),
            );
        }
        delay
    }

    fn webhook(&mut self) -> Option<WebhookTrust> {
        let mut roots = Vec::new();
        for entry in self.settings.text_list("webhook_roots") {
            match read_roots(entry) {
                Ok(certificates) => roots.extend(certificates),
                Err(message) => self.error("webhook_roots", message),
            }
        }
        let hosts = self.settings.text_list("webhook_certificate_hosts").to_vec();
        for host in &hosts {
            if host.trim().is_empty() || host.contains(['/', '@']) || host.trim() == "*." {
                self.error(
                    "webhook_certificate_hosts",
                    format!("`{host}` is not a host; write `host`, `host:port` or `*.domain`"),
                );
            }
        }
        let issuer = IssuerRule::parse(self.text("webhook_issuer"));
        if issuer.is_none() {
            self.error(
                "webhook_issuer",
                "write one attribute of the issuer's name, `O=…`, `CN=…`, `OU=…` or `C=…`",
            );
        }
        Some(WebhookTrust {
            roots,
            hosts,
            issuer: issuer?,
        })
    }
}

fn read_roots(entry: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let inline = entry.contains("-----BEGIN");
    let certificates = if inline {
        parse_certificates(entry.as_bytes())
    } else {
        let failed = |error: std::io::Error| format!("cannot read `{entry}`: {error}");
        let size = std::fs::metadata(entry).map_err(failed)?.len();
        if size > ROOT_FILE_BYTES_MAX {
            return Err(format!("`{entry}` is larger than {ROOT_FILE_BYTES_MAX} bytes"));
        }
        parse_certificates(&std::fs::read(entry).map_err(failed)?)
    };
    let name = if inline { "the text written inline" } else { entry };
    let certificates = certificates.map_err(|message| format!("`{name}`: {message}"))?;
    for certificate in &certificates {
        webpki::anchor_from_trusted_cert(certificate)
            .map_err(|error| format!("`{name}` holds a certificate that cannot be a root: {error}"))?;
    }
    Ok(certificates)
}

fn is_of_kind(value: &Setting, kind: SettingKind) -> bool {
    matches!(
        (value, kind),
        (Setting::Text(_), SettingKind::Text)
            | (Setting::TextList(_), SettingKind::TextList)
            | (Setting::Boolean(_), SettingKind::Boolean)
            | (Setting::Integer(_), SettingKind::Integer)
            | (Setting::Duration(_), SettingKind::Duration)
            | (Setting::Secret(_), SettingKind::Secret)
    )
}

fn kind_in_words(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text => "a text",
        SettingKind::TextList => "a list of texts",
        SettingKind::Boolean => "`true` or `false`",
        SettingKind::Integer => "a whole number",
        SettingKind::Duration => "a duration such as `30s`",
        SettingKind::Secret => "a reference to a secret, `env:NAME` or `file:path`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Setting {
        Setting::Text(value.into())
    }

    fn minimal() -> Settings {
        let mut settings = Settings {
            name: "partner_center".into(),
            ..Settings::default()
        };
        for (name, value) in [("tenant", "quantdock.example"), ("client_id", "app")] {
            settings.values.insert(name.into(), text(value));
        }
        settings.values.insert(
            "refresh_token".into(),
            Setting::Secret(Secret::new("env:RT", "rt")),
        );
        settings
    }

    #[test]
    fn the_documented_addresses_are_the_defaults() {
        let config = Config::read(&minimal())
            .map_err(|errors| format!("{errors:?}"))
            .unwrap();
        assert_eq!(
            config.referrals_url.as_str(),
            "https://api.partner.microsoft.com/"
        );
        assert_eq!(
            config.webhooks_url.as_str(),
            "https://api.partnercenter.microsoft.com/"
        );
        assert_eq!(
            config.sign_in.login_url.as_str(),
            "https://login.microsoftonline.com/"
        );
        assert_eq!(config.referrals_audience, "https://api.partner.microsoft.com");
        assert_eq!(
            config.webhooks_audience,
            "https://api.partnercenter.microsoft.com"
        );
        assert_eq!((config.requests_per_second.get(), config.concurrency), (5, 4));
    }

    #[test]
    fn each_mistake_names_its_setting() {
        let cases: [(&str, Setting, &str); 13] = [
            ("referrals_url", text("http://api.example.com"), "plain http"),
            ("login_url", text("nonsense"), "not a web address"),
            ("tenant", text("a/b"), "directory"),
            ("token_version", text("v3"), "`v1` or `v2`"),
            ("caller_id", text("me"), "guid"),
            ("portal_link", text("https://example.com/deal"), "{id}"),
            ("concurrency", Setting::Integer(0), "from 1 to 64"),
            ("requests_per_second", text("five"), "whole number"),
            (
                "list_delay",
                Setting::Duration(Duration::from_secs(301)),
                "at most",
            ),
            (
                "webhook_roots",
                Setting::TextList(vec!["/nonexistent.pem".into()]),
                "/nonexistent.pem",
            ),
            (
                "webhook_certificate_hosts",
                Setting::TextList(vec!["https://x/".into()]),
                "not a host",
            ),
            ("webhook_issuer", text("Microsoft Corporation"), "O="),
            ("reffresh_token", text("x"), "no such setting"),
        ];
        for (name, value, word) in cases {
            let mut settings = minimal();
            settings.values.insert(name.into(), value);
            let errors = Config::read(&settings).err().unwrap();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].setting, name);
            assert!(errors[0].message.contains(word), "{name}: {}", errors[0].message);
        }
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let mut settings = minimal();
        settings.values.remove("tenant");
        settings.values.remove("refresh_token");
        settings.values.insert("webhooks_url".into(), text("ftp://x"));
        let errors = Config::read(&settings).err().unwrap();
        let mut names: Vec<_> = errors.iter().map(|error| error.setting.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["refresh_token", "tenant", "webhooks_url"]);
    }

    #[test]
    fn a_secret_written_in_the_open_is_refused_without_being_repeated() {
        let mut settings = minimal();
        settings.values.insert("client_secret".into(), text("hunter2"));
        let errors = Config::read(&settings).err().unwrap();
        assert!(errors[0].message.contains("env:NAME"));
        assert!(!format!("{errors:?}").contains("hunter2"));
    }
}
