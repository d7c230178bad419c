//! What a feature offers the house, as one value: the second of the two lines outside its folder.

use guardhouse_store::{Statement, migrations::Migration};

use crate::kernel::{
    accounts::Forsakes,
    alerts::Tells,
    changes::{Reload, Topic},
    codes::Purpose,
    ctx::Ctx,
    factors::SecondFactor,
    http::route::Route,
    jobs::{Flush, JobKind, Sweep},
    keys::Sealed,
    limits::network::Policy,
    login::SignsIn,
    mail,
    offers::Offers,
    opened::{OpenError, Opened},
    outbound::Outbound,
    pages,
    principal::Authenticator,
    settings::{SectionSpec, Settings},
};

/// A feature: its name is its folder, its page in the book and its prefix in the audit log.
#[derive(Clone, Copy)]
pub struct Feature {
    /// Folder, page and audit prefix.
    pub name: &'static str,
    /// One sentence of what it gives.
    pub about: &'static str,
    /// Its rows in the route table.
    pub routes: fn() -> Vec<Route>,
    /// Its tables.
    pub migrations: &'static [Migration],
    /// Every statement it runs, to be prepared by a test on both databases.
    pub statements: &'static [&'static [Statement]],
    /// Its section of the settings.
    pub settings: fn() -> Vec<SectionSpec>,
    /// Opens what it needs before the start, and refuses the start where that cannot be.
    pub opens: fn(&Settings, &Outbound, &mut Opened) -> Result<(), OpenError>,
    /// What it holds in memory that follows the change log.
    pub reloads: &'static [Reload],
    /// Its background work.
    pub jobs: fn() -> Vec<JobKind>,
    /// What removes its rows that are over (M-40).
    pub sweeps: &'static [Sweep],
    /// What writes down what it gathered in memory, before the process ends.
    pub flushes: &'static [Flush],
    /// Forgets what it holds in memory of what changed: told at once of this process's own changes, and of others' once
    /// they are read from the log.
    pub hears: Option<Hears>,
    /// The credentials it can check.
    pub authenticators: fn() -> Vec<Authenticator>,
    /// The kinds of second factors that it checks.
    pub second_factors: &'static [SecondFactor],
    /// What it takes away of an account that its address's owner takes up.
    pub forsakes: Option<Forsakes>,
    /// Told of each sign-in before it is written, and adds to it.
    pub signs_in: Option<SignsIn>,
    /// Tells of alerts.
    pub tells: Option<Tells>,
    /// What it keeps sealed under the master key for good.
    pub sealed: &'static [Sealed],
    /// What it shows and erases of a person (GDPR).
    pub personal_data: fn() -> Vec<PersonalData>,
    /// The letters it sends.
    pub letters: &'static [mail::Template],
    /// What the codes that it mails permit.
    pub purposes: &'static [Purpose],
    /// The limits it charges.
    pub limits: &'static [Policy],
    /// Adds to what login forms are told of this server.
    pub offers: fn(&Settings, &mut Offers),
    /// The pages it shows.
    pub pages: &'static [pages::Template],
}

impl Feature {
    /// A feature that offers nothing yet; name what it does offer with struct update syntax.
    pub const fn named(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            routes: Vec::new,
            migrations: &[],
            statements: &[],
            settings: Vec::new,
            opens: |_, _, _| Ok(()),
            reloads: &[],
            jobs: Vec::new,
            sweeps: &[],
            flushes: &[],
            hears: None,
            authenticators: Vec::new,
            second_factors: &[],
            forsakes: None,
            sealed: &[],
            signs_in: None,
            tells: None,
            personal_data: Vec::new,
            letters: &[],
            limits: &[],
            purposes: &[],
            offers: |_, _| (),
            pages: &[],
        }
    }
}

/// Told what changed, and the id of it.
pub type Hears = fn(&Ctx, Topic, [u8; 16]);

/// The seam `PersonalData`: what a feature keeps about a person, to export and to erase.
#[derive(Clone, Copy)]
pub struct PersonalData {
    /// Its member in the export.
    pub name: &'static str,
    /// All of it as JSON.
    pub export: for<'a> fn(
        &'a Ctx,
        guardhouse_core::ids::AccountId,
    ) -> super::BoxFuture<'a, super::errors::Result<serde_json::Value>>,
    /// Statements that erase it, run in one unit with the account's deletion.
    pub erase: fn(guardhouse_store::Unit, guardhouse_core::ids::AccountId) -> guardhouse_store::Unit,
}
