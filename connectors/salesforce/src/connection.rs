//! From settings to a connection, and from a call to the operation that carries it out.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use connector_api::{
    BoxFuture, CallContext, ChangesetCall, CheckItem, Connection, Connector, Descriptor, ErrorClass,
    OperationCall, OperationError, OperationOutput, PollCall, PollOutput, Setting, SettingKind, Settings,
    SettingsError,
};
use connector_http::{AllowedHosts, ClientOptions, Limits, Transport, Url, client, endpoint, is_loopback};

use crate::api::Api;
use crate::auth::{Grant, SignIn, SigningKey};
use crate::descriptor::{API_VERSION, CLIENT_NAME, INSTANCE_HOSTS, descriptor};
use crate::{changeset, check, operations as op, poll};

const REQUESTS_PER_SECOND: i64 = 10;
const REQUESTS_PER_SECOND_MAX: i64 = 1_000;
const CONCURRENCY: i64 = 4;
const CONCURRENCY_MAX: i64 = 100;
const POLL_OVERLAP: Duration = Duration::from_secs(300);
const POLL_OVERLAP_MAX: Duration = Duration::from_secs(24 * 3600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// The connector.
pub(crate) struct Salesforce {
    descriptor: Arc<Descriptor>,
}

/// A connection to one org.
struct SalesforceConnection {
    api: Api,
    poll_overlap: Duration,
}

impl Salesforce {
    pub(crate) fn new() -> Self {
        Self {
            descriptor: Arc::new(descriptor()),
        }
    }
}

impl Connector for Salesforce {
    fn descriptor(&self) -> Arc<Descriptor> {
        Arc::clone(&self.descriptor)
    }

    fn connect(&self, settings: Settings) -> Result<Arc<dyn Connection>, Vec<SettingsError>> {
        let mut reader = Reader {
            settings: &settings,
            mistakes: Vec::new(),
        };
        reader.check_names_and_kinds(&self.descriptor);
        let connection = reader.connection();
        match connection {
            Some(connection) if reader.mistakes.is_empty() => Ok(Arc::new(connection)),
            _ => Err(reader.mistakes),
        }
    }
}

impl Connection for SalesforceConnection {
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>> {
        Box::pin(check::run(&self.api))
    }

    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>> {
        Box::pin(async move {
            let api = &self.api;
            let inputs = &call.inputs;
            match call.operation.as_str() {
                "create_record" => op::create_record::call(api, inputs, &call.context).await,
                "create_records" => op::create_records::call(api, inputs, &call.context).await,
                "delete_record" => op::delete_record::call(api, inputs).await,
                "delete_records" => op::delete_records::call(api, inputs).await,
                "describe_object" => op::describe_object::call(api, inputs).await,
                "get_record" => op::get_record::call(api, inputs).await,
                "query" => op::query::call(api, inputs).await,
                "update_record" => op::update_record::call(api, inputs).await,
                "upsert_record" => op::upsert_record::call(api, inputs).await,
                other => Err(OperationError::new(
                    ErrorClass::Rejected,
                    "unknown_operation",
                    format!("this connector has no operation `{other}`"),
                )),
            }
        })
    }

    fn changeset(
        &self,
        calls: Vec<ChangesetCall>,
        context: CallContext,
    ) -> BoxFuture<'_, Result<Vec<OperationOutput>, OperationError>> {
        Box::pin(async move { changeset::run(&self.api, &calls, &context).await })
    }

    fn poll(&self, call: PollCall) -> BoxFuture<'_, Result<PollOutput, OperationError>> {
        Box::pin(async move { poll::run(&self.api, &call, self.poll_overlap).await })
    }
}

struct Reader<'a> {
    settings: &'a Settings,
    mistakes: Vec<SettingsError>,
}

