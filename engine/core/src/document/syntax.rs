//! What the YAML parser complains of, in words an author can act on.

use granit_parser::ErrorKind;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// The diagnostic for text that is not YAML.
pub(crate) fn diagnostic(file: FileId, text: &str, at: usize, kind: &ErrorKind) -> Diagnostic {
    let at = place(text, at);
    let span = Span {
        file,
        start: at,
        end: text[at..].chars().next().map_or(at, |char| at + char.len_utf8()),
    };
    if let Some((start, end)) = braces_on_line(text, at) {
        return unquoted_expression(Span { file, start, end });
    }
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        let message = format!("nested deeper than {} levels", crate::document::DEPTH_MAX);
        return Diagnostic::error("too-deep", span, message)
            .help("move inner actions into a flow of their own and call it with `run_flow`");
    }
    let (message, help) = explain(kind);
    let diagnostic = Diagnostic::error("yaml-syntax", span, format!("this is not YAML: {message}"));
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The diagnostic for `{{` without quotes, which YAML reads as a map in a map.
pub(crate) fn unquoted_expression(span: Span) -> Diagnostic {
    Diagnostic::error(
        "unquoted-expression",
        span,
        "an expression without quotes is read as a YAML map",
    )
    .help("put quotes around it: \"{{ ... }}\"")
}

/// The place of an error, moved back to the last written character when the parser noticed only at the end.
fn place(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if text[at..].trim().is_empty() {
        let written = text[..at].trim_end();
        return written.char_indices().next_back().map_or(0, |(last, _)| last);
    }
    at
}

/// The value on the line of an error, when it begins with `{{` and is not quoted.
fn braces_on_line(text: &str, at: usize) -> Option<(usize, usize)> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let line = &text[start..end];
    let braces = line
        .match_indices("{{")
        .map(|(braces, _)| braces)
        .find(|braces| {
            let before = line[..*braces].trim_end();
            before.is_empty() || before.ends_with([':', '-', '[', ','])
        })?;
    Some((start + braces, start + line.trim_end().len()))
}

fn explain(kind: &ErrorKind) -> (String, Option<&'static str>) {
    use ErrorKind as K;
    const QUOTES: &str = "put quotes around text that holds `: `, ` #` or starts with one of - ? : , [ ] { } # & * ! | > ' \" % @ `";
    const INDENT: &str = "keys of one map start in the same column; indent with blanks";
    let plain = |text: &str| text.to_owned();
    match kind {
        K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => {
            (plain("a quote is not closed"), Some("close the quote"))
        }
        K::InvalidTrailingSingleQuotedScalar => (
            plain("text goes on after a closing quote"),
            Some("write '' for a quote inside single quotes"),
        ),
        K::InvalidTrailingDoubleQuotedScalar => (
            plain("text goes on after a closing quote"),
            Some("write \\\" for a quote inside double quotes"),
        ),
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => (
            plain("an unknown escape in double quotes"),
            Some("write \\\\ for a backslash, or use single quotes"),
        ),
        K::InvalidQuotedScalarIndent => (
            plain("the quote opened above is still open here"),
            Some("close the quote, or indent the text that goes on"),
        ),
        K::UnclosedFlowCollection { open } => (format!("`{open}` is not closed"), None),
        K::MismatchedFlowCollectionEnd { open, close } => (format!("`{open}` is closed by `{close}`"), None),
        K::MisplacedFlowCollectionEnd => (plain("a closing bracket without an opening one"), None),
        K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::UnexpectedEofBlockSequence
        | K::UnexpectedEofBlockMapping
        | K::UnexpectedEof => (plain("the text ends in the middle"), None),
        K::ExpectedFlowMappingSeparator => (plain("a `,` or `}` is missing"), Some(QUOTES)),
        K::ExpectedFlowSequenceSeparator => (plain("a `,` or `]` is missing"), Some(QUOTES)),
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabAtBlockScalarStart
        | K::TabInPlainScalar => (
            plain("a tab where only blanks may stand"),
            Some("indent with blanks"),
        ),
        K::ExpectedBlockMappingKey
        | K::InvalidIndentation
        | K::ExpectedBlockSequenceEntry
        | K::InvalidBlockScalarIndent
        | K::InvalidFlowScalarIndent
        | K::BlockSequenceEntryNotAllowed
        | K::MappingKeyNotAllowed => (
            plain("the indentation does not fit the lines above"),
            Some(INDENT),
        ),
        K::MappingValueNotAllowed | K::InvalidColonPlacement | K::InvalidMappingValueWhitespace => {
            (plain("a `:` where no key can stand"), Some(QUOTES))
        }
        K::SimpleKeyExpected | K::InvalidSimpleKey => (plain("a key without `:`"), Some(INDENT)),
        K::CommentNotSeparated | K::CommentInterceptedScalar => {
            (plain("a `#` in the middle of text"), Some(QUOTES))
        }
        K::UnexpectedCharacter { character } => (
            format!("`{}` cannot stand here", character.escape_default()),
            Some(QUOTES),
        ),
        K::BomInsideDocument => (plain("a byte order mark in the middle of the text"), None),
        _ => (plain("it cannot be read from here on"), Some(QUOTES)),
    }
}
