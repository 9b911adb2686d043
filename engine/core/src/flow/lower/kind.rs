//! What an action does, by its `type`.

use connector_api::Value;

use crate::diagnostic::{Diagnostic, nearest};
use crate::document::{Entry, MapReader, Node, ScalarKind, decode, duration};
use crate::expression::{Template, TemplateKind};
use crate::flow::lower::action::{self, Names};
use crate::flow::lower::trigger;
use crate::flow::lower::values::{self, required_template, template};
use crate::flow::{ActionKind, Block, Status, SwitchCase, UntilLimit};
use crate::source::{Span, Spanned};

/// The built-in action types, sorted.
const ACTION_TYPES: [&str; 24] = [
    "append_to_variable",
    "changeset",
    "compose",
    "delay",
    "delay_until",
    "diff",
    "filter",
    "for_each",
    "http",
    "if",
    "increment_variable",
    "join",
    "links.get",
    "links.save",
    "map",
    "parse_json",
    "response",
    "run_flow",
    "scope",
    "select",
    "set_variable",
    "switch",
    "terminate",
    "until",
];

/// Most iterations of a `for_each` at once, as in Power Automate.
const ITERATIONS_AT_ONCE_MAX: u32 = 50;
/// Most iterations of an `until`, as in Power Automate.
const UNTIL_COUNT_MAX: u32 = 5_000;

pub(super) fn lower(mut reader: MapReader<'_, '_>, entry: &Entry, names: &mut Names) -> ActionKind {
    let span = entry.key.span;
    let Some(type_node) = reader.required("type") else {
        return unknown(&mut reader, names, span);
    };
    let Some(type_name) = decode::text("`type`", type_node, reader.diagnostics()) else {
        return unknown(&mut reader, names, span);
    };
    let kind = if ACTION_TYPES.contains(&type_name.value.as_str()) {
        built_in(&type_name.value, &mut reader, names, type_node.span).unwrap_or_else(|| nothing(span))
    } else if let Some(kind) = operation(&type_name.value, &mut reader, type_node) {
        kind
    } else {
        let message = format!("there is no action type `{}`", type_name.value);
        let help = match nearest(&type_name.value, ACTION_TYPES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "write `<connection>.<operation>` or one of {}",
                decode::listed(&ACTION_TYPES)
            ),
        };
        reader
            .diagnostics()
            .push(Diagnostic::error("unknown-action-type", type_node.span, message).help(help));
        return unknown(&mut reader, names, span);
    };
    reader.finish();
    kind
}

/// Stands in for an action whose faults were reported, so that its name stays known.
fn nothing(span: Span) -> ActionKind {
    ActionKind::Compose {
        inputs: values::nothing(span),
    }
}

/// An action of unknown type. Actions inside it stay known, or every reference to one would be reported too.
fn unknown(reader: &mut MapReader<'_, '_>, names: &mut Names, span: Span) -> ActionKind {
    let mut actions = Vec::new();
    for key in ["actions", "else", "default"] {
        if let Some(node) = reader.node(key)
            && node.as_map().is_some()
        {
            actions.extend(action::block(key, node, names, reader.diagnostics()).actions);
        }
    }
    if actions.is_empty() {
        return nothing(span);
    }
    ActionKind::Scope {
        actions: Block { actions },
    }
}

fn operation(type_name: &str, reader: &mut MapReader<'_, '_>, type_node: &Node) -> Option<ActionKind> {
    let (connection, operation) = type_name.split_once('.')?;
    if connection.is_empty() || operation.is_empty() || connection == "links" {
        return None;
    }
    let at = connection.len();
    Some(ActionKind::Operation {
        connection: Spanned::new(connection.to_owned(), decode::span_within(type_node, 0..at)),
        operation: Spanned::new(
            operation.to_owned(),
            decode::span_within(type_node, at + 1..type_name.len()),
        ),
        inputs: map_inputs(reader, type_node.span),
    })
}

