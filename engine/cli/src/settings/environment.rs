//! What a deployment sets: current values of environment variables (the process's, over the environment file's, over
//! the defaults) and which flows are off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use connector_api::{Map, Number, Value};
use engine_core::diagnostic::{Diagnostic, Severity, nearest};
use engine_core::document::{self, Node};
use engine_core::flow::{EnvironmentVariable, ValueType};
use engine_core::solution::Solution;
use engine_core::source::Sources;

use super::SetupError;
use crate::process_vars::ENVIRONMENT_PREFIX;

/// The key of an environment file that lists the flows that are off. No environment variable can be called so.
const OFF: &str = "flows_off";

/// What a deployment sets.
#[derive(Debug)]
pub(crate) struct Current {
    /// The object `env` of all expressions. Every declared variable has a value of its type.
    pub(crate) values: Value,
    /// The flows nothing starts.
    pub(crate) off: BTreeSet<String>,
}

/// Reads what a deployment sets; names everything that is missing or of the wrong type.
pub(crate) fn current(
    solution: &Solution,
    file: Option<&Path>,
    process: &BTreeMap<String, String>,
) -> Result<Current, SetupError> {
    let (mut written, off) = match file {
        Some(path) => from_file(solution, path)?,
        None => (Map::new(), BTreeSet::new()),
    };
    let mut messages = Vec::new();
    for (name, text) in process {
        match solution
            .environment
            .iter()
            .find(|variable| &variable.name.value == name)
        {
            Some(variable) => match from_text(variable, text) {
                Ok(value) => {
                    written.insert(name.clone(), value);
                }
                Err(message) => messages.push(message),
            },
            None => messages.push(unknown(
                solution,
                &format!("{ENVIRONMENT_PREFIX}{}", name.to_uppercase()),
                name,
            )),
        }
    }
    let mut values = Map::new();
    for variable in &solution.environment {
        let name = &variable.name.value;
        match written.shift_remove(name).or_else(|| variable.default.clone()) {
            Some(value) => {
                values.insert(name.clone(), value);
            }
            None => messages.push(format!(
                "environment variable `{name}` has no value: set {ENVIRONMENT_PREFIX}{} or write it in environments/<name>.yaml",
                name.to_uppercase()
            )),
        }
    }
    if messages.is_empty() {
        Ok(Current {
            values: Value::Object(values),
            off,
        })
    } else {
        Err(SetupError::Plain {
            messages,
            hint: Some("the definitions are in the solution's solution.yaml".into()),
        })
    }
}

fn from_file(solution: &Solution, path: &Path) -> Result<(Map, BTreeSet<String>), SetupError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        SetupError::new(
            format!("the environment file `{shown}` cannot be read: {error}"),
            "name one with --environment",
        )
    })?;
    let mut sources = Sources::default();
    let id = sources.add(shown, text);
    let parsed = document::parse(id, sources.file(id));
    let mut diagnostics = parsed.diagnostics;
    let mut values = Map::new();
    let mut off = BTreeSet::new();
    if let Some(root) = &parsed.root {
        match root.as_map() {
            Some(entries) => {
                for entry in entries {
                    let name = &entry.key.value;
                    if name == OFF {
                        off = flows_off(solution, &entry.value, &mut diagnostics);
                        continue;
                    }
                    let Some(variable) = solution
                        .environment
                        .iter()
                        .find(|variable| &variable.name.value == name)
                    else {
                        diagnostics.push(Diagnostic::error(
                            "unknown-environment-variable",
                            entry.key.span,
                            unknown(solution, name, name),
                        ));
                        continue;
                    };
                    let value = entry.value.to_value();
                    if variable.value_type.admits(&value) {
                        values.insert(name.clone(), value);
                    } else {
                        diagnostics.push(Diagnostic::error(
                            "environment-type",
                            entry.value.span,
                            wrong_type(variable, value.kind()),
                        ));
                    }
                }
            }
            None => diagnostics.push(
                Diagnostic::error(
                    "wrong-kind",
                    root.span,
                    "an environment file is a map of environment variables",
                )
                .help("write `country_field: Country_Code__c`"),
            ),
        }
    }
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Err(SetupError::Located { diagnostics, sources });
    }
    Ok((values, off))
}

