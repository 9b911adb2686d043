//! Runs every rule and hands out the proof that nothing was found.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::check::view::View;
use crate::check::*;
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

/// One rule: what it looks at, where it puts what it finds.
type Rule = fn(&View<'_>, &mut Vec<Diagnostic>);

/// Every rule about flows.
const RULES: [Rule; 27] = [
    changeset::check,
    connection::check,
    constant::check,
    flow_call::check,
    handler_order::check,
    http_connection::check,
    input::check,
    loop_item::check,
    mapping_use::check,
    output_path::check,
    parallel_variable::check,
    query_parameter::check,
    query_text::check,
    record_field::check,
    response::check,
    run_after_cycle::check,
    run_after_target::check,
    second_response::check,
    switch_cases::check,
    template_type::check,
    terminate::check,
    undefined_variable::check,
    unfinished_action::check,
    unhandled_failure::check,
    unknown_action::check,
    unknown_name::check,
    variable_type::check,
];

/// One rule about mappings.
type MappingRule = fn(&Solution, &Catalog, &mut Vec<Diagnostic>);

/// Every rule about mappings.
const MAPPING_RULES: [MappingRule; 8] = [
    constant::check_mappings,
    mapping_field::check,
    mapping_inline::check,
    mapping_name::check,
    mapping_required::check,
    mapping_side::check,
    mapping_type::check,
    mapping_value::check,
];

/// Complaints about absence that do not look at the parts left out of a file themselves. There they prove nothing.
const ABOUT_ABSENCE: [&str; 2] = ["failure-not-handled", "missing-key"];

/// Checks a solution. All diagnostics come back, those of loading included, each once, sorted by file and place; the
/// checked solution only if none of them is an error.
pub fn check(loaded: &Loaded, catalog: &Catalog) -> (Option<CheckedSolution>, Vec<Diagnostic>) {
    let mut catalog = catalog.clone();
    for (connection, connector) in &loaded.solution.connections {
        catalog.connect(&connection.value, &connector.value);
    }
    let mut diagnostics = loaded.diagnostics.clone();
    let view = View::new(loaded, &catalog);
    for rule in RULES {
        rule(&view, &mut diagnostics);
    }
    for rule in MAPPING_RULES {
        rule(&loaded.solution, &catalog, &mut diagnostics);
    }
    diagnostics.retain(|found| {
        !loaded.left_out.contains_key(&found.span.file) || !ABOUT_ABSENCE.contains(&found.code)
    });
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
