//! Links as tables: which records are one deal, and what each side held when both agreed.

use connector_api::Value;
use engine_core::store::{IDENTITY_NAMES, Link};

use super::live::shown;
use super::run::table;
use super::style;

/// Links in a list.
pub(crate) fn list(links: &[Link]) -> String {
    let mut table = table(&[
        "link",
        "referral",
        "engagement",
        "microsoft's copy",
        "opportunity",
        "lead",
        "agreed",
    ]);
    for link in links {
        let mut cells = vec![link.id.to_string()];
        let identities = link.identities.all().into_iter();
        cells.extend(identities.map(|identity| style::harmless(identity.as_deref().unwrap_or("-"))));
        cells.push(agreed(link));
        table.add_row(cells);
    }
    table.trim_fmt()
}

/// Links as data; what was seen of each is left to `show`.
pub(crate) fn list_json(links: &[Link]) -> Value {
    let values = links.iter().map(|link| {
        let mut value = link.to_value();
        if let Some(members) = value.as_object_mut() {
            members.shift_remove("base");
        }
        value
    });
    Value::Array(values.collect())
}

/// One link with its base.
pub(crate) fn one(link: &Link) -> String {
    let mut text = format!("{} {}\n", style::strong("link"), link.id);
    for (name, identity) in IDENTITY_NAMES.iter().zip(link.identities.all()) {
        let identity = style::harmless(identity.as_deref().unwrap_or("-"));
        text.push_str(&format!("{name:<22} {identity}\n"));
    }
    let etag = style::harmless(link.etag.as_deref().unwrap_or("-"));
    text.push_str(&format!("{:<22} {etag}\n", "etag"));
    text.push_str(&format!("{:<22} {}\n", "agreed", agreed(link)));
    let sides: Vec<(&str, Vec<String>)> = link
        .base
        .iter()
        .map(|(side, values)| {
            let mut lines = Vec::new();
            leaves("", values, &mut lines);
            (side.as_str(), lines)
        })
        .collect();
    if sides.is_empty() {
        text.push_str("\nno values are known: the next comparison takes both sides as they are\n");
        return text;
    }
    let header: Vec<String> = sides.iter().map(|(side, _)| format!("last in {side}")).collect();
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let longest = sides.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
    for position in 0..longest {
        let cells = sides.iter();
        table.add_row(cells.map(|(_, lines)| lines.get(position).cloned().unwrap_or_default()));
    }
    text.push('\n');
    text.push_str(&table.trim_fmt());
    text.push('\n');
    text
}

/// The values with their paths. The depth of a value is bounded by its reader.
fn leaves(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                leaves(&path, value, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                leaves(&format!("{path}[{position}]"), item, lines);
            }
        }
        value => lines.push(format!("{}: {}", style::harmless(path), shown(value))),
    }
}

fn agreed(link: &Link) -> String {
    link.agreed.map_or_else(
        || "-".to_owned(),
        |agreed| agreed.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::store::{Identities, LinkSave};

    fn link(text: &str) -> Link {
        let save = LinkSave::from_value(&Value::from_json(text).unwrap()).unwrap();
        Link::merged(&[], &save, uuid::Uuid::from_u128(1)).unwrap()
    }

    #[test]
    fn both_sides_stand_beside_each_other() {
        let link = link(
            r#"{"referral_id":"R1","opportunity_id":"O1","etag":"\"a\u001b\"","agreed":"2026-07-05T08:00:00Z",
                "base":{"referral":{"details":{"dealValue":72500.505},"solutions":[{"id":"S1"}]},"opportunity":{"Amount":72500.51}}}"#,
        );
        let text = one(&link);
        for line in [
            "referral_id            R1",
            "lead_id                -",
            "etag                   \"a\u{fffd}\"",
            "agreed                 2026-07-05 08:00:00",
            " LAST IN REFERRAL            LAST IN OPPORTUNITY",
            " details.dealValue: 72500.505  Amount: 72500.51",
            " solutions[0].id: S1",
        ] {
            let found = text
                .lines()
                .any(|found| found.split_whitespace().eq(line.split_whitespace()));
            assert!(found, "{line} in {text}");
        }
        let json = list_json(&[link]).to_json();
        assert!(!json.contains("Amount"), "{json}");
        assert!(json.contains(r#""agreed":"2026-07-05T08:00:00Z""#), "{json}");
    }

    #[test]
    fn a_link_without_values_says_so() {
        let bare = Link::merged(&[], &Identities::each("x").into(), uuid::Uuid::nil()).unwrap();
        assert!(one(&bare).contains("no values are known"));
        assert!(list(&[bare]).ends_with('-'));
    }
}
