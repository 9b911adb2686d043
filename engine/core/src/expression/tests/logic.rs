//! Equality and order.

use super::fixture::check;

#[test]
fn equality_is_deep_and_strict() {
    check(
        "{}",
        &[
            ("equals(1, 1.0)", "true"),
            ("equals(1.10, 1.1)", "true"),
            ("equals(9999999999999999.99, 9999999999999999.98)", "false"),
            ("equals('a', 'A')", "false"),
            ("equals(null, null)", "true"),
            ("equals(null, '')", "false"),
            ("equals(true, 1)", "false"),
            ("equals(true, 'true')", "false"),
            ("equals('1', 1)", "false"),
            ("equals([1, [2]], [1.0, [2]])", "true"),
            ("equals([1, 2], [2, 1])", "false"),
            ("equals({'a': 1, 'b': 2}, {'b': 2, 'a': 1})", "true"),
            ("equals({'a': 1}, {'A': 1})", "false"),
            ("equals(1, 1, 1)", "true"),
            ("equals(1, 1, 2)", "false"),
        ],
    );
}

#[test]
fn order_is_for_two_numbers_or_two_texts() {
    check(
        "{}",
        &[
            ("greater(2, 1.5)", "true"),
            ("greater(9999999999999999.99, 9999999999999999.98)", "true"),
            ("less('a', 'B')", "true"),
            ("less('B', 'a')", "false"),
            ("greater_or_equals('a', 'A')", "true"),
            ("less_or_equals('A', 'a')", "true"),
            ("less('a', 'b') and not greater('a', 'b')", "true"),
            ("less('Z', '_')", "true"),
            ("'2031-05-06T00:00:00Z' < '2031-05-06T00:00:01Z'", "true"),
            (
                "less(null, 1)",
                "invalid_template: `less`: two numbers or two texts can be ordered, not null and a number…",
            ),
            ("greater(true, false)", "invalid_template: …"),
            ("greater([1], [0])", "invalid_template: …"),
            ("1e400 > 1e300", "…"),
        ],
    );
}
