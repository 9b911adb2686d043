//! What time it is at the service, learned from the `Date` header of its answers.
//!
//! A poll reads only seconds that are over at the service, so that an edit in the same second as the poll is not
//! mistaken for one already seen. The estimate is therefore never ahead of the service's own clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use connector_api::{ErrorClass, OperationError};
use connector_http::Response;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// The service's clock.
#[derive(Default)]
pub(crate) struct ServiceClock(Mutex<Option<Reading>>);

/// At `at` on our clock it was at least `service` on the service's clock.
#[derive(Clone, Copy)]
struct Reading {
    at: Instant,
    service: Timestamp,
}

impl ServiceClock {
    /// Takes in an answer to a request that was sent at `sent` and answered by `answered`.
    pub(crate) fn observe(&self, response: &Response, sent: Instant, answered: Instant) {
        let Some(date) = response.header("date").and_then(parse_date) else {
            return;
        };
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Reading {
            at: answered,
            service: date,
        };
        let keep = reading.as_ref().is_some_and(|old| {
            let estimate = old.project(answered);
            // The header is cut to the second and was written between sending and answering. An estimate that lies
            // beyond what this allows is wrong: the service's clock was set back.
            let latest = date + SignedDuration::from_secs(1) + signed(answered - sent);
            estimate >= date && estimate <= latest
        });
        if !keep {
            *reading = Some(new);
        }
    }

    /// The time at the service: at least this, and at most a little more. An error until the service has said it.
    pub(crate) fn now(&self, at: Instant) -> Result<Timestamp, OperationError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map(|reading| reading.project(at))
            .ok_or_else(|| {
                OperationError::new(
                    ErrorClass::UnexpectedResponse,
                    "no_date",
                    "the service's answers carry no `Date` header, without which changes cannot be followed",
                )
            })
    }
}

impl Reading {
    fn project(&self, at: Instant) -> Timestamp {
        let passed = signed(at.saturating_duration_since(self.at));
        self.service.checked_add(passed).unwrap_or(self.service)
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::ZERO)
}

fn parse_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(date: &str) -> Response {
        Response::new(200, vec![("date".into(), date.into())], "")
    }

    #[test]
    fn the_estimate_is_never_ahead_and_grows_better() {
        let clock = ServiceClock::default();
        let start = Instant::now();
        let after = |millis: u64| start + Duration::from_millis(millis);
        assert_eq!(clock.now(start).unwrap_err().code, "no_date");

        // The service's clock stands at 10:00:00.900 when it answers.
        clock.observe(&response("Fri, 20 Nov 2026 10:00:00 GMT"), after(0), after(20));
        assert_eq!(clock.now(after(20)).unwrap().to_string(), "2026-11-20T10:00:00Z");
        // 110 ms later its second has turned: the better estimate is taken.
        clock.observe(&response("Fri, 20 Nov 2026 10:00:01 GMT"), after(120), after(130));
        assert_eq!(clock.now(after(130)).unwrap().to_string(), "2026-11-20T10:00:01Z");
        // An answer late in the same second is worse and changes nothing.
        clock.observe(&response("Fri, 20 Nov 2026 10:00:01 GMT"), after(900), after(930));
        assert_eq!(
            clock.now(after(930)).unwrap().to_string(),
            "2026-11-20T10:00:01.8Z"
        );
        // The clock was set back an hour.
        clock.observe(&response("Fri, 20 Nov 2026 09:00:01 GMT"), after(940), after(950));
        assert_eq!(clock.now(after(950)).unwrap().to_string(), "2026-11-20T09:00:01Z");
        // It was set forward.
        clock.observe(&response("Fri, 20 Nov 2026 12:00:00 GMT"), after(960), after(970));
        assert_eq!(clock.now(after(970)).unwrap().to_string(), "2026-11-20T12:00:00Z");
    }

    #[test]
    fn answers_without_a_readable_date_teach_nothing() {
        let clock = ServiceClock::default();
        let now = Instant::now();
        clock.observe(&Response::new(200, Vec::new(), ""), now, now);
        clock.observe(&response("yesterday"), now, now);
        assert!(clock.now(now).is_err());
    }
}
