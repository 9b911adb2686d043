//! Runs as rows: a summary for lists, and the journal behind it.

use jiff::Timestamp;
use uuid::Uuid;

use crate::flow::Status;
use crate::journal::{ActionError, Parent, Record};
use crate::store::StoreError;

/// A run to begin. Its first record is [`Record::RunStarted`].
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The row.
    pub row: RunRow,
    /// The event it comes from; it becomes `started` in the same transaction.
    pub event: Option<Uuid>,
    /// The first records.
    pub records: Vec<Record>,
}

/// One run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its id.
    pub id: Uuid,
    /// The flow's id.
    pub flow: String,
    /// The digest of the solution's files it keeps to.
    pub version: String,
    /// How it stands.
    pub status: RunStatus,
    /// The key under which it waits for others.
    pub key: Option<String>,
    /// What started it, in one line for people.
    pub trigger: String,
    /// The run and action that called it.
    pub parent: Option<Parent>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it did not succeed.
    pub error: Option<ActionError>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunStatus {
    /// Something is being done.
    Running,
    /// It waits for a time.
    Waiting,
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed,
    /// A step whose time ran out was not handled.
    TimedOut,
    /// Somebody stopped it, or a terminate did.
    Cancelled,
}

/// Records appended together, and what they change in the run's row.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The run.
    pub run: Uuid,
    /// Position in the run's journal: 0 for the batch of [`NewRun`], then one more for each.
    pub seq: u64,
    /// At least one record.
    pub records: Vec<Record>,
    /// The run's status from now on; the rest of the row follows from [`Record::RunEnded`].
    pub status: RunStatus,
}

/// Which runs to list. Newest first.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Only of this flow.
    pub flow: Option<String>,
    /// Only these; all when empty.
    pub statuses: Vec<RunStatus>,
    /// Only those that began at or after this.
    pub since: Option<Timestamp>,
    /// Only the children of this run.
    pub parent: Option<Uuid>,
    /// At most so many; [`RUNS_LISTED_MAX`] when absent.
    pub limit: Option<u32>,
}

/// Most runs in one list.
pub const RUNS_LISTED_MAX: u32 = 10_000;

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the run goes on.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Running | Self::Waiting)
    }

    /// The status of a run that ended so.
    pub fn of_end(status: Status) -> Self {
        match status {
            Status::Succeeded | Status::Skipped => Self::Succeeded,
            Status::Failed => Self::Failed,
            Status::TimedOut => Self::TimedOut,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl RunRow {
    /// What a batch changes in the row.
    pub(crate) fn take_in(&mut self, batch: &Batch) {
        self.status = batch.status;
        if let Some(Record::RunEnded(end)) = batch.records.last() {
            self.status = RunStatus::of_end(end.status);
            self.ended = Some(end.at);
            self.error.clone_from(&end.error);
        }
    }
}

/// A batch that does not follow the journal.
pub(crate) fn out_of_order(batch: &Batch, next: u64) -> StoreError {
    StoreError::Inconsistent(format!(
        "batch {} of run `{}` does not follow its journal, which goes on at {next}",
        batch.seq, batch.run
    ))
}
