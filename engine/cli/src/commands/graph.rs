//! `engine graph`: the order of a flow's actions, drawn.

use engine_core::plan;

use super::{Failure, load_checked};
use crate::args::{GraphArgs, GraphFormat};
use crate::exit_code::Exit;

pub(crate) fn graph(args: &GraphArgs) -> Result<Exit, Failure> {
    let checked = load_checked(&args.path)?;
    let Some(id) = checked.flow.as_deref().filter(|_| args.path.is_file()) else {
        return Err(Failure::asked(
            format!("`{}` is a folder", args.path.display()),
            "name one flow: engine graph flows/partner-center-to-salesforce.yaml",
        ));
    };
    let Some(flow) = checked.solution.solution().flows.get(id) else {
        return Err(Failure::asked(
            format!("`{}` is not a flow", args.path.display()),
            "name a file of flows/",
        ));
    };
    let plan = plan::build(flow, &checked.catalog).map_err(|error| Failure::unforeseen(error.to_string()))?;
    if args.format != Some(GraphFormat::Mermaid) {
        anstream::print!("{}", plan.outline());
    }
    if args.format.is_none() {
        anstream::println!();
    }
    if args.format != Some(GraphFormat::Text) {
        anstream::print!("{}", plan.mermaid());
    }
    Ok(Exit::Success)
}
