use data_encoding::HEXLOWER;
use guardhouse_core::master_key::KeyId;
use guardhouse_store::{Statement, Value, params};

use super::{sealed, store};
use crate::kernel::{audit, codes, ctx::Ctx, errors::Result, mail};

/// What the database has that needs a master key. Refresh tokens, cookies and marks of known devices are with those who
/// carry them and can't be counted.
#[derive(Clone, Debug, serde::Serialize)]
pub struct MasterKeyUse {
    /// The key's id, which tells nothing of the key.
    pub id: String,
    /// Whether the settings name it.
    pub state: MasterKeyState,
    /// Whether failed attempts and limits are kept under it: it is the last of the list.
    pub index: bool,
    /// Signing keys sealed under it. Each start seals them anew under the current one.
    pub signing_keys: i64,
    /// Secrets of second factors. An hourly job seals them anew under the current one.
    pub factors: i64,
    /// Letters on their way, or in the mailbox of development.
    pub letters: i64,
    /// Mailed codes that can still be used.
    pub codes: i64,
    /// Other background work that waits.
    pub jobs: i64,
    /// Audit events: their personal fields and the proof that they are genuine.
    pub audit_events: i64,
    /// Checkpoints of the audit log, which are kept for good.
    pub checkpoints: i64,
}

/// Where a master key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MasterKeyState {
    /// The first of the list: what is new is made under it.
    Current,
    /// A later one of the list.
    Earlier,
    /// The settings do not name it: what needs it can't be opened.
    Missing,
}

impl MasterKeyUse {
    fn new(id: &[u8], state: MasterKeyState, index: bool) -> Self {
        Self {
            id: HEXLOWER.encode(id),
            state,
            index,
            signing_keys: 0,
            factors: 0,
            letters: 0,
            codes: 0,
            jobs: 0,
            audit_events: 0,
            checkpoints: 0,
        }
    }
}

/// How much is kept under which master key, by its id.
pub type ByMasterKey = Vec<(Vec<u8>, i64)>;

/// What a statement that answers ids and counts says.
pub async fn by_master_key(ctx: &Ctx, statement: &Statement, params: Vec<Value>) -> Result<ByMasterKey> {
    let rows = ctx.db.scan(statement, params).await?;
    rows.iter().map(|row| Ok((row.slice(0)?.to_vec(), row.int(1)?))).collect()
}

/// Each master key of the settings, the current one first, then those that only the database knows.
pub async fn master_keys(ctx: &Ctx) -> Result<Vec<MasterKeyUse>> {
    type Kind = fn(&mut MasterKeyUse) -> &mut i64;
    let counted: [(ByMasterKey, Kind); 7] = [
        (by_master_key(ctx, &store::SEALED_UNDER, params![]).await?, |key| &mut key.signing_keys),
        (sealed::counted(ctx).await?, |key| &mut key.factors),
        (mail::by_master_key(ctx).await?, |key| &mut key.letters),
        (codes::by_master_key(ctx).await?, |key| &mut key.codes),
        (mail::left_by_master_key(ctx).await?, |key| &mut key.jobs),
        (audit::by_master_key(ctx).await?, |key| &mut key.audit_events),
        (audit::checkpoints_by_master_key(ctx).await?, |key| &mut key.checkpoints),
    ];
    let mut uses = named(&ctx.ring.ids().collect::<Vec<_>>());
    for (found, of) in counted {
        for (id, count) in found {
            *of(entry(&mut uses, &id)) += count;
        }
    }
    Ok(uses)
}

fn named(ids: &[KeyId]) -> Vec<MasterKeyUse> {
    let mut uses: Vec<MasterKeyUse> = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        // A key may stand in the list twice, so that the one that indexes stays while others are added.
        if !ids[..at].contains(id) {
            let state = if at == 0 { MasterKeyState::Current } else { MasterKeyState::Earlier };
            uses.push(MasterKeyUse::new(id, state, ids.last() == Some(id)));
        }
    }
    uses
}

fn entry<'a>(uses: &'a mut Vec<MasterKeyUse>, id: &[u8]) -> &'a mut MasterKeyUse {
    let name = HEXLOWER.encode(id);
    let at = uses.iter().position(|key| key.id == name).unwrap_or_else(|| {
        uses.push(MasterKeyUse::new(id, MasterKeyState::Missing, false));
        uses.len() - 1
    });
    &mut uses[at]
}
