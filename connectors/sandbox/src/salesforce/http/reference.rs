//! `@{account.id}`: results of earlier parts of a composite call, put into later ones.

use std::collections::HashMap;

use connector_api::Value;

/// Bodies of the parts that succeeded, by reference id.
pub(super) type Results = HashMap<String, Value>;

/// Why a reference cannot be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadReference(pub(super) String);

/// Replaces every reference inside a value. A text that is one reference and nothing else takes the value as it is.
pub(super) fn fill(value: &Value, results: &Results) -> Result<Value, BadReference> {
    Ok(match value {
        Value::String(text) => fill_text(text, results)?,
        Value::Array(items) => {
            let items: Result<Vec<Value>, _> = items.iter().map(|item| fill(item, results)).collect();
            items?.into()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill(value, results)?)))
            .collect::<Result<_, BadReference>>()?,
        other => other.clone(),
    })
}

fn fill_text(text: &str, results: &Results) -> Result<Value, BadReference> {
    let whole = text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}'));
    if let Some(path) = whole.filter(|path| !path.contains('}')) {
        return Ok(find(path, results)?.clone());
    }
    fill_url(text, results).map(Value::from)
}

/// Replaces every reference inside a text by the text of its value.
pub(super) fn fill_url(text: &str, results: &Results) -> Result<String, BadReference> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        let Some((path, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        match find(path, results)? {
            Value::String(text) => filled.push_str(text),
            Value::Number(number) => filled.push_str(number.as_str()),
            Value::Bool(value) => filled.push_str(if *value { "true" } else { "false" }),
            _ => return Err(bad(path)),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The reference ids that a value names, for the depth of a graph.
pub(super) fn named(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => named_in_text(text, names),
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        Value::Object(members) => members.values().for_each(|value| named(value, names)),
        _ => {}
    }
}

/// The reference ids that a text names.
pub(super) fn named_in_text(text: &str, names: &mut Vec<String>) {
    for piece in text.split("@{").skip(1) {
        let path = piece.split('}').next().unwrap_or_default();
        names.push(path.split(['.', '[']).next().unwrap_or_default().to_owned());
    }
}

fn find<'r>(path: &str, results: &'r Results) -> Result<&'r Value, BadReference> {
    let mut steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']'));
    let first = steps
        .next()
        .and_then(|name| results.get(name))
        .ok_or_else(|| bad(path))?;
    steps
        .try_fold(first, |value, step| match value {
            Value::Object(members) => members.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
        .ok_or_else(|| bad(path))
}

fn bad(path: &str) -> BadReference {
    let name = path.split(['.', '[']).next().unwrap_or_default();
    let rest = path.get(name.len()..).unwrap_or_default().trim_start_matches('.');
    BadReference(format!(
        "Invalid reference specified. No value for {rest} found in {name}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_reach_into_bodies() {
        let json = |text: &str| Value::from_json(text).unwrap();
        let results: Results = [
            ("acc".to_owned(), json(r#"{"id":"001"}"#)),
            ("all".to_owned(), json(r#"[{"id":"003"},{"id":"004","n":7}]"#)),
            ("q".to_owned(), json(r#"{"records":[{"Id":"006"}]}"#)),
        ]
        .into();
        for (given, filled) in [
            (r#""@{acc.id}""#, r#""001""#),
            (r#""@{all[1].n}""#, "7"),
            (r#""no @{all[1].n} @{all[0].id}""#, r#""no 7 003""#),
            (r#"{"a":["@{q.records[0].Id}"]}"#, r#"{"a":["006"]}"#),
            (r#""@ {acc.id}""#, r#""@ {acc.id}""#),
        ] {
            assert_eq!(fill(&json(given), &results).unwrap().to_json(), filled);
        }
        for given in ["@{Acc.id}", "@{acc.Id}", "@{all[9].id}", "x @{acc} y"] {
            assert!(fill(&given.into(), &results).is_err(), "{given}");
        }
    }
}
