//! Migrated once, copied for each test: a suite of many tests would mostly migrate otherwise.

use std::{collections::HashMap, sync::Arc};

use data_encoding::HEXLOWER;
use guardhouse_core::{secret, time::Timestamp};
use tokio::sync::Mutex;

use super::{Kind, Place, TestDatabase, file};
use crate::{
    Result, StoreError, ddl,
    migrations::{self, Migration},
    postgres,
};

/// The whole SQLite files, by what was applied.
static FILES: Mutex<Option<HashMap<String, Arc<Vec<u8>>>>> = Mutex::const_new(None);
/// One at a time makes a template on the server.
static MAKING: Mutex<()> = Mutex::const_new(());

/// What makes a template another one.
fn checksum(migrations: &[Migration]) -> String {
    let steps = migrations.iter().map(|migration| format!("{migration:?}{}", ddl::for_postgres(migration.sql)));
    let text = steps.fold(migrations::LEDGER.to_owned(), |text, step| text + &step);
    HEXLOWER.encode(&secret::sha256(text.as_bytes())[..12])
}

pub(super) async fn folder(name: &str, migrations: &[Migration]) -> Result<Place> {
    let whole = whole_file(migrations).await?;
    let place = Place::folder(name)?;
    if let Kind::Folder(folder) = &place.0 {
        std::fs::write(file(folder), &*whole).map_err(StoreError::unavailable)?;
    }
    Ok(place)
}

async fn whole_file(migrations: &[Migration]) -> Result<Arc<Vec<u8>>> {
    let mut files = FILES.lock().await;
    let files = files.get_or_insert_default();
    let checksum = checksum(migrations);
    if let Some(whole) = files.get(&checksum) {
        return Ok(Arc::clone(whole));
    }
    let TestDatabase { db, _place: place, .. } = TestDatabase::with(|_| ()).await?;
    migrations::migrate(&db, migrations, Timestamp(0)).await?;
    // Closing brings everything from the log into the file.
    drop(db);
    let Kind::Folder(folder) = &place.0 else { return Err(StoreError::internal("not a file")) };
    let whole = Arc::new(std::fs::read(file(folder)).map_err(StoreError::unavailable)?);
    files.insert(checksum, Arc::clone(&whole));
    Ok(whole)
}

/// The template stays on the server for the next test binary.
pub(super) async fn database(server: String, name: String, migrations: &[Migration]) -> Result<Place> {
    let template = format!("guardhouse_template_{}", checksum(migrations));
    let copy = format!("create database {name} template {template}");
    if postgres::once(&server, &copy).await.is_err() {
        let _one = MAKING.lock().await;
        // Another test may have made it meanwhile.
        if postgres::once(&server, &copy).await.is_err() {
            make(&server, &template, migrations).await?;
            postgres::once(&server, &copy).await?;
        }
    }
    Ok(Place(Kind::Database { server, name }))
}

/// Under another name until it is whole. Where another process was quicker, its template is as good.
async fn make(server: &str, template: &str, migrations: &[Migration]) -> Result<()> {
    let TestDatabase { db, _place: place, .. } = TestDatabase::with(|_| ()).await?;
    migrations::migrate(&db, migrations, Timestamp(0)).await?;
    drop(db);
    if let Kind::Database { name, .. } = &place.0 {
        let _ = postgres::once(server, &format!("alter database {name} rename to {template}")).await;
    }
    Ok(())
}
