use futures_util::future::join_all;
use proptest::prelude::*;

use super::*;
use crate::testing::TestDatabase;

const SECOND: i64 = 1_000_000;
const FIVE_A_MINUTE: Rate = Rate { count: 5, window_micros: 60 * SECOND };
const BEGIN: i64 = 1_700_000_000 * SECOND;

async fn database() -> (TestDatabase, Counters) {
    let test = TestDatabase::migrated(&[MIGRATION]).await;
    let counters = Counters::Database(test.db().clone());
    (test, counters)
}

async fn both() -> (TestDatabase, [Counters; 2]) {
    let (test, database) = database().await;
    (test, [database, Counters::memory()])
}

#[tokio::test]
async fn the_limit_holds_for_the_window_and_a_wait_of_the_told_length_is_enough() {
    let (_test, both) = both().await;
    for counters in both {
        let mut now = Timestamp(BEGIN);
        for remaining in (0..5).rev() {
            let charge = counters.charge(b"k", FIVE_A_MINUTE, now).await.unwrap();
            assert_eq!((charge.allowed, charge.remaining), (true, remaining));
        }
        let refused = counters.charge(b"k", FIVE_A_MINUTE, now).await.unwrap();
        assert!(!refused.allowed && refused.reset_micros >= FIVE_A_MINUTE.window_micros);
        now.0 += refused.reset_micros - 1;
        assert!(!counters.charge(b"k", FIVE_A_MINUTE, now).await.unwrap().allowed);
        now.0 += 1;
        assert!(counters.charge(b"k", FIVE_A_MINUTE, now).await.unwrap().allowed);
        assert!(counters.charge(b"other", FIVE_A_MINUTE, now).await.unwrap().allowed);
    }
}

#[tokio::test]
async fn a_limit_of_zero_refuses_all_and_a_refund_makes_room() {
    let (_test, both) = both().await;
    for counters in both {
        let (now, one) = (Timestamp(BEGIN), Rate { count: 1, ..FIVE_A_MINUTE });
        let none = Rate { count: 0, ..one };
        assert!(!counters.charge(b"k", none, now).await.unwrap().allowed);
        assert!(counters.charge(b"k", one, now).await.unwrap().allowed);
        assert!(!counters.charge(b"k", one, now).await.unwrap().allowed);
        counters.refund(b"k").await.unwrap();
        counters.refund(b"k").await.unwrap();
        assert!(counters.charge(b"k", one, now).await.unwrap().allowed);
        assert!(!counters.charge(b"k", one, now).await.unwrap().allowed);
    }
}

#[tokio::test]
async fn parallel_tries_never_pass_the_limit() {
    let (_test, both) = both().await;
    for counters in both {
        let tries = (0..40).map(|_| counters.charge(b"k", FIVE_A_MINUTE, Timestamp(BEGIN)));
        let allowed = join_all(tries).await.into_iter().filter(|charge| charge.as_ref().unwrap().allowed);
        assert_eq!(allowed.count(), 5);
    }
}

#[tokio::test]
async fn ended_counters_are_pruned_and_memory_stays_bounded() {
    let (test, database) = database().await;
    database.charge(b"k", FIVE_A_MINUTE, Timestamp(BEGIN)).await.unwrap();
    assert_eq!(database.prune(Timestamp(BEGIN)).await.unwrap(), 0);
    assert_eq!(database.prune(Timestamp(BEGIN + 120 * SECOND)).await.unwrap(), 1);
    drop(test);
    let memory = Memory::default();
    for key in 0..KEYS * 3 {
        memory.charge(&key.to_be_bytes(), FIVE_A_MINUTE, Timestamp(BEGIN));
        // An attacked key among the many.
        memory.charge(b"k", FIVE_A_MINUTE, Timestamp(BEGIN));
    }
    assert!(memory.len() <= KEYS);
    assert!(!memory.charge(b"k", FIVE_A_MINUTE, Timestamp(BEGIN)).allowed);
}

#[test]
fn memory_and_database_count_alike() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_test, [database, memory]) = runtime.block_on(both());
    let tries = prop::collection::vec((0..4 * SECOND, 0..8u8), 1..60);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (any::<[u8; 8]>(), 0..6u32, 1..10 * SECOND, tries);
    let compare = |(key, count, window_micros, tries): ([u8; 8], u32, i64, Vec<(i64, u8)>)| {
        let rate = Rate { count, window_micros };
        let mut now = Timestamp(BEGIN);
        for (pause, act) in tries {
            now.0 += pause;
            runtime.block_on(async {
                if act == 0 {
                    database.refund(&key).await.unwrap();
                    memory.refund(&key).await.unwrap();
                }
                let charged = memory.charge(&key, rate, now).await.unwrap();
                prop_assert_eq!(database.charge(&key, rate, now).await.unwrap(), charged);
                Ok(())
            })?;
        }
        Ok(())
    };
    runner.run(&strategy, compare).unwrap();
}
