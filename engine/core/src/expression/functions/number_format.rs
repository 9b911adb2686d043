//! Numbers as text by a format of .NET, in American English: the standard letters here, custom formats in
//! [`custom`](super::number_pattern). Rounding is half away from zero, on decimal digits and never on doubles.

use super::number_pattern::custom;
use crate::expression::number::Numeric;
use crate::expression::text::{number_text, significant};

/// The greatest precision a standard letter takes.
const PRECISION_MAX: usize = 99;
/// Bytes of a format.
const FORMAT_BYTES_MAX: usize = 256;

/// A number without its sign, as decimal digits before and after the point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// Before the point, without leading zeros; empty for numbers below one.
    pub(super) integer: String,
    /// After the point, without trailing zeros unless rounding asked for places.
    pub(super) fraction: String,
}

/// Writes a number by a standard letter with an optional precision, or by a custom format.
pub(super) fn write(number: Numeric, format: &str) -> Result<String, String> {
    if format.len() > FORMAT_BYTES_MAX {
        return Err(format!(
            "the number format is longer than {FORMAT_BYTES_MAX} bytes"
        ));
    }
    let value = number.into_value().map_err(|trouble| trouble.to_string())?;
    let Some(json) = value.as_number() else {
        return Err("the number cannot be written".into());
    };
    let (negative, digits, exponent) = significant(json);
    let plain = Digits::new(&digits, exponent);
    let Some((letter, precision)) = standard(format)? else {
        return custom(negative, &plain, format);
    };
    let sign = |text: &str| {
        if negative && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            "-"
        } else {
            ""
        }
    };
    Ok(match letter.to_ascii_uppercase() {
        'C' => {
            let text = plain.rounded(precision.unwrap_or(2)).grouped();
            format!("{}${text}", sign(&text))
        }
        'F' => {
            let text = plain.rounded(precision.unwrap_or(2)).to_text();
            format!("{}{text}", sign(&text))
        }
        'N' => {
            let text = plain.rounded(precision.unwrap_or(2)).grouped();
            format!("{}{text}", sign(&text))
        }
        'P' => {
            let text = Digits::new(&digits, exponent + 2)
                .rounded(precision.unwrap_or(2))
                .grouped();
            format!("{}{text}%", sign(&text))
        }
        'D' => {
            let integer = number.whole().ok_or("format `D` needs a whole number")?;
            let width = precision.unwrap_or(1);
            let sign = if integer < 0 { "-" } else { "" };
            format!("{sign}{:0>width$}", integer.unsigned_abs())
        }
        'X' => {
            let integer = number.whole().ok_or("format `X` needs a whole number")?;
            let width = precision.unwrap_or(1);
            if letter == 'X' {
                format!("{integer:0>width$X}")
            } else {
                format!("{integer:0>width$x}")
            }
        }
        'E' => scientific(
            negative,
            &digits,
            exponent,
            precision.unwrap_or(6) + 1,
            letter,
            3,
            true,
        ),
        'G' => match precision.filter(|precision| *precision > 0) {
            None => number_text(json),
            Some(precision) => general(negative, &digits, exponent, precision, letter),
        },
        'R' => number_text(json),
        _ => return Err(format!("`{format}` is not a number format")),
    })
}

/// A letter and a precision, when the format is a standard one.
fn standard(format: &str) -> Result<Option<(char, Option<usize>)>, String> {
    let mut characters = format.chars();
    let Some(letter) = characters.next() else {
        return Ok(Some(('G', None)));
    };
    let precision = characters.as_str();
    if !letter.is_ascii_alphabetic()
        || !precision.bytes().all(|byte| byte.is_ascii_digit())
        || precision.len() > 3
    {
        return Ok(None);
    }
    let precision: Option<usize> = if precision.is_empty() {
        None
    } else {
        precision.parse().ok()
    };
    if precision.is_some_and(|precision| precision > PRECISION_MAX) {
        return Err(format!("the precision must be at most {PRECISION_MAX}"));
    }
    Ok(Some((letter, precision)))
}

