//! Zone names: Windows' own, as Power Automate writes them, and IANA's.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::stamp::{Kind, Stamp};

/// Windows zone names and the IANA zone of each.
const WINDOWS: &[(&str, &str)] = &[
    ("UTC", "Etc/UTC"),
    ("Dateline Standard Time", "Etc/GMT+12"),
    ("Hawaiian Standard Time", "Pacific/Honolulu"),
    ("Alaskan Standard Time", "America/Anchorage"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("Mountain Standard Time", "America/Denver"),
    ("Central Standard Time", "America/Chicago"),
    ("Central America Standard Time", "America/Guatemala"),
    ("Canada Central Standard Time", "America/Regina"),
    ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ("Eastern Standard Time", "America/New_York"),
    ("US Eastern Standard Time", "America/Indianapolis"),
    ("SA Pacific Standard Time", "America/Bogota"),
    ("Atlantic Standard Time", "America/Halifax"),
    ("Venezuela Standard Time", "America/Caracas"),
    ("SA Western Standard Time", "America/La_Paz"),
    ("Pacific SA Standard Time", "America/Santiago"),
    ("Newfoundland Standard Time", "America/St_Johns"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Argentina Standard Time", "America/Buenos_Aires"),
    ("SA Eastern Standard Time", "America/Cayenne"),
    ("Greenland Standard Time", "America/Godthab"),
    ("Montevideo Standard Time", "America/Montevideo"),
    ("Azores Standard Time", "Atlantic/Azores"),
    ("Cape Verde Standard Time", "Atlantic/Cape_Verde"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("Morocco Standard Time", "Africa/Casablanca"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("W. Central Africa Standard Time", "Africa/Lagos"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Egypt Standard Time", "Africa/Cairo"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Jordan Standard Time", "Asia/Amman"),
    ("Middle East Standard Time", "Asia/Beirut"),
    ("Arabic Standard Time", "Asia/Baghdad"),
    ("Arab Standard Time", "Asia/Riyadh"),
    ("Belarus Standard Time", "Europe/Minsk"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("E. Africa Standard Time", "Africa/Nairobi"),
    ("Iran Standard Time", "Asia/Tehran"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Georgian Standard Time", "Asia/Tbilisi"),
    ("Caucasus Standard Time", "Asia/Yerevan"),
    ("Azerbaijan Standard Time", "Asia/Baku"),
    ("Mauritius Standard Time", "Indian/Mauritius"),
    ("Afghanistan Standard Time", "Asia/Kabul"),
    ("West Asia Standard Time", "Asia/Tashkent"),
    ("Pakistan Standard Time", "Asia/Karachi"),
    ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
    ("India Standard Time", "Asia/Calcutta"),
    ("Sri Lanka Standard Time", "Asia/Colombo"),
    ("Nepal Standard Time", "Asia/Katmandu"),
    ("Central Asia Standard Time", "Asia/Almaty"),
    ("Bangladesh Standard Time", "Asia/Dhaka"),
    ("Myanmar Standard Time", "Asia/Rangoon"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("N. Central Asia Standard Time", "Asia/Novosibirsk"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("W. Australia Standard Time", "Australia/Perth"),
    ("Taipei Standard Time", "Asia/Taipei"),
    ("Ulaanbaatar Standard Time", "Asia/Ulaanbaatar"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("Cen. Australia Standard Time", "Australia/Adelaide"),
    ("AUS Central Standard Time", "Australia/Darwin"),
    ("E. Australia Standard Time", "Australia/Brisbane"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("West Pacific Standard Time", "Pacific/Port_Moresby"),
    ("Tasmania Standard Time", "Australia/Hobart"),
    ("Vladivostok Standard Time", "Asia/Vladivostok"),
    ("Central Pacific Standard Time", "Pacific/Guadalcanal"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Fiji Standard Time", "Pacific/Fiji"),
    ("Tonga Standard Time", "Pacific/Tongatapu"),
    ("Samoa Standard Time", "Pacific/Apia"),
];

/// The Windows names.
#[cfg(test)]
pub(crate) fn windows_names() -> impl Iterator<Item = &'static str> {
    WINDOWS.iter().map(|(windows, _)| *windows)
}

/// The rules of a zone by its Windows or IANA name, in any case; `None` for a name nobody knows.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    match iana(name) {
        utc if ["Etc/UTC", "UTC"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(utc)) =>
        {
            Some(TimeZone::UTC)
        }
        other => TimeZone::get(other).ok(),
    }
}

fn iana(name: &str) -> &str {
    WINDOWS
        .iter()
        .find(|(windows, _)| windows.eq_ignore_ascii_case(name))
        .map_or(name, |(_, iana)| iana)
}

/// A zone and whether it is UTC itself.
pub(super) struct Zone {
    rules: TimeZone,
    utc: bool,
}

impl Zone {
    /// By its Windows or IANA name, in any case.
    pub(super) fn find(name: &str) -> Result<Self, String> {
        let utc = ["Etc/UTC", "UTC"]
            .iter()
            .any(|utc| utc.eq_ignore_ascii_case(iana(name)));
        time_zone(name).map(|rules| Self { rules, utc }).ok_or_else(|| {
            format!("`{name}` is not a time zone known on this machine; use a Windows or IANA name")
        })
    }

    /// The wall clock here of a time that is UTC.
    pub(super) fn wall_clock(&self, stamp: Stamp) -> Option<Stamp> {
        if self.utc {
            return Stamp::new(stamp.at, Kind::Utc);
        }
        let moment = stamp.at.to_zoned(TimeZone::UTC).ok()?;
        Stamp::new(
            moment.with_time_zone(self.rules.clone()).datetime(),
            Kind::Unspecified,
        )
    }

    /// UTC of a wall clock here. A time that the clock shows twice is the later one; one it skips is an error.
    pub(super) fn utc(&self, stamp: Stamp) -> Result<Stamp, String> {
        if !self.utc && stamp.kind != Kind::Unspecified {
            return Err("a timestamp that carries its own zone cannot be read as the time of another".into());
        }
        let ambiguous = self.rules.to_ambiguous_zoned(stamp.at);
        if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            return Err("the clock of that zone skips this time".into());
        }
        ambiguous
            .later()
            .ok()
            .map(|zoned| zoned.with_time_zone(TimeZone::UTC).datetime())
            .and_then(|at: DateTime| Stamp::new(at, Kind::Utc))
            .ok_or_else(|| "the time lies outside the calendar".into())
    }
}
