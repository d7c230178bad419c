//! Parts of an engine without its routes and without background work: for tests of the kernel.

use std::sync::Arc;

use guardhouse_core::time::Clock;
use guardhouse_store::testing::TestDatabase;

use super::{START, settings};
use crate::{
    Guardhouse, StartOptions, assembly,
    kernel::{ctx::Ctx, settings::Settings},
};

/// A database and a clock that nodes share.
pub struct Bench {
    /// The clock of all nodes.
    pub clock: Clock,
    /// The settings that the next node starts with.
    pub settings: Settings,
    _database: Arc<TestDatabase>,
}

impl Bench {
    /// With some settings changed.
    pub async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::migrated(&assembly::migrations()).await;
        let mut settings = settings();
        settings.database.url = guardhouse_core::secret::SecretText::new(database.options().url.clone());
        settings.database.connections = 4;
        change(&mut settings);
        Self { clock: Clock::frozen(START), settings, _database: Arc::new(database) }
    }

    /// A node that was started whole; its background work has ended, so that a test says itself what happens when.
    pub async fn rested(&self) -> Ctx {
        let options = StartOptions { clock: self.clock.clone(), migrate: true, background: true };
        let engine = Guardhouse::start(self.settings.clone(), options).await.expect("the engine starts");
        engine.stop().await;
        engine.ctx().clone()
    }

    /// Another node.
    pub async fn node(&self) -> Ctx {
        let options = StartOptions { clock: self.clock.clone(), migrate: true, background: true };
        assembly::open(self.settings.clone(), options).await.expect("the parts open")
    }
}
