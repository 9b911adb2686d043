//! What is shown of a run: everything but what is secure.

use crate::journal::{HIDDEN, RunView, redact};
use crate::run::tests::bench::{bench, ok};

#[test]
fn a_view_tells_each_action_once_and_hides_what_is_secure() {
    let played = bench(
        "  open: { type: salesforce.x, inputs: { a: visible-in } }\n  \
         in: { type: salesforce.x, inputs: { a: hunter2 }, secure: [inputs] }\n  \
         out: { type: salesforce.x, inputs: { a: 1 }, secure: [outputs] }\n  \
         pure: { type: compose, inputs: hunter2, secure: [inputs] }\n  \
         c:\n    type: changeset\n    actions: { one: { type: salesforce.x, inputs: { a: hunter2 }, secure: [inputs] } }\n  \
         skip: { type: compose, inputs: 1, run_after: { open: [failed] } }\n  \
         r: { type: response, inputs: { body: hunter2 }, secure: [inputs], run_after: {} }\n",
    )
    .replies("in", [ok(r#""fine""#)])
    .replies("out", [ok(r#"{"secret":"hunter2"}"#)])
    .play();
    let view = RunView::of(&played.records);
    let shown = format!(
        "{view:?} {:?}",
        played.records.iter().map(redact).collect::<Vec<_>>()
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("visible-in"));
    let line = |name: &str| {
        let lines: Vec<_> = view
            .actions
            .iter()
            .filter(|line| line.action.action == name)
            .collect();
        assert_eq!(lines.len(), 1, "{name}");
        lines[0].clone()
    };
    assert_eq!(line("in").inputs, Some(HIDDEN.into()));
    assert_eq!(line("in").body, Some("fine".into()));
    assert_eq!(line("out").body, Some(HIDDEN.into()));
    assert_eq!(line("one").answered, Some(201));
    assert!(
        line("skip")
            .error
            .unwrap()
            .message
            .starts_with("it runs after `open` failed")
    );
    assert_eq!(view.response, Some((200, Some(HIDDEN.into()))));
    assert_eq!(view.status.unwrap().name(), "succeeded");
}
