//! A small server on loopback that answers from a list and records what it was asked. For tests only; it speaks as
//! much HTTP/1.1 as they need and closes the connection after every exchange.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use connector_api::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ending: Ending,
    path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Whole,
    CutShort,
    Dropped,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The running server; it stops when dropped.
pub struct Stub {
    base: Url,
    requests: Arc<Mutex<Vec<Recorded>>>,
    exchanges: Arc<Mutex<VecDeque<Exchange>>>,
    task: JoinHandle<()>,
}

impl Exchange {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &str) -> Self {
        Self::text(status, "application/json", body)
    }

    /// An answer with any body.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self::bytes(status, content_type, body.as_bytes().to_vec())
    }

    /// An answer with any bytes.
    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            body,
            ending: Ending::Whole,
            path: None,
        }
    }

    /// Reads the request and hangs up without an answer.
    pub fn drop_connection() -> Self {
        Self {
            ending: Ending::Dropped,
            ..Self::text(200, "text/plain", "")
        }
    }

    /// Hangs up in the middle of the body.
    pub fn cut_short(mut self) -> Self {
        self.ending = Ending::CutShort;
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers only requests whose path (without query) is this; others take the next exchange that fits them.
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    fn fits(&self, request: &Recorded) -> bool {
        let path = request.target.split('?').next().unwrap_or_default();
        self.path.as_deref().is_none_or(|expected| expected == path)
    }
}

impl Recorded {
    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, `null` when it is none.
    pub fn json(&self) -> Value {
        Value::from_json(&self.text()).unwrap_or_default()
    }

    /// The form or query values of a name, decoded.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The query values, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }
}

impl Stub {
    /// Starts a server that gives these answers in order; a request beyond them gets a 599 that says so.
    pub async fn start(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let base = base_of(&listener);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let exchanges = Arc::new(Mutex::new(exchanges.into_iter().collect::<VecDeque<_>>()));
        let task = tokio::spawn(serve(listener, Arc::clone(&requests), Arc::clone(&exchanges)));
        Self {
            base,
            requests,
            exchanges,
            task,
        }
    }

    /// The address of a path on this server.
    pub fn url(&self, target: &str) -> Url {
        self.base.join(target).expect("a path makes an address")
    }

    /// The address without a trailing slash, for settings.
    pub fn base(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// Adds answers behind those that are left.
    pub fn push(&self, exchanges: impl IntoIterator<Item = Exchange>) {
        locked(&self.exchanges).extend(exchanges);
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Recorded> {
        locked(&self.requests).clone()
    }

    /// How many answers nobody has asked for yet.
    pub fn left(&self) -> usize {
        locked(&self.exchanges).len()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address on loopback where nobody listens.
pub async fn closed_address() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    base_of(&listener)
}

fn base_of(listener: &TcpListener) -> Url {
    let address = listener.local_addr().expect("a bound listener has an address");
    Url::parse(&format!("http://{address}/")).expect("an address makes a URL")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    listener: TcpListener,
    requests: Arc<Mutex<Vec<Recorded>>>,
    exchanges: Arc<Mutex<VecDeque<Exchange>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let requests = Arc::clone(&requests);
        let exchanges = Arc::clone(&exchanges);
        tokio::spawn(async move {
            let mut stream = stream;
            let Some(request) = read_request(&mut stream).await else {
                return;
            };
            let exchange = {
                let mut waiting = locked(&exchanges);
                let place = waiting.iter().position(|exchange| exchange.fits(&request));
                place.and_then(|place| waiting.remove(place))
            };
            let exchange = exchange.unwrap_or_else(|| {
                Exchange::text(599, "text/plain", "the stub has no answer left for this request")
            });
            locked(&requests).push(request);
            // The test sees the missing answer; there is nobody else to tell.
            let _ = answer(&mut stream, &exchange).await;
        });
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        read_more(stream, &mut body).await?;
    }
    Some(Recorded {
        method,
        target,
        headers,
        body,
    })
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 16 * 1024];
    let count = stream.read(&mut piece).await.ok()?;
    bytes.extend_from_slice(&piece[..count]);
    (count > 0 && bytes.len() <= REQUEST_BYTES_MAX).then_some(())
}

async fn answer(stream: &mut TcpStream, exchange: &Exchange) -> std::io::Result<()> {
    if exchange.ending == Ending::Dropped {
        return stream.shutdown().await;
    }
    let mut head = format!("HTTP/1.1 {} Stubbed\r\n", exchange.status);
    for (name, value) in &exchange.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if exchange.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", exchange.body.len()));
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let sent = if exchange.ending == Ending::CutShort {
        exchange.body.len() / 2
    } else {
        exchange.body.len()
    };
    stream.write_all(&exchange.body[..sent]).await?;
    stream.shutdown().await
}
