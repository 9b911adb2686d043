//! SOQL text to tokens, and errors that show where in the text they are.

use crate::salesforce::error::ApiError;

/// Characters of a query.
const QUERY_CHARS_MAX: usize = 100_000;
/// How much of the query an error shows on either side of its place.
const EXCERPT_CHARS: usize = 30;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name, keyword or date literal such as `LAST_WEEK`.
    Word(String),
    /// A quoted string, not yet unescaped, without its quotes.
    Text(String),
    /// What begins with a digit or sign: number, date, date and time.
    Number(String),
    /// Punctuation and comparison.
    Symbol(&'static str),
    End,
}

/// A token and the byte where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) at: usize,
}

impl Token {
    /// As an error names it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Number(text) => text.clone(),
            Self::Text(text) => format!("'{text}'"),
            Self::Symbol(symbol) => (*symbol).to_owned(),
            Self::End => "<EOF>".to_owned(),
        }
    }
}

/// An error with the text around its place, a caret below, and row and column.
pub(crate) fn located(code: &'static str, query: &str, at: usize, message: &str) -> ApiError {
    let at = at.min(query.len());
    let head = query.get(..at).unwrap_or_default();
    let tail = query.get(at..).unwrap_or_default();
    let row = head.matches('\n').count() + 1;
    let line_head = head.rsplit('\n').next().unwrap_or_default();
    let column = line_head.chars().count() + 1;
    let before: String = {
        let skipped = line_head.chars().count().saturating_sub(EXCERPT_CHARS);
        line_head.chars().skip(skipped).collect()
    };
    let after: String = tail
        .chars()
        .take_while(|letter| *letter != '\n')
        .take(EXCERPT_CHARS)
        .collect();
    let caret = " ".repeat(before.chars().count());
    ApiError::new(
        400,
        code,
        format!("\n{before}{after}\n{caret}^\nERROR at Row:{row}:Column:{column}\n{message}"),
    )
}

/// Cuts a query into tokens; the last one is [`Token::End`].
pub(crate) fn lex(query: &str) -> Result<Vec<Placed>, ApiError> {
    if query.chars().count() > QUERY_CHARS_MAX {
        return Err(ApiError::new(
            400,
            "MALFORMED_QUERY",
            format!("SOQL statements cannot be longer than {QUERY_CHARS_MAX} characters."),
        ));
    }
    let mut tokens = Vec::new();
    let mut rest = query;
    loop {
        rest = rest.trim_start();
        let at = query.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push(Placed {
                token: Token::End,
                at,
            });
            return Ok(tokens);
        };
        let (token, length) = if first == '\'' {
            quoted(query, rest, at)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let word = leading(rest, |letter| letter.is_ascii_alphanumeric() || letter == '_');
            (Token::Word(word.to_owned()), word.len())
        } else if first.is_ascii_digit() || is_signed_number(rest) {
            let number = leading(rest, |letter| {
                letter.is_ascii_alphanumeric() || "+-:.".contains(letter)
            });
            (Token::Number(number.to_owned()), number.len())
        } else {
            let symbol = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", ":"]
                .into_iter()
                .find(|symbol| rest.starts_with(symbol))
                .ok_or_else(|| {
                    located(
                        "MALFORMED_QUERY",
                        query,
                        at,
                        &format!("line 1: unexpected char: '{first}'"),
                    )
                })?;
            (Token::Symbol(symbol), symbol.len())
        };
        tokens.push(Placed { token, at });
        rest = &rest[length..];
    }
}

fn is_signed_number(rest: &str) -> bool {
    let mut letters = rest.chars();
    matches!(letters.next(), Some('+' | '-'))
        && letters
            .next()
            .is_some_and(|next| next.is_ascii_digit() || next == '.')
}

fn leading(rest: &str, belongs: impl Fn(char) -> bool) -> &str {
    let skip = usize::from(rest.starts_with(['+', '-']));
    let end = rest[skip..]
        .find(|letter| !belongs(letter))
        .map_or(rest.len(), |end| end + skip);
    &rest[..end]
}

/// A quoted string up to its closing quote; a backslash keeps the character behind it from closing.
fn quoted(query: &str, rest: &str, at: usize) -> Result<(Token, usize), ApiError> {
    let mut escaped = false;
    for (index, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return Ok((Token::Text(rest[1..index].to_owned()), index + 1)),
            _ => {}
        }
    }
    Err(located(
        "MALFORMED_QUERY",
        query,
        at,
        "line breaks not allowed in string literals or the literal is not closed",
    ))
}
