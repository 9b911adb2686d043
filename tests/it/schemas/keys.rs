//! Every key that the engine knows at a place stands in the schema there, and the reverse. What the engine knows is
//! taken from its own answer to a key it does not know.

use engine_core::diagnostic::Diagnostic;
use engine_core::document;
use engine_core::solution::{self, SolutionFile};
use engine_core::source::Sources;
use serde_json::Value;

use super::{definition, properties, schema, texts};

/// A key nobody knows and that resembles none.
const STRANGE: &str = "qqqqqqqqqqqq";

/// Reads a flow and gives what was found wrong.
fn lowered(text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let id = sources.add("flow.yaml", text);
    let parsed = document::parse(id, sources.file(id));
    let mut diagnostics = parsed.diagnostics;
    engine_core::flow::lower("flow", &parsed.root.expect("there is text"), &mut diagnostics);
    diagnostics
}

/// The words in backticks behind a mark in the help of the diagnostic that speaks of the strange word; sorted.
fn known(diagnostics: &[Diagnostic], mark: &str, place: &str) -> Vec<String> {
    let help = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.message.contains(STRANGE))
        .find_map(|diagnostic| diagnostic.help.as_deref()?.split_once(mark))
        .unwrap_or_else(|| panic!("{place}: nothing was said of `{STRANGE}`: {diagnostics:?}"))
        .1;
    let mut words: Vec<String> = help.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

fn known_keys(text: &str) -> Vec<String> {
    let text = text.replace('@', &format!("{STRANGE}: 1"));
    known(&lowered(&text), "known here: ", &text)
}

fn flow_with(action: &str) -> String {
    format!("name: x\ntrigger: {{ type: manual }}\nactions:\n  a: {action}\n")
}

fn flow_on(trigger: &str) -> String {
    format!("name: x\ntrigger: {trigger}\nactions: {{ a: {{ type: compose, inputs: 1 }} }}\n")
}

#[test]
fn action_types_are_the_same() {
    let words = known(
        &lowered(&flow_with(&format!("{{ type: {STRANGE} }}"))),
        "or one of ",
        "actions",
    );
    let flow = schema("flow");
    let action = definition(&flow, "action");
    assert_eq!(texts(&action["properties"]["type"]["anyOf"][0]["enum"]), words);
    for word in words {
        definition(&flow, &format!("action_{}", word.replace('.', "_")));
    }
}

#[test]
fn trigger_types_are_the_same() {
    let words = known(
        &lowered(&flow_on(&format!("{{ type: {STRANGE} }}"))),
        "write ",
        "triggers",
    );
    let words: Vec<String> = words.into_iter().filter(|word| !word.contains('<')).collect();
    let flow = schema("flow");
    let trigger = definition(&flow, "trigger");
    assert_eq!(texts(&trigger["properties"]["type"]["anyOf"][0]["enum"]), words);
}

#[test]
fn actions_take_the_same_keys() {
    let flow = schema("flow");
    let names = texts(&definition(&flow, "action")["properties"]["type"]["anyOf"][0]["enum"]);
    for name in &names {
        let found = known_keys(&flow_with(&format!("{{ type: {name}, @ }}")));
        let action = definition(&flow, &format!("action_{}", name.replace('.', "_")));
        assert_eq!(properties(action), found, "{name}");
        assert_eq!(action["additionalProperties"], Value::Bool(false), "{name}");
    }
    let found = known_keys(&flow_with("{ type: salesforce.query, @ }"));
    for name in ["operation", "operation_salesforce_query"] {
        assert_eq!(properties(definition(&flow, name)), found, "{name}");
    }
}