/// One digit, the point, the rest, and the exponent.
fn scientific(
    negative: bool,
    digits: &str,
    exponent: i64,
    count: usize,
    letter: char,
    exponent_width: usize,
    keep_zeros: bool,
) -> String {
    let (digits, leading) = significant_digits(digits, exponent, count);
    let mut rest = digits[1..].to_owned();
    if keep_zeros {
        rest = format!("{rest:0<width$}", width = count - 1);
    } else {
        rest.truncate(rest.trim_end_matches('0').len());
    }
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if negative && digits != "0" { "-" } else { "" };
    let mark = if leading < 0 { '-' } else { '+' };
    let mark = if letter.is_ascii_lowercase() {
        format!("e{mark}")
    } else {
        format!("E{mark}")
    };
    format!(
        "{sign}{}{point}{rest}{mark}{:0>exponent_width$}",
        &digits[..1],
        leading.unsigned_abs()
    )
}

/// The first digits of a number, rounded, and the exponent of the first of them.
pub(super) fn significant_digits(digits: &str, exponent: i64, count: usize) -> (String, i64) {
    if digits.is_empty() {
        return ("0".into(), 0);
    }
    let leading = exponent + digits.len() as i64 - 1;
    // As 0.ddd, so that rounding to places is rounding to digits.
    let rounded = Digits {
        integer: String::new(),
        fraction: digits.to_owned(),
    }
    .rounded(count);
    if rounded.integer.is_empty() {
        (rounded.fraction, leading)
    } else {
        ("1".into(), leading + 1)
    }
}

fn general(negative: bool, digits: &str, exponent: i64, precision: usize, letter: char) -> String {
    let (rounded, leading) = significant_digits(digits, exponent, precision);
    if leading < -4 || leading >= precision as i64 {
        let letter = if letter == 'g' { 'e' } else { 'E' };
        return scientific(negative, digits, exponent, precision, letter, 2, false);
    }
    let kept = rounded.trim_end_matches('0');
    if kept.is_empty() {
        return "0".into();
    }
    let plain = Digits::new(kept, leading - kept.len() as i64 + 1).to_text();
    format!("{}{plain}", if negative { "-" } else { "" })
}

impl Digits {
    /// Of significant digits and the exponent of the last. Doubles bound the exponent, so the text stays short.
    pub(super) fn new(digits: &str, exponent: i64) -> Self {
        let (integer, fraction) = if exponent >= 0 {
            let zeros = if digits.is_empty() { 0 } else { exponent as usize };
            (format!("{digits}{}", "0".repeat(zeros)), String::new())
        } else {
            let places = exponent.unsigned_abs() as usize;
            if digits.len() > places {
                let (integer, fraction) = digits.split_at(digits.len() - places);
                (integer.to_owned(), fraction.to_owned())
            } else {
                (String::new(), format!("{digits:0>places$}"))
            }
        };
        Self { integer, fraction }
    }

    /// With exactly so many digits after the point, the last rounded half away from zero.
    pub(super) fn rounded(&self, places: usize) -> Self {
        let mut all: Vec<u8> = self.integer.bytes().chain(self.fraction.bytes()).collect();
        let kept = self.integer.len() + places;
        let up = all.get(kept).is_some_and(|digit| *digit >= b'5');
        all.resize(kept, b'0');
        let mut point = self.integer.len();
        if up {
            let mut carried = true;
            for digit in all.iter_mut().rev() {
                if *digit == b'9' {
                    *digit = b'0';
                } else {
                    *digit += 1;
                    carried = false;
                    break;
                }
            }
            if carried {
                all.insert(0, b'1');
                point += 1;
            }
        }
        let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
        Self {
            integer: text(&all[..point]),
            fraction: text(&all[point..]),
        }
    }

    /// Whether every digit is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.integer
            .bytes()
            .chain(self.fraction.bytes())
            .all(|digit| digit == b'0')
    }

    fn to_text(&self) -> String {
        self.joined(if self.integer.is_empty() {
            "0"
        } else {
            &self.integer
        })
    }

    fn grouped(&self) -> String {
        self.joined(&grouped(if self.integer.is_empty() {
            "0"
        } else {
            &self.integer
        }))
    }

    fn joined(&self, integer: &str) -> String {
        if self.fraction.is_empty() {
            integer.to_owned()
        } else {
            format!("{integer}.{}", self.fraction)
        }
    }
}

/// Digits with a comma before every third from the right.
pub(super) fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
