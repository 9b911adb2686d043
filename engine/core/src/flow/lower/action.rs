//! Blocks of actions and what all actions have in common.

use std::collections::HashMap;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::document::{Entry, MapReader, Node, decode};
use crate::flow::lower::{kind, values};
use crate::flow::{Action, Block, Predecessor, RetryKind, RetryPolicy, RunAfter, Status};
use crate::source::{Span, Spanned};

/// Most actions of one flow, nested ones included.
const ACTIONS_MAX: usize = 10_000;

/// Statuses that `run_after` may list.
const RELEASING: [&str; 4] = ["failed", "skipped", "succeeded", "timed_out"];

/// The action names of a flow so far: a name is unique in the whole flow.
#[derive(Default)]
pub(super) struct Names {
    spans: HashMap<String, Span>,
    count: usize,
}

pub(super) fn block(what: &str, node: &Node, names: &mut Names, diagnostics: &mut Vec<Diagnostic>) -> Block {
    let Some(entries) = node.as_map() else {
        diagnostics.push(decode::wrong_kind(what, "a map of actions", node));
        return Block::default();
    };
    let mut actions = Vec::new();
    for entry in entries {
        names.count += 1;
        if names.count > ACTIONS_MAX {
            if names.count == ACTIONS_MAX + 1 {
                let message = format!("a flow has at most {ACTIONS_MAX} actions");
                diagnostics.push(
                    Diagnostic::error("too-many", entry.key.span, message)
                        .help("move actions into a flow of their own and call it with `run_flow`"),
                );
            }
            break;
        }
        values::name("an action", &entry.key, diagnostics);
        match names.spans.get(&entry.key.value) {
            Some(first) => diagnostics.push(
                Diagnostic::error(
                    "duplicate-action",
                    entry.key.span,
                    format!("the flow has a second action `{}`", entry.key.value),
                )
                .related(*first, "the first one")
                .help("names are unique in the whole flow, nested actions included"),
            ),
            None => {
                names.spans.insert(entry.key.value.clone(), entry.key.span);
            }
        }
        actions.extend(action(entry, names, diagnostics));
    }
    Block { actions }
}

fn action(entry: &Entry, names: &mut Names, diagnostics: &mut Vec<Diagnostic>) -> Option<Action> {
    let what = format!("action `{}`", entry.key.value);
    let mut reader = MapReader::new(what, &entry.value, diagnostics)?.at(entry.key.span);
    let description = reader.prose("description");
    let run_after = match reader.node("run_after") {
        Some(node) => run_after(node, reader.diagnostics()),
        None => None,
    };
    let retry = match reader.node("retry") {
        Some(node) => retry(node, reader.diagnostics()),
        None => None,
    };
    let timeout = reader.duration("timeout");
    let (secure_inputs, secure_outputs) = secure(&mut reader);
    let kind = kind::lower(reader, entry, names);
    Some(Action {
        name: entry.key.clone(),
        description,
        kind,
        run_after,
        retry,
        timeout,
        secure_inputs,
        secure_outputs,
        span: Span {
            end: entry.value.span.end.max(entry.key.span.end),
            ..entry.key.span
        },
    })
}

fn run_after(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<RunAfter> {
    const HELP: &str =
        "write the actions and their statuses: `run_after: { a: [succeeded] }`; `{}` starts at once";
    let Some(entries) = node.as_map() else {
        diagnostics.push(decode::wrong_kind("`run_after`", "a map", node).help(HELP));
        return None;
    };
    let mut predecessors = Vec::new();
    for entry in entries {
        let what = format!("`run_after` of `{}`", entry.key.value);
        let Some(items) = entry.value.as_list().filter(|items| !items.is_empty()) else {
            diagnostics.push(decode::wrong_kind(&what, "a list of statuses", &entry.value).help(HELP));
            continue;
        };
        let mut statuses: Vec<Status> = Vec::new();
        for item in items {
            let status = decode::word(&what, item, &RELEASING, releasing, diagnostics);
            if let Some(status) = status.map(|status| status.value)
                && !statuses.contains(&status)
            {
                statuses.push(status);
            }
        }
        if !statuses.is_empty() {
            predecessors.push(Predecessor {
                name: entry.key.clone(),
                statuses,
            });
        }
    }
    Some(RunAfter {
        predecessors,
        span: node.span,
    })
}

fn releasing(text: &str) -> Option<Status> {
    Some(match text {
        "succeeded" => Status::Succeeded,
        "failed" => Status::Failed,
        "skipped" => Status::Skipped,
        "timed_out" => Status::TimedOut,
        _ => return None,
    })
}

fn retry(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<RetryPolicy> {
    const KINDS: [&str; 3] = ["exponential", "fixed", "none"];
    let never = RetryPolicy {
        kind: RetryKind::None,
        count: 0,
        ..RetryPolicy::default()
    };
    let parse = |text: &str| {
        Some(match text {
            "none" => RetryKind::None,
            "fixed" => RetryKind::Fixed,
            "exponential" => RetryKind::Exponential,
            _ => return None,
        })
    };
    if node.as_scalar().is_some() {
        let only = |text: &str| (text == "none").then_some(RetryKind::None);
        decode::word("`retry`", node, &["none"], only, diagnostics)?;
        return Some(never);
    }
    let mut reader = MapReader::new("`retry`", node, diagnostics)?;
    reader.required("type");
    let kind = reader.word("type", &KINDS, parse)?.value;
    let defaults = RetryPolicy::default();
    let policy = match kind {
        RetryKind::None => never,
        RetryKind::Fixed => RetryPolicy {
            kind,
            count: reader.integer("count", 1..=90).unwrap_or(defaults.count),
            interval: wait(&mut reader, "interval", defaults.interval),
            ..defaults
        },
        RetryKind::Exponential => {
            let policy = RetryPolicy {
                kind,
                count: reader.integer("count", 1..=90).unwrap_or(defaults.count),
                interval: wait(&mut reader, "interval", defaults.interval),
                minimum: wait(&mut reader, "minimum", defaults.minimum),
                maximum: wait(&mut reader, "maximum", defaults.maximum),
            };
            if policy.minimum > policy.maximum {
                let message = "`minimum` is longer than `maximum`";
                reader
                    .diagnostics()
                    .push(Diagnostic::error("bad-retry", node.span, message));
            }
            policy
        }
    };
    reader.finish();
    Some(policy)
}

/// A wait between tries: at most a day.
fn wait(reader: &mut MapReader<'_, '_>, key: &'static str, default: Duration) -> Duration {
    const WAIT_MAX: Duration = Duration::from_secs(86_400);
    let Some(wait) = reader.duration(key) else {
        return default;
    };
    if wait > WAIT_MAX
        && let Some(node) = reader.node(key)
    {
        let message = format!("`{key}` is longer than a day");
        reader
            .diagnostics()
            .push(Diagnostic::error("bad-retry", node.span, message));
    }
    wait
}

fn secure(reader: &mut MapReader<'_, '_>) -> (bool, bool) {
    const PARTS: [&str; 2] = ["inputs", "outputs"];
    let (mut inputs, mut outputs) = (false, false);
    for item in reader.list("secure").unwrap_or_default() {
        let parse = |text: &str| PARTS.iter().position(|part| *part == text);
        let part = decode::word("`secure`", item, &PARTS, parse, reader.diagnostics());
        match part {
            Some(Spanned { value: 0, .. }) => inputs = true,
            Some(_) => outputs = true,
            None => {}
        }
    }
    (inputs, outputs)
}
