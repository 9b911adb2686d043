//! A request taken apart, and an answer not yet put together.

use connector_api::{Map, Value};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::salesforce::error::{ApiError, Errors};
use crate::salesforce::store::View;
use crate::salesforce::write::Caller;

/// What comes with a request.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// The body of a part of a composite call.
    Json(Value),
}

/// A request: one from the wire, or a part of a composite call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Decoded; empty segments left out, so that doubled and trailing slashes do not matter.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// By lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

/// Who asks, when, and for which version.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The user's id.
    pub(crate) user: String,
    pub(crate) now: Timestamp,
    pub(crate) version: u32,
    /// Where the org is reached.
    pub(crate) base_url: String,
    /// Reads answer from before the last write.
    pub(crate) stale: bool,
    /// Part of a composite call.
    pub(crate) nested: bool,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Call {
    /// Takes a path with its query apart.
    pub(crate) fn new(method: &str, target: &str, headers: Vec<(String, String)>, content: Content) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        Self {
            method: method.to_ascii_uppercase(),
            path: path
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(decode)
                .collect(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            content,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, which it must be and must say it is.
    pub(crate) fn json(&self) -> Result<Value, ApiError> {
        let bytes = match &self.content {
            Content::Json(value) => return Ok(value.clone()),
            Content::Bytes(bytes) => bytes,
        };
        let kind = self.header("content-type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/json")
            || self.header("content-encoding").is_some()
        {
            return Err(ApiError::new(
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                format!("Content type {kind} not supported; the body must be application/json"),
            ));
        }
        crate::body::read_json(bytes).map_err(ApiError::parser)
    }

    /// The body as a JSON object.
    pub(crate) fn members(&self) -> Result<Map, ApiError> {
        match self.json()? {
            Value::Object(members) => Ok(members),
            other => Err(ApiError::parser(format!(
                "an object was expected, not {}",
                other.kind()
            ))),
        }
    }

    /// Who writes, as the headers say.
    pub(crate) fn caller(&self, context: &Context) -> Caller {
        let options = self.header("sforce-call-options").unwrap_or_default();
        let client = options
            .split(',')
            .filter_map(|option| option.trim().split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("client"))
            .map(|(_, client)| client.trim().to_owned());
        let duplicates = self.header("sforce-duplicate-rule-header").unwrap_or_default();
        let allow = duplicates
            .split([',', ';'])
            .filter_map(|option| option.trim().split_once('='))
            .any(|(name, value)| name.trim() == "allowSave" && value.trim().eq_ignore_ascii_case("true"));
        let assign = self.header("sforce-auto-assign").unwrap_or("TRUE");
        Caller {
            user: context.user.clone(),
            client,
            auto_assign: !assign.trim().eq_ignore_ascii_case("FALSE"),
            may_save_duplicates: allow && context.version >= 52,
            version: context.version,
            now: context.now,
        }
    }

    pub(crate) fn method_not_allowed(&self, allowed: &str) -> ApiError {
        ApiError::method_not_allowed(&self.method, allowed)
    }
}

impl Context {
    /// What reads of this call see.
    pub(crate) fn view(&self, deleted: bool) -> View {
        View {
            now: self.now,
            stale: self.stale,
            deleted,
        }
    }
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, Some(body))
    }

    pub(crate) fn new(status: u16, body: Option<Value>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn errors(errors: &Errors) -> Self {
        let status = errors.first().map_or(500, |error| error.status);
        let body = errors.iter().map(ApiError::to_value).collect::<Vec<_>>();
        Self::new(status, Some(body.into()))
    }

    pub(crate) fn error(error: ApiError) -> Self {
        Self::errors(&vec![error])
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Result<Answer, Errors>> for Answer {
    fn from(result: Result<Answer, Errors>) -> Self {
        result.unwrap_or_else(|errors| Answer::errors(&errors))
    }
}

impl From<Result<Answer, ApiError>> for Answer {
    fn from(result: Result<Answer, ApiError>) -> Self {
        result.unwrap_or_else(Answer::error)
    }
}
