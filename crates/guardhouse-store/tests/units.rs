//! Units, placeholders, gathering: on the engine that `GUARDHOUSE_TEST_POSTGRES` chooses.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use futures_util::future::join_all;
use guardhouse_store::{
    Outcome, StoreError, Unit,
    migrations::Migration,
    params,
    testing::{TestDatabase, check_statements},
};

const TABLES: &[Migration] = &[Migration {
    number: 1,
    feature: "things",
    name: "tables",
    sql: "create table things (id INTEGER primary key, name TEXT not null unique, body BLOB, size REAL) STRICT;
          create table parts (thing INTEGER not null references things (id), name TEXT not null) STRICT;",
    oldest_binary: 0,
}];

guardhouse_store::statements! {
    ADD = "insert into things (id, name) values ($1, $2)";
    ADD_FULL = "insert into things (size, body, name, id) values ($4, $3, $2, $1) returning id, name, body, size";
    ADD_PART = "insert into parts (thing, name) values ($1, $2)";
    RENAME = "update things set name = $2 where id = $1";
    RENAMED = "update things set name = $2 where id = $1 returning name";
    GET = "select name from things where id = $1";
    COUNT = "select count(*) from things";
    QUOTED = "select '$9', name /* $8 */ from things where id = $1 and name <> 'it''s $7' -- $6";
    CAST = "select $2::bigint + 1, cast($1 as text), $2::bigint";
}

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
