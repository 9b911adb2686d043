//! Who runs, who is skipped, and what becomes of the block: the worked examples, then every graph of three.

use std::time::Duration;

use crate::flow::{Action, Block, Flow, Predecessor, RunAfter, Status};
use crate::run::tests::bench::{Reply, assert_statuses, bench, flow, of_flow, ok, rejected};
use crate::source::Spanned;

use Status::{Failed, Skipped, Succeeded, TimedOut};

const A: &str = "  a: { type: salesforce.x, inputs: {} }\n";

fn then(name: &str, run_after: &str) -> String {
    format!("  {name}: {{ type: salesforce.x, inputs: {{}}, run_after: {run_after} }}\n")
}

#[test]
fn the_worked_examples_hold() {
    let always = "[succeeded, failed, skipped, timed_out]";
    let b_after_success = then("b", "{ a: [succeeded] }");
    let c_after_failure = then("c", "{ a: [failed] }");
    let surprise = format!("{A}{b_after_success}{c_after_failure}");
    let rows: Vec<(String, Vec<&str>, &str)> = vec![
        (A.to_owned(), vec!["a"], "a: failed, run: failed"),
        (
            format!("{A}{b_after_success}"),
            vec!["a"],
            "a: failed, b: skipped, run: failed",
        ),
        (
            format!("{A}{}", then("b", "{ a: [failed] }")),
            vec!["a"],
            "a: failed, b: succeeded, run: succeeded",
        ),
        (
            format!("{A}{}", then("b", "{ a: [failed] }")),
            vec![],
            "a: succeeded, b: skipped, run: succeeded",
        ),
        (
            surprise.clone(),
            vec!["a"],
            "a: failed, b: skipped, c: succeeded, run: failed",
        ),
        (
            format!(
                "{surprise}{}",
                then("d", &format!("{{ b: {always}, c: {always} }}"))
            ),
            vec!["a"],
            "a: failed, b: skipped, c: succeeded, d: succeeded, run: succeeded",
        ),
        (
            format!("{surprise}{}", then("d", "{ b: [succeeded], c: [succeeded] }")),
            vec!["a"],
            "a: failed, b: skipped, c: succeeded, d: skipped, run: failed",
        ),
        (
            format!(
                "{A}{}{}",
                then("catch", "{ a: [failed, timed_out] }"),
                then("finally", "{ catch: [succeeded, skipped] }")
            ),
            vec!["a"],
            "a: failed, catch: succeeded, finally: succeeded, run: succeeded",
        ),
        (
            format!("{A}{}", then("c", "{ a: [succeeded, failed] }")),
            vec!["a"],
            "a: failed, c: succeeded, run: succeeded",
        ),
    ];
    for (actions, failing, expected) in &rows {
        let replies: Vec<(&str, Reply)> = failing.iter().map(|name| (*name, rejected())).collect();
        assert_statuses(&[(actions.as_str(), replies.as_slice(), *expected)]);
    }
}

#[test]
fn an_action_runs_after_the_one_above_it_unless_it_says_otherwise() {
    assert_statuses(&[
        (
            "  a: { type: compose, inputs: 1 }\n  b: { type: compose, inputs: 2 }\n",
            &[],
            "a: succeeded, b: succeeded, run: succeeded",
        ),
        (
            "  a: { type: salesforce.x }\n  b: { type: compose, inputs: 2, run_after: {} }\n",
            &[("a", rejected())],
            "a: failed, b: succeeded, run: failed",
        ),
        ("  {}\n", &[], "run: succeeded"),
    ]);
}

#[test]
fn a_skipped_action_says_which_predecessor_kept_it() {
    let played = bench(&format!("{A}{}", then("b", "{ a: [succeeded, timed_out] }")))
        .replies("a", [rejected()])
        .play();
    assert_eq!(
        played.error("b"),
        "ActionConditionFailed: it runs after `a` succeeded, timed_out, which was failed"
    );
}

#[test]
fn running_order_is_the_order_written_among_those_that_are_free() {
    let plan = flow(
        "name: X\ntrigger: { type: manual }\nactions:\n  d: { type: compose, inputs: 1, run_after: { b: [succeeded] } }\n  \
         c: { type: compose, inputs: 1, run_after: {} }\n  b: { type: compose, inputs: 1, run_after: {} }\n",
    )
    .plan;
    let order: Vec<&str> = plan
        .block(crate::plan::ROOT)
        .actions
        .iter()
        .map(|index| plan.action(*index).name.as_str())
        .collect();
    assert_eq!(order, ["c", "b", "d"]);
}

