//! Custom number formats: `0` and `#` for digits, the point, grouping and scaling commas, percent, exponent, quoted
//! text, and sections for positive, negative and zero.

use super::number_format::{Digits, grouped, significant_digits};

/// One piece of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// `0` or `#`.
    Digit { forced: bool },
    /// The decimal point.
    Point,
    /// Text to copy.
    Literal(String),
    /// `E+00`.
    Exponent { letter: char, plus: bool, width: usize },
}

/// A section taken apart.
#[derive(Debug, Default)]
struct Section {
    pieces: Vec<Piece>,
    /// Digits before the point.
    whole: usize,
    /// Digits after it.
    places: usize,
    /// How many digits before the point are written at least.
    least: usize,
    grouping: bool,
    /// Power of ten the number is multiplied with: percent and scaling commas.
    shift: i64,
    exponent: bool,
}

/// Writes a number, given without its sign.
pub(super) fn custom(negative: bool, number: &Digits, format: &str) -> Result<String, String> {
    let sections = sections(format)?;
    let [first, others @ ..] = sections.as_slice() else {
        return Err("the number format is empty".into());
    };
    let section = Section::parse(first)?;
    let own = others.first().filter(|section| !section.is_empty());
    let (section, sign) = if number.is_zero() {
        match others.get(1) {
            Some(zero) if !zero.is_empty() => (Section::parse(zero)?, ""),
            _ => (section, ""),
        }
    } else {
        match own {
            Some(own) if negative => (Section::parse(own)?, ""),
            _ => (section, if negative { "-" } else { "" }),
        }
    };
    let (text, is_zero) = section.write(number);
    if is_zero && !number.is_zero() {
        // What rounds to zero is written as zero.
        return custom(false, &Digits::new("", 0), format);
    }
    Ok(format!("{sign}{text}"))
}

/// The sections between the semicolons that stand outside quotes; at most three count.
fn sections(format: &str) -> Result<Vec<String>, String> {
    let mut sections = vec![String::new()];
    let mut quote = None;
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        let Some(section) = sections.last_mut() else { break };
        match (quote, character) {
            (Some(mark), _) if mark == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, ';') => {
                sections.push(String::new());
                continue;
            }
            (None, '\\') => {
                section.push(character);
                match characters.next() {
                    Some(next) => section.push(next),
                    None => return Err("the number format ends in `\\`".into()),
                }
                continue;
            }
            _ => {}
        }
        section.push(character);
    }
    if quote.is_some() {
        return Err("a quoted part of the number format is not closed".into());
    }
    Ok(sections)
}

