//! Nodes without background work, so that a test says itself what happens when.

use guardhouse_core::{secret::SecretText, time::Clock};
use guardhouse_store::testing::TestDatabase;

use crate::{
    Guardhouse, StartOptions, assembly,
    kernel::{ctx::Ctx, settings::Settings},
    testing,
};

/// A database and what nodes on it are started with.
pub(crate) struct Bench {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    _database: TestDatabase,
}

impl Bench {
    /// With some settings changed.
    pub(crate) async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::migrated(&assembly::migrations()).await;
        let mut settings = testing::settings();
        settings.database.url = SecretText::new(database.options().url.clone());
        settings.database.connections = 4;
        change(&mut settings);
        Self { clock: Clock::frozen(testing::START), settings, _database: database }
    }

    /// A node that was started; its background work has ended.
    pub(crate) async fn node(&self) -> Ctx {
        let options = StartOptions { clock: self.clock.clone(), migrate: true, background: true };
        let engine = Guardhouse::start(self.settings.clone(), options).await.unwrap();
        engine.stop().await;
        engine.ctx().clone()
    }
}
