//! What a run writes down: records with types of their own, kept apart from the types of a flow, so that changing a
//! flow's types changes no journal by accident.
//!
//! [`record`] is what is written, [`address`] says which action of which iteration, [`error`] what went wrong as
//! data, [`view`] what may be shown of it.

mod address;
mod error;
mod record;
mod view;

pub use address::Address;
pub use error::{ActionError, Cause, codes};
pub use record::{
    Answer, Began, CallRecord, ChildRecord, Ended, FORMAT_VERSION, Iterated, Parent, Record, Responded,
    Resumed, Retrying, RunEnded, RunStarted, Skipped, Start, Terminated, TriedAgain,
};
pub use view::{ActionLine, HIDDEN, RunView, redact};
