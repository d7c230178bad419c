//! The change log: on the engine that `GUARDHOUSE_TEST_POSTGRES` chooses.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use guardhouse_core::time::Timestamp;
use guardhouse_store::{
    Db, Dialect, MIGRATIONS, Unit,
    changes::{Change, ChangeReader, append, prune},
    params,
    testing::TestDatabase,
};

const SECOND: i64 = 1_000_000;
const NOW: Timestamp = Timestamp(1_700_000_000 * SECOND);

guardhouse_store::statements! {
    INSERT = "insert into change_log (seq, at, node, topic, key, value, keep_until)
        values ($1, 0, $2, 'ended', $2, $1, $3)";
    DELETE_LAST = "delete from change_log where seq = (select max(seq) from change_log)";
    COUNT = "select count(*) from change_log";
}

async fn fresh() -> (TestDatabase, ChangeReader) {
    let test = TestDatabase::migrated(MIGRATIONS).await;
    let reader = ChangeReader::start(test.db());
    (test, reader)
}

fn change(value: i64) -> Change {
    Change { topic: "ended".into(), key: vec![1, 2], value, keep_until: NOW.0 + 60 * SECOND }
}

async fn add(db: &Db, value: i64) {
    let unit = append(Unit::new(), &change(value), NOW, [7; 16]);
    assert!(db.run(unit).await.unwrap().is_done());
}

/// With a number of its own, as one that was handed out long before its commit.
async fn add_numbered(db: &Db, seq: i64) {
    db.execute(&INSERT, params![seq, [1u8; 16], NOW.0 + 60 * SECOND]).await.unwrap();
}

fn values(changes: &[Change]) -> Vec<i64> {
    changes.iter().map(|change| change.value).collect()
}

fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * SECOND)
}

#[tokio::test]
async fn each_change_is_delivered_once() {
    let (test, mut reader) = fresh().await;
    assert!(reader.load(NOW).await.unwrap().is_empty());
    add(test.db(), 1).await;
    assert_eq!(reader.poll(NOW).await.unwrap(), [change(1)]);
    assert!(reader.poll(NOW).await.unwrap().is_empty());
    add(test.db(), 2).await;
    add(test.db(), 3).await;
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), [2, 3]);
    let mut late = ChangeReader::start(test.db());
    assert_eq!(values(&late.load(NOW).await.unwrap()), [1, 2, 3]);
    assert!(late.poll(NOW).await.unwrap().is_empty());
    assert!(ChangeReader::start(test.db()).load(after(60)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lower_number_that_appears_later_is_delivered() {
    let (test, mut reader) = fresh().await;
    reader.load(NOW).await.unwrap();
    add_numbered(test.db(), 5).await;
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), [5]);
    add_numbered(test.db(), 3).await;
    assert_eq!(values(&reader.poll(after(5)).await.unwrap()), [3]);
    add_numbered(test.db(), 2).await;
    add_numbered(test.db(), 4).await;
    assert_eq!(values(&reader.poll(after(9)).await.unwrap()), [2, 4]);
    assert!(reader.poll(after(9)).await.unwrap().is_empty());
    // Looked for once more at the end of the window, and then no longer.
    assert!(reader.poll(after(10)).await.unwrap().is_empty());
    add_numbered(test.db(), 1).await;
    assert!(reader.poll(after(11)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fresh_reader_also_looks_for_lower_numbers() {
    let (test, mut reader) = fresh().await;
    add_numbered(test.db(), 2000).await;
    assert_eq!(values(&reader.load(NOW).await.unwrap()), [2000]);
    add_numbered(test.db(), 1999).await;
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), [1999]);
}

#[tokio::test]
async fn many_changes_at_once_are_all_delivered() {
    let (test, mut reader) = fresh().await;
    reader.load(NOW).await.unwrap();
    let unit = (1..=2500).fold(Unit::new(), |unit, value| append(unit, &change(value), NOW, [7; 16]));
    assert!(test.db().run(unit).await.unwrap().is_done());
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), (1..=2500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_database_that_went_back_in_time_is_read_again() {
    let (test, mut reader) = fresh().await;
    reader.load(NOW).await.unwrap();
    add(test.db(), 1).await;
    add(test.db(), 2).await;
    reader.poll(NOW).await.unwrap();
    test.db().execute(&DELETE_LAST, params![]).await.unwrap();
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), [1]);
}

