use guardhouse_core::{
    jose::{Algorithm, SigningKey},
    time::{Span, Timestamp},
};
use guardhouse_store::{StoreError, Unit, params};

use super::{
    error::KeysError,
    set,
    store::{self, KeyState, StoredKey},
};
use crate::kernel::{
    audit::{Event, Outcome, Who},
    changes::{self, Topic},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::page::PageQuery,
};

/// What nodes may lag behind before the last of them signs with a new key.
const MARGIN: Span = Span::minutes(1);

/// A signing key as lists show it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct KeyRow {
    /// Its name in token headers and in the published set.
    #[schema(example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")]
    pub kid: String,
    /// Its algorithm.
    #[schema(example = "ES256")]
    pub alg: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// From when on it signs.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub not_before: Timestamp,
    /// When it stopped, or will stop, to verify.
    #[schema(value_type = Option<String>, example = "2026-04-02T03:20:05Z")]
    pub retired_at: Option<Timestamp>,
}

impl KeyRow {
    fn of(key: &StoredKey, now: Timestamp) -> Self {
        Self {
            kid: key.kid.clone(),
            alg: key.alg.clone(),
            state: key.state(now),
            created_at: key.created_at,
            not_before: key.not_before,
            retired_at: key.retired_at.or(key.retire_at),
        }
    }
}

/// Every key, the newest first. The secret of HS256 is not among them.
pub async fn list(ctx: &Ctx) -> Result<Vec<KeyRow>> {
    let (rows, now) = (set::rows(&ctx.db).await?, ctx.now());
    Ok(rows.iter().rev().map(|row| KeyRow::of(row, now)).collect())
}

/// A page of the list.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct KeyPage {
    /// The keys, the newest first.
    pub data: Vec<KeyRow>,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

/// Some keys, the newest first; the cursor is the generation of the last of the page before.
pub async fn page(ctx: &Ctx, page: &PageQuery<i64>) -> Result<KeyPage> {
    // One more than is shown tells whether there is another page.
    let params = params![page.cursor.unwrap_or(i64::MAX), i64::from(page.limit) + 1];
    let rows = ctx.db.scan(&store::PAGE, params).await?;
    let (shown, now) = (rows.len().min(page.limit as usize), ctx.now());
    let keys: Vec<StoredKey> = rows[..shown].iter().map(store::read).collect::<Result<_, StoreError>>()?;
    let next_cursor = keys.last().filter(|_| rows.len() > shown).map(|last| last.generation.to_string());
    Ok(KeyPage { data: keys.iter().map(|key| KeyRow::of(key, now)).collect(), next_cursor })
}

/// Makes a key that signs at once; the ones before verify until no token of theirs can be alive (M-38).
///
/// # Errors
/// [`Code::Conflict`] for HS256, and when another node did the same at this moment.
pub async fn rotate(ctx: &Ctx, who: &Who) -> Result<KeyRow> {
    refuse_shared(ctx)?;
    let key = set::generate(ctx.settings.tokens.algorithm).await?;
    put_in_front(ctx, &key, Event::new("signing_keys.rotated", Outcome::Success).by(who)).await
}

/// Takes over a private key in PEM, which signs at once as after [`rotate`].
///
/// # Errors
/// [`Code::ValidationFailed`] for what is no such key, [`Code::Conflict`] for another algorithm than
/// `tokens.algorithm` or a key that is there already.
pub async fn import(ctx: &Ctx, algorithm: Algorithm, pem: &str, who: &Who) -> Result<KeyRow> {
    refuse_shared(ctx)?;
    let wanted = ctx.settings.tokens.algorithm;
    if algorithm != wanted {
        let text =
            format!("This server signs with {wanted} (`tokens.algorithm`); a key for {algorithm} would never be used.");
        return Err(Error::new(Code::Conflict, text));
    }
    let key = SigningKey::from_pem(algorithm, pem)
        .map_err(|error| Error::new(Code::ValidationFailed, format!("The key can't be used: {error}.")))?;
    put_in_front(ctx, &key, Event::new("signing_keys.imported", Outcome::Success).by(who)).await
}

/// Ends a key, and with it every token it signed, on every node. The only active key is replaced first.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Conflict`] for one that is retired already.
pub async fn retire(ctx: &Ctx, kid: &str, who: &Who) -> Result<KeyRow> {
    let rows = set::rows(&ctx.db).await?;
    let row = rows.iter().find(|row| row.kid == kid).ok_or_else(Error::not_found)?;
    let now = ctx.now();
    let mut unit = Unit::new();
    if replaces(ctx, &rows, row, now) {
        unit = unit.step(&store::ADD, fresh(ctx, &rows, now).await?.params());
    }
    let unit = unit.require(&store::RETIRE, params![kid, now, Vec::<u8>::new()]);
    let event = Event::new("signing_keys.retired", Outcome::Success).by(who).detail("kid", kid);
    if !commit(ctx, announce(ctx, unit, kid), event).await? {
        return Err(Error::new(Code::Conflict, "This key is retired already."));
    }
    Ok(KeyRow { state: KeyState::Retired, retired_at: Some(now), ..KeyRow::of(row, now) })
}

