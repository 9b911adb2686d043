//! Runs every rule and hands out the proof that nothing was found.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity};
use crate::solution::{Loaded, Solution};

/// A solution in which no rule found an error. Only [`check`] makes one; a plan is made of nothing else.
#[derive(Clone)]
pub struct CheckedSolution {
    solution: Arc<Solution>,
    catalog: Arc<Catalog>,
}

impl CheckedSolution {
    /// The solution.
    pub fn solution(&self) -> &Arc<Solution> {
        &self.solution
    }

    /// The catalog it was checked against, with the solution's connections.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

/// Checks a solution. All diagnostics come back, those of loading included, each once, sorted by file and place; the
/// checked solution only if none of them is an error.
pub fn check(loaded: &Loaded, catalog: &Catalog) -> (Option<CheckedSolution>, Vec<Diagnostic>) {
    let mut catalog = catalog.clone();
    for (connection, connector) in &loaded.solution.connections {
        catalog.connect(&connection.value, &connector.value);
    }
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.sort_by(|left, right| {
        (left.span, left.code, &left.message).cmp(&(right.span, right.code, &right.message))
    });
    diagnostics.dedup();
    let sound = diagnostics
        .iter()
        .all(|diagnostic| diagnostic.severity == Severity::Warning);
    let checked = sound.then(|| CheckedSolution {
        solution: Arc::new(loaded.solution.clone()),
        catalog: Arc::new(catalog),
    });
    (checked, diagnostics)
}
