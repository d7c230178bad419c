//! Signing keys, here or there.

use guardhouse::kernel::{audit::Who, keys};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

const KEYS: &str = "signing-keys";

impl Data<'_> {
    /// Every key, the newest first.
    pub(crate) async fn keys(self) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Database(ctx) => all_shown(&keys::list(ctx).await?),
            Self::Server(remote) => {
                let page: Page = read(remote.get(&[KEYS], &[]).await?)?;
                Ok(page.data)
            }
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
