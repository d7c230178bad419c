//! Users, here or there.

use guardhouse::{
    features::users::{self, By, Changes, NewUser},
    kernel::accounts::{self, User},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Named, Page, read, shown};
use crate::{engine::account, failure::Failure, remote::Remote};

/// Users read at a time.
const PAGE: usize = 200;

/// What is done to a user without saying more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Kept from signing in.
    Disable,
    /// Let in again.
    Enable,
    /// Failed attempts forgiven.
    Unlock,
}

impl Act {
    const fn path(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Unlock => "unlock",
        }
    }
}

pub(super) fn id(user: &Value) -> Result<AccountId, Failure> {
    read(user["id"].clone())
}

impl Data<'_> {
    /// The user that somebody means by an e-mail address or an id.
    pub(crate) async fn user(self, named: &str) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&User::from(&account(ctx, named).await?)),
            Self::Server(remote) => match Named::parse(named)? {
                Named::Id(id) => remote.find(&["users", &id.to_string()]).await,
                Named::Email(email) => by_email(remote, &email).await,
            }?
            .ok_or_else(|| Named::unknown(named)),
        }
    }

    /// That user's id.
    pub(crate) async fn user_id(self, named: &str) -> Result<AccountId, Failure> {
        id(&self.user(named).await?)
    }

    /// At most so many users, the newest first; `seen` is told how many there are so far.
    pub(crate) async fn users(self, search: &str, most: usize, seen: impl Fn(u64)) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        let mut after = None;
        while found.len() < most {
            let page = self.page_of_users(search, after.as_deref(), PAGE.min(most - found.len())).await?;
            found.extend(page.data);
            seen(found.len() as u64);
            after = page.next_cursor;
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn page_of_users(self, search: &str, after: Option<&str>, limit: usize) -> Result<Page, Failure> {
        match self {
            Self::Database(ctx) => {
                let before = after.map(str::parse).transpose().map_err(Failure::new)?;
                let limit_here = u32::try_from(limit).map_err(Failure::new)?;
                let found = accounts::list(ctx, search, before, limit_here).await?;
                let next_cursor = found.last().filter(|_| found.len() == limit).map(|last| last.id.to_string());
                let data = found.iter().map(|account| shown(&User::from(account))).collect::<Result<_, _>>()?;
                Ok(Page { data, next_cursor })
            }
            Self::Server(remote) => remote_page(remote, search, after, limit).await,
        }
    }

    /// Makes a user.
    pub(crate) async fn create_user(self, new: NewUser) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&User::from(&users::create(ctx, &By::system(), new).await?)),
            Self::Server(remote) => {
                let mut body = json!({
                    "email": new.email.as_str(),
                    "name": new.name.as_str(),
                    "roles": new.roles,
                    "email_verified": new.email_verified,
                });
                if let Some(password) = &new.password {
                    body["password"] = String::from_utf8_lossy(password.as_bytes()).into();
                }
                remote.send(Method::POST, &["users"], &body).await
            }
        }
    }

    /// Changes a user.
    pub(crate) async fn update_user(self, named: &str, changes: Changes) -> Result<Value, Failure> {
        let id = self.user_id(named).await?;
        match self {
            Self::Database(ctx) => shown(&User::from(&users::update(ctx, &By::system(), id, changes).await?)),
            Self::Server(remote) => {
                let body = json!({
                    "name": changes.name.as_ref().map(DisplayName::as_str),
                    "email": changes.email.as_ref().map(EmailAddress::as_str),
                    "roles": changes.roles,
                });
                remote.send(Method::PATCH, &["users", &id.to_string()], &body).await
            }
        }
    }

    /// Does something to a user.
    pub(crate) async fn act_on_user(self, named: &str, act: Act) -> Result<Value, Failure> {
        let id = self.user_id(named).await?;
        match self {
            Self::Database(ctx) => {
                let by = By::system();
                let account = match act {
                    Act::Disable => users::disable(ctx, &by, id).await?,
                    Act::Enable => users::enable(ctx, &by, id).await?,
                    Act::Unlock => users::unlock(ctx, &by, id).await?,
                };
                shown(&User::from(&account))
            }
            Self::Server(remote) => {
                remote.send(Method::POST, &["users", &id.to_string(), act.path()], &json!({})).await
            }
        }
    }

    /// Removes a user; who it was.
    pub(crate) async fn delete_user(self, named: &str) -> Result<Value, Failure> {
        let user = self.user(named).await?;
        let id = id(&user)?;
        match self {
            Self::Database(ctx) => users::delete(ctx, &By::system(), id).await?,
            Self::Server(remote) => {
                remote.send(Method::DELETE, &["users", &id.to_string()], &json!({})).await?;
            }
        }
        Ok(user)
    }
}

async fn remote_page(remote: &Remote, search: &str, after: Option<&str>, limit: usize) -> Result<Page, Failure> {
    let limit = limit.to_string();
    let given = [("q", Some(search).filter(|words| !words.is_empty())), ("limit", Some(&limit)), ("cursor", after)];
    read(remote.get(&["users"], &given).await?)
}

/// The search finds addresses that contain this one as well.
async fn by_email(remote: &Remote, email: &EmailAddress) -> Result<Option<Value>, Failure> {
    let is_meant = |user: &Value| {
        let its = user["email"].as_str().and_then(|text| EmailAddress::parse(text).ok());
        its.is_some_and(|its| its.key() == email.key())
    };
    let mut after = None;
    loop {
        let page = remote_page(remote, email.key(), after.as_deref(), PAGE).await?;
        if let Some(user) = page.data.into_iter().find(is_meant) {
            return Ok(Some(user));
        }
        after = page.next_cursor;
        if after.is_none() {
            return Ok(None);
        }
    }
}
