//! Which way a difference goes: both ways where nothing was seen before, else the way of the side that changed.

use connector_api::Value;

use crate::mapping::MapError;
use crate::mapping::column::instant;
use crate::mapping::model::Conflict;

/// The members in which services keep the time of the last edit, the first that is there counts.
const RECORD_TIMES: [&str; 3] = ["updatedDateTime", "LastModifiedDate", "SystemModstamp"];

/// Which way a difference goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) to_referral: bool,
    pub(crate) to_side: bool,
    /// Both sides changed and both ways were open: somebody's edit is overruled.
    pub(crate) conflict: bool,
}

/// What is known of a difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference {
    /// Whether the referral and the other side differ from their own base; `None` without a base.
    pub(crate) changed: Option<(bool, bool)>,
    /// Whether there is something to write each way: to the referral, to the other side.
    pub(crate) open: (bool, bool),
    /// Whether the mapping offers a value each way at all, different or not.
    pub(crate) offered: (bool, bool),
}

/// Decides for one difference. `newer` says whether the referral's edit is the later one.
pub(crate) fn decide(
    difference: Difference,
    conflict: Conflict,
    referral_is_newer: bool,
) -> Result<Ways, MapError> {
    let (open_referral, open_side) = difference.open;
    let ways = |to_referral, to_side| Ways {
        to_referral: to_referral && open_referral,
        to_side: to_side && open_side,
        conflict: false,
    };
    Ok(match difference.changed {
        None => ways(true, true),
        Some((true, true)) if open_referral && open_side => {
            let referral_wins = match conflict {
                Conflict::Newest => referral_is_newer,
                Conflict::Referral => true,
                Conflict::Other => false,
                Conflict::Fail => {
                    return Err(MapError::new(
                        "conflict",
                        "both sides changed since they last agreed, and the mapping says `conflict: fail`; \
                         make them equal by hand",
                    ));
                }
            };
            Ways {
                to_referral: !referral_wins,
                to_side: referral_wins,
                conflict: true,
            }
        }
        // Where only one way is offered, the side it comes from is right: whichever side changed, the other follows.
        Some((referral, side)) if difference.offered.0 != difference.offered.1 => {
            ways(referral || side, referral || side)
        }
        Some((referral, side)) => ways(side, referral),
    })
}

/// Whether the referral was edited after the other side's record; on a tie, or where a time is missing, it was not.
pub(crate) fn referral_is_newer(referral: &Value, record: &Value) -> bool {
    let time = |value: &Value| RECORD_TIMES.iter().find_map(|name| instant(value.get(name)?));
    match (time(referral), time(record)) {
        (Some(referral), Some(record)) => referral > record,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_go_the_way_of_the_change() {
        let both = (true, true);
        // changed, open, policy, referral newer; to referral, to side, conflict
        let cases = [
            (None, both, Conflict::Newest, false, (true, true, false)),
            (None, (true, false), Conflict::Newest, false, (true, false, false)),
            (
                Some((false, false)),
                both,
                Conflict::Newest,
                true,
                (false, false, false),
            ),
            (
                Some((true, false)),
                both,
                Conflict::Newest,
                false,
                (false, true, false),
            ),
            (
                Some((false, true)),
                both,
                Conflict::Newest,
                true,
                (true, false, false),
            ),
            (
                Some((true, false)),
                (true, false),
                Conflict::Newest,
                true,
                (false, false, false),
            ),
            (
                Some((true, true)),
                both,
                Conflict::Newest,
                true,
                (false, true, true),
            ),
            (
                Some((true, true)),
                both,
                Conflict::Newest,
                false,
                (true, false, true),
            ),
            (
                Some((true, true)),
                both,
                Conflict::Referral,
                false,
                (false, true, true),
            ),
            (
                Some((true, true)),
                both,
                Conflict::Other,
                true,
                (true, false, true),
            ),
            (
                Some((true, true)),
                (false, true),
                Conflict::Fail,
                false,
                (false, true, false),
            ),
        ];
        for (changed, open, conflict, newer, (to_referral, to_side, conflicted)) in cases {
            let difference = Difference {
                changed,
                open,
                offered: both,
            };
            let ways = decide(difference, conflict, newer).unwrap();
            let expected = Ways {
                to_referral,
                to_side,
                conflict: conflicted,
            };
            assert_eq!(ways, expected, "{changed:?} {open:?} {conflict:?} {newer}");
        }
        let difference = Difference {
            changed: Some((true, true)),
            open: both,
            offered: both,
        };
        assert_eq!(
            decide(difference, Conflict::Fail, true).unwrap_err().code,
            "conflict"
        );
    }

    #[test]
    fn where_one_way_is_offered_the_other_side_follows() {
        for (changed, goes) in [
            ((false, false), false),
            ((true, false), true),
            ((false, true), true),
            ((true, true), true),
        ] {
            for (to_referral, to_side) in [(true, false), (false, true)] {
                let difference = Difference {
                    changed: Some(changed),
                    open: (to_referral, to_side),
                    offered: (to_referral, to_side),
                };
                let expected = Ways {
                    to_referral: to_referral && goes,
                    to_side: to_side && goes,
                    conflict: false,
                };
                assert_eq!(
                    decide(difference, Conflict::Fail, false).unwrap(),
                    expected,
                    "{changed:?}"
                );
            }
        }
    }

    #[test]
    fn the_later_record_time_wins_and_a_tie_goes_to_the_other_side() {
        let referral = |time: &str| connector_api::value::object([("updatedDateTime", time.into())]);
        let record = |time: &str| connector_api::value::object([("LastModifiedDate", time.into())]);
        let cases = [
            (
                "2026-07-05T08:41:17.9023311Z",
                "2026-07-05T08:41:17.000+0000",
                true,
            ),
            ("2026-07-05T08:41:17Z", "2026-07-05T08:41:17.000+0000", false),
            ("2026-07-05T08:41:16Z", "2026-07-05T08:41:17.000+0000", false),
            ("never", "2026-07-05T08:41:17.000+0000", false),
        ];
        for (left, right, expected) in cases {
            assert_eq!(
                referral_is_newer(&referral(left), &record(right)),
                expected,
                "{left} {right}"
            );
        }
    }
}
