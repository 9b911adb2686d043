//! Functions on text. Lengths and positions count UTF-16 units, as Power Automate does, so a position found by one
//! function fits every other.

use std::fmt::Write as _;

use connector_api::Value;

use crate::expression::ExpressionError;
use crate::expression::compare::{folded, lower, upper};
use crate::expression::functions::table::{Function, MANY};
use crate::expression::functions::{Arguments, Outcome};
use crate::expression::limits::Budget;
use crate::expression::text::text_form;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("concat", 1, MANY, concat),
    Function::new("length", 1, 1, length),
    Function::new("substring", 2, 3, substring),
    Function::new("slice", 2, 3, slice),
    Function::new("index_of", 2, 2, index_of),
    Function::new("last_index_of", 2, 2, last_index_of),
    Function::new("nth_index_of", 3, 3, nth_index_of),
    Function::new("starts_with", 2, 2, |arguments| {
        Ok(Value::Bool(
            fold(arguments.text(0)?).starts_with(&fold(arguments.text(1)?)),
        ))
    }),
    Function::new("ends_with", 2, 2, |arguments| {
        Ok(Value::Bool(
            fold(arguments.text(0)?).ends_with(&fold(arguments.text(1)?)),
        ))
    }),
    Function::new("replace", 3, 3, replace),
    Function::new("split", 2, 2, split),
    Function::new("join", 2, 2, join),
    Function::new("trim", 1, 1, |arguments| {
        Ok(Value::from(arguments.text(0)?.trim()))
    }),
    Function::new("to_lower", 1, 1, to_lower),
    Function::new("lower", 1, 1, to_lower),
    Function::new("to_upper", 1, 1, to_upper),
    Function::new("upper", 1, 1, to_upper),
    Function::new("chunk", 2, 2, chunk),
    Function::new("guid", 0, 1, guid),
];

/// UTF-16 units.
pub(super) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Text of UTF-16 units; half a character becomes U+FFFD.
pub(super) fn from_units(units: &[u16]) -> Value {
    Value::String(String::from_utf16_lossy(units))
}

/// UTF-16 units in upper case, for comparisons that ignore case.
fn fold(text: &str) -> Vec<u16> {
    folded(text).collect::<String>().encode_utf16().collect()
}

fn concat(arguments: &Arguments<'_>) -> Outcome {
    let mut budget = Budget::text();
    let mut text = String::new();
    for value in arguments.values() {
        append(&mut text, &text_form(value), &mut budget)?;
    }
    Ok(Value::String(text))
}

fn append(text: &mut String, part: &str, budget: &mut Budget) -> Result<(), ExpressionError> {
    budget.take(part.len())?;
    text.push_str(part);
    Ok(())
}

fn length(arguments: &Arguments<'_>) -> Outcome {
    let count = match arguments.value(0) {
        Value::String(text) => text.encode_utf16().count(),
        Value::Array(items) => items.len(),
        _ => return Err(arguments.wrong(0, "text or a list")),
    };
    Ok(Value::from(count as i64))
}

fn substring(arguments: &Arguments<'_>) -> Outcome {
    let units = units(arguments.text(0)?);
    let start = arguments.integer(1)?;
    let outside = || {
        arguments.fault(format!(
            "start and length must lie within the text, which has {} characters",
            units.len()
        ))
    };
    let start = usize::try_from(start)
        .ok()
        .filter(|start| *start < units.len())
        .ok_or_else(outside)?;
    let length = match arguments.optional_integer(2)? {
        Some(length) => usize::try_from(length).map_err(|_| outside())?,
        None => units.len() - start,
    };
    let end = start
        .checked_add(length)
        .filter(|end| *end <= units.len())
        .ok_or_else(outside)?;
    Ok(from_units(&units[start..end]))
}

fn slice(arguments: &Arguments<'_>) -> Outcome {
    let units = units(arguments.text(0)?);
    let length = units.len() as i64;
    let clipped = |index: i64| {
        let index = if index < 0 {
            index.saturating_add(length)
        } else {
            index
        };
        index.clamp(0, length) as usize
    };
    let start = clipped(arguments.integer(1)?);
    let end = arguments.optional_integer(2)?.map_or(units.len(), clipped);
    Ok(from_units(&units[start..end.max(start)]))
}

fn position(of: Option<usize>) -> Value {
    Value::from(of.map_or(-1, |index| index as i64))
}

/// Every position of a text in another, overlaps included. One pass (Knuth, Morris, Pratt), because both texts may be
/// long and chosen to be slow.
fn positions(text: &[u16], part: &[u16]) -> Vec<usize> {
    if part.is_empty() {
        return (0..=text.len()).collect();
    }
    // How much of the part's beginning is also the end of what has matched so far.
    let mut borders = vec![0; part.len()];
    for index in 1..part.len() {
        borders[index] = extended(borders[index - 1], part[index], part, &borders);
    }
    let mut found = Vec::new();
    let mut matched = 0;
    for (index, unit) in text.iter().enumerate() {
        if matched == part.len() {
            matched = borders[matched - 1];
        }
        matched = extended(matched, *unit, part, &borders);
        if matched == part.len() {
            found.push(index + 1 - matched);
        }
    }
    found
}

