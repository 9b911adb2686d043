//! All that can be known about a solution without running it. One rule per file; every rule runs; nothing is fixed.
//!
//! No rule reads a disk, the network or the clock. A rule that cannot tell says nothing. `view` is what rules about
//! flows look at, `shapes` what they know of values, `mapping_ends` what rules about mappings share; everything else
//! here is a rule, listed in `checked`.

mod changeset;
mod checked;
mod connection;
mod constant;
mod flow_call;
mod handler_order;
mod http_connection;
mod input;
mod loop_item;
mod mapping_ends;
mod mapping_field;
mod mapping_inline;
mod mapping_name;
mod mapping_required;
mod mapping_side;
#[cfg(test)]
mod mapping_tests;
mod mapping_type;
mod mapping_use;
mod mapping_value;
mod output_path;
mod parallel_variable;
mod query_parameter;
mod query_text;
mod record_field;
mod response;
mod run_after_cycle;
mod run_after_target;
mod second_response;
mod shapes;
mod switch_cases;
mod template_type;
mod terminate;
#[cfg(test)]
mod tests;
mod undefined_variable;
mod unfinished_action;
mod unhandled_failure;
mod unknown_action;
mod unknown_name;
mod variable_type;
mod view;

pub use checked::{CheckedSolution, check};
