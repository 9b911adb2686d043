//! Runs as tables: a list, one run with its actions, counts by flow and status.

use std::collections::BTreeMap;

use comfy_table::{Cell, Table, presets};
use connector_api::{Value, value::object};
use engine_core::flow::Status;
use engine_core::journal::{ActionError, RunView};
use engine_core::store::{RunRow, RunStatus};
use jiff::Timestamp;

use super::live::shown;
use super::style;

/// Longest reason shown in one line, in characters.
const WHY_SHOWN_MAX: usize = 240;

/// A table without borders, as wide as it needs to be.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().map(|title| Cell::new(title.to_uppercase())));
    table
}

/// Runs in a list.
pub(crate) fn list(rows: &[RunRow]) -> String {
    let mut table = table(&["run", "flow", "status", "started", "took", "what", "why"]);
    for row in rows {
        let took = row
            .ended
            .map(|ended| seconds(row.started, ended))
            .unwrap_or_default();
        table.add_row([
            row.id.to_string(),
            row.flow.clone(),
            status_text(row.status).to_owned(),
            row.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            took,
            style::harmless(&row.trigger),
            row.error.as_ref().map(why).unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// Runs as data.
pub(crate) fn list_json(rows: &[RunRow]) -> Value {
    Value::Array(rows.iter().map(row_json).collect())
}

fn row_json(row: &RunRow) -> Value {
    object([
        ("id", row.id.to_string().into()),
        ("flow", row.flow.as_str().into()),
        // A run that has not begun keeps to no version yet.
        (
            "version",
            Some(row.version.clone())
                .filter(|version| !version.is_empty())
                .into(),
        ),
        ("status", row.status.name().into()),
        ("key", row.key.clone().into()),
        ("trigger", row.trigger.as_str().into()),
        (
            "parent",
            row.parent.as_ref().map(|parent| parent.run.to_string()).into(),
        ),
        ("started", row.started.to_string().into()),
        ("ended", row.ended.map(|ended| ended.to_string()).into()),
        (
            "error",
            row.error.as_ref().map_or(Value::Null, ActionError::to_value),
        ),
    ])
}

/// One run with its actions.
pub(crate) fn one(row: &RunRow, view: &RunView) -> String {
    let mut text = format!(
        "{} {}\nflow     {}\nstatus   {}\nstarted  {}\nbecause  {}\n",
        style::strong("run"),
        row.id,
        row.flow,
        status_text(row.status),
        row.started,
        row.trigger
    );
    for (label, value) in [
        (
            "event",
            view.trigger.as_ref().and_then(|trigger| trigger.get("body")),
        ),
        ("inputs", view.inputs.as_ref()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            text.push_str(&format!("{label:<8} {}\n", shown(value)));
        }
    }
    text.push('\n');
    let mut table = table(&["action", "status", "took", "tries", "result"]);
    for line in &view.actions {
        let result = match (&line.error, &line.body) {
            (Some(error), _) => why(error),
            (None, Some(body)) => shown(body),
            (None, None) => String::new(),
        };
        let took = match (line.status, line.ended) {
            (Some(Status::Skipped), _) | (_, None) => String::new(),
            (_, Some(ended)) => seconds(line.started, ended),
        };
        let tries = match line.status {
            Some(Status::Skipped) => String::new(),
            _ => (line.retries + 1).to_string(),
        };
        table.add_row([
            line.action.to_string(),
            line.status.map_or("running", Status::name).to_owned(),
            took,
            tries,
            result,
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    if let Some(error) = &row.error {
        text.push_str(&format!("\n{} {}\n", style::bad("why:"), why(error)));
    }
    text
}

/// One run with its actions, as data.
pub(crate) fn one_json(row: &RunRow, view: &RunView) -> Value {
    let actions = view.actions.iter().map(|line| {
        object([
            ("action", line.action.to_string().into()),
            (
                "status",
                line.status.map_or(Value::Null, |status| status.name().into()),
            ),
            ("started", line.started.to_string().into()),
            ("ended", line.ended.map(|ended| ended.to_string()).into()),
            ("tries", i64::from(line.retries + 1).into()),
            ("inputs", line.inputs.clone().unwrap_or_default()),
            ("body", line.body.clone().unwrap_or_default()),
            (
                "error",
                line.error.as_ref().map_or(Value::Null, ActionError::to_value),
            ),
        ])
    });
    let mut value = row_json(row);
    if let Some(map) = value.as_object_mut() {
        map.insert("event".into(), view.trigger.clone().unwrap_or_default());
        map.insert("inputs".into(), view.inputs.clone().unwrap_or_default());
        map.insert("actions".into(), Value::Array(actions.collect()));
    }
    value
}

/// How many runs of each flow ended how.
pub(crate) fn counts(rows: &[RunRow], names: &BTreeMap<String, String>) -> String {
    let mut counted: BTreeMap<&str, BTreeMap<RunStatus, usize>> = BTreeMap::new();
    for row in rows {
        *counted
            .entry(&row.flow)
            .or_default()
            .entry(row.status)
            .or_default() += 1;
    }
    let used: Vec<RunStatus> = RunStatus::ALL
        .into_iter()
        .filter(|status| counted.values().any(|row| row.contains_key(status)))
        .collect();
    let mut header = vec!["flow"];
    header.extend(used.iter().map(|status| status.name()));
    let mut table = table(&header);
    for (flow, row) in &counted {
        let name = names.get(*flow).map_or(*flow, String::as_str);
        let mut cells = vec![name.to_owned()];
        cells.extend(
            used.iter()
                .map(|status| row.get(status).map(usize::to_string).unwrap_or_default()),
        );
        table.add_row(cells);
    }
    table.trim_fmt()
}

/// The innermost reason, with the field to mend.
pub(crate) fn why(error: &ActionError) -> String {
    let (message, field) = match error.cause.as_deref() {
        Some(cause) => (&cause.message, &cause.field),
        None => (&error.message, &error.field),
    };
    let message = one_line(message);
    match field {
        Some(field) => format!("{message} (field: {field})"),
        None => message,
    }
}

/// A service's message may span lines: a query's caret means nothing in a table.
pub(crate) fn one_line(message: &str) -> String {
    let lines = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != "^");
    let text = style::harmless(&lines.collect::<Vec<_>>().join(" "));
    if text.chars().count() <= WHY_SHOWN_MAX {
        return text;
    }
    // The end says what is wrong; the beginning of such a message repeats what was sent.
    let from = text.chars().count() - (WHY_SHOWN_MAX - 1);
    format!("…{}", text.chars().skip(from).collect::<String>())
}

fn status_text(status: RunStatus) -> &'static str {
    status.name()
}

fn seconds(from: Timestamp, to: Timestamp) -> String {
    format!("{:.2} s", to.duration_since(from).as_secs_f64())
}
