//! Rows of one owner are kept from the statements of another by the database itself, where it can (row-level security).

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use guardhouse_store::{Dialect, Outcome, Owner, Unit, migrations::Migration, params, testing::TestDatabase};

const TABLES: &[Migration] = &[Migration {
    number: 1,
    feature: "things",
    name: "tables",
    sql: concat!(
        "create table things (id INTEGER primary key, owner BLOB) STRICT;",
        guardhouse_store::rows_of_owners!("things", "owner"),
    ),
    oldest_binary: 0,
}];

guardhouse_store::statements! {
    ADD = "insert into things (id, owner) values ($1, $2)";
    ALL_THINGS = "select id from things order by id";
    CLEAR = "delete from things";
    ABOVE_ON_POSTGRES = "select 1 from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)";
}

fn ids(rows: &[guardhouse_store::Row]) -> Vec<i64> {
    rows.iter().map(|row| row.int(0).unwrap()).collect()
}

#[tokio::test]
async fn an_owner_meets_its_own_rows_whatever_the_statement_says_t2() {
    let test = TestDatabase::migrated(TABLES).await;
    let db = test.db();
    if db.dialect() == Dialect::Sqlite {
        return;
    }
    let above = db.first(&ABOVE_ON_POSTGRES, params![]).await.unwrap();
    assert!(above.is_none(), "a superuser is above all policies: run the suite as somebody else");
    let (one, two): (Owner, Owner) = ([1; 16], [2; 16]);
    for (id, owner) in [(1, Some(one)), (2, Some(two)), (3, None)] {
        db.execute(&ADD, params![id, owner.map(|owner| owner.to_vec())]).await.unwrap();
    }
    assert_eq!(ids(&db.scan(&ALL_THINGS, params![]).await.unwrap()), [1, 2, 3]);
    assert_eq!(ids(&db.scan_within(one, &ALL_THINGS, params![]).await.unwrap()), [1]);
    let foreign = Unit::new().step(&ADD, params![4, two]).within(one);
    assert!(db.run(foreign).await.is_err(), "nobody writes what is another's");
    let own = Unit::new().require(&ADD, params![5, one]).step(&CLEAR, params![]).within(one);
    let Outcome::Done(steps) = db.run(own).await.unwrap() else { panic!("it was refused") };
    assert_eq!(steps.affected(1), 2);
    // The next user of the connection is not bounded by it.
    assert_eq!(ids(&db.scan(&ALL_THINGS, params![]).await.unwrap()), [2, 3]);
}
