//! The connector as the engine meets it: descriptor, settings, calls.

use std::sync::Arc;

use connector_api::value::object;
use connector_api::{
    CallContext, Connection, ErrorClass, OperationCall, OperationError, OperationOutput, Setting, Settings,
    Value,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::connector;
use crate::stub::{Exchange, Stub};

fn settings(hosts: &[&str]) -> Settings {
    let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    Settings {
        name: "http".into(),
        values: [
            ("hosts".to_owned(), Setting::TextList(hosts)),
            ("requests_per_second".to_owned(), Setting::Integer(100)),
        ]
        .into(),
    }
}

fn connection(stub: &Stub) -> Arc<dyn Connection> {
    let host = stub.base().replace("http://", "");
    connector()
        .connect(settings(&[&host]))
        .expect("settings are right")
}

fn call_with(inputs: Value, look_since: Option<Timestamp>) -> OperationCall {
    OperationCall {
        operation: "request".into(),
        inputs,
        context: CallContext {
            run_id: Uuid::nil(),
            action: "a".into(),
            attempt: 1,
            idempotency_key: Uuid::nil(),
            look_since,
        },
    }
}

async fn send(stub: &Stub, inputs: Value) -> Result<OperationOutput, OperationError> {
    connection(stub).call(call_with(inputs, None)).await
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

fn request_to(stub: &Stub, method: &str, rest: &str) -> Value {
    json(&format!(
        r#"{{ "method": "{method}", "url": "{}/orders?a=1"{rest} }}"#,
        stub.base()
    ))
}

#[tokio::test]
async fn an_object_goes_out_as_json_and_json_comes_back() {
    let answer = Exchange::json(201, r#"{"total":10.50}"#)
        .header("X-Trace", "t1")
        .header("set-cookie", "session=hunter2");
    let stub = Stub::start([answer]).await;
    let rest =
        r#", "query": { "b": 2, "c": ["x y", true] }, "headers": { "X-Key": "k" }, "body": { "n": 1.10 }"#;
    let output = send(&stub, request_to(&stub, "POST", rest)).await.unwrap();
    assert_eq!(output.status, Some(201));
    assert_eq!(output.body.to_json(), r#"{"total":10.50}"#);
    assert!(output.headers.contains(&("x-trace".into(), "t1".into())));
    assert!(!format!("{:?}", output.headers).contains("hunter2"));
    let [seen] = &stub.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/orders?a=1&b=2&c=x+y&c=true")
    );
    assert_eq!(seen.header("x-key"), Some("k"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.text(), r#"{"n":1.10}"#);
}

#[tokio::test]
async fn text_goes_out_as_text_or_as_what_its_header_says() {
    let stub = Stub::start([
        Exchange::text(200, "text/plain; charset=utf-8", "fine"),
        Exchange::json(200, "[1]"),
    ])
    .await;
    let output = send(&stub, request_to(&stub, "PUT", r#", "body": "héllo""#))
        .await
        .unwrap();
    assert_eq!(output.body, Value::from("fine"));
    let rest = r#", "body": "<a/>", "headers": { "Content-Type": "application/xml" }"#;
    send(&stub, request_to(&stub, "PATCH", rest)).await.unwrap();
    let requests = stub.requests();
    assert_eq!(
        requests[0].header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(requests[0].text(), "héllo");
    let types = requests[1]
        .headers
        .iter()
        .filter(|(name, _)| name == "content-type");
    assert_eq!(
        types.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
        ["application/xml"]
    );
}

#[tokio::test]
async fn an_answer_is_json_or_text_or_nothing() {
    for (content_type, body, expected) in [
        ("application/problem+json", r#"{"a":1}"#, r#"{"a":1}"#),
        ("Application/JSON; charset=utf-8", "[2]", "[2]"),
        ("text/html", "<p>", r#""<p>""#),
        ("application/json", "", "null"),
    ] {
        let stub = Stub::start([Exchange::text(200, content_type, body)]).await;
        let output = send(&stub, request_to(&stub, "GET", "")).await.unwrap();
        assert_eq!(output.body.to_json(), expected, "{content_type}");
    }
    for (exchange, code) in [
        (Exchange::json(200, "{"), "not_json"),
        (Exchange::bytes(200, "image/png", vec![0x89, 0xff]), "not_text"),
    ] {
        let stub = Stub::start([exchange]).await;
        let error = send(&stub, request_to(&stub, "GET", "")).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (ErrorClass::UnexpectedResponse, code)
        );
    }
}

#[tokio::test]
async fn failures_have_a_class_and_keep_their_body() {
    for (method, status, class) in [
        ("GET", 404, ErrorClass::Rejected),
        ("GET", 500, ErrorClass::Transient),
        ("PUT", 500, ErrorClass::Transient),
        ("DELETE", 502, ErrorClass::Transient),
        ("POST", 500, ErrorClass::OutcomeUnknown),
        ("PATCH", 502, ErrorClass::OutcomeUnknown),
        ("POST", 429, ErrorClass::RateLimited),
        ("POST", 401, ErrorClass::Unauthorized),
        ("PUT", 412, ErrorClass::Conflict),
    ] {
        let stub = Stub::start([Exchange::json(status, r#"{"why":"no"}"#).header("retry-after", "3")]).await;
        let error = send(&stub, request_to(&stub, method, "")).await.unwrap_err();
        assert_eq!(
            (error.class, error.status),
            (class, Some(status)),
            "{method} {status}"
        );
        assert_eq!(error.retry_after_ms, Some(3_000));
        assert_eq!(error.body.unwrap().to_json(), r#"{"why":"no"}"#);
    }
    let stub = Stub::start([Exchange::text(400, "text/plain", "no such order")]).await;
    let error = send(&stub, request_to(&stub, "GET", "")).await.unwrap_err();
    assert_eq!(error.body, Some(Value::from("no such order")));
}

#[tokio::test]
async fn a_redirect_is_an_error_that_says_where_it_points() {
    let away =
        Exchange::text(302, "text/plain", "").header("location", "https://new.example.com/x?key=hunter2");
    let stub = Stub::start([away]).await;
    let error = send(&stub, request_to(&stub, "GET", "")).await.unwrap_err();
    assert_eq!(error.code, "redirected");
    assert!(error.message.contains("`new.example.com`"), "{}", error.message);
    assert!(!error.message.contains("hunter2"));
}

#[tokio::test]
async fn what_may_have_happened_is_not_repeated_blindly() {
    let since = Some("2026-07-05T08:00:00Z".parse().unwrap());
    for method in ["POST", "PATCH"] {
        let stub = Stub::start([]).await;
        let call = call_with(request_to(&stub, method, ""), since);
        let error = connection(&stub).call(call).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::OutcomeUnknown);
        assert!(stub.requests().is_empty());
    }
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let stub = Stub::start([Exchange::text(204, "text/plain", "")]).await;
        let call = call_with(request_to(&stub, method, ""), since);
        connection(&stub).call(call).await.unwrap();
        assert_eq!(stub.requests().len(), 1, "{method}");
    }
}

#[tokio::test]
async fn other_hosts_are_never_called() {
    let stub = Stub::start([]).await;
    for (url, code) in [
        ("https://elsewhere.example.com/", "host_not_allowed"),
        ("http://plain.example.com:9000/", "plain_http"),
    ] {
        let connection = connector()
            .connect(settings(&["plain.example.com:9000", "*.partner.example"]))
            .unwrap();
        let inputs = object([("method", "GET".into()), ("url", url.into())]);
        let error = connection.call(call_with(inputs, None)).await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, code));
    }
    let inputs = object([("method", "GET".into()), ("url", "http://127.0.0.1:1/".into())]);
    let error = send(&stub, inputs).await.unwrap_err();
    assert_eq!(error.code, "host_not_allowed");
}

#[tokio::test]
async fn inputs_that_cannot_be_right_are_refused_by_name() {
    let stub = Stub::start([]).await;
    let connection = connection(&stub);
    for (inputs, field) in [
        ("[]", "inputs"),
        (r#"{ "url": "https://a.example/" }"#, "method"),
        (r#"{ "method": "TRACE", "url": "https://a.example/" }"#, "method"),
        (r#"{ "method": 1, "url": "https://a.example/" }"#, "method"),
        (r#"{ "method": "GET" }"#, "url"),
        (r#"{ "method": "GET", "url": "a.example" }"#, "url"),
        (r#"{ "method": "GET", "url": "file:///etc/passwd" }"#, "url"),
        (r#"{ "method": "GET", "url": "https://u:p@a.example/" }"#, "url"),
        (
            r#"{ "method": "GET", "url": "https://a.example/", "headers": [] }"#,
            "headers",
        ),
        (
            r#"{ "method": "GET", "url": "https://a.example/", "headers": { "Host": "b" } }"#,
            "headers",
        ),
        (
            r#"{ "method": "GET", "url": "https://a.example/", "query": { "a": {} } }"#,
            "query",
        ),
        (
            r#"{ "method": "GET", "url": "https://a.example/", "query": { "a": null } }"#,
            "query",
        ),
        (
            r#"{ "method": "GET", "url": "https://a.example/", "boby": 1 }"#,
            "boby",
        ),
    ] {
        let error = connection.call(call_with(json(inputs), None)).await.unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.field.as_deref()),
            ("invalid_input", Some(field)),
            "{inputs}"
        );
    }
    let call = OperationCall {
        operation: "requests".into(),
        ..call_with(json("{}"), None)
    };
    assert_eq!(connection.call(call).await.unwrap_err().code, "unknown_operation");
}

#[test]
fn settings_are_checked_all_at_once() {
    for hosts in [
        &["https://a.example"][..],
        &["*"],
        &["*.com"],
        &["a.example/x"],
        &["a b"],
        &["a.example:port"],
        &["*.a.example:8443"],
        &[""],
        &[],
    ] {
        let errors = connector().connect(settings(hosts)).err().expect("a mistake");
        assert_eq!(errors[0].setting, "hosts", "{hosts:?}");
    }
    let mut wrong = settings(&["*.a.example", "b.example:8443", "[::1]:9000", "localhost:80"]);
    assert!(connector().connect(wrong.clone()).is_ok());
    wrong.values.insert("concurrency".into(), Setting::Integer(0));
    wrong
        .values
        .insert("requests_per_second".into(), Setting::Integer(-1));
    wrong
        .values
        .insert("ca_file".into(), Setting::Text("/nonexistent/ca.pem".into()));
    let errors = connector().connect(wrong).err().expect("mistakes");
    let names: Vec<&str> = errors.iter().map(|error| error.setting.as_str()).collect();
    assert_eq!(names, ["concurrency", "requests_per_second", "ca_file"]);
}
