//! API keys, here or there. A server lists and revokes a user's keys; it makes and changes them for their owner alone.

use guardhouse::{
    features::api_keys::{self, Among, Changes, Made, NewKey, Owner},
    kernel::{audit::Who, ctx::Ctx, http::page::PageQuery},
};
use guardhouse_core::{
    ids::{AccountId, ApiKeyId},
    time::Span,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

impl<'a> Data<'a> {
    /// A user's keys, the newest first.
    pub(crate) async fn api_keys(self, user: &str) -> Result<Vec<Value>, Failure> {
        let id = self.user_id(user).await?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.page_of_api_keys(id, after).await?;
            found.extend(page.data);
            after = page.next_cursor;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    async fn page_of_api_keys(self, user: AccountId, after: Option<String>) -> Result<Page, Failure> {
        match self {
            Self::Database(ctx) => {
                let cursor = after.as_deref().map(str::parse).transpose().map_err(Failure::new)?;
                let query = PageQuery { cursor, ..PageQuery::default() };
                let keys = api_keys::list(ctx, Among::All(user), &query).await?;
                Ok(Page { data: all_shown(&keys.data)?, next_cursor: keys.next_cursor.map(|id| id.to_string()) })
            }
            Self::Server(remote) => {
                let path = ["users", &user.to_string(), "api-keys"];
                read(remote.get(&path, &[("cursor", after.as_deref())]).await?)
            }
        }
    }

    /// One key. The database finds it, a server has to be told whose it is.
    pub(crate) async fn api_key(self, key: ApiKeyId, of: Option<&str>) -> Result<Value, Failure> {
        match (self, of) {
            (Self::Database(ctx), None) => shown(&api_keys::show(ctx, of_key(ctx, key).await?, key).await?),
            (_, of) => {
                let all = self.api_keys(of.unwrap_or_default()).await?;
                all.into_iter().find(|one| one["id"] == key.to_string()).ok_or_else(|| gone(key))
            }
        }
    }

    /// Makes a key; its text stands in the answer.
    pub(crate) async fn create_api_key(self, user: &str, new: NewKey) -> Result<Value, Failure> {
        let account = self.user_id(user).await?;
        let owner = Owner { account, tenant: None };
        told(&api_keys::create(self.here()?, owner, &Who::system(), new).await?)
    }

    /// Changes a key.
    pub(crate) async fn update_api_key(self, key: ApiKeyId, changes: Changes) -> Result<Value, Failure> {
        let ctx = self.here()?;
        let among = of_key(ctx, key).await?;
        shown(&api_keys::update(ctx, among, &Who::system(), key, changes).await?)
    }

    /// Gives a key a new secret, whose text stands in the answer.
    pub(crate) async fn rotate_api_key(self, key: ApiKeyId, overlap: Option<Span>) -> Result<Value, Failure> {
        let ctx = self.here()?;
        let among = of_key(ctx, key).await?;
        told(&api_keys::rotate(ctx, among, &Who::system(), key, overlap).await?)
    }

    /// Revokes a key. The database knows whose it is, a server has to be told.
    pub(crate) async fn revoke_api_key(self, key: ApiKeyId, of: Option<&str>) -> Result<(), Failure> {
        match self {
            Self::Database(ctx) => {
                let among = match of {
                    Some(user) => Among::All(self.user_id(user).await?),
                    None => of_key(ctx, key).await?,
                };
                Ok(api_keys::revoke(ctx, among, &Who::system(), key).await?)
            }
            Self::Server(remote) => {
                let user = self.user_id(of.unwrap_or_default()).await?.to_string();
                remote.send(Method::DELETE, &["users", &user, "api-keys", &key.to_string()], &json!({})).await.map(drop)
            }
        }
    }

    /// The database, for what no server does for anybody but the owner.
    fn here(self) -> Result<&'a Ctx, Failure> {
        match self {
            Self::Database(ctx) => Ok(ctx),
            Self::Server(_) => Err(owners_alone()),
        }
    }
}

/// Over HTTP nobody makes a key for somebody else.
pub(crate) fn owners_alone() -> Failure {
    Failure::usage("a server makes, changes and rotates API keys for their owner alone")
        .mend("leave --server out where the database is, or have the owner call /api/me/api-keys")
}

async fn of_key(ctx: &Ctx, key: ApiKeyId) -> Result<Among, Failure> {
    api_keys::owner(ctx, key).await.map(Among::All).map_err(|_| gone(key))
}

fn told(made: &Made) -> Result<Value, Failure> {
    let mut value = shown(&made.key)?;
    value["api_key"] = made.text.as_str().into();
    Ok(value)
}

fn gone(key: ApiKeyId) -> Failure {
    Failure::new(format!("there is no API key `{key}`, or it was revoked before"))
        .mend("`guardhouse api-key list USER` shows those that are there")
}