/// Whether signing needs a new key once this one is gone.
fn replaces(ctx: &Ctx, rows: &[StoredKey], gone: &StoredKey, now: Timestamp) -> bool {
    let algorithm = ctx.settings.tokens.algorithm;
    let rest: Vec<StoredKey> = rows.iter().filter(|row| row.kid != gone.kid).cloned().collect();
    let was_signing = set::signing(rows, algorithm, now).is_some_and(|signing| signing.kid == gone.kid);
    !ctx.keys.is_shared() && was_signing && set::signing(&rest, algorithm, now).is_none()
}

/// Reads the keys again.
pub async fn reload(ctx: &Ctx) -> Result<()> {
    let loaded = ctx.keys.load(&ctx.db, &ctx.ring, ctx.now()).await;
    ctx.tokens.clear();
    Ok(loaded?)
}

/// Reads the keys again for a token whose key is unknown here: another node may have made it a moment
/// ago. Whether they were read: at most once a second they are (`J4`).
pub async fn reload_for_unknown(ctx: &Ctx) -> Result<bool> {
    if !ctx.keys.may_ask(ctx.now()) {
        return Ok(false);
    }
    let stale = ctx.keys.stale();
    ctx.keys.load(&ctx.db, &ctx.ring, ctx.now()).await?;
    if stale {
        ctx.tokens.clear();
    }
    Ok(true)
}

fn refuse_shared(ctx: &Ctx) -> Result<()> {
    if !ctx.keys.is_shared() {
        return Ok(());
    }
    let text = "With `tokens.algorithm = \"HS256\"` the key is the secret in the settings: change `tokens.secret` on \
                every node and restart, which ends all access tokens.";
    Err(Error::new(Code::Conflict, text))
}

/// A new key that signs from `from` on, in its row.
pub(super) async fn fresh(ctx: &Ctx, rows: &[StoredKey], from: Timestamp) -> Result<StoredKey> {
    let key = set::generate(ctx.settings.tokens.algorithm).await?;
    stored(ctx, rows, &key, from)
}

fn stored(ctx: &Ctx, rows: &[StoredKey], key: &SigningKey, from: Timestamp) -> Result<StoredKey> {
    let mut row = set::sealed(key, &ctx.ring, set::next_generation(rows), ctx.settings.tokens.access_ttl)?;
    (row.created_at, row.not_before) = (ctx.now(), from);
    Ok(row)
}

/// Until when keys verify that sign no more: the longest token any node may have issued is over then.
pub(super) fn overlap_end(ctx: &Ctx, rows: &[StoredKey]) -> Timestamp {
    let tokens = &ctx.settings.tokens;
    let known = rows.iter().filter(|row| row.retired_at.is_none()).map(|row| row.longest_ttl);
    let longest = known.max().unwrap_or_default().max(tokens.access_ttl);
    ctx.now() + longest + tokens.leeway + MARGIN
}

async fn put_in_front(ctx: &Ctx, key: &SigningKey, event: Event) -> Result<KeyRow> {
    let rows = set::rows(&ctx.db).await?;
    let row = stored(ctx, &rows, key, ctx.now())?;
    let unit = Unit::new()
        .step(&store::ADD, row.params())
        .step(&store::SET_END, params![overlap_end(ctx, &rows), row.generation]);
    commit(ctx, announce(ctx, unit, &row.kid), event.detail("kid", &row.kid).detail("alg", &row.alg)).await?;
    Ok(KeyRow::of(&row, ctx.now()))
}

/// Tells all nodes to read the keys again.
pub(super) fn announce(ctx: &Ctx, unit: Unit, kid: &str) -> Unit {
    changes::append(ctx, unit, Topic::Keys, kid.as_bytes(), 0)
}

/// Runs a change of the keys with its audit event, and reads the keys again here. Whether it happened.
pub(super) async fn commit(ctx: &Ctx, unit: Unit, event: Event) -> Result<bool> {
    let unit = ctx.audit.step(ctx, unit, event);
    let done = ctx.db.run(unit).await.map_err(refused)?.is_done();
    if done {
        // Should the reading fail, the listener tries again, and this node vouches for nobody until it succeeds.
        ctx.keys.changed();
        reload(ctx).await?;
    }
    Ok(done)
}

fn refused(error: StoreError) -> Error {
    if error.is_conflict_with("signing_keys.generation") {
        return Error::new(
            Code::Conflict,
            "Another node changed the signing keys at this moment. Look at the list again.",
        );
    }
    if error.is_conflict_with("signing_keys.kid") {
        return Error::new(Code::Conflict, "This key is there already.");
    }
    KeysError::from(error).into()
}
