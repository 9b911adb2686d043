//! Date-times as Partner Center writes them: UTC, seven fractional digits.

use jiff::Timestamp;

/// `2026-07-02T09:14:31.1180452Z`
pub(crate) fn text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// `2026-07-05T08:41:17.9023311+00:00`, the form in events.
pub(crate) fn offset_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.7f+00:00").to_string()
}

/// `2026-07-02T10:00:01.1000000`, the form in validation results.
pub(crate) fn bare_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_service() {
        let moment: Timestamp = "2026-07-02T09:14:31.118Z".parse().unwrap();
        assert_eq!(text(moment), "2026-07-02T09:14:31.1180000Z");
        assert_eq!(offset_text(moment), "2026-07-02T09:14:31.1180000+00:00");
        assert_eq!(bare_text(moment), "2026-07-02T09:14:31.1180000");
        let whole: Timestamp = "2026-07-02T09:14:31Z".parse().unwrap();
        assert_eq!(text(whole), "2026-07-02T09:14:31.0000000Z");
    }
}