impl Section {
    fn parse(text: &str) -> Result<Self, String> {
        let mut section = Self::default();
        let mut after_point = false;
        let mut commas = 0;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '0' | '#' => {
                    let forced = character == '0';
                    section.pieces.push(Piece::Digit { forced });
                    if after_point {
                        section.places += 1;
                    } else {
                        section.grouping |= commas > 0 && section.whole > 0;
                        commas = 0;
                        section.whole += 1;
                        section.least += usize::from(forced || section.least > 0);
                    }
                }
                '.' if !after_point => {
                    after_point = true;
                    section.shift -= 3 * std::mem::take(&mut commas);
                    section.pieces.push(Piece::Point);
                }
                '.' => {}
                ',' if after_point => {}
                ',' => commas += 1,
                '%' => {
                    section.shift += 2;
                    section.literal(character);
                }
                '‰' => {
                    section.shift += 3;
                    section.literal(character);
                }
                'E' | 'e' if !section.exponent => {
                    let mut ahead = characters.clone();
                    let plus = ahead.next_if_eq(&'+').is_some();
                    if !plus {
                        ahead.next_if_eq(&'-');
                    }
                    let mut width = 0;
                    while ahead.next_if_eq(&'0').is_some() {
                        width += 1;
                    }
                    if width == 0 {
                        section.literal(character);
                    } else {
                        characters = ahead;
                        section.exponent = true;
                        section.pieces.push(Piece::Exponent {
                            letter: character,
                            plus,
                            width,
                        });
                    }
                }
                '\'' | '"' => {
                    for quoted in characters.by_ref().take_while(|next| *next != character) {
                        section.literal(quoted);
                    }
                }
                '\\' => {
                    if let Some(next) = characters.next() {
                        section.literal(next);
                    }
                }
                other => section.literal(other),
            }
        }
        section.shift -= 3 * commas;
        Ok(section)
    }

    fn literal(&mut self, character: char) {
        match self.pieces.last_mut() {
            Some(Piece::Literal(text)) => text.push(character),
            _ => self.pieces.push(Piece::Literal(String::from(character))),
        }
    }

    /// The text, and whether every digit of it is zero.
    fn write(&self, number: &Digits) -> (String, bool) {
        let (digits, exponent) = compact(number);
        let (number, power) = if self.exponent && !digits.is_empty() {
            let (digits, leading) = significant_digits(&digits, exponent, (self.whole + self.places).max(1));
            let power = leading - self.whole.max(1) as i64 + 1;
            let last = leading - digits.len() as i64 + 1;
            (Digits::new(&digits, last - power), power)
        } else {
            (Digits::new(&digits, exponent + self.shift), 0)
        };
        let number = number.rounded(self.places);
        let zero = number.is_zero() && self.whole + self.places > 0;
        let integer = number.integer.trim_start_matches('0');
        let integer = format!("{integer:0>width$}", width = self.least);
        let written = if self.grouping {
            grouped(&integer)
        } else {
            integer.clone()
        };
        let fraction = number.fraction;
        // Places are written up to the last that is forced or is not zero.
        let forced = self
            .pieces
            .iter()
            .skip_while(|piece| **piece != Piece::Point)
            .filter_map(|piece| match piece {
                Piece::Digit { forced } => Some(*forced),
                _ => None,
            })
            .collect::<Vec<_>>();
        let shown = (fraction.trim_end_matches('0').len()).max(
            forced
                .iter()
                .rposition(|forced| *forced)
                .map_or(0, |last| last + 1),
        );
        let mut text = String::new();
        let (mut before, mut after) = (0, 0);
        let mut behind_point = false;
        for piece in &self.pieces {
            match piece {
                Piece::Digit { .. } if behind_point => {
                    if after < shown {
                        text.push_str(&fraction[after..=after]);
                    }
                    after += 1;
                }
                Piece::Digit { .. } => {
                    text.push_str(portion(&written, &integer, before, self.whole));
                    before += 1;
                }
                Piece::Point => {
                    if self.whole == 0 {
                        text.push_str(&written);
                    }
                    behind_point = true;
                    if shown > 0 {
                        text.push('.');
                    }
                }
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Exponent { letter, plus, width } => {
                    let sign = match (power < 0, plus) {
                        (true, _) => "-",
                        (false, true) => "+",
                        (false, false) => "",
                    };
                    text.push_str(&format!("{letter}{sign}{:0>width$}", power.unsigned_abs()));
                }
            }
        }
        (text, zero)
    }
}

/// The digits that the placeholder at `index` of `count` shows: one each from the right, the first all that are left.
/// Commas go with the digit before them.
fn portion<'t>(written: &'t str, integer: &str, index: usize, count: usize) -> &'t str {
    // Positions from the right, in digits.
    let from_right = count - index;
    let end_digits = integer.len().saturating_sub(from_right - 1);
    let start_digits = if index == 0 {
        0
    } else {
        integer.len().saturating_sub(from_right)
    };
    let at = |digits: usize| {
        let mut seen = 0;
        written
            .char_indices()
            .find(|(_, character)| {
                let here = seen == digits && *character != ',';
                seen += usize::from(*character != ',');
                here
            })
            .map_or(written.len(), |(at, _)| at)
    };
    if start_digits >= end_digits {
        return "";
    }
    &written[at(start_digits)..at(end_digits)]
}

/// Significant digits and the exponent of the last.
fn compact(number: &Digits) -> (String, i64) {
    let all = format!("{}{}", number.integer, number.fraction);
    let trimmed = all.trim_start_matches('0');
    let digits = trimmed.trim_end_matches('0');
    let dropped = (trimmed.len() - digits.len()) as i64;
    (digits.to_owned(), dropped - number.fraction.len() as i64)
}
