//! A sandbox of its own that stands in for the real services: the engine only knows a connections file.

use harness::http::{Answer, get, post};
use harness::{Running, Workplace, after};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engine-double");
/// The connections file, by the name that is used unasked.
pub(crate) const FILE: &str = "connections.yaml";

/// A workplace whose connections lead to a running sandbox.
pub(crate) struct StandIn {
    pub(crate) workplace: Workplace,
    base: String,
    _sandbox: Running,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let workplace = Workplace::with_flows(PROGRAM);
        let mut sandbox = workplace.start(&["sandbox", "--write-connections", FILE]);
        let line = sandbox.until("sandbox of Partner Center and Salesforce at ");
        let base = after(&line, " at ").to_owned();
        sandbox.until("Ctrl-C stops it");
        Self {
            workplace,
            base,
            _sandbox: sandbox,
        }
    }

    /// Asks the sandbox's door for tests.
    pub(crate) fn order(&self, path: &str, body: &str) -> Answer {
        let answer = post(&format!("{}/sandbox/{path}", self.base), body);
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
        answer
    }

    /// What both services hold.
    pub(crate) fn state(&self) -> Value {
        let answer = get(&format!("{}/sandbox/state", self.base));
        serde_json::from_str(&answer.body).expect("the state is JSON")
    }

    /// Every secret that was handed to the engine, by its file's name.
    pub(crate) fn secrets(&self) -> Vec<(String, String)> {
        let folder = self.workplace.path("connections.secrets");
        std::fs::read_dir(folder)
            .expect("secrets lie beside the connections")
            .map(|entry| entry.expect("a folder can be listed").path())
            .filter(|path| !path.ends_with("partner_center.webhook_roots"))
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).expect("a secret can be read");
                // Of a key in lines each line counts; the middle one is as good as any.
                let lines: Vec<&str> = text.lines().collect();
                (name, lines[lines.len() / 2].to_owned())
            })
            .collect()
    }
}