#[tokio::test]
async fn pruning_keeps_what_is_needed_and_the_newest() {
    let (test, mut reader) = fresh().await;
    add(test.db(), 1).await;
    add(test.db(), 2).await;
    assert_eq!(prune(test.db(), after(60)).await.unwrap(), 0);
    reader.load(NOW).await.unwrap();
    assert_eq!(prune(test.db(), after(601)).await.unwrap(), 1);
    let left = test.db().first(&COUNT, params![]).await.unwrap().unwrap();
    assert_eq!(left.int(0).unwrap(), 1);
    assert!(reader.poll(after(601)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_reader_is_woken_after_the_commit_and_not_by_a_refused_unit() {
    let (test, mut reader) = fresh().await;
    reader.load(NOW).await.unwrap();
    let woken = test.db().changed();
    add(test.db(), 1).await;
    woken.await;
    reader.changed().await;
    assert_eq!(values(&reader.poll(NOW).await.unwrap()), [1]);
    if test.db().dialect() == Dialect::Sqlite {
        let woken = test.db().changed();
        let refused = append(Unit::new(), &change(2), NOW, [7; 16]).require(&INSERT_NOTHING, params![]);
        assert!(!test.db().run(refused).await.unwrap().is_done());
        let never = tokio::time::timeout(std::time::Duration::ZERO, woken).await;
        assert!(never.is_err());
    }
    assert!(reader.poll(NOW).await.unwrap().is_empty());
}

const INSERT_NOTHING: guardhouse_store::Statement =
    guardhouse_store::Statement { name: "INSERT_NOTHING", sql: "delete from change_log where seq < 0" };

mod postgres {
    use std::time::Duration;

    use super::*;

    fn is(test: &TestDatabase) -> bool {
        test.db().dialect() == Dialect::Postgres
    }

    async fn session(test: &TestDatabase) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&test.options().url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    #[tokio::test]
    async fn a_transaction_that_commits_out_of_order_is_delivered_once() {
        let (test, mut reader) = fresh().await;
        if !is(&test) {
            return;
        }
        reader.load(NOW).await.unwrap();
        let slow = session(&test).await;
        slow.batch_execute(
            "begin; insert into change_log (at, node, topic, key, value, keep_until)
             values (0, '', 'ended', '', 1, 9000000000000000)",
        )
        .await
        .unwrap();
        add(test.db(), 2).await;
        assert_eq!(values(&reader.poll(NOW).await.unwrap()), [2]);
        slow.batch_execute("commit").await.unwrap();
        assert_eq!(values(&reader.poll(after(1)).await.unwrap()), [1]);
        assert!(reader.poll(after(2)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn another_node_wakes_the_reader() {
        let (test, mut reader) = fresh().await;
        if !is(&test) {
            return;
        }
        reader.load(NOW).await.unwrap();
        // The first is the listener's own, when it begins.
        reader.changed().await;
        let node = Db::open(test.options()).unwrap();
        add(&node, 1).await;
        let woken = tokio::time::timeout(Duration::from_secs(20), reader.changed()).await;
        assert!(woken.is_ok());
        assert_eq!(values(&reader.poll(NOW).await.unwrap()), [1]);
    }

    #[tokio::test]
    async fn lost_connections_are_made_anew() {
        let (test, mut reader) = fresh().await;
        if !is(&test) {
            return;
        }
        reader.load(NOW).await.unwrap();
        reader.changed().await;
        let killer = session(&test).await;
        let kill = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        killer.batch_execute(kill).await.unwrap();
        assert!(test.db().first(&COUNT, params![]).await.unwrap().is_some());
        // The pool finds out by its next answer at the latest.
        let mut written = false;
        for _ in 0..5 {
            let unit = append(Unit::new(), &change(1), NOW, [7; 16]);
            written = test.db().run(unit).await.is_ok();
            if written {
                break;
            }
        }
        assert!(written);
        let woken = tokio::time::timeout(Duration::from_secs(20), async {
            while reader.poll(NOW).await.unwrap().is_empty() {
                reader.changed().await;
            }
        });
        assert!(woken.await.is_ok());
    }

    #[tokio::test]
    async fn a_deadlock_is_tried_again() {
        let (test, _reader) = fresh().await;
        if !is(&test) {
            return;
        }
        add_numbered(test.db(), 1).await;
        add_numbered(test.db(), 2).await;
        let touch = |seq: i64| (&TOUCH, params![seq]);
        let unit = |first: i64, second: i64| {
            let ((one, one_params), (two, two_params)) = (touch(first), touch(second));
            test.db().run(Unit::new().require(one, one_params).require(two, two_params))
        };
        let units = (0..8).map(|turn| if turn % 2 == 0 { unit(1, 2) } else { unit(2, 1) });
        for outcome in futures_util::future::join_all(units).await {
            assert!(outcome.unwrap().is_done());
        }
    }

    const TOUCH: guardhouse_store::Statement =
        guardhouse_store::Statement { name: "TOUCH", sql: "update change_log set value = value + 1 where seq = $1" };
}
