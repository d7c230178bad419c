//! Recovery codes: ten to keep on paper, each good once (`A3`, ASVS 6.5.1 to 6.5.4).

use data_encoding::Encoding;
use guardhouse_core::{ids::AccountId, secret, time::Timestamp};
use guardhouse_store::{Unit, params};
use serde_json::{Value, json};

use super::{letters, store};
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome, Who},
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{Proof, Shown},
    feature::PersonalData,
    http::client::Client,
    login::Proved,
};

const HOW_MANY: usize = 10;
/// 15 bytes are 120 bits, 24 letters in four groups.
const BYTES: usize = 15;
const GROUP: usize = 6;

/// New ones, and the unit that keeps their digests in the place of all before.
pub(super) fn anew(unit: Unit, account: AccountId, now: Timestamp) -> (Unit, Vec<String>) {
    let unit = unit.step(&store::CLEAR_CODES, params![account]);
    let mut codes = Vec::with_capacity(HOW_MANY);
    let unit = (0..HOW_MANY).fold(unit, |unit, _| {
        let code = base32().encode(&secret::random::<BYTES>());
        let unit = unit.step(&store::ADD_CODE, params![account, digest(account, &code), now]);
        codes.push(grouped(&code));
        unit
    });
    (unit, codes)
}

/// Crockford's letters: none looks like another on paper.
fn base32() -> Encoding {
    let mut letters = data_encoding::Specification::new();
    letters.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    // The letters are 32 different ones, so this is an encoding.
    letters.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
}

fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Bound to the account, so that a row copied to another account is worth nothing.
fn digest(account: AccountId, code: &str) -> Vec<u8> {
    secret::sha256(&[&account.bytes()[..], code.as_bytes()].concat()).to_vec()
}

/// As people type it: in small letters, without hyphens, with `O` for `0`.
fn read(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    letters.take(64).collect()
}

pub(super) async fn verify(ctx: &Ctx, account: &Account, shown: Shown<'_>) -> Result<Option<Proof>> {
    let digest = digest(account.id, &read(shown.code()?));
    if ctx.db.first(&store::FIND_CODE, params![account.id, digest.clone()]).await?.is_none() {
        return Ok(None);
    }
    let unit = Unit::new().require(&store::USE_CODE, params![account.id, digest, ctx.now()]);
    Ok(Some(Proof { unit: letters::code_used(ctx, unit, account)?, amr: vec!["recovery"] }))
}

/// New ones for somebody who has a factor; all before are void.
pub(super) async fn renew(ctx: &Ctx, person: &Proved, client: &Client) -> Result<Vec<String>> {
    let account = accounts::existing(ctx, person.subject).await?;
    if !account.second_factor {
        return Err(Error::new(Code::Conflict, "Recovery codes stand in for a second factor; enrol one first."));
    }
    let (unit, codes) = anew(Unit::new(), account.id, ctx.now());
    let event = Event::new("mfa.recovery_codes", Outcome::Success).subject(account.id).by(&Who::of(person, client));
    let unit = letters::renewed(ctx, ctx.audit.step(ctx, unit, event), &account, client)?;
    let _ = ctx.db.run(unit).await?;
    Ok(codes)
}

/// Whether any is left.
pub(super) async fn any(ctx: &Ctx, account: AccountId) -> Result<bool> {
    Ok(left(ctx, account).await? > 0)
}

/// How many are left.
pub(super) async fn left(ctx: &Ctx, account: AccountId) -> Result<i64> {
    let row = ctx.db.first(&store::COUNT_CODES, params![account]).await?;
    row.map_or(Ok(0), |row| Ok(row.opt_int(1)?.unwrap_or(0)))
}

/// How many there are, never which; they go with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "recovery_codes", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<Value> {
    let row = ctx.db.first(&store::COUNT_CODES, params![account]).await?;
    row.map_or(Ok(Value::Null), |row| {
        let made = row.opt_int(2)?.map(Timestamp);
        Ok(json!({"made": row.int(0)?, "left": row.opt_int(1)?.unwrap_or(0), "created_at": made}))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it_6_5_4() {
        let code = "7K3MPQ-2D9FXW-H4T8NB-V61C0A";
        assert_eq!(read(code), "7K3MPQ2D9FXWH4T8NBV61C0A");
        assert_eq!(read(" 7k3mpq 2d9fxw h4t8nb v6lcoa"), read(code));
        let (unit, codes) = anew(Unit::new(), AccountId::from_bytes([7; 16]), Timestamp(0));
        assert_eq!((unit.len(), codes.len()), (1 + HOW_MANY, HOW_MANY));
        assert!(codes.iter().all(|code| code.len() == 27 && read(code).len() == 24), "{codes:?}");
    }
}
