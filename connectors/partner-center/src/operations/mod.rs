//! The list of operations, sorted by name, and nothing else.

mod create_connected_referral;
mod create_referral;
mod get_referral;
mod get_test_event;
mod get_webhook_registration;
mod inputs;
mod list_referrals;
mod list_webhook_events;
mod look;
mod referral_link;
mod register_webhook;
mod related_referrals;
mod send_test_event;
mod update_referral;

use connector_api::connection::BoxFuture;
use connector_api::{OperationCall, OperationDescriptor, OperationError, OperationOutput};

use crate::connection::PartnerCenter;

pub(crate) use get_webhook_registration::registration_of;

type Run = for<'a> fn(
    &'a PartnerCenter,
    &'a OperationCall,
) -> BoxFuture<'a, Result<OperationOutput, OperationError>>;

/// One operation: what it is and what it does.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) descriptor: fn() -> OperationDescriptor,
    pub(crate) run: Run,
}

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        &[$(Operation {
            name: stringify!($name),
            descriptor: || $name::descriptor(stringify!($name)),
            run: |connection, call| Box::pin($name::run(connection, call)),
        }),*]
    };
}

/// All operations.
pub(crate) fn all() -> &'static [Operation] {
    operations![
        create_connected_referral,
        create_referral,
        get_referral,
        get_test_event,
        get_webhook_registration,
        list_referrals,
        list_webhook_events,
        referral_link,
        register_webhook,
        related_referrals,
        send_test_event,
        update_referral,
    ]
}
