//! Durations as people write them: `30s`, `15m`, `PT15M`.

use std::time::Duration;

/// Longest duration that is accepted: ten years. Anything longer is a slip of the pen.
pub const DURATION_MAX: Duration = Duration::from_secs(3_660 * 86_400);

/// Reads `250ms`, `30s`, `15m`, `2h`, `1d` or ISO 8601 (`PT15M`, `P1DT12H`; years and months have no fixed length and
/// are refused). `None` when the text is neither, or longer than [`DURATION_MAX`].
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let duration = if text.starts_with('P') {
        iso_8601(text)?
    } else {
        let unit_at = text.find(|char: char| !char.is_ascii_digit())?;
        let count: u64 = text[..unit_at].parse().ok()?;
        let milliseconds = match &text[unit_at..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        Duration::from_millis(count.checked_mul(milliseconds)?)
    };
    (duration <= DURATION_MAX).then_some(duration)
}

fn iso_8601(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    if span.is_negative() || span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let time = span.weeks(0).days(0);
    let seconds = time.total(jiff::Unit::Second).ok()? + (days * 86_400) as f64;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_written() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("15m", 900_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("0s", 0),
            ("PT15M", 900_000),
            ("PT1.5S", 1_500),
            ("P1DT12H", 129_600_000),
            ("P2W", 1_209_600_000),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "15",
            "m",
            "15 m",
            "1.5h",
            "-5s",
            "1y",
            "P1M",
            "P1Y",
            "-PT5S",
            "PT",
            "P",
            "9999999999999d",
            "18446744073709551615d",
            "1h30",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