/// The meaning of a built-in type; `None` when what makes it up is missing, which is reported.
fn built_in(
    type_name: &str,
    reader: &mut MapReader<'_, '_>,
    names: &mut Names,
    span: Span,
) -> Option<ActionKind> {
    Some(match type_name {
        "http" => http(reader)?,
        "scope" => ActionKind::Scope {
            actions: required_block(reader, names),
        },
        "if" => ActionKind::If {
            condition: required_template(reader, "condition", span),
            actions: required_block(reader, names),
            otherwise: block(reader, "else", names),
        },
        "switch" => ActionKind::Switch {
            on: required_template(reader, "on", span),
            cases: cases(reader, names),
            default: block(reader, "default", names),
        },
        "for_each" => ActionKind::ForEach {
            items: required_template(reader, "items", span),
            concurrency: reader
                .integer("concurrency", 1..=ITERATIONS_AT_ONCE_MAX)
                .unwrap_or(1),
            actions: required_block(reader, names),
        },
        "until" => ActionKind::Until {
            condition: required_template(reader, "condition", span),
            limit: until_limit(reader),
            actions: required_block(reader, names),
        },
        "map" => map(reader)?,
        "diff" => {
            let mapping = reader.required_text("mapping");
            let from = sides(reader);
            let link = template(reader, "link");
            ActionKind::Diff {
                mapping: mapping?,
                from,
                link,
            }
        }
        "changeset" => ActionKind::Changeset {
            actions: required_block(reader, names),
        },
        "compose" => ActionKind::Compose {
            inputs: required_template(reader, "inputs", span),
        },
        "select" => inputs(reader, |inputs| ActionKind::Select {
            from: required_template(inputs, "from", span),
            select: required_template(inputs, "select", span),
        })?,
        "filter" => inputs(reader, |inputs| ActionKind::Filter {
            from: required_template(inputs, "from", span),
            condition: required_template(inputs, "where", span),
        })?,
        "join" => inputs(reader, |inputs| ActionKind::Join {
            from: required_template(inputs, "from", span),
            separator: required_template(inputs, "separator", span),
        })?,
        "parse_json" => inputs(reader, |inputs| ActionKind::ParseJson {
            content: required_template(inputs, "content", span),
            schema: trigger::schema(inputs, "schema"),
        })?,
        "set_variable" => inputs(reader, |inputs| {
            let (name, value) = (
                inputs.required_text("name"),
                required_template(inputs, "value", span),
            );
            name.map(|name| ActionKind::SetVariable { name, value })
        })??,
        "append_to_variable" => inputs(reader, |inputs| {
            let (name, value) = (
                inputs.required_text("name"),
                required_template(inputs, "value", span),
            );
            name.map(|name| ActionKind::AppendToVariable { name, value })
        })??,
        "increment_variable" => inputs(reader, |inputs| {
            let (name, by) = (inputs.required_text("name"), template(inputs, "by"));
            name.map(|name| ActionKind::IncrementVariable { name, by })
        })??,
        "run_flow" => {
            let flow = reader.required_text("flow");
            let inputs = map_inputs(reader, span);
            ActionKind::RunFlow { flow: flow?, inputs }
        }
        "response" => {
            if reader.node("inputs").is_none() {
                return Some(ActionKind::Response {
                    status: None,
                    headers: None,
                    body: None,
                });
            }
            inputs(reader, |inputs| ActionKind::Response {
                status: template(inputs, "status"),
                headers: inputs
                    .node("headers")
                    .map(|node| values::map_template("`headers`", node, inputs.diagnostics())),
                body: template(inputs, "body"),
            })?
        }
        "delay" => inputs(reader, |inputs| {
            let wait = required_template(inputs, "for", span);
            refuse_literal(
                inputs,
                &wait,
                "a duration: `30s`, `15m`, `PT15M`, or seconds",
                is_wait,
            );
            ActionKind::Delay { duration: wait }
        })?,
        "delay_until" => inputs(reader, |inputs| {
            let timestamp = required_template(inputs, "timestamp", span);
            refuse_literal(
                inputs,
                &timestamp,
                "a point in time such as `2030-01-31T08:00:00Z`",
                is_timestamp,
            );
            ActionKind::DelayUntil { timestamp }
        })?,
        "terminate" => terminate(reader)?,
        "links.get" => ActionKind::LinksGet {
            inputs: map_inputs(reader, span),
        },
        "links.save" => ActionKind::LinksSave {
            inputs: map_inputs(reader, span),
        },
        _ => return None,
    })
}

