//! Every statement is one that both databases understand.

use guardhouse_store::testing::{TestDatabase, check_statements};

use crate::assembly;

#[tokio::test]
async fn every_statement_prepares_on_this_database() {
    let database = TestDatabase::migrated(&assembly::migrations()).await;
    check_statements(database.db(), &assembly::statements()).await.unwrap();
}

#[test]
fn migrations_have_one_number_each() {
    let migrations = assembly::migrations();
    assert!(migrations.windows(2).all(|pair| pair[0].number < pair[1].number));
}
