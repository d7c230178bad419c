//! The one ordered list of features, and what they and the kernel bring together. Floor 4.

mod engine;
mod open;

use guardhouse_store::{Statement, migrations::Migration};

pub use engine::{Guardhouse, StartOptions};
pub(crate) use open::open;
pub use open::{StartError, texts};

use crate::{
    features,
    kernel::{
        accounts, alerts, audit, changes, codes, factors,
        feature::{Feature, PersonalData},
        http::{
            openapi::{self, Sources},
            route::Route,
        },
        jobs, keys,
        limits::{self, attempts, network::Policy},
        links::Links,
        login, mail, pages, risk, roles, sessions,
        settings::{SectionSpec, Settings},
        tenants,
    },
};

/// All features, in the order of the book and the API description.
pub const FEATURES: &[Feature] = &[
    features::password::FEATURE,
    features::email_verification::FEATURE,
    features::mfa::FEATURE,
    features::totp::FEATURE,
    features::email_code::FEATURE,
    features::magic_link::FEATURE,
    features::alerts::FEATURE,
    features::jwt::FEATURE,
    features::cookies::FEATURE,
    features::basic::FEATURE,
    features::captcha::FEATURE,
    features::api_keys::FEATURE,
    features::passkeys::FEATURE,
    features::profile::FEATURE,
    features::config::FEATURE,
    features::signing_keys::FEATURE,
    features::audit_events::FEATURE,
    features::users::FEATURE,
    features::tenants::FEATURE,
    features::service_accounts::FEATURE,
    features::roles::FEATURE,
    features::policies::FEATURE,
    features::access::FEATURE,
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
    &[
        factors::MIGRATION,
        login::MIGRATION,
        codes::store::MIGRATION,
        jobs::store::MIGRATION,
        roles::store::MIGRATION,
        tenants::store::MIGRATION,
    ],
    keys::MIGRATIONS,
    audit::MIGRATIONS,
    mail::MIGRATIONS,
];

const KERNEL_STATEMENTS: &[&[Statement]] = &[
    accounts::STATEMENTS,
    sessions::STATEMENTS,
    changes::store::ALL,
    attempts::store::ALL,
    codes::store::ALL,
    jobs::store::ALL,
    keys::store::ALL,
    audit::store::ALL,
    mail::store::ALL,
    roles::store::ALL,
    factors::STATEMENTS,
    login::STATEMENTS,
    tenants::store::ALL,
];

/// What the kernel itself keeps about people.
const KERNEL_PERSONAL_DATA: &[PersonalData] = &[
    accounts::PERSONAL_DATA,
    sessions::PERSONAL_DATA,
    codes::PERSONAL_DATA,
    attempts::PERSONAL_DATA,
    factors::PERSONAL_DATA,
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
    let kernel = [limits::LOGIN, sessions::REFRESH, mail::LETTERS];
    kernel
        .into_iter()
        .chain(risk::LIMITS)
        .chain([login::WATCHED])
        .chain(FEATURES.iter().flat_map(|feature| feature.limits.iter().copied()))
        .collect()
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

/// All background work.
pub(crate) fn jobs() -> Vec<jobs::JobKind> {
    // Before letters, of which there may always be some.
    let mut all = vec![alerts::JOB, login::JOB];
    all.extend(FEATURES.iter().flat_map(|feature| (feature.jobs)()));
    all.extend(keys::jobs());
    all.extend(audit::jobs());
    all.extend(mail::jobs());
    all.extend(sweeps().map(jobs::Sweep::job));
    all
}

/// Everything that removes what is over.
pub(crate) fn sweeps() -> impl Iterator<Item = jobs::Sweep> {
    let kernel = [codes::SWEEP, login::SWEEP, attempts::SWEEP, sessions::SWEEP];
    let features = FEATURES.iter().flat_map(|feature| feature.sweeps);
    kernel.into_iter().chain(jobs::OF_THE_STORE.iter().chain(features).copied())
}

/// Everything that is kept about people, and how to erase it.
pub(crate) fn personal_data() -> Vec<PersonalData> {
    let features = FEATURES.iter().flat_map(|feature| (feature.personal_data)());
    KERNEL_PERSONAL_DATA.iter().copied().chain(features).collect()
}
