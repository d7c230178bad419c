//! Sessions, here or there.

use guardhouse::{
    features::users::{self, By},
    kernel::sessions,
};
use guardhouse_core::ids::SessionId;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read};
use crate::failure::Failure;

impl Data<'_> {
    /// Where a user is signed in, the newest first.
    pub(crate) async fn sessions(self, user: &str) -> Result<Vec<Value>, Failure> {
        let id = self.user_id(user).await?;
        match self {
            Self::Database(ctx) => all_shown(&sessions::list(ctx, id, None).await?),
            Self::Server(remote) => {
                let page: Page = read(remote.get(&["users", &id.to_string(), "sessions"], &[]).await?)?;
                Ok(page.data)
            }
        }
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
