//! One user: read, change, delete.

use axum::{Json, extract::State};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
};
use http::StatusCode;
use serde_json::json;

use super::{READ, WRITE, names};
use crate::{
    features::users::{
        access::By,
        rules,
        update::{self, Changes},
    },
    input,
    kernel::{
        accounts::{self, User},
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing, Text},
            path::Of,
            route::Route,
        },
    },
};

input! {
    /// What is to be different; the rest stays.
    pub struct UpdateUserInput {
        /// What to be called.
        name: Option<DisplayName>,
        /// Another address, told to the old one; it is unverified unless `email_verified` comes with it.
        email: Option<EmailAddress>,
        /// Whether you vouch for the address.
        email_verified: Option<bool>,
        /// All roles to hold from now on.
        roles: Option<Vec<Text<64>>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/users/{id}", READ, read, "One user")
            .answers::<User>(StatusCode::OK, "The user")
            .refuses(&[Code::NotFound]),
        Route::patch("/api/admin/users/{id}", WRITE, change, "Change a user")
            .about("Nobody gives or takes a role that they do not hold, or changes a user who holds more permissions.")
            .takes::<UpdateUserInput>(json!({"name": "Robert", "roles": ["editor"]}))
            .answers::<User>(StatusCode::OK, "The user as it is now")
            .refuses(&[Code::ValidationFailed, Code::NotFound, Code::UserExists, Code::Conflict]),
        Route::delete("/api/admin/users/{id}", WRITE, delete, "Delete a user and their personal data")
            .about("The last administrator stays. Events of the audit log stay without their personal part.")
            .answers_empty(StatusCode::NO_CONTENT, "Deleted")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn read(State(ctx): State<Ctx>, Of(id): Of<AccountId>) -> Result<Json<User>> {
    Ok(Json(User::from(&accounts::person(&ctx, id).await?)))
}

async fn change(
    State(ctx): State<Ctx>,
    Of(id): Of<AccountId>,
    by: By,
    Body(input): Body<UpdateUserInput>,
) -> Result<Json<User>> {
    let changes = Changes {
        name: input.name,
        email: input.email,
        email_verified: input.email_verified,
        roles: input.roles.map(names),
    };
    Ok(Json(User::from(&update::update(&ctx, &by, id, changes).await?)))
}

async fn delete(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    rules::delete(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
