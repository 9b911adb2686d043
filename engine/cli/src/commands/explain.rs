//! `engine explain`: the page behind a diagnostic code.

use engine_core::codes;
use engine_core::diagnostic::nearest;

use super::Failure;
use crate::args::ExplainArgs;
use crate::exit_code::Exit;

pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let Some(code) = &args.code else {
        for code in codes::codes() {
            anstream::println!("{code}");
        }
        return Ok(Exit::Success);
    };
    match codes::page(code) {
        Some(page) => {
            anstream::println!("{}", page.trim_end());
            Ok(Exit::Success)
        }
        None => {
            let hint = match nearest(code, codes::codes()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "engine explain lists all codes".into(),
            };
            Err(Failure::asked(format!("there is no code `{code}`"), hint))
        }
    }
}
