//! What may become of a referral: the status table, what freezes when, and the answer window.

use connector_api::Value;
use jiff::{SignedDuration, Timestamp};

use super::error::ApiError;
use super::moment;

/// How long the addressee of a new referral has to answer.
pub(crate) const ANSWER_WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Every status with the substatus values it can have.
pub(crate) const STATES: &[(&str, &[&str])] = &[
    ("New", &["Pending", "Received"]),
    ("Active", &["Accepted"]),
    ("Closed", &["Won", "Lost", "Declined", "Expired", "Error"]),
];

/// Status and substatus of a referral; a missing one reads as empty.
pub(crate) fn state(entity: &Value) -> (&str, &str) {
    let text = |name| entity.get(name).and_then(Value::as_str).unwrap_or_default();
    (text("status"), text("substatus"))
}

/// Whether nothing about the referral can be edited any more.
pub(crate) fn is_terminal(entity: &Value) -> bool {
    state(entity).0 == "Closed"
}

/// Whether a referral may go from one state to the other.
pub(crate) fn may_become(from: (&str, &str), to: (&str, &str)) -> Result<(), ApiError> {
    if from == to {
        return Ok(());
    }
    let known = STATES
        .iter()
        .any(|(status, substatuses)| *status == to.0 && substatuses.contains(&to.1));
    if !known {
        let message = format!("Status {} does not go with substatus {}.", to.0, to.1);
        return Err(ApiError::invalid("referral", message).with_inner("invalidStatusTransition", "substatus"));
    }
    let allowed = match (from.0, to.0) {
        ("New", "New" | "Active") | ("Active", "Active") => true,
        ("New", "Closed") => matches!(to.1, "Declined" | "Expired" | "Error"),
        ("Active", "Closed") => matches!(to.1, "Won" | "Lost" | "Error"),
        _ => false,
    };
    if allowed {
        return Ok(());
    }
    let message = if from.0 == to.0 || (from.0 != "Closed" && to.0 == "Closed") {
        format!(
            "Transition from {}/{} to {}/{} is not allowed.",
            from.0, from.1, to.0, to.1
        )
    } else {
        format!("Transition from {} to {} is not allowed.", from.0, to.0)
    };
    Err(ApiError::invalid("referral", message).with_inner("invalidStatusTransition", "status"))
}

/// Sets the moments that go with a change of status.
pub(crate) fn stamp(before: &Value, after: &mut Value, now: Timestamp) {
    let (old, new) = (state(before).0.to_owned(), state(after).0.to_owned());
    if old == new {
        return;
    }
    let Some(entity) = after.as_object_mut() else {
        return;
    };
    match new.as_str() {
        "Active" => entity.insert("acceptedDateTime".to_owned(), moment::text(now).into()),
        "Closed" => entity.insert("closedDateTime".to_owned(), moment::text(now).into()),
        _ => None,
    };
}

/// Properties that keep the value they were created with.
const FIXED: &[&[&str]] = &[
    &["type"],
    &["qualification"],
    &["target"],
    &["engagementId"],
    &["mpnId"],
    &["customerProfile", "name"],
    &["customerProfile", "address"],
    &["customerProfile", "ids"],
    &["consent", "consentToToShareInfoWithOthers"],
    &["consent", "consentToContact"],
];

/// Properties that keep their value once they have one.
const FINAL_ONCE_SET: &[&[&str]] = &[
    &["inviteContext", "notes"],
    &["inviteContext", "assistanceRequestCode"],
    &["inviteContext", "invitedBy"],
    &["inviteContext", "invitedMpnId"],
];

/// Refuses a change to what is frozen. `shared` says whether Microsoft has been let in on the deal.
pub(crate) fn check_frozen(before: &Value, after: &Value, shared: bool) -> Result<(), ApiError> {
    let differ = |path: &[&str]| {
        let blank = |value: Option<&Value>| value.filter(|value| !is_blank(value)).cloned();
        let old = blank(before.at(path));
        (old.is_some(), old != blank(after.at(path)))
    };
    let refuse = |path: &[&str], why: &str| {
        let name = path.join(".");
        Err(ApiError::invalid(name.clone(), format!("{name} {why}")).with_inner("readOnlyProperty", name))
    };
    for path in FIXED {
        if differ(path).1 {
            return refuse(path, "cannot change after the referral was created.");
        }
    }
    for path in FINAL_ONCE_SET {
        if differ(path) == (true, true) {
            return refuse(path, "is final once it was sent.");
        }
    }
    let share = ["consent", "consentToShareReferralWithMicrosoftSellers"];
    let flag = |entity: &Value| entity.at(&share).and_then(Value::as_bool).unwrap_or(false);
    if flag(before) && !flag(after) {
        return refuse(&share, "cannot be taken back.");
    }
    if (shared || flag(before)) && !contacts_kept(before, after) {
        return refuse(
            &["customerProfile", "team"],
            "cannot lose or change a contact once shared with Microsoft.",
        );
    }
    Ok(())
}

/// `null`, an empty list and an empty text are the same to a freeze: nothing was given yet.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn contacts_kept(before: &Value, after: &Value) -> bool {
    let contacts = |entity: &Value| {
        let team = entity.at(&["customerProfile", "team"]).and_then(Value::as_array);
        let person = |member: &Value| {
            ["firstName", "lastName", "phoneNumber", "email"].map(|name| member.get(name).cloned())
        };
        team.unwrap_or_default().iter().map(person).collect::<Vec<_>>()
    };
    contacts(after).starts_with(&contacts(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_table_holds() {
        let (pending, received) = (("New", "Pending"), ("New", "Received"));
        let accepted = ("Active", "Accepted");
        let closed = |substatus| ("Closed", substatus);
        let states = [
            pending,
            received,
            accepted,
            closed("Won"),
            closed("Lost"),
            closed("Declined"),
            closed("Expired"),
            closed("Error"),
        ];
        let allowed = [
            (pending, received),
            (received, pending),
            (pending, accepted),
            (received, accepted),
            (pending, closed("Declined")),
            (pending, closed("Expired")),
            (pending, closed("Error")),
            (received, closed("Declined")),
            (received, closed("Expired")),
            (received, closed("Error")),
            (accepted, closed("Won")),
            (accepted, closed("Lost")),
            (accepted, closed("Error")),
        ];
        for from in states {
            for to in states {
                let expected = from == to || allowed.contains(&(from, to));
                assert_eq!(may_become(from, to).is_ok(), expected, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn a_status_needs_a_substatus_that_goes_with_it() {
        for to in [
            ("Active", "Pending"),
            ("Active", ""),
            ("Closed", "Accepted"),
            ("Open", "Accepted"),
            ("New", "Won"),
        ] {
            assert!(may_become(("New", "Pending"), to).is_err(), "{to:?}");
        }
    }
}