#[test]
fn inputs_of_actions_take_the_same_keys() {
    let flow = schema("flow");
    for name in [
        "append_to_variable",
        "delay",
        "delay_until",
        "filter",
        "http",
        "increment_variable",
        "join",
        "parse_json",
        "response",
        "select",
        "set_variable",
        "terminate",
    ] {
        let found = known_keys(&flow_with(&format!("{{ type: {name}, inputs: {{ @ }} }}")));
        let inputs = &definition(&flow, &format!("action_{name}"))["properties"]["inputs"];
        assert_eq!(properties(inputs), found, "{name}");
        assert_eq!(inputs["additionalProperties"], Value::Bool(false), "{name}");
    }
    let saved = ["mapping", "base", "written", "answered", "etag"];
    for (name, more) in [("action_links_get", &[][..]), ("action_links_save", &saved)] {
        let inputs = &definition(&flow, name)["properties"]["inputs"]["anyOf"][0];
        let mut taken = [&engine_core::store::IDENTITY_NAMES[..], more].concat();
        taken.sort_unstable();
        assert_eq!(properties(inputs), taken, "{name}");
    }
}

#[test]
fn smaller_parts_take_the_same_keys() {
    let flow = schema("flow");
    let limit = &definition(&flow, "action_until")["properties"]["limit"];
    let trigger = &definition(&flow, "trigger_manual")["properties"];
    let retry = &definition(&flow, "retry")["anyOf"][1];
    for (text, place) in [
        (format!("@\n{}", flow_with("{ type: compose, inputs: 1 }")), &flow),
        (flow_with("{ type: until, limit: { @ } }"), limit),
        (
            flow_with("{ type: compose, inputs: 1, retry: { type: none, @ } }"),
            &retry["allOf"][0]["then"],
        ),
        (
            flow_with("{ type: compose, inputs: 1, retry: { type: fixed, @ } }"),
            &retry["allOf"][1]["then"],
        ),
        (
            flow_with("{ type: compose, inputs: 1, retry: { type: exponential, @ } }"),
            &retry["allOf"][2]["then"],
        ),
        (
            flow_on("{ type: manual, concurrency: { @ } }"),
            &trigger["concurrency"],
        ),
        (flow_on("{ type: manual, dedupe: { @ } }"), &trigger["dedupe"]),
        (
            flow_on("{ type: manual, inputs: { i: { type: text, @ } } }"),
            &definition(&flow, "input")["anyOf"][1],
        ),
        (
            format!(
                "variables: {{ v: {{ type: text, @ }} }}\n{}",
                flow_on("{ type: manual }")
            ),
            &definition(&flow, "variable")["anyOf"][1],
        ),
    ] {
        assert_eq!(properties(place), known_keys(&text), "{text}");
    }
}

#[test]
fn triggers_take_the_same_keys() {
    let flow = schema("flow");
    for (name, place) in [
        ("manual", "trigger_manual"),
        ("http_request", "trigger_http_request"),
        ("recurrence", "trigger_recurrence"),
        ("other.thing", "trigger_poll"),
        ("salesforce.record_created", "trigger_salesforce_record_created"),
        ("salesforce.record_modified", "trigger_salesforce_record_modified"),
        (
            "salesforce.record_created_or_modified",
            "trigger_salesforce_record_created_or_modified",
        ),
    ] {
        let found = known_keys(&flow_on(&format!("{{ type: {name}, @ }}")));
        assert_eq!(properties(definition(&flow, place)), found, "{name}");
    }
}

