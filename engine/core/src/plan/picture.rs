//! A plan as text and as a Mermaid diagram.

use std::fmt::Write;

use crate::flow::{ActionKind, Status};
use crate::plan::{ActionIndex, BlockIndex, Plan, PlanAction, ROOT};

impl Plan {
    /// An indented outline in running order: each action with its type and, where it is not the usual one, what it
    /// runs after.
    pub fn outline(&self) -> String {
        let mut text = format!("{}\n", self.name);
        self.outline_block(ROOT, 1, &mut text);
        text
    }

    fn outline_block(&self, block: BlockIndex, depth: usize, text: &mut String) {
        let block = self.block(block);
        let mut above = None;
        for index in &block.actions {
            let action = self.action(*index);
            let indent = "  ".repeat(depth);
            let after = self.after(action, above);
            let _ = writeln!(text, "{indent}{} ({}){after}", action.name, action.type_name());
            for inner in &action.blocks {
                let label = &self.block(*inner).label;
                if label.is_empty() {
                    self.outline_block(*inner, depth + 1, text);
                } else if !self.block(*inner).actions.is_empty() {
                    let _ = writeln!(text, "{indent}  {label}:");
                    self.outline_block(*inner, depth + 2, text);
                }
            }
            above = Some(*index);
        }
    }

    fn after(&self, action: &PlanAction, above: Option<ActionIndex>) -> String {
        let usual: &[(ActionIndex, Vec<Status>)] = &above
            .map(|above| vec![(above, vec![Status::Succeeded])])
            .unwrap_or_default();
        if action.predecessors == usual {
            return String::new();
        }
        if action.predecessors.is_empty() {
            return " starts at once".to_owned();
        }
        let after: Vec<String> = action
            .predecessors
            .iter()
            .map(|(predecessor, statuses)| format!("{} {}", self.action(*predecessor).name, names(statuses)))
            .collect();
        format!(" after {}", after.join(" and "))
    }

    /// A Mermaid flowchart: containers are subgraphs, edges other than `succeeded` say their statuses.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        self.mermaid_block(ROOT, 1, &mut text);
        for (position, action) in self.actions.iter().enumerate() {
            for (predecessor, statuses) in &action.predecessors {
                let label = if statuses.as_slice() == [Status::Succeeded] {
                    String::new()
                } else {
                    format!("|{}|", names(statuses))
                };
                let _ = writeln!(text, "  a{} -->{label} a{position}", predecessor.0);
            }
        }
        text
    }

    fn mermaid_block(&self, block: BlockIndex, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        for index in &self.block(block).actions {
            let action = self.action(*index);
            let caption = escaped(&format!("{} ({})", action.name, action.type_name()));
            if action.blocks.is_empty() {
                let _ = writeln!(text, "{indent}a{}[\"{caption}\"]", index.0);
                continue;
            }
            let _ = writeln!(text, "{indent}subgraph a{}[\"{caption}\"]", index.0);
            for inner in &action.blocks {
                let label = &self.block(*inner).label;
                if label.is_empty() {
                    self.mermaid_block(*inner, depth + 1, text);
                } else if !self.block(*inner).actions.is_empty() {
                    let _ = writeln!(text, "{indent}  subgraph b{}[\"{}\"]", inner.0, escaped(label));
                    self.mermaid_block(*inner, depth + 2, text);
                    let _ = writeln!(text, "{indent}  end");
                }
            }
            let _ = writeln!(text, "{indent}end");
        }
    }
}

impl PlanAction {
    /// Its type as written in a flow.
    pub fn type_name(&self) -> String {
        match &self.kind {
            ActionKind::Operation {
                connection,
                operation,
                ..
            } => return format!("{}.{}", connection.value, operation.value),
            ActionKind::Http { .. } => "http",
            ActionKind::Scope { .. } => "scope",
            ActionKind::If { .. } => "if",
            ActionKind::Switch { .. } => "switch",
            ActionKind::ForEach { .. } => "for_each",
            ActionKind::Until { .. } => "until",
            ActionKind::Map { .. } => "map",
            ActionKind::Diff { .. } => "diff",
            ActionKind::Changeset { .. } => "changeset",
            ActionKind::Compose { .. } => "compose",
            ActionKind::Select { .. } => "select",
            ActionKind::Filter { .. } => "filter",
            ActionKind::Join { .. } => "join",
            ActionKind::ParseJson { .. } => "parse_json",
            ActionKind::SetVariable { .. } => "set_variable",
            ActionKind::AppendToVariable { .. } => "append_to_variable",
            ActionKind::IncrementVariable { .. } => "increment_variable",
            ActionKind::RunFlow { .. } => "run_flow",
            ActionKind::Response { .. } => "response",
            ActionKind::Delay { .. } => "delay",
            ActionKind::DelayUntil { .. } => "delay_until",
            ActionKind::Terminate { .. } => "terminate",
            ActionKind::LinksGet { .. } => "links.get",
            ActionKind::LinksSave { .. } => "links.save",
        }
        .to_owned()
    }
}

fn names(statuses: &[Status]) -> String {
    let names: Vec<&str> = statuses.iter().map(|status| status.name()).collect();
    names.join(" or ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
