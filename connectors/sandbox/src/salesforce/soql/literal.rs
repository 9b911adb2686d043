//! What may stand on the right of a comparison: strings with their escapes, numbers, dates, date literals.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// A piece of a LIKE pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `%`: any run of characters.
    Any,
    /// `_`: one character.
    One,
    /// The character itself, in lower case.
    Letter(char),
}

/// Why a string cannot be read: the sequence that is no escape.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadEscape(pub(crate) String);

/// Text that began as a quoted string outside LIKE.
pub(crate) fn plain(raw: &str) -> Result<String, BadEscape> {
    let letters = unescape(raw)?;
    letters
        .into_iter()
        .map(|(letter, escaped)| {
            if escaped && "%_".contains(letter) {
                Err(BadEscape(format!("\\{letter}")))
            } else {
                Ok(letter)
            }
        })
        .collect()
}

/// A quoted string in LIKE as a pattern.
pub(crate) fn pattern(raw: &str) -> Result<Vec<Piece>, BadEscape> {
    let letters = unescape(raw)?;
    let mut pieces = Vec::with_capacity(letters.len());
    for (letter, escaped) in letters {
        match letter {
            '%' if !escaped => pieces.push(Piece::Any),
            '_' if !escaped => pieces.push(Piece::One),
            letter => pieces.extend(letter.to_lowercase().map(Piece::Letter)),
        }
    }
    Ok(pieces)
}

/// Whether a text fits a pattern, in any case. Takes time proportional to text times pattern at most.
pub(crate) fn fits(pieces: &[Piece], text: &str) -> bool {
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut piece, mut letter) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while letter < letters.len() {
        let step = match pieces.get(piece) {
            Some(Piece::Any) => {
                retry = Some((piece + 1, letter));
                piece += 1;
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Letter(wanted)) => *wanted == letters[letter],
            None => false,
        };
        if step {
            piece += 1;
            letter += 1;
        } else if let Some((after_any, from)) = retry {
            piece = after_any;
            letter = from + 1;
            retry = Some((after_any, letter));
        } else {
            return false;
        }
    }
    pieces[piece.min(pieces.len())..]
        .iter()
        .all(|rest| *rest == Piece::Any)
}

/// Characters, each with whether a backslash stood before it.
fn unescape(raw: &str) -> Result<Vec<(char, bool)>, BadEscape> {
    let mut letters = Vec::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            letters.push((letter, false));
            continue;
        }
        let escape = rest.next().ok_or_else(|| BadEscape("\\".to_owned()))?;
        let meant = match escape {
            'n' | 'N' => '\n',
            'r' | 'R' => '\r',
            't' | 'T' => '\t',
            'b' | 'B' => '\u{8}',
            'f' | 'F' => '\u{c}',
            '"' | '\'' | '\\' | '_' | '%' => escape,
            'u' | 'U' => {
                let digits: String = rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 4);
                code.and_then(char::from_u32)
                    .ok_or_else(|| BadEscape(format!("\\{escape}{digits}")))?
            }
            other => return Err(BadEscape(format!("\\{other}"))),
        };
        letters.push((meant, true));
    }
    Ok(letters)
}

/// The first day of a date literal and the first day after it; `None` for what is none.
pub(crate) fn days(word: &str, count: Option<i64>, today: Date) -> Option<(Date, Date)> {
    let word = word.to_ascii_uppercase();
    let month = today.first_of_month();
    let quarter = month
        .checked_sub(i64::from((month.month() - 1) % 3).months())
        .ok()?;
    let year = today.first_of_year();
    let week = week_start(today)?;
    let span = |start: Date, unit: Span, from: i64, to: i64| {
        let from = start.checked_add(unit.checked_mul(from).ok()?).ok()?;
        let to = start.checked_add(unit.checked_mul(to).ok()?).ok()?;
        Some((from, to))
    };
    let (day, weeks, months, quarters, years) = (1.day(), 1.week(), 1.month(), 3.months(), 1.year());
    if let Some(count) = count {
        let n = u32::try_from(count)
            .ok()
            .filter(|n| *n <= 100_000)
            .map(i64::from)?;
        return match word.as_str() {
            "LAST_N_DAYS" => span(today, day, -n, 1),
            "NEXT_N_DAYS" => span(today, day, 1, n + 1),
            "N_DAYS_AGO" => span(today, day, -n, 1 - n),
            "LAST_N_WEEKS" => span(week, weeks, -n, 0),
            "NEXT_N_WEEKS" => span(week, weeks, 1, n + 1),
            "N_WEEKS_AGO" => span(week, weeks, -n, 1 - n),
            "LAST_N_MONTHS" => span(month, months, -n, 0),
            "NEXT_N_MONTHS" => span(month, months, 1, n + 1),
            "N_MONTHS_AGO" => span(month, months, -n, 1 - n),
            "LAST_N_QUARTERS" => span(quarter, quarters, -n, 0),
            "NEXT_N_QUARTERS" => span(quarter, quarters, 1, n + 1),
            "N_QUARTERS_AGO" => span(quarter, quarters, -n, 1 - n),
            "LAST_N_YEARS" => span(year, years, -n, 0),
            "NEXT_N_YEARS" => span(year, years, 1, n + 1),
            "N_YEARS_AGO" => span(year, years, -n, 1 - n),
            _ => None,
        };
    }
    match word.as_str() {
        "YESTERDAY" => span(today, day, -1, 0),
        "TODAY" => span(today, day, 0, 1),
        "TOMORROW" => span(today, day, 1, 2),
        "LAST_WEEK" => span(week, weeks, -1, 0),
        "THIS_WEEK" => span(week, weeks, 0, 1),
        "NEXT_WEEK" => span(week, weeks, 1, 2),
        "LAST_MONTH" => span(month, months, -1, 0),
        "THIS_MONTH" => span(month, months, 0, 1),
        "NEXT_MONTH" => span(month, months, 1, 2),
        "LAST_90_DAYS" => span(today, day, -90, 1),
        "NEXT_90_DAYS" => span(today, day, 1, 91),
        "LAST_QUARTER" | "LAST_FISCAL_QUARTER" => span(quarter, quarters, -1, 0),
        "THIS_QUARTER" | "THIS_FISCAL_QUARTER" => span(quarter, quarters, 0, 1),
        "NEXT_QUARTER" | "NEXT_FISCAL_QUARTER" => span(quarter, quarters, 1, 2),
        "LAST_YEAR" | "LAST_FISCAL_YEAR" => span(year, years, -1, 0),
        "THIS_YEAR" | "THIS_FISCAL_YEAR" => span(year, years, 0, 1),
        "NEXT_YEAR" | "NEXT_FISCAL_YEAR" => span(year, years, 1, 2),
        _ => None,
    }
}

