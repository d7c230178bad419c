//! What every rule is handed: one cheap clone that holds the running engine's parts.

use std::{ops::Deref, sync::Arc};

use guardhouse_core::{
    ids::NodeId,
    master_key::KeyRing,
    time::{Clock, Timestamp},
};
use guardhouse_store::{Db, counters::Counters};

use super::{
    accounts::{AccountCache, Forsakes},
    alerts::Tells,
    audit::Audit,
    changes::{Ended, Reload, Topic},
    codes::Purpose,
    factors::SecondFactor,
    feature::{Hears, PersonalData},
    figures::Figures,
    hashing::Hasher,
    http::{denials::Denials, metrics::Meters, openapi::Description},
    jobs::Flush,
    keys::{Sealed, SigningKeys},
    limits::proofs::Proofs,
    links::Links,
    login::SignsIn,
    mail::Mail,
    offers::Offers,
    opened::Opened,
    outbound::Outbound,
    pages::Pages,
    principal::Authenticators,
    roles::Roles,
    sessions::{SessionCache, Stamps},
    settings::Settings,
    tenants::TenantCache,
    tokens::TokenCache,
};

/// The engine's parts.
#[derive(Clone)]
pub struct Ctx(Arc<Parts>);

/// What a [`Ctx`] gives access to.
pub struct Parts {
    /// This process, in the audit chain and the change log.
    pub node: NodeId,
    /// The one clock.
    pub clock: Clock,
    /// All settings.
    pub settings: Settings,
    /// The database.
    pub db: Db,
    /// Seals, MACs and blind indexes.
    pub ring: KeyRing,
    /// Keys that sign access tokens.
    pub keys: SigningKeys,
    /// What recently ended, checked at each use of a credential.
    pub ended: Ended,
    /// Accounts seen lately.
    pub accounts: AccountCache,
    /// The roles that hold everywhere.
    pub roles: Roles,
    /// Tenants seen lately, with their roles.
    pub tenants: TenantCache,
    /// The permissions that this server's own routes ask for.
    pub guards: Vec<&'static str>,
    /// Cookie sessions seen lately.
    pub sessions: SessionCache,
    /// Uses of sessions not written yet.
    pub stamps: Stamps,
    /// Access tokens whose signature was checked already.
    pub tokens: TokenCache,
    /// Checks of credentials by scheme and prefix.
    pub authenticators: Authenticators,
    /// The threads that hash passwords.
    pub hasher: Hasher,
    /// Counts of network limits.
    pub counters: Counters,
    /// Passwords found right moments ago.
    pub proofs: Proofs,
    /// Letters.
    pub mail: Mail,
    /// What mailed codes may permit.
    pub purposes: Vec<Purpose>,
    /// The kinds of second factors.
    pub second_factors: Vec<&'static SecondFactor>,
    /// Features that add to each sign-in.
    pub signs_in: Vec<SignsIn>,
    /// Who tells of alerts.
    pub tells: Vec<Tells>,
    /// What features keep sealed under the master key for good.
    pub sealed: Vec<Sealed>,
    /// What features take away of an account that its address's owner takes up.
    pub forsakes: Vec<Forsakes>,
    /// What login forms are told.
    pub offers: Offers,
    /// The templates of pages.
    pub pages: Pages,
    /// What is kept about people, feature by feature.
    pub personal_data: Vec<PersonalData>,
    /// Features that hold in memory what may change.
    pub hears: Vec<Hears>,
    /// What features write before the process ends.
    pub flushes: Vec<Flush>,
    /// What features opened before the start.
    pub opened: Opened,
    /// What features hold in memory that follows the change log.
    pub reloads: Vec<Reload>,
    /// Calls to others.
    pub outbound: Outbound,
    /// All URLs.
    pub links: Links,
    /// The audit log.
    pub audit: Audit,
    /// Metrics.
    pub meters: Meters,
    /// What was counted lately.
    pub figures: Figures,
    /// Refusals at guards that were audited lately.
    pub denials: Denials,
    /// The API description.
    pub description: Description,
}

impl Ctx {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Tells the features that something changed.
    pub(super) fn tell(&self, topic: Topic, id: [u8; 16]) {
        for hears in &self.hears {
            hears(self, topic, id);
        }
    }

    /// Now, by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Deref for Ctx {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
