//! Query text: placeholders become literals, values become escaped text.
//!
//! Nothing else in this crate writes a value into SOQL. A value never becomes anything but one literal: it cannot end
//! its string, and in `LIKE` it cannot act as a pattern.

use connector_api::{Map, OperationError, Value};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::input::is_identifier;

/// The longest query the service takes.
pub(crate) const QUERY_CHARACTERS_MAX: usize = 100_000;
/// How many values a list literal may hold; the address of a query is limited anyway.
const LIST_ITEMS_MAX: usize = 2_000;
const PATTERNS: [&str; 3] = ["contains", "starts_with", "ends_with"];

/// Replaces each `:name` outside of quotes by the literal of that parameter.
///
/// `field` names the input for messages. A placeholder without parameter and a parameter without placeholder are
/// refused: either is a typing mistake.
pub(crate) fn bind(
    template: &str,
    parameters: Option<&Map>,
    field: &'static str,
) -> Result<String, OperationError> {
    let none = Map::new();
    let parameters = parameters.unwrap_or(&none);
    let mut used = vec![false; parameters.len()];
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(next) = rest.find([':', '\'']) {
        let (before, from) = rest.split_at(next);
        text.push_str(before);
        if from.starts_with('\'') {
            let end = closing_quote(from).ok_or_else(|| {
                OperationError::invalid_input(field, format!("`{field}` has a quote that is never closed"))
            })?;
            text.push_str(&from[..end]);
            rest = &from[end..];
            continue;
        }
        let name = leading_name(&from[1..]);
        if name.is_empty() {
            text.push(':');
            rest = &from[1..];
            continue;
        }
        let Some((index, _, value)) = parameters.get_full(name) else {
            return Err(OperationError::invalid_input(
                "parameters",
                format!("`{field}` uses `:{name}`, but `parameters` has no `{name}`"),
            ));
        };
        used[index] = true;
        let pattern = ends_with_keyword(&text, "LIKE");
        text.push_str(&literal(value, pattern, name)?);
        rest = &from[1 + name.len()..];
    }
    text.push_str(rest);
    if let Some(unused) = used.iter().position(|used| !used) {
        let name = parameters.get_index(unused).map_or("", |(name, _)| name.as_str());
        return Err(OperationError::invalid_input(
            "parameters",
            format!("`parameters` has `{name}`, but `{field}` has no `:{name}`"),
        ));
    }
    if text.chars().count() > QUERY_CHARACTERS_MAX {
        return Err(OperationError::invalid_input(
            field,
            format!("`{field}` is longer than {QUERY_CHARACTERS_MAX} characters"),
        ));
    }
    Ok(text)
}

/// A text as a quoted literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", escaped(text, false))
}

/// Texts as the list of an `IN`.
pub(crate) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("({})", items.join(","))
}

/// A point in time as an unquoted literal.
pub(crate) fn datetime(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Reads a point in time as the service writes it (`2026-11-20T21:10:42.000+0000`) or as ISO 8601 has it.
pub(crate) fn parse_datetime(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let (head, offset) = text.split_at_checked(text.len().checked_sub(5)?)?;
        let (hours, minutes) = offset.split_at_checked(3)?;
        format!("{head}{hours}:{minutes}").parse().ok()
    })
}

/// The relationship names of the child queries in a select list, so that an empty child list can be told from an
/// empty parent.
pub(crate) fn child_relationships(query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut after_from = false;
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let Some(end) = closing_quote(rest) else { break };
            rest = &rest[end..];
            continue;
        }
        let word = leading_name(rest);
        if word.is_empty() {
            match first {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if after_from {
            names.push(word.to_owned());
        }
        after_from = word.eq_ignore_ascii_case("FROM");
        if after_from && depth == 0 {
            break;
        }
        rest = &rest[word.len()..];
    }
    names
}