/// The Sunday a week begins with.
fn week_start(today: Date) -> Option<Date> {
    let since = today.weekday().since(Weekday::Sunday);
    today.checked_sub(i64::from(since).days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_the_language_is_read_and_no_other() {
        for (raw, text) in [
            (r"a\nb\rc\td", "a\nb\rc\td"),
            (r"a\Nb\Rc\Td", "a\nb\rc\td"),
            (r"\b\f\B\F", "\u{8}\u{c}\u{8}\u{c}"),
            (r#"\"\'\\"#, "\"'\\"),
            (r"\u00e9\U00E9", "éé"),
            ("100% _", "100% _"),
        ] {
            assert_eq!(plain(raw).unwrap(), text, "{raw}");
        }
        for raw in [r"\%", r"\_", r"\x", r"\ ", r"\u12", r"\u12g4", r"\ud800", "\\"] {
            assert!(plain(raw).is_err(), "{raw}");
        }
        assert!(pattern(r"\x").is_err());
    }

    #[test]
    fn patterns_fit_as_like_does() {
        for (raw, text, expected) in [
            ("Acme%", "ACME Corp", true),
            ("%corp", "Acme Corp", true),
            ("%m%c%", "Acme Corp", true),
            ("A_me", "Acme", true),
            ("A_me", "Ame", false),
            ("Acme", "Acme Corp", false),
            (r"Ter\%", "Ter%", true),
            (r"Ter\%", "Terrific", false),
            (r"a\_b", "a_b", true),
            (r"a\_b", "axb", false),
            ("%", "", true),
            ("_", "", false),
            ("", "", true),
            ("%a%b%c", "aXbXbXc", true),
            ("É%", "éclair", true),
        ] {
            assert_eq!(fits(&pattern(raw).unwrap(), text), expected, "{raw} {text}");
        }
        let evil = pattern(&"%a".repeat(1_000)).unwrap();
        assert!(!fits(&evil, &"b".repeat(50_000)));
    }

    #[test]
    fn date_literals_are_whole_days() {
        // A Friday.
        let today: Date = "2026-11-20".parse().unwrap();
        for (word, count, from, to) in [
            ("TODAY", None, "2026-11-20", "2026-11-21"),
            ("yesterday", None, "2026-11-19", "2026-11-20"),
            ("TOMORROW", None, "2026-11-21", "2026-11-22"),
            ("THIS_WEEK", None, "2026-11-15", "2026-11-22"),
            ("LAST_WEEK", None, "2026-11-08", "2026-11-15"),
            ("NEXT_MONTH", None, "2026-12-01", "2027-01-01"),
            ("THIS_QUARTER", None, "2026-10-01", "2027-01-01"),
            ("LAST_QUARTER", None, "2026-07-01", "2026-10-01"),
            ("THIS_YEAR", None, "2026-01-01", "2027-01-01"),
            ("LAST_N_DAYS", Some(30), "2026-10-21", "2026-11-21"),
            ("NEXT_N_DAYS", Some(2), "2026-11-21", "2026-11-23"),
            ("N_DAYS_AGO", Some(1), "2026-11-19", "2026-11-20"),
            ("LAST_N_MONTHS", Some(2), "2026-09-01", "2026-11-01"),
        ] {
            let expected = Some((from.parse().unwrap(), to.parse().unwrap()));
            assert_eq!(days(word, count, today), expected, "{word}");
        }
        assert_eq!(days("SOMEDAY", None, today), None);
        assert_eq!(days("LAST_N_DAYS", None, today), None);
        assert_eq!(days("N_YEARS_AGO", Some(99_999), today), None);
        assert_eq!(days("N_YEARS_AGO", Some(i64::MAX), today), None);
    }
}
