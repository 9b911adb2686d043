//! `engine validate`: everything that can be known without running.

use connector_api::Value;
use engine_core::check;
use engine_core::diagnostic::{Diagnostic, Severity};
use engine_core::solution::load;
use engine_core::source::Sources;

use super::{Failure, catalog_of};
use crate::args::{FindingsFormat, ValidateArgs};
use crate::exit_code::Exit;
use crate::render;
use crate::settings::read_solution;

pub(crate) fn validate(args: &ValidateArgs) -> Result<Exit, Failure> {
    let mut failed = false;
    let mut found_in_all = Vec::new();
    for path in &args.paths {
        let read = read_solution(path)?;
        let loaded = load(&read.files);
        let catalog = catalog_of(&loaded.solution);
        let (_, mut diagnostics) = check::check(&loaded, &catalog);
        if path.is_file() {
            // One file was asked about; the rest of its solution was only read to understand it.
            let shown = path.display().to_string();
            diagnostics.retain(|diagnostic| loaded.sources.file(diagnostic.span.file).path == shown);
        }
        failed |= diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error || args.deny_warnings);
        match args.format {
            FindingsFormat::Human => show(
                &diagnostics,
                &loaded.sources,
                &path.display().to_string(),
                read.files.len(),
            ),
            FindingsFormat::Github => {
                anstream::print!("{}", render::diagnostic::github(&diagnostics, &loaded.sources))
            }
            FindingsFormat::Json => {
                found_in_all.push(render::diagnostic::json(&diagnostics, &loaded.sources))
            }
        }
    }
    if args.format == FindingsFormat::Json {
        let all = match found_in_all.len() {
            1 => found_in_all.remove(0),
            _ => Value::Array(found_in_all),
        };
        anstream::println!("{}", all.to_json_pretty());
    }
    Ok(if failed { Exit::Diagnostics } else { Exit::Success })
}

fn show(diagnostics: &[Diagnostic], sources: &Sources, path: &str, files: usize) {
    if diagnostics.is_empty() {
        anstream::println!("{} {path}: {files} files, no mistakes", render::style::good("ok"));
        return;
    }
    anstream::print!("{}", render::diagnostic::human(diagnostics, sources));
    anstream::println!("{path}: {}", render::diagnostic::counts(diagnostics));
    anstream::println!(
        "{} engine explain <code> says more about a code",
        render::style::dim("hint:")
    );
}
