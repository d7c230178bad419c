//! Units, placeholders, gathering: on the engine that `GUARDHOUSE_TEST_POSTGRES` chooses.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::Duration;

use futures_util::future::{join, join_all};
use guardhouse_core::time::Timestamp;
use guardhouse_store::{
    Db, Dialect, Outcome, Statement, StoreError, Unit,
    migrations::{Migration, migrate},
    params,
    testing::{TestDatabase, check_statements},
};

const TABLES: &[Migration] = &[Migration {
    number: 1,
    feature: "things",
    name: "tables",
    sql: "create table things (id INTEGER primary key, name TEXT not null unique, body BLOB, size REAL) STRICT;
          create table parts (thing INTEGER not null references things (id), name TEXT not null) STRICT;
          create table late (thing INTEGER not null references things (id) deferrable initially deferred) STRICT;",
    oldest_binary: 0,
}];

guardhouse_store::statements! {
    ADD = "insert into things (id, name) values ($1, $2)";
    ADD_FULL = "insert into things (size, body, name, id) values ($4, $3, $2, $1) returning id, name, body, size";
    ADD_PART = "insert into parts (thing, name) values ($1, $2)";
    ADD_LATE = "insert into late (thing) values ($1)";
    CLEAR = "delete from things";
    CLEAR_SOME = "delete from things where id in (select id from things where id > $1 limit $2)";
    RENAME = "update things set name = $2 where id = $1";
    RENAMED = "update things set name = $2 where id = $1 returning name";
    GET = "select name from things where id = $1";
    COUNT = "select count(*) from things";
    QUOTED = "select '$9', name /* $8 */ from things where id = $1 and name <> 'it''s $7' -- $6";
    CAST = "select $2::bigint + 1, cast($1 as text), $2::bigint";
}

/// Asked of SQLite alone.
const SYNCHRONOUS: Statement = Statement {
    name: "units::SYNCHRONOUS",
    sql: "select synchronous, journal_mode from pragma_synchronous, pragma_journal_mode",
};

async fn fresh() -> TestDatabase {
    TestDatabase::migrated(TABLES).await
}

async fn count(test: &TestDatabase) -> i64 {
    test.db().first(&COUNT, params![]).await.unwrap().unwrap().int(0).unwrap()
}

#[tokio::test]
async fn every_statement_prepares() {
    check_statements(fresh().await.db(), ALL).await.unwrap();
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let test = fresh().await;
    let row = test.db().returning(&ADD_FULL, params![i64::MAX, "ünï", [0u8, 255], 1.5]).await.unwrap().unwrap();
    assert_eq!(row.int(0).unwrap(), i64::MAX);
    assert_eq!(row.text(1).unwrap(), "ünï");
    assert_eq!(row.bytes(2).unwrap(), [0, 255]);
    assert!((row.real(3).unwrap() - 1.5).abs() < f64::EPSILON);
    let row = test.db().returning(&ADD_FULL, params![2, "b", None::<Vec<u8>>, None::<f64>]).await.unwrap().unwrap();
    assert_eq!(row.opt_bytes(2).unwrap(), None);
}

#[tokio::test]
async fn placeholders_are_numbered_and_literals_are_left_alone() {
    let test = fresh().await;
    test.db().execute(&ADD, params![1, "one"]).await.unwrap();
    let row = test.db().first(&QUOTED, params![1]).await.unwrap().unwrap();
    assert_eq!((row.text(0).unwrap().as_str(), row.text(1).unwrap().as_str()), ("$9", "one"));
    let row = test.db().first(&CAST, params!["x", 41]).await.unwrap().unwrap();
    assert_eq!((row.int(0).unwrap(), row.text(1).unwrap().as_str(), row.int(2).unwrap()), (42, "x", 41));
    for wrong in [params![], params![1, 2]] {
        assert!(matches!(test.db().query(&GET, wrong).await, Err(StoreError::Internal(_))));
    }
}

#[tokio::test]
async fn a_unit_happens_whole_or_not_at_all() {
    let test = fresh().await;
    let unit = Unit::new().step(&ADD, params![1, "a"]).step(&ADD, params![2, "a"]);
    let failed = test.db().run(unit).await.unwrap_err();
    assert!(failed.is_conflict_with("things.name"), "{failed}");
    assert_eq!(count(&test).await, 0);
    let unit = Unit::new().step(&ADD, params![1, "a"]).require(&RENAMED, params![1, "b"]).step(&GET, params![1]);
    let steps = test.db().run(unit).await.unwrap().done().unwrap();
    assert_eq!(steps.affected(0), 1);
    assert_eq!(steps[1][0].text(0).unwrap(), "b");
    assert_eq!(steps.first(2).unwrap().text(0).unwrap(), "b");
}

