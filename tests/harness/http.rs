//! One HTTP request to loopback, by hand: tests need no client that could hide what was answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer takes; a test that hangs ends.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// Sends a request to `http://host:port/path` and reads the whole answer.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let rest = url
        .strip_prefix("http://")
        .unwrap_or_else(|| panic!("`{url}` is not http"));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).unwrap_or_else(|error| panic!("{url}: {error}"));
    stream
        .set_read_timeout(Some(ANSWER_MAX))
        .expect("a timeout can be set");
    let mut text = format!("{method} /{path} HTTP/1.0\r\nHost: {host}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream
        .write_all(text.as_bytes())
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let answer = String::from_utf8_lossy(&bytes);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no status in {head}")),
        body: body.to_owned(),
    }
}

/// A JSON body sent with POST.
pub fn post(url: &str, body: &str) -> Answer {
    request("POST", url, &[("Content-Type", "application/json")], body)
}

/// GET.
pub fn get(url: &str) -> Answer {
    request("GET", url, &[], "")
}
