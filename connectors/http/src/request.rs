//! One HTTP request as data.

use std::fmt;

use connector_api::{Secret, Value};
use reqwest::Method;
use url::Url;

/// What is sent.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address, query included.
    pub url: Url,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Sending it twice does no harm although the method is not GET: a token request, a query sent as POST. When
    /// the answer gets lost, such a call is merely transient.
    pub harmless: bool,
    /// The answer holds secrets, so no piece of it may appear in an error.
    pub confidential: bool,
}

/// The body of a request.
#[derive(Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    None,
    /// JSON; numbers go out with the digits they came with.
    Json(Value),
    /// A web form.
    Form(Vec<(String, String)>),
    /// Anything else.
    Bytes {
        /// Its content type.
        content_type: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            harmless: method == Method::GET || method == Method::HEAD,
            method,
            url,
            headers: Vec::new(),
            body: Body::None,
            confidential: false,
        }
    }

    /// A GET request.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST request.
    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Signs in with a bearer token.
    pub fn bearer(self, token: &Secret) -> Self {
        self.header("authorization", format!("Bearer {}", token.expose()))
    }

    /// Sets a JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Sets a form body.
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Marks it as harmless when sent twice.
    pub fn harmless(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// Marks its answer as holding secrets.
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }
}

/// Method and path only: headers, query and body may hold what must not be printed.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{} {host}{}", self.method, self.url.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let request = Request::post(Url::parse("https://login.example.com/token?code=hunter2").unwrap())
            .bearer(&Secret::new("token", "hunter2"))
            .form(vec![("password".into(), "hunter2".into())]);
        assert_eq!(format!("{request:?}"), "POST login.example.com/token");
    }
}
