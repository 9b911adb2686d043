//! Text to a point on the calendar: ISO 8601, American dates, English dates, RFC 1123.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Timestamp};

use super::stamp::{Kind, Stamp};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// The largest offset from UTC that a text may carry, in minutes.
const OFFSET_MAX: i64 = 14 * 60;

/// Reads a timestamp; a time without a date is today's. `None` when the text is not a date.
pub(super) fn read(text: &str, now: Timestamp) -> Option<Stamp> {
    let mut cursor = Cursor { rest: text.trim() };
    let weekday = cursor.weekday();
    let time_alone = cursor.rest.find(':').is_some_and(|colon| {
        (1..=2).contains(&colon) && cursor.rest[..colon].bytes().all(|byte| byte.is_ascii_digit())
    });
    let date = if time_alone {
        Stamp::of(now)?.at.date()
    } else {
        cursor.date()?
    };
    if weekday.is_some_and(|weekday| weekday != date.weekday()) {
        return None;
    }
    let separated = cursor.separator();
    let time = if cursor.rest.is_empty() {
        Time::midnight()
    } else if separated || time_alone {
        cursor.time()?
    } else {
        return None;
    };
    cursor.blanks();
    let zone = cursor.zone()?;
    if !cursor.rest.is_empty() {
        return None;
    }
    let at = DateTime::from_parts(date, time);
    match zone {
        Zone::None => Stamp::new(at, Kind::Unspecified),
        Zone::Utc => Stamp::new(at, Kind::Utc),
        Zone::Offset(minutes) => {
            let at = at.checked_sub(SignedDuration::from_mins(minutes)).ok()?;
            Stamp::new(at, Kind::Offset)
        }
    }
}

/// The month of an English name, whole or by its first three letters.
pub(super) fn month(name: &str) -> Option<i8> {
    named(&MONTHS, name).map(|index| index as i8 + 1)
}

fn named(names: &[&str], name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    names
        .iter()
        .position(|full| *full == name || (name.len() == 3 && full.starts_with(&name)))
}

enum Zone {
    None,
    Utc,
    Offset(i64),
}

struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn taken(&mut self, while_: impl Fn(char) -> bool) -> &'t str {
        let end = self
            .rest
            .find(|character| !while_(character))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) {
        self.taken(char::is_whitespace);
    }

    fn eat(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'t str {
        self.taken(|character| character.is_ascii_alphabetic())
    }

    fn digits(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let digits = self.taken(|character| character.is_ascii_digit());
        if lengths.contains(&digits.len()) {
            digits.parse().ok()
        } else {
            None
        }
    }

    fn weekday(&mut self) -> Option<Weekday> {
        let before = self.rest;
        let word = self.word();
        match named(&WEEKDAYS, word) {
            Some(index) => {
                self.eat(',');
                self.blanks();
                Weekday::from_monday_zero_offset(index as i8).ok()
            }
            None => {
                self.rest = before;
                None
            }
        }
    }

    fn date(&mut self) -> Option<Date> {
        let named_first = self
            .rest
            .starts_with(|character: char| character.is_ascii_alphabetic());
        let (year, month, day) = if named_first {
            let month = i64::from(month(self.word())?);
            self.gap();
            let number = self.taken(|character| character.is_ascii_digit());
            if number.len() == 4 {
                (number.parse().ok()?, month, 1)
            } else {
                self.gap();
                (self.digits(4..=4)?, month, day_number(number)?)
            }
        } else {
            let number = self.taken(|character| character.is_ascii_digit());
            match (number.len(), self.rest.chars().next()?) {
                (4, separator @ ('-' | '/')) => {
                    self.eat(separator);
                    let month = self.digits(1..=2)?;
                    let day = if self.eat(separator) {
                        self.digits(1..=2)?
                    } else {
                        1
                    };
                    (number.parse().ok()?, month, day)
                }
                (1 | 2, '/') => {
                    self.eat('/');
                    let day = self.digits(1..=2)?;
                    self.eat('/').then_some(())?;
                    (self.digits(4..=4)?, number.parse().ok()?, day)
                }
                (1 | 2, _) => {
                    self.gap();
                    self.eat('-');
                    let month = i64::from(month(self.word())?);
                    self.gap();
                    self.eat('-');
                    (self.digits(4..=4)?, month, day_number(number)?)
                }
                _ => return None,
            }
        };
        Date::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )
        .ok()
        .filter(|date| date.year() > 0)
    }

    /// Blanks and commas between the parts of an English date.
    fn gap(&mut self) {
        self.taken(|character| character == ',' || character.is_whitespace());
    }

    fn separator(&mut self) -> bool {
        let before = self.rest.len();
        if !self.eat('T') && !self.eat('t') {
            self.gap();
        }
        self.rest.len() < before
    }

    fn time(&mut self) -> Option<Time> {
        let mut hour = self.digits(1..=2)?;
        let (mut minute, mut second, mut nanosecond) = (0, 0, 0);
        let with_minutes = self.eat(':');
        if with_minutes {
            minute = self.digits(1..=2)?;
            if self.eat(':') {
                second = self.digits(1..=2)?;
                if self.eat('.') || self.eat(',') {
                    let digits = self.taken(|character| character.is_ascii_digit());
                    if digits.is_empty() {
                        return None;
                    }
                    let kept: String = digits.chars().chain("000000000".chars()).take(9).collect();
                    nanosecond = kept.parse().ok()?;
                }
            }
        }
        let before = self.rest;
        self.blanks();
        match self.word().to_ascii_uppercase().as_str() {
            mark @ ("AM" | "PM" | "A" | "P") if (1..=12).contains(&hour) => {
                hour = hour % 12 + if mark.starts_with('P') { 12 } else { 0 };
            }
            _ if !with_minutes => return None,
            _ => self.rest = before,
        }
        Time::new(
            hour.try_into().ok()?,
            minute.try_into().ok()?,
            second.try_into().ok()?,
            nanosecond,
        )
        .ok()
    }

    fn zone(&mut self) -> Option<Zone> {
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return match self.word().to_ascii_uppercase().as_str() {
                "" => Some(Zone::None),
                "Z" | "GMT" | "UTC" => Some(Zone::Utc),
                _ => None,
            };
        };
        let digits = self.taken(|character| character.is_ascii_digit());
        let (hours, minutes) = match digits.len() {
            1 | 2 => {
                let minutes = if self.eat(':') { self.digits(2..=2)? } else { 0 };
                (digits.parse::<i64>().ok()?, minutes)
            }
            4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
            _ => return None,
        };
        let offset = hours * 60 + minutes;
        (minutes < 60 && offset <= OFFSET_MAX).then_some(Zone::Offset(sign * offset))
    }
}

fn day_number(digits: &str) -> Option<i64> {
    if (1..=2).contains(&digits.len()) {
        digits.parse().ok()
    } else {
        None
    }
}