#[test]
fn words_are_the_same() {
    let flow = schema("flow");
    let manual = &definition(&flow, "trigger_manual")["properties"];
    let http = &definition(&flow, "trigger_http_request")["properties"];
    let action = &definition(&flow, "action_map")["properties"];
    let cases = [
        (
            flow_with("{ type: compose, inputs: 1, run_after: { b: [@] } }"),
            &definition(&flow, "run_after")["additionalProperties"]["items"],
        ),
        (
            flow_with("{ type: compose, inputs: 1, secure: [@] }"),
            &definition(&flow, "secure")["items"],
        ),
        (
            flow_with("{ type: compose, inputs: 1, retry: { type: @ } }"),
            &definition(&flow, "retry")["anyOf"][1]["properties"]["type"],
        ),
        (flow_with("{ type: map, mode: @ }"), &action["mode"]),
        (
            flow_with("{ type: terminate, inputs: { status: @ } }"),
            &definition(&flow, "action_terminate")["properties"]["inputs"]["properties"]["status"],
        ),
        (
            flow_with("{ type: http, inputs: { method: @, url: u } }"),
            &definition(&flow, "action_http")["properties"]["inputs"]["properties"]["method"]["anyOf"][0],
        ),
        (flow_on("{ type: http_request, method: @ }"), &http["method"]),
        (
            flow_on("{ type: manual, concurrency: { coalesce: @ } }"),
            &manual["concurrency"]["properties"]["coalesce"],
        ),
        (
            flow_on("{ type: manual, inputs: { i: @ } }"),
            &definition(&flow, "input")["anyOf"][0],
        ),
        (
            flow_on("{ type: manual, inputs: { i: { type: @ } } }"),
            definition(&flow, "type"),
        ),
    ];
    for (text, place) in cases {
        let text = text.replace('@', STRANGE);
        let diagnostics = lowered(&text);
        let message = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.code == "unknown-word")
            .map(|diagnostic| {
                diagnostic
                    .message
                    .split_once("it is one of ")
                    .unwrap_or_default()
                    .1
            })
            .unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
        let mut words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        words.sort_unstable();
        assert_eq!(texts(&place["enum"]), words, "{text}");
    }
}

#[test]
fn the_manifest_takes_the_same_keys() {
    let solution = schema("solution");
    for (text, place) in [
        ("name: x\nversion: 1\n@\n", &solution),
        (
            "name: x\nversion: 1\nconnections: { c: { connector: salesforce, @ } }\n",
            &definition(&solution, "connection")["anyOf"][1],
        ),
        (
            "name: x\nversion: 1\nenvironment: { v: { type: text, @ } }\n",
            definition(&solution, "environment_variable"),
        ),
    ] {
        let text = text.replace('@', &format!("{STRANGE}: 1"));
        let file = SolutionFile {
            path: "solution.yaml".into(),
            shown: "solution.yaml".into(),
            text: text.clone(),
        };
        let found = known(&solution::load(&[file]).diagnostics, "known here: ", &text);
        assert_eq!(properties(place), found, "{text}");
    }
}

#[test]
fn mappings_take_the_same_keys() {
    let mapping = schema("mapping");
    let sides = "mapping: x\nsides: { referral: p.Referral, opportunity: s.Opportunity, account: s.Account, lead: s.Lead }\n";
    let list = "referral: $.list, opportunity: Rows";
    let key = "key: { referral: id, opportunity: Id }";
    for (text, place) in [
        (format!("{sides}@\n"), &mapping),
        (
            format!("{sides}fields: {{ a: {{ referral: $.a, opportunity: A, @ }} }}\n"),
            definition(&mapping, "row"),
        ),
        (
            format!(
                "{sides}fields: {{ a: {{ referral: $.a, opportunity: A, to_referral: {{ on: true, @ }} }} }}\n"
            ),
            &definition(&mapping, "direction")["anyOf"][1],
        ),
        (
            format!("{sides}lists: {{ a: {{ {list}, {key}, @ }} }}\n"),
            definition(&mapping, "list"),
        ),
        (
            format!(
                "{sides}lists: {{ a: {{ {list}, {key}, fields: {{ f: {{ referral: f, opportunity: F, @ }} }} }} }}\n"
            ),
            definition(&mapping, "list_field"),
        ),
    ] {
        let text = text.replace('@', &format!("{STRANGE}: 1"));
        let mut sources = Sources::default();
        let id = sources.add("mapping.yaml", text.as_str());
        let parsed = document::parse(id, sources.file(id));
        let mut diagnostics = parsed.diagnostics;
        engine_core::mapping::lower(&parsed.root.unwrap(), &mut diagnostics);
        // Only one side beside the referral is known inside a list's field; the schema offers all of them there.
        let mut found = known(&diagnostics, "known here: ", &text);
        if text.contains("fields: { f:") {
            found.extend(["account".to_owned(), "lead".to_owned()]);
            found.sort();
        }
        assert_eq!(properties(place), found, "{text}");
    }
}
