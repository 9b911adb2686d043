//! Names and helpers for the tables.

use std::sync::Arc;

use connector_api::Value;
use jiff::Timestamp;

use crate::expression::{ActionView, Context, Evaluated, Expression, Names, Outputs};

/// What the tables see: every root holds JSON.
pub(super) struct Fixture(pub(super) Value);

impl Names for Fixture {
    fn name(&self, name: &str) -> Option<Arc<Value>> {
        self.0.get(name).cloned().map(Arc::new)
    }

    fn action(&self, name: &str) -> Option<ActionView> {
        let action = self.0.at(&["actions", name])?;
        let part = |part| action.get(part).cloned().map(Arc::new);
        Some(ActionView {
            status: action
                .get("skipped")
                .map_or(Some("succeeded"), |_| Some("skipped")),
            outputs: part("outputs").map(Outputs::Result),
            body: part("body"),
            error: part("error"),
        })
    }

    fn items(&self, for_each: &str) -> Option<Arc<Value>> {
        self.0.at(&["items", for_each]).cloned().map(Arc::new)
    }

    fn result(&self, scope: &str) -> Option<Arc<Value>> {
        self.0.at(&["result", scope]).cloned().map(Arc::new)
    }

    fn flow_url(&self, flow: &str) -> Option<String> {
        (flow == "registration").then(|| "https://flows.example/registration".to_owned())
    }
}

/// A context over JSON text.
pub(super) fn context(names: &str) -> Context {
    Context {
        names: Arc::new(Fixture(Value::from_json(names).unwrap())),
        now: "2031-05-06T07:08:09.1234567Z".parse::<Timestamp>().unwrap(),
        seed: 42,
    }
}

/// The result as JSON text, `undefined: <path>`, or `error: <message>`.
pub(super) fn outcome(text: &str, context: &Context) -> String {
    let expression = match Expression::compile(text) {
        Ok(expression) => expression,
        Err(error) => return format!("refused: {error}"),
    };
    match expression.evaluate(context) {
        Ok(Evaluated::Value(value)) => value.to_json(),
        Ok(Evaluated::Undefined(path)) => format!("undefined: {path}"),
        Err(error) => format!("{}: {error}", error.code),
    }
}

/// Checks rows of expression and outcome. An expected text that ends in `…` need only begin the outcome, and one that
/// starts with it need only be part of it.
pub(super) fn check(names: &str, rows: &[(&str, &str)]) {
    let context = context(names);
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(text, expected)| {
            let actual = outcome(text, &context);
            let fits = match (expected.strip_prefix('…'), expected.strip_suffix('…')) {
                (Some(part), _) => actual.contains(part),
                (None, Some(start)) => actual.starts_with(start),
                (None, None) => actual == *expected,
            };
            (!fits).then(|| format!("{{{{ {text} }}}}\n  gives    {actual}\n  expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
