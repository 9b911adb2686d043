//! Addresses.

use super::fixture::check;

#[test]
fn parts_of_addresses() {
    check(
        r#"{"u": "https://www.contoso.com:8080/a/b%20c?x=1&y=2#top"}"#,
        &[
            ("uri_host(u)", r#""www.contoso.com""#),
            ("uri_path(u)", r#""/a/b%20c""#),
            ("uri_path_and_query(u)", r#""/a/b%20c?x=1&y=2""#),
            ("uri_port(u)", "8080"),
            ("uri_query(u)", r#""?x=1&y=2""#),
            ("uri_scheme(u)", r#""https""#),
            ("uri_path('https://contoso.com')", r#""/""#),
            ("uri_port('https://contoso.com')", "443"),
            ("uri_port('http://contoso.com')", "80"),
            ("uri_query('https://contoso.com/a')", r#""""#),
            (
                "uri_host('/a/b')",
                "invalid_template: `uri_host`: `/a/b` is not an absolute address…",
            ),
            ("uri_host(1)", "invalid_template: …"),
        ],
    );
}

#[test]
fn encoding() {
    check(
        "{}",
        &[
            ("uri_component('a b/ü+-_.~!')", r#""a%20b%2F%C3%BC%2B-_.~%21""#),
            ("encode_uri_component('&')", r#""%26""#),
            ("uri_component_to_string('a%20b%2f%C3%BC+')", r#""a b/ü+""#),
            ("decode_uri_component('100%')", r#""100%""#),
            ("uri_component(1)", "invalid_template: …"),
        ],
    );
}
