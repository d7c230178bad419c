//! One's own passkeys.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use guardhouse_core::email::DisplayName;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Options, id};
use crate::{
    features::{
        passkeys::{
            input::Attested,
            register, rules,
            view::{PasskeyView, Passkeys},
        },
        password::{PROOF_REFUSALS, ProofInput},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::Body,
            path::Last,
            route::{Guard, Route},
        },
        login::LoginAnswer,
        principal::Caller,
    },
};

input! {
    /// A new passkey.
    pub struct AddPasskeyInput {
        /// What `navigator.credentials.create()` gave, by its `toJSON()`.
        credential: Attested,
        /// What to call it.
        name: Option<DisplayName>,
    }
}

input! {
    /// What of a passkey to change.
    pub struct RenamePasskeyInput {
        /// What to call it.
        name: DisplayName,
    }
}

/// A passkey that was added.
#[derive(Serialize, ToSchema)]
struct AddedPasskey {
    #[serde(flatten)]
    passkey: PasskeyView,
    /// This session's new secrets, which has shown the passkey; with an account's first factor its recovery codes, this once.
    login: LoginAnswer,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/me/passkeys", Guard::Person, list, "Your passkeys")
            .answers::<Passkeys>(StatusCode::OK, "The oldest first"),
        Route::post("/api/me/passkeys/options", Guard::RecentProof, begin, "Options for a new passkey")
            .about("Good for one answer of the same session within five minutes.")
            .below_policy()
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers::<Options>(StatusCode::OK, "What to hand to `navigator.credentials.create()`")
            .refuses(&[Code::NotFound])
            .refuses(&PROOF_REFUSALS),
        Route::post("/api/me/passkeys", Guard::Person, finish, "Add a passkey")
            .about("It signs in alone, or stands behind your password. Twenty at most; a letter tells you of it. This session has shown \
                    it then, and its secrets are new: they stand in `login`, with `recovery_codes` for an account's first factor.")
            .below_policy()
            .takes::<AddPasskeyInput>(json!({
                "name": "Phone",
                "credential": {
                    "id": "…", "rawId": "…", "type": "public-key",
                    "response": {"clientDataJSON": "…", "attestationObject": "…", "transports": ["internal"]},
                    "clientExtensionResults": {},
                },
            }))
            .answers::<AddedPasskey>(StatusCode::CREATED, "The passkey, and the login answer of this session")
            .refuses(&[Code::ValidationFailed, Code::InvalidCredentials, Code::Conflict, Code::NotFound]),
        Route::patch("/api/me/passkeys/{id}", Guard::Person, rename, "Call a passkey otherwise")
            .takes::<RenamePasskeyInput>(json!({"name": "Old phone"}))
            .answers::<PasskeyView>(StatusCode::OK, "The passkey as it is now")
            .refuses(&[Code::ValidationFailed, Code::NotFound]),
        Route::delete("/api/me/passkeys/{id}", Guard::RecentProof, remove, "Remove a passkey")
            .about("It signs nobody in from now on; sessions stay. Tell the browser too: `signalUnknownCredential()`.")
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::NotFound])
            .refuses(&PROOF_REFUSALS),
    ]
}

async fn list(State(ctx): State<Ctx>, Caller(principal): Caller) -> Result<Json<Passkeys>> {
    Ok(Json(Passkeys { data: rules::list(&ctx, principal.subject).await? }))
}

async fn begin(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProofInput>,
) -> Result<Json<Options>> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    Ok(Json(Options(register::begin(&ctx, &proved).await?)))
}

async fn finish(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<AddPasskeyInput>,
) -> Result<Response> {
    let (passkey, entered) = register::finish(&ctx, &principal, &input.credential.0, input.name, &client).await?;
    let (login, cookies) = entered.parts();
    Ok((StatusCode::CREATED, cookies, Json(AddedPasskey { passkey, login })).into_response())
}

async fn rename(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(passkey): Last,
    Body(input): Body<RenamePasskeyInput>,
) -> Result<Json<PasskeyView>> {
    rules::rename(&ctx, &principal, id(&passkey)?, &input.name, &client).await.map(Json)
}

async fn remove(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(passkey): Last,
    Body(input): Body<ProofInput>,
) -> Result<StatusCode> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    rules::remove(&ctx, &proved, id(&passkey)?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
