//! The `trigger` of a flow.

use std::str::FromStr;

use connector_api::Value;

use crate::diagnostic::{Diagnostic, nearest};
use crate::document::{MapReader, Node, decode};
use crate::flow::lower::values;
use crate::flow::{Concurrency, Dedupe, Input, Trigger, TriggerKind, ValueType};
use crate::source::Spanned;

/// The built-in trigger types, sorted.
const TRIGGER_TYPES: [&str; 3] = ["http_request", "manual", "recurrence"];

const METHODS: [&str; 5] = ["DELETE", "GET", "PATCH", "POST", "PUT"];
/// Most runs of one key at once, as in Power Automate.
const RUNS_MAX: u32 = 100;

pub(super) fn lower(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Trigger> {
    let mut reader = MapReader::new("`trigger`", node, diagnostics)?;
    let type_entry = reader.entry("type");
    if let Some(entry) = type_entry {
        reader = reader.at(entry.key.span);
    } else {
        reader.required("type");
    }
    let when = values::template(&mut reader, "when");
    let split_on = values::template(&mut reader, "split_on");
    let concurrency = match reader.node("concurrency") {
        Some(node) => concurrency(node, reader.diagnostics()),
        None => None,
    };
    let dedupe = match reader.node("dedupe") {
        Some(node) => dedupe(node, reader.diagnostics()),
        None => None,
    };
    reader.prose("description");
    if let Some(entry) = reader.entry("sweep") {
        reader.duration("sweep");
        reader.diagnostics().push(
            Diagnostic::warning(
                "not-yet-supported",
                entry.key.span,
                "`sweep` is understood but not carried out yet",
            )
            .help("changes whose event never came are not picked up; remove the key to silence this"),
        );
    }
    let type_node = &type_entry?.value;
    let type_name = decode::text("`type`", type_node, reader.diagnostics())?;
    let kind = match type_name.value.as_str() {
        "manual" => TriggerKind::Manual {
            inputs: inputs(&mut reader),
        },
        "http_request" => TriggerKind::HttpRequest {
            method: reader
                .word("method", &METHODS, |text| {
                    METHODS.contains(&text).then(|| text.to_owned())
                })
                .map_or_else(|| "POST".to_owned(), |method| method.value),
            schema: schema(&mut reader, "schema"),
            signature: reader.text("signature"),
        },
        "recurrence" => recurrence(&mut reader, type_node),
        other => match other.split_once('.') {
            Some((connection, trigger)) if !connection.is_empty() && !trigger.is_empty() => {
                TriggerKind::Poll {
                    connection: Spanned::new(
                        connection.to_owned(),
                        decode::span_within(type_node, 0..connection.len()),
                    ),
                    trigger: Spanned::new(
                        trigger.to_owned(),
                        decode::span_within(type_node, connection.len() + 1..other.len()),
                    ),
                    inputs: match reader.node("inputs") {
                        Some(node) => values::map_template("`inputs`", node, reader.diagnostics()),
                        None => values::no_inputs(type_node.span),
                    },
                    watch: reader.text("watch"),
                    every: reader.duration("every"),
                }
            }
            _ => {
                let message = format!("there is no trigger type `{other}`");
                let types = decode::listed(&TRIGGER_TYPES);
                let help = match nearest(other, TRIGGER_TYPES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write {types}, or `<connection>.<trigger>`"),
                };
                reader
                    .diagnostics()
                    .push(Diagnostic::error("unknown-trigger-type", type_node.span, message).help(help));
                return None;
            }
        },
    };
    reader.finish();
    Some(Trigger {
        kind,
        when,
        split_on,
        concurrency,
        dedupe,
        span: node.span,
    })
}

/// A JSON Schema: an object.
pub(super) fn schema(reader: &mut MapReader<'_, '_>, key: &'static str) -> Option<Spanned<Value>> {
    let node = reader.node(key)?;
    if node.as_map().is_none() {
        let diagnostic = decode::wrong_kind(&format!("`{key}`"), "a map, a JSON Schema", node);
        reader.diagnostics().push(diagnostic);
        return None;
    }
    Some(Spanned::new(node.to_value(), node.span))
}

fn concurrency(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Concurrency> {
    let mut reader = MapReader::new("`concurrency`", node, diagnostics)?;
    let key = values::template(&mut reader, "key");
    let limit = reader.integer("limit", 1..=RUNS_MAX).unwrap_or(1);
    let coalesce = reader.word("coalesce", &["latest"], |text| (text == "latest").then_some(()));
    if let (Some(coalesce), None) = (&coalesce, &key) {
        reader.diagnostics().push(
            Diagnostic::error(
                "missing-key",
                coalesce.span,
                "`coalesce` needs a `key` that says which events belong together",
            )
            .help("add `key:`, for example \"{{ trigger.deal }}\""),
        );
    }
    reader.finish();
    Some(Concurrency {
        key,
        limit,
        coalesce_latest: coalesce.is_some(),
    })
}

fn dedupe(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Dedupe> {
    let mut reader = MapReader::new("`dedupe`", node, diagnostics)?;
    let key = values::required_template(&mut reader, "key", node.span);
    let window = match reader.required("window") {
        Some(_) => reader.duration("window"),
        None => None,
    };
    reader.finish();
    Some(Dedupe { key, window: window? })
}

fn recurrence(reader: &mut MapReader<'_, '_>, type_node: &Node) -> TriggerKind {
    let every = reader.duration("every");
    let cron = reader.text("cron");
    let time_zone = reader.text("time_zone");
    if let Some(cron) = &cron
        && let Err(error) = croner::Cron::from_str(&cron.value)
    {
        let message = format!("`{}` is not a cron expression: {error}", cron.value);
        reader.diagnostics().push(
            Diagnostic::error("bad-cron", cron.span, message)
                .help("write minute, hour, day of month, month and day of week: `0 6 * * 1-5`"),
        );
    }
    if let Some(zone) = &time_zone
        && crate::expression::time_zone(&zone.value).is_none()
    {
        let message = format!("there is no time zone `{}`", zone.value);
        reader.diagnostics().push(
            Diagnostic::error("unknown-time-zone", zone.span, message)
                .help("write a name such as `Europe/Berlin`, `W. Europe Standard Time` or `UTC`"),
        );
    }
    let fault = match (reader.node("every").is_some(), reader.node("cron").is_some()) {
        (false, false) => Some("a recurrence needs `every` or `cron`"),
        (true, true) => Some("a recurrence has either `every` or `cron`, not both"),
        (true, false) if time_zone.is_some() => Some("`time_zone` has a meaning only with `cron`"),
        _ => None,
    };
    if let Some(message) = fault {
        reader
            .diagnostics()
            .push(Diagnostic::error("bad-recurrence", type_node.span, message));
    }
    if let (Some(every), Some(node)) = (every, reader.node("every"))
        && every < std::time::Duration::from_secs(1)
    {
        let message = "`every` must be at least one second";
        reader
            .diagnostics()
            .push(Diagnostic::error("bad-recurrence", node.span, message));
    }
    TriggerKind::Recurrence {
        every,
        cron,
        time_zone,
    }
}

fn inputs(reader: &mut MapReader<'_, '_>) -> Vec<Input> {
    let Some(entries) = reader.map("inputs") else {
        return Vec::new();
    };
    let diagnostics = reader.diagnostics();
    values::named("an input", entries, diagnostics)
        .filter_map(|entry| {
            let what = format!("input `{}`", entry.key.value);
            if entry.value.as_scalar().is_some() {
                return Some(Input {
                    name: entry.key.clone(),
                    value_type: values::value_type(&what, &entry.value, diagnostics),
                    required: true,
                    default: None,
                    one_of: Vec::new(),
                    description: None,
                });
            }
            let mut reader = MapReader::new(what, &entry.value, diagnostics)?.at(entry.key.span);
            let value_type = values::typed(&mut reader);
            let default = values::typed_default(&mut reader, "default", value_type);
            let has_default = reader.node("default").is_some();
            let required = reader.boolean("required");
            if required == Some(true) && has_default {
                let message = "an input with a default is never missing";
                reader.diagnostics().push(
                    Diagnostic::error("wrong-kind", entry.key.span, message)
                        .help("remove `required: true` or the default"),
                );
            }
            let one_of = one_of(&mut reader, value_type);
            if let (Some(value), Some(node)) = (&default, reader.node("default"))
                && !one_of.is_empty()
                && !one_of.contains(value)
            {
                let message = "the default is not one of the values listed in `one_of`";
                reader
                    .diagnostics()
                    .push(Diagnostic::error("wrong-default-type", node.span, message));
            }
            let description = reader.prose("description");
            reader.finish();
            Some(Input {
                name: entry.key.clone(),
                value_type,
                required: required.unwrap_or(!has_default),
                default,
                one_of,
                description,
            })
        })
        .collect()
}

fn one_of(reader: &mut MapReader<'_, '_>, value_type: ValueType) -> Vec<Value> {
    let Some(items) = reader.list("one_of") else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| values::typed_value("`one_of`", item, value_type, reader.diagnostics()))
        .collect()
}
