//! Whom and what a search looks at: those that this server knows.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{ids::AccountId, scope::ResourceType};

use crate::{
    features::policies::{Known, Party, Set, USER, in_effect, known},
    kernel::{accounts, ctx::Ctx, errors::Result, roles},
};

/// Where a search goes on: after an entity that policies name, or before an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// After this id or name among those that policies name; the empty one is the beginning.
    Named(String),
    /// Before this account, the newest coming first.
    Account(AccountId),
}

impl Place {
    pub fn start() -> Self {
        Self::Named(String::new())
    }

    /// As a token: opaque to callers.
    pub fn token(&self) -> String {
        let text = match self {
            Self::Named(id) => format!("n{id}"),
            Self::Account(id) => format!("a{id}"),
        };
        BASE64URL_NOPAD.encode(text.as_bytes())
    }

    /// The place that a token stands for.
    pub fn parse(token: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(token.as_bytes()).ok()?).ok()?;
        if let Some(id) = text.strip_prefix('a') {
            return id.parse().ok().map(Self::Account);
        }
        text.strip_prefix('n').map(|id| Self::Named(id.to_owned()))
    }
}

/// An id to ask about, and where a search goes on after it.
pub(super) struct Candidate {
    pub id: String,
    pub next: Place,
}

/// The first account of all, in the order of searches.
const NEWEST: AccountId = AccountId::from_bytes([0xff; 16]);

/// At most `limit` entities of a type from a place on: those that policies in effect name, then accounts for the type
/// `user`. Fewer mean that there are no more.
pub(super) async fn entities(ctx: &Ctx, kind: &str, from: &Place, limit: usize) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    if let Place::Named(after) = from {
        let named = resources_known(ctx, kind).await?;
        let later = named.into_iter().filter(|id| id > after && !is_account(kind, id)).take(limit);
        found.extend(later.map(|id| Candidate { next: Place::Named(id.clone()), id }));
    }
    if kind == USER && found.len() < limit {
        let before = if let Place::Account(before) = from { *before } else { NEWEST };
        let rest = u32::try_from(limit - found.len()).unwrap_or(u32::MAX);
        let accounts = accounts::list(ctx, "", Some(before), rest).await?;
        found.extend(
            accounts.iter().map(|account| Candidate { id: account.id.to_string(), next: Place::Account(account.id) }),
        );
    }
    Ok(found)
}

/// Accounts are found among accounts.
fn is_account(kind: &str, id: &str) -> bool {
    kind == USER && id.parse::<AccountId>().is_ok()
}

/// Ids of a type that this server knows without being told: those that policies in effect name, and those that bindings
/// of roles name as far as there are not too many; sorted.
pub(super) async fn resources_known(ctx: &Ctx, kind: &str) -> Result<BTreeSet<String>> {
    let set = in_effect(ctx).await?;
    let mut all: BTreeSet<String> = set.entities(kind).map(str::to_owned).collect();
    // What no binding can name, none does.
    if kind.parse::<ResourceType>().is_ok() {
        all.extend(accounts::resources_bound(ctx, kind, MOST_BOUND).await?);
    }
    Ok(all)
}

/// Resources of one type that bindings name and a search looks at.
const MOST_BOUND: u32 = 10_000;

/// Actions on a type of resource that this server knows: those that policies or their schema name, those of declared
/// permissions, and those that the subject's own permissions name. Sorted.
pub(super) async fn actions_known(ctx: &Ctx, set: &Set, subject: &Party, kind: &str) -> Result<BTreeSet<String>> {
    let mut all: BTreeSet<String> = set.actions().into_iter().map(str::to_owned).collect();
    if kind.parse::<ResourceType>().is_ok() {
        all.extend(roles::declared_acts(ctx, kind).await?);
    }
    if let Known::Account(account) = known(ctx, subject).await? {
        let of_kind = account.authority.permissions.iter().filter_map(|permission| permission.strip_prefix(kind));
        let actions = of_kind.filter_map(|rest| rest.strip_prefix(':')).filter(|action| !action.ends_with('*'));
        all.extend(actions.map(str::to_owned));
    }
    Ok(all)
}
