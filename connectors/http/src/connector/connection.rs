//! A connection that sends plain requests. Holds limits and the list of hosts; holds nothing of a run.

use std::num::NonZeroU32;
use std::path::PathBuf;

use connector_api::{
    BoxFuture, CheckItem, CheckStatus, Connection, ErrorClass, OperationCall, OperationError,
    OperationOutput, Settings, SettingsError, Value,
};
use url::Url;

use crate::client::{ClientOptions, client};
use crate::hosts::{AllowedHosts, is_loopback};
use crate::response::Response;
use crate::transport::{Limits, Transport};
use crate::{classify, connector::inputs};

use super::descriptor::{CONCURRENCY, REQUEST, REQUESTS_PER_SECOND};

const CONCURRENCY_MAX: i64 = 256;
const REQUESTS_PER_SECOND_MAX: i64 = 1_000;
const HOSTS_MAX: usize = 1_000;
/// Most headers of an answer that are kept.
const ANSWER_HEADERS_MAX: usize = 64;
/// Longest value of an answer's header that is kept, in characters.
const HEADER_CHARS_MAX: usize = 1_024;
/// Longest text of a failed answer that is kept, in characters.
const ERROR_TEXT_CHARS_MAX: usize = 4_096;
/// Headers of an answer that are secrets of their sender.
const SECRET_HEADERS: [&str; 2] = ["set-cookie", "www-authenticate"];

/// One connection.
pub(super) struct HttpConnection {
    transport: Transport,
    hosts: Vec<String>,
}

impl HttpConnection {
    /// Makes a connection; reports all mistakes and uses no network.
    pub(super) fn new(settings: &Settings) -> Result<Self, Vec<SettingsError>> {
        let mut mistakes = Vec::new();
        let mut mistake = |setting: &str, message: String| {
            mistakes.push(SettingsError {
                setting: setting.to_owned(),
                message,
            });
        };
        let hosts = settings.text_list("hosts").to_vec();
        if hosts.is_empty() {
            mistake("hosts", "is missing; list the hosts that may be called".into());
        }
        if hosts.len() > HOSTS_MAX {
            mistake("hosts", format!("has more than {HOSTS_MAX} entries"));
        }
        for pattern in &hosts {
            if !is_pattern(pattern) {
                let message =
                    format!("`{pattern}` is no host; write `host`, `host:port` or `*.domain.example`");
                mistake("hosts", message);
            }
        }
        let mut within = |name: &str, default, max| {
            let value = settings.integer(name).unwrap_or(default);
            if !(1..=max).contains(&value) {
                mistake(name, format!("must be from 1 to {max}"));
            }
            value.clamp(1, max)
        };
        let concurrency = within("concurrency", CONCURRENCY, CONCURRENCY_MAX);
        let rate = within(
            "requests_per_second",
            REQUESTS_PER_SECOND,
            REQUESTS_PER_SECOND_MAX,
        );
        let options = ClientOptions {
            no_proxy: hosts
                .iter()
                .all(|host| as_address(host).is_some_and(|url| is_loopback(&url))),
            ca_file: settings.text("ca_file").map(PathBuf::from),
            ..ClientOptions::default()
        };
        let client = client(&options).map_err(|error| mistake("ca_file", error.to_string()));
        let Ok(client) = client else {
            return Err(mistakes);
        };
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let allowed = hosts
            .iter()
            .fold(AllowedHosts::new(), |allowed, host| allowed.with_pattern(host));
        let limits = Limits {
            concurrency: usize::try_from(concurrency).unwrap_or(1),
            requests_per_second: u32::try_from(rate)
                .ok()
                .and_then(NonZeroU32::new)
                .unwrap_or(NonZeroU32::MIN),
        };
        Ok(Self {
            transport: Transport::new(client, allowed, limits),
            hosts,
        })
    }

