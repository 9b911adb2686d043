//! Partner Center as its reference describes it. Expected values are written down here, never computed by the
//! sandbox's own code.

mod bench;
mod faults;
mod lists;
mod microsoft;
mod referrals;
mod registration;
mod tokens;
mod updates;
mod webhooks;
