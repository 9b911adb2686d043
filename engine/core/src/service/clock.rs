//! Flows started by the clock: every so often, or by a cron expression in a time zone.

use std::time::Duration;

use connector_api::value::object;
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::flow::{Flow, TriggerKind};
use crate::service::{Host, Progress};

impl Host {
    /// Starts the flow at each of its times until the host stops. Times that were missed are not made up for.
    pub(super) async fn clock_loop(&self, flow: &Flow) {
        let TriggerKind::Recurrence {
            every,
            cron,
            time_zone,
        } = &flow.trigger.kind
        else {
            return;
        };
        let zone = time_zone
            .as_ref()
            .and_then(|zone| TimeZone::get(&zone.value).ok());
        let mut at = self.inner.carrier.now();
        loop {
            let next = match (every, cron) {
                (Some(every), _) => after(at, *every),
                (None, Some(cron)) => next_cron(&cron.value, at, zone.clone().unwrap_or(TimeZone::UTC)),
                (None, None) => None,
            };
            let Some(next) = next else {
                tracing::error!(flow = flow.id, "this recurrence has no next time");
                return;
            };
            at = next;
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = self.inner.carrier.wake_at(at) => {}
            }
            let body = object([("scheduled_time", at.to_string().into())]);
            let accepted = match self.events(flow, body, Vec::new()).await {
                Ok(events) => self.accept(flow, events).await.map_err(|error| error.to_string()),
                Err(refusal) => Err(refusal.message),
            };
            if let Err(message) = accepted {
                let _ = self.inner.progress.send(Progress::PollFailed {
                    flow: flow.id.clone(),
                    message,
                });
            }
        }
    }
}

fn after(at: Timestamp, every: Duration) -> Option<Timestamp> {
    at.checked_add(every).ok()
}

/// The next time of a cron expression after `at`, by the wall clock of a zone.
fn next_cron(text: &str, at: Timestamp, zone: TimeZone) -> Option<Timestamp> {
    let cron: Cron = text.parse().ok()?;
    let from: Zoned = at.to_zoned(zone);
    cron.find_next_occurrence(&from, false)
        .ok()
        .map(|next| next.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_follows_the_wall_clock_of_its_zone() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (at, expected) in [
            ("2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
            ("2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"),
        ] {
            let next = next_cron("0 8 * * *", at.parse().unwrap(), zone.clone());
            assert_eq!(next, Some(expected.parse().unwrap()));
        }
        assert_eq!(next_cron("nonsense", Timestamp::UNIX_EPOCH, TimeZone::UTC), None);
    }

    #[test]
    fn an_interval_follows_the_last_time() {
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(
            after(at, Duration::from_secs(60)),
            "1970-01-01T00:01:00Z".parse().ok()
        );
    }
}
