//! From a path to a checked solution: what `run`, `validate` and `graph` share.

use std::path::Path;

use engine_core::catalog::Catalog;
use engine_core::check::{self, CheckedSolution};
use engine_core::diagnostic::{Diagnostic, Severity};
use engine_core::solution::{Solution, SolutionFile, load};
use engine_core::source::Sources;

use super::Failure;
use crate::connectors;
use crate::settings::read_solution;

/// A solution without errors.
pub(crate) struct Checked {
    pub(crate) solution: CheckedSolution,
    pub(crate) catalog: Catalog,
    pub(crate) files: Vec<SolutionFile>,
    pub(crate) sources: Sources,
    /// Warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The flow, when the path named one file.
    pub(crate) flow: Option<String>,
}

/// The descriptors of this build, connected as a solution says.
pub(crate) fn catalog_of(solution: &Solution) -> Catalog {
    let mut catalog = Catalog::new(connectors::all().iter().map(|connector| connector.descriptor()));
    for (connection, connector) in &solution.connections {
        catalog.connect(connection.value.clone(), connector.value.clone());
    }
    catalog
}

/// Reads and checks the solution at a path, or the one a flow's file belongs to.
pub(crate) fn load_checked(path: &Path) -> Result<Checked, Failure> {
    let read = read_solution(path)?;
    let loaded = load(&read.files);
    let catalog = catalog_of(&loaded.solution);
    let (solution, diagnostics) = check::check(&loaded, &catalog);
    match solution {
        Some(solution)
            if diagnostics
                .iter()
                .all(|diagnostic| diagnostic.severity != Severity::Error) =>
        {
            let sources = loaded.sources;
            Ok(Checked {
                solution,
                catalog,
                files: read.files,
                sources,
                diagnostics,
                flow: read.flow,
            })
        }
        _ => Err(Failure::Flows {
            diagnostics,
            sources: loaded.sources,
        }),
    }
}