fn literal(value: &Value, pattern: bool, name: &str) -> Result<String, OperationError> {
    let refuse = |message: String| OperationError::invalid_input(format!("parameters.{name}"), message);
    if pattern {
        return pattern_literal(value).ok_or_else(|| {
            refuse(format!(
                "`{name}` stands after LIKE: give text, which is matched as it is, or one of \
                 `contains`, `starts_with`, `ends_with` with a text"
            ))
        });
    }
    match value {
        Value::Array(items) if items.is_empty() => Err(refuse(format!(
            "`{name}` is an empty list, which no query can search for; skip the query instead"
        ))),
        Value::Array(items) if items.len() > LIST_ITEMS_MAX => Err(refuse(format!(
            "`{name}` has {} values; at most {LIST_ITEMS_MAX} are possible",
            items.len()
        ))),
        Value::Array(items) => {
            let items: Result<Vec<String>, _> =
                items.iter().map(|item| scalar(item).map_err(&refuse)).collect();
            Ok(format!("({})", items?.join(",")))
        }
        scalar_value => scalar(scalar_value).map_err(refuse),
    }
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok("NULL".into()),
        Value::Bool(true) => Ok("TRUE".into()),
        Value::Bool(false) => Ok("FALSE".into()),
        Value::Number(number) if number.as_str().contains(['e', 'E']) => Err(format!(
            "`{number}` is written with an exponent, which queries do not know"
        )),
        Value::Number(number) => Ok(number.as_str().to_owned()),
        Value::String(text) => Ok(quoted(text)),
        Value::Object(members) if members.len() == 1 => match members.first() {
            Some((kind, Value::String(text))) if kind == "date" => text
                .parse::<Date>()
                .ok()
                .filter(|_| text.len() == 10)
                .map(|date| date.to_string())
                .ok_or_else(|| format!("`{text}` is not a date; write it as `2026-01-31`")),
            Some((kind, Value::String(text))) if kind == "datetime" => {
                parse_datetime(text).map(datetime).ok_or_else(|| {
                    format!("`{text}` is not a point in time; write it as `2026-01-31T09:00:00Z`")
                })
            }
            Some((kind, _)) if PATTERNS.contains(&kind.as_str()) => {
                Err(format!("`{kind}` is only possible after LIKE"))
            }
            _ => Err("an object must be `date` or `datetime` with a text".into()),
        },
        other => Err(format!("a query cannot take a value of kind {}", other.kind())),
    }
}

fn pattern_literal(value: &Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(format!("'{}'", escaped(text, true)));
    }
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (kind, text) = members.first()?;
    let text = escaped(text.as_str()?, true);
    match kind.as_str() {
        "contains" => Some(format!("'%{text}%'")),
        "starts_with" => Some(format!("'{text}%'")),
        "ends_with" => Some(format!("'%{text}'")),
        _ => None,
    }
}

fn escaped(text: &str, pattern: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '%' | '_' if pattern => {
                out.push('\\');
                out.push(character);
            }
            control if (control as u32) < 0x20 || control as u32 == 0x7f => {
                out.push_str(&format!("\\u{:04X}", control as u32));
            }
            other => out.push(other),
        }
    }
    out
}

