//! Any text and any bytes: an error with a place or a value, never a panic.

use connector_api::Value;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::expression::Expression;
use crate::journal::{Record, RunView};
use crate::service::tests::bench::{bench, json};
use crate::solution::{SolutionFile, load};
use crate::testing::catalog;

/// Pieces that texts of the flow language are made of, so that arbitrary text gets past the first character.
const PIECES: [&str; 40] = [
    "name: ",
    "trigger: ",
    "type: ",
    "actions:\n",
    "  a: ",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "&a ",
    "*a",
    "!!x ",
    "|\n",
    ">-\n",
    "#",
    "{{ ",
    " }}",
    "trigger.body",
    "actions.a",
    "| default(1)",
    "not ",
    "1e999",
    "0x7f",
    "split('/')",
    "$..[?@.x]",
    "manual",
    "if",
    "for_each",
    "\t",
    "\u{feff}",
    "---\n",
    "é",
    "%",
];

fn made_of_pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60).prop_map(|pieces| pieces.concat())
}

fn file(path: &str, text: String) -> SolutionFile {
    SolutionFile {
        path: path.into(),
        shown: path.into(),
        text,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_a_file_of_a_solution(text in prop_oneof![made_of_pieces(), any::<String>()], which in 0..3_usize) {
        let path = ["solution.yaml", "x.yaml", "mappings/m.yaml"][which];
        let length = text.len();
        let loaded = load(&[file(path, text)]);
        let (checked, diagnostics) = crate::check::check(&loaded, &catalog());
        prop_assert!(checked.is_some() || !diagnostics.is_empty());
        for found in diagnostics {
            prop_assert!(loaded.sources.file(found.span.file).path != path || found.span.end <= length, "{found:?}");
        }
    }

    #[test]
    fn any_text_as_an_expression(text in prop_oneof![made_of_pieces(), any::<String>()]) {
        if let Ok(expression) = Expression::compile(&text) {
            let names = crate::service::names::TriggerNames {
                trigger: json(r#"{"body":{"x":[1,"a"]}}"#).into(),
                inputs: Value::Null.into(),
                environment: Value::Null.into(),
                flow_urls: std::sync::Arc::default(),
            };
            if let Err(error) = expression.evaluate(&names.context(Timestamp::UNIX_EPOCH, 1)) {
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn any_bytes_as_a_webhook_body(body in prop::collection::vec(any::<u8>(), 0..200), json_like in made_of_pieces(), choose in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(async {
            let flow = "name: D\ntrigger: { type: http_request, schema: { type: object }, concurrency: { key: \"{{ trigger.body.k | default('k') }}\" } }\nactions: {}\n";
            let bench = bench(&[("door.yaml", flow)]).await;
            let mut call = bench.call("door", "");
            call.request.body = if choose { body } else { json_like.into_bytes() };
            bench.host.accept_http(call).await
        });
        prop_assert!([202, 400].contains(&answer.status), "{answer:?}");
        prop_assert!(answer.status == 202 || answer.body.at(&["error", "message"]).is_some());
    }

    #[test]
    fn any_text_as_a_row_of_a_journal(text in any::<String>(), number in any::<i64>(), name in "[a-z]{1,8}(\\[[0-9]{0,20}\\])?") {
        let near = format!(r#"[{{"end":{{"a":"{name}","t":{number},"st":"failed"}}}},{{"go":{{"a":"{name}","t":{number},"w":{{"b":7}}}}}},{{"resume":{{"t":{number},"l":["{name}"]}}}}]"#);
        for text in [text, near] {
            let Ok(records) = serde_json::from_str::<Vec<Record>>(&text) else { continue };
            let view = RunView::of(&records);
            prop_assert!(view.actions.len() <= records.len());
            let plan = crate::plan::build(&crate::testing::loaded(&[("x.yaml", "name: X\ntrigger: { type: manual }\nactions:\n  a: { type: compose, inputs: 1 }\n")]).solution.flows["x"], &catalog()).unwrap();
            let folded = crate::run::Machine::fold(plan.into(), std::sync::Arc::default(), &records);
            prop_assert!(folded.is_err(), "a run begins with its first record");
        }
    }
}
