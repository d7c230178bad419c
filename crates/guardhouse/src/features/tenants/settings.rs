//! The settings `tenants`.

use guardhouse_core::time::Span;

use crate::kernel::settings::{Problem, Settings};

crate::settings! {
    /// Tenants.
    pub struct TenantSettings in "tenants" {
        /// How long the link of an invitation into a tenant works.
        pub invitation_ttl: Span = Span::days(7),
        /// Where the proof that a domain is a tenant's is looked for; `{domain}` stands for the domain.
        pub domain_proof_url: String = "https://{domain}/.well-known/guardhouse-domain-verification".to_owned(),
    }
}

/// Refuses an address that would be the same for every domain.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    if !settings.of::<TenantSettings>().domain_proof_url.contains("{domain}") {
        let key = "tenants.domain_proof_url";
        let problem = Problem::new(key, "it does not name {domain}", "write {domain} where the domain stands");
        problems.push(problem.at(settings.origin(key).cloned()));
    }
}
