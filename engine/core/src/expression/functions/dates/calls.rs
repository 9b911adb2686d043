//! The date functions.

use connector_api::Value;

use super::format::{day_of_week, read_exactly, write};
use super::read::read;
use super::stamp::{Stamp, TICKS_PER_SECOND, Unit};
use super::zones::Zone;
use crate::expression::ExpressionError;
use crate::expression::functions::arguments::shown;
use crate::expression::functions::table::Function;
use crate::expression::functions::{Arguments, Outcome};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("utc_now", 0, 1, |arguments| {
        let now = now(arguments)?;
        written(arguments, now, 0)
    }),
    Function::new("format_date_time", 1, 3, |arguments| {
        locale(arguments, 2)?;
        written(arguments, stamp(arguments, 0)?, 1)
    }),
    Function::new("parse_date_time", 1, 3, parse_date_time),
    Function::new("add_days", 2, 3, |arguments| add(arguments, Unit::Day)),
    Function::new("add_hours", 2, 3, |arguments| add(arguments, Unit::Hour)),
    Function::new("add_minutes", 2, 3, |arguments| add(arguments, Unit::Minute)),
    Function::new("add_seconds", 2, 3, |arguments| add(arguments, Unit::Second)),
    Function::new("add_to_time", 3, 4, |arguments| {
        shift(arguments, stamp(arguments, 0)?, 1, 1)
    }),
    Function::new("subtract_from_time", 3, 4, |arguments| {
        shift(arguments, stamp(arguments, 0)?, 1, -1)
    }),
    Function::new("get_future_time", 2, 3, |arguments| {
        shift(arguments, now(arguments)?, 0, 1)
    }),
    Function::new("get_past_time", 2, 3, |arguments| {
        shift(arguments, now(arguments)?, 0, -1)
    }),
    Function::new("start_of_day", 1, 2, |arguments| start(arguments, Unit::Day)),
    Function::new("start_of_hour", 1, 2, |arguments| start(arguments, Unit::Hour)),
    Function::new("start_of_month", 1, 2, |arguments| start(arguments, Unit::Month)),
    Function::new("day_of_week", 1, 1, |arguments| {
        Ok(Value::from(day_of_week(stamp(arguments, 0)?) as i64))
    }),
    Function::new("day_of_month", 1, 1, |arguments| {
        Ok(Value::from(i64::from(stamp(arguments, 0)?.at.day())))
    }),
    Function::new("day_of_year", 1, 1, |arguments| {
        Ok(Value::from(i64::from(stamp(arguments, 0)?.at.day_of_year())))
    }),
    Function::new("date_difference", 2, 2, date_difference),
    Function::new("ticks", 1, 1, |arguments| {
        Ok(Value::from(stamp(arguments, 0)?.ticks()))
    }),
    Function::new("convert_from_utc", 2, 3, convert_from_utc),
    Function::new("convert_to_utc", 2, 3, convert_to_utc),
    Function::new("convert_time_zone", 3, 4, convert_time_zone),
];

fn now(arguments: &Arguments<'_>) -> Result<Stamp, ExpressionError> {
    Stamp::of(arguments.scope().context.now).ok_or_else(|| outside(arguments))
}

fn stamp(arguments: &Arguments<'_>, index: usize) -> Result<Stamp, ExpressionError> {
    let text = arguments.text(index)?;
    read(text, arguments.scope().context.now)
        .ok_or_else(|| arguments.fault(format!("`{}` is not a date", shown(text))))
}

fn outside(arguments: &Arguments<'_>) -> ExpressionError {
    arguments.fault("the time lies outside the calendar, which has the years 1 to 9999")
}

/// Writes a result by the format that may stand at `index`.
fn written(arguments: &Arguments<'_>, stamp: Stamp, index: usize) -> Outcome {
    let format = arguments.optional_text(index)?.unwrap_or("o");
    write(stamp, format)
        .map(Value::String)
        .map_err(|message| arguments.fault(message))
}

/// Names of months and days are known in American English only.
fn locale(arguments: &Arguments<'_>, index: usize) -> Result<(), ExpressionError> {
    match arguments.optional_text(index)? {
        Some(locale) if !["", "en", "en-us"].contains(&locale.to_ascii_lowercase().as_str()) => {
            Err(arguments.fault(format!(
                "the locale `{}` is not known; only en-us is",
                shown(locale)
            )))
        }
        _ => Ok(()),
    }
}

