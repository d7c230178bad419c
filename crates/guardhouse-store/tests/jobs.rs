//! The job queue: on the engine that `GUARDHOUSE_TEST_POSTGRES` chooses.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::HashMap;

use futures_util::future::join_all;
use guardhouse_core::time::{Span, Timestamp};
use guardhouse_store::{
    Db, MIGRATIONS, Unit,
    jobs::{Job, bury, claim, dead, enqueue, finish, retry},
    testing::TestDatabase,
};

const SECOND: i64 = 1_000_000;
const NOW: Timestamp = Timestamp(1_700_000_000 * SECOND);
const LEASE: Span = Span(30 * SECOND);

fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * SECOND)
}

async fn with_jobs(number: u8) -> TestDatabase {
    let test = TestDatabase::migrated(MIGRATIONS).await;
    let unit = (0..number).fold(Unit::new(), |unit, n| enqueue(unit, &Job::new("mail", vec![n], NOW)));
    assert!(test.db().run(unit).await.unwrap().is_done());
    test
}

async fn one(db: &Db, now: Timestamp) -> Option<Job> {
    claim(db, &["mail"], now, LEASE, 1).await.unwrap().pop()
}

#[tokio::test]
async fn twenty_claimers_on_two_nodes_run_each_job_once() {
    let test = with_jobs(60).await;
    let other = Db::open(test.options()).unwrap();
    let claimers = (0..20).map(|turn| {
        let db = if turn % 2 == 0 { test.db() } else { &other };
        async move {
            let mut got = Vec::new();
            loop {
                let jobs = claim(db, &["other", "mail"], NOW, LEASE, 2).await.unwrap();
                assert!(jobs.len() <= 2);
                if jobs.is_empty() {
                    return got;
                }
                got.extend(jobs.into_iter().map(|job| job.payload));
            }
        }
    });
    let mut runs: HashMap<Vec<u8>, u32> = HashMap::new();
    for payload in join_all(claimers).await.into_iter().flatten() {
        *runs.entry(payload).or_default() += 1;
    }
    assert_eq!(runs.len(), 60);
    assert!(runs.values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_job_is_not_run_early_nor_after_it_was_finished() {
    let test = with_jobs(0).await;
    let job = Job { run_at: after(5), ..Job::new("mail", vec![1], NOW) };
    assert!(test.db().run(enqueue(Unit::new(), &job)).await.unwrap().is_done());
    assert_eq!(one(test.db(), after(4)).await, None);
    let claimed = one(test.db(), after(5)).await.unwrap();
    assert_eq!(claimed, Job { attempts: 1, ..job });
    assert!(finish(test.db(), &claimed).await.unwrap());
    assert_eq!(one(test.db(), after(1000)).await, None);
}

#[tokio::test]
async fn a_lease_that_ran_out_passes_the_job_on_and_the_late_one_changes_nothing() {
    let test = with_jobs(1).await;
    let slow = one(test.db(), NOW).await.unwrap();
    assert_eq!(one(test.db(), after(29)).await, None);
    let quick = one(test.db(), after(30)).await.unwrap();
    assert_eq!(quick.attempts, 2);
    assert!(!finish(test.db(), &slow).await.unwrap());
    assert!(!retry(test.db(), &slow, NOW, "late").await.unwrap());
    assert!(finish(test.db(), &quick).await.unwrap());
}

#[tokio::test]
async fn after_its_last_attempt_a_job_is_dead_and_stays() {
    let test = with_jobs(0).await;
    let job = Job { max_attempts: 2, ..Job::new("mail", vec![1], NOW) };
    assert!(test.db().run(enqueue(Unit::new(), &job)).await.unwrap().is_done());
    let first = one(test.db(), NOW).await.unwrap();
    assert!(retry(test.db(), &first, after(10), &"refused ".repeat(100)).await.unwrap());
    assert_eq!(one(test.db(), after(9)).await, None);
    assert!(dead(test.db(), after(9), 10).await.unwrap().is_empty());
    let last = one(test.db(), after(10)).await.unwrap();
    assert!(last.last_error.as_ref().unwrap().len() <= 500);
    assert!(retry(test.db(), &last, after(20), "refused").await.unwrap());
    assert_eq!(one(test.db(), after(1000)).await, None);
    let found = dead(test.db(), after(1000), 10).await.unwrap();
    assert_eq!((found.len(), found[0].attempts, found[0].last_error.as_deref()), (1, 2, Some("refused")));
}

#[tokio::test]
async fn a_job_that_nothing_can_help_is_buried_at_once() {
    let test = with_jobs(1).await;
    let claimed = one(test.db(), NOW).await.unwrap();
    assert!(bury(test.db(), &claimed, "no such receiver").await.unwrap());
    assert_eq!(one(test.db(), after(1000)).await, None);
    assert_eq!(dead(test.db(), NOW, 10).await.unwrap().len(), 1);
}
