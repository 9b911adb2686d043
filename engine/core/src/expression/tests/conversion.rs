//! Conversions and number formats.

use super::fixture::check;

#[test]
fn to_numbers() {
    check(
        "{}",
        &[
            ("int('12')", "12"),
            ("int(' -1,234 ')", "-1234"),
            ("int('+5')", "5"),
            ("int('1.0')", "1"),
            ("int(5.0)", "5"),
            ("int(true) + int(false)", "1"),
            ("int('9007199254740993')", "9007199254740993"),
            ("int('9223372036854775807')", "9223372036854775807"),
            (
                "int('9223372036854775808')",
                "invalid_template: `int`: `9223372036854775808` is not a 64-bit integer…",
            ),
            (
                "int('1.5')",
                "invalid_template: `int`: `1.5` is not a 64-bit integer…",
            ),
            ("int('200-')", "invalid_template: …"),
            ("int('(200)')", "invalid_template: …"),
            ("int('')", "invalid_template: …"),
            ("int('abc')", "invalid_template: …"),
            ("int(1.5)", "invalid_template: …"),
            ("int(null)", "invalid_template: …"),
            ("float('1,234.50')", "1234.50"),
            ("float(' -1.5e3 ')", "-1.5e3"),
            ("float('1.5-')", "-1.5"),
            ("float('.5')", "0.5"),
            ("float('007')", "7"),
            ("float('1,5')", "15"),
            ("float('1,5', 'de-DE')", "1.5"),
            ("float('1.234,5', 'de-DE')", "1234.5"),
            ("float(2)", "2"),
            ("float('9999999999999999.99')", "9999999999999999.99"),
            (
                "float('NaN')",
                "invalid_template: `float`: `NaN` is not a number…",
            ),
            ("float('1e400')", "invalid_template: …"),
            ("float('')", "invalid_template: …"),
            (
                "float(null)",
                "invalid_template: `float`: argument 1 must be a number or text, not null…",
            ),
            (
                "float('1', 'xx')",
                "invalid_template: `float`: the locale `xx` is not known…",
            ),
            ("decimal('5.0000')", "5.0000"),
            ("decimal('1e3')", "invalid_template: …"),
            (
                "decimal('1234567890123456789012345678901234')",
                "invalid_template: …",
            ),
            ("is_int('12')", "true"),
            ("is_int('1.5')", "false"),
            ("is_int('nan')", "false"),
            (
                "is_int(12)",
                "invalid_template: `is_int`: argument 1 must be text, not a number…",
            ),
            ("is_float('1.5e3')", "true"),
            ("is_float('x')", "false"),
        ],
    );
}

