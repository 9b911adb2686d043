//! When a failed call is tried again.

use std::time::Duration;

use connector_api::{Effect as EffectClass, ErrorClass, OperationError, Value};

use crate::flow::{ActionKind, RetryKind, RetryPolicy};
use crate::journal::Start;
use crate::plan::PlanAction;

/// The longest a service may ask us to wait before the next try.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);

/// How long to wait before the next try; `None` when there is none.
pub(crate) fn wait(
    action: &PlanAction,
    start: &Start,
    default: &RetryPolicy,
    retries: u32,
    error: &OperationError,
    seed: u64,
) -> Option<Duration> {
    if !error.class.is_retryable() {
        return None;
    }
    let policy = match &action.retry {
        Some(policy) => policy,
        None if is_repeatable(action, start) => default,
        None => return None,
    };
    if policy.kind == RetryKind::None || retries >= policy.count {
        return None;
    }
    Some(match error.retry_after_ms {
        Some(asked) => Duration::from_millis(asked).min(RETRY_AFTER_MAX),
        None => computed(policy, retries + 1, seed),
    })
}

/// Whether a call whose outcome nobody knows may be carried out again without being asked to: everything that changes
/// nothing, changes nothing more, or can look first. A plain HTTP request that changes something cannot.
pub(crate) fn is_repeatable(action: &PlanAction, start: &Start) -> bool {
    match (&action.kind, start) {
        (ActionKind::Http { .. }, Start::Call(inputs)) => {
            is_safe(inputs) || has_method(inputs, &["PUT", "DELETE"])
        }
        _ => true,
    }
}

/// Whether a plain HTTP request changes nothing.
pub(crate) fn is_safe(inputs: &Value) -> bool {
    has_method(inputs, &["GET", "HEAD", "OPTIONS"])
}

fn has_method(inputs: &Value, methods: &[&str]) -> bool {
    let method = inputs.get("method").and_then(Value::as_str).unwrap_or("GET");
    methods.iter().any(|one| method.eq_ignore_ascii_case(one))
}

/// Whether the next try must look first: an earlier one may have been carried out, and makes something new each time.
pub(crate) fn must_look(action: &PlanAction, uncertain: bool) -> bool {
    uncertain && action.effect == Some(EffectClass::Create)
}

/// Whether an error leaves open if the call was carried out.
pub(crate) fn leaves_open(class: Option<ErrorClass>) -> bool {
    class == Some(ErrorClass::OutcomeUnknown)
}

/// The wait before retry `number`, counted from 1. Exponential: anywhere between the last step and this one, so that
/// many runs do not come back at once.
fn computed(policy: &RetryPolicy, number: u32, seed: u64) -> Duration {
    if policy.kind != RetryKind::Exponential {
        return policy.interval;
    }
    let step = |exponent: u32| policy.interval.saturating_mul(2_u32.saturating_pow(exponent));
    let upper = step(number - 1).min(policy.maximum);
    let lower = match number.checked_sub(2) {
        None => policy.minimum,
        Some(exponent) => step(exponent).max(policy.minimum),
    };
    let lower = lower.min(upper);
    let spread = u64::try_from((upper - lower).as_millis()).unwrap_or(u64::MAX);
    lower + Duration::from_millis(scattered(seed) % spread.saturating_add(1).max(1))
}

/// Spreads a seed's bits, so that near seeds give far numbers.
pub(crate) fn scattered(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_the_bounds_of_their_step() {
        // The default policy: 7.5 s doubling, within 5 and 45 s.
        let policy = RetryPolicy::default();
        for (number, lower, upper) in [
            (1, 5_000, 7_500),
            (2, 7_500, 15_000),
            (3, 15_000, 30_000),
            (4, 30_000, 45_000),
            (9, 45_000, 45_000),
        ] {
            let waits: Vec<u128> = (0..200)
                .map(|seed| computed(&policy, number, seed).as_millis())
                .collect();
            assert!(
                waits.iter().all(|wait| (lower..=upper).contains(wait)),
                "{number}: {waits:?}"
            );
            assert!(
                lower == upper || waits.iter().any(|wait| *wait != waits[0]),
                "{number} is spread"
            );
        }
    }

    #[test]
    fn a_fixed_policy_waits_its_interval() {
        let policy = RetryPolicy {
            kind: RetryKind::Fixed,
            count: 2,
            interval: Duration::from_secs(20),
            ..RetryPolicy::default()
        };
        assert_eq!(computed(&policy, 2, 7), Duration::from_secs(20));
    }
}
