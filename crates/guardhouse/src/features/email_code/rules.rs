//! Codes at the door.

use guardhouse_core::{
    otp, secret,
    time::{Span, Timestamp},
};
use guardhouse_store::Unit;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{EMAIL_CODE, METHOD, letters};
use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{self, Prepared, Proof, Shown},
    http::client::Client,
    limits::network,
};

/// A code lives no longer, whatever its login's time is (ASVS 6.5.5).
const LIFE: Span = Span::minutes(10);

/// What the check must know; sealed with the login's ticket, so a code is worth nothing for another one (ASVS 6.6.2).
#[derive(Serialize, Deserialize)]
struct Sent {
    code: String,
    /// Microseconds since 1970.
    at: i64,
}

/// Mails a code to the account's own address.
pub(super) async fn challenge(ctx: &Ctx, account: &Account, client: &Client) -> Result<Prepared> {
    network::charge(ctx, EMAIL_CODE, &account.id.bytes()).await?;
    if !account.email_verified() {
        return Err(Error::new(Code::EmailNotVerified, "Codes go to a verified address only."));
    }
    let code = format!("{:06}", secret::random_below(1_000_000));
    let life = ctx.settings.limits.mfa.rate().map_or(LIFE, |rate| rate.per.min(LIFE));
    let unit = letters::login_code(ctx, Unit::new(), account, (&code, life.to_string()), client)?;
    let state = serde_json::to_vec(&Sent { code, at: ctx.now().0 }).map_err(Error::internal)?;
    let answer = json!({"method": METHOD, "sent_to": masked(account.email.as_str())});
    Ok(Prepared { unit, state, answer })
}

/// So much of an address that its owner knows it, and nobody else learns it.
fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    format!("{}***@{domain}", local.chars().take(1).collect::<String>())
}

/// Checks a code.
pub(super) async fn verify(ctx: &Ctx, account: &Account, shown: Shown<'_>) -> Result<Option<Proof>> {
    let typed = otp::digits(shown.code()?);
    let Some(state) = shown.state else { return Ok(None) };
    let sent: Sent = serde_json::from_slice(state).map_err(Error::internal)?;
    if ctx.now().since(Timestamp(sent.at)) > LIFE || !secret::same(typed.as_bytes(), sent.code.as_bytes()) {
        return Ok(None);
    }
    let enrolled = factors::list(ctx, account.id).await?;
    let Some(factor) = enrolled.iter().find(|factor| factor.method == METHOD) else { return Ok(None) };
    let unit = factors::used(Unit::new(), factor.id, account.id, ctx.now());
    Ok(Some(Proof { unit, amr: vec!["otp", "email"] }))
}
