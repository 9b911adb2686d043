//! `engine schema`: the JSON Schemas that are also committed in `schemas/`.

use super::Failure;
use crate::args::{SchemaArgs, SchemaKind};
use crate::exit_code::Exit;

pub(crate) fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    let text = match args.which {
        SchemaKind::Flow => include_str!("../../../../schemas/flow.schema.json"),
        SchemaKind::Mapping => include_str!("../../../../schemas/mapping.schema.json"),
        SchemaKind::Solution => include_str!("../../../../schemas/solution.schema.json"),
        SchemaKind::Connections => include_str!("../../../../schemas/connections.schema.json"),
    };
    anstream::print!("{text}");
    Ok(Exit::Success)
}