/// Reads the map under `inputs`, which must be there.
fn inputs<'n, T>(
    reader: &mut MapReader<'n, '_>,
    read: impl FnOnce(&mut MapReader<'n, '_>) -> T,
) -> Option<T> {
    let Some(entry) = reader.entry("inputs") else {
        reader.required("inputs");
        return None;
    };
    let inputs = MapReader::new("`inputs`", &entry.value, reader.diagnostics())?;
    let mut inputs = inputs.at(entry.key.span);
    let read = read(&mut inputs);
    inputs.finish();
    Some(read)
}

/// The `inputs` of something whose keys are not the language's to know: a map, or an expression that gives one.
fn map_inputs(reader: &mut MapReader<'_, '_>, span: Span) -> Template {
    match reader.node("inputs") {
        Some(node) => values::map_template("`inputs`", node, reader.diagnostics()),
        None => values::no_inputs(span),
    }
}

fn required_block(reader: &mut MapReader<'_, '_>, names: &mut Names) -> Block {
    reader.required("actions");
    block(reader, "actions", names)
}

fn block(reader: &mut MapReader<'_, '_>, key: &'static str, names: &mut Names) -> Block {
    match reader.node(key) {
        Some(node) => action::block(&format!("`{key}`"), node, names, reader.diagnostics()),
        None => Block::default(),
    }
}

fn http(reader: &mut MapReader<'_, '_>) -> Option<ActionKind> {
    const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
    inputs(reader, |inputs| {
        inputs.required("url");
        if let Some(node) = inputs.required("method")
            && !node.as_text().is_some_and(|text| text.contains("{{"))
        {
            let parse = |text: &str| METHODS.contains(&text).then_some(());
            decode::word("`method`", node, &METHODS, parse, inputs.diagnostics());
        }
        for key in ["headers", "query"] {
            if let Some(node) = inputs.node(key)
                && !values::gives_map(node)
            {
                let diagnostic = decode::wrong_kind(&format!("`{key}`"), "a map", node);
                inputs.diagnostics().push(diagnostic);
            }
        }
        inputs.node("body");
    })?;
    let node = reader.node("inputs")?;
    Some(ActionKind::Http {
        inputs: Template::compile(node, reader.diagnostics()),
    })
}

fn cases(reader: &mut MapReader<'_, '_>, names: &mut Names) -> Vec<SwitchCase> {
    reader.required("cases");
    let Some(entries) = reader.map("cases") else {
        return Vec::new();
    };
    let diagnostics = reader.diagnostics();
    entries
        .iter()
        .map(|entry| {
            let text = &entry.key.value;
            // The key's own quotes say whether text or a number is meant.
            let number = (entry.key_kind == ScalarKind::Number)
                .then(|| connector_api::Number::parse(text))
                .flatten();
            if let Some(number) = &number
                && number.as_i64().is_none()
            {
                let message = format!("a case is text or a whole number, not `{text}`");
                diagnostics.push(
                    Diagnostic::error("bad-case", entry.key.span, message)
                        .help(format!("write \"{text}\" if that text is meant")),
                );
            }
            if text.contains("{{") {
                let message = "a case is written out; it cannot be an expression";
                diagnostics.push(
                    Diagnostic::error("constant-expected", entry.key.span, message)
                        .help("use `if` to compare with a computed value"),
                );
            }
            let value = number.map_or_else(|| Value::from(text.as_str()), Value::Number);
            let what = format!("case `{text}`");
            SwitchCase {
                value: Spanned::new(value, entry.key.span),
                actions: action::block(&what, &entry.value, names, diagnostics),
            }
        })
        .collect()
}

