//! The one ordered list of features, and the engine put together from it. Floor 4.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use guardhouse_core::{
    ids::NodeId,
    master_key::{KeyRing, KeyRingError},
    time::Clock,
};
use guardhouse_store::{
    Db, Statement, StoreError,
    counters::Counters,
    migrations::{Migration, migrate},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    features,
    kernel::{
        accounts, audit, changes, codes,
        ctx::{Ctx, Parts},
        errors::Error,
        feature::{Feature, PersonalData},
        hashing::Hasher,
        http::{
            door,
            metrics::Meters,
            openapi::{self, Description, Sources},
            route::Route,
        },
        jobs, keys,
        limits::{attempts, network::Policy},
        links::Links,
        mail::{self, Mail, MailError},
        offers::Offers,
        opened::{OpenError, Opened},
        outbound::{Outbound, OutboundError},
        pages::{self, Pages},
        principal::Authenticators,
        sessions,
        settings::{SectionSpec, Settings},
        templates::{Own, TemplateError},
    },
};

/// All features, in the order of the book and the API description.
pub const FEATURES: &[Feature] = &[
    features::password::FEATURE,
    features::email_verification::FEATURE,
    features::jwt::FEATURE,
    features::cookies::FEATURE,
    features::basic::FEATURE,
    features::profile::FEATURE,
    features::config::FEATURE,
    features::signing_keys::FEATURE,
    features::audit_events::FEATURE,
    features::users::FEATURE,
    features::setup::FEATURE,
    features::statistics::FEATURE,
    features::operations::FEATURE,
    features::mailbox::FEATURE,
    features::clock::FEATURE,
];

/// What the kernel itself keeps in the database.
const KERNEL_MIGRATIONS: &[&[Migration]] = &[
    guardhouse_store::MIGRATIONS,
    accounts::MIGRATIONS,
    sessions::MIGRATIONS,
    attempts::store::MIGRATIONS,
    &[codes::store::MIGRATION, jobs::store::MIGRATION],
    keys::MIGRATIONS,
    audit::MIGRATIONS,
    mail::MIGRATIONS,
];

const KERNEL_STATEMENTS: &[&[Statement]] = &[
    accounts::STATEMENTS,
    sessions::STATEMENTS,
    attempts::store::ALL,
    codes::store::ALL,
    jobs::store::ALL,
    keys::store::ALL,
    audit::store::ALL,
    mail::store::ALL,
];

/// What the kernel itself keeps about people.
const KERNEL_PERSONAL_DATA: &[PersonalData] = &[
    accounts::PERSONAL_DATA,
    sessions::PERSONAL_DATA,
    codes::PERSONAL_DATA,
    attempts::PERSONAL_DATA,
    audit::PERSONAL_DATA,
];

/// Every migration, in the order of the numbers.
pub fn migrations() -> Vec<Migration> {
    let kernel = KERNEL_MIGRATIONS.iter().copied().flatten();
    let mut all: Vec<_> = kernel.chain(FEATURES.iter().flat_map(|feature| feature.migrations)).copied().collect();
    all.sort_by_key(|migration| migration.number);
    all
}

/// Every letter that may be sent.
pub fn letters() -> Vec<&'static mail::Template> {
    FEATURES.iter().flat_map(|feature| feature.letters).collect()
}

/// Everything that mailed codes may permit.
pub fn purposes() -> Vec<codes::Purpose> {
    FEATURES.iter().flat_map(|feature| feature.purposes.iter().copied()).collect()
}

/// Every limit that is charged.
pub fn limits() -> Vec<Policy> {
    let kernel = [crate::kernel::limits::LOGIN, sessions::REFRESH, mail::LETTERS];
    kernel.into_iter().chain(FEATURES.iter().flat_map(|feature| feature.limits.iter().copied())).collect()
}

fn opened(settings: &Settings, outbound: &Outbound) -> Result<Opened, OpenError> {
    let mut opened = Opened::default();
    for feature in FEATURES {
        (feature.opens)(settings, outbound, &mut opened)?;
    }
    Ok(opened)
}

/// What login forms are told.
fn offers(settings: &Settings) -> Offers {
    let mut offers = Offers::default();
    for feature in FEATURES {
        (feature.offers)(settings, &mut offers);
    }
    offers
}

/// Every page of a feature.
pub fn page_templates() -> Vec<&'static pages::Template> {
    FEATURES.iter().flat_map(|feature| feature.pages).collect()
}

/// Every statement, for the test that prepares each on both databases.
pub fn statements() -> Vec<Statement> {
    let features = FEATURES.iter().flat_map(|feature| feature.statements.iter().copied());
    KERNEL_STATEMENTS.iter().copied().chain(features).flatten().copied().collect()
}

/// The features' sections of the settings.
pub fn sections() -> Vec<SectionSpec> {
    FEATURES.iter().flat_map(|feature| (feature.settings)()).collect()
}

/// The whole route table.
pub fn routes() -> Vec<Route> {
    let of = |feature: &Feature| {
        let name = feature.name;
        (feature.routes)().into_iter().map(move |route| Route { feature: name, ..route })
    };
    let kernel = pages::routes().into_iter().map(|route| Route { feature: "pages", ..route });
    FEATURES.iter().flat_map(of).chain(kernel).collect()
}

