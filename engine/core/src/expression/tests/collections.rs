//! Functions on lists and objects.

use super::fixture::check;

const NAMES: &str = r#"{"v": {
    "rows": [{"n": "b", "v": 2}, {"n": "A", "v": 10}, {"n": "a", "v": 1.5}],
    "gaps": [{"v": 2}, {"v": null}, {"x": 1}, {"v": 1}],
    "one": {"Name": "x", "n": 1.0}
}}"#;

#[test]
fn parts_of_lists_and_text() {
    check(
        NAMES,
        &[
            ("first([1, 2])", "1"),
            ("last([1, 2])", "2"),
            ("first([])", "null"),
            ("first('abc')", r#""a""#),
            ("last('abc')", r#""c""#),
            ("first('')", r#""""#),
            (
                "first(null)",
                "invalid_template: `first`: argument 1 must be text or a list, not null…",
            ),
            ("last({})", "invalid_template: …"),
            ("take([1, 2, 3], 2)", "[1,2]"),
            ("take([1], 9)", "[1]"),
            ("take('abc', 2)", r#""ab""#),
            (
                "take([1], -1)",
                "invalid_template: `take`: argument 2 must not be negative…",
            ),
            ("take([1, 2], 1.0)", "[1]"),
            ("skip([1, 2, 3], 1)", "[2,3]"),
            ("skip('abc', 1)", r#""bc""#),
            ("skip([1], 9)", "[]"),
            ("skip(1, 1)", "invalid_template: …"),
            ("reverse([1, 2, 3])", "[3,2,1]"),
            (
                "reverse('abc')",
                "invalid_template: `reverse`: argument 1 must be a list, not text…",
            ),
            ("range(3, 4)", "[3,4,5,6]"),
            ("range(-1, 2)", "[-1,0]"),
            ("range(1, 0)", "[]"),
            ("range(1, -1)", "invalid_template: …"),
            (
                "range(2147483647, 1)",
                "invalid_template: `range`: the range leaves the 32-bit integers…",
            ),
            ("create_array(1, 'a', null)", r#"[1,"a",null]"#),
            ("create_array()", "refused: …"),
            ("array('x')", r#"["x"]"#),
            ("array([1])", "[[1]]"),
        ],
    );
}

#[test]
fn membership_and_emptiness() {
    check(
        NAMES,
        &[
            ("contains([1, 'a', [2]], [2])", "true"),
            ("contains([1], 1.0)", "true"),
            ("contains(['a'], 'A')", "false"),
            ("contains([1], '1')", "false"),
            ("contains(v.one, 'NAME')", "true"),
            ("contains(v.one, 'other')", "false"),
            (
                "contains(v.one, 1)",
                "invalid_template: `contains`: argument 2 must be text, not a number…",
            ),
            ("contains(null, 1)", "invalid_template: …"),
            ("contains(12, 1)", "invalid_template: …"),
            ("empty('')", "true"),
            ("empty(' ')", "false"),
            ("empty([])", "true"),
            ("empty({})", "true"),
            ("empty(null)", "true"),
            ("empty([null])", "false"),
            (
                "empty(0)",
                "invalid_template: `empty`: argument 1 must be text, a list or an object, not a number…",
            ),
            ("empty(false)", "invalid_template: …"),
        ],
    );
}

#[test]
fn sets() {
    check(
        NAMES,
        &[
            ("union([1, 2, 2], [2, 3, 1.0])", "[1,2,3]"),
            ("union(['a'], ['A'], ['a'])", r#"["a","A"]"#),
            (
                "union([{'a': 1, 'b': 2}], [{'b': 2.0, 'a': 1}])",
                r#"[{"a":1,"b":2}]"#,
            ),
            (
                "union({'a': 1, 'b': 2}, {'a': 3, 'c': 4})",
                r#"{"a":3,"b":2,"c":4}"#,
            ),
            (
                "union([1], {})",
                "invalid_template: `union`: argument 2 must be a list, not an object…",
            ),
            (
                "union({}, [1])",
                "invalid_template: `union`: argument 2 must be an object, not a list…",
            ),
            (
                "union('a', 'b')",
                "invalid_template: `union`: argument 1 must be a list or an object, not text…",
            ),
            ("union([1])", "refused: …"),
            ("intersection([3, 1, 2, 1], [1, 3.0], [3, 1])", "[3,1]"),
            ("intersection({'a': 1, 'b': 2}, {'b': 2, 'a': 9})", r#"{"b":2}"#),
            ("intersection([1], {})", "invalid_template: …"),
        ],
    );
}

#[test]
fn sorting() {
    check(
        NAMES,
        &[
            ("sort([3, 1, 2.5])", "[1,2.5,3]"),
            ("sort(['b', 'A', 'a'])", r#"["A","a","b"]"#),
            ("sort([true, false])", "[false,true]"),
            ("sort([])", "[]"),
            ("sort(v.rows, 'v')[0].n", r#""a""#),
            (
                "sort(v.rows, 'n')",
                r#"[{"n":"A","v":10},{"n":"a","v":1.5},{"n":"b","v":2}]"#,
            ),
            ("sort(v.gaps, 'v')", r#"[{"v":null},{"x":1},{"v":1},{"v":2}]"#),
            (
                "sort([1, 'a'])",
                "invalid_template: `sort`: a number and text cannot be sorted…",
            ),
            (
                "sort([{'a': 1}])",
                "invalid_template: `sort`: an object cannot be sorted; give the name of a member…",
            ),
            (
                "sort('cba')",
                "invalid_template: `sort`: argument 1 must be a list, not text…",
            ),
        ],
    );
}

#[test]
fn objects_are_changed_in_a_copy() {
    check(
        NAMES,
        &[
            ("add_property(v.one, 'z', [1])", r#"{"Name":"x","n":1.0,"z":[1]}"#),
            (
                "add_property(v.one, 'name', 1)",
                "invalid_template: `add_property`: the object already has a member `name`…",
            ),
            ("set_property(v.one, 'name', 'y')", r#"{"Name":"y","n":1.0}"#),
            (
                "set_property(v.one, 'z', null)",
                r#"{"Name":"x","n":1.0,"z":null}"#,
            ),
            ("remove_property(v.one, 'NAME')", r#"{"n":1.0}"#),
            ("remove_property(v.one, 'other')", r#"{"Name":"x","n":1.0}"#),
            ("remove_property({'a': 1, 'A': 2}, 'A')", r#"{"a":1}"#),
            (
                "set_property([], 'a', 1)",
                "invalid_template: `set_property`: argument 1 must be an object, not a list…",
            ),
            (
                "set_property({}, 1, 1)",
                "invalid_template: `set_property`: argument 2 must be text, not a number…",
            ),
            (
                "flow_url('registration')",
                r#""https://flows.example/registration""#,
            ),
            (
                "flow_url('other')",
                "invalid_template: `flow_url`: flow `other` has no address…",
            ),
        ],
    );
}
