//! Tenants, here or there.

use guardhouse::{
    features::{
        tenants::{self, Changes, NewInvitation, NewTenant, Slug, TenantView},
        users::By,
    },
    kernel::{http::page::PageQuery, principal::TenantScope, tenants as kept},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::TenantId,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

/// Tenants read at a time.
const PAGE: usize = 200;

fn id(tenant: &Value) -> Result<TenantId, Failure> {
    read(tenant["id"].clone())
}

fn unknown(named: &str) -> Failure {
    Failure::new(format!("there is no tenant `{named}`")).mend("`guardhouse tenant list` shows all")
}

impl Data<'_> {
    /// The tenant that somebody means by a slug or an id.
    pub(crate) async fn tenant(self, named: &str) -> Result<Value, Failure> {
        let given: Option<TenantId> = named.parse().ok();
        let found = match (self, given) {
            (Self::Database(ctx), Some(id)) => {
                kept::by_id(ctx, id).await?.map(|tenant| shown(&TenantView::from(&tenant))).transpose()?
            }
            (Self::Database(ctx), None) => {
                kept::by_slug(ctx, named).await?.map(|tenant| shown(&TenantView::from(&tenant))).transpose()?
            }
            (Self::Server(remote), Some(id)) => remote.find(&["tenants", &id.to_string()]).await?,
            (Self::Server(_), None) => {
                let found = self.tenants(named, usize::MAX).await?;
                found.into_iter().find(|tenant| tenant["slug"] == named)
            }
        };
        found.ok_or_else(|| unknown(named))
    }

    /// At most so many tenants, the newest first.
    pub(crate) async fn tenants(self, search: &str, most: usize) -> Result<Vec<Value>, Failure> {
        let (mut found, mut after) = (Vec::new(), None);
        while found.len() < most {
            let page = self.page_of_tenants(search, after.as_deref(), PAGE.min(most - found.len())).await?;
            found.extend(page.data);
            after = page.next_cursor;
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn page_of_tenants(self, search: &str, after: Option<&str>, limit: usize) -> Result<Page, Failure> {
        match self {
            Self::Database(ctx) => {
                let before = after.map(str::parse).transpose().map_err(Failure::new)?;
                let most = u32::try_from(limit).map_err(Failure::new)?;
                let found = kept::list(ctx, search, before, most).await?;
                let next_cursor = found.last().filter(|_| found.len() == limit).map(|last| last.id.to_string());
                let views: Vec<_> = found.iter().map(TenantView::from).collect();
                Ok(Page { data: all_shown(&views)?, next_cursor })
            }
            Self::Server(remote) => {
                let (limit, words) = (limit.to_string(), Some(search).filter(|words| !words.is_empty()));
                read(remote.get(&["tenants"], &[("q", words), ("limit", Some(&limit)), ("cursor", after)]).await?)
            }
        }
    }

    /// Makes a tenant, and somebody its owner. A server makes its caller one as well.
    pub(crate) async fn create_tenant(
        self,
        name: DisplayName,
        slug: Option<Slug>,
        owner: Option<&str>,
    ) -> Result<Value, Failure> {
        let owner = match owner {
            Some(named) => Some(self.user_id(named).await?),
            None => None,
        };
        match self {
            Self::Database(ctx) => {
                let made = tenants::create(ctx, &By::system(), NewTenant { name, slug, owner }).await?;
                shown(&TenantView::from(&made))
            }
            Self::Server(remote) => {
                let body = json!({"name": name.as_str(), "slug": slug.as_ref().map(Slug::as_str)});
                let made = remote.send(Method::POST, &["tenants"], &body).await?;
                if let Some(owner) = owner {
                    let member = json!({"user_id": owner, "role": "owner"});
                    remote.send(Method::POST, &["tenants", &id(&made)?.to_string(), "members"], &member).await?;
                }
                Ok(made)
            }
        }
    }

    /// Changes what a tenant is called.
    pub(crate) async fn update_tenant(self, named: &str, changes: Changes) -> Result<Value, Failure> {
        let id = id(&self.tenant(named).await?)?;
        match self {
            Self::Database(ctx) => {
                let scope = TenantScope::of_the_operator(id);
                let tenant = tenants::update(ctx, &By::system(), scope, changes, None).await?;
                shown(&TenantView::from(&tenant))
            }
            Self::Server(remote) => {
                let (name, slug) = (changes.name.as_ref(), changes.slug.as_ref());
                let body = json!({"name": name.map(DisplayName::as_str), "slug": slug.map(Slug::as_str)});
                remote.send(Method::PATCH, &["tenants", &id.to_string()], &body).await
            }
        }
    }

    /// Keeps everybody from acting in a tenant, or lets them again.
    pub(crate) async fn disable_tenant(self, named: &str, disabled: bool) -> Result<Value, Failure> {
        let id = id(&self.tenant(named).await?)?;
        match self {
            Self::Database(ctx) => {
                shown(&TenantView::from(&tenants::set_disabled(ctx, &By::system(), id, disabled).await?))
            }
            Self::Server(remote) => {
                let act = if disabled { "disable" } else { "enable" };
                remote.send(Method::POST, &["tenants", &id.to_string(), act], &json!({})).await
            }
        }
    }

    /// Removes a tenant; which it was.
    pub(crate) async fn delete_tenant(self, named: &str) -> Result<Value, Failure> {
        let tenant = self.tenant(named).await?;
        let id = id(&tenant)?;
        match self {
            Self::Database(ctx) => tenants::delete(ctx, &By::system(), TenantScope::of_the_operator(id)).await?,
            Self::Server(remote) => {
                remote.send(Method::DELETE, &["tenants", &id.to_string()], &json!({})).await?;
            }
        }
        Ok(tenant)
    }

    /// Who belongs to a tenant.
    pub(crate) async fn members(self, named: &str) -> Result<Vec<Value>, Failure> {
        let id = id(&self.tenant(named).await?)?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.page_of_members(id, after.as_deref()).await?;
            found.extend(page.data);
            after = page.next_cursor;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    async fn page_of_members(self, tenant: TenantId, after: Option<&str>) -> Result<Page, Failure> {
        match self {
            Self::Database(ctx) => {
                let cursor = after.map(str::parse).transpose().map_err(Failure::new)?;
                let query = PageQuery { cursor, ..PageQuery::default() };
                let members = tenants::members(ctx, TenantScope::of_the_operator(tenant), &query).await?;
                Ok(Page { data: all_shown(&members.data)?, next_cursor: members.next_cursor.map(|id| id.to_string()) })
            }
            Self::Server(remote) => {
                let path = ["tenants", &tenant.to_string(), "members"];
                read(remote.get(&path, &[("cursor", after)]).await?)
            }
        }
    }

    /// Invites an address into a tenant.
    pub(crate) async fn invite(self, named: &str, email: EmailAddress, role: String) -> Result<Value, Failure> {
        let id = id(&self.tenant(named).await?)?;
        match self {
            Self::Database(ctx) => {
                let new = NewInvitation { email, role, invited_by: None };
                shown(&tenants::invite(ctx, &By::system(), TenantScope::of_the_operator(id), new).await?)
            }
            Self::Server(remote) => {
                let body = json!({"email": email.as_str(), "role": role});
                remote.send(Method::POST, &["tenants", &id.to_string(), "invitations"], &body).await
            }
        }
    }
}