/// Sets of statuses an edge may list.
const LISTS: [&[Status]; 7] = [
    &[Succeeded],
    &[Failed],
    &[Skipped],
    &[TimedOut],
    &[Succeeded, Failed],
    &[Failed, TimedOut],
    &[Succeeded, Failed, Skipped, TimedOut],
];

type Edges = Vec<(usize, &'static [Status])>;

#[test]
fn every_graph_of_three_does_what_the_rules_say() {
    let mut statuses_seen = std::collections::BTreeSet::new();
    let mut graphs = 0;
    let edge =
        |from: usize| std::iter::once(None).chain(LISTS.into_iter().map(move |list| Some((from, list))));
    for b in edge(0) {
        for c_to_a in edge(0) {
            for c_to_b in edge(1) {
                let edges: [Edges; 3] = [
                    Vec::new(),
                    b.into_iter().collect(),
                    c_to_a.into_iter().chain(c_to_b).collect(),
                ];
                graphs += 1;
                // All outcomes of all three for some graphs, and of the first two for all of them.
                let thirds: &[Status] = if graphs % 5 == 0 {
                    &[Succeeded, Failed, TimedOut]
                } else {
                    &[Succeeded]
                };
                let bench = of_flow(&three(&edges));
                for first in [Succeeded, Failed, TimedOut] {
                    for second in [Succeeded, Failed, TimedOut] {
                        for third in thirds {
                            let outcomes = [first, second, *third];
                            let expected = by_the_rules(&edges, outcomes);
                            let mut bench = bench.clone();
                            for (name, outcome) in ["a", "b", "c"].into_iter().zip(outcomes) {
                                bench = bench.replies(name, [reply(outcome)]);
                            }
                            assert_eq!(bench.play().statuses(), expected, "{edges:?} {outcomes:?}");
                            statuses_seen.insert(expected);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(graphs, 512);
    assert!(
        statuses_seen.len() > 50,
        "the table is not trivial: {statuses_seen:?}"
    );
}

fn reply(outcome: Status) -> Reply {
    match outcome {
        Succeeded => ok("{}"),
        Failed => rejected(),
        _ => Reply::Silence,
    }
}

/// Three calls, of which the later wait for the earlier as told.
fn three(edges: &[Edges; 3]) -> Flow {
    let text = "name: X\ntrigger: { type: manual }\nactions: { a: { type: salesforce.x } }\n";
    let loaded = crate::testing::loaded(&[("x.yaml", text)]);
    let mut flow = loaded.solution.flows.get("x").unwrap().clone();
    let pattern = flow.actions.actions[0].clone();
    let span = pattern.span;
    let actions = ["a", "b", "c"].iter().zip(edges).map(|(name, edges)| Action {
        name: Spanned::new((*name).to_owned(), span),
        timeout: Some(Duration::from_secs(1)),
        run_after: Some(RunAfter {
            predecessors: edges
                .iter()
                .map(|(from, statuses)| Predecessor {
                    name: Spanned::new(["a", "b", "c"][*from].to_owned(), span),
                    statuses: statuses.to_vec(),
                })
                .collect(),
            span,
        }),
        ..pattern.clone()
    });
    flow.actions = Block {
        actions: actions.collect(),
    };
    flow
}

/// The rules of skipping and of a block's status, followed to the letter.
fn by_the_rules(edges: &[Edges; 3], outcomes: [Status; 3]) -> String {
    let mut statuses = [Succeeded; 3];
    for action in 0..3 {
        let released = edges[action]
            .iter()
            .all(|(from, list)| list.contains(&statuses[*from]));
        statuses[action] = if released { outcomes[action] } else { Skipped };
    }
    let mut leaves: Vec<usize> = (0..3)
        .filter(|action| !edges.iter().flatten().any(|(from, _)| from == action))
        .collect();
    while let Some(position) = leaves.iter().position(|leaf| statuses[*leaf] == Skipped) {
        let skipped = leaves.remove(position);
        leaves.extend(edges[skipped].iter().map(|(from, _)| *from));
    }
    let run = [Failed, TimedOut]
        .into_iter()
        .find(|wanted| leaves.iter().any(|leaf| statuses[*leaf] == *wanted))
        .unwrap_or(Succeeded);
    format!(
        "a: {}, b: {}, c: {}, run: {}",
        statuses[0].name(),
        statuses[1].name(),
        statuses[2].name(),
        run.name()
    )
}
