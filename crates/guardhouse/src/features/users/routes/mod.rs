//! HTTP of the feature, nothing else.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, State},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{AccountId, SessionId},
    password::Password,
};
use http::{StatusCode, request::Parts};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    access::By,
    filter::{PARAMETERS, Query},
    import::{self, ImportAnswer, ImportInput, MAX_BYTES, Rows},
    rules::{self, NewUser},
    sessions,
    update::{self, Changes},
};
use crate::{
    input,
    kernel::{
        accounts::{self, User},
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            input::{self as body, Body, Nothing, Text},
            page::PageQuery,
            path::{self, Last},
            route::{Guard, Route},
        },
        login::{Entered, IMPERSONATE, LoginAnswer},
        principal::Caller,
        sessions::Devices,
    },
};

const READ: Guard = Guard::Permission("users:read");
const WRITE: Guard = Guard::Permission("users:write");
const READ_SESSIONS: Guard = Guard::Permission("sessions:read");
const WRITE_SESSIONS: Guard = Guard::Permission("sessions:write");
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

input! {
    /// Why somebody acts in another's name.
    pub struct ImpersonateInput {
        /// For the audit log.
        reason: Option<Text<200>>,
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
    [many(), one(), acts(), devices()].into_iter().flatten().collect()
}

fn many() -> Vec<Route> {
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

fn one() -> Vec<Route> {
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

fn acts() -> Vec<Route> {
    let user = |route: Route| route.answers::<User>(StatusCode::OK, "The user as it is now").refuses(&[Code::NotFound]);
    vec![
        user(Route::post("/api/admin/users/{id}/disable", WRITE, disable, "Keep a user from signing in"))
            .about("Ends all their sessions at once.")
            .refuses(&[Code::Conflict]),
        user(Route::post("/api/admin/users/{id}/enable", WRITE, enable, "Let a user sign in again")),
        user(Route::post("/api/admin/users/{id}/unlock", WRITE, unlock, "Forgive a user's failed attempts")),
        Route::post("/api/admin/users/{id}/reset", WRITE, reset, "Mail a user a link to set a password")
            .about("Nobody learns or sets another's password. Who never had one is invited again.")
            .answers_empty(StatusCode::ACCEPTED, "On its way")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::post(
            "/api/admin/users/{id}/impersonate",
            Guard::Permission(IMPERSONATE),
            impersonate,
            "Act in a user's name",
        )
        .about(
            "A session of its own, an hour at most, whose tokens name you in `act`. It counts as no proof of who the \
                    user is, and the user sees it among their devices.",
        )
        .takes::<ImpersonateInput>(json!({"reason": "ticket 4711"}))
        .answers::<LoginAnswer>(StatusCode::OK, "Tokens of the user")
        .refuses(&[Code::NotFound, Code::Conflict, Code::AccountDisabled]),
    ]
}

fn devices() -> Vec<Route> {
    vec![
        Route::get("/api/admin/users/{id}/sessions", READ_SESSIONS, list_sessions, "Where a user is signed in")
            .paged()
            .answers::<Devices>(StatusCode::OK, "Live sessions, the newest first")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/sessions", WRITE_SESSIONS, end_sessions, "Sign a user out everywhere")
            .answers_empty(StatusCode::NO_CONTENT, "Ended")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/sessions/{sid}", WRITE_SESSIONS, end_session, "End one session of a user")
            .answers_empty(StatusCode::NO_CONTENT, "Ended")
            .refuses(&[Code::NotFound]),
    ]
}

/// The user of the path; an id of another kind is as unknown as none.
struct Of(AccountId);

impl FromRequestParts<Ctx> for Of {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        path::named(parts, ctx, "id").await?.parse().map(Self).map_err(|_| Error::not_found())
    }
}

impl FromRequestParts<Ctx> for By {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let Caller(principal) = Caller::from_request_parts(parts, ctx).await?;
        Ok(Self::caller(&principal, &Client::from_request_parts(parts, ctx).await?))
    }
}

fn names(roles: Vec<Text<64>>) -> Vec<String> {
    roles.into_iter().map(|Text(role)| role).collect()
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

async fn read(State(ctx): State<Ctx>, Of(id): Of) -> Result<Json<User>> {
    Ok(Json(User::from(&accounts::existing(&ctx, id).await?)))
}

async fn change(State(ctx): State<Ctx>, Of(id): Of, by: By, Body(input): Body<UpdateUserInput>) -> Result<Json<User>> {
    let changes = Changes {
        name: input.name,
        email: input.email,
        email_verified: input.email_verified,
        roles: input.roles.map(names),
    };
    Ok(Json(User::from(&update::update(&ctx, &by, id, changes).await?)))
}

async fn delete(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    rules::delete(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn disable(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::disable(&ctx, &by, id).await?)))
}

async fn enable(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::enable(&ctx, &by, id).await?)))
}

async fn unlock(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::unlock(&ctx, &by, id).await?)))
}

async fn reset(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    rules::reset(&ctx, &by, id).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn impersonate(
    State(ctx): State<Ctx>,
    Of(id): Of,
    Caller(principal): Caller,
    client: Client,
    Body(input): Body<ImpersonateInput>,
) -> Result<Entered> {
    let reason = input.reason.map(|Text(reason)| reason);
    sessions::impersonate(&ctx, &principal, id, reason, &client).await
}

async fn list_sessions(State(ctx): State<Ctx>, Of(id): Of, page: PageQuery<SessionId>) -> Result<Json<Devices>> {
    sessions::list(&ctx, id, &page).await.map(Json)
}

async fn end_sessions(State(ctx): State<Ctx>, Of(id): Of, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    sessions::end_all(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_session(
    State(ctx): State<Ctx>,
    Of(id): Of,
    Last(session): Last,
    by: By,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    sessions::end(&ctx, &by, id, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}
