//! The story as data.

use std::collections::BTreeMap;
use std::path::Path;

use connector_api::Value;
use serde::Deserialize;

use crate::settings::SetupError;

/// A story: steps in order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Calls made before the engine starts: what an admin had done to the org by then.
    #[serde(default)]
    pub(crate) before: Vec<Call>,
    pub(crate) steps: Vec<Step>,
}

/// One step: some calls, after which the engine is left to do what follows from them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What happens, for people.
    pub(crate) title: String,
    pub(crate) calls: Vec<Call>,
}

/// One call. Texts may hold `{{ name }}`, replaced by what an earlier call saved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    #[serde(rename = "as")]
    pub(crate) who: Who,
    /// Method and path: `POST /sandbox/...`.
    pub(crate) call: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: Option<serde_json::Value>,
    /// Parts of the answer kept under a name.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    /// Parts of the answer shown under a name.
    #[serde(default)]
    pub(crate) show: BTreeMap<String, String>,
    /// What parts of the answer must be; null also means absent. `/text/` means that the text is contained.
    #[serde(default)]
    pub(crate) expect: BTreeMap<String, serde_json::Value>,
}

/// Who calls.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Who {
    /// A seller of ours, in Salesforce.
    Seller,
    /// A seller of Microsoft, in Partner Center.
    Microsoft,
}

impl Script {
    /// A story from a file.
    pub(crate) fn read(path: &Path) -> Result<Self, SetupError> {
        let shown = path.display();
        let unusable = |why: String| {
            SetupError::new(
                format!("the story `{shown}` {why}"),
                "name a file of steps with calls",
            )
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
        serde_yaml::from_str(&text).map_err(|error| unusable(format!("cannot be understood: {error}")))
    }

    /// The story that comes with the program.
    pub(crate) fn co_sell() -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str(include_str!("co-sell.yaml"))
    }
}

/// Replaces each `{{ name }}` by a saved text. The name of one that was not saved is the error.
pub(crate) fn filled(text: &str, saved: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        filled.push_str(before);
        filled.push_str(saved.get(name.trim()).ok_or_else(|| name.trim().to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// A path in an answer: `$.records[0].Id`, or `$.referrals[id=7&type=x].status` for the first item with those members.
pub(crate) fn found<'v>(path: &str, value: &'v Value) -> Option<&'v Value> {
    path.strip_prefix("$.")?
        .split('.')
        .try_fold(value, |value, step| {
            let (name, selector) = match step.split_once('[') {
                Some((name, selector)) => (name, Some(selector.strip_suffix(']')?)),
                None => (step, None),
            };
            let value = value.get(name)?;
            let Some(selector) = selector else {
                return Some(value);
            };
            let items = value.as_array()?;
            if let Ok(index) = selector.parse::<usize>() {
                return items.get(index);
            }
            items.iter().find(|item| {
                selector.split('&').all(|part| {
                    part.split_once('=').is_some_and(|(member, wanted)| {
                        item.get(member).and_then(Value::as_str) == Some(wanted)
                    })
                })
            })
        })
}

/// Whether a part of an answer is what a story expects.
pub(crate) fn is_expected(expected: &Value, answer: Option<&Value>) -> bool {
    let answer = answer.unwrap_or(&Value::Null);
    let pattern = expected
        .as_str()
        .and_then(|text| text.strip_prefix('/')?.strip_suffix('/'));
    match (pattern, answer.as_str()) {
        (Some(part), Some(text)) => text.contains(part),
        _ => expected == answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_story_can_be_read() {
        let script = Script::co_sell().unwrap();
        assert!(script.steps.len() >= 8);
        let mut known: Vec<&String> = Vec::new();
        for call in script.steps.iter().flat_map(|step| &step.calls) {
            let all = format!("{} {:?} {:?}", call.call, call.query, call.body);
            for used in all.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
                assert!(
                    known.iter().any(|name| name.as_str() == used.trim()),
                    "{used} is used before it is saved"
                );
            }
            known.extend(call.save.keys());
        }
    }

    #[test]
    fn texts_are_filled_from_what_was_saved() {
        let saved = [("id".to_owned(), "7".to_owned())].into_iter().collect();
        assert_eq!(filled("/x/{{ id }}/{{id}}", &saved), Ok("/x/7/7".into()));
        assert_eq!(filled("/x/{{ other }}", &saved), Err("other".into()));
        let value = Value::from_json(r#"{"records":[{"Id":"a"}]}"#).unwrap();
        assert_eq!(found("$.records[0].Id", &value), Some(&Value::from("a")));
        assert_eq!(found("$.records[Id=a].Id", &value), Some(&Value::from("a")));
        assert_eq!(found("$.records[Id=b].Id", &value), None);
        assert_eq!(found("$.records[Id=a&x=y].Id", &value), None);
    }

    #[test]
    fn expectations_compare_values_parts_and_absence() {
        for (expected, answer, holds) in [
            ("1", Some("1.0"), true),
            ("\"a\"", Some("\"ab\""), false),
            ("\"/a/\"", Some("\"bab\""), true),
            ("null", None, true),
            ("null", Some("1"), false),
        ] {
            let value = |text: &str| Value::from_json(text).unwrap();
            assert_eq!(
                is_expected(&value(expected), answer.map(value).as_ref()),
                holds,
                "{expected} {answer:?}"
            );
        }
    }
}
