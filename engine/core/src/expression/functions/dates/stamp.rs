//! A point on the calendar as the language knows it: a wall clock to 100 ns and what is known of its zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// Units of 100 ns in a second.
pub(super) const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
const NANOSECONDS_PER_TICK: i64 = 100;

/// A point on the calendar, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The wall clock.
    pub(super) at: DateTime,
    /// What is known of its zone.
    pub(super) kind: Kind,
}

/// What is known of a wall clock's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Written with `Z`: it is UTC and says so again.
    Utc,
    /// Written with an offset: converted to UTC, and written with `+00:00`.
    Offset,
    /// Nothing.
    Unspecified,
}

/// A unit of `add_to_time` and its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Stamp {
    /// Cuts what is below 100 ns; `None` outside the years 1 to 9999.
    pub(super) fn new(at: DateTime, kind: Kind) -> Option<Self> {
        if !(1..=9999).contains(&at.year()) {
            return None;
        }
        let nanosecond = at.subsec_nanosecond();
        let kept = nanosecond - nanosecond % NANOSECONDS_PER_TICK as i32;
        let at = at.with().subsec_nanosecond(kept).build().ok()?;
        Some(Self { at, kind })
    }

    /// A moment, as UTC.
    pub(super) fn of(moment: Timestamp) -> Option<Self> {
        Self::new(moment.to_zoned(TimeZone::UTC).datetime(), Kind::Utc)
    }

    /// The same kind at another time.
    pub(super) fn moved(self, at: DateTime) -> Option<Self> {
        Self::new(at, self.kind)
    }

    /// Later by a number of units, earlier where it is negative. A day that the target month lacks becomes its last.
    pub(super) fn plus(self, count: i64, unit: Unit) -> Option<Self> {
        let span = Span::new();
        let at = match unit {
            Unit::Second => self.at.checked_add(SignedDuration::from_secs(count)),
            Unit::Minute => self
                .at
                .checked_add(SignedDuration::from_secs(count.checked_mul(60)?)),
            Unit::Hour => self
                .at
                .checked_add(SignedDuration::from_secs(count.checked_mul(3600)?)),
            Unit::Day => self.at.checked_add(span.try_days(count).ok()?),
            Unit::Week => self.at.checked_add(span.try_weeks(count).ok()?),
            Unit::Month => self.at.checked_add(span.try_months(count).ok()?),
            Unit::Year => self.at.checked_add(span.try_years(count).ok()?),
        };
        self.moved(at.ok()?)
    }

    /// Units of 100 ns since the first day of year 1.
    pub(super) fn ticks(self) -> i64 {
        let days = i64::from(
            Date::constant(1, 1, 1)
                .until(self.at.date())
                .map_or(0, |span| span.get_days()),
        );
        let time = Time::midnight().until(self.at.time()).map_or(0, |span| {
            span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())
                .map_or(0, |duration| duration.as_nanos())
        });
        days * TICKS_PER_DAY + (time / i128::from(NANOSECONDS_PER_TICK)) as i64
    }

    /// The fraction of the second in units of 100 ns.
    pub(super) fn fraction(self) -> i64 {
        i64::from(self.at.subsec_nanosecond()) / NANOSECONDS_PER_TICK
    }
}

impl Unit {
    /// By name, singular or plural, in any case.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.strip_suffix('s').unwrap_or(&name) {
            "second" => Self::Second,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }
}