    async fn request(&self, call: OperationCall) -> Result<OperationOutput, OperationError> {
        if call.operation != REQUEST {
            let message = format!("this connector has no operation `{}`", call.operation);
            return Err(OperationError::new(
                ErrorClass::Rejected,
                "unknown_operation",
                message,
            ));
        }
        let request = inputs::read(&call.inputs)?;
        if call.context.look_since.is_some() && !request.harmless {
            return Err(OperationError::new(
                ErrorClass::OutcomeUnknown,
                "outcome_unknown",
                format!(
                    "an earlier {} may have been carried out and a plain request offers no way to find out; it was \
                     not sent again: check at the service, then resubmit the run",
                    request.method
                ),
            ));
        }
        output(&self.transport.send(request).await?)
    }
}

impl Connection for HttpConnection {
    fn check(&self) -> BoxFuture<'_, Vec<CheckItem>> {
        let message = format!("calls may go to {}; none was made", self.hosts.join(", "));
        Box::pin(async move {
            vec![CheckItem {
                subject: "hosts".into(),
                status: CheckStatus::Ok,
                message,
            }]
        })
    }

    fn call(&self, call: OperationCall) -> BoxFuture<'_, Result<OperationOutput, OperationError>> {
        Box::pin(self.request(call))
    }
}

/// Whether a setting can be a host: nothing but a name or address, a port, and a star for what stands before it.
fn is_pattern(pattern: &str) -> bool {
    let starred = pattern.strip_prefix("*.");
    let is_bare = !pattern.is_empty() && !pattern.contains(['/', '?', '#', '@', '\\', ' ', '%']);
    let is_known = match starred {
        Some(domain) => domain.contains('.') && !domain.contains([':', '*']),
        None => !pattern.contains('*'),
    };
    is_bare && is_known && as_address(starred.unwrap_or(pattern)).is_some()
}

fn as_address(host: &str) -> Option<Url> {
    Url::parse(&format!("https://{host}/")).ok()
}

/// An answer as a result, or as the error it is. A redirect is an error: following it is for whoever lists hosts.
fn output(response: &Response) -> Result<OperationOutput, OperationError> {
    if !response.is_success() && response.status != 304 {
        return Err(error(response));
    }
    Ok(OperationOutput {
        status: Some(response.status),
        headers: headers(response),
        body: body(response)?,
        writes: Vec::new(),
    })
}

fn error(response: &Response) -> OperationError {
    let mut error = classify::error_of(response);
    if error.body.is_none() {
        let text: String = response.text().chars().take(ERROR_TEXT_CHARS_MAX).collect();
        error.body = (!text.is_empty()).then_some(Value::String(text));
    }
    if (300..400).contains(&response.status) {
        let place = response
            .header("location")
            .and_then(|location| Url::parse(location).ok())
            .and_then(|url| url.host_str().map(|host| format!(" to `{host}`")))
            .unwrap_or_default();
        error.code = "redirected".into();
        error.message = format!(
            "the service answered {}, a redirect{place}, which is not followed; write the new address and list its \
             host",
            response.status
        );
    }
    error
}

fn headers(response: &Response) -> Vec<(String, String)> {
    response
        .headers
        .iter()
        .filter(|(name, _)| !SECRET_HEADERS.contains(&name.as_str()))
        .take(ANSWER_HEADERS_MAX)
        .map(|(name, value)| (name.clone(), value.chars().take(HEADER_CHARS_MAX).collect()))
        .collect()
}

/// JSON where the content type says so, else text; nothing where nothing came.
fn body(response: &Response) -> Result<Value, OperationError> {
    if response.bytes().is_empty() {
        return Ok(Value::Null);
    }
    let content_type = response
        .header("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if matches!(media_type, "application/json" | "text/json") || media_type.ends_with("+json") {
        return response.json();
    }
    match std::str::from_utf8(response.bytes()) {
        Ok(text) => Ok(Value::String(text.to_owned())),
        Err(_) => Err(OperationError {
            status: Some(response.status),
            ..OperationError::new(
                ErrorClass::UnexpectedResponse,
                "not_text",
                format!(
                    "the service answered {} with `{media_type}`, which is neither JSON nor UTF-8 text",
                    response.status
                ),
            )
        }),
    }
}
