//! The verbs: whoever calls them has decided who may.

use guardhouse_core::{
    api_key::{self, ApiKey},
    ids::{AccountId, ApiKeyId, TenantId},
    time::{Span, Timestamp},
};
use guardhouse_store::{Outcome as UnitOutcome, Unit, Value, params};
use zeroize::Zeroizing;

use super::{
    check,
    fields::{self, Changes, NewKey},
    store,
    view::{KeyView, Keys},
};
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome, Who},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    http::page::PageQuery,
};

/// Who owns a key: an account, within a tenant or outside of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The account that the key acts as.
    pub account: AccountId,
    /// The tenant that it acts in.
    pub tenant: Option<TenantId>,
}

/// Among which keys to look; all others are as unknown as none (`T1`).
#[derive(Clone, Copy, Debug)]
pub enum Among {
    /// Those of one owner.
    Of(Owner),
    /// Those of an account, whatever the tenant.
    All(AccountId),
}

impl Among {
    /// The first three parameters of the statements that look for keys.
    fn params(self) -> Vec<Value> {
        match self {
            Self::Of(Owner { account, tenant }) => params![account, false, tenant],
            Self::All(account) => params![account, true, None::<TenantId>],
        }
    }

    fn and(self, more: Vec<Value>) -> Vec<Value> {
        let mut params = self.params();
        params.extend(more);
        params
    }

    fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Of(owner) => owner.tenant,
            Self::All(_) => None,
        }
    }

    fn account(self) -> AccountId {
        match self {
            Self::Of(Owner { account, .. }) | Self::All(account) => account,
        }
    }
}

/// A key with its text, which nobody is told again.
pub struct Made {
    /// What lists show of it.
    pub key: KeyView,
    /// The text.
    pub text: Zeroizing<String>,
}

/// The most keys of one owner that have not expired.
const MOST: u32 = 100;
/// How long the old secret works beside the new one, unless told.
pub(super) const OVERLAP: Span = Span::hours(1);
const LONGEST_OVERLAP: Span = Span::days(30);

/// Makes a key.
///
/// # Errors
/// `VALIDATION_FAILED`; `CONFLICT` where the owner has a hundred; `TOKEN_REVOKED` where the account may not sign in.
pub async fn create(ctx: &Ctx, owner: Owner, who: &Who, new: NewKey) -> Result<Made> {
    create_if(ctx, owner, who, new, Unit::new()).await
}

/// Makes a key if every required step of `proof` holds in the same commit.
///
/// # Errors
/// As [`create`]; `TOKEN_REVOKED` where the proof does not hold.
pub async fn create_if(ctx: &Ctx, owner: Owner, who: &Who, new: NewKey, proof: Unit) -> Result<Made> {
    let fields = fields::read(
        ctx,
        Changes {
            name: Some(new.name),
            scopes: Some(new.scopes),
            expires_at: new.expires_at,
            allowed_networks: Some(new.allowed_networks),
            rate_limit: new.rate_limit,
            quota: new.quota,
            suspended: None,
        },
    )?;
    let own = |limit: Option<String>| limit.filter(|text| text != "off");
    let (now, environment) = (ctx.now(), check::environment(ctx));
    let key = ApiKey::new(environment, ApiKeyId::new(now));
    let prefix = api_key::shown(environment, key.id);
    let event = event("api_keys.created", Among::Of(owner), who, key.id)
        .detail("scopes", fields.scopes.as_deref().unwrap_or_default());
    // The account's row is held from here on, so that two at once count each other's keys.
    let unit = accounts::still_enabled(proof, owner.account);
    let proved = unit.len();
    let unit = unit.require(&store::ROOM, params![owner.account, owner.tenant, now, MOST]).step(
        &store::INSERT,
        params![
            key.id,
            owner.account,
            owner.tenant,
            fields.name,
            prefix,
            fields.scopes,
            fields.networks,
            own(fields.rate_limit),
            own(fields.quota),
            key.digest(),
            now,
            fields.expires_at,
        ],
    );
    match ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        UnitOutcome::Done(_) => Ok(Made { key: show(ctx, Among::Of(owner), key.id).await?, text: key.text() }),
        UnitOutcome::Refused { step } if step < proved => Err(no_longer()),
        UnitOutcome::Refused { .. } => {
            Err(Error::new(Code::Conflict, format!("There are {MOST} API keys already. Revoke one first.")))
        }
    }
}

fn no_longer() -> Error {
    Error::new(Code::TokenRevoked, "The account may not sign in, or the login that asks has ended.")
}

fn event(action: &'static str, among: Among, who: &Who, key: ApiKeyId) -> Event {
    let event = Event::new(action, Outcome::Success).subject(among.account()).tenant(among.tenant());
    event.by(who).detail("key", key)
}

/// One key.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn show(ctx: &Ctx, among: Among, id: ApiKeyId) -> Result<KeyView> {
    let row = ctx.db.first(&store::SHOW, among.and(params![id])).await?.ok_or_else(Error::not_found)?;
    KeyView::read(&row)
}

/// Whose the key is.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn owner(ctx: &Ctx, id: ApiKeyId) -> Result<AccountId> {
    let row = ctx.db.first(&store::OWNER, params![id]).await?.ok_or_else(Error::not_found)?;
    Ok(AccountId::from_bytes(row.id16(0)?))
}

