//! Signing keys, here or there.

use guardhouse::kernel::{audit::Who, keys};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::{failure::Failure, remote::Remote};

const KEYS: &str = "signing-keys";

impl Data<'_> {
    /// Every key, the newest first.
    pub(crate) async fn keys(self) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Database(ctx) => all_shown(&keys::list(ctx).await?),
            Self::Server(remote) => all_of(remote).await,
        }
    }

    /// Makes a key that signs at once.
    pub(crate) async fn rotate_key(self) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&keys::rotate(ctx, &Who::system()).await?),
            Self::Server(remote) => remote.send(Method::POST, &[KEYS, "rotate"], &json!({})).await,
        }
    }

    /// Ends a key and all it signed.
    pub(crate) async fn retire_key(self, kid: &str) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&keys::retire(ctx, kid, &Who::system()).await?),
            Self::Server(remote) => remote.send(Method::POST, &[KEYS, kid, "retire"], &json!({})).await,
        }
    }
}

/// Every page of the server's list.
async fn all_of(remote: &Remote) -> Result<Vec<Value>, Failure> {
    let (mut all, mut after): (_, Option<String>) = (Vec::new(), None);
    loop {
        let page: Page = read(remote.get(&[KEYS], &[("cursor", after.as_deref())]).await?)?;
        all.extend(page.data);
        after = page.next_cursor;
        if after.is_none() {
            return Ok(all);
        }
    }
}
