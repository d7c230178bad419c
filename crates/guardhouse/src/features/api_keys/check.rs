//! Checking a key: what costs nothing first, and one answer for whatever is wrong with it.

use std::sync::Arc;

use guardhouse_core::{
    api_key::{ApiKey, Environment},
    ids::ApiKeyId,
    principal::{CredentialKind, Principal},
};

use super::{
    API_KEY, Owner, QUOTA,
    live::{self, Fault, LiveKey, memory},
};
use crate::kernel::{
    audit::{Event, Outcome},
    changes::Topic,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::{self, network},
    principal::{self, Presented},
    tokens::Seen,
};

/// Whoever shows a key learns no reason: it may not be theirs.
fn invalid() -> Error {
    Error::new(Code::InvalidApiKey, "The API key is not valid.")
}

fn over() -> Error {
    Error::new(Code::TokenRevoked, "The API key behind this access token is not valid any more.")
}

/// The kind of keys that this server makes and takes.
pub(super) fn environment(ctx: &Ctx) -> Environment {
    if ctx.settings.profile.is_development() { Environment::Test } else { Environment::Live }
}

/// The key that the text is, if it may be one of this server's; asks nobody.
pub(super) fn parse(ctx: &Ctx, text: &str) -> Option<ApiKey> {
    ApiKey::parse(text).filter(|key| key.environment == environment(ctx))
}

/// The authenticator.
pub(super) async fn key(ctx: &Ctx, sent: Presented<'_>) -> Result<Principal> {
    let key = parse(ctx, sent.value).ok_or_else(invalid)?;
    let Some(live) = proved(ctx, &key, sent.client).await? else {
        // Only who writes checksums comes here. The right key is never refused for what others of its network try: with
        // 256 bits to guess, counting keeps the noise down and nothing else (`A4`).
        limits::attempt(ctx, sent.client).await?;
        return Err(invalid());
    };
    admit(ctx, &live, CredentialKind::ApiKey, sent.client).await
}

/// Whether the text is a key that works now, wherever it may be used from.
pub async fn works(ctx: &Ctx, text: &str) -> Result<bool> {
    let Some(key) = parse(ctx, text) else { return Ok(false) };
    let found = live::fetch(ctx, key.id).await?;
    Ok(found.is_some_and(|live| live.is_proved_by(&key.digest(), ctx.now()) && live.is_open(ctx.now())))
}

/// The row that the key's secret proves.
async fn proved(ctx: &Ctx, key: &ApiKey, client: &Client) -> Result<Option<Arc<LiveKey>>> {
    let digest = key.digest();
    let known = live::known(ctx, key.id).filter(|known| known.is_proved_by(&digest, ctx.now()));
    if known.is_some() {
        return Ok(known);
    }
    // Another node may have rotated it a moment ago, so memory alone refuses nobody.
    let Some(read) = live::fetch(ctx, key.id).await? else { return Ok(None) };
    if read.is_proved_by(&digest, ctx.now()) {
        return Ok(Some(read));
    }
    refused(ctx, &read, Fault::Secret, client).await?;
    Ok(None)
}

/// What a token stands for that was exchanged for a key: what the key stands for now.
///
/// # Errors
/// `TOKEN_REVOKED` for whatever the key itself would be refused for, and `RATE_LIMITED`: its uses count as the key's.
pub async fn of_token(ctx: &Ctx, key: ApiKeyId, seen: &Seen, client: &Client) -> Result<Principal> {
    let found = live::find(ctx, key).await?;
    let owner = Owner { account: seen.subject, tenant: seen.tenant };
    let live = found.filter(|live| live.owner == owner).ok_or_else(over)?;
    let admitted = admit(ctx, &live, CredentialKind::AccessToken, client).await;
    admitted.map_err(|error| if error.code() == Code::InvalidApiKey { over() } else { error })
}

/// The principal of a key whose secret was right.
async fn admit(ctx: &Ctx, live: &LiveKey, credential: CredentialKind, client: &Client) -> Result<Principal> {
    let now = ctx.now();
    if let Some(fault) = live.fault(now, client.ip) {
        refused(ctx, live, fault, client).await?;
        return Err(invalid());
    }
    if ctx.ended.contains(Topic::ApiKey, live.id.bytes()) {
        return Err(invalid());
    }
    let over = |error: Error| if error.code() == Code::TokenRevoked { invalid() } else { error };
    let account = principal::account(ctx, live.owner.account).await.map_err(over)?;
    let in_tenant = principal::in_tenant(ctx, &account, live.owner.tenant).await.map_err(over)?;
    network::charge_own(ctx, API_KEY, live.rate, &live.id.bytes()).await?;
    network::charge_own(ctx, QUOTA, live.quota, &live.id.bytes()).await?;
    memory(ctx).uses.seen(live.id, now);
    Ok(Principal {
        subject: account.id,
        tenant: live.owner.tenant,
        credential,
        session: None,
        grant: None,
        assurance: None,
        authority: live.authority(&account.authority),
        in_tenant: in_tenant.map(|held| live.in_tenant(&held)),
        actor: None,
        api_key: Some(live.id),
    })
}

/// The true reason is its owner's to know: once a minute at most for each key.
async fn refused(ctx: &Ctx, live: &LiveKey, fault: Fault, client: &Client) -> Result<()> {
    if !memory(ctx).refusals.due(live.id, ctx.now()) {
        return Ok(());
    }
    let event = Event::new("api_keys.refused", Outcome::Denied)
        .subject(live.owner.account)
        .tenant(live.owner.tenant)
        .client(client)
        .detail("key", live.id)
        .detail("reason", fault.as_str());
    ctx.audit.record(ctx, event).await
}
