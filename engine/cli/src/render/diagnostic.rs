//! Diagnostics as people read them (source with carets), as JSON, as GitHub annotations.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};
use connector_api::{Value, value::object};
use engine_core::diagnostic::{Diagnostic, Severity};
use engine_core::source::{Sources, Span};

/// The format's version, for readers of the JSON.
const JSON_VERSION: i64 = 1;

/// All diagnostics with their source lines. Styled; the stream strips colours where they are not wanted.
pub(crate) fn human(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut files = vec![diagnostic.span.file];
        files.extend(diagnostic.related.iter().map(|(span, _)| span.file));
        files.dedup();
        let snippets = files.into_iter().map(|file| {
            let source = sources.file(file);
            let mut snippet = Snippet::source(source.text.as_str()).path(source.path.as_str());
            if diagnostic.span.file == file {
                let range = shown(diagnostic.span, sources);
                let annotation = AnnotationKind::Primary.span(range);
                snippet = snippet.annotation(match diagnostic.label.as_str() {
                    "" => annotation,
                    label => annotation.label(label),
                });
            }
            let related = diagnostic.related.iter().filter(|(span, _)| span.file == file);
            snippet.annotations(related.map(|(span, label)| {
                AnnotationKind::Context
                    .span(shown(*span, sources))
                    .label(label.as_str())
            }))
        });
        let mut group = level
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code)
            .elements(snippets);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

/// A span that is cut at the end of its first line: what is wrong with a whole block is said at its head.
fn shown(span: Span, sources: &Sources) -> std::ops::Range<usize> {
    let text = &sources.file(span.file).text;
    let start = floor(text, span.start.min(text.len()));
    let end = floor(text, span.end.clamp(start, text.len()));
    let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line_end
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `3 errors, 1 warning`.
pub(crate) fn counts(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    let warnings = diagnostics.len() - errors;
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (errors, 0) => plural(errors, "error"),
        (0, warnings) => plural(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

/// The same as data; lines and columns are 1-based, columns count characters.
pub(crate) fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let place = |span: Span| {
        let file = sources.file(span.file);
        let (start, end) = (file.position(span.start), file.position(span.end));
        object([
            ("file", file.path.as_str().into()),
            ("line", (start.line as i64).into()),
            ("column", (start.column as i64).into()),
            ("end_line", (end.line as i64).into()),
            ("end_column", (end.column as i64).into()),
            ("text", file.line(start.line).into()),
        ])
    };
    let items = diagnostics.iter().map(|diagnostic| {
        let related = diagnostic
            .related
            .iter()
            .map(|(span, label)| object([("place", place(*span)), ("label", label.as_str().into())]));
        object([
            ("code", diagnostic.code.into()),
            ("severity", severity(diagnostic).into()),
            ("message", diagnostic.message.as_str().into()),
            ("place", place(diagnostic.span)),
            ("label", diagnostic.label.as_str().into()),
            ("related", Value::Array(related.collect())),
            (
                "help",
                diagnostic.help.as_deref().map_or(Value::Null, Value::from),
            ),
        ])
    });
    object([
        ("version", JSON_VERSION.into()),
        ("diagnostics", Value::Array(items.collect())),
    ])
}

/// One line each, in the form a GitHub workflow shows beside the changed line.
pub(crate) fn github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    diagnostics
        .iter()
        .map(|diagnostic| {
            let position = sources.position(diagnostic.span);
            let message = match &diagnostic.help {
                Some(help) => format!("{} ({help})", diagnostic.message),
                None => diagnostic.message.clone(),
            };
            format!(
                "::{} file={},line={},col={},title={}::{}\n",
                severity(diagnostic),
                escape(&sources.file(diagnostic.span.file).path),
                position.line,
                position.column,
                diagnostic.code,
                escape(&message)
            )
        })
        .collect()
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
