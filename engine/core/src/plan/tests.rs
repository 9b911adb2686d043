//! Plans of flows as text: order, pictures, and what cannot be planned.

use crate::catalog::Catalog;
use crate::plan::{Plan, PlanError, build};
use crate::testing::loaded;

fn plan(actions: &str) -> Result<Plan, PlanError> {
    let text = format!("name: A flow\ntrigger: {{ type: manual }}\nactions:\n{actions}");
    let loaded = loaded(&[("x.yaml", &text)]);
    build(loaded.solution.flows.get("x").unwrap(), &Catalog::default())
}

const FLOW: &str = r#"  read: { type: salesforce.query, inputs: { query: x } }
  decide:
    type: if
    condition: true
    actions: { yes: { type: compose, inputs: 1 } }
    else: { no: { type: compose, inputs: "<b>" } }
  each: { type: for_each, items: [], run_after: {}, actions: { one: { type: compose, inputs: 1 } } }
  handle: { type: compose, inputs: 1, run_after: { decide: [failed, timed_out], each: [succeeded] } }
"#;

#[test]
fn the_outline_reads_in_running_order() {
    assert_eq!(
        plan(FLOW).unwrap().outline(),
        "\
A flow
  read (salesforce.query)
  decide (if)
    then:
      yes (compose)
    else:
      no (compose)
  each (for_each) starts at once
    one (compose)
  handle (compose) after decide failed or timed_out and each succeeded
"
    );
}

#[test]
fn the_diagram_names_every_action_and_edge() {
    assert_eq!(
        plan(FLOW).unwrap().mermaid(),
        "\
flowchart TD
  a0[\"read (salesforce.query)\"]
  subgraph a1[\"decide (if)\"]
    subgraph b1[\"then\"]
      a2[\"yes (compose)\"]
    end
    subgraph b2[\"else\"]
      a3[\"no (compose)\"]
    end
  end
  subgraph a4[\"each (for_each)\"]
    a5[\"one (compose)\"]
  end
  a6[\"handle (compose)\"]
  a0 --> a1
  a1 -->|failed or timed_out| a6
  a4 --> a6
"
    );
}

#[test]
fn what_cannot_be_ordered_is_refused() {
    for (actions, error) in [
        (
            "  a: { type: compose, inputs: 1, run_after: { c: [succeeded] } }\n  b: { type: compose, inputs: 1 }\n  c: { type: compose, inputs: 1 }\n  d: { type: compose, inputs: 1, run_after: {} }\n",
            "actions of flow `x` wait for each other: a, b, c",
        ),
        (
            "  a: { type: compose, inputs: 1, run_after: { a: [failed] } }\n",
            "actions of flow `x` wait for each other: a",
        ),
        (
            "  a: { type: compose, inputs: 1 }\n  s: { type: scope, actions: { b: { type: compose, inputs: 1, run_after: { a: [succeeded] } } } }\n",
            "action `b` of flow `x` runs after `a`, which does not stand beside it",
        ),
    ] {
        assert_eq!(plan(actions).unwrap_err().to_string(), error, "{actions}");
    }
}
