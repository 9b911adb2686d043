//! Going on after text that is not YAML: the lines at fault are left out and the rest is read, so that one slip of the
//! pen does not hide every other mistake of the file.
//!
//! Lines are replaced by blanks of the same length, never removed: every place stays what it was.

use crate::diagnostic::Diagnostic;
use crate::document::parse::{self, Document, FILE_BYTES_MAX, Reading};
use crate::source::{FileId, SourceFile, Span};

/// Most faults that are left out before the rest of the file is given up.
const RECOVERIES_MAX: usize = 8;
/// Largest file that is read again after a fault.
const RECOVERY_BYTES_MAX: usize = 256 * 1024;

/// Parses one file.
pub fn parse(file: FileId, source: &SourceFile) -> Document {
    if source.text.len() > FILE_BYTES_MAX {
        let span = Span {
            file,
            ..Span::default()
        };
        let message = format!("the file has more than {FILE_BYTES_MAX} bytes");
        return Document {
            root: None,
            diagnostics: vec![Diagnostic::error("file-too-large", span, message)],
            left_out: vec![Span {
                end: source.text.len(),
                ..span
            }],
        };
    }
    let mut reading = parse::read(file, &source.text);
    let mut text = None;
    let mut faults = Vec::new();
    let mut left_out = Vec::new();
    while let Some(fault) = reading.fault.take() {
        let at = fault.span.start;
        faults.push(fault);
        let current = text.as_deref().unwrap_or(source.text.as_str());
        let next = if faults.len() < RECOVERIES_MAX && current.len() <= RECOVERY_BYTES_MAX {
            without_fault(file, current, at)
        } else {
            None
        };
        let Some(next) = next else {
            reading.stopped = true;
            break;
        };
        left_out.push(next.left_out);
        text = Some(next.text);
        reading = next.reading;
    }
    if reading.stopped {
        left_out = vec![Span {
            file,
            start: 0,
            end: source.text.len(),
        }];
    }
    let mut diagnostics = reading.diagnostics;
    diagnostics.extend(faults);
    Document {
        root: reading.root,
        diagnostics,
        left_out,
    }
}

/// A text read once more without the lines at fault.
struct Recovery {
    text: String,
    left_out: Span,
    reading: Reading,
}

/// The text without the line at fault, or without the line before it, whichever lets the reading get further. `None`
/// when neither does: then a second complaint would most likely be about the same slip.
fn without_fault(file: FileId, text: &str, at: usize) -> Option<Recovery> {
    let line = line_start(text, at);
    let before = text[..line].trim_end();
    let candidates = [
        Some(line),
        (!before.is_empty()).then(|| line_start(text, before.len())),
    ];
    candidates.into_iter().flatten().find_map(|start| {
        let (blanked, end) = without_block(text, start);
        let reading = parse::read(file, &blanked);
        let next_line = blanked[end..].len() - blanked[end..].trim_start().len();
        let far = line_end(&blanked, (end + next_line).max(at));
        let further = match &reading.fault {
            None => !reading.stopped,
            Some(fault) => fault.span.start > far,
        };
        further.then_some(Recovery {
            text: blanked,
            left_out: Span { file, start, end },
            reading,
        })
    })
}

/// Blanks the line that starts at `start` and all lines below it that are indented deeper; says where that ends.
fn without_block(text: &str, start: usize) -> (String, usize) {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(&text[start..]);
    let mut end = line_end(text, start);
    while let Some(rest) = text.get(end + 1..)
        && !rest.is_empty()
    {
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        if !line.trim().is_empty() && indent(line) <= own {
            break;
        }
        end += 1 + line.len();
    }
    let mut blanked = String::with_capacity(text.len());
    blanked.push_str(&text[..start]);
    blanked.extend(
        text[start..end]
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
    );
    blanked.push_str(&text[end..]);
    (blanked, end)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}
