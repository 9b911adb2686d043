//! What the tests of several modules share: texts in, rendered diagnostics out.

use crate::diagnostic::{Diagnostic, Severity};
use crate::solution::{Loaded, SolutionFile, load};
use crate::source::Sources;

/// A solution of these files, by path.
pub(crate) fn files(texts: &[(&str, &str)]) -> Vec<SolutionFile> {
    texts
        .iter()
        .map(|(path, text)| SolutionFile {
            path: (*path).to_owned(),
            shown: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

/// A solution that has a manifest with the usual two connections, unless one is given.
pub(crate) fn loaded(texts: &[(&str, &str)]) -> Loaded {
    let mut all = files(texts);
    if !texts.iter().any(|(path, _)| *path == "solution.yaml") {
        all.extend(files(&[("solution.yaml", MANIFEST)]));
    }
    load(&all)
}

/// A manifest that suits most tests.
pub(crate) const MANIFEST: &str = "name: Test\nversion: 1.0.0\nconnections:\n  partner_center: partner_center\n  salesforce: salesforce\nenvironment:\n  stage: { type: text, default: Prospecting }\n  amount_field: { type: field, default: Amount }\n";

/// Diagnostics as `file:line:column code: message` lines, sorted by place; warnings say so, related places follow.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut diagnostics: Vec<_> = diagnostics.iter().collect();
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code, &diagnostic.message));
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let place = |span| {
                let position = sources.position(span);
                format!("{}:{}", position.line, position.column)
            };
            let path = sources.file(diagnostic.span.file).path.as_str();
            let path = match path {
                "x.yaml" => String::new(),
                path => format!("{path}:"),
            };
            let severity = match diagnostic.severity {
                Severity::Error => "",
                Severity::Warning => "warning ",
            };
            let mut line = format!(
                "{path}{} {severity}{}: {}",
                place(diagnostic.span),
                diagnostic.code,
                diagnostic.message
            );
            for (span, label) in &diagnostic.related {
                line.push_str(&format!(" | {} {label}", place(*span)));
            }
            line
        })
        .collect()
}

/// Asserts what is found in each text of a table, and shows every row that differs at once.
#[track_caller]
pub(crate) fn assert_table<T: AsRef<str>>(rows: &[(T, &[&str])], find: impl Fn(&str) -> Vec<String>) {
    let mut differences = String::new();
    for (text, expected) in rows {
        let found = find(text.as_ref());
        if found != *expected {
            differences.push_str(&format!(
                "for\n{}\nfound\n  {}\nexpected\n  {}\n\n",
                text.as_ref(),
                found.join("\n  "),
                expected.join("\n  ")
            ));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