/// The keys, the newest first, those that expired lately too.
pub async fn list(ctx: &Ctx, among: Among, page: &PageQuery<ApiKeyId>) -> Result<Keys> {
    let before = page.cursor.unwrap_or(ApiKeyId::from_bytes([0xff; 16]));
    // One more than is shown tells whether there is another page.
    let rows = ctx.db.scan(&store::LIST, among.and(params![before, page.limit + 1])).await?;
    let shown = rows.len().min(page.limit as usize);
    let data: Vec<KeyView> = rows[..shown].iter().map(KeyView::read).collect::<Result<_>>()?;
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.id);
    Ok(Keys { data, next_cursor })
}

/// Changes a key, for its next use on.
///
/// # Errors
/// `VALIDATION_FAILED`, `NOT_FOUND`.
pub async fn update(ctx: &Ctx, among: Among, who: &Who, id: ApiKeyId, changes: Changes) -> Result<KeyView> {
    let suspended = changes.suspended;
    let fields = fields::read(ctx, changes)?;
    let names = changed(&fields, suspended);
    let params = among.and(params![
        id,
        fields.name,
        fields.scopes,
        fields.networks,
        fields.rate_limit,
        fields.quota,
        fields.expires_at,
        suspended,
        ctx.now(),
    ]);
    let event = event("api_keys.updated", among, who, id).detail("fields", names);
    let act = Act::from(Unit::new().require(&store::UPDATE, params)).changes_api_key(ctx, id).audited(ctx, event);
    act.run(ctx).await?.ok_or_else(Error::not_found)?;
    show(ctx, among, id).await
}

/// The names of what is changed, for the audit log.
fn changed(fields: &fields::Fields, suspended: Option<bool>) -> String {
    let all = [
        ("name", fields.name.is_some()),
        ("scopes", fields.scopes.is_some()),
        ("allowed_networks", fields.networks.is_some()),
        ("rate_limit", fields.rate_limit.is_some()),
        ("quota", fields.quota.is_some()),
        ("expires_at", fields.expires_at.is_some()),
        ("suspended", suspended.is_some()),
    ];
    all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// Gives a key a new secret. The one before works until `overlap` is over; one older still ends at once. Of two rotations
/// at the same moment one is done, so that no secret is lost that somebody was told.
///
/// # Errors
/// `VALIDATION_FAILED`, `NOT_FOUND`; `CONFLICT` where it expired, or another rotation came first.
pub async fn rotate(ctx: &Ctx, among: Among, who: &Who, id: ApiKeyId, overlap: Option<Span>) -> Result<Made> {
    let overlap = overlap.unwrap_or(OVERLAP);
    if overlap > LONGEST_OVERLAP || overlap < Span(0) {
        let detail = Detail::new("overlap", "INVALID_OVERLAP", format!("At most {LONGEST_OVERLAP}."));
        return Err(Error::validation(vec![detail]));
    }
    let now = ctx.now();
    if show(ctx, among, id).await?.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::new(Code::Conflict, "This API key has expired. Make another one."));
    }
    let row = ctx.db.first(&store::DIGEST, among.and(params![id])).await?.ok_or_else(Error::not_found)?;
    let key = replace(ctx, among, who, (id, row.bytes(0)?), overlap).await?;
    Ok(Made { key: show(ctx, among, id).await?, text: key.text() })
}

pub(super) async fn replace(
    ctx: &Ctx,
    among: Among,
    who: &Who,
    (id, current): (ApiKeyId, Vec<u8>),
    overlap: Span,
) -> Result<ApiKey> {
    let now = ctx.now();
    let key = ApiKey::new(check::environment(ctx), id);
    let old: Option<(Vec<u8>, Timestamp)> = (overlap > Span(0)).then(|| (current.clone(), now + overlap));
    let (digest, until) = old.unzip();
    let params = among.and(params![id, current, key.digest(), digest, until, now]);
    let event = event("api_keys.rotated", among, who, id).detail("overlap", overlap);
    let act = Act::from(Unit::new().require(&store::ROTATE, params)).changes_api_key(ctx, id).audited(ctx, event);
    let first = || Error::new(Code::Conflict, "Another rotation came first, or the key was revoked.");
    act.run(ctx).await?.ok_or_else(first)?;
    Ok(key)
}

/// Revokes a key: at once here, within a second on other nodes.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn revoke(ctx: &Ctx, among: Among, who: &Who, id: ApiKeyId) -> Result<()> {
    let event = event("api_keys.revoked", among, who, id);
    let unit = Unit::new().require(&store::DELETE, among.and(params![id]));
    let act = Act::from(unit).ends_api_key(ctx, id).audited(ctx, event);
    act.run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}

/// Adds that all keys of an account go, whoever made them (`A13`).
pub(super) async fn forsake(ctx: &Ctx, account: &Account, act: Act) -> Result<Act> {
    let mut act = act;
    for row in ctx.db.query(&store::EXPORT, params![account.id]).await? {
        let id = ApiKeyId::from_bytes(row.id16(0)?);
        act = act.and(|unit| unit.step(&store::DELETE_LEAKED, params![id, account.id])).ends_api_key(ctx, id);
    }
    Ok(act)
}

/// Adds that no key opens anything until its owner says that it should again: for a database that went back in time,
/// where a key may be there that was revoked since (rulings 10). To be run while no server is.
pub fn suspend_all(unit: Unit, now: Timestamp) -> Unit {
    unit.step(&store::SUSPEND_ALL, params![now])
}
