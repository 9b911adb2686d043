//! Dates and times as Salesforce writes and reads them. All of it is UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// `2026-11-20T21:10:42.000+0000`: text of equal length, so that order of text is order of time.
pub(crate) fn datetime_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// The same, cut to the whole second.
pub(crate) fn second_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

/// Reads an ISO 8601 date and time with offset or `Z`.
pub(crate) fn read_datetime(text: &str) -> Option<Timestamp> {
    if !text.contains(['T', 't']) {
        return None;
    }
    text.parse().ok().filter(|moment| in_range(*moment))
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    text.parse()
        .ok()
        .filter(|date: &Date| (1700..=4000).contains(&date.year()))
}

/// The calendar day of a moment.
pub(crate) fn day(moment: Timestamp) -> Date {
    zoned(moment).date()
}

/// `Fri, 20 Nov 2026 21:10:42 GMT`.
pub(crate) fn http_date(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads a date of an HTTP header.
pub(crate) fn read_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.replace("GMT", "+0000"))
        .ok()
}

/// Midnight at the start of a day.
pub(crate) fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn zoned(moment: Timestamp) -> Zoned {
    moment.to_zoned(TimeZone::UTC)
}

fn in_range(moment: Timestamp) -> bool {
    (1700..=4000).contains(&day(moment).year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datetimes_go_out_with_milliseconds_and_a_bare_offset() {
        let moment = read_datetime("2026-11-20T22:10:42.1239+01:00").unwrap();
        assert_eq!(datetime_text(moment), "2026-11-20T21:10:42.123+0000");
        assert_eq!(second_text(moment), "2026-11-20T21:10:42.000+0000");
        assert_eq!(http_date(moment), "Fri, 20 Nov 2026 21:10:42 GMT");
        assert_eq!(
            read_http_date("Fri, 20 Nov 2026 21:10:42 GMT")
                .map(second_text)
                .as_deref(),
            Some("2026-11-20T21:10:42.000+0000")
        );
    }

    #[test]
    fn datetimes_come_in_with_any_offset() {
        for text in [
            "2026-11-20T21:10:42Z",
            "2026-11-20T21:10:42.000+0000",
            "2026-11-20T21:10:42+00:00",
            "2026-11-20T16:10:42-05:00",
        ] {
            assert_eq!(
                read_datetime(text).map(datetime_text).as_deref(),
                Some("2026-11-20T21:10:42.000+0000"),
                "{text}"
            );
        }
        for text in [
            "2026-11-20",
            "2026-11-20T21:10:42",
            "yesterday",
            "",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(read_datetime(text), None, "{text}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert!(read_date("2026-02-28").is_some());
        for text in [
            "2026-02-30",
            "2026-2-3",
            "20260203",
            "2026-02-03T00:00:00Z",
            "1600-01-01",
            "ééééé",
        ] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}
