//! What happens, line by line, as it happens.

use std::collections::{BTreeMap, HashMap};

use connector_api::Value;
use engine_core::flow::Status;
use engine_core::run::{RunEvent, RunEventKind};
use engine_core::service::Progress;
use jiff::Timestamp;
use uuid::Uuid;

use super::style;

/// Longest value shown of a written field, in characters.
const VALUE_SHOWN_MAX: usize = 60;
/// Most fields shown of one write.
const FIELDS_SHOWN_MAX: usize = 6;

/// Turns progress into lines.
#[derive(Default)]
pub(crate) struct Live {
    flow_names: BTreeMap<String, String>,
    runs: HashMap<Uuid, Seen>,
    /// By run; a child's go to its caller when it ends.
    writes: HashMap<Uuid, Vec<String>>,
}

struct Seen {
    parent: Option<Uuid>,
    started: Timestamp,
}

impl Live {
    /// With the names people read, by flow id.
    pub(crate) fn new(flow_names: BTreeMap<String, String>) -> Self {
        Self {
            flow_names,
            ..Self::default()
        }
    }

    /// The lines for one piece of progress.
    pub(crate) fn lines(&mut self, progress: &Progress) -> Vec<String> {
        match progress {
            Progress::Run(event) => self.of_run(event),
            Progress::Wrote {
                run,
                connection,
                object,
                id,
                fields,
            } => {
                let line = format!("{} {object} {id}: {}", style::dim(connection), changes(fields));
                self.writes.entry(*run).or_default().push(line);
                Vec::new()
            }
            Progress::PollFailed { flow, message } => {
                vec![format!(
                    "  {} {}: the poll failed: {}",
                    style::doubtful("!"),
                    self.name(flow),
                    super::run::one_line(message)
                )]
            }
            Progress::Refused {
                flow,
                status,
                message,
            } => {
                vec![format!(
                    "  {} {}: a request was refused ({status}): {}",
                    style::doubtful("!"),
                    style::harmless(self.name(flow)),
                    super::run::one_line(message)
                )]
            }
        }
    }

    fn of_run(&mut self, event: &RunEvent) -> Vec<String> {
        match &event.kind {
            RunEventKind::Started { parent, .. } => {
                self.runs.insert(
                    event.run,
                    Seen {
                        parent: *parent,
                        started: event.at,
                    },
                );
                Vec::new()
            }
            RunEventKind::Retrying { action, error, .. } => {
                vec![format!(
                    "  {} {}: {action} is tried again: {}",
                    style::doubtful("~"),
                    self.name(&event.flow),
                    error.message
                )]
            }
            RunEventKind::Ended { status, error } => {
                let Some(seen) = self.runs.remove(&event.run) else {
                    return Vec::new();
                };
                let writes = self.writes.remove(&event.run).unwrap_or_default();
                if let Some(parent) = seen.parent {
                    self.writes.entry(parent).or_default().extend(writes);
                    return Vec::new();
                }
                let seconds = event.at.duration_since(seen.started).as_secs_f64();
                let mark = match status {
                    Status::Succeeded => style::good("✓"),
                    Status::Cancelled | Status::Skipped => style::doubtful("-"),
                    Status::Failed | Status::TimedOut => style::bad("✗"),
                };
                let detail = match error {
                    Some(error) => {
                        format!(": {}", super::run::why(error))
                    }
                    None if writes.is_empty() => style::dim(" nothing to write"),
                    None => String::new(),
                };
                let time = style::dim(&format!("{seconds:.2} s"));
                let mut lines = vec![format!("  {mark} {} {time}{detail}", self.name(&event.flow))];
                lines.extend(writes.into_iter().map(|write| format!("      {write}")));
                lines
            }
            _ => Vec::new(),
        }
    }

    fn name<'a>(&'a self, flow: &'a str) -> &'a str {
        self.flow_names.get(flow).map_or(flow, String::as_str)
    }
}

/// `StageName = Qualification, Amount = 81000`.
fn changes(fields: &Value) -> String {
    let mut leaves = Vec::new();
    collect("", fields, &mut leaves);
    let more = leaves.len().saturating_sub(FIELDS_SHOWN_MAX);
    leaves.truncate(FIELDS_SHOWN_MAX);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", leaves.join(", "))
}

fn collect(path: &str, value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, value) in map {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(&path, value, leaves);
            }
        }
        value => leaves.push(format!("{path} = {}", shown(value))),
    }
}

/// A value on one line, cut where it gets long.
pub(crate) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => style::harmless(text.lines().next().unwrap_or_default()),
        other => style::harmless(&other.to_json()),
    };
    if text.chars().count() > VALUE_SHOWN_MAX {
        let cut: String = text.chars().take(VALUE_SHOWN_MAX - 1).collect();
        format!("{cut}…")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_named_by_path() {
        let fields = Value::from_json(r#"{"details":{"dealValue":5,"tags":[]},"Name":"a\nb"}"#).unwrap();
        assert_eq!(
            changes(&fields),
            "details.dealValue = 5, details.tags = [], Name = a"
        );
    }
}
