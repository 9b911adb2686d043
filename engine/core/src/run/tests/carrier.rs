//! What every carrier promises, tested on the one in memory and the one on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::Record;
use crate::run::tests::bench::{bench, start};
use crate::run::{Carrier, Clock, StoreCarrier, VirtualClock};
use crate::store::{Batch, DiskStore, NewRun, RunRow, RunStatus, StoreError};

async fn promises(carrier: Arc<StoreCarrier>, clock: VirtualClock) {
    appends(&carrier).await;
    turns(Arc::clone(&carrier)).await;

    // Time: what is past does not wait, what is to come waits for the clock.
    assert_eq!(carrier.now(), start());
    carrier.wake_at(start()).await;
    let due = start() + Duration::from_secs(60);
    let sleeper = {
        let carrier = Arc::clone(&carrier);
        tokio::spawn(async move {
            carrier.wake_at(due).await;
            carrier.now()
        })
    };
    clock.advance(Duration::from_secs(59));
    tokio::task::yield_now().await;
    assert!(!sleeper.is_finished());
    clock.advance(Duration::from_secs(2));
    assert!(sleeper.await.unwrap() >= due);

    // Ids are new and in order, seeds differ.
    let ids: Vec<_> = (0..100).map(|_| carrier.new_id()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    assert_ne!(carrier.seed(), carrier.seed());
}

async fn appends(carrier: &StoreCarrier) {
    let Record::RunStarted(first) = bench("  {}\n").first else {
        panic!("a run starts")
    };
    carrier
        .store()
        .begin_run(NewRun {
            row: RunRow {
                id: first.run,
                flow: "x".into(),
                version: "v".into(),
                status: RunStatus::Running,
                key: None,
                trigger: String::new(),
                parent: None,
                started: first.at,
                ended: None,
                error: None,
            },
            event: None,
            records: vec![Record::RunStarted(first.clone())],
        })
        .await
        .unwrap();
    let batch = |seq| Batch {
        run: first.run,
        seq,
        records: vec![Record::CancelRequested { at: start() }],
        status: RunStatus::Running,
    };
    carrier.append(batch(1)).await.unwrap();
    assert!(matches!(
        carrier.append(batch(1)).await,
        Err(StoreError::Inconsistent(_))
    ));
    assert_eq!(carrier.store().journal(first.run).await.unwrap().len(), 2);
}

async fn turns(carrier: Arc<StoreCarrier>) {
    let first = carrier.own("deal", 1).await;
    // Another key is free, the same is not.
    drop(carrier.own("other", 1).await);
    let (said, mut order) = tokio::sync::mpsc::unbounded_channel();
    let mut waiting = Vec::new();
    for number in 0..4 {
        let (asker, said) = (Arc::clone(&carrier), said.clone());
        waiting.push(tokio::spawn(async move {
            let guard = asker.own("deal", 1).await;
            said.send(number).unwrap();
            drop(guard);
        }));
        tokio::task::yield_now().await;
    }
    // One goes away before its turn: the others still come, in the order they asked.
    waiting[1].abort();
    assert!(order.try_recv().is_err(), "nobody has a turn while it is held");
    drop(first);
    for (number, task) in waiting.into_iter().enumerate() {
        assert_eq!(task.await.is_ok(), number != 1);
    }
    let mut came = Vec::new();
    while let Ok(number) = order.try_recv() {
        came.push(number);
    }
    assert_eq!(came, [0, 2, 3]);

    // A limit of two lets two in.
    let (one, two) = (carrier.own("pair", 2).await, carrier.own("pair", 2).await);
    let third = tokio::spawn({
        let carrier = Arc::clone(&carrier);
        async move { drop(carrier.own("pair", 2).await) }
    });
    tokio::task::yield_now().await;
    assert!(!third.is_finished());
    drop(one);
    third.await.unwrap();
    drop(two);
}

#[tokio::test]
async fn the_carrier_in_memory_keeps_its_promises() {
    let clock = VirtualClock::new(start());
    let carrier = StoreCarrier::in_memory(Clock::Virtual(clock.clone()), 1);
    promises(Arc::new(carrier), clock).await;
}

#[tokio::test]
async fn the_carrier_on_disk_keeps_its_promises() {
    let folder = std::env::temp_dir().join(format!("engine-carrier-{}", uuid::Uuid::new_v4()));
    let clock = VirtualClock::new(start());
    let store = Arc::new(DiskStore::open(&folder).unwrap());
    let carrier = StoreCarrier::new(store, Clock::Virtual(clock.clone()));
    promises(Arc::new(carrier), clock).await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn equal_seeds_make_equal_carriers() {
    let numbers = |seed| {
        let carrier = StoreCarrier::in_memory(Clock::Virtual(VirtualClock::new(start())), seed);
        (0..5)
            .map(|_| (carrier.new_id(), carrier.seed()))
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(5), numbers(5));
    assert_ne!(numbers(5), numbers(500));
}