#[tokio::test]
async fn a_required_step_that_touches_nothing_undoes_the_unit() {
    let test = fresh().await;
    for required in [&RENAME, &RENAMED] {
        let unit =
            Unit::new().step(&ADD, params![1, "a"]).require(required, params![7, "b"]).step(&ADD, params![1, "c"]);
        assert!(matches!(test.db().run(unit).await.unwrap(), Outcome::Refused { step: 1 }));
        assert_eq!(count(&test).await, 0);
    }
    let alone = Unit::new().require(&RENAME, params![7, "b"]);
    assert!(matches!(test.db().run(alone).await.unwrap(), Outcome::Refused { step: 0 }));
}

#[tokio::test]
async fn errors_name_the_constraint_and_never_a_value() {
    let test = fresh().await;
    test.db().execute(&ADD, params![1, "alice@example.com"]).await.unwrap();
    let unique = test.db().execute(&ADD, params![2, "alice@example.com"]).await.unwrap_err();
    assert!(unique.is_conflict_with("things.name"), "{unique}");
    let primary = test.db().execute(&ADD, params![1, "b"]).await.unwrap_err();
    assert!(primary.is_conflict_with("things.id"), "{primary}");
    let foreign = test.db().execute(&ADD_PART, params![9, "alice@example.com"]).await.unwrap_err();
    assert!(foreign.is_conflict_with("foreign key"), "{foreign}");
    let kind = test.db().execute(&ADD, params!["alice@example.com", "c"]).await.unwrap_err();
    let null = test.db().execute(&ADD, params![3, None::<String>]).await.unwrap_err();
    for error in [unique, kind, null] {
        let told = format!("{error} {error:?}");
        assert!(!told.contains("alice"), "{told}");
    }
}

#[tokio::test]
async fn failing_units_take_no_neighbour_along() {
    let test = fresh().await;
    let units = (0..64).map(|id| {
        let unit = Unit::new().step(&ADD, params![id, format!("n{id}")]);
        test.db().run(match id % 4 {
            0 => unit.step(&ADD, params![id, "twice"]),
            1 => unit.require(&RENAME, params![-1, "nobody"]),
            _ => unit,
        })
    });
    for (id, outcome) in join_all(units).await.into_iter().enumerate() {
        match id % 4 {
            0 => assert!(matches!(outcome, Err(StoreError::Conflict { .. }))),
            1 => assert!(matches!(outcome, Ok(Outcome::Refused { step: 1 }))),
            _ => assert!(outcome.unwrap().is_done()),
        }
    }
    assert_eq!(count(&test).await, 32);
}

