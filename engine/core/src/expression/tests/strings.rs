//! Functions on text.

use super::fixture::check;

#[test]
fn cutting_and_joining() {
    check(
        "{}",
        &[
            (
                "concat('a', 1, true, null, [1, {'b': false}])",
                r#""a1True[1,{\"b\":false}]""#,
            ),
            ("concat(1.50, '|', 1e3)", r#""1.5|1000""#),
            ("concat()", "refused: `concat` takes at least 1 argument, not 0"),
            ("length('a😀b')", "4"),
            ("length([1, 2])", "2"),
            ("length('')", "0"),
            (
                "length({'a': 1})",
                "invalid_template: `length`: argument 1 must be text or a list, not an object…",
            ),
            ("length(null)", "invalid_template: …"),
            ("length(12)", "invalid_template: …"),
            ("substring('hello', 1, 3)", r#""ell""#),
            ("substring('hello', 1)", r#""ello""#),
            ("substring('hello', 4, 1)", r#""o""#),
            ("substring('hello', 4, 0)", r#""""#),
            (
                "substring('hello', 5)",
                "invalid_template: `substring`: start and length must lie within the text…",
            ),
            ("substring('hello', 3, 3)", "invalid_template: …"),
            ("substring('hello', -1)", "invalid_template: …"),
            ("substring('hello', 0, -1)", "invalid_template: …"),
            ("substring('', 0)", "invalid_template: …"),
            (
                "substring('hello', '1')",
                "invalid_template: `substring`: argument 2 must be a number, not text…",
            ),
            (
                "substring('hello', 1.5)",
                "invalid_template: `substring`: argument 2 must be a whole number…",
            ),
            ("slice('hello', 1, 3)", r#""el""#),
            ("slice('hello', -3, -1)", r#""ll""#),
            ("slice('hello', 9)", r#""""#),
            ("slice('hello', 1, 99)", r#""ello""#),
            ("slice('hello', 3, 1)", r#""""#),
            (
                "slice([1], 0)",
                "invalid_template: `slice`: argument 1 must be text, not a list…",
            ),
            ("split('a,b,,c', ',')", r#"["a","b","","c"]"#),
            ("split('a--b', '--')", r#"["a","b"]"#),
            ("split('abc', '')", r#"["abc"]"#),
            ("split('', ',')", r#"[""]"#),
            ("split(1, ',')", "invalid_template: …"),
            ("'a/b/c' | split('/') | last", r#""c""#),
            ("join([1, true, null, 'x', [2]], '; ')", r#""1; True; ; x; [2]""#),
            ("join([], ',')", r#""""#),
            (
                "join([1], 2)",
                "invalid_template: `join`: argument 2 must be text, not a number…",
            ),
            (
                "join('ab', ',')",
                "invalid_template: `join`: argument 1 must be a list, not text…",
            ),
            ("chunk('abcde', 2)", r#"["ab","cd","e"]"#),
            ("chunk([1, 2, 3], 2)", "[[1,2],[3]]"),
            (
                "chunk('a', 0)",
                "invalid_template: `chunk`: argument 2 must be at least 1…",
            ),
        ],
    );
}

#[test]
fn finding_ignores_case_and_containing_does_not() {
    check(
        "{}",
        &[
            ("index_of('Hello world', 'WORLD')", "6"),
            ("index_of('hello', 'x')", "-1"),
            ("index_of('hello', '')", "0"),
            ("index_of('a😀b', 'b')", "3"),
            ("last_index_of('abcABC', 'b')", "4"),
            ("last_index_of('', 'a')", "-1"),
            ("last_index_of('', '')", "0"),
            ("last_index_of('abc', '')", "2"),
            ("nth_index_of('aaaa', 'aa', 3)", "2"),
            ("nth_index_of('abab', 'B', 2)", "3"),
            ("nth_index_of('abab', 'b', -1)", "3"),
            ("nth_index_of('abab', 'b', -2)", "1"),
            ("nth_index_of('abab', 'b', 3)", "-1"),
            ("nth_index_of('abab', '', 1)", "-1"),
            ("nth_index_of('abab', 'b', -9223372036854775808)", "-1"),
            ("index_of('aabaabaaab', 'aabaaab')", "3"),
            ("last_index_of('aaaa', 'aaa')", "1"),
            ("index_of('ab', 'abc')", "-1"),
            (
                "nth_index_of('abab', 'b', 0)",
                "invalid_template: `nth_index_of`: argument 3 must not be 0…",
            ),
            ("starts_with('Hello', 'hE')", "true"),
            ("starts_with('Hello', 'ello')", "false"),
            (
                "starts_with(null, 'a')",
                "invalid_template: `starts_with`: argument 1 must be text, not null…",
            ),
            ("ends_with('Hello', 'LO')", "true"),
            ("ends_with('Hello', 'hel')", "false"),
            ("contains('Hello', 'ell')", "true"),
            ("contains('Hello', 'ELL')", "false"),
        ],
    );
}

#[test]
fn changing_text() {
    check(
        "{}",
        &[
            ("replace('aXbX', 'X', '--')", r#""a--b--""#),
            ("replace('aXbx', 'x', '')", r#""aXb""#),
            ("replace('a.b', '.', '$1')", r#""a$1b""#),
            (
                "replace('abc', '', 'x')",
                "invalid_template: `replace`: argument 2 must not be empty…",
            ),
            ("trim('\u{a0} \t\nx \u{2003}')", r#""x""#),
            (
                "trim(1)",
                "invalid_template: `trim`: argument 1 must be text, not a number…",
            ),
            ("to_upper('straße ı é')", r#""STRAßE ı É""#),
            ("to_lower('ÀB İ')", r#""àb İ""#),
            ("'Ab' | lower ~ ('Ab' | upper)", r#""abAB""#),
            ("upper(null)", "invalid_template: …"),
            ("length(guid())", "36"),
            ("length(guid('N'))", "32"),
            ("first(guid('B')) ~ last(guid('P'))", r#""{)""#),
            ("starts_with(guid('X'), '{0x')", "true"),
            (
                "guid('Q')",
                "invalid_template: `guid`: the format must be one of…",
            ),
        ],
    );
}
