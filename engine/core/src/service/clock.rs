//! Flows started by the clock: every so often, or by a cron expression in a time zone.

use std::time::Duration;

use connector_api::value::object;
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::expression::time_zone;
use crate::flow::{Flow, TriggerKind};
use crate::service::{Host, Progress};
use crate::store::PollSave;

/// The member of the cursor that holds the time last reached.
const REACHED: &str = "reached";
/// How long a store that refuses is left alone.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

impl Host {
    /// Starts the flow at each of its times until the host stops. Times that passed while no engine ran are not made
    /// up for; the rhythm of an interval is kept.
    pub(super) async fn clock_loop(&self, flow: &Flow) {
        let TriggerKind::Recurrence {
            every,
            cron,
            time_zone: zone,
        } = &flow.trigger.kind
        else {
            return;
        };
        let zone = match zone {
            None => Some(TimeZone::UTC),
            Some(zone) => time_zone(&zone.value),
        };
        let rhythm = match (every, cron.as_ref().map(|cron| cron.value.parse::<Cron>()), zone) {
            (Some(every), _, _) => Rhythm::Every(*every),
            (None, Some(Ok(cron)), Some(zone)) => Rhythm::Cron(Box::new(cron), zone),
            // The checks refuse such a flow.
            _ => return tracing::error!(flow = flow.id, "this recurrence cannot be read"),
        };
        let mut reached = None;
        loop {
            let outcome = match reached {
                None => self.reached(flow).await.map(|at| reached = Some(at)),
                Some(last) => {
                    let Some(next) = rhythm.next(last, self.inner.carrier.now()) else {
                        return tracing::warn!(flow = flow.id, "this recurrence has no further time");
                    };
                    tokio::select! {
                        () = self.inner.stop.cancelled() => return,
                        () = self.inner.carrier.wake_at(next) => {}
                    }
                    self.due(flow, next).await.map(|()| reached = Some(next))
                }
            };
            let Err(message) = outcome else { continue };
            tracing::warn!(flow = flow.id, message, "a recurrence starts nothing");
            let _ = self.inner.progress.send(Progress::PollFailed {
                flow: flow.id.clone(),
                message,
            });
            let again = self.inner.carrier.now().saturating_add(AGAIN);
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = self.inner.carrier.wake_at(again.unwrap_or(Timestamp::MAX)) => {}
            }
        }
    }

    /// The time last reached; the time of the very first start where there is none.
    async fn reached(&self, flow: &Flow) -> Result<Timestamp, String> {
        let cursor = self
            .inner
            .store
            .cursor(flow.id.clone())
            .await
            .map_err(|error| error.to_string())?;
        let known = cursor
            .as_ref()
            .and_then(|cursor| cursor.get(REACHED)?.as_str()?.parse().ok());
        match known {
            Some(at) => Ok(at),
            None => {
                let now = self.inner.carrier.now();
                self.save(flow, now, Vec::new()).await?;
                Ok(now)
            }
        }
    }

    async fn due(&self, flow: &Flow, at: Timestamp) -> Result<(), String> {
        let body = object([("scheduled_time", at.to_string().into())]);
        let events = self
            .events(flow, body, Vec::new())
            .await
            .map_err(|refusal| refusal.message)?;
        self.save(flow, at, events).await
    }

    /// Puts the time and its events on disk as one, and starts their runs.
    async fn save(
        &self,
        flow: &Flow,
        at: Timestamp,
        events: Vec<crate::store::NewEvent>,
    ) -> Result<(), String> {
        let save = PollSave {
            flow: flow.id.clone(),
            cursor: object([(REACHED, at.to_string().into())]),
            events: events.clone(),
            watched: Vec::new(),
        };
        let accepted = self.inner.store.save_poll(save).await;
        let accepted = accepted.map_err(|error| error.to_string())?;
        self.dispatch(flow, events, &accepted);
        Ok(())
    }
}

/// When a flow is due.
enum Rhythm {
    Every(Duration),
    Cron(Box<Cron>, TimeZone),
}

impl Rhythm {
    /// The first time after `last` that is not past; `None` at the end of the calendar.
    fn next(&self, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(every) => {
                let every = i64::try_from(every.as_millis()).ok()?.max(1);
                let passed = now.as_millisecond().saturating_sub(last.as_millisecond()).max(0);
                // A time that is now counts; one that passed does not.
                let steps = (passed / every + i64::from(passed % every > 0)).max(1);
                let at = steps.checked_mul(every)?.checked_add(last.as_millisecond())?;
                Timestamp::from_millisecond(at).ok()
            }
            Self::Cron(cron, zone) => {
                let next = |after: Timestamp, inclusive| {
                    let next = cron.find_next_occurrence(&after.to_zoned(zone.clone()), inclusive);
                    next.ok().map(|next| next.timestamp())
                };
                if last < now {
                    next(now, true)
                } else {
                    next(last, false)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_follows_the_wall_clock_of_its_zone() {
        for name in ["Europe/Berlin", "W. Europe Standard Time"] {
            let rhythm = Rhythm::Cron(Box::new("0 8 * * *".parse().unwrap()), time_zone(name).unwrap());
            for (last, expected) in [
                ("2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
                ("2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"),
                // A time that was reached is not reached again.
                ("2026-10-25T07:00:00Z", "2026-10-26T07:00:00Z"),
            ] {
                let last = last.parse().unwrap();
                assert_eq!(
                    rhythm.next(last, last),
                    Some(expected.parse().unwrap()),
                    "{name} {last}"
                );
            }
        }
    }

    #[test]
    fn times_that_passed_are_not_made_up_for() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let every = Rhythm::Every(Duration::from_secs(3_600));
        let cron = Rhythm::Cron(Box::new("0 * * * *".parse().unwrap()), TimeZone::UTC);
        for (now, expected) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            ("2026-01-01T00:59:00Z", "2026-01-01T01:00:00Z"),
            ("2026-01-01T01:00:00Z", "2026-01-01T01:00:00Z"),
            ("2026-01-01T05:30:00Z", "2026-01-01T06:00:00Z"),
        ] {
            for rhythm in [&every, &cron] {
                let last = at("2026-01-01T00:00:00Z");
                assert_eq!(rhythm.next(last, at(now)), Some(at(expected)), "{now}");
            }
        }
        assert_eq!(every.next(Timestamp::MAX, Timestamp::MAX), None);
    }
}
