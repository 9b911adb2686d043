//! The service's error bodies as operation errors. There are two families and a short form for throttling; what
//! decides is the vendor's code, then the status. Messages are developer text: shown, never interpreted.

use connector_api::{ErrorClass, OperationError, Value};
use connector_http::{Response, classify};

/// How many nested inner errors are walked.
const INNER_DEPTH_MAX: usize = 16;
const MESSAGE_CHARS_MAX: usize = 1024;

/// The error that an answer of no success stands for.
pub(crate) fn from_response(response: &Response) -> OperationError {
    let mut error = classify::error_of(response);
    error.request_id = request_id(response);
    let Some(body) = error.body.clone() else {
        return error;
    };
    if let Some(outer) = body.get("error").filter(|outer| outer.as_object().is_some()) {
        from_referrals(outer, &mut error);
    } else if let Some(code) = body.get("code").and_then(code_text) {
        error.code = code;
        set_message(
            &mut error,
            body.get("description").or_else(|| body.get("message")),
        );
    } else {
        set_message(&mut error, body.get("message"));
    }
    error
}

/// The service's id of the call.
pub(crate) fn request_id(response: &Response) -> Option<String> {
    response
        .header("request-id")
        .or_else(|| response.header("ms-requestid"))
        .map(str::to_owned)
}

/// `{code, message, target, innerError}`, nested. The most specific code that is documented decides.
fn from_referrals(outer: &Value, error: &mut OperationError) {
    let mut layers = vec![outer];
    while layers.len() < INNER_DEPTH_MAX {
        let innermost = layers[layers.len() - 1];
        let next = innermost
            .get("innerError")
            .or_else(|| innermost.get("innererror"));
        match next.filter(|next| next.as_object().is_some()) {
            Some(next) => layers.push(next),
            None => break,
        }
    }
    let codes: Vec<String> = layers
        .iter()
        .filter_map(|layer| layer.get("code").and_then(code_text))
        .collect();
    if let Some(first) = codes.first() {
        error.code = first.clone();
    }
    if let Some(known) = codes.iter().rev().find(|code| class_of_code(code).is_some()) {
        error.code = known.clone();
        // A refused token stays a refused token, whatever the body says.
        if error.class != ErrorClass::Unauthorized {
            error.class = class_of_code(known).unwrap_or(error.class);
        }
    }
    set_message(error, outer.get("message"));
    for layer in &layers[1..] {
        let detail = [layer.get("code"), layer.get("message")]
            .into_iter()
            .flatten()
            .filter_map(code_text)
            .filter(|text| !text.is_empty() && !error.message.contains(text.as_str()))
            .collect::<Vec<_>>()
            .join(": ");
        if !detail.is_empty() {
            error.message = shortened(&format!("{} ({detail})", error.message));
        }
    }
    error.field = layers
        .iter()
        .rev()
        .filter_map(|layer| layer.get("target")?.as_str())
        .find(|target| !target.is_empty() && !target.eq_ignore_ascii_case("referral"))
        .map(str::to_owned);
}

/// The class of a documented code; `None` where the status says more.
fn class_of_code(code: &str) -> Option<ErrorClass> {
    let class = match code.to_ascii_lowercase().as_str() {
        "invalidrequest" | "accessdenied" | "itemnotfound" | "insufficent_claims" => ErrorClass::Rejected,
        "unauthenticated" | "unauthorized" => ErrorClass::Unauthorized,
        "preconditionfailed" | "resourcemodified" => ErrorClass::Conflict,
        "servicenotavailable" => ErrorClass::Transient,
        _ => return None,
    };
    Some(class)
}

fn code_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn set_message(error: &mut OperationError, message: Option<&Value>) {
    if let Some(text) = message.and_then(Value::as_str)
        && !text.trim().is_empty()
    {
        error.message = shortened(text.trim());
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() > MESSAGE_CHARS_MAX {
        let beginning: String = text.chars().take(MESSAGE_CHARS_MAX).collect();
        format!("{beginning}…")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> OperationError {
        let headers = vec![("request-id".to_owned(), "r-1".to_owned())];
        from_response(&Response::new(status, headers, body))
    }

    #[test]
    fn codes_decide_before_statuses() {
        use ErrorClass::*;
        let referrals = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"why"}}}}"#);
        for (status, code, class) in [
            (400, "invalidRequest", Rejected),
            (401, "unauthenticated", Unauthorized),
            (401, "unAuthorized", Unauthorized),
            (403, "accessDenied", Rejected),
            (404, "itemNotFound", Rejected),
            (412, "preconditionFailed", Conflict),
            (409, "resourceModified", Conflict),
            (400, "resourceModified", Conflict),
            (503, "serviceNotAvailable", Transient),
            (500, "generalException", Transient),
            (400, "somethingNew", Rejected),
            (429, "somethingNew", RateLimited),
            (401, "accessDenied", Unauthorized),
        ] {
            let error = of(status, &referrals(code));
            assert_eq!(error.class, class, "{status} {code}");
            assert_eq!(error.code, code);
            assert_eq!(error.message, "why");
            assert_eq!(error.status, Some(status));
            assert_eq!(error.request_id.as_deref(), Some("r-1"));
        }
    }

    #[test]
    fn the_most_specific_known_code_wins() {
        let error = of(
            412,
            r#"{"error": {"code": "preconditionFailed", "message": "The supplied If-Match value does not match the current version.", "target": "referral", "innerError": {"code": "resourceModified", "message": "Current eTag differs."}}}"#,
        );
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Conflict, "resourceModified")
        );
        assert_eq!(
            error.message,
            "The supplied If-Match value does not match the current version. (resourceModified: Current eTag differs.)"
        );
        assert_eq!(error.field, None);
        let error = of(
            400,
            r#"{"error": {"code": "invalidRequest", "message": "No.", "target": "referral", "innererror": {"code": "tooSmall", "target": "details.dealValue"}}}"#,
        );
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "invalidRequest")
        );
        assert_eq!(error.message, "No. (tooSmall)");
        assert_eq!(error.field.as_deref(), Some("details.dealValue"));
    }

    #[test]
    fn the_webhook_family_and_throttling_are_understood() {
        let error = of(
            403,
            r#"{"code": "900150", "description": "The caller's role may not perform this operation.", "data": [], "source": "PartnerCenter"}"#,
        );
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Rejected, "900150")
        );
        assert_eq!(error.message, "The caller's role may not perform this operation.");
        let error = of(401, r#"{"code": 400, "description": "Access denied."}"#);
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::Unauthorized, "400")
        );
        let error = of(
            429,
            r#"{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}"#,
        );
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::RateLimited, "http_429")
        );
        assert_eq!(error.message, "Rate limit is exceeded. Try again in 57 seconds.");
    }

    #[test]
    fn any_body_gives_an_error() {
        let deep = format!(
            "{}{}",
            r#"{"error":{"innerError":"#.repeat(40),
            "1".to_owned() + &"}}".repeat(40)
        );
        for body in [
            "",
            "<html><h1>Bad gateway</h1></html>",
            "null",
            "[]",
            r#"{"error": "text"}"#,
            r#"{"error": {"code": null, "message": 5, "innerError": []}}"#,
            r#"{"code": {}}"#,
            &deep,
        ] {
            let error = of(502, body);
            assert_eq!(error.class, ErrorClass::Transient, "{body}");
            assert!(!error.message.is_empty());
        }
        assert!(
            of(502, "<html><h1>Bad gateway</h1></html>")
                .message
                .contains("Bad gateway")
        );
    }
}
