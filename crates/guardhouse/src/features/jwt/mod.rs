//! JWT access tokens and refresh tokens (M-01, M-02, M-03): bearer authentication, refresh, logout, the key set.
//!
//! RFC 9068 for the access token, RFC 6750 for its use, RFC 7517 for the key set, RFC 9700 section 4.14 for refresh.

mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use guardhouse_core::principal::{CredentialKind, Principal};

use crate::{
    features::api_keys,
    kernel::{
        ctx::Ctx,
        errors::Result,
        feature::Feature,
        principal::{self, Authenticator, Key, Presented},
        tokens,
    },
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    authenticators: || vec![Authenticator { key: Key::Bearer(""), check: |ctx, sent| Box::pin(bearer(ctx, sent)) }],
    offers: |_, offers| offers.delivery.push("tokens"),
    ..Feature::named("jwt", "Access tokens that any service can check, refresh tokens that rotate, revocation at once.")
};

async fn bearer(ctx: &Ctx, sent: Presented<'_>) -> Result<Principal> {
    let seen = tokens::verify(ctx, sent.value).await?;
    if let Some(key) = seen.api_key {
        return api_keys::of_token(ctx, key, &seen, sent.client).await;
    }
    let account = principal::account(ctx, seen.subject).await?;
    let in_tenant = principal::in_tenant(ctx, &account, seen.tenant).await?;
    Ok(Principal {
        subject: seen.subject,
        tenant: seen.tenant,
        credential: CredentialKind::AccessToken,
        session: seen.session,
        grant: seen.grant,
        assurance: Some(std::sync::Arc::clone(&seen.assurance)),
        authority: std::sync::Arc::clone(&account.authority),
        in_tenant,
        actor: seen.actor,
        api_key: None,
    })
}
