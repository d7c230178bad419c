//! Roles, permissions and bindings, here or there.

use guardhouse::{
    features::roles::{self, NewBinding, NewRole, RoleChanges, ShownBinding, ShownRole},
    kernel::{
        accounts::BindingFilter,
        http::page::PageQuery,
        principal::{By, Reach, TenantScope},
    },
};
use guardhouse_core::{
    ids::{AccountId, BindingId, TenantId},
    scope::Resource,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

const ROLES: &str = "roles";
const PERMISSIONS: &str = "permissions";
const BINDINGS: &str = "role-bindings";
/// Read at a time.
const PAGE: u32 = 200;

/// Where a role is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Where {
    /// In this tenant.
    pub(crate) tenant: Option<TenantId>,
    /// On this resource.
    pub(crate) resource: Option<Resource>,
}

fn reach(tenant: Option<TenantId>) -> Reach {
    tenant.map_or(Reach::Everywhere, |tenant| Reach::Tenant(TenantScope::of_the_operator(tenant)))
}

impl Data<'_> {
    /// All roles of a tenant, or of everywhere.
    pub(crate) async fn roles(self, tenant: Option<TenantId>) -> Result<Vec<Value>, Failure> {
        let tenant_text = tenant.map(|id| id.to_string());
        self.whole_list(&[ROLES], &[("tenant_id", tenant_text.as_deref())], async |ctx, page| {
            let page = roles::list(ctx, reach(tenant), &page).await?.map(ShownRole::from);
            Ok(Page { data: all_shown(&page.data)?, next_cursor: page.next_cursor })
        })
        .await
    }

    /// One role.
    pub(crate) async fn role(self, name: &str, tenant: Option<TenantId>) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&ShownRole::from(roles::find(ctx, reach(tenant), name).await?)),
            Self::Server(remote) => {
                let tenant = tenant.map(|id| id.to_string());
                remote.get(&[ROLES, name], &[("tenant_id", tenant.as_deref())]).await
            }
        }
    }

    /// Declares a role.
    pub(crate) async fn create_role(self, new: NewRole, tenant: Option<TenantId>) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => {
                shown(&ShownRole::from(roles::create(ctx, &By::system(), reach(tenant), new).await?))
            }
            Self::Server(remote) => {
                let body = json!({
                    "name": new.name,
                    "description": Some(new.description).filter(|text| !text.is_empty()),
                    "permissions": new.permissions,
                    "includes": new.includes,
                    "tenant_id": tenant,
                });
                remote.send(Method::POST, &[ROLES], &body).await
            }
        }
    }

    /// Changes what a role of everywhere is.
    pub(crate) async fn update_role(self, name: &str, changes: RoleChanges) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => {
                shown(&ShownRole::from(roles::update(ctx, &By::system(), Reach::Everywhere, name, changes).await?))
            }
            Self::Server(remote) => {
                let body = json!({
                    "description": changes.description,
                    "permissions": changes.permissions,
                    "includes": changes.includes,
                });
                remote.send(Method::PATCH, &[ROLES, name], &body).await
            }
        }
    }

    /// Removes a role of everywhere.
    pub(crate) async fn delete_role(self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Database(ctx) => Ok(roles::delete(ctx, &By::system(), Reach::Everywhere, name).await?),
            Self::Server(remote) => remote.send(Method::DELETE, &[ROLES, name], &json!({})).await.map(drop),
        }
    }

    /// All declared permissions.
    pub(crate) async fn permissions(self) -> Result<Vec<Value>, Failure> {
        self.whole_list(&[PERMISSIONS], &[], async |ctx, page| {
            let page = roles::list_permissions(ctx, &page).await?;
            Ok(Page { data: all_shown(&page.data)?, next_cursor: page.next_cursor })
        })
        .await
    }

    /// Declares a permission.
    pub(crate) async fn declare_permission(self, name: &str, description: &str) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&roles::declare(ctx, &By::system(), name, description).await?),
            Self::Server(remote) => {
                let description = Some(description).filter(|text| !text.is_empty());
                let body = json!({ "name": name, "description": description });
                remote.send(Method::POST, &[PERMISSIONS], &body).await
            }
        }
    }

    /// Who holds which role where; all that one user holds where one is named.
    pub(crate) async fn bindings(self, subject: Option<AccountId>, role: Option<&str>) -> Result<Vec<Value>, Failure> {
        let who = subject.map(|id| id.to_string());
        let filter = BindingFilter { subject, role: role.map(str::to_owned), ..BindingFilter::default() };
        self.whole_list(&[BINDINGS], &[("subject", who.as_deref()), ("role", role)], async |ctx, page| {
            let cursor = page.cursor.map(|id| id.parse()).transpose().map_err(Failure::new)?;
            let page = PageQuery { limit: page.limit, cursor };
            let page = roles::list_bindings(ctx, Reach::Everywhere, filter.clone(), &page).await?;
            let page = page.map(ShownBinding::from);
            Ok(Page { data: all_shown(&page.data)?, next_cursor: page.next_cursor })
        })
        .await
    }

    /// Gives a role.
    pub(crate) async fn bind(self, subject: AccountId, role: &str, at: Where) -> Result<Value, Failure> {
        let Where { tenant, resource } = at;
        match self {
            Self::Database(ctx) => {
                let new = NewBinding { subject, role: role.to_owned(), resource };
                shown(&ShownBinding::from(roles::bind(ctx, &By::system(), reach(tenant), new).await?))
            }
            Self::Server(remote) => {
                let resource = resource.map(|one| json!({ "type": one.kind.as_str(), "id": one.id.as_str() }));
                let body = json!({ "subject": subject, "role": role, "tenant_id": tenant, "resource": resource });
                remote.send(Method::POST, &[BINDINGS], &body).await
            }
        }
    }

    /// Takes a role.
    pub(crate) async fn unbind(self, binding: BindingId) -> Result<(), Failure> {
        match self {
            Self::Database(ctx) => Ok(roles::unbind(ctx, &By::system(), Reach::Everywhere, binding).await?),
            Self::Server(remote) => {
                remote.send(Method::DELETE, &[BINDINGS, &binding.to_string()], &json!({})).await.map(drop)
            }
        }
    }

    /// Every page of a list, from the database or the server.
    async fn whole_list(
        self,
        path: &[&str],
        query: &[(&str, Option<&str>)],
        here: impl AsyncFn(&guardhouse::kernel::ctx::Ctx, PageQuery<String>) -> Result<Page, Failure>,
    ) -> Result<Vec<Value>, Failure> {
        let (mut all, mut cursor): (_, Option<String>) = (Vec::new(), None);
        loop {
            let page = match self {
                Self::Database(ctx) => here(ctx, PageQuery { limit: PAGE, cursor: cursor.take() }).await?,
                Self::Server(remote) => {
                    let query = [query, &[("cursor", cursor.as_deref()), ("limit", Some("200"))]].concat();
                    read(remote.get(path, &query).await?)?
                }
            };
            all.extend(page.data);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }
}
