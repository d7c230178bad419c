//! The members of a tenant.

use axum::{Json, extract::State};
use guardhouse_core::ids::AccountId;
use http::StatusCode;
use serde_json::json;

use super::{Its, Within};
use crate::{
    features::tenants::members::{self, MemberView, Members},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::{Body, Nothing, Text},
            page::PageQuery,
            route::{Guard, Route},
        },
        principal::TenantScope,
    },
};

input! {
    /// Somebody to be a member.
    pub struct AddMemberInput {
        /// `usr_…`
        user_id: Text<64>,
        /// A role of the tenant to hold.
        role: Text<64>,
    }
}

input! {
    /// What is to be different.
    pub struct UpdateMemberInput {
        /// All roles to hold in the tenant from now on.
        roles: Vec<Text<64>>,
    }
}

const WRITE: Guard = Guard::InTenant("members:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/tenants/{id}/members", Guard::InTenant("members:read"), list, "Who belongs to a tenant")
            .paged()
            .answers::<Members>(StatusCode::OK, "The newest account first"),
        Route::post("/api/admin/tenants/{id}/members", WRITE, add, "Make somebody a member")
            .about("For those who manage the members of all tenants. Others invite: nobody is shown to a tenant unasked.")
            .takes::<AddMemberInput>(json!({"user_id": "usr_01h455vb4pex5vsknk084sn02q", "role": "member"}))
            .answers::<MemberView>(StatusCode::CREATED, "The member")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::patch("/api/admin/tenants/{id}/members/{its}", WRITE, change, "Change a member's roles")
            .about("Nobody gives or takes a role that they do not hold, or changes a member who holds one. The last owner stays.")
            .takes::<UpdateMemberInput>(json!({"roles": ["admin"]}))
            .answers::<MemberView>(StatusCode::OK, "The member as it is now")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::delete("/api/admin/tenants/{id}/members/{its}", WRITE, remove, "Remove a member")
            .about("Their tokens and sessions for the tenant are refused at once. The last owner stays.")
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, scope: TenantScope, page: PageQuery<AccountId>) -> Result<Json<Members>> {
    members::list(&ctx, scope, &page).await.map(Json)
}

async fn add(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Body(input): Body<AddMemberInput>,
) -> Result<(StatusCode, Json<MemberView>)> {
    let (Text(who), Text(role)) = (input.user_id, input.role);
    let who: AccountId = who.parse().map_err(|_| Error::not_found())?;
    let added = members::add(&ctx, &by, scope, who, &role).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

async fn change(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Its(who): Its<AccountId>,
    Body(input): Body<UpdateMemberInput>,
) -> Result<Json<MemberView>> {
    let roles = input.roles.into_iter().map(|Text(role)| role).collect();
    members::change(&ctx, &by, scope, who, roles).await.map(Json)
}

async fn remove(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Its(who): Its<AccountId>,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    members::remove(&ctx, &by, scope, who).await?;
    Ok(StatusCode::NO_CONTENT)
}