fn extended(mut matched: usize, unit: u16, part: &[u16], borders: &[usize]) -> usize {
    while matched > 0 && part[matched] != unit {
        matched = borders[matched - 1];
    }
    matched + usize::from(part[matched] == unit)
}

fn index_of(arguments: &Arguments<'_>) -> Outcome {
    let (text, part) = (fold(arguments.text(0)?), fold(arguments.text(1)?));
    Ok(position(positions(&text, &part).first().copied()))
}

fn last_index_of(arguments: &Arguments<'_>) -> Outcome {
    let (text, part) = (fold(arguments.text(0)?), fold(arguments.text(1)?));
    Ok(position(match (text.is_empty(), part.is_empty()) {
        (true, true) => Some(0),
        (false, true) => Some(text.len() - 1),
        _ => positions(&text, &part).last().copied(),
    }))
}

fn nth_index_of(arguments: &Arguments<'_>) -> Outcome {
    let (text, part) = (fold(arguments.text(0)?), fold(arguments.text(1)?));
    let count = arguments.integer(2)?;
    let Some(skipped) = usize::try_from(count.unsigned_abs())
        .ok()
        .and_then(|count| count.min(usize::MAX / 2).checked_sub(1))
    else {
        return Err(arguments.fault("argument 3 must not be 0"));
    };
    if part.is_empty() {
        return Ok(position(None));
    }
    let found = positions(&text, &part);
    let index = if count > 0 {
        Some(skipped)
    } else {
        found.len().checked_sub(skipped + 1)
    };
    Ok(position(index.and_then(|index| found.get(index)).copied()))
}

fn replace(arguments: &Arguments<'_>) -> Outcome {
    let (text, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if old.is_empty() {
        return Err(arguments.fault("argument 2 must not be empty"));
    }
    let mut budget = Budget::text();
    let mut result = String::new();
    for (index, part) in text.split(old).enumerate() {
        if index > 0 {
            append(&mut result, new, &mut budget)?;
        }
        append(&mut result, part, &mut budget)?;
    }
    Ok(Value::String(result))
}

fn split(arguments: &Arguments<'_>) -> Outcome {
    let (text, separator) = (arguments.text(0)?, arguments.text(1)?);
    if separator.is_empty() {
        return Ok(Value::Array(vec![Value::from(text)]));
    }
    let mut budget = Budget::value();
    let mut parts = Vec::new();
    for part in text.split(separator) {
        let part = Value::from(part);
        budget.take_value(&part)?;
        parts.push(part);
    }
    Ok(Value::Array(parts))
}

fn join(arguments: &Arguments<'_>) -> Outcome {
    let (items, separator) = (arguments.list(0)?, arguments.text(1)?);
    let mut budget = Budget::text();
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            append(&mut text, separator, &mut budget)?;
        }
        append(&mut text, &text_form(item), &mut budget)?;
    }
    Ok(Value::String(text))
}

fn to_lower(arguments: &Arguments<'_>) -> Outcome {
    Ok(Value::String(arguments.text(0)?.chars().map(lower).collect()))
}

fn to_upper(arguments: &Arguments<'_>) -> Outcome {
    Ok(Value::String(arguments.text(0)?.chars().map(upper).collect()))
}

fn chunk(arguments: &Arguments<'_>) -> Outcome {
    let size = usize::try_from(arguments.integer(1)?)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| arguments.fault("argument 2 must be at least 1"))?;
    let mut budget = Budget::value();
    let mut pieces = Vec::new();
    let mut push = |piece: Value| {
        budget.take_value(&piece)?;
        pieces.push(piece);
        Ok::<_, ExpressionError>(())
    };
    match arguments.value(0) {
        Value::String(text) => units(text)
            .chunks(size)
            .try_for_each(|piece| push(from_units(piece)))?,
        Value::Array(items) => items
            .chunks(size)
            .try_for_each(|piece| push(Value::Array(piece.to_vec())))?,
        _ => return Err(arguments.wrong(0, "text or a list")),
    }
    Ok(Value::Array(pieces))
}

/// A random identifier drawn from the evaluation's seed: equal contexts give equal identifiers.
fn guid(arguments: &Arguments<'_>) -> Outcome {
    let format = arguments.optional_text(0)?.unwrap_or("D");
    let scope = arguments.scope();
    let seed = scope.context.seed;
    let bits = (u128::from(scope.draws.next(seed)) << 64) | u128::from(scope.draws.next(seed));
    let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
    Ok(Value::String(match format {
        "D" | "d" => id.hyphenated().to_string(),
        "N" | "n" => id.simple().to_string(),
        "B" | "b" => format!("{{{}}}", id.hyphenated()),
        "P" | "p" => format!("({})", id.hyphenated()),
        "X" | "x" => {
            let (first, second, third, rest) = id.as_fields();
            let mut text = format!("{{0x{first:08x},0x{second:04x},0x{third:04x},{{");
            for (index, byte) in rest.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                // Writing to a text cannot fail.
                let _ = write!(text, "{comma}0x{byte:02x}");
            }
            text + "}}"
        }
        _ => return Err(arguments.fault("the format must be one of N, D, B, P, X")),
    }))
}
