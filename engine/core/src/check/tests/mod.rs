//! Flow texts in, rendered diagnostics out: one table for each rule or pair of rules.

mod calls;
mod constants;
mod expressions;
mod inputs;
mod order;
mod parallel;
mod places;
mod records;
mod whole;

use crate::testing::checked;

/// What is wrong with a manual flow of these actions; its first action stands in line 4.
fn actions(actions: &str) -> Vec<String> {
    checked(&[("x.yaml", &manual(actions))])
}

fn manual(actions: &str) -> String {
    format!(
        "name: X\ntrigger: {{ type: manual, inputs: {{ a: text, n: integer, o: object }} }}\nactions:\n{actions}"
    )
}
