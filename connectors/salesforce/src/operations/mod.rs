//! The operations, one per file.

pub(crate) mod create_record;
pub(crate) mod create_records;
pub(crate) mod delete_record;
pub(crate) mod delete_records;
pub(crate) mod describe_object;
pub(crate) mod get_record;
pub(crate) mod query;
pub(crate) mod update_record;
pub(crate) mod upsert_record;
