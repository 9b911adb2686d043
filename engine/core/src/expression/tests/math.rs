//! Arithmetic.

use super::fixture::check;

#[test]
fn integers_stay_integers() {
    check(
        "{}",
        &[
            ("add(1, 2)", "3"),
            ("sub(1, 2)", "-1"),
            ("mul(3, -4)", "-12"),
            ("div(7, 2)", "3"),
            ("div(-7, 2)", "-3"),
            ("mod(-7, 2)", "-1"),
            ("mod(7, -2)", "1"),
            (
                "add(9223372036854775807, 1)",
                "invalid_template: `add`: the result does not fit a 64-bit integer…",
            ),
            ("mul(9223372036854775807, 2)", "invalid_template: …"),
            ("div(-9223372036854775808, -1)", "invalid_template: …"),
            ("mod(-9223372036854775808, -1)", "0"),
            ("div(1, 0)", "invalid_template: `div`: the divisor is zero…"),
            ("mod(1, 0)", "invalid_template: …"),
            ("div(1.0, 0)", "invalid_template: …"),
        ],
    );
}

#[test]
fn money_is_exact() {
    check(
        r#"{"v": {"amount": 9999999999999999.99, "price": 19.99}}"#,
        &[
            ("add(0.1, 0.2)", "0.3"),
            ("add(v.amount, 0.01)", "10000000000000000.00"),
            ("sub(v.amount, 0.99)", "9999999999999999.00"),
            ("mul(v.price, 3)", "59.97"),
            ("mul(v.amount, 10)", "99999999999999999.90"),
            ("div(10.0, 4)", "2.5"),
            ("div(1.0, 3)", "0.3333333333333333333333333333"),
            ("mod(5.5, 2)", "1.5"),
            ("round(2.5)", "3"),
            ("round(-2.5)", "-3"),
            ("round(2.345, 2)", "2.35"),
            ("round(1.005, 2)", "1.01"),
            ("round(7, 2)", "7"),
            (
                "round(1, 99)",
                "invalid_template: `round`: argument 2 must be between 0 and 28…",
            ),
            ("mul(1e20, 1e20)", "…00000000000000000000"),
            (
                "mul(1e200, 1e200)",
                "invalid_template: `mul`: the result is too large…",
            ),
            (
                "add('1', 2)",
                "invalid_template: `add`: argument 1 must be a number, not text…",
            ),
            (
                "add(1e400, 2)",
                "invalid_template: `add`: argument 1 must be a number that can be calculated with…",
            ),
        ],
    );
}

#[test]
fn extremes_and_chance() {
    check(
        "{}",
        &[
            ("min(3, 1.50, 2)", "1.50"),
            ("max([1, 2.0, 2])", "2.0"),
            ("min([])", "invalid_template: `min`: the list is empty…"),
            (
                "max(1, 'a')",
                "invalid_template: `max`: argument 2 must be a number, not text…",
            ),
            ("max([1, 'a'])", "invalid_template: …"),
            ("rand(5, 6)", "5"),
            (
                "rand(-9223372036854775808, 9223372036854775807) < 9223372036854775807",
                "true",
            ),
            (
                "rand(5, 5)",
                "invalid_template: `rand`: argument 2 must be greater than argument 1…",
            ),
        ],
    );
}
