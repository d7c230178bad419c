//! What tenants keep about a person (GDPR, articles 15 and 17).

use guardhouse_core::ids::AccountId;
use guardhouse_store::params;
use serde_json::{Value, json};

use super::{
    invitations::{Invitation, InvitationView},
    store,
};
use crate::kernel::{
    accounts,
    ctx::Ctx,
    errors::{Error, Result},
    feature::PersonalData,
    tenants,
};

/// More tenants than anybody belongs to.
const MOST: u32 = 10_000;
/// Invitations to one address; the rest are swept when they are over.
const ERASED: u32 = 1_000;

/// Memberships go with the account.
pub(super) const MEMBERSHIPS: PersonalData =
    PersonalData { name: "memberships", export: |ctx, id| Box::pin(memberships(ctx, id)), erase: |unit, _| unit };

async fn memberships(ctx: &Ctx, id: AccountId) -> Result<Value> {
    let mut all = Vec::new();
    for membership in accounts::memberships(ctx, id, None, MOST).await? {
        let known = tenants::cached(ctx, membership.tenant).await?;
        all.push(json!({
            "tenant_id": membership.tenant,
            "tenant": known.map(|known| known.tenant.name.clone()),
            "roles": membership.roles,
            "since": membership.since,
        }));
    }
    Ok(Value::Array(all))
}

/// Those that wait for the account's address.
pub(super) const INVITATIONS: PersonalData = PersonalData {
    name: "invitations",
    export: |ctx, id| Box::pin(waiting(ctx, id)),
    erase: |unit, id| unit.step(&store::ERASE_INVITATIONS, params![id, ERASED]),
};

/// Without who invited: that is somebody else's. Only for an address that the account has shown to be its own.
async fn waiting(ctx: &Ctx, id: AccountId) -> Result<Value> {
    if !accounts::existing(ctx, id).await?.email_verified() {
        return Ok(json!([]));
    }
    let rows = ctx.db.scan(&store::INVITATIONS_TO, params![id]).await?;
    let shown = |row| {
        let view = InvitationView { invited_by: None, ..Invitation::read(row)?.into() };
        serde_json::to_value(view).map_err(Error::internal)
    };
    rows.iter().map(shown).collect()
}
