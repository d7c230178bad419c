//! Sessions, here or there.

use guardhouse::{
    features::users::{self, By},
    kernel::{http::page::PageQuery, sessions},
};
use guardhouse_core::ids::{AccountId, SessionId};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

impl Data<'_> {
    /// Where a user is signed in, the newest first.
    pub(crate) async fn sessions(self, user: &str) -> Result<Vec<Value>, Failure> {
        let id = self.user_id(user).await?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.page_of_sessions(id, after).await?;
            found.extend(page.data);
            after = page.next_cursor;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    async fn page_of_sessions(self, user: AccountId, after: Option<String>) -> Result<Page, Failure> {
        match self {
            Self::Database(ctx) => {
                let cursor = after.as_deref().map(str::parse).transpose().map_err(Failure::new)?;
                let query = PageQuery { cursor, ..PageQuery::default() };
                let devices = sessions::list(ctx, user, None, &query).await?;
                Ok(Page { data: all_shown(&devices.data)?, next_cursor: devices.next_cursor.map(|id| id.to_string()) })
            }
            Self::Server(remote) => {
                let path = ["users", &user.to_string(), "sessions"];
                read(remote.get(&path, &[("cursor", after.as_deref())]).await?)
            }
        }
    }

    /// One live session. The database finds it, a server has to be told whose it is.
    pub(crate) async fn session(self, session: SessionId, of: Option<&str>) -> Result<Value, Failure> {
        let found = match (self, of) {
            (Self::Database(ctx), None) => {
                sessions::show(ctx, session).await?.map(|device| shown(&device)).transpose()?
            }
            (_, of) => {
                let all = self.sessions(of.unwrap_or_default()).await?;
                all.into_iter().find(|one| one["id"] == session.to_string())
            }
        };
        found.ok_or_else(|| gone(session))
    }

    /// Ends a session. The database knows whose it is, a server has to be told.
    pub(crate) async fn end_session(self, session: SessionId, of: Option<&str>) -> Result<(), Failure> {
        match (self, of) {
            (Self::Database(ctx), None) => {
                let live = sessions::live(ctx, session).await?.ok_or_else(|| gone(session))?;
                Ok(users::end(ctx, &By::system(), live.account, &session.to_string()).await?)
            }
            (Self::Database(ctx), Some(user)) => {
                let id = self.user_id(user).await?;
                Ok(users::end(ctx, &By::system(), id, &session.to_string()).await?)
            }
            (Self::Server(remote), of) => {
                let id = self.user_id(of.unwrap_or_default()).await?.to_string();
                let path = ["users", &id, "sessions", &session.to_string()];
                remote.send(Method::DELETE, &path, &json!({})).await.map(drop)
            }
        }
    }

    /// Ends all sessions of a user; who it is.
    pub(crate) async fn end_sessions(self, user: &str) -> Result<Value, Failure> {
        let found = self.user(user).await?;
        let id = super::users::id(&found)?;
        match self {
            Self::Database(ctx) => users::end_all(ctx, &By::system(), id).await?,
            Self::Server(remote) => {
                remote.send(Method::DELETE, &["users", &id.to_string(), "sessions"], &json!({})).await?;
            }
        }
        Ok(found)
    }
}

fn gone(session: SessionId) -> Failure {
    Failure::new(format!("there is no session `{session}`, or it ended before"))
        .mend("`guardhouse session list USER` shows those that live")
}
