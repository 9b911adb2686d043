//! What a scalar without quotes is, by the YAML 1.2 core schema.

use connector_api::Number;

use crate::diagnostic::Diagnostic;
use crate::document::{Node, ScalarKind};

/// What a plain scalar resolves to.
pub(crate) fn kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Bool,
        _ if is_number(text) => ScalarKind::Number,
        _ => ScalarKind::Text,
    }
}

fn is_number(text: &str) -> bool {
    let prefixed = |prefix: &str, allowed: fn(&char) -> bool| {
        text.strip_prefix(prefix)
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|char| allowed(&char)))
    };
    if prefixed("0x", char::is_ascii_hexdigit) || prefixed("0o", |char| ('0'..='7').contains(char)) {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(integer) && digits(fraction) && !(integer.is_empty() && fraction.is_empty()) && exponent_fits
}

/// Refuses a number that JSON cannot write as it stands: whether `007` or `0x1F` is a number or a code is a guess.
pub(crate) fn refuse_odd_number(node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(scalar) = node.as_scalar() else { return };
    if scalar.kind == ScalarKind::Number && Number::parse(&scalar.text).is_none() {
        let message = format!("`{}` could be a number or text", scalar.text);
        diagnostics.push(Diagnostic::error("odd-number", node.span, message).help(format!(
            "write \"{}\" if text is meant, else a decimal number such as `31` or `0.5`",
            scalar.text
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_resolve_by_the_core_schema() {
        for (texts, expected) in [
            (&["", "~", "null", "Null", "NULL"][..], ScalarKind::Null),
            (
                &["true", "True", "TRUE", "false", "False", "FALSE"],
                ScalarKind::Bool,
            ),
            (
                &[
                    "0", "-1", "+12", "007", "0o17", "0x1F", "1.10", ".5", "1.", "1e3", "1E+3", "-.inf",
                    ".nan", "12.5e-2",
                ],
                ScalarKind::Number,
            ),
            (
                &[
                    "yes",
                    "no",
                    "on",
                    "off",
                    "tRUE",
                    "nULL",
                    "1_000",
                    "0x",
                    "0o8",
                    "1e",
                    ".",
                    "-",
                    "+",
                    "1.2.3",
                    "-.nan",
                    "NaN",
                    "2026-01-01",
                    "12:30",
                ],
                ScalarKind::Text,
            ),
        ] {
            for text in texts {
                assert_eq!(kind(text), expected, "{text}");
            }
        }
    }
}
