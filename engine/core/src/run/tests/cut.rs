//! Journals: reading one back is living it again, a cut one is lived on, and one that could not have been is refused.

use connector_api::ErrorClass;

use crate::flow::Status;
use crate::journal::{FORMAT_VERSION, Record};
use crate::run::tests::bench::{Bench, Reply, after, bench, fail, flow, ok, rejected};
use crate::run::{ChildEnd, Machine, Response};

fn child() -> Reply {
    Reply::Child(ChildEnd {
        status: Status::Succeeded,
        response: Some(Response::default()),
        error: None,
    })
}

/// Flows that use every kind of record.
fn flows() -> Vec<Bench> {
    vec![
        flow(
            "name: X\ntrigger: { type: manual }\nvariables: { n: { type: integer }, t: { type: text } }\nactions:\n  \
             a: { type: salesforce.x, inputs: { n: 1 } }\n  \
             s:\n    type: scope\n    actions:\n      \
             l:\n        type: for_each\n        items: [1, 2, 3]\n        concurrency: 2\n        actions:\n          \
             b: { type: salesforce.x, inputs: { n: \"{{ item }}\" } }\n          \
             v: { type: append_to_variable, inputs: { name: t, value: \"{{ actions.b.body.n }}\" } }\n      \
             u:\n        type: until\n        condition: \"{{ variables.n >= 2 }}\"\n        actions: { i: { type: increment_variable, inputs: { name: n } } }\n  \
             d: { type: delay, inputs: { for: 1h } }\n  \
             r: { type: run_flow, flow: y }\n  \
             answer: { type: response, inputs: { body: \"{{ variables.t }}\" } }\n",
        )
        .replies("a", [fail(ErrorClass::Transient, "BUSY"), ok("1")])
        .replies("r", [child()]),
        bench(
            "  c:\n    type: changeset\n    actions:\n      one: { type: salesforce.create_record, inputs: {} }\n      \
             two: { type: salesforce.create_record, inputs: { x: \"{{ actions.one.body.id }}\" } }\n  \
             w:\n    type: switch\n    on: b\n    cases: { a: { wa: { type: compose, inputs: 1 } }, b: { wb: { type: salesforce.x } } }\n  \
             h: { type: compose, inputs: 1, run_after: { w: [failed] } }\n  \
             t: { type: terminate, inputs: { status: failed } }\n",
        )
        .replies("wb", [rejected()]),
        bench(
            "  a: { type: salesforce.x, timeout: 5s }\n  b: { type: salesforce.x, run_after: {} }\n  \
             c: { type: compose, inputs: \"{{ actions.a.status }}\", run_after: { a: [timed_out], b: [succeeded] } }\n",
        )
        .replies("a", [Reply::Silence])
        .replies("b", [after(2, ok("1"))]),
    ]
}

/// All that a run knows and can still do.
fn picture(machine: &Machine) -> String {
    format!(
        "{:#?} {:?} {:?} {:?} {:?}",
        machine.state(),
        machine.ready,
        machine.open,
        machine.timers,
        machine.in_flight
    )
}

#[test]
fn reading_a_journal_back_is_living_it_again() {
    for bench in flows() {
        let played = bench.play();
        let text = serde_json::to_string(&played.records).unwrap();
        let read: Vec<Record> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, played.records);
        let folded = Machine::fold(bench.plan.clone(), bench.surroundings.clone(), &read).unwrap();
        assert_eq!(picture(&folded), picture(&played.machine));
    }
}

#[test]
fn a_run_cut_at_any_record_comes_to_the_same_end() {
    for bench in flows() {
        let whole = bench.play();
        for cut in 1..whole.records.len() {
            let played = bench.play_on(&whole.records[..cut]);
            let last = &whole.records[cut - 1];
            assert_eq!(played.statuses(), whole.statuses(), "cut after {last:?}");
            assert_eq!(
                played.machine.state().variables,
                whole.machine.state().variables,
                "cut after {last:?}"
            );
            // What had ended is not carried out again.
            let ended: Vec<_> = whole.records[..cut]
                .iter()
                .filter_map(|record| match record {
                    Record::Ended(end) if end.action.iterations.is_empty() => Some(end.action.action.clone()),
                    _ => None,
                })
                .collect();
            for (_, call) in &played.calls {
                assert!(
                    !ended.contains(&call.context.action),
                    "`{}` again after {last:?}",
                    call.context.action
                );
            }
        }
    }
}

#[test]
fn a_call_interrupted_by_a_crash_is_looked_for_before_it_is_repeated() {
    let bench = bench("  a: { type: salesforce.x, inputs: { n: 1 } }\n");
    let whole = bench.play();
    let began = whole
        .records
        .iter()
        .position(|record| matches!(record, Record::Began(_)))
        .unwrap();
    let played = bench.play_on(&whole.records[..=began]);
    assert_eq!(played.calls.len(), 1);
    let context = &played.calls[0].1.context;
    assert_eq!(
        (context.attempt, context.look_since),
        (2, Some(super::bench::start()))
    );
    assert_eq!(context.idempotency_key, whole.calls[0].1.context.idempotency_key);
    // A plain request cannot look, so its outcome stays unknown and nobody repeats it.
    for (method, status, calls) in [("POST", "failed", 0), ("GET", "succeeded", 1)] {
        let bench = super::bench::bench(&format!(
            "  a: {{ type: http, inputs: {{ method: {method}, url: \"https://example.test/\" }} }}\n"
        ));
        let whole = bench.play();
        let played = bench.play_on(&whole.records[..=1]);
        assert_eq!(
            played.statuses(),
            format!("a: {status}, run: {status}"),
            "{method}"
        );
        assert_eq!(played.calls.len(), calls, "{method}");
    }
}

#[test]
fn a_child_is_found_again_by_its_id() {
    let bench = bench("  r: { type: run_flow, flow: y }\n").replies("r", [child()]);
    let whole = bench.play();
    let played = bench.play_on(&whole.records[..=1]);
    assert_eq!(played.children, whole.children);
}

#[test]
fn a_journal_that_could_not_have_been_lived_is_refused() {
    let bench = &flows()[0];
    let records = bench.play().records;
    let fold = |records: &[Record]| {
        Machine::fold(bench.plan.clone(), bench.surroundings.clone(), records)
            .err()
            .map(|error| error.reason)
    };
    assert_eq!(fold(&records), None);
    // Twice the same, one left out, the first missing, something after the end.
    let mut refused = 0;
    for position in 0..records.len() {
        let mut twice = records.clone();
        twice.insert(position, records[position].clone());
        assert!(fold(&twice).is_some(), "{:?} twice", records[position]);
        let mut without = records.clone();
        without.remove(position);
        refused += usize::from(fold(&without).is_some());
    }
    // Only leaving out the very last record leaves a journal that can be lived on.
    assert_eq!(refused, records.len() - 1);
    let mut newer = records.clone();
    if let Record::RunStarted(first) = &mut newer[0] {
        first.format = FORMAT_VERSION + 1;
    }
    assert_eq!(
        fold(&newer).unwrap(),
        "it has format 2, this engine knows 1; use the newer engine"
    );
    let other = super::bench::bench("  other: { type: compose, inputs: 1 }\n");
    let error = Machine::fold(other.plan.clone(), other.surroundings.clone(), &records)
        .err()
        .unwrap();
    assert_eq!(error.reason, "the flow has no action `a`");
}