/// The flows that are off; each must exist.
fn flows_off(solution: &Solution, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let mut off = BTreeSet::new();
    for item in node.as_list().unwrap_or_default() {
        match item.as_text() {
            Some(flow) if solution.flows.contains_key(flow) => {
                off.insert(flow.to_owned());
            }
            other => {
                let shown = other.unwrap_or("this");
                let near = nearest(shown, solution.flows.keys().map(String::as_str));
                let help = near.map_or_else(
                    || "write the file's name without .yaml".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                diagnostics.push(
                    Diagnostic::error("unknown-flow", item.span, format!("there is no flow `{shown}`"))
                        .help(help),
                );
            }
        }
    }
    if node.as_list().is_none() {
        diagnostics.push(Diagnostic::error(
            "wrong-kind",
            node.span,
            format!("`{OFF}` must be a list of flows"),
        ));
    }
    off
}

/// A value given as text is read by the variable's type; anything that is not clearly of that type is refused.
fn from_text(variable: &EnvironmentVariable, text: &str) -> Result<Value, String> {
    let value = match variable.value_type {
        ValueType::Text | ValueType::Field => Some(Value::from(text)),
        ValueType::Boolean => match text.to_lowercase().as_str() {
            "true" | "yes" => Some(Value::Bool(true)),
            "false" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        ValueType::Number | ValueType::Integer => Number::parse(text).map(Value::Number),
        ValueType::List | ValueType::Object | ValueType::Any => Value::from_json(text).ok(),
    };
    value
        .filter(|value| variable.value_type.admits(value))
        .ok_or_else(|| wrong_type(variable, "this"))
}

fn wrong_type(variable: &EnvironmentVariable, found: &str) -> String {
    let wanted = match variable.value_type {
        ValueType::Boolean => "true or false".to_owned(),
        ValueType::Field => "the API name of a field (letters, digits and underscores)".to_owned(),
        other => format!("of type {}", other.name()),
    };
    format!(
        "environment variable `{}` must be {wanted}, not {found}",
        variable.name.value
    )
}

fn unknown(solution: &Solution, shown: &str, name: &str) -> String {
    let names = solution
        .environment
        .iter()
        .map(|variable| variable.name.value.as_str());
    match nearest(name, names) {
        Some(near) => {
            format!("`{shown}` names no environment variable of this solution; did you mean `{near}`?")
        }
        None => format!("`{shown}` names no environment variable of this solution"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::source::{Span, Spanned};

    fn variable(name: &str, value_type: ValueType, default: Option<Value>) -> EnvironmentVariable {
        let name = Spanned::new(name.to_owned(), Span::default());
        EnvironmentVariable {
            name,
            display_name: None,
            value_type,
            default,
            description: None,
        }
    }

    fn solution() -> Solution {
        Solution {
            environment: vec![
                variable("country_field", ValueType::Field, Some("BillingCountry".into())),
                variable("display_check_mark", ValueType::Boolean, Some(true.into())),
                variable("limit", ValueType::Integer, None),
            ],
            ..Solution::default()
        }
    }

    fn process(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_process_wins_over_the_default() {
        let found = current(
            &solution(),
            None,
            &process(&[("country_field", "Country__c"), ("limit", "3")]),
        )
        .unwrap();
        assert_eq!(
            found.values.to_json(),
            r#"{"country_field":"Country__c","display_check_mark":true,"limit":3}"#
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_an_error() {
        for (name, text) in [
            ("country_field", "a field"),
            ("display_check_mark", "maybe"),
            ("limit", "1.5"),
            ("limit", "x"),
        ] {
            let mut given = process(&[("limit", "1")]);
            given.insert(name.to_owned(), text.to_owned());
            let error = current(&solution(), None, &given);
            let text = error.unwrap_err().to_string();
            assert!(
                text.contains(&format!("environment variable `{name}` must be")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_missing_value_and_a_misspelt_name_are_both_reported() {
        let text = current(&solution(), None, &process(&[("country_feild", "X")]))
            .unwrap_err()
            .to_string();
        assert!(text.contains("did you mean `country_field`?"), "{text}");
        assert!(text.contains("`limit` has no value"), "{text}");
    }

    #[test]
    fn an_environment_file_sets_values_and_switches_flows_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staging.yaml");
        std::fs::write(&path, "country_field: Land__c\nlimit: 2\nflows_off: []\n").unwrap();
        let found = current(&solution(), Some(&path), &process(&[("limit", "5")])).unwrap();
        assert_eq!(found.values.get("country_field"), Some(&Value::from("Land__c")));
        assert_eq!(
            found.values.get("limit"),
            Some(&Value::from(5)),
            "the process wins over the file"
        );
        assert!(found.off.is_empty());

        std::fs::write(&path, "limit: many\nflows_off: [nobody]\ncountry: x\n").unwrap();
        let Err(SetupError::Located { diagnostics, .. }) = current(&solution(), Some(&path), &process(&[]))
        else {
            panic!("mistakes in a file are placed in it")
        };
        let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(
            codes,
            ["environment-type", "unknown-flow", "unknown-environment-variable"]
        );
    }
}
