//! What SQLite says, in the store's own words.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Something that went wrong inside a store, before its path is known.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    /// What is stored cannot be read.
    Damaged(String),
    Store(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fault {
    /// The error of the store at a path.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let damaged = |message: String| StoreError::Damaged {
            path: path.to_owned(),
            message,
        };
        match self {
            Self::Store(error) => error,
            Self::Damaged(message) => damaged(message),
            Self::Sql(error) => match &error {
                rusqlite::Error::SqliteFailure(failure, _)
                    if matches!(failure.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) =>
                {
                    damaged(error.to_string())
                }
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => damaged(error.to_string()),
                _ => StoreError::Refused {
                    path: path.to_owned(),
                    message: error.to_string(),
                },
            },
        }
    }
}
