//! The mark of a known device: a cookie bound to an account that has signed in here before.
//!
//! Failed attempts from a known device have a counter of their own, so a stranger's guesses cannot lock the owner out
//! (M-32, rulings 24). It proves nothing else.

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{ids::AccountId, master_key::Purpose, secret, time::Span};

use crate::kernel::ctx::Ctx;

/// How long a browser keeps the mark.
pub const LIFE: Span = Span::days(365);

/// The device's own id, where the mark is genuine and this account's.
pub fn known(ctx: &Ctx, mark: &str, account: AccountId) -> Option<[u8; 16]> {
    let bytes = BASE64URL_NOPAD.decode(mark.as_bytes()).ok()?;
    let (key, rest) = bytes.split_first_chunk::<4>()?;
    let (device, mac) = rest.split_first_chunk::<16>()?;
    let expected = ctx.ring.mac_under(*key, Purpose::Device, &[&account.bytes(), device])?;
    secret::same(&expected, mac).then_some(*device)
}

/// The mark to keep after a login: the one that is there, or a new one.
pub(super) fn keep(ctx: &Ctx, mark: Option<&str>, account: AccountId) -> String {
    match mark {
        Some(mark) if known(ctx, mark, account).is_some() => mark.to_owned(),
        _ => issue(ctx, account),
    }
}

fn issue(ctx: &Ctx, account: AccountId) -> String {
    let device: [u8; 16] = secret::random();
    let mac = ctx.ring.mac(Purpose::Device, &[&account.bytes(), &device]);
    BASE64URL_NOPAD.encode(&[&ctx.ring.current()[..], &device, &mac].concat())
}
