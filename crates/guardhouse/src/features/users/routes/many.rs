//! All users: list, make, take over.

use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
    password::Password,
};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{READ, WRITE, names};
use crate::{
    features::users::{
        access::By,
        filter::{PARAMETERS, Query},
        import::{self, ImportAnswer, ImportInput, MAX_BYTES, Rows},
        rules::{self, NewUser},
    },
    input,
    kernel::{
        accounts::{self, User},
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::{self as body, Body, Text},
            route::Route,
        },
    },
};

const NDJSON: &str = "application/x-ndjson";

input! {
    /// Somebody to be given an account.
    pub struct CreateUserInput {
        /// The e-mail address to sign in with.
        email: EmailAddress,
        /// What to be called.
        name: DisplayName,
        /// For scripts. Without one an invitation is mailed and the person chooses.
        password: Option<Password>,
        /// Roles to hold; only those that you hold yourself, unless you hold every permission.
        roles: Option<Vec<Text<64>>>,
        /// Whether you vouch for the address; no unless told.
        email_verified: Option<bool>,
    }
}

#[derive(Serialize, ToSchema)]
struct Users {
    /// The users, the newest first.
    data: Vec<User>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<AccountId>,
}

pub(super) fn routes() -> Vec<Route> {
    let list = Route::get("/api/admin/users", READ, list, "List and search users")
        .answers::<Users>(StatusCode::OK, "The newest first")
        .refuses(&[Code::ValidationFailed]);
    vec![
        PARAMETERS.into_iter().fold(list, |route, (name, meaning)| route.query(name, meaning)),
        Route::post("/api/admin/users", WRITE, create, "Make or invite a user")
            .about("Without a password an invitation is mailed; its link sets the first password and verifies the address.")
            .takes::<CreateUserInput>(json!({"email": "bob@example.com", "name": "Bob", "roles": ["editor"]}))
            .answers::<User>(StatusCode::CREATED, "The user")
            .refuses(&[Code::ValidationFailed, Code::WeakPassword, Code::UserExists, Code::Conflict, Code::Overloaded]),
        Route::post("/api/admin/users/import", WRITE, import_users, "Take users over from another system")
            .about("`{\"users\":[…]}` as JSON, or one user a line as `application/x-ndjson`; 1000 users and 8 MiB at most. \
                    A bad row is named and loses no other; known addresses are skipped. Hashes (Argon2, scrypt, PBKDF2, \
                    bcrypt, Django, passlib, Werkzeug, ASP.NET Identity) verify and are replaced at the next login.")
            .takes::<ImportInput>(json!({"users": [{
                "email": "carol@example.com",
                "name": "Carol",
                "password_hash": "$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q",
                "email_verified": true,
            }]}))
            .answers::<ImportAnswer>(StatusCode::OK, "What came of it")
            .refuses(&[Code::ValidationFailed, Code::MalformedJson, Code::PayloadTooLarge, Code::UnsupportedMediaType]),
    ]
}

async fn list(State(ctx): State<Ctx>, query: Query) -> Result<Json<Users>> {
    // One more than wanted tells whether there is a next page.
    let mut found = accounts::list(&ctx, &query.words, query.page.cursor, query.page.limit + 1).await?;
    let more = found.len() > query.page.limit as usize;
    found.truncate(query.page.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|account| account.id);
    Ok(Json(Users { data: found.iter().map(User::from).collect(), next_cursor }))
}

async fn create(
    State(ctx): State<Ctx>,
    by: By,
    Body(input): Body<CreateUserInput>,
) -> Result<(StatusCode, Json<User>)> {
    let new = NewUser {
        email: input.email,
        name: input.name,
        password: input.password,
        roles: names(input.roles.unwrap_or_default()),
        email_verified: input.email_verified.unwrap_or(false),
    };
    let account = rules::create(&ctx, &by, new).await?;
    Ok((StatusCode::CREATED, Json(User::from(&account))))
}

async fn import_users(State(ctx): State<Ctx>, by: By, Bulk(rows): Bulk) -> Result<Json<ImportAnswer>> {
    import::import(&ctx, &by, rows).await.map(Json)
}

/// The rows of an import, which are more than any other body holds.
struct Bulk(Rows);

impl FromRequest<Ctx> for Bulk {
    type Rejection = Error;
    async fn from_request(request: Request, _: &Ctx) -> Result<Self> {
        let ndjson = body::is_json(&request, NDJSON);
        if !ndjson && !body::is_json(&request, "application/json") {
            let message = "Send the body as application/json or application/x-ndjson.";
            return Err(Error::new(Code::UnsupportedMediaType, message));
        }
        let bytes = body::read(request, MAX_BYTES).await?;
        Rows::of(&bytes, ndjson).map(Self)
    }
}
