//! A date format taken apart: the custom tokens, and the standard letters as the patterns they stand for.

/// One piece of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text to copy.
    Literal(String),
    /// A letter and how often it is repeated: `yyyy` is `('y', 4)`.
    Field(char, usize),
}

/// Letters that stand for a part of a date.
const FIELDS: &str = "dfFghHKmMstyz";

/// The pattern a standard letter stands for; `None` for any other letter. `U` is the caller's business.
pub(super) fn standard(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "M/d/yyyy",
        'D' => "dddd, MMMM d, yyyy",
        't' => "h:mm tt",
        'T' => "h:mm:ss tt",
        'f' => "dddd, MMMM d, yyyy h:mm tt",
        'F' | 'U' => "dddd, MMMM d, yyyy h:mm:ss tt",
        'g' => "M/d/yyyy h:mm tt",
        'G' => "M/d/yyyy h:mm:ss tt",
        'M' | 'm' => "MMMM d",
        'Y' | 'y' => "MMMM yyyy",
        'o' | 'O' => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        'r' | 'R' => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        's' => "yyyy-MM-ddTHH:mm:ss",
        'u' => "yyyy-MM-dd HH:mm:ss'Z'",
        _ => return None,
    })
}

/// The tokens of a format. A single letter is a standard format, `%d` is a custom one of a single letter.
pub(super) fn tokens(format: &str) -> Result<Vec<Token>, String> {
    let mut letters = format.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        let pattern = standard(letter).ok_or_else(|| format!("`{letter}` is not a date format"))?;
        return custom(pattern);
    }
    custom(format)
}

fn custom(format: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let literal = |tokens: &mut Vec<Token>, character| match tokens.last_mut() {
        Some(Token::Literal(text)) => text.push(character),
        _ => tokens.push(Token::Literal(String::from(character))),
    };
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => loop {
                match characters.next() {
                    Some(next) if next == character => break,
                    Some(next) => literal(&mut tokens, next),
                    None => return Err("a quoted part of the date format is not closed".into()),
                }
            },
            '\\' => match characters.next() {
                Some(next) => literal(&mut tokens, next),
                None => return Err("the date format ends in `\\`".into()),
            },
            '%' => match characters.peek() {
                Some('%') | None => return Err("`%` in a date format must be followed by a letter".into()),
                Some(_) => {}
            },
            letter if FIELDS.contains(letter) => {
                let mut count = 1;
                while characters.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                if matches!(letter, 'f' | 'F') && count > 7 {
                    return Err("a date format has at most seven digits of a second".into());
                }
                tokens.push(Token::Field(letter, count));
            }
            other => literal(&mut tokens, other),
        }
    }
    Ok(tokens)
}
