//! The running engine.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use guardhouse_core::time::Clock;
use tokio::{sync::watch, task::JoinHandle};

use super::{StartError, open, routes};
use crate::{
    features,
    kernel::{
        changes,
        ctx::Ctx,
        http::{
            door::{self, Entrance},
            route::{Guard, Route},
        },
        jobs,
        settings::Settings,
    },
};

/// How to start beside the settings.
#[derive(Clone, Debug)]
pub struct StartOptions {
    /// The clock; tests bring one that they advance.
    pub clock: Clock,
    /// Whether to bring the database's tables up to date.
    pub migrate: bool,
    /// Whether to take part in the work of a server: jobs, recurring turns, the change log. Without it the engine
    /// is for one act, after which it is stopped.
    pub background: bool,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self { clock: Clock::system(), migrate: true, background: true }
    }
}

/// The running engine. Clones are the same engine.
#[derive(Clone)]
pub struct Guardhouse {
    ctx: Ctx,
    stop: Arc<watch::Sender<bool>>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Guardhouse {
    /// Opens the database, reads keys and what recently ended, and starts the background work.
    ///
    /// # Errors
    /// [`StartError`]: it refuses to start rather than run with anything missing.
    pub async fn start(settings: Settings, options: StartOptions) -> Result<Self, StartError> {
        let background = options.background;
        let ctx = open(settings, options).await?;
        let reader = changes::load(&ctx).await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        if background {
            let kinds = super::jobs();
            jobs::begin(&ctx, &kinds).await?;
            tasks.push(tokio::spawn(changes::listen(ctx.clone(), reader, stopped.clone())));
            tasks.push(tokio::spawn(jobs::work(ctx.clone(), kinds, stopped.clone())));
            tasks.push(tokio::spawn(jobs::chores(ctx.clone(), stopped)));
        }
        Ok(Self { ctx, stop: Arc::new(stop), tasks: Arc::new(Mutex::new(tasks)) })
    }

    /// The engine's parts.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// Every route behind its guard, under the path of `server.public_url`: to be merged into a service's own router,
    /// not nested once more. The peer's address comes as `ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        let moved = self.ctx.settings.server.admin_listen.is_some();
        door::router(&self.ctx, routes().into_iter().filter(|route| !moved || !is_operations(route)).collect())
    }

    /// What `server.admin_listen` serves: probes, metrics and the API description, to whoever reaches that listener.
    pub fn operations(&self) -> Router {
        let own = |route: &Route| route.feature == features::operations::FEATURE.name;
        door::private(&self.ctx, routes().into_iter().filter(own).collect())
    }

    /// A layer for routes of the service that embeds the engine: only whoever holds the permission where they act, in their
    /// tenant or everywhere, gets through (M-22, M-24). [`Caller`](crate::kernel::principal::Caller) hands over who it is.
    pub fn require_permission(&self, permission: &'static str) -> Entrance {
        door::guard(&self.ctx, Guard::Reaching(permission))
    }

    /// The same for whoever holds the role (M-21).
    pub fn require_role(&self, role: &'static str) -> Entrance {
        door::guard(&self.ctx, Guard::Role(role))
    }

    /// The same for everyone with a valid credential.
    pub fn require_signed_in(&self) -> Entrance {
        door::guard(&self.ctx, Guard::SignedIn)
    }

    /// Runs queued work that is due now, until nothing is.
    #[cfg(any(test, feature = "testing"))]
    pub async fn work_now(&self) {
        let kinds = super::jobs();
        while jobs::run_queued(&self.ctx, &kinds).await {}
    }

    /// How many tasks run beside the requests.
    #[cfg(test)]
    pub(crate) fn tasks_in_background(&self) -> usize {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Stops background work and writes what waits in memory. To be called when the listener has drained.
    pub async fn stop(&self) {
        // Nobody listening any more is as good as told.
        let _ = self.stop.send(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "background work ended badly");
            }
        }
        jobs::last_acts(&self.ctx).await;
    }
}

fn is_operations(route: &Route) -> bool {
    route.guard == Guard::Operations
}
