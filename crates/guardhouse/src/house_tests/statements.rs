//! Every statement is one that both databases understand.

use guardhouse_store::testing::{TestDatabase, check_statements};

use crate::assembly;

#[tokio::test]
async fn every_statement_prepares_on_this_database() {
    let database = TestDatabase::migrated(&assembly::migrations()).await;
    check_statements(database.db(), &assembly::statements()).await.unwrap();
}

/// M-40: what removes by age or whose it is meets any number of rows, so it takes some at a time.
#[test]
fn whatever_sweeps_or_erases_is_bounded_m40() {
    let of_many = |name: &str| ["SWEEP", "PRUNE", "ERASE_"].iter().any(|word| name.contains(word));
    let all = assembly::statements();
    let kept = guardhouse_store::STATEMENTS.iter().copied().flatten().chain(&all);
    let swept: Vec<_> = kept.filter(|one| of_many(one.name.rsplit("::").next().unwrap_or_default())).collect();
    assert!(swept.len() >= 10, "{}", swept.len());
    for statement in swept {
        assert!(statement.sql.contains("limit "), "{}", statement.name);
    }
}

#[test]
fn migrations_have_one_number_each() {
    let migrations = assembly::migrations();
    assert!(migrations.windows(2).all(|pair| pair[0].number < pair[1].number));
}