/// What the API description is made of.
const DESCRIBED: Sources = Sources { routes, features: FEATURES };

/// The API description under these settings, without starting anything.
pub fn openapi(settings: &Settings) -> serde_json::Value {
    openapi::document(DESCRIBED, settings, &Links::new(settings))
}

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

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The master key is missing or unusable.
    #[error("master_key: {0}")]
    MasterKey(#[from] KeyRingError),
    /// The database is away, too new, or altered.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Signing keys do not open, or the secret of HS256 is weak.
    #[error("{0}")]
    Keys(#[from] keys::KeysError),
    /// A template of a page or letter cannot be used.
    #[error("{0}")]
    Template(#[from] TemplateError),
    /// The settings of mail are unusable.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// Calls to others cannot be made.
    #[error("{0}")]
    Outbound(#[from] OutboundError),
    /// What a feature needs cannot be opened.
    #[error("{0}")]
    Feature(OpenError),
    /// The system gives no threads.
    #[error("the hashing threads do not start: {0}")]
    Threads(#[from] std::io::Error),
    /// Migrations wait and were not asked for.
    #[error("the database's tables are not up to date ({0} migrations wait): run `guardhouse migrate`")]
    Pending(usize),
    /// Reading what recently ended failed.
    #[error("{0}")]
    Engine(#[from] Error),
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
            let kinds = jobs();
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

    /// Runs queued work that is due now, until nothing is.
    #[cfg(any(test, feature = "testing"))]
    pub async fn work_now(&self) {
        let kinds = jobs();
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
    route.guard == crate::kernel::http::route::Guard::Operations
}

/// All background work.
pub(crate) fn jobs() -> Vec<jobs::JobKind> {
    let mut all: Vec<_> = FEATURES.iter().flat_map(|feature| (feature.jobs)()).collect();
    all.extend(keys::jobs());
    all.extend(audit::jobs());
    all.extend(mail::jobs());
    all.extend(sweeps().map(jobs::Sweep::job));
    all
}

/// Everything that removes what is over.
pub(crate) fn sweeps() -> impl Iterator<Item = jobs::Sweep> {
    let kernel = [codes::SWEEP, attempts::SWEEP, sessions::SWEEP];
    let features = FEATURES.iter().flat_map(|feature| feature.sweeps);
    kernel.into_iter().chain(jobs::OF_THE_STORE.iter().chain(features).copied())
}

/// Everything that is kept about people, and how to erase it.
pub(crate) fn personal_data() -> Vec<PersonalData> {
    let features = FEATURES.iter().flat_map(|feature| (feature.personal_data)());
    KERNEL_PERSONAL_DATA.iter().copied().chain(features).collect()
}

pub(crate) async fn open(settings: Settings, options: StartOptions) -> Result<Ctx, StartError> {
    let ring = KeyRing::parse(settings.master_key.iter().map(guardhouse_core::secret::SecretText::expose))?;
    // Before the tables are touched: whoever mends a template meets the database as it was.
    let own = Own::read(settings.pages.templates.as_deref())?;
    let mail = Mail::new(&settings, letters(), own.letters)?;
    let pages = Pages::new(page_templates(), own.pages)?;
    let db = Db::open(&settings.database.options())?;
    let now = options.clock.now();
    if options.migrate {
        migrate(&db, &migrations(), now).await?;
    } else {
        let waiting = guardhouse_store::migrations::pending(&db, &migrations()).await?.len();
        if waiting > 0 {
            return Err(StartError::Pending(waiting));
        }
    }
    let signing = keys::SigningKeys::start(&settings.tokens, &db, &ring, now).await?;
    let outbound = Outbound::new(&settings.outbound.allow)?;
    let authenticators = FEATURES.iter().flat_map(|feature| (feature.authenticators)()).collect();
    Ok(Ctx::new(Parts {
        node: NodeId::new(now),
        counters: db.dialect().pick(Counters::memory(), Counters::Database(db.clone())),
        keys: signing,
        ended: changes::Ended::new(settings.bus.lease),
        accounts: accounts::AccountCache::default(),
        sessions: sessions::SessionCache::default(),
        stamps: sessions::Stamps::default(),
        tokens: crate::kernel::tokens::TokenCache::default(),
        authenticators: Authenticators::new(authenticators),
        hasher: Hasher::start(&settings.password)?,
        proofs: crate::kernel::limits::proofs::Proofs::start()?,
        mail,
        purposes: purposes(),
        offers: offers(&settings),
        pages,
        personal_data: personal_data(),
        opened: opened(&settings, &outbound).map_err(StartError::Feature)?,
        outbound,
        links: Links::new(&settings),
        audit: audit::Audit::new(),
        meters: Meters::new(),
        logins: crate::kernel::figures::Kept::default(),
        denials: crate::kernel::http::denials::Denials::default(),
        description: Description::new(DESCRIBED),
        clock: options.clock,
        ring,
        db,
        settings,
    }))
}
