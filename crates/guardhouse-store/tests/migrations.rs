//! Migrations: on the engine that `GUARDHOUSE_TEST_POSTGRES` chooses.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use futures_util::future::join;
use guardhouse_core::time::Timestamp;
use guardhouse_store::{
    Db, Dialect, MIGRATIONS, STATEMENTS, StoreError,
    migrations::{Migration, migrate, pending, status},
    params,
    testing::{TestDatabase, check_statements},
};

const NOW: Timestamp = Timestamp(7);

const fn migration(number: i64, sql: &'static str, oldest_binary: i64) -> Migration {
    Migration { number, feature: "things", name: "table", sql, oldest_binary }
}

const FIRST: Migration = migration(10, "create table a (id INTEGER primary key, body BLOB) STRICT;", 0);
const SECOND: Migration = migration(11, "create table b (id INTEGER primary key) STRICT;", 0);

guardhouse_store::statements! {
    USE_B = "insert into b (id) values ($1)";
    USE_A = "insert into a (id) values ($1)";
}

#[tokio::test]
async fn the_tables_of_this_crate_fit_its_statements() {
    let test = TestDatabase::migrated(MIGRATIONS).await;
    for statements in STATEMENTS {
        check_statements(test.db(), statements).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_ledger_lacks_is_applied_once_and_in_order() {
    let test = TestDatabase::new().await;
    let db = test.db();
    assert_eq!(pending(db, &[SECOND, FIRST]).await.unwrap().len(), 2);
    let report = migrate(db, &[SECOND, FIRST], NOW).await.unwrap();
    assert_eq!((report.applied, report.schema), (vec![10, 11], 11));
    let report = migrate(db, &[FIRST, SECOND], NOW).await.unwrap();
    assert_eq!((report.applied, report.schema), (vec![], 11));
    let third = migration(12, "create table c (id INTEGER primary key) STRICT;", 0);
    let found = status(db, &[FIRST, third]).await.unwrap();
    let found: Vec<_> = found.iter().map(|status| (status.number, status.applied_at, status.known)).collect();
    assert_eq!(found, [(10, Some(NOW), true), (11, Some(NOW), false), (12, None, true)]);
}

#[tokio::test]
async fn a_changed_migration_refuses_to_start() {
    let test = TestDatabase::migrated(&[FIRST]).await;
    let changed = migration(10, "create table a (id INTEGER primary key) STRICT;", 0);
    let refused = migrate(test.db(), &[changed, SECOND], NOW).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Refused(reason) if reason.contains("another text")), "{refused}");
    assert!(test.db().execute(&USE_B, params![1]).await.is_err());
    let twice = pending(test.db(), &[SECOND, migration(11, "", 0)]).await.unwrap_err();
    assert!(twice.to_string().contains("taken twice"), "{twice}");
}

#[tokio::test]
async fn line_ends_are_no_change() {
    let test = TestDatabase::migrated(&[migration(10, "create table a\n(id INTEGER) STRICT;", 0)]).await;
    let elsewhere = migration(10, "create table a\r\n(id INTEGER) STRICT;", 0);
    assert!(migrate(test.db(), &[elsewhere], NOW).await.unwrap().applied.is_empty());
}

#[tokio::test]
async fn only_a_binary_that_is_too_old_refuses_to_start() {
    let test = TestDatabase::new().await;
    let breaking = Migration { oldest_binary: 11, ..migration(12, "create table c (id INTEGER) STRICT;", 0) };
    migrate(test.db(), &[FIRST, SECOND, breaking], NOW).await.unwrap();
    assert!(migrate(test.db(), &[FIRST, SECOND], NOW).await.unwrap().applied.is_empty());
    let refused = migrate(test.db(), &[FIRST], NOW).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Refused(reason) if reason.contains("too old")), "{refused}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let test = TestDatabase::new().await;
    let broken = migration(10, "create table a (id INTEGER primary key) STRICT; insert into nowhere values (1);", 0);
    assert!(migrate(test.db(), &[broken], NOW).await.is_err());
    assert!(test.db().execute(&USE_A, params![1]).await.is_err());
    migrate(test.db(), &[FIRST], NOW).await.unwrap();
    test.db().execute(&USE_A, params![1]).await.unwrap();
}

#[tokio::test]
async fn of_two_at_once_one_waits() {
    let test = TestDatabase::new().await;
    let other = Db::open(test.options()).unwrap();
    let (one, two) = join(migrate(test.db(), &[FIRST, SECOND], NOW), migrate(&other, &[FIRST, SECOND], NOW)).await;
    let mut applied = [one.unwrap().applied, two.unwrap().applied].concat();
    applied.sort_unstable();
    assert_eq!(applied, [10, 11]);
}

#[tokio::test]
async fn an_older_file_of_statements_is_found_by_preparing_it() {
    let test = TestDatabase::new().await;
    assert!(check_statements(test.db(), ALL).await.is_err());
    let foreign = guardhouse_store::Statement {
        name: test.db().dialect().pick("X_ON_POSTGRES", "X_ON_SQLITE"),
        sql: "no statement at all",
    };
    assert!(foreign.runs_on(test.db().dialect().pick(Dialect::Postgres, Dialect::Sqlite)));
    check_statements(test.db(), &[foreign]).await.unwrap();
}