/// Ruling 37: what an acknowledged commit survives is asked of the connection that writes it.
#[tokio::test]
async fn sqlite_writes_with_full_synchronization_m02() {
    let folder = std::env::temp_dir().join(format!("guardhouse-full-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let db = Db::open(&format!("sqlite:{}/a.db", folder.display()).as_str().into()).unwrap();
    let asked = db.run(Unit::new().step(&SYNCHRONOUS, params![])).await.unwrap().done().unwrap();
    let (full, log) = (asked.first(0).unwrap().int(0).unwrap(), asked.first(0).unwrap().text(1).unwrap());
    drop(db);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((full, log.as_str()), (2, "wal"), "2 is FULL");
}

#[tokio::test]
async fn units_that_wait_are_gathered_into_one_durable_commit() {
    let test = fresh().await;
    let units = join_all((0..64).map(|id| test.db().run(Unit::new().step(&ADD, params![id, format!("n{id}")]))));
    let before = test.db().stats();
    if test.db().dialect() == Dialect::Sqlite {
        // Nobody gets in before all of them wait.
        let other = other_process(&test);
        other.execute_batch("begin immediate").unwrap();
        let (outcomes, ()) = join(units, async { other.execute_batch("rollback").unwrap() }).await;
        assert!(outcomes.into_iter().all(|outcome| outcome.unwrap().is_done()));
        assert_eq!(test.db().stats().commits - before.commits, 1);
    } else {
        assert!(units.await.into_iter().all(|outcome| outcome.unwrap().is_done()));
    }
    assert_eq!(test.db().stats().units - before.units, 64);
    assert_eq!(count(&test).await, 64);
}

#[tokio::test]
async fn a_full_database_keeps_what_it_acknowledged_and_recovers() {
    let test = TestDatabase::with(|options| options.max_bytes = Some(128 * 1024)).await.unwrap();
    if test.db().dialect() == Dialect::Postgres {
        return;
    }
    migrate(test.db(), TABLES, Timestamp(0)).await.unwrap();
    let add = |id: i64| test.db().run(Unit::new().step(&ADD_FULL, params![id, format!("n{id}"), vec![0; 2000], 1.0]));
    let mut kept = 0;
    let mut full = 0;
    for round in 0..8 {
        for outcome in join_all((round * 20..round * 20 + 20).map(add)).await {
            match outcome {
                Ok(outcome) => kept += i64::from(outcome.is_done()),
                Err(StoreError::Full) => full += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(full > 0 && kept > 0, "{full} {kept}");
    assert_eq!(count(&test).await, kept);
    test.db().execute(&CLEAR, params![]).await.unwrap();
    assert!(add(1000).await.unwrap().is_done());
}

#[tokio::test]
async fn a_full_database_refuses_what_grows_and_nothing_beside_it() {
    let test = TestDatabase::with(|options| options.max_bytes = Some(128 * 1024)).await.unwrap();
    if test.db().dialect() == Dialect::Postgres {
        return;
    }
    migrate(test.db(), TABLES, Timestamp(0)).await.unwrap();
    let add = |id: i64| test.db().run(Unit::new().step(&ADD_FULL, params![id, format!("n{id}"), vec![0; 2000], 1.0]));
    let mut id = 0;
    while add(id).await.is_ok() {
        id += 1;
    }
    // Nobody gets in before all of them wait, so they share a commit.
    let other = other_process(&test);
    other.execute_batch("begin immediate").unwrap();
    let rename = |id| test.db().run(Unit::new().require(&RENAME, params![id, format!("m{id}")]));
    let beside = join(join_all((0..id).map(rename)), join_all((id..id + 9).map(add)));
    let ((renamed, added), ()) = join(beside, async { other.execute_batch("rollback").unwrap() }).await;
    assert!(renamed.into_iter().all(|outcome| outcome.unwrap().is_done()));
    assert!(added.into_iter().all(|outcome| matches!(outcome, Err(StoreError::Full))));
    assert_eq!(count(&test).await, id);
}

#[tokio::test]
async fn a_commit_that_fails_is_told_and_leaves_the_connection_usable() {
    let test = fresh().await;
    // A deferred key is checked by the commit itself.
    let failed = test.db().execute(&ADD_LATE, params![9]).await.unwrap_err();
    assert!(failed.is_conflict_with("foreign key") || failed.is_conflict_with("late"), "{failed}");
    let failed = test.db().run(Unit::new().step(&ADD, params![1, "a"]).step(&ADD_LATE, params![9])).await;
    assert!(failed.is_err());
    assert_eq!(count(&test).await, 0);
    let unit = Unit::new().step(&ADD_LATE, params![9]).step(&ADD, params![9, "a"]);
    assert!(test.db().run(unit).await.unwrap().is_done());
}

#[tokio::test]
async fn a_unit_of_a_caller_who_went_away_is_whole_or_absent() {
    let test = fresh().await;
    for round in 0..20 {
        let id = round * 2;
        let unit = Unit::new().step(&ADD, params![id, format!("n{id}")]).step(&ADD, params![id + 1, format!("m{id}")]);
        // Polled once, then dropped.
        let _ = tokio::time::timeout(Duration::ZERO, test.db().run(unit)).await;
        assert_eq!(count(&test).await % 2, 0);
    }
    test.db().execute(&ADD, params![-1, "last"]).await.unwrap();
}

#[tokio::test]
async fn acknowledged_rows_are_there_after_opening_again() {
    let test = fresh().await;
    test.db().execute(&ADD, params![1, "a"]).await.unwrap();
    let again = Db::open(test.options()).unwrap();
    again.check().await.unwrap();
    assert_eq!(again.scan(&COUNT, params![]).await.unwrap()[0].int(0).unwrap(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_log_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let test = TestDatabase::new().await;
    migrate(test.db(), TABLES, Timestamp(0)).await.unwrap();
    let Some(path) = test.options().url.strip_prefix("sqlite:") else { return };
    for file in [path.to_owned(), format!("{path}-wal"), format!("{path}-shm")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

#[tokio::test]
async fn a_look_up_cannot_write_on_sqlite() {
    let test = fresh().await;
    if test.db().dialect() == Dialect::Sqlite {
        assert!(test.db().query(&ADD, params![1, "a"]).await.is_err());
        assert!(test.db().scan(&ADD, params![1, "a"]).await.is_err());
    }
}

fn other_process(test: &TestDatabase) -> rusqlite::Connection {
    rusqlite::Connection::open(test.options().url.trim_start_matches("sqlite:")).unwrap()
}

#[tokio::test]
async fn a_write_in_batches_ends_with_the_rows_m40() {
    let test = fresh().await;
    for (rows, commits) in [(7, 3), (6, 3), (0, 1)] {
        for id in 1..=rows {
            test.db().execute(&ADD, params![id, id.to_string()]).await.unwrap();
        }
        let before = test.db().stats().units;
        let gone = test.db().execute_in_batches(&CLEAR_SOME, params![0], 3).await.unwrap();
        assert_eq!((gone, test.db().stats().units - before), (u64::try_from(rows).unwrap(), commits), "{rows}");
        assert_eq!(count(&test).await, 0);
    }
}
