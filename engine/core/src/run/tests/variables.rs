//! Variables: their types, null, and changes from several places.

use crate::run::tests::bench::flow;

fn outcome(variables: &str, actions: &str, shown: &str) -> String {
    let played = flow(&format!(
        "name: X\ntrigger: {{ type: manual }}\nvariables: {{ {variables} }}\nactions:\n{actions}  shown: {{ type: compose, inputs: \"{{{{ variables.{shown} }}}}\" }}\n"
    ))
    .play();
    let failed = played.error("a");
    if failed.is_empty() {
        played.body("shown")
    } else {
        failed
    }
}

#[test]
fn variables_start_empty_and_change_within_their_type() {
    let set = |value: &str| format!("  a: {{ type: set_variable, inputs: {{ name: v, value: {value} }} }}\n");
    let append =
        |value: &str| format!("  a: {{ type: append_to_variable, inputs: {{ name: v, value: {value} }} }}\n");
    let add = |by: &str| format!("  a: {{ type: increment_variable, inputs: {{ name: v{by} }} }}\n");
    for (declared, actions, expected) in [
        ("v: { type: text }", String::new(), r#""""#),
        ("v: { type: integer }", String::new(), "0"),
        ("v: { type: boolean }", String::new(), "false"),
        ("v: { type: list }", String::new(), "[]"),
        ("v: { type: object }", String::new(), "null"),
        ("v: { type: text, default: x }", String::new(), r#""x""#),
        ("v: { type: text }", set("y"), r#""y""#),
        ("v: { type: text, default: x }", set("\"{{ null }}\""), r#""""#),
        ("v: { type: list, default: [1] }", set("\"{{ null }}\""), "[]"),
        ("v: { type: number }", set("1.10"), "1.10"),
        (
            "v: { type: integer }",
            set("1.5"),
            "InvalidData: variable `v` holds integer, it cannot be set to number",
        ),
        (
            "v: { type: integer }",
            set("\"{{ null }}\""),
            "InvalidData: variable `v` holds integer, it cannot be set to null",
        ),
        (
            "v: { type: boolean }",
            set("text"),
            "InvalidData: variable `v` holds boolean, it cannot be set to string",
        ),
        ("v: { type: text, default: x }", append("y"), r#""xy""#),
        ("v: { type: text, default: x }", append("true"), r#""xTrue""#),
        (
            "v: { type: text, default: x }",
            append("\"{{ null }}\""),
            r#""x""#,
        ),
        (
            "v: { type: list, default: [1] }",
            append("{ a: 2 }"),
            r#"[1,{"a":2}]"#,
        ),
        (
            "v: { type: list }",
            append("[1]"),
            "InvalidData: variable `v` takes one item at a time, not array; join lists with union()",
        ),
        (
            "v: { type: integer }",
            append("1"),
            "InvalidData: variable `v` holds number; only text and lists can be appended to",
        ),
        ("v: { type: integer, default: 5 }", add(""), "6"),
        ("v: { type: integer, default: 5 }", add(", by: -7"), "-2"),
        ("v: { type: number, default: 0.1 }", add(", by: 0.2"), "0.3"),
        (
            "v: { type: integer }",
            add(", by: 0.5"),
            "InvalidData: variable `v` holds whole numbers, it cannot become 0.5",
        ),
        (
            "v: { type: number }",
            add(", by: x"),
            "InvalidData: the increment must be a number, not string",
        ),
        (
            "v: { type: text }",
            add(""),
            "InvalidData: variable `v` holds text; only numbers can be incremented",
        ),
    ] {
        assert_eq!(
            outcome(declared, &actions, "v"),
            expected,
            "{declared}\n{actions}"
        );
    }
}

#[test]
fn parallel_iterations_share_variables_and_lose_no_change() {
    let actions = "  a:\n    type: for_each\n    items: [1, 2, 3, 4, 5]\n    concurrency: 5\n    actions:\n      \
                   one: { type: increment_variable, inputs: { name: v, by: \"{{ item }}\" } }\n      \
                   two: { type: append_to_variable, inputs: { name: t, value: \"{{ item }}\" } }\n";
    let declared = "v: { type: integer }, t: { type: text }";
    assert_eq!(outcome(declared, actions, "v"), "15");
    assert_eq!(outcome(declared, actions, "t"), r#""12345""#);
}
