//! `engine validate`: every mistake at once, each at its place, for people and for machines.

use harness::Workplace;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");

/// A flow that is not YAML at its fifth line.
const BROKEN: &str =
    "name: Broken\ntrigger:\n  type: manual\nactions:\n  a: { type: compose, inputs: [1, 2 }\n";

/// Code, line, column and the line's text of each mistake in `mistakes.yaml`, written down by reading it.
const EXPECTED: [(&str, u64, u64, &str); 7] = [
    ("unknown-operation", 7, 22, "    type: salesforce.get_recrod"),
    (
        "unknown-input",
        11,
        43,
        "    inputs: { object: Contact, id: \"003\", feilds: [Name] }",
    ),
    (
        "unknown-environment-variable",
        14,
        17,
        "    inputs: \"{{ env.contry_field }}\"",
    ),
    ("run-after-cycle", 19, 18, "    run_after: { one: [succeeded] }"),
    (
        "unfinished-action",
        26,
        17,
        "    inputs: \"{{ actions.late.body }}\"",
    ),
    ("duplicate-key", 32, 3, "  late:"),
    ("yaml-syntax", 5, 31, "  a: { type: compose, inputs: [1, 2 }"),
];

fn workplace() -> Workplace {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write("flows/mistakes.yaml", &harness::text("tests/data/mistakes.yaml"));
    workplace.write("flows/broken.yaml", BROKEN);
    workplace
}

fn file_of(code: &str) -> &'static str {
    if code == "yaml-syntax" {
        "flows/broken.yaml"
    } else {
        "flows/mistakes.yaml"
    }
}

#[test]
fn the_shipped_flows_have_no_mistake() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace
        .run(&["validate", "flows/", "--deny-warnings"])
        .exits(0)
        .says("no mistakes");
    let json = workplace
        .run(&["validate", "flows/", "--format", "json"])
        .exits(0)
        .stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["diagnostics"], serde_json::json!([]));
    assert_eq!(
        workplace
            .run(&["validate", "flows/", "--format", "github"])
            .exits(0)
            .stdout,
        ""
    );
}

#[test]
fn people_see_every_mistake_with_its_line() {
    let shown = workplace().run(&["validate", "flows/"]).exits(3).stdout;
    for (code, line, column, text) in EXPECTED {
        assert!(shown.contains(&format!("error[{code}]: ")), "{code}\n{shown}");
        let place = format!("--> {}:{line}:{column}\n", file_of(code));
        assert!(shown.contains(&place), "{code}: {place}\n{shown}");
        let numbered = format!("{line} | {text}\n");
        assert!(shown.contains(&numbered), "{code}: {numbered}\n{shown}");
    }
    for hint in [
        "did you mean `get_record`?",
        "did you mean `fields`?",
        "did you mean `country_field`?",
        "`one` -> `two` -> `three` -> `one`",
    ] {
        assert!(shown.contains(hint), "{hint}\n{shown}");
    }
}

#[test]
fn one_finding_reads_like_this() {
    let workplace = Workplace::with_flows(PROGRAM);
    workplace.write(
        "flows/small.yaml",
        "name: Small\ndescription: One mistake.\ntrigger: { type: manual }\nactions:\n  a:\n    type: compose\n    \
         inputs: \"{{ env.contry_field }}\"\n",
    );
    let shown = workplace.run(&["validate", "flows/small.yaml"]).exits(3);
    assert_eq!(
        shown.stdout,
        "\
error[unknown-environment-variable]: the solution has no environment variable `contry_field`
 --> flows/small.yaml:7:17
  |
7 |     inputs: \"{{ env.contry_field }}\"
  |                 ^^^^^^^^^^^^^^^^
  |
  = help: did you mean `country_field`? A new one is declared under `environment` in solution.yaml

flows/small.yaml: 1 error
hint: engine explain <code> says more about a code
"
    );
    assert_eq!(shown.stderr, "");
}

#[test]
fn machines_get_the_same_places() {
    let workplace = workplace();
    let json = workplace
        .run(&["validate", "flows/", "--format", "json"])
        .exits(3)
        .stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let found: Vec<(&str, &str, u64, u64, &str)> = json["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| {
            let place = &found["place"];
            assert_eq!(found["severity"], "error");
            (
                found["code"].as_str().expect("a code"),
                place["file"].as_str().expect("a file"),
                place["line"].as_u64().expect("a line"),
                place["column"].as_u64().expect("a column"),
                place["text"].as_str().expect("the line's text"),
            )
        })
        .collect();
    let in_mistakes = found
        .iter()
        .filter(|(_, file, ..)| *file == "flows/mistakes.yaml")
        .count();
    assert_eq!(
        in_mistakes,
        EXPECTED.len() - 1,
        "no mistake more than was made: {found:?}"
    );
    for (code, line, column, text) in EXPECTED {
        assert!(
            found.contains(&(code, file_of(code), line, column, text)),
            "{code} in {found:?}"
        );
    }
    let github = workplace
        .run(&["validate", "flows/", "--format", "github"])
        .exits(3)
        .stdout;
    assert_eq!(github.lines().count(), found.len());
    for (code, line, column, _) in EXPECTED {
        let annotation = format!(
            "::error file={},line={line},col={column},title={code}::",
            file_of(code)
        );
        assert!(
            github.lines().any(|line| line.starts_with(&annotation)),
            "{annotation}\n{github}"
        );
    }
    // Each code has a page; the codes come from the findings themselves.
    for (code, ..) in found {
        workplace.run(&["explain", code]).exits(0).says(code);
    }
    workplace
        .run(&["explain", "unknown-opration"])
        .exits(2)
        .says("did you mean `unknown-operation`?");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let workplace = workplace();
    let escape = '\u{1b}';
    // The workplace sets NO_COLOR; asking for colours outright wins over it.
    let plain = workplace.run(&["validate", "flows/"]).exits(3).stdout;
    assert!(!plain.contains(escape));
    let coloured = workplace
        .run(&["validate", "flows/", "--color", "always"])
        .exits(3)
        .stdout;
    assert!(coloured.contains(escape));
    let never = workplace
        .run(&["validate", "flows/", "--color", "never"])
        .exits(3)
        .stdout;
    assert_eq!(never, plain);
}

#[test]
fn one_file_is_told_its_own_mistakes_only() {
    let workplace = workplace();
    let shown = workplace
        .run(&["validate", "flows/mistakes.yaml"])
        .exits(3)
        .stdout;
    assert!(!shown.contains("broken.yaml"), "{shown}");
    workplace
        .run(&["validate", "flows/partner-center-to-salesforce.yaml"])
        .exits(0);
    workplace.run(&["run", "flows/"]).exits(3).says("yaml-syntax");
    assert!(!workplace.path(".engine").exists(), "nothing was started");
    workplace
        .run(&["validate", "elsewhere/"])
        .exits(4)
        .says("`elsewhere/` does not exist");
}
