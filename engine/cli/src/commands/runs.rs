//! `engine runs`: what ran, read back from the store while an engine runs and after it ended.

use std::path::Path;

use engine_core::journal::RunView;
use engine_core::store::{DiskReader, EventState, Reader, RunFilter, RunRow, RunStatus};

use super::{Failure, store::store_at};
use crate::args::{Format, RunsCommand, RunsListArgs, RunsShowArgs};
use crate::exit_code::Exit;
use crate::render;

/// Most runs searched for the beginning of an id.
const SEARCHED_MAX: u32 = 10_000;

pub(crate) async fn runs(command: RunsCommand) -> Result<Exit, Failure> {
    match command {
        RunsCommand::List(args) => list(&args).await,
        RunsCommand::Show(args) => show(&args).await,
    }
}

async fn list(args: &RunsListArgs) -> Result<Exit, Failure> {
    let (reader, sandbox) = open(&args.store.store)?;
    let statuses = if args.failed {
        vec![RunStatus::Failed, RunStatus::TimedOut]
    } else {
        Vec::new()
    };
    let filter = RunFilter {
        flow: args.flow.clone(),
        statuses,
        limit: Some(u32::try_from(args.limit).unwrap_or(u32::MAX)),
        ..RunFilter::default()
    };
    let mut rows = reader.runs(filter).await?;
    if !args.failed {
        rows.extend(waiting(&reader, args.flow.as_deref()).await?);
        rows.sort_by_key(|row| std::cmp::Reverse(row.started));
        rows.truncate(args.limit);
    }
    // What somebody has to look at comes first; within that the newest.
    rows.sort_by_key(|row| !matches!(row.status, RunStatus::Failed | RunStatus::TimedOut));
    match args.format {
        Format::Json => anstream::println!("{}", render::run::list_json(&rows).to_json_pretty()),
        Format::Human => {
            if sandbox {
                anstream::println!("{}", render::style::dim("runs on the sandbox"));
            }
            if rows.is_empty() {
                anstream::println!("no runs");
            } else {
                anstream::println!("{}", render::run::list(&rows));
            }
        }
    }
    Ok(Exit::Success)
}

/// Accepted events whose runs have not begun, as the runs they will be: each bears its event's id.
async fn waiting(reader: &dyn Reader, flow: Option<&str>) -> Result<Vec<RunRow>, Failure> {
    let events = reader.events(EventState::Waiting, SEARCHED_MAX).await?;
    let rows = events
        .into_iter()
        .filter(|event| flow.is_none_or(|flow| event.flow == flow))
        .map(|event| RunRow {
            id: event.id,
            flow: event.flow,
            version: String::new(),
            status: RunStatus::Waiting,
            key: event.key,
            trigger: "an accepted event waits for its turn".into(),
            parent: None,
            started: event.at,
            ended: None,
            error: None,
        });
    Ok(rows.collect())
}

async fn show(args: &RunsShowArgs) -> Result<Exit, Failure> {
    let (reader, _) = open(&args.store.store)?;
    let row = find(&reader, &args.id).await?;
    let records = reader.journal(row.id).await?;
    let view = RunView::of(&records);
    match args.format {
        Format::Json => anstream::println!("{}", render::run::one_json(&row, &view).to_json_pretty()),
        Format::Human => anstream::print!("{}", render::run::one(&row, &view)),
    }
    Ok(Exit::Success)
}

async fn find(reader: &dyn Reader, asked: &str) -> Result<RunRow, Failure> {
    if let Ok(id) = asked.parse()
        && let Some(row) = reader.run(id).await?
    {
        return Ok(row);
    }
    let rows = reader
        .runs(RunFilter {
            limit: Some(SEARCHED_MAX),
            ..RunFilter::default()
        })
        .await?;
    let mut matching: Vec<RunRow> = rows
        .into_iter()
        .filter(|row| row.id.to_string().starts_with(asked))
        .collect();
    match matching.len() {
        1 => Ok(matching.remove(0)),
        0 => Err(Failure::asked(
            format!("there is no run `{asked}`"),
            "engine runs list shows the runs there are",
        )),
        many => Err(Failure::asked(
            format!("{many} runs begin with `{asked}`"),
            "give more of the id",
        )),
    }
}

/// The store of a folder; whether it is the sandbox's.
fn open(folder: &Path) -> Result<(DiskReader, bool), Failure> {
    let (chosen, is_sandbox) = store_at(folder)?;
    Ok((DiskReader::open(&chosen)?, is_sandbox))
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_api::Value;
    use engine_core::store::{MemoryStore, NewEvent, Store};
    use uuid::Uuid;

    #[tokio::test]
    async fn events_that_wait_for_their_turn_are_listed_as_waiting_runs() {
        let store = MemoryStore::default();
        let event = |number, flow: &str| NewEvent {
            id: Uuid::from_u128(number),
            flow: flow.into(),
            at: "2026-01-05T08:00:00Z".parse().unwrap(),
            trigger: Value::Null,
            key: Some("deal 1".into()),
            dedupe: None,
            coalesce: false,
        };
        store
            .accept(vec![event(1, "a"), event(2, "b"), event(3, "a")])
            .await
            .unwrap();
        store
            .drop_event(Uuid::from_u128(3), "for this test".into())
            .await
            .unwrap();
        for (flow, expected) in [(None, vec![1, 2]), (Some("a"), vec![1]), (Some("c"), vec![])] {
            let rows = waiting(&store, flow).await.unwrap_or_default();
            let found: Vec<u128> = rows.iter().map(|row| row.id.as_u128()).collect();
            assert_eq!(found, expected, "{flow:?}");
            assert!(rows.iter().all(|row| row.status == RunStatus::Waiting));
        }
        let json = render::run::list_json(&waiting(&store, Some("a")).await.unwrap_or_default()).to_json();
        assert!(
            json.contains(r#""version":null,"status":"waiting","key":"deal 1""#),
            "{json}"
        );
    }
}
