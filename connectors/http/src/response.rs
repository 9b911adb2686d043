//! One HTTP answer, read to its end and bounded.

use std::borrow::Cow;

use connector_api::{ErrorClass, OperationError, Value};
use jiff::Timestamp;

use crate::classify;

const EXCERPT_CHARS_MAX: usize = 200;
const EXCERPT_BYTES_READ: usize = 4096;

/// What came back.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    body: Vec<u8>,
    harmless: bool,
    confidential: bool,
}

impl Response {
    /// An answer to a request that is harmless to repeat.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
            harmless: true,
            confidential: false,
        }
    }

    pub(crate) fn answering(mut self, harmless: bool, confidential: bool) -> Self {
        self.harmless = harmless;
        self.confidential = confidential;
        self
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text; bytes that are no text become replacement marks.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON. Anything else is an error: a page in HTML, an empty body, text cut short. With a status
    /// of success that is [`ErrorClass::UnexpectedResponse`], otherwise the class of the status.
    pub fn json(&self) -> Result<Value, OperationError> {
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| self.not_json("it is not UTF-8 text".to_owned()))?
            .trim_start_matches('\u{feff}');
        Value::from_json(text).map_err(|error| {
            let reason = if text.trim().is_empty() {
                "the body is empty".to_owned()
            } else if text.trim_start().starts_with('<') {
                "a web page came instead".to_owned()
            } else {
                error.to_string()
            };
            self.not_json(reason)
        })
    }

    /// What the status means for the next try.
    pub fn class(&self) -> ErrorClass {
        classify::class_of(self.status, self.harmless)
    }

    /// How long the service asked to wait, bounded.
    #[allow(
        clippy::disallowed_methods,
        reason = "the service compares this time with its own clock"
    )]
    pub fn retry_after_ms(&self) -> Option<u64> {
        let wait = classify::retry_after(self.header("retry-after")?, Timestamp::now())?;
        u64::try_from(wait.as_millis()).ok()
    }

    /// The beginning of the body as plain text on one line: tags, scripts and blanks removed. Empty when the
    /// answer is confidential.
    pub fn excerpt(&self) -> String {
        if self.confidential {
            return String::new();
        }
        let beginning = &self.body[..self.body.len().min(EXCERPT_BYTES_READ)];
        plain_text(&String::from_utf8_lossy(beginning))
    }

    fn not_json(&self, reason: String) -> OperationError {
        let class = if self.is_success() {
            ErrorClass::UnexpectedResponse
        } else {
            self.class()
        };
        let excerpt = self.excerpt();
        let quoted = if excerpt.is_empty() {
            String::new()
        } else {
            format!(": {excerpt}")
        };
        OperationError {
            status: Some(self.status),
            retry_after_ms: self.retry_after_ms(),
            ..OperationError::new(
                class,
                "not_json",
                format!(
                    "the service answered {} without JSON ({reason}){quoted}",
                    self.status
                ),
            )
        }
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

fn plain_text(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        plain.push(' ');
        rest = &rest[start..];
        let name: String = rest[1..]
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_ascii_lowercase();
        let skipped = matches!(name.as_str(), "script" | "style");
        let end = if skipped {
            // Lower-casing ASCII only keeps every byte offset.
            rest.to_ascii_lowercase()
                .find(&format!("</{name}"))
                .and_then(|close| rest[close..].find('>').map(|end| close + end))
        } else {
            rest.find('>')
        };
        rest = end.map_or("", |end| &rest[end + 1..]);
    }
    plain.push_str(rest);
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible: String = words.chars().filter(|char| !char.is_control()).collect();
    if visible.chars().count() > EXCERPT_CHARS_MAX {
        let cut: String = visible.chars().take(EXCERPT_CHARS_MAX).collect();
        format!("{cut}…")
    } else {
        visible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_plain_and_short() {
        for (body, expected) in [
            (
                "<html><head><style>p{}</style><title>Sorry</title></head>\n<p>Down  for\tnow</p>",
                "Sorry Down for now",
            ),
            ("plain", "plain"),
            ("a <script>var x = '<p>';</script> b", "a b"),
            ("<unclosed", ""),
            ("<SCRIPT>never closed", ""),
            ("İ<STYLE>x</STYLE>y", "İ y"),
        ] {
            assert_eq!(plain_text(body), expected, "{body}");
        }
        assert_eq!(
            plain_text(&"x".repeat(5000)).chars().count(),
            EXCERPT_CHARS_MAX + 1
        );
    }

    #[test]
    fn what_is_not_json_is_an_error_that_says_what_came() {
        for (status, body, class, word) in [
            (
                200,
                "<html><p>Sign in</p></html>",
                ErrorClass::UnexpectedResponse,
                "Sign in",
            ),
            (200, "", ErrorClass::UnexpectedResponse, "empty"),
            (200, "{\"a\": ", ErrorClass::UnexpectedResponse, "not valid JSON"),
            (
                503,
                "<html><p>Back soon</p></html>",
                ErrorClass::Transient,
                "Back soon",
            ),
            (429, "slow down", ErrorClass::RateLimited, "slow down"),
        ] {
            let error = Response::new(status, Vec::new(), body).json().unwrap_err();
            assert_eq!(error.class, class, "{status} {body}");
            assert!(error.message.contains(word), "{}", error.message);
            assert_eq!(error.status, Some(status));
        }
        assert!(Response::new(200, Vec::new(), [0xff, 0xfe]).json().is_err());
        let marked = Response::new(200, Vec::new(), "\u{feff}{\"a\":1.10}");
        assert_eq!(marked.json().unwrap().to_json(), r#"{"a":1.10}"#);
    }

    #[test]
    fn confidential_answers_are_never_quoted() {
        let response = Response::new(200, Vec::new(), "access_token=hunter2").answering(true, true);
        let error = response.json().unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
        assert!(!format!("{response:?}").contains("hunter2"));
    }
}