impl Reader<'_> {
    fn mistake(&mut self, setting: &str, message: impl Into<String>) {
        self.mistakes.push(SettingsError {
            setting: setting.to_owned(),
            message: message.into(),
        });
    }

    fn check_names_and_kinds(&mut self, descriptor: &Descriptor) {
        for (name, value) in &self.settings.values {
            let Some(known) = descriptor.settings.iter().find(|known| known.name == name) else {
                self.mistake(name, "no setting has this name");
                continue;
            };
            let (fits, wanted) = match known.kind {
                SettingKind::Text => (matches!(value, Setting::Text(_)), "text"),
                SettingKind::TextList => (matches!(value, Setting::TextList(_)), "a list of texts"),
                SettingKind::Boolean => (matches!(value, Setting::Boolean(_)), "true or false"),
                SettingKind::Integer => (matches!(value, Setting::Integer(_)), "a whole number"),
                SettingKind::Duration => (matches!(value, Setting::Duration(_)), "a duration"),
                SettingKind::Secret => (
                    matches!(value, Setting::Secret(_)),
                    "a reference to a secret, `env:NAME` or `file:path`",
                ),
            };
            if !fits {
                self.mistake(name, format!("must be {wanted}"));
            }
        }
    }

    /// The connection, unless a mistake was found that leaves nothing to make one of.
    fn connection(&mut self) -> Option<SalesforceConnection> {
        let login_url = self.required("login_url").and_then(|text| {
            endpoint(&text)
                .map_err(|message| self.mistake("login_url", message))
                .ok()
        });
        let client_id = self.required("client_id");
        let grant = self.grant(login_url.as_ref());
        let instance_hosts = self.instance_hosts();
        let version = self.api_version();
        let client_name = self.client_name();
        let limits = Limits {
            concurrency: usize::try_from(self.integer("concurrency", CONCURRENCY, CONCURRENCY_MAX))
                .unwrap_or(1),
            requests_per_second: u32::try_from(self.integer(
                "requests_per_second",
                REQUESTS_PER_SECOND,
                REQUESTS_PER_SECOND_MAX,
            ))
            .ok()
            .and_then(NonZeroU32::new)
            .unwrap_or(NonZeroU32::MIN),
        };
        let poll_overlap = self.settings.duration("poll_overlap").unwrap_or(POLL_OVERLAP);
        if poll_overlap > POLL_OVERLAP_MAX {
            self.mistake("poll_overlap", "must be at most a day");
        }
        let (login_url, client_id, grant) = (login_url?, client_id?, grant?);
        let options = ClientOptions {
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            no_proxy: is_loopback(&login_url),
            ..ClientOptions::default()
        };
        let client = client(&options)
            .map_err(|error| self.mistake("login_url", error.to_string()))
            .ok()?;
        let transport = Transport::new(client, AllowedHosts::new().with_url(&login_url), limits);
        let sign_in = SignIn::new(transport.clone(), login_url, client_id, grant, instance_hosts);
        Some(SalesforceConnection {
            api: Api::new(transport, sign_in, version, client_name),
            poll_overlap,
        })
    }

    fn required(&mut self, name: &str) -> Option<String> {
        let text = self.settings.text(name).map(str::trim).unwrap_or_default();
        if text.is_empty() {
            if !self.mistakes.iter().any(|mistake| mistake.setting == name) {
                self.mistake(name, "is missing");
            }
            return None;
        }
        Some(text.to_owned())
    }

    fn grant(&mut self, login_url: Option<&Url>) -> Option<Grant> {
        match self.required("grant")?.as_str() {
            "jwt_bearer" => {
                let username = self.required("username");
                let key = match self.settings.secret("private_key") {
                    Some(secret) => SigningKey::from_pem(secret.expose())
                        .map_err(|message| self.mistake("private_key", message))
                        .ok(),
                    None => {
                        self.mistake("private_key", "is missing; `jwt_bearer` signs in with it");
                        None
                    }
                };
                let audience = self.settings.text("audience").map(str::to_owned);
                let audience =
                    audience.or_else(|| Some(login_url?.as_str().trim_end_matches('/').to_owned()));
                Some(Grant::JwtBearer {
                    username: username?,
                    audience: audience?,
                    key: Box::new(key?),
                })
            }
            "client_credentials" => match self.settings.secret("client_secret") {
                Some(secret) => Some(Grant::ClientCredentials {
                    secret: secret.clone(),
                }),
                None => {
                    self.mistake(
                        "client_secret",
                        "is missing; `client_credentials` signs in with it",
                    );
                    None
                }
            },
            other => {
                self.mistake(
                    "grant",
                    format!("`{other}` is not known; write `jwt_bearer` or `client_credentials`"),
                );
                None
            }
        }
    }

    fn instance_hosts(&mut self) -> AllowedHosts {
        let mut patterns = self.settings.text_list("instance_hosts").to_vec();
        if patterns.is_empty() {
            patterns.push(INSTANCE_HOSTS.to_owned());
        }
        let mut hosts = AllowedHosts::new();
        for pattern in patterns {
            let rest = pattern.strip_prefix("*.").unwrap_or(&pattern);
            let plain = rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
            if !plain || !rest.contains('.') {
                self.mistake(
                    "instance_hosts",
                    format!("`{pattern}` must be `host`, `host:port` or `*.domain`"),
                );
            }
            hosts = hosts.with_pattern(&pattern);
        }
        hosts
    }

    fn api_version(&mut self) -> String {
        let text = self.settings.text("api_version").unwrap_or(API_VERSION);
        let text = text.trim_start_matches('v').to_owned();
        let known = text
            .strip_suffix(".0")
            .and_then(|major| major.parse::<u32>().ok())
            // Versions before 46.0 do not say whether an upsert created, those before 31.0 are no longer served.
            .is_some_and(|major| (46..=999).contains(&major));
        if !known {
            self.mistake(
                "api_version",
                format!("`{text}` must be 46.0 or later, written like `{API_VERSION}`"),
            );
        }
        text
    }

    fn client_name(&mut self) -> String {
        let text = self
            .settings
            .text("client_name")
            .unwrap_or(CLIENT_NAME)
            .to_owned();
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if text.is_empty() || !plain {
            self.mistake("client_name", "must be letters, digits, `-`, `_` and `.`");
        }
        text
    }

    fn integer(&mut self, name: &str, default: i64, max: i64) -> i64 {
        let value = self.settings.integer(name).unwrap_or(default);
        if !(1..=max).contains(&value) {
            self.mistake(name, format!("must be between 1 and {max}"));
        }
        value
    }
}
