//! JSONPath: what it finds, and the shapes it refuses because they would be answered wrongly.

use super::fixture::check;
use crate::expression::{JsonPath, PathStep};

const NAMES: &str = r#"{"v": {
    "details": {"dealValue": 9999999999999999.99, "currency": "USD"},
    "list": [{"id": 1, "x": 1.50, "a": "k"}, {"id": 2, "x": 2.50}, {"id": 3}],
    "odd key": {"x": true}
}}"#;

#[test]
fn numbers_arrive_untouched() {
    check(
        NAMES,
        &[
            ("jsonpath(v, '$.details.dealValue')", "[9999999999999999.99]"),
            ("v | jsonpath('$..dealValue')", "[9999999999999999.99]"),
            ("v | jsonpath('$..dealValue') | first", "9999999999999999.99"),
            ("jsonpath(v, '$.list[*].x')", "[1.50,2.50]"),
            ("jsonpath(v, '$.list[?@.x > 2].id')", "[2]"),
            ("jsonpath(v, '$.list[?@.a].id')", "[1]"),
            (r#"jsonpath(v, '$.list[?@.a == "k"].id')"#, "[1]"),
            ("jsonpath(v, '$.list[-1].id')", "[3]"),
            ("jsonpath(v, '$.list[0:2].id')", "[1,2]"),
            (r#"jsonpath(v, '$["odd key"].x')"#, "[true]"),
            ("jsonpath(v, '$.absent')", "[]"),
            ("jsonpath(v, '$.absent.deeper')", "[]"),
            ("jsonpath(v, '$.list[?length(@.a) == 1].id')", "[1]"),
            (r#"jsonpath(v, '$.list[?match(@.a, "[a-k]")].id')"#, "[1]"),
            ("jsonpath(v, '$.list[?count(@.*) == 3].id')", "[1]"),
            ("jsonpath(v.nothing, '$.x')", "undefined_value: …"),
        ],
    );
}

#[test]
fn shapes_that_would_be_answered_wrongly_are_refused() {
    for text in [
        "",
        "details",
        "$.a b",
        "$..['a','d']",
        "$..[0, 1]",
        "$[?@[?@>1]]",
        "$[?length(@.a)]",
        "$[?count(@.*)]",
        "$[?value(@.a)]",
        "$[?length(@.*) < 3]",
        "$[?length(@..a) < 3]",
        "$[?match(@.*, 'a')]",
        "$[?match(@.a, $..b)]",
        "$[?match(@.a, 'a') == true]",
        "$[?in(@.a, $.list)]",
        "$..a..b..c",
        "$[?((((((@.a))))))]",
        "$[?length(length(length(length(length(length(@))))))==1]",
    ] {
        assert!(JsonPath::compile(text).is_err(), "{text}");
    }
    let long = format!("${}", ".a".repeat(1000));
    assert!(JsonPath::compile(&long).is_err());
}

#[test]
fn a_path_to_one_place_says_its_steps() {
    let steps = JsonPath::compile("$.details['x'][0]")
        .unwrap()
        .steps()
        .map(<[_]>::to_vec);
    let member = |name: &str| PathStep::Member(name.to_owned());
    assert_eq!(
        steps,
        Some(vec![member("details"), member("x"), PathStep::Index(0)])
    );
    assert_eq!(JsonPath::compile("$..x").unwrap().steps(), None);
    assert_eq!(JsonPath::compile("$").unwrap().steps(), Some(&[][..]));
}