/// The index behind the quote that closes the text starting at `from`, which starts with a quote.
fn closing_quote(from: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in from.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'\'' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

fn leading_name(text: &str) -> &str {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
        .unwrap_or(text.len());
    let name = &text[..end];
    if is_identifier(name) { name } else { "" }
}

fn ends_with_keyword(text: &str, keyword: &str) -> bool {
    let text = text.trim_end();
    let Some(start) = text.len().checked_sub(keyword.len()) else {
        return false;
    };
    let Some((head, tail)) = text.split_at_checked(start) else {
        return false;
    };
    tail.eq_ignore_ascii_case(keyword)
        && head.ends_with(|before: char| before.is_whitespace() || before == ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(template: &str, parameters: &str) -> Result<String, String> {
        let parameters = Value::from_json(parameters).unwrap();
        bind(template, parameters.as_object(), "query").map_err(|error| error.message)
    }

    #[test]
    fn values_become_literals() {
        for (value, literal) in [
            (r#""Acme""#, "'Acme'"),
            (r#""O'Neill""#, r"'O\'Neill'"),
            (r#""ends with \\""#, r"'ends with \\'"),
            (r#""\\' OR Name != '""#, r"'\\\' OR Name != \''"),
            (r#""say \"hi\"""#, r#"'say \"hi\"'"#),
            (r#""a\nb\rc\td""#, r"'a\nb\rc\td'"),
            (r#""\b\f""#, r"'\b\f'"),
            (r#""\u0000\u001f\u007f""#, r"'\u0000\u001F\u007F'"),
            (r#""100%_sure""#, "'100%_sure'"),
            (r#""grün""#, "'grün'"),
            (r#"":other""#, "':other'"),
            ("48000.00", "48000.00"),
            ("-1", "-1"),
            ("9999999999999999.99", "9999999999999999.99"),
            ("true", "TRUE"),
            ("false", "FALSE"),
            ("null", "NULL"),
            (r#"["a","b'c",null]"#, r"('a','b\'c',NULL)"),
            (r#"{"date":"2026-01-31"}"#, "2026-01-31"),
            (
                r#"{"datetime":"2026-01-31T09:00:00Z"}"#,
                "2026-01-31T09:00:00.000Z",
            ),
            (
                r#"{"datetime":"2026-01-31T10:00:00.5+01:00"}"#,
                "2026-01-31T09:00:00.500Z",
            ),
            (
                r#"{"datetime":"2026-11-20T21:10:42.000+0000"}"#,
                "2026-11-20T21:10:42.000Z",
            ),
        ] {
            let query = bound("SELECT Id FROM A WHERE X = :v", &format!(r#"{{"v":{value}}}"#));
            assert_eq!(
                query.unwrap(),
                format!("SELECT Id FROM A WHERE X = {literal}"),
                "{value}"
            );
        }
    }

    #[test]
    fn text_after_like_is_never_a_pattern_by_itself() {
        for (value, literal) in [
            (r#""Ter%""#, r"'Ter\%'"),
            (r#""a_b""#, r"'a\_b'"),
            (r#""back\\slash'""#, r"'back\\slash\''"),
            (r#"{"contains":"50%"}"#, r"'%50\%%'"),
            (r#"{"starts_with":"Ac_me"}"#, r"'Ac\_me%'"),
            (r#"{"ends_with":"Inc"}"#, "'%Inc'"),
        ] {
            let query = bound(
                "SELECT Id FROM A WHERE Name like :v",
                &format!(r#"{{"v":{value}}}"#),
            );
            assert_eq!(
                query.unwrap(),
                format!("SELECT Id FROM A WHERE Name like {literal}"),
                "{value}"
            );
        }
        assert!(bound("SELECT Id FROM A WHERE Name LIKE :v", r#"{"v":5}"#).is_err());
        assert!(bound("SELECT Id FROM A WHERE Name = :v", r#"{"v":{"contains":"x"}}"#).is_err());
        assert_eq!(
            bound("SELECT Id FROM A WHERE Dislike = :v", r#"{"v":"5%"}"#).unwrap(),
            "SELECT Id FROM A WHERE Dislike = '5%'"
        );
    }

    #[test]
    fn placeholders_are_found_where_they_stand() {
        for (template, expected) in [
            ("A = ':v' AND B = :v", "A = ':v' AND B = 1"),
            (r"A = 'it\':v' AND B = :v", r"A = 'it\':v' AND B = 1"),
            ("A = :v AND B=:v", "A = 1 AND B=1"),
            (
                "CreatedDate = LAST_N_DAYS:30 AND B = :v",
                "CreatedDate = LAST_N_DAYS:30 AND B = 1",
            ),
            (
                "D > 2026-01-01T10:00:00Z AND B = :v",
                "D > 2026-01-01T10:00:00Z AND B = 1",
            ),
            (":v:v :", "11 :"),
        ] {
            assert_eq!(bound(template, r#"{"v":1}"#).unwrap(), expected);
        }
    }

    #[test]
    fn mistakes_are_refused() {
        for (template, parameters, told) in [
            ("A = :missing", "{}", "`missing`"),
            ("A = 1", r#"{"left":1}"#, "`left`"),
            ("A = 'open", "{}", "never closed"),
            ("A = 'open\\'", "{}", "never closed"),
            ("A IN :v", r#"{"v":[]}"#, "empty list"),
            ("A IN :v", r#"{"v":[["x"]]}"#, "array"),
            ("A = :v", r#"{"v":1e400}"#, "exponent"),
            ("A = :v", r#"{"v":{"date":"tomorrow"}}"#, "not a date"),
            ("A = :v", r#"{"v":{"date":"2026-02-30"}}"#, "not a date"),
            (
                "A = :v",
                r#"{"v":{"datetime":"2026-01-31"}}"#,
                "not a point in time",
            ),
            ("A = :v", r#"{"v":{"x":1}}"#, "`date` or `datetime`"),
        ] {
            let error = bound(template, parameters).unwrap_err();
            assert!(error.contains(told), "{template}: {error}");
        }
    }

    #[test]
    fn child_queries_are_named() {
        for (query, names) in [
            (
                "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
                vec![],
            ),
            (
                "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
                vec!["Contacts"],
            ),
            (
                "select Id, (select Id, (select Id from Tasks) from Contacts where Name = 'x from y'), \
                 (SELECT Id FROM Solutions__r) from Account",
                vec!["Tasks", "Contacts", "Solutions__r"],
            ),
            ("", vec![]),
            ("SELECT 'open", vec![]),
        ] {
            assert_eq!(child_relationships(query), names, "{query}");
        }
    }
}
