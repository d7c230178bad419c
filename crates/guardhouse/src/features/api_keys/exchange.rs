//! A key for a short access token: for services that check JWTs and know nothing of keys.

use guardhouse_core::principal::{CredentialKind, Principal};

use super::{ApiKeySettings, live};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    principal,
    tokens::{self, IssueForKey, Issued},
};

/// A token of what the key may now.
///
/// # Errors
/// `FORBIDDEN` for any other credential, a token of a key among them: it would never end. `CONFLICT` with HS256, where
/// whoever can check such a token could make one for any key (rulings 15).
pub(super) async fn exchange(ctx: &Ctx, principal: &Principal) -> Result<Issued> {
    let key = principal.api_key.filter(|_| principal.credential == CredentialKind::ApiKey);
    let key = key.ok_or_else(|| Error::new(Code::Forbidden, "Send the API key that is to be exchanged."))?;
    if ctx.settings.tokens.algorithm.is_symmetric() {
        let text = "With tokens.algorithm = HS256 no API key is exchanged: whoever can check a token can make one.";
        return Err(Error::new(Code::Conflict, text));
    }
    let account = principal::account(ctx, principal.subject).await?;
    let issued = tokens::issue_for_key(
        ctx,
        &IssueForKey {
            account: &account,
            key,
            tenant: principal.tenant,
            authority: principal.here(),
            life: ctx.settings.of::<ApiKeySettings>().exchange_ttl,
            until: live::find(ctx, key).await?.and_then(|live| live.expires_at),
        },
    )?;
    ctx.meters.token_issued();
    Ok(issued)
}
