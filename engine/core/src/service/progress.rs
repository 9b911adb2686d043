//! What happens, for those who watch: the terminal, a console, tests.

use connector_api::Value;
use uuid::Uuid;

use crate::run::RunEvent;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A run did something.
    Run(RunEvent),
    /// A run wrote fields of a record.
    Wrote {
        /// The run.
        run: Uuid,
        /// The connection.
        connection: String,
        /// The object.
        object: String,
        /// The record's id.
        id: String,
        /// The fields and their values.
        fields: Value,
    },
    /// A poll failed; it is tried again at the next turn.
    PollFailed {
        /// The flow.
        flow: String,
        /// Why.
        message: String,
    },
    /// A delivery was refused; nothing starts from it.
    Refused {
        /// The flow.
        flow: String,
        /// The HTTP status of the answer.
        status: u16,
        /// Why.
        message: String,
    },
}
