//! HTTP of the feature, nothing else.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{EventId, SessionId},
    password::Password,
    principal::Principal,
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{email, export, rules};
use crate::{
    features::password::{self, PROOF_REFUSALS, ProofInput},
    input,
    kernel::{
        accounts::User,
        audit::{self, EventView, Filter},
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            cookies,
            input::Body,
            page::PageQuery,
            path::Last,
            route::{Guard, Route},
        },
        principal::Caller,
        sessions::{self, Devices},
    },
};

input! {
    /// What of one's own account to change.
    pub struct ProfileInput {
        /// What to be called.
        name: Option<DisplayName>,
    }
}

input! {
    /// Another e-mail address.
    pub struct ChangeEmailInput {
        /// The new address.
        email: EmailAddress,
        /// The password, where the session proved itself longer than five minutes ago.
        current_password: Option<Password>,
    }
}

/// What happened to one's own account.
#[derive(Serialize, ToSchema)]
struct Activity {
    /// The newest first.
    data: Vec<EventView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<EventId>,
}

pub(super) fn routes() -> Vec<Route> {
    let mut all = account();
    all.extend(lists());
    all
}

fn account() -> Vec<Route> {
    vec![
        Route::get("/api/me", Guard::SignedIn, read, "Your account").answers::<User>(StatusCode::OK, "Your account"),
        Route::patch("/api/me", Guard::Person, rename, "Change your name")
            .about("The address and the password have routes of their own; everything else is not yours to change.")
            .takes::<ProfileInput>(json!({"name": "Alice B."}))
            .answers::<User>(StatusCode::OK, "Your account as it is now")
            .refuses(&[Code::ValidationFailed]),
        Route::post("/api/me/email", Guard::RecentProof, change_email, "Change your e-mail address")
            .about("A letter asks the new address; `POST /api/auth/email/verify` with its token makes the change, tells the \
                    old address and ends your other sessions; not once the session that asked has ended. Always 202: nobody learns whether an address is taken.")
            .limited(email::EMAIL_CHANGE)
            .takes::<ChangeEmailInput>(json!({"email": "alice@example.org", "current_password": "correct horse battery"}))
            .answers_empty(StatusCode::ACCEPTED, "Noted")
            .refuses(&[Code::ValidationFailed])
            .refuses(&PROOF_REFUSALS),
        Route::delete("/api/me", Guard::RecentProof, delete, "Delete your account")
            .about("At once and for good: account, sessions, and what is personal in the audit log.")
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers_empty(StatusCode::NO_CONTENT, "Deleted")
            .refuses(&[Code::Conflict])
            .refuses(&PROOF_REFUSALS),
        Route::get("/api/me/export", Guard::Person, export_all, "All that is kept about you")
            .answers_empty(StatusCode::OK, "JSON with a member for each part of the server; no secrets"),
    ]
}

fn lists() -> Vec<Route> {
    let activity = Route::get("/api/me/activity", Guard::Person, activity, "What happened to your account")
        .paged()
        .answers::<Activity>(StatusCode::OK, "The newest first");
    vec![
        Route::get("/api/me/sessions", Guard::Person, devices, "Where you are signed in")
            .paged()
            .answers::<Devices>(StatusCode::OK, "Your live sessions, the newest first"),
        Route::delete("/api/me/sessions/{id}", Guard::RecentProof, end_session, "Sign a device out")
            .about("Any device but this one asks for a recent proof.")
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers_empty(StatusCode::NO_CONTENT, "Ended, at once")
            .refuses(&[Code::NotFound])
            .refuses(&PROOF_REFUSALS),
        activity,
    ]
}

async fn read(State(ctx): State<Ctx>, Caller(principal): Caller) -> Result<Response> {
    shown(&ctx, &principal).await
}

async fn shown(ctx: &Ctx, principal: &Principal) -> Result<Response> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let text = rules::read(ctx, principal).await?;
    Ok(([(header::CONTENT_TYPE, JSON)], text).into_response())
}

async fn rename(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProfileInput>,
) -> Result<Response> {
    if let Some(name) = input.name {
        rules::rename(&ctx, &principal, &name, &client).await?;
    }
    shown(&ctx, &principal).await
}

async fn change_email(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ChangeEmailInput>,
) -> Result<StatusCode> {
    let proved = password::recent_proof(&ctx, &principal, input.current_password, &client).await?;
    email::ask(&ctx, &proved, &input.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn delete(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProofInput>,
) -> Result<Response> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    rules::delete(&ctx, &proved).await?;
    Ok(signed_out(&ctx))
}

/// Nothing to say, and a browser forgets its cookie.
fn signed_out(ctx: &Ctx) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookies::clear_session(ctx, response.headers_mut());
    response
}

async fn export_all(State(ctx): State<Ctx>, client: Client, Caller(principal): Caller) -> Result<Response> {
    let document: Value = export::export(&ctx, &principal, &client).await?;
    let attachment = [(header::CONTENT_DISPOSITION, "attachment; filename=\"export.json\"")];
    Ok((attachment, Json(document)).into_response())
}

async fn devices(
    State(ctx): State<Ctx>,
    Caller(principal): Caller,
    page: PageQuery<SessionId>,
) -> Result<Json<Devices>> {
    sessions::list(&ctx, principal.subject, principal.session, &page).await.map(Json)
}

async fn end_session(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(id): Last,
    Body(input): Body<ProofInput>,
) -> Result<Response> {
    let ended = rules::end_session(&ctx, &principal, &id, input, &client).await?;
    let own = principal.session == Some(ended);
    Ok(if own { signed_out(&ctx) } else { StatusCode::NO_CONTENT.into_response() })
}

async fn activity(
    State(ctx): State<Ctx>,
    Caller(principal): Caller,
    page: PageQuery<EventId>,
) -> Result<Json<Activity>> {
    let subject = principal.subject;
    let filter = Filter { subject: Some(subject), cursor: page.cursor, limit: page.limit, ..Filter::default() };
    let found = audit::list(&ctx, &filter).await?;
    let data = found.events.into_iter().map(|event| event.shown_to(subject)).collect();
    Ok(Json(Activity { data, next_cursor: found.next }))
}
