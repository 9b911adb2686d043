//! A point on the calendar to text, and back by an explicit format.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Time};

use super::pattern::{Token, tokens};
use super::read::month;
use super::stamp::{Kind, Stamp};

/// Bytes of a format.
const FORMAT_BYTES_MAX: usize = 256;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The number of the day in the week, Sunday being 0.
pub(super) fn day_of_week(stamp: Stamp) -> usize {
    stamp.at.weekday().to_sunday_zero_offset() as usize
}

/// Writes a timestamp by a standard letter or a custom format, in American English.
pub(super) fn write(stamp: Stamp, format: &str) -> Result<String, String> {
    check_length(format)?;
    let mut text = String::new();
    for token in tokens(format)? {
        match token {
            Token::Literal(literal) => text.push_str(&literal),
            Token::Field(letter, count) => write_field(&mut text, stamp, letter, count),
        }
    }
    Ok(text)
}

fn check_length(format: &str) -> Result<(), String> {
    if format.is_empty() {
        return Err("the date format is empty".into());
    }
    if format.len() > FORMAT_BYTES_MAX {
        return Err(format!("the date format is longer than {FORMAT_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn write_field(text: &mut String, stamp: Stamp, letter: char, count: usize) {
    let at = stamp.at;
    let padded = |text: &mut String, number: i64, width: usize| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{number:0width$}");
    };
    match letter {
        'd' if count <= 2 => padded(text, at.day().into(), count),
        'd' => {
            let name = WEEKDAYS[day_of_week(stamp)];
            text.push_str(if count == 3 { &name[..3] } else { name });
        }
        'M' if count <= 2 => padded(text, at.month().into(), count),
        'M' => {
            let name = MONTHS[at.month() as usize - 1];
            text.push_str(if count == 3 { &name[..3] } else { name });
        }
        'y' if count <= 2 => padded(text, i64::from(at.year()) % 100, count),
        'y' => padded(text, at.year().into(), count),
        'h' => padded(text, (i64::from(at.hour()) + 11) % 12 + 1, count.min(2)),
        'H' => padded(text, at.hour().into(), count.min(2)),
        'm' => padded(text, at.minute().into(), count.min(2)),
        's' => padded(text, at.second().into(), count.min(2)),
        'f' | 'F' => {
            let digits = format!("{:07}", stamp.fraction());
            let digits = &digits[..count];
            if letter == 'f' {
                text.push_str(digits);
            } else {
                let kept = digits.trim_end_matches('0');
                if kept.is_empty() && text.ends_with('.') {
                    text.pop();
                }
                text.push_str(kept);
            }
        }
        't' => {
            let mark = if at.hour() < 12 { "AM" } else { "PM" };
            text.push_str(if count == 1 { &mark[..1] } else { mark });
        }
        'K' => {
            for _ in 0..count {
                text.push_str(match stamp.kind {
                    Kind::Utc => "Z",
                    Kind::Offset => "+00:00",
                    Kind::Unspecified => "",
                });
            }
        }
        'z' => text.push_str(match count {
            1 => "+0",
            2 => "+00",
            _ => "+00:00",
        }),
        // The era; every year of the calendar is in the present one.
        _ => text.push_str("A.D."),
    }
}

/// Reads a timestamp that is written exactly as a format says; `None` when it is not.
pub(super) fn read_exactly(text: &str, format: &str, today: Date) -> Result<Option<Stamp>, String> {
    check_length(format)?;
    let mut fields = Fields::new(today);
    let mut rest = text.trim();
    for token in tokens(format)? {
        let taken = match token {
            Token::Literal(literal) => rest.strip_prefix(literal.as_str()),
            Token::Field(letter, count) => fields.read(rest, letter, count),
        };
        match taken {
            Some(left) => rest = left,
            None => return Ok(None),
        }
    }
    Ok(if rest.is_empty() { fields.stamp() } else { None })
}

/// What has been read of a date so far.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    afternoon: Option<bool>,
    /// Minutes east of UTC, and whether that was written as `Z`.
    offset: Option<(i64, bool)>,
}

impl Fields {
    fn new(today: Date) -> Self {
        Self {
            year: today.year().into(),
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            afternoon: None,
            offset: None,
        }
    }

    fn read<'t>(&mut self, text: &'t str, letter: char, count: usize) -> Option<&'t str> {
        let width = if count == 1 { 1..=2 } else { 2..=2 };
        match letter {
            'd' if count <= 2 => number(text, width, &mut self.day),
            'd' => Some(text.trim_start_matches(|character: char| character.is_ascii_alphabetic())),
            'M' if count <= 2 => number(text, width, &mut self.month),
            'M' => {
                let rest = text.trim_start_matches(|character: char| character.is_ascii_alphabetic());
                self.month = month(&text[..text.len() - rest.len()])?.into();
                Some(rest)
            }
            'y' if count <= 2 => {
                let rest = number(text, width, &mut self.year)?;
                // The century that .NET's calendar chooses for two digits.
                self.year += if self.year < 50 { 2000 } else { 1900 };
                Some(rest)
            }
            'y' => number(text, 4..=4, &mut self.year),
            'h' | 'H' => number(text, width, &mut self.hour),
            'm' => number(text, width, &mut self.minute),
            's' => number(text, width, &mut self.second),
            'f' | 'F' => {
                let lengths = if letter == 'f' { count..=count } else { 0..=count };
                let mut value = 0;
                let rest = number(text, lengths, &mut value)?;
                let digits = (text.len() - rest.len()) as u32;
                self.nanosecond = value * 10_i64.pow(9 - digits);
                Some(rest)
            }
            't' => {
                let mark = text.get(..count.min(2))?.to_ascii_uppercase();
                self.afternoon = Some(match mark.as_str() {
                    "AM" | "A" => false,
                    "PM" | "P" => true,
                    _ => return None,
                });
                text.get(count.min(2)..)
            }
            'K' if text.starts_with('Z') => {
                self.offset = Some((0, true));
                text.strip_prefix('Z')
            }
            'K' if !text.starts_with(['+', '-']) => Some(text),
            'K' => self.zone(text, 3),
            'z' => self.zone(text, count),
            _ => None,
        }
    }

    fn zone<'t>(&mut self, text: &'t str, count: usize) -> Option<&'t str> {
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (mut hours, mut minutes) = (0, 0);
        let mut rest = number(text.strip_prefix(['+', '-'])?, 1..=2, &mut hours)?;
        if count >= 3 {
            rest = number(rest.strip_prefix(':')?, 2..=2, &mut minutes)?;
        }
        self.offset = Some((sign * (hours * 60 + minutes), false));
        Some(rest)
    }

    fn stamp(self) -> Option<Stamp> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        let date = Date::new(
            self.year.try_into().ok()?,
            self.month.try_into().ok()?,
            self.day.try_into().ok()?,
        )
        .ok()?;
        let time = Time::new(
            hour.try_into().ok()?,
            self.minute.try_into().ok()?,
            self.second.try_into().ok()?,
            self.nanosecond.try_into().ok()?,
        )
        .ok()?;
        let at = DateTime::from_parts(date, time);
        match self.offset {
            None => Stamp::new(at, Kind::Unspecified),
            Some((_, true)) => Stamp::new(at, Kind::Utc),
            Some((minutes, false)) => {
                let at = at.checked_sub(jiff::SignedDuration::from_mins(minutes)).ok()?;
                Stamp::new(at, Kind::Offset)
            }
        }
    }
}

/// Reads digits; the least and greatest number of them are given.
fn number<'t>(text: &'t str, lengths: std::ops::RangeInclusive<usize>, into: &mut i64) -> Option<&'t str> {
    let digits = text
        .bytes()
        .take(*lengths.end())
        .take_while(u8::is_ascii_digit)
        .count();
    if !lengths.contains(&digits) {
        return None;
    }
    let (digits, rest) = text.split_at(digits);
    *into = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    Some(rest)
}