fn parse_date_time(arguments: &Arguments<'_>) -> Outcome {
    locale(arguments, 1)?;
    let text = arguments.text(0)?;
    let stamp = match arguments.optional_text(2)? {
        None => stamp(arguments, 0)?,
        Some(format) => read_exactly(text, format, now(arguments)?.at.date())
            .map_err(|message| arguments.fault(message))?
            .ok_or_else(|| {
                arguments.fault(format!(
                    "`{}` is not a date written as `{}`",
                    shown(text),
                    shown(format)
                ))
            })?,
    };
    write(stamp, "o")
        .map(Value::String)
        .map_err(|message| arguments.fault(message))
}

fn add(arguments: &Arguments<'_>, unit: Unit) -> Outcome {
    let moved = stamp(arguments, 0)?
        .plus(arguments.integer(1)?, unit)
        .ok_or_else(|| outside(arguments))?;
    written(arguments, moved, 2)
}

/// Count, unit and format stand at `index` and after it.
fn shift(arguments: &Arguments<'_>, stamp: Stamp, index: usize, sign: i64) -> Outcome {
    let count = arguments.integer(index)?;
    let name = arguments.text(index + 1)?;
    let unit = Unit::parse(name).ok_or_else(|| {
        arguments.fault(format!(
            "`{}` is not a unit of time; use Second, Minute, Hour, Day, Week, Month or Year",
            shown(name)
        ))
    })?;
    let moved = count
        .checked_mul(sign)
        .and_then(|count| stamp.plus(count, unit))
        .ok_or_else(|| outside(arguments))?;
    written(arguments, moved, index + 2)
}

fn start(arguments: &Arguments<'_>, unit: Unit) -> Outcome {
    let stamp = stamp(arguments, 0)?;
    let day = stamp.at.date();
    let at = match unit {
        Unit::Month => day.first_of_month().at(0, 0, 0, 0),
        Unit::Hour => day.at(stamp.at.hour(), 0, 0, 0),
        _ => day.at(0, 0, 0, 0),
    };
    let started = stamp.moved(at).ok_or_else(|| outside(arguments))?;
    written(arguments, started, 1)
}

fn date_difference(arguments: &Arguments<'_>) -> Outcome {
    let difference = stamp(arguments, 1)?.ticks() - stamp(arguments, 0)?.ticks();
    let sign = if difference < 0 { "-" } else { "" };
    let ticks = difference.unsigned_abs();
    let per_second = TICKS_PER_SECOND.unsigned_abs();
    let (seconds, fraction) = (ticks / per_second, ticks % per_second);
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let days = if days == 0 {
        String::new()
    } else {
        format!("{days}.")
    };
    let fraction = if fraction == 0 {
        String::new()
    } else {
        format!(".{fraction:07}")
    };
    Ok(Value::String(format!(
        "{sign}{days}{:02}:{:02}:{:02}{fraction}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )))
}

fn zone(arguments: &Arguments<'_>, index: usize) -> Result<Zone, ExpressionError> {
    Zone::find(arguments.text(index)?).map_err(|message| arguments.fault(message))
}

fn convert_from_utc(arguments: &Arguments<'_>) -> Outcome {
    let there = zone(arguments, 1)?
        .wall_clock(stamp(arguments, 0)?)
        .ok_or_else(|| outside(arguments))?;
    written(arguments, there, 2)
}

fn convert_to_utc(arguments: &Arguments<'_>) -> Outcome {
    let utc = zone(arguments, 1)?
        .utc(stamp(arguments, 0)?)
        .map_err(|message| arguments.fault(message))?;
    written(arguments, utc, 2)
}

fn convert_time_zone(arguments: &Arguments<'_>) -> Outcome {
    let utc = zone(arguments, 1)?
        .utc(stamp(arguments, 0)?)
        .map_err(|message| arguments.fault(message))?;
    let there = zone(arguments, 2)?
        .wall_clock(utc)
        .ok_or_else(|| outside(arguments))?;
    written(arguments, there, 3)
}
