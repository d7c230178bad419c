//! The mark of a known device: a cookie bound to an account that has signed in here before.
//!
//! Failed attempts from a known device have a counter of their own, so a stranger's guesses cannot lock the owner out
//! (M-32, rulings 24). Beside that it says until when its
//! owner wanted it to be let off the second factor (M-09). It proves nothing else. It is good for [`LIFE`], counted here and not by the browser alone, and
//! until the account's credentials end: a new password and an end of all sessions void it, so that whoever held it has no
//! guesses of their own any more (`A2`, `A5`).

use std::convert::Infallible;

use axum::response::{IntoResponseParts, ResponseParts};
use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{
    ids::AccountId,
    master_key::{KeyId, Purpose},
    secret,
    time::{Span, Timestamp},
};

use crate::kernel::{
    accounts::{self, Account},
    ctx::Ctx,
    http::cookies,
};

/// How long a mark is good.
pub const LIFE: Span = Span::days(365);

/// A device as its mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its own id.
    pub id: [u8; 16],
    /// Until when its owner asked it to be let off the second factor.
    pub trusted_until: Timestamp,
}

/// The device, where the mark is genuine, this account's and of its present epoch.
pub fn known(ctx: &Ctx, mark: &str, account: &Account) -> Option<Known> {
    let bytes = BASE64URL_NOPAD.decode(mark.as_bytes()).ok()?;
    let (key, rest) = bytes.split_first_chunk::<{ size_of::<KeyId>() }>()?;
    let (device, rest) = rest.split_first_chunk::<16>()?;
    let (issued_at, rest) = rest.split_first_chunk::<8>()?;
    let (trusted_until, mac) = rest.split_first_chunk::<8>()?;
    let epoch = account.device_epoch.to_be_bytes();
    let parts = [&account.id.bytes()[..], device, issued_at, trusted_until, &epoch];
    let tag = [&key[..], mac].concat();
    let fresh = ctx.now().since(Timestamp(i64::from_be_bytes(*issued_at))) <= LIFE;
    let trusted_until = Timestamp(i64::from_be_bytes(*trusted_until));
    (fresh && ctx.ring.is_tag(Purpose::Device, &parts, &tag)).then_some(Known { id: *device, trusted_until })
}

/// A new mark for the browser whose act voided all marks of the account, its own too: as a part of the answer.
pub struct Mark {
    ctx: Ctx,
    value: String,
}

/// Makes it, once the act is done. Without one the act stands all the same, and the next login brings the mark.
pub async fn anew(ctx: &Ctx, account: AccountId) -> Option<Mark> {
    match accounts::by_id(ctx, account).await {
        Ok(account) => account.map(|account| Mark { value: renew(ctx, None, &account), ctx: ctx.clone() }),
        Err(error) => {
            tracing::warn!(%error, "a browser gets no new mark of a known device");
            None
        }
    }
}

impl IntoResponseParts for Mark {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        cookies::set_device(&self.ctx, parts.headers_mut(), self.value, LIFE);
        Ok(parts)
    }
}

/// The mark to keep after a login: a new one, of the same device where it was known.
pub(super) fn renew(ctx: &Ctx, mark: Option<&str>, account: &Account) -> String {
    write(ctx, account, held(ctx, mark, account))
}

/// The same, let off the second factor from now on.
pub(super) fn trusted(ctx: &Ctx, mark: Option<&str>, account: &Account, until: Timestamp) -> String {
    write(ctx, account, Known { trusted_until: until, ..held(ctx, mark, account) })
}

fn held(ctx: &Ctx, mark: Option<&str>, account: &Account) -> Known {
    let anew = || Known { id: secret::random(), trusted_until: Timestamp(0) };
    mark.and_then(|mark| known(ctx, mark, account)).unwrap_or_else(anew)
}

fn write(ctx: &Ctx, account: &Account, device: Known) -> String {
    let issued_at = ctx.now().0.to_be_bytes();
    let trusted_until = device.trusted_until.0.to_be_bytes();
    let epoch = account.device_epoch.to_be_bytes();
    let parts: [&[u8]; 5] = [&account.id.bytes(), &device.id, &issued_at, &trusted_until, &epoch];
    let tag = ctx.ring.tag(Purpose::Device, &parts);
    let (key, mac) = tag.split_at(size_of::<KeyId>());
    BASE64URL_NOPAD.encode(&[key, &device.id, &issued_at, &trusted_until, mac].concat())
}
