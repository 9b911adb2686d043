//! The inputs of `request` as a request.

use connector_api::{Map, OperationError, Value};
use reqwest::Method;
use url::Url;

use crate::request::{Body, Request};

use super::descriptor::METHODS;

/// Most headers and most query parameters of one request.
const ENTRIES_MAX: usize = 200;
/// Largest body sent.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Headers that follow from the rest of the request.
const OWN_HEADERS: [&str; 5] = ["connection", "content-length", "host", "te", "transfer-encoding"];
/// Methods of which a repetition does what one request does.
const REPEATABLE: [Method; 4] = [Method::DELETE, Method::GET, Method::HEAD, Method::PUT];

/// Reads the inputs. Every error names the input it speaks of.
pub(super) fn read(inputs: &Value) -> Result<Request, OperationError> {
    let inputs = inputs.as_object().ok_or_else(|| {
        invalid(
            "inputs",
            format!("the inputs must be an object, not {}", inputs.kind()),
        )
    })?;
    if let Some(unknown) = inputs
        .keys()
        .find(|key| !["method", "url", "headers", "query", "body"].contains(&key.as_str()))
    {
        return Err(invalid(unknown, format!("`request` has no input `{unknown}`")));
    }
    let method = method(inputs)?;
    let mut url = address(inputs)?;
    for (name, value) in pairs(inputs, "query")? {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    let mut headers = headers(inputs)?;
    let body = body(inputs, &mut headers)?;
    Ok(Request {
        harmless: REPEATABLE.contains(&method),
        headers,
        body,
        ..Request::new(method, url)
    })
}

fn method(inputs: &Map) -> Result<Method, OperationError> {
    let text = text(inputs, "method")?.to_ascii_uppercase();
    METHODS
        .contains(&text.as_str())
        .then(|| Method::from_bytes(text.as_bytes()).ok())
        .flatten()
        .ok_or_else(|| {
            invalid(
                "method",
                format!("`method` must be one of {}", METHODS.join(", ")),
            )
        })
}

fn address(inputs: &Map) -> Result<Url, OperationError> {
    let url = Url::parse(text(inputs, "url")?.trim())
        .map_err(|error| invalid("url", format!("`url` is not a web address: {error}")))?;
    if !matches!(url.scheme(), "https" | "http") {
        let message = format!("`url` must start with `https://`, not with `{}:`", url.scheme());
        return Err(invalid("url", message));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = "`url` must not hold a name or password; use a header for sign-in";
        return Err(invalid("url", message));
    }
    Ok(url)
}

fn text<'v>(inputs: &'v Map, name: &str) -> Result<&'v str, OperationError> {
    match inputs.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(invalid(
            name,
            format!("`{name}` must be text, not {}", other.kind()),
        )),
        None => Err(invalid(name, format!("`request` needs `{name}`"))),
    }
}

fn headers(inputs: &Map) -> Result<Vec<(String, String)>, OperationError> {
    let headers = pairs(inputs, "headers")?;
    for (name, _) in &headers {
        if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            let message = format!("the header `{name}` follows from the request and cannot be set");
            return Err(invalid("headers", message));
        }
    }
    Ok(headers)
}

fn body(inputs: &Map, headers: &mut Vec<(String, String)>) -> Result<Body, OperationError> {
    let body = match inputs.get("body") {
        None | Some(Value::Null) => return Ok(Body::None),
        Some(Value::String(text)) => {
            let given = headers
                .iter()
                .position(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            // A body of bytes carries its type itself; left among the headers it would go out twice.
            let content_type = given.map_or_else(
                || "text/plain; charset=utf-8".to_owned(),
                |at| headers.remove(at).1,
            );
            Body::Bytes {
                content_type,
                bytes: text.clone().into_bytes(),
            }
        }
        Some(value) => Body::Json(value.clone()),
    };
    let size = match &body {
        Body::Bytes { bytes, .. } => bytes.len(),
        Body::Json(value) => value.to_json().len(),
        Body::None | Body::Form(_) => 0,
    };
    if size > BODY_BYTES_MAX {
        let message = format!("the body has {size} bytes; at most {BODY_BYTES_MAX} are sent");
        return Err(invalid("body", message));
    }
    Ok(body)
}

/// An object of names and simple values as texts; a list stands for its name repeated.
fn pairs(inputs: &Map, name: &str) -> Result<Vec<(String, String)>, OperationError> {
    let members = match inputs.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(other) => {
            let message = format!("`{name}` must be an object, not {}", other.kind());
            return Err(invalid(name, message));
        }
    };
    let mut pairs = Vec::new();
    for (key, value) in members {
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                other => {
                    let message = format!(
                        "`{key}` in `{name}` must be text, a number or true or false, not {}",
                        other.kind()
                    );
                    return Err(invalid(name, message));
                }
            };
            pairs.push((key.clone(), text));
            if pairs.len() > ENTRIES_MAX {
                let message = format!("`{name}` has more than {ENTRIES_MAX} entries");
                return Err(invalid(name, message));
            }
        }
    }
    Ok(pairs)
}

fn invalid(field: &str, message: impl Into<String>) -> OperationError {
    OperationError::invalid_input(field, message)
}
