//! Paths into a referral: the part of JSONPath that names exactly one place (`$.details.dealValue`, `$.team[0].email`).

use std::fmt;

use connector_api::{Map, Value};

/// Most steps of a path.
const STEPS_MAX: usize = 16;
/// Highest list index of a path.
const INDEX_MAX: usize = 999;

/// One place in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Member(String),
    /// An item of a list, counted from 0.
    Index(usize),
}

impl Path {
    /// Reads a path; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text
            .strip_prefix('$')
            .ok_or_else(|| format!("the path `{text}` does not start with `$.`"))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let name = &after[..end];
                let allowed = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '@');
                if name.is_empty() || !name.chars().all(allowed) {
                    return Err(format!("the path `{text}` has a step that is no name: `{name}`"));
                }
                steps.push(Step::Member(name.to_owned()));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after
                    .split_once(']')
                    .ok_or_else(|| format!("the path `{text}` has a `[` without `]`"))?;
                let index = index
                    .parse()
                    .ok()
                    .filter(|index| *index <= INDEX_MAX)
                    .ok_or_else(|| {
                        format!("the path `{text}` needs a number from 0 to {INDEX_MAX}, not `[{index}]`")
                    })?;
                steps.push(Step::Index(index));
                rest = after;
            } else {
                return Err(format!("the path `{text}` is not understood from `{rest}` on"));
            }
        }
        if !matches!(steps.first(), Some(Step::Member(_))) {
            return Err(format!("the path `{text}` names no member"));
        }
        if steps.len() > STEPS_MAX {
            return Err(format!("the path `{text}` has more than {STEPS_MAX} steps"));
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its steps, never empty.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether it goes into a list.
    pub fn has_index(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Index(_)))
    }

    /// The value at this place; `None` where there is none.
    pub fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// Puts a value at this place and makes what is missing on the way; whatever stands in the way is replaced.
    pub fn set(&self, root: &mut Value, value: Value) {
        let mut place = root;
        for step in &self.steps {
            match step {
                Step::Member(name) => {
                    if place.as_object().is_none() {
                        *place = Value::Object(Map::new());
                    }
                    let Value::Object(map) = place else { return };
                    place = map.entry(name.clone()).or_default();
                }
                Step::Index(index) => {
                    if place.as_array().is_none() {
                        *place = Value::Array(Vec::new());
                    }
                    let Value::Array(items) = place else { return };
                    if items.len() <= *index {
                        items.resize(index + 1, Value::Null);
                    }
                    place = &mut items[*index];
                }
            }
        }
        *place = value;
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The value of a field whose dots reach related records (`Contact.Email`).
pub(crate) fn dotted<'v>(record: &'v Value, field: &str) -> Option<&'v Value> {
    field.split('.').try_fold(record, |value, name| value.get(name))
}

/// Puts a value into a field whose dots reach related records.
pub(crate) fn set_dotted(record: &mut Value, field: &str, value: Value) {
    let mut place = record;
    for name in field.split('.') {
        if place.as_object().is_none() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        place = map.entry(name.to_owned()).or_default();
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn paths_read_one_place() {
        let referral = json(
            r#"{"name":"Deal","details":{"dealValue":9999999999999999.99},"team":[{"email":"a@b.example"}],"note":null}"#,
        );
        let cases = [
            ("$.name", Some("\"Deal\"")),
            ("$.details.dealValue", Some("9999999999999999.99")),
            ("$.team[0].email", Some("\"a@b.example\"")),
            ("$.note", Some("null")),
            ("$.note.more", None),
            ("$.team[1].email", None),
            ("$.name.first", None),
            ("$.missing", None),
        ];
        for (path, expected) in cases {
            let found = Path::parse(path).unwrap().get(&referral).map(Value::to_json);
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn anything_that_may_name_several_places_is_refused() {
        for text in [
            "",
            "$",
            "name",
            "$name",
            "$.",
            "$..name",
            "$.*",
            "$.a[*]",
            "$.a[-1]",
            "$.a[0",
            "$.a[1000]",
            "$.a b",
            "$[0].a",
            "$.a[?@.b]",
            "$.a['b']",
            "$.a]",
        ] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
        assert!(Path::parse(&format!("${}", ".a".repeat(17))).is_err());
    }

    #[test]
    fn setting_makes_what_is_missing() {
        let mut root = json("{}");
        for (path, value) in [
            ("$.a.b", "1"),
            ("$.a.c", "null"),
            ("$.list[1].x", "true"),
            ("$.a.b.d", "2"),
        ] {
            Path::parse(path).unwrap().set(&mut root, json(value));
        }
        assert_eq!(
            root.to_json(),
            r#"{"a":{"b":{"d":2},"c":null},"list":[null,{"x":true}]}"#
        );
    }

    #[test]
    fn dotted_fields_reach_related_records() {
        let mut row = json("{}");
        set_dotted(&mut row, "Contact.Email", "a@b.example".into());
        set_dotted(&mut row, "Role", Value::Null);
        assert_eq!(
            row.to_json(),
            r#"{"Contact":{"Email":"a@b.example"},"Role":null}"#
        );
        assert_eq!(dotted(&row, "Contact.Email"), Some(&"a@b.example".into()));
        assert_eq!(dotted(&row, "Contact.Phone"), None);
        assert_eq!(dotted(&row, "Role.X"), None);
    }
}