#[test]
fn to_truth_text_and_json() {
    check(
        r#"{"v": {"f": 5.0, "big": 1e17, "small": 0.00001, "tiny": 0.0001, "third": 0.32, "n": [5.0, 1.10]}}"#,
        &[
            ("bool('TRUE')", "true"),
            ("bool('false')", "false"),
            ("bool(0)", "false"),
            ("bool(0.0)", "false"),
            ("bool(-2)", "true"),
            ("bool('1')", "invalid_template: `bool`: `1` is not…"),
            ("bool('')", "invalid_template: …"),
            ("bool(null)", "invalid_template: …"),
            ("string(true) ~ string(null) ~ string(1)", r#""True1""#),
            ("string(v.f)", r#""5""#),
            ("string(v.third)", r#""0.32""#),
            ("string(v.big)", r#""1E+17""#),
            ("string(v.small)", r#""1E-05""#),
            ("string(v.tiny)", r#""0.0001""#),
            ("string(-12345678901234567.5)", r#""-12345678901234567.5""#),
            ("string(123456789012345678.5)", r#""1.234567890123456785E+17""#),
            ("string(123456789012345678)", r#""123456789012345678""#),
            ("string(v.n)", r#""[5.0,1.10]""#),
            ("string({'ü': [true, null]})", r#""{\"ü\":[true,null]}""#),
            (r#"json('{"a": 1.10}').a"#, "1.10"),
            ("json('[1]')", "[1]"),
            ("json({'a': 1})", r#"{"a":1}"#),
            ("json(' ')", "invalid_template: `json`: not valid JSON…"),
            ("json('{')", "invalid_template: …"),
            ("json(1)", "invalid_template: …"),
            ("base64('héllo')", r#""aMOpbGxv""#),
            ("base64_to_string('aMOp bGxv')", r#""héllo""#),
            ("decode_base64('aGk=')", r#""hi""#),
            (
                "base64_to_string('aGk')",
                "invalid_template: `base64_to_string`: `aGk` is not base64…",
            ),
            ("base64(1)", "invalid_template: …"),
        ],
    );
}

#[test]
fn standard_number_formats() {
    check(
        "{}",
        &[
            ("format_number(1234.5, 'C')", r#""$1,234.50""#),
            ("format_number(-1234.5, 'C0')", r#""-$1,235""#),
            ("format_number(42, 'D5')", r#""00042""#),
            ("format_number(-42, 'd4')", r#""-0042""#),
            (
                "format_number(1.5, 'D')",
                "invalid_template: `format_number`: format `D` needs a whole number…",
            ),
            ("format_number(1234.5, 'E')", r#""1.234500E+003""#),
            ("format_number(0.00012, 'e2')", r#""1.20e-004""#),
            ("format_number(9.999, 'E1')", r#""1.0E+001""#),
            ("format_number(0, 'E2')", r#""0.00E+000""#),
            ("format_number(1234.5, 'F')", r#""1234.50""#),
            ("format_number(2.345, 'F2')", r#""2.35""#),
            ("format_number(2.5, 'F0')", r#""3""#),
            ("format_number(-0.001, 'F2')", r#""0.00""#),
            ("format_number(999.999, 'F2')", r#""1000.00""#),
            ("format_number(1234567.891, 'N')", r#""1,234,567.89""#),
            ("format_number(123, 'N0')", r#""123""#),
            ("format_number(0.5, 'P0')", r#""50%""#),
            ("format_number(0.1234, 'P1')", r#""12.3%""#),
            ("format_number(255, 'X')", r#""FF""#),
            ("format_number(255, 'x4')", r#""00ff""#),
            ("format_number(1234.50, 'G')", r#""1234.5""#),
            ("format_number(1234.56, 'G3')", r#""1.23E+03""#),
            ("format_number(0.00012345, 'G2')", r#""0.00012""#),
            (
                "format_number(9999999999999999.99, 'N2')",
                r#""9,999,999,999,999,999.99""#,
            ),
            ("format_number(5.0, 'R')", r#""5""#),
            (
                "format_number(1, 'Q')",
                "invalid_template: `format_number`: `Q` is not a number format…",
            ),
            (
                "format_number('1', 'N')",
                "invalid_template: `format_number`: argument 1 must be a number, not text…",
            ),
            (
                "format_number(1, 'N2', 'fr-fr')",
                "invalid_template: `format_number`: the locale `fr-fr` is not known…",
            ),
        ],
    );
}

#[test]
fn custom_number_formats() {
    check(
        "{}",
        &[
            ("format_number(1234567.891, '#,##0.00')", r#""1,234,567.89""#),
            ("format_number(0, '#,##0.00')", r#""0.00""#),
            ("format_number(0.5, '#.##')", r#"".5""#),
            ("format_number(5, '0.##')", r#""5""#),
            ("format_number(5.10, '0.0#')", r#""5.1""#),
            ("format_number(7, '000')", r#""007""#),
            (
                "format_number(1234567890, '(###) ###-####')",
                r#""(123) 456-7890""#,
            ),
            ("format_number(-7, '0.0')", r#""-7.0""#),
            ("format_number(0.256, '0.0%')", r#""25.6%""#),
            ("format_number(0.256, '0‰')", r#""256‰""#),
            ("format_number(12345678, '0,,')", r#""12""#),
            ("format_number(12345678, '#,##0,.0')", r#""12,345.7""#),
            ("format_number(1.25, '0.00,')", r#""1.25""#),
            ("format_number(-5, '0;(0);zero')", r#""(5)""#),
            ("format_number(5, '0;(0);zero')", r#""5""#),
            ("format_number(0, '0;(0);zero')", r#""zero""#),
            ("format_number(0.2, '0;(0);zero')", r#""zero""#),
            ("format_number(-5, '0;;zero')", r#""-5""#),
            ("format_number(86000, '0.###E+0')", r#""8.6E+4""#),
            ("format_number(0.00086, '0.0e00')", r#""8.6e-04""#),
            (r#"format_number(5, "0 'units'")"#, r#""5 units""#),
            (r"format_number(5, '\\#0')", r##""#5""##),
            ("format_number(2.5, '0')", r#""3""#),
            (r#"format_number(5, "0 'x")"#, "invalid_template: …"),
        ],
    );
}
