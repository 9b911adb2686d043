//! Dates. The fixture's clock says 2031-05-06T07:08:09.1234567Z.

use super::fixture::check;

#[test]
fn reading_keeps_what_is_known_of_the_zone() {
    check(
        "{}",
        &[
            (
                "format_date_time('2031-05-06T07:08:09Z')",
                r#""2031-05-06T07:08:09.0000000Z""#,
            ),
            (
                "format_date_time('2031-05-06')",
                r#""2031-05-06T00:00:00.0000000""#,
            ),
            (
                "format_date_time('2031-05-06T07:08:09+02:00')",
                r#""2031-05-06T05:08:09.0000000+00:00""#,
            ),
            (
                "format_date_time('2031-05-06 07:08')",
                r#""2031-05-06T07:08:00.0000000""#,
            ),
            (
                "format_date_time('2031-05-06T07:08:09.12345678Z')",
                r#""2031-05-06T07:08:09.1234567Z""#,
            ),
            (
                "format_date_time('2031-05-06T01:00:00-0530')",
                r#""2031-05-06T06:30:00.0000000+00:00""#,
            ),
            ("format_date_time('5/6/2031')", r#""2031-05-06T00:00:00.0000000""#),
            (
                "format_date_time('5/6/2031 1:02 PM')",
                r#""2031-05-06T13:02:00.0000000""#,
            ),
            (
                "format_date_time('12/31/2031 12:00:00 AM')",
                r#""2031-12-31T00:00:00.0000000""#,
            ),
            (
                "format_date_time('March 15 2018')",
                r#""2018-03-15T00:00:00.0000000""#,
            ),
            (
                "format_date_time('March 15, 2018')",
                r#""2018-03-15T00:00:00.0000000""#,
            ),
            (
                "format_date_time('15 Mar 2018 13:00')",
                r#""2018-03-15T13:00:00.0000000""#,
            ),
            (
                "format_date_time('Tue, 06 May 2031 07:08:09 GMT')",
                r#""2031-05-06T07:08:09.0000000Z""#,
            ),
            ("format_date_time('12:30')", r#""2031-05-06T12:30:00.0000000""#),
            (
                "format_date_time('Mon, 06 May 2031 07:08:09 GMT')",
                "invalid_template: …",
            ),
            (
                "format_date_time('2031-02-29')",
                "invalid_template: `format_date_time`: `2031-02-29` is not a date…",
            ),
            ("format_date_time('2031-13-01')", "invalid_template: …"),
            ("format_date_time('2031-05-06T25:00')", "invalid_template: …"),
            (
                "format_date_time('2031-05-06T07:08:09+99:00')",
                "invalid_template: …",
            ),
            ("format_date_time('0000-01-01')", "invalid_template: …"),
            ("format_date_time('yesterday')", "invalid_template: …"),
            ("format_date_time('')", "invalid_template: …"),
            ("format_date_time('1700000000')", "invalid_template: …"),
            (
                "format_date_time(1700000000)",
                "invalid_template: `format_date_time`: argument 1 must be text, not a number…",
            ),
            ("format_date_time(null)", "invalid_template: …"),
        ],
    );
}

#[test]
fn standard_letters() {
    let rows: Vec<(String, String)> = [
        ("d", "5/6/2031"),
        ("D", "Tuesday, May 6, 2031"),
        ("t", "7:08 AM"),
        ("T", "7:08:09 AM"),
        ("f", "Tuesday, May 6, 2031 7:08 AM"),
        ("F", "Tuesday, May 6, 2031 7:08:09 AM"),
        ("g", "5/6/2031 7:08 AM"),
        ("G", "5/6/2031 7:08:09 AM"),
        ("M", "May 6"),
        ("m", "May 6"),
        ("Y", "May 2031"),
        ("y", "May 2031"),
        ("o", "2031-05-06T07:08:09.0000000Z"),
        ("O", "2031-05-06T07:08:09.0000000Z"),
        ("r", "Tue, 06 May 2031 07:08:09 GMT"),
        ("R", "Tue, 06 May 2031 07:08:09 GMT"),
        ("s", "2031-05-06T07:08:09"),
        ("u", "2031-05-06 07:08:09Z"),
        ("U", "Tuesday, May 6, 2031 7:08:09 AM"),
    ]
    .into_iter()
    .map(|(letter, text)| {
        (
            format!("format_date_time('2031-05-06T07:08:09Z', '{letter}')"),
            format!("\"{text}\""),
        )
    })
    .collect();
    let rows: Vec<(&str, &str)> = rows
        .iter()
        .map(|(text, expected)| (text.as_str(), expected.as_str()))
        .collect();
    check("{}", &rows);
    check(
        "{}",
        &[
            (
                "format_date_time('2031-05-06', 'q')",
                "invalid_template: `format_date_time`: `q` is not a date format…",
            ),
            (
                "format_date_time('2031-05-06', '')",
                "invalid_template: `format_date_time`: the date format is empty…",
            ),
            (
                "format_date_time('2031-05-06', 'd', 'de-de')",
                "invalid_template: …",
            ),
            ("format_date_time('2031-05-06', 'd', 'en-US')", r#""5/6/2031""#),
        ],
    );
}

#[test]
fn custom_tokens() {
    check(
        "{}",
        &[
            (
                "format_date_time('2031-05-06T17:08:09Z', 'yyyy-MM-dd')",
                r#""2031-05-06""#,
            ),
            (
                "format_date_time('2031-05-06T17:08:09Z', 'd dd ddd dddd')",
                r#""6 06 Tue Tuesday""#,
            ),
            (
                "format_date_time('2031-05-06T17:08:09Z', 'M MM MMM MMMM')",
                r#""5 05 May May""#,
            ),
            (
                "format_date_time('2005-05-06', 'yyyyy yyyy yyy yy %y')",
                r#""02005 2005 2005 05 5""#,
            ),
            (
                "format_date_time('2031-05-06T17:08:09Z', 'h hh H HH m mm s ss t tt')",
                r#""5 05 17 17 8 08 9 09 P PM""#,
            ),
            ("format_date_time('2031-05-06T00:00:00Z', 'h tt')", r#""12 AM""#),
            (
                "format_date_time('2031-05-06T00:00:00.12Z', 'ss.fff ss.FFF ss.FFFFFFF')",
                r#""00.120 00.12 00.12""#,
            ),
            ("format_date_time('2031-05-06T00:00:00Z', 'ss.FFF')", r#""00""#),
            ("format_date_time('2031-05-06T00:00:00Z', 'HHK')", r#""00Z""#),
            (
                "format_date_time('2031-05-06T02:00:00+02:00', 'HHK')",
                r#""00+00:00""#,
            ),
            ("format_date_time('2031-05-06', 'HHK')", r#""00""#),
            (
                "format_date_time('2031-05-06T00:00:00Z', 'z zz zzz')",
                r#""+0 +00 +00:00""#,
            ),
            (
                r#"format_date_time('2031-05-06', "yyyy'year'dd")"#,
                r#""2031year06""#,
            ),
            (r"format_date_time('2031-05-06', '\\d d')", r#""d 6""#),
            ("format_date_time('2031-05-06', '%d')", r#""6""#),
            ("format_date_time('2031-05-06', 'YYYY-MM-DD')", r#""YYYY-05-DD""#),
            (
                "format_date_time('2031-05-06', 'dd/MM HH:mm')",
                r#""06/05 00:00""#,
            ),
            (
                r#"format_date_time('2031-05-06', "yyyy'x")"#,
                "invalid_template: …",
            ),
        ],
    );
}

#[test]
fn adding_and_subtracting() {
    check(
        "{}",
        &[
            (
                "add_days('2031-05-06T07:08:09Z', 10)",
                r#""2031-05-16T07:08:09.0000000Z""#,
            ),
            ("add_days('2031-05-06', -6, 'yyyy-MM-dd')", r#""2031-04-30""#),
            (
                "add_hours('2031-05-06T23:00:00Z', 2, 's')",
                r#""2031-05-07T01:00:00""#,
            ),
            (
                "add_minutes('2031-05-06T23:59:00Z', 2, 's')",
                r#""2031-05-07T00:01:00""#,
            ),
            (
                "add_seconds('1970-01-01T00:00:00Z', 1700000000, 's')",
                r#""2023-11-14T22:13:20""#,
            ),
            (
                "add_days('2031-05-06', '1')",
                "invalid_template: `add_days`: argument 2 must be a number, not text…",
            ),
            (
                "add_days('2031-05-06', 9999999)",
                "invalid_template: `add_days`: the time lies outside the calendar…",
            ),
            (
                "add_days('2031-05-06', 9223372036854775807)",
                "invalid_template: …",
            ),
            (
                "add_hours('2031-05-06', 9223372036854775807)",
                "invalid_template: …",
            ),
            (
                "add_to_time('2031-01-31', 1, 'Month', 'yyyy-MM-dd')",
                r#""2031-02-28""#,
            ),
            (
                "add_to_time('2032-01-31', 1, 'months', 'yyyy-MM-dd')",
                r#""2032-02-29""#,
            ),
            (
                "add_to_time('2032-02-29', 1, 'YEAR', 'yyyy-MM-dd')",
                r#""2033-02-28""#,
            ),
            (
                "add_to_time('2031-05-06', 1, 'week', 'yyyy-MM-dd')",
                r#""2031-05-13""#,
            ),
            (
                "subtract_from_time('2031-03-31', 1, 'Month', 'yyyy-MM-dd')",
                r#""2031-02-28""#,
            ),
            (
                "subtract_from_time('2031-05-06', 1, 'Day')",
                r#""2031-05-05T00:00:00.0000000""#,
            ),
            (
                "add_to_time('2031-05-06', 1, 'fortnight')",
                "invalid_template: `add_to_time`: `fortnight` is not a unit of time…",
            ),
            ("utc_now()", r#""2031-05-06T07:08:09.1234567Z""#),
            ("utc_now('yyyy-MM-dd')", r#""2031-05-06""#),
            ("get_future_time(1, 'Day', 'yyyy-MM-dd')", r#""2031-05-07""#),
            ("get_past_time(5, 'Minute')", r#""2031-05-06T07:03:09.1234567Z""#),
        ],
    );
}

#[test]
fn parts_and_differences() {
    check(
        "{}",
        &[
            (
                "start_of_day('2031-05-06T07:08:09Z')",
                r#""2031-05-06T00:00:00.0000000Z""#,
            ),
            (
                "start_of_hour('2031-05-06T07:08:09')",
                r#""2031-05-06T07:00:00.0000000""#,
            ),
            ("start_of_month('2031-05-06T07:08:09Z', 'd')", r#""5/1/2031""#),
            ("day_of_week('2031-05-04')", "0"),
            ("day_of_week('2031-05-06')", "2"),
            ("day_of_month('2031-05-06')", "6"),
            ("day_of_year('2032-12-31')", "366"),
            ("ticks('0001-01-01')", "0"),
            ("ticks('1970-01-01T00:00:00Z')", "621355968000000000"),
            (
                "ticks('2031-05-06T00:00:00.0000001Z') - ticks('2031-05-06T00:00:00Z')",
                "1",
            ),
            ("ticks('9999-12-31T23:59:59.9999999Z')", "3155378975999999999"),
            (
                "date_difference('2031-05-06T07:00:00Z', '2031-05-06T08:30:05Z')",
                r#""01:30:05""#,
            ),
            (
                "date_difference('2031-05-06', '2031-05-09T01:00:00')",
                r#""3.01:00:00""#,
            ),
            ("date_difference('2031-05-09', '2031-05-06')", r#""-3.00:00:00""#),
            (
                "date_difference('2031-05-06T00:00:00Z', '2031-05-06T00:00:00.5Z')",
                r#""00:00:00.5000000""#,
            ),
            (
                "date_difference('2031-05-06T00:00:00Z', '2031-05-06T00:00:00+01:00')",
                r#""-01:00:00""#,
            ),
            ("date_difference('2031-05-06', '2031-05-06')", r#""00:00:00""#),
        ],
    );
}

#[test]
fn zones() {
    check(
        "{}",
        &[
            (
                "convert_from_utc('2031-07-06T12:00:00Z', 'Pacific Standard Time')",
                r#""2031-07-06T05:00:00.0000000""#,
            ),
            (
                "convert_from_utc('2031-01-06T12:00:00Z', 'W. Europe Standard Time', 's')",
                r#""2031-01-06T13:00:00""#,
            ),
            (
                "convert_from_utc('2031-01-06T12:00:00Z', 'europe/berlin', 's')",
                r#""2031-01-06T13:00:00""#,
            ),
            (
                "convert_from_utc('2031-01-06T12:00:00', 'UTC')",
                r#""2031-01-06T12:00:00.0000000Z""#,
            ),
            (
                "convert_to_utc('2031-07-06T05:00:00', 'Pacific Standard Time')",
                r#""2031-07-06T12:00:00.0000000Z""#,
            ),
            (
                "convert_to_utc('2031-07-06T05:00:00Z', 'Pacific Standard Time')",
                "invalid_template: …",
            ),
            (
                "convert_to_utc('2031-07-06T05:00:00Z', 'UTC')",
                r#""2031-07-06T05:00:00.0000000Z""#,
            ),
            // Europe turns its clocks on 30 March 2031 at 01:00 UTC and back on 26 October 2031 at 01:00 UTC.
            (
                "convert_to_utc('2031-03-30T02:30:00', 'W. Europe Standard Time')",
                "invalid_template: `convert_to_utc`: the clock of that zone skips this time…",
            ),
            (
                "convert_to_utc('2031-10-26T02:30:00', 'W. Europe Standard Time', 's')",
                r#""2031-10-26T01:30:00""#,
            ),
            (
                "convert_time_zone('2031-01-06T12:00:00', 'Tokyo Standard Time', 'Eastern Standard Time')",
                r#""2031-01-05T22:00:00.0000000""#,
            ),
            (
                "convert_time_zone('2031-01-06T12:00:00', 'Tokyo Standard Time', 'UTC')",
                r#""2031-01-06T03:00:00.0000000Z""#,
            ),
            (
                "convert_from_utc('2031-01-06', 'Middle Earth Time')",
                "invalid_template: `convert_from_utc`: `Middle Earth Time` is not a time zone known…",
            ),
            (
                "convert_from_utc('0001-01-01', 'Pacific Standard Time')",
                "invalid_template: …",
            ),
        ],
    );
}

#[test]
fn parsing_by_a_format() {
    check(
        "{}",
        &[
            (
                "parse_date_time('06.05.2031', 'en-us', 'dd.MM.yyyy')",
                r#""2031-05-06T00:00:00.0000000""#,
            ),
            (
                "parse_date_time('6 May 31 1:02 PM', 'en-us', 'd MMM yy h:mm tt')",
                r#""2031-05-06T13:02:00.0000000""#,
            ),
            (
                "parse_date_time('20310506T070809Z', null, 'yyyyMMddTHHmmssK')",
                r#""2031-05-06T07:08:09.0000000Z""#,
            ),
            (
                "parse_date_time('2031-05-06 07:00 +02:00', '', 'yyyy-MM-dd HH:mm zzz')",
                r#""2031-05-06T05:00:00.0000000+00:00""#,
            ),
            (
                "parse_date_time('Tue, 06 May 2031 07:08:09 GMT', 'en', 'r')",
                r#""2031-05-06T07:08:09.0000000""#,
            ),
            ("parse_date_time('5/6/2031')", r#""2031-05-06T00:00:00.0000000""#),
            (
                "parse_date_time('2031-05-06', 'en-us', 'dd.MM.yyyy')",
                "invalid_template: `parse_date_time`: `2031-05-06` is not a date written as `dd.MM.yyyy`…",
            ),
            (
                "parse_date_time('31.02.2031', 'en-us', 'dd.MM.yyyy')",
                "invalid_template: …",
            ),
            (
                "parse_date_time('6. Mai 2031', 'de-de')",
                "invalid_template: `parse_date_time`: the locale `de-de` is not known…",
            ),
        ],
    );
}

#[test]
fn every_zone_of_the_table_is_known() {
    for zone in crate::expression::functions::windows_zones() {
        check(
            "{}",
            &[(
                &format!("length(convert_from_utc('2031-01-06T12:00:00Z', '{zone}', 's'))"),
                "19",
            )],
        );
    }
}
