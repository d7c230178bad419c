//! Opening the engine's parts, in their order: settings, templates, database, keys, what features need.

use guardhouse_core::{
    ids::NodeId,
    master_key::{KeyRing, KeyRingError},
    secret::SecretText,
    time::Timestamp,
};
use guardhouse_store::{
    Db, StoreError,
    counters::Counters,
    migrations::{migrate, pending},
};

use super::{DESCRIBED, FEATURES, StartOptions, letters, migrations, page_templates, personal_data, purposes, routes};
use crate::kernel::{
    accounts, audit, changes,
    ctx::{Ctx, Parts},
    errors::Error,
    figures::Figures,
    hashing::Hasher,
    http::{denials::Denials, metrics::Meters, openapi::Description},
    keys,
    limits::proofs::Proofs,
    links::Links,
    mail::{Mail, MailError},
    offers::Offers,
    opened::{OpenError, Opened},
    outbound::{Outbound, OutboundError},
    pages::Pages,
    principal::Authenticators,
    roles::Roles,
    sessions,
    settings::Settings,
    templates::{Own, TemplateError},
    tenants::TenantCache,
    tokens::TokenCache,
};

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

fn opened(settings: &Settings, outbound: &Outbound) -> Result<Opened, OpenError> {
    let mut opened = Opened::default();
    for feature in FEATURES {
        (feature.opens)(settings, outbound, &mut opened)?;
    }
    Ok(opened)
}

/// The permissions that routes ask for.
fn guards() -> Vec<&'static str> {
    let mut all: Vec<_> = routes().iter().filter_map(|route| route.guard.permission()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What login forms are told.
fn offers(settings: &Settings) -> Offers {
    let mut offers = Offers::default();
    for feature in FEATURES {
        (feature.offers)(settings, &mut offers);
    }
    offers
}

/// The texts of letters and pages, those of the operator tried out.
///
/// # Errors
/// [`StartError`] with the file and the line that is wrong.
pub fn texts(settings: &Settings) -> Result<(Mail, Pages), StartError> {
    let own = Own::read(settings.pages.templates.as_deref())?;
    Ok((Mail::new(settings, letters(), own.letters)?, Pages::new(page_templates(), own.pages)?))
}

pub(crate) async fn open(settings: Settings, options: StartOptions) -> Result<Ctx, StartError> {
    let ring = KeyRing::parse(settings.master_key.iter().map(SecretText::expose))?;
    // Before the tables are touched: whoever mends a template meets the database as it was.
    let (mail, pages) = texts(&settings)?;
    let db = Db::open(&settings.database.options())?;
    let now = options.clock.now();
    tables(&db, options.migrate, now).await?;
    let signing = keys::SigningKeys::start(&settings.tokens, &db, &ring, now).await?;
    let outbound = Outbound::new(&settings.outbound.allow)?;
    let authenticators = FEATURES.iter().flat_map(|feature| (feature.authenticators)()).collect();
    Ok(Ctx::new(Parts {
        node: NodeId::new(now),
        counters: db.dialect().pick(Counters::memory(), Counters::Database(db.clone())),
        keys: signing,
        ended: changes::Ended::new(settings.bus.lease),
        accounts: accounts::AccountCache::default(),
        roles: Roles::start(&db).await?,
        tenants: TenantCache::default(),
        guards: guards(),
        sessions: sessions::SessionCache::default(),
        stamps: sessions::Stamps::default(),
        tokens: TokenCache::default(),
        authenticators: Authenticators::new(authenticators),
        hasher: Hasher::start(&settings.password)?,
        proofs: Proofs::start()?,
        mail,
        purposes: purposes(),
        second_factors: FEATURES.iter().flat_map(|feature| feature.second_factors).collect(),
        signs_in: FEATURES.iter().filter_map(|feature| feature.signs_in).collect(),
        tells: FEATURES.iter().filter_map(|feature| feature.tells).collect(),
        sealed: FEATURES.iter().flat_map(|feature| feature.sealed).copied().collect(),
        forsakes: FEATURES.iter().filter_map(|feature| feature.forsakes).collect(),
        offers: offers(&settings),
        pages,
        personal_data: personal_data(),
        hears: FEATURES.iter().filter_map(|feature| feature.hears).collect(),
        flushes: FEATURES.iter().flat_map(|feature| feature.flushes).copied().collect(),
        reloads: FEATURES.iter().flat_map(|feature| feature.reloads.iter().copied()).collect(),
        opened: opened(&settings, &outbound).map_err(StartError::Feature)?,
        outbound,
        links: Links::new(&settings),
        audit: audit::Audit::new(),
        meters: Meters::new(),
        figures: Figures::default(),
        denials: Denials::default(),
        description: Description::new(DESCRIBED),
        clock: options.clock,
        ring,
        db,
        settings,
    }))
}

/// Brings the tables up to date, or refuses ones that are not.
async fn tables(db: &Db, may_migrate: bool, now: Timestamp) -> Result<(), StartError> {
    if may_migrate {
        migrate(db, &migrations(), now).await?;
        return Ok(());
    }
    match pending(db, &migrations()).await?.len() {
        0 => Ok(()),
        waiting => Err(StartError::Pending(waiting)),
    }
}