fn until_limit(reader: &mut MapReader<'_, '_>) -> UntilLimit {
    let defaults = UntilLimit::default();
    let Some(node) = reader.node("limit") else {
        return defaults;
    };
    let Some(mut reader) = MapReader::new("`limit`", node, reader.diagnostics()) else {
        return defaults;
    };
    let limit = UntilLimit {
        count: reader
            .integer("count", 1..=UNTIL_COUNT_MAX)
            .unwrap_or(defaults.count),
        timeout: reader.duration("timeout").unwrap_or(defaults.timeout),
        fail: reader.boolean("fail").unwrap_or(defaults.fail),
    };
    reader.finish();
    limit
}

fn map(reader: &mut MapReader<'_, '_>) -> Option<ActionKind> {
    let mapping = reader.required_text("mapping");
    let to = reader.required_text("to");
    let from = sides(reader);
    let parse = |text: &str| match text {
        "create" => Some(true),
        "update" => Some(false),
        _ => None,
    };
    let creating = reader.word("mode", &["create", "update"], parse);
    let list = reader.text("list");
    let fields = templates(reader, "fields");
    Some(ActionKind::Map {
        mapping: mapping?,
        to: to?,
        from,
        creating: creating.is_none_or(|creating| creating.value),
        list,
        fields,
    })
}

/// The sides read, under `from`.
fn sides(reader: &mut MapReader<'_, '_>) -> Vec<(Spanned<String>, Template)> {
    reader.required("from");
    templates(reader, "from")
}

/// Templates under names that the author did not choose freely, in the order written.
fn templates(reader: &mut MapReader<'_, '_>, key: &'static str) -> Vec<(Spanned<String>, Template)> {
    let entries = reader.map(key).unwrap_or_default();
    let diagnostics = reader.diagnostics();
    entries
        .iter()
        .map(|entry| (entry.key.clone(), Template::compile(&entry.value, diagnostics)))
        .collect()
}

fn terminate(reader: &mut MapReader<'_, '_>) -> Option<ActionKind> {
    const ENDS: [&str; 3] = ["cancelled", "failed", "succeeded"];
    inputs(reader, |inputs| {
        inputs.required("status");
        let status = inputs.word("status", &ENDS, |text| {
            Some(match text {
                "succeeded" => Status::Succeeded,
                "failed" => Status::Failed,
                "cancelled" => Status::Cancelled,
                _ => return None,
            })
        });
        let error = template(inputs, "error");
        let status = status?;
        if let (Some(error), true) = (&error, status.value != Status::Failed) {
            let message = format!("a run that ends `{}` has no error", status.value.name());
            inputs.diagnostics().push(
                Diagnostic::error("unused-error", error.span, message)
                    .help("remove `error`, or end with `status: failed`"),
            );
        }
        Some(ActionKind::Terminate {
            status: status.value,
            error,
        })
    })?
}

/// Refuses a literal that cannot be what is wanted; an expression is known only in the run.
fn refuse_literal(
    reader: &mut MapReader<'_, '_>,
    template: &Template,
    wanted: &str,
    fits: impl Fn(&Value) -> bool,
) {
    let TemplateKind::Literal(value) = &template.kind else {
        return;
    };
    if !value.is_null() && !fits(value) {
        let message = format!("`{value}` is not {wanted}");
        reader
            .diagnostics()
            .push(Diagnostic::error("wrong-kind", template.span, message));
    }
}

fn is_wait(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{") || duration(text).is_some(),
        Value::Number(number) => number.as_f64() >= 0.0,
        _ => false,
    }
}

fn is_timestamp(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.contains("{{") || text.parse::<jiff::Timestamp>().is_ok())
}
