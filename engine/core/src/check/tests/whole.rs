//! Several mistakes at once, and files that are not YAML.

use crate::testing::checked;

#[test]
fn eight_faults_give_eight_places() {
    let text = "name: Überführung
trigger: { type: manual, inputs: { a: text } }
actions:
  ok: { type: compose, inputs: \"äöü {{ env.stgae }}\" }
  first: { type: salesforce.qeury, inputs: {} }
  second: { type: salesforce.query, inputs: { quer: x } }
  third: { type: compose, inputs: \"{{ actions.sixth.body }}\", run_after: { fourth: [succeeded] } }
  fourth: { type: compose, inputs: 1, inputs: 2 }
  fifth: { type: compse, inputs: 1 }
  sixth: { type: compose, inputs: \"{{ inputs.b }}\" }
";
    assert_eq!(
        checked(&[("x.yaml", text)]),
        [
            "4:40 unknown-environment-variable: the solution has no environment variable `stgae`",
            "5:29 unknown-operation: `salesforce` has no operation `qeury`",
            "6:30 missing-input: `salesforce.query` needs the input `query`",
            "6:47 unknown-input: `salesforce.query` has no input `quer`",
            "7:39 unfinished-action: `sixth` may not have ended when this is read | 10:3 it stands here",
            "7:76 run-after-cycle: these actions wait for each other: `third` -> `fourth` -> `third` | 8:3 `fourth` runs after `third`, written above it",
            "8:39 duplicate-key: the key `inputs` is written twice | 8:28 first here",
            "9:18 unknown-action-type: there is no action type `compse`",
            "10:39 unknown-flow-input: the flow has no input `b`",
        ]
    );
}

#[test]
fn text_that_is_no_yaml_hides_no_other_fault() {
    let text = "name: X
trigger: { type: manual }
actions:
  a:
    type: compose
    inputs: \"never closed
  b:
    type: compose
    inputs: \"{{ env.stgae }}\"
  c:
    type: compose
    inputs: \"{{ actions.a.body }} {{ actions.d.body }} {{ actions.z.body }}\"
  d: { type: compose, inputs: { x: 1 } ]
  e: { type: salesforce.nothing }
";
    assert_eq!(
        checked(&[("x.yaml", text)]),
        [
            "7:3 yaml-syntax: this is not YAML: the quote opened above is still open here",
            "9:17 unknown-environment-variable: the solution has no environment variable `stgae`",
            "12:59 unknown-action: the flow has no action `z`",
            "13:6 yaml-syntax: this is not YAML: `{` is closed by `]`",
            "14:25 unknown-operation: `salesforce` has no operation `nothing`",
        ]
    );
}

#[test]
fn a_solution_needs_a_manifest_that_can_be_read() {
    use crate::check::check;
    use crate::solution::load;
    use crate::testing::{catalog, files, render};
    let flow = "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: salesforce.query, inputs: { query: \"{{ env.field_x }}\" } }\n";
    let loaded = load(&files(&[("x.yaml", flow)]));
    let (_, diagnostics) = check(&loaded, &catalog());
    assert_eq!(
        render(&loaded.sources, &diagnostics),
        ["solution.yaml:1:1 missing-manifest: the solution has no `solution.yaml`"]
    );
    // What the unreadable part speaks of may be declared there; what nobody speaks of is not.
    let broken = "name: S\nversion: 1\nconnections: { salesforce: [salesforce }\n";
    assert_eq!(
        checked(&[("x.yaml", flow), ("solution.yaml", broken)]),
        [
            "4:53 unknown-environment-variable: the solution has no environment variable `field_x`",
            "solution.yaml:3:28 yaml-syntax: this is not YAML: `[` is closed by `}`",
        ]
    );
    assert_eq!(
        checked(&[("x.yaml", flow), ("solution.yaml", "")]),
        [
            "4:14 unknown-connection: the solution has no connection `salesforce`",
            "4:53 unknown-environment-variable: the solution has no environment variable `field_x`",
            "solution.yaml:1:1 empty-file: the file is empty",
        ]
    );
}

#[test]
fn thousands_of_actions_are_checked() {
    let mut text =
        "name: X\ntrigger: { type: manual }\nactions:\n  a0: { type: compose, inputs: 1 }\n".to_owned();
    for at in 1..6_000 {
        let before = at - 1;
        let after = match at % 3 {
            0 => format!("run_after: {{ a{before}: [succeeded, failed] }}"),
            1 => "description: reads the first".to_owned(),
            _ => format!("run_after: {{ a{before}: [succeeded], a0: [succeeded] }}"),
        };
        text.push_str(&format!(
            "  a{at}: {{ type: compose, inputs: \"{{{{ actions.a0.body }}}} {{{{ actions.a{before}.body }}}}\", {after} }}\n"
        ));
    }
    assert_eq!(checked(&[("x.yaml", &text)]), Vec::<String>::new());
}
