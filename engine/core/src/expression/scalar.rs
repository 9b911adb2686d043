//! Text cut into what is literal and what stands between `{{` and `}}`.

use std::ops::Range;

use crate::expression::compile::Fault;

/// A part of a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Bytes of literal text.
    Literal(Range<usize>),
    /// Bytes of an expression, without the braces and the blanks inside them.
    Expression(Range<usize>),
}

/// Cuts a text into its parts; empty literals are left out.
///
/// `}}` inside quotes or inside brackets of the expression does not end it. Outside expressions every character is
/// literal, but for tags and comments of template languages: these are faults, because whoever writes them expects
/// them to act.
pub(crate) fn parts(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|found| at + found) {
        check_literal(text, at..start)?;
        if at < start {
            parts.push(Part::Literal(at..start));
        }
        let inner = start + 2;
        let end = expression_end(text, inner).ok_or_else(|| {
            Fault::syntax("`{{` is not closed", start..inner)
                .help("close the expression with `}}`; a literal `{{` is written `{{ '{{' }}`")
        })?;
        if text[inner..end].starts_with(['-', '+']) && text[inner + 1..end].starts_with(char::is_whitespace) {
            return Err(Fault::syntax("`{{-` has no meaning here", start..inner + 1)
                .help("write `{{`; blanks around an expression are kept as they are"));
        }
        parts.push(Part::Expression(trimmed(text, inner..end)));
        at = end + 2;
    }
    check_literal(text, at..text.len())?;
    if at < text.len() {
        parts.push(Part::Literal(at..text.len()));
    }
    Ok(parts)
}

/// Where the `}}` stands that ends the expression.
fn expression_end(text: &str, start: usize) -> Option<usize> {
    let mut open = 0_usize;
    let mut quote = None;
    let mut characters = text[start..].char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(mark), _) if mark == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[' | '{') => open += 1,
            (None, '}') if open == 0 => {
                if text[start + at..].starts_with("}}") {
                    return Some(start + at);
                }
            }
            (None, ')' | ']' | '}') => open = open.saturating_sub(1),
            (None, _) => {}
        }
    }
    None
}

fn check_literal(text: &str, range: Range<usize>) -> Result<(), Fault> {
    let literal = &text[range.clone()];
    for (opening, closing, what) in [("{%", "%}", "tags"), ("{#", "#}", "comments")] {
        if let Some(at) = literal.find(opening)
            && let Some(length) = literal[at..].find(closing)
        {
            let start = range.start + at;
            return Err(Fault::syntax(
                format!("there are no {what} `{opening} {closing}` in the language"),
                start..start + length + closing.len(),
            )
            .help("use an expression `{{ ... }}`; for a choice write `a if condition else b`"));
        }
    }
    Ok(())
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    start..(start + inner.trim().len())
}
