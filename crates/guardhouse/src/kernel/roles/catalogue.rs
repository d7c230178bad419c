//! Roles in memory, and what a choice of them gathers.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use guardhouse_core::{
    ids::{RoleId, TenantId},
    permission::covered,
    principal::Authority,
    time::Timestamp,
};
use guardhouse_store::{Row, StoreError};

use super::builtin::{self, BuiltIn};

/// A role as it was declared.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id; none for the roles of the house.
    pub id: Option<RoleId>,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The tenant it belongs to.
    pub tenant: Option<TenantId>,
    /// What it gathers itself.
    pub permissions: Vec<String>,
    /// The names of roles it includes.
    pub includes: Vec<String>,
    /// When it was declared.
    pub created_at: Option<Timestamp>,
}

impl Role {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let words = |column| row.str(column).map(words);
        Ok(Self {
            id: Some(RoleId::from_bytes(row.id16(0)?)),
            name: row.text(1)?,
            description: row.text(2)?,
            tenant: row.opt_id16(3)?.map(TenantId::from_bytes),
            permissions: words(4)?,
            includes: words(5)?,
            created_at: Some(Timestamp(row.int(6)?)),
        })
    }

    fn of_the_house(role: &BuiltIn) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            id: None,
            name: role.name.to_owned(),
            description: role.about.to_owned(),
            tenant: None,
            permissions: owned(role.permissions),
            includes: owned(role.includes),
            created_at: None,
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// All roles of one scope: everywhere, or a tenant with what it may use of everywhere.
#[derive(Debug)]
pub struct Catalogue {
    own: HashMap<String, Role>,
    /// Where else a name may lead. The roles of the house that hold everywhere are not among them: `admin` of a tenant is
    /// not `admin`.
    beyond: Option<Arc<Catalogue>>,
}

impl Catalogue {
    /// The roles that hold everywhere.
    pub fn everywhere(declared: Vec<Role>) -> Self {
        Self { own: named(builtin::EVERYWHERE, declared), beyond: None }
    }

    /// The roles of a tenant; those declared for everywhere may be used there too.
    pub fn of_tenant(declared: Vec<Role>, everywhere: Arc<Catalogue>) -> Self {
        Self { own: named(builtin::IN_A_TENANT, declared), beyond: Some(everywhere) }
    }

    /// The role of this name.
    pub fn get(&self, name: &str) -> Option<&Role> {
        let own = self.own.get(name);
        own.or_else(|| self.beyond.as_ref()?.own.get(name).filter(|role| role.id.is_some()))
    }

    /// What roles of these names gather. A name that nobody declared is held and gathers nothing, and a role that
    /// includes itself, however far round, is met once.
    pub fn authority(&self, names: impl IntoIterator<Item = String>) -> Authority {
        let mut roles: Vec<String> = names.into_iter().collect();
        roles.sort();
        roles.dedup();
        let (mut included, mut permissions) = (BTreeSet::new(), BTreeSet::new());
        let mut open = roles.clone();
        while let Some(name) = open.pop() {
            if let Some(role) = self.get(&name) {
                permissions.extend(role.permissions.iter().cloned());
                open.extend(role.includes.iter().filter(|name| !included.contains(*name)).cloned());
            }
            included.insert(name);
        }
        Authority { roles, included, permissions, within: None }
    }

    /// Whether a role of this name gathers the permission: as [`Catalogue::authority`] says, which takes longer to put
    /// together.
    pub fn gathers(&self, name: &str, permission: &str) -> bool {
        let (mut met, mut open) = (Vec::new(), vec![name]);
        while let Some(name) = open.pop() {
            if met.contains(&name) {
                continue;
            }
            met.push(name);
            let Some(role) = self.get(name) else { continue };
            if covered(permission, |held| role.permissions.iter().any(|own| own == held)) {
                return true;
            }
            open.extend(role.includes.iter().map(String::as_str));
        }
        false
    }

    /// Whether a role of this name would include itself if it included these.
    pub fn closes_a_circle(&self, name: &str, includes: &[String]) -> bool {
        self.authority(includes.iter().cloned()).included.contains(name)
    }

    /// The names of roles that include this one themselves.
    pub fn including<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Role> {
        self.own.values().filter(move |role| role.includes.iter().any(|included| included == name))
    }

    /// The names of roles that gather this permission themselves, by its own name.
    pub fn gathering<'a>(&'a self, permission: &'a str) -> impl Iterator<Item = &'a Role> {
        self.own.values().filter(move |role| role.permissions.iter().any(|gathered| gathered == permission))
    }

    /// All roles of this scope, by name.
    pub fn all(&self) -> Vec<&Role> {
        let mut all: Vec<_> = self.own.values().collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }
}

fn named(house: &[BuiltIn], declared: Vec<Role>) -> HashMap<String, Role> {
    let declared = declared.into_iter().map(|role| (role.name.clone(), role));
    // The house's own come last, so that nobody redefines them.
    declared.chain(house.iter().map(|role| (role.name.to_owned(), Role::of_the_house(role)))).collect()
}
