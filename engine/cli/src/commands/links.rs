//! `engine links`: which records are the same deal and what was last seen of them. Listing and showing read beside a
//! running engine; repairing and removing need the store for themselves.

use engine_core::store::{DiskReader, DiskStore, Identities, Link, Reader, Store, StoreError};
use uuid::Uuid;

use super::{Failure, store::store_at};
use crate::args::{Format, LinksCommand, LinksListArgs, LinksRemoveArgs, LinksRepairArgs, LinksShowArgs};
use crate::exit_code::Exit;
use crate::render;

const SEE_LIST: &str = "engine links list shows the links there are";

pub(crate) async fn links(command: LinksCommand) -> Result<Exit, Failure> {
    match command {
        LinksCommand::List(args) => list(&args).await,
        LinksCommand::Show(args) => show(&args).await,
        LinksCommand::Repair(args) => repair(&args).await,
        LinksCommand::Remove(args) => remove(&args).await,
    }
}

async fn list(args: &LinksListArgs) -> Result<Exit, Failure> {
    let (folder, sandbox) = store_at(&args.store.store)?;
    let links = DiskReader::open(&folder)?.links(args.limit).await?;
    match args.format {
        Format::Json => anstream::println!("{}", render::link::list_json(&links).to_json_pretty()),
        Format::Human => {
            if sandbox {
                anstream::println!("{}", render::style::dim("links on the sandbox"));
            }
            if links.is_empty() {
                anstream::println!("no links");
            } else {
                anstream::println!("{}", render::link::list(&links));
            }
        }
    }
    Ok(Exit::Success)
}

async fn show(args: &LinksShowArgs) -> Result<Exit, Failure> {
    let (folder, _) = store_at(&args.store.store)?;
    let link = find(&DiskReader::open(&folder)?, &args.link).await?;
    match args.format {
        Format::Json => anstream::println!("{}", link.to_value().to_json_pretty()),
        Format::Human => anstream::print!("{}", render::link::one(&link)),
    }
    Ok(Exit::Success)
}

async fn repair(args: &LinksRepairArgs) -> Result<Exit, Failure> {
    let (folder, _) = store_at(&args.store.store)?;
    let store = DiskStore::open(&folder)?;
    let link = find(&store, &args.link).await?;
    let identities = repaired(&link.identities, args)?;
    let changed = store
        .set_identities(link.id, identities)
        .await
        .map_err(of_store)?
        .ok_or_else(|| missing(&args.link))?;
    anstream::println!("repaired");
    anstream::print!("{}", render::link::one(&changed));
    if !link.base.is_empty() && changed.base.is_empty() {
        anstream::println!("the values last seen are forgotten: they belonged to another record");
    }
    Ok(Exit::Success)
}

async fn remove(args: &LinksRemoveArgs) -> Result<Exit, Failure> {
    let (folder, _) = store_at(&args.store.store)?;
    let store = DiskStore::open(&folder)?;
    let link = find(&store, &args.link).await?;
    let removed = store
        .remove_link(link.id)
        .await?
        .ok_or_else(|| missing(&args.link))?;
    anstream::println!("removed");
    anstream::print!("{}", render::link::one(&removed));
    Ok(Exit::Success)
}

/// The identities with those that were given; an empty text takes one away.
fn repaired(known: &Identities, args: &LinksRepairArgs) -> Result<Identities, Failure> {
    let given = [
        &args.referral,
        &args.engagement,
        &args.microsoft_referral,
        &args.opportunity,
        &args.lead,
    ];
    if given.iter().all(|given| given.is_none()) {
        return Err(Failure::asked(
            "nothing to repair is named",
            "give the right id with --referral, --engagement, --microsoft-referral, --opportunity or --lead",
        ));
    }
    let mut identities = known.clone();
    for (identity, given) in identities.all_mut().into_iter().zip(given) {
        if let Some(given) = given {
            *identity = Some(given.clone()).filter(|text| !text.is_empty());
        }
    }
    Ok(identities)
}

/// The link with this id or identity.
async fn find(reader: &dyn Reader, asked: &str) -> Result<Link, Failure> {
    if let Ok(id) = asked.parse::<Uuid>()
        && let Some(link) = reader.link(id).await?
    {
        return Ok(link);
    }
    let mut found = reader.find_links(Identities::each(asked)).await?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(missing(asked)),
        many => Err(Failure::asked(
            format!("{many} links have the identity `{asked}`"),
            "give the link's own id",
        )),
    }
}

fn missing(asked: &str) -> Failure {
    Failure::asked(format!("there is no link `{asked}`"), SEE_LIST)
}

fn of_store(error: StoreError) -> Failure {
    match error {
        StoreError::LinkConflict(message) => Failure::asked(message, SEE_LIST),
        other => other.into(),
    }
}
