//! What a status and its headers mean for the next try. Vendors refine this by their own codes.

use std::time::Duration;

use connector_api::{ErrorClass, OperationError};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::response::Response;

/// Longest wait taken over from a service; a longer one is cut to it.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

const ERROR_BODY_BYTES_MAX: usize = 64 * 1024;

/// The class of a status that is not the one hoped for. `harmless` says that sending the request twice does no
/// harm; otherwise a failure inside the service leaves open whether the request was carried out.
pub fn class_of(status: u16, harmless: bool) -> ErrorClass {
    match status {
        401 => ErrorClass::Unauthorized,
        409 | 412 => ErrorClass::Conflict,
        429 | 509 => ErrorClass::RateLimited,
        // These say that the request was not taken up.
        408 | 423 | 425 | 503 => ErrorClass::Transient,
        501 | 505 => ErrorClass::Rejected,
        500..=599 if harmless => ErrorClass::Transient,
        500..=599 => ErrorClass::OutcomeUnknown,
        400..=499 => ErrorClass::Rejected,
        _ => ErrorClass::UnexpectedResponse,
    }
}

/// Reads `Retry-After`: seconds or an HTTP date, at most [`RETRY_AFTER_MAX`]; a date that has passed is no wait.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let date = DateTimeParser::new().parse_timestamp(value).ok()?;
    let wait = u64::try_from(date.as_second().saturating_sub(now.as_second())).unwrap_or(0);
    Some(Duration::from_secs(wait).min(RETRY_AFTER_MAX))
}

/// The error of an answer whose vendor says nothing better: class by status, code `http_<status>`, the beginning
/// of the body as message, the body itself when it is JSON of modest size and not confidential.
pub fn error_of(response: &Response) -> OperationError {
    let excerpt = response.excerpt();
    let message = if excerpt.is_empty() {
        format!("the service answered {} without saying why", response.status)
    } else {
        format!("the service answered {}: {excerpt}", response.status)
    };
    let quotable = !excerpt.is_empty() && response.bytes().len() <= ERROR_BODY_BYTES_MAX;
    OperationError {
        status: Some(response.status),
        retry_after_ms: response.retry_after_ms(),
        body: if quotable { response.json().ok() } else { None },
        ..OperationError::new(response.class(), format!("http_{}", response.status), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_classes() {
        use ErrorClass::*;
        for (status, read, write) in [
            (301, UnexpectedResponse, UnexpectedResponse),
            (400, Rejected, Rejected),
            (401, Unauthorized, Unauthorized),
            (403, Rejected, Rejected),
            (404, Rejected, Rejected),
            (408, Transient, Transient),
            (409, Conflict, Conflict),
            (412, Conflict, Conflict),
            (423, Transient, Transient),
            (429, RateLimited, RateLimited),
            (500, Transient, OutcomeUnknown),
            (501, Rejected, Rejected),
            (502, Transient, OutcomeUnknown),
            (503, Transient, Transient),
            (504, Transient, OutcomeUnknown),
            (599, Transient, OutcomeUnknown),
            (600, UnexpectedResponse, UnexpectedResponse),
        ] {
            assert_eq!(class_of(status, true), read, "{status} of a read");
            assert_eq!(class_of(status, false), write, "{status} of a write");
        }
    }

    #[test]
    fn retry_after_is_read_and_bounded() {
        let now: Timestamp = "2026-07-05T08:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 57 ", Some(57)),
            ("86400", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 05 Jul 2026 08:00:30 GMT", Some(30)),
            ("Sun, 05 Jul 2026 07:00:00 GMT", Some(0)),
            ("Sun, 05 Jul 2027 08:00:00 GMT", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            // A weekday that does not fit its date is refused by the parser.
            let found = retry_after(text, now).map(|wait| wait.as_secs());
            assert_eq!(found, seconds, "{text:?}");
        }
        let far = retry_after("Mon, 05 Jul 2027 08:00:00 GMT", now);
        assert_eq!(far, Some(RETRY_AFTER_MAX));
    }

    #[test]
    fn plain_errors_carry_status_wait_and_body() {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        let error = error_of(&Response::new(429, headers, r#"{"message":"slow"}"#));
        assert_eq!(error.class, ErrorClass::RateLimited);
        assert_eq!(error.code, "http_429");
        assert_eq!(error.retry_after_ms, Some(7000));
        assert_eq!(error.body.unwrap().to_json(), r#"{"message":"slow"}"#);
        let error = error_of(&Response::new(500, Vec::new(), ""));
        assert_eq!(error.message, "the service answered 500 without saying why");
    }
}
